"""Resolve the words that name a source to an outlet, a person or a group, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.people import Cast
from pipeline.quotes import Quotation, quotations
from pipeline.schema import Attribution, Content, Mention, Source, SourceType, SpeechKind

AUTHOR = "author"
_PLURAL = re.compile(r"they\b", re.IGNORECASE)


class Resolver:
    """Turns contents into attributions; remembers who spoke last.

    Args:
        text: Raw text.
        mentions: Every mention of the text, in order.
        cast: Who writes where and who made the work.
    """

    def __init__(self, text: str, mentions: Sequence[Mention], cast: Cast) -> None:
        self._text = text
        self._mentions = mentions
        self._cast = cast
        self._recent: list[Source] = []
        self._quotes = quotations(text)

    def __call__(self, contents: Iterable[Content]) -> tuple[Attribution, ...]:
        """Resolve contents in the order of their sources.

        Returns:
            Attributions in order of start. A source that cannot be told has type ``other`` and low confidence.
        """
        ordered = sorted(contents, key=lambda c: (c.source[0] if c.source else c.start, c.start))
        found: list[Attribution] = []
        for content in ordered:
            source, certainty = self._source(content)
            if source.type != "author":
                self._recent.append(source)
            found.append(Attribution(content, source, self._kind(content), round(content.confidence * certainty, 4)))
        return tuple(sorted(found, key=lambda a: (a.content.start, a.content.end)))

    def _source(self, content: Content) -> tuple[Source, float]:
        """Return the source of one content and how sure it is."""
        if content.source is None:
            return (self._recent[-1], 0.7) if self._recent else (Source(AUTHOR, "author"), 0.5)
        start, end = content.source
        inside = [m for m in self._mentions if m.start < end and start < m.end]
        outlets = [m for m in inside if m.kind in ("outlet", "aggregator")]
        persons = [m for m in inside if m.kind == "person"]
        if outlets or persons:
            return self._named(outlets[0] if outlets else None, persons[0] if persons else None)
        for mention in inside:
            if mention.kind == "group":
                return Source(mention.name, "audience" if mention.id == "audience" else "other"), 0.9
            if mention.kind == "handle":
                return Source(mention.name, "audience", speaker=mention.name), 0.9
            if mention.kind == "anaphor":
                return self._anaphor(mention)
        words = " ".join(self._text[start:end].split())
        return Source(words, "other"), 0.5

    def _named(self, outlet: Mention | None, person: Mention | None) -> tuple[Source, float]:
        """Return a named source, the outlet completed from the person's affiliation."""
        if person is None and outlet is not None:
            beside = self._person_beside(outlet)
            person = beside if beside and self._cast.affiliation.get(beside.name) == outlet else None
        name = person.name if person else ""
        if name in self._cast.makers:
            return Source(name, "cast_crew", speaker=name), 0.95
        outlet = outlet or self._cast.affiliation.get(name)
        if outlet is None:
            return Source(name, "critic", speaker=name), 0.8
        kind: SourceType = "aggregator" if outlet.kind == "aggregator" else "outlet"
        return Source(outlet.name, kind, outlet=outlet.name, speaker=name), 1.0

    def _person_beside(self, outlet: Mention) -> Mention | None:
        """Return the person named right beside an outlet."""
        for mention in self._mentions:
            if (
                mention.kind == "person"
                and abs(mention.start - outlet.end) < 40
                and "\n" not in self._text[outlet.end : mention.start]
            ):
                return mention
            if mention.kind == "person" and 0 <= outlet.start - mention.end < 20:
                return mention
        return None

    def _anaphor(self, mention: Mention) -> tuple[Source, float]:
        """Resolve a word that refers back to the sources named before it."""
        outlets = [source for source in self._recent if source.outlet]
        people = [source for source in self._recent if source.speaker]
        if mention.name == "former" and len(self._recent) > 1:
            return self._recent[-2], 0.7
        if mention.name in ("outlet", "review") and outlets:
            return outlets[-1], 0.85
        if mention.name == "person":
            pool = self._recent if _PLURAL.match(self._text, mention.start) else (people or outlets)
            if pool:
                return pool[-1], 0.8
        if self._recent:
            return self._recent[-1], 0.7
        words = " ".join(self._text[mention.start : mention.end].split())
        return Source(words, "other"), 0.3

    def _kind(self, content: Content) -> SpeechKind:
        """Tell direct from mixed and indirect speech by the share of words inside quotation marks."""
        quoted = _quoted_share(self._quotes, content.start, content.end)
        return "direct" if quoted >= 0.8 else ("mixed" if quoted > 0 else "indirect")


def _quoted_share(quotes: Sequence[Quotation], start: int, end: int) -> float:
    """Return the share of a span that lies inside quotations."""
    covered = sum(max(0, min(q.end, end) - max(q.start, start)) for q in quotes)
    return covered / max(1, end - start)
