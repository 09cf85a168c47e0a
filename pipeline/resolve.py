"""Resolve the words that name a source to an outlet, a person or a group, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from pipeline import resources
from pipeline.people import Cast
from pipeline.quotes import Quotation, quotations
from pipeline.schema import Attribution, Content, Mention, Source, SourceType, SpeechKind

AUTHOR = "author"
_BESIDE = 40
"""Characters between an outlet and a person named beside it, at most."""
_IMPLIED_REACH = 260
"""Characters between an outlet and a person who is taken for its critic because nothing else says whose critic it is."""
_IMPLIED_CERTAINTY = 0.6


@cache
def _independent() -> re.Pattern[str]:
    """Compile the words before a person who speaks for nobody else."""
    return re.compile(resources.rules("people")["roles"]["independent"])


class Resolver:
    """Gives every mention its source, and every content the source of its mention.

    A mention is resolved once, in the order of the text, so that a word that refers back finds whoever was last named
    before it, not whoever speaks first.

    Args:
        text: Raw text.
        mentions: Every mention of the text, in order.
        cast: Who writes where and who made the work.
        contents: Attributed contents; a person who speaks in one can be referred back to.
    """

    def __init__(self, text: str, mentions: Sequence[Mention], cast: Cast, contents: Sequence[Content]) -> None:
        self._text = text
        self._mentions = mentions
        self._cast = cast
        self._quotes = quotations(text)
        self._speaking = {content.source[0] for content in contents if content.source}
        self._recent: list[Source] = []
        self._implied: dict[str, Mention] = {}
        self.sources: dict[Mention, tuple[Source, float]] = {m: self._resolve(m) for m in mentions}
        """Each mention's source and how sure it is, in [0, 1]."""

    def speaks(self, mention: Mention) -> bool:
        """Tell whether a mention is the source of a content."""
        return mention.start in self._speaking

    def attributions(self, contents: Iterable[Content]) -> tuple[Attribution, ...]:
        """Resolve contents.

        Returns:
            Attributions in order of start. A source that cannot be told has type ``other`` and low confidence.
        """
        found = []
        for content in contents:
            source, certainty = self._source(content)
            kind = self.kind(content.start, content.end)
            found.append(Attribution(content, source, kind, round(content.confidence * certainty, 4)))
        return tuple(sorted(found, key=lambda a: (a.content.start, a.content.end)))

    def kind(self, start: int, end: int) -> SpeechKind:
        """Tell direct from mixed and indirect speech by the share of a span inside quotation marks."""
        quoted = _quoted_share(self._quotes, start, end)
        return "direct" if quoted >= 0.8 else ("mixed" if quoted > 0 else "indirect")

    def _source(self, content: Content) -> tuple[Source, float]:
        """Return the source of one content and how sure it is."""
        if content.source is None:
            earlier = [m for m in self._mentions if m.start < content.start and self.speaks(m)]
            return (self.sources[earlier[-1]][0], 0.7) if earlier else (Source(AUTHOR, "author"), 0.5)
        start, end = content.source
        inside = [m for m in self._mentions if m.start < end and start < m.end]
        outlets = [m for m in inside if m.kind in ("outlet", "aggregator")]
        persons = [m for m in inside if m.kind == "person"]
        if outlets and persons:
            return self._named(outlets[0], persons[0])
        if inside:
            return self.sources[(outlets or persons or inside)[0]]
        return Source(self._words(start, end), "other"), 0.5

    def _resolve(self, mention: Mention) -> tuple[Source, float]:
        """Resolve one mention and remember it when it can be referred back to."""
        if mention.kind in ("outlet", "aggregator"):
            found = self._named(mention, None)
        elif mention.kind == "person":
            implied = self._implied_outlet(mention)
            found = self._named(implied, mention)
            found = (found[0], _IMPLIED_CERTAINTY) if implied else found
        elif mention.kind == "group":
            found = Source(mention.name, "audience" if mention.id == "audience" else "other"), 0.9
        elif mention.kind == "handle":
            found = Source(mention.name, "audience", speaker=mention.name), 0.9
        else:
            found = self._anaphor(mention)
        source = found[0]
        known = bool(source.outlet) or mention.kind == "handle" or self.speaks(mention)
        if known and (mention.kind != "anaphor" or found[1] >= 0.7):
            self._recent = [other for other in self._recent if other != source] + [source]
        return found

    def _named(self, outlet: Mention | None, person: Mention | None) -> tuple[Source, float]:
        """Return a named source, the outlet completed from the person's affiliation."""
        if person is None and outlet is not None:
            beside = self._person_beside(outlet)
            known = self._cast.affiliation.get(beside.name) if beside else None
            person = beside if known and known.name == outlet.name else None
        name = person.name if person else ""
        if name in self._cast.makers:
            return Source(name, "cast_crew", speaker=name), 0.95
        outlet = outlet or self._cast.affiliation.get(name)
        if outlet is None:
            return Source(name, "critic", speaker=name), 0.8
        kind: SourceType = "aggregator" if outlet.kind == "aggregator" else "outlet"
        return Source(outlet.name, kind, outlet=outlet.name, speaker=name), 1.0

    def _implied_outlet(self, person: Mention) -> Mention | None:
        """Return the outlet that a person who speaks was named after in the same paragraph, when it has no other critic.

        "The Independent liked the candlelight more. It is “a plod”, according to Ana Ruiz" makes Ruiz its critic.
        """
        name = person.name
        if name in self._implied:
            return self._implied[name]
        if not self.speaks(person) or name in self._cast.makers or name in self._cast.affiliation:
            return None
        if _independent().search(self._text[max(0, person.start - _BESIDE) : person.start]):
            return None
        staffed = {outlet.name for outlet in (*self._cast.affiliation.values(), *self._implied.values())}
        near = [
            m for m in self._mentions
            if m.kind == "outlet" and 0 < person.start - m.end < _IMPLIED_REACH and "\n" not in self._text[m.end : person.start]
        ]  # fmt: skip
        if not near or near[-1].name in staffed:
            return None
        self._implied[name] = near[-1]
        return near[-1]

    def _person_beside(self, outlet: Mention) -> Mention | None:
        """Return the person named right beside an outlet."""
        for mention in self._mentions:
            if mention.kind != "person":
                continue
            after = 0 <= mention.start - outlet.end < _BESIDE and "\n" not in self._text[outlet.end : mention.start]
            if after or 0 <= outlet.start - mention.end < _BESIDE // 2:
                return mention
        return None

    def _anaphor(self, mention: Mention) -> tuple[Source, float]:
        """Resolve a word that refers back to the sources named before it."""
        outlets = [source for source in self._recent if source.outlet]
        people = [s for s in self._recent if s.speaker and not s.speaker.startswith("@")]
        if mention.name == "former" and len(self._recent) > 1:
            return self._recent[-2], 0.7
        if mention.name in ("outlet", "review", "it"):
            return (outlets[-1], 0.85) if outlets else (Source(self._words(mention.start, mention.end), "other"), 0.3)
        if mention.name == "person" and (people or outlets):
            return (people or outlets)[-1], 0.8
        if self._recent:
            return self._recent[-1], 0.7
        return Source(self._words(mention.start, mention.end), "other"), 0.3

    def _words(self, start: int, end: int) -> str:
        """Return a stretch of text on one line."""
        return " ".join(self._text[start:end].split())


def _quoted_share(quotes: Sequence[Quotation], start: int, end: int) -> float:
    """Return the share of a span that lies inside quotations."""
    covered = sum(max(0, min(q.end, end) - max(q.start, start)) for q in quotes)
    return covered / max(1, end - start)
