"""Resolve the words that name a source to an outlet, a person or a group, in the order of the text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate, pairwise

from pipeline import resources
from pipeline.people import Cast
from pipeline.quotes import quotations, speech_kind
from pipeline.schema import Attribution, Content, Mention, Source, SourceType, Span, SpeechKind
from pipeline.spans import overlapping

AUTHOR = "author"
CRITICS = Source("critics", "other")
"""Critics at large, whom a text need not name."""
UNNAMED = Source("unnamed", "other")
"""Whoever says what a text reports without telling whose it is: "has been called a bore"."""
_UNNAMED_CERTAINTY = 0.3
_BESIDE = 40
"""Characters between an outlet and a person named beside it, at most."""
_IMPLIED_REACH = 260
"""Characters between an outlet and a person who is taken for its critic because nothing else says whose critic it is."""
_IMPLIED_CERTAINTY = 0.6
_CLAUSE = 40
"""Characters before outlets that a conjunction joins which tell whether they stand where a source does."""
_RELATIVE = frozenset({"which", "who", "whose", "whom", "that"})
_PRONOUNS = frozenset({"it", "its", "he", "his", "she", "her", "they", "their"})
_TOGETHER = frozenset({"both", "each", "all", "all three", "the two", "the pair"})
_PRONOUN_CERTAINTY = 0.6
_REACH = 80
"""Characters between a relative pronoun and the name that it stands for, at most."""
_STOP = re.compile(r"[.!?;\n]")
_DIRECTORY_CERTAINTY = 0.6


@cache
def _independent() -> re.Pattern[str]:
    """Compile the words before a person who speaks for nobody else."""
    return re.compile(resources.rules("people")["roles"]["independent"])


def _critics() -> str:
    """Return the words for critics and what they write, as alternatives."""
    return "|".join(map(re.escape, resources.rules("cues")["source_nouns"]))


@cache
def _makers() -> re.Pattern[str]:
    """Compile the words for people and houses that made a work."""
    roles = "|".join(map(re.escape, resources.rules("people")["roles"]["makers"]))
    owner = r"(?:(?<![\w-])(?:[Tt]he|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er)|[’']s?)"
    rest = rf"(?!\w|[’']s?\s+\w|\s+(?:{_critics()})\b)"
    return re.compile(rf"{owner}\s+(?:[\w-]+\s+){{0,3}}?(?P<role>{roles}){rest}")


def _coordinated(text: str, mentions: Sequence[Mention]) -> list[tuple[Mention, ...]]:
    """Group the outlets that a conjunction joins into one source: "Time Out and The Times", "A, B and C", "neither A nor B"."""
    joined = re.compile(resources.rules("people")["coordination"]["between"])
    groups: list[list[Mention]] = []
    outlets = [m for m in mentions if m.kind in ("outlet", "aggregator")]
    for first, second in pairwise(outlets):
        if joined.fullmatch(text, first.end, second.start):
            if groups and groups[-1][-1] == first:
                groups[-1].append(second)
            else:
                groups.append([first, second])
    rules = resources.rules("people")["coordination"]
    two, more, before = (re.compile(rules[key]) for key in ("two", "more", "before"))
    return [
        tuple(group) for group in groups
        if (two if len(group) == 2 else more).fullmatch(text, group[-2].end, group[-1].start)
        and before.search(text, max(0, group[0].start - _CLAUSE), group[0].start)
    ]  # fmt: skip


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
        self._names = [m for m in mentions if m.kind in ("outlet", "aggregator", "person")]
        self._cast = cast
        self._quotes = quotations(text)
        self._speaking = sorted({content.source for content in contents if content.source})
        self._reached = list(accumulate((end for _, end in self._speaking), max))
        self._groups = {mention: group for group in _coordinated(text, mentions) for mention in group}
        self._recent: list[Source] = []
        self._named: list[Source] = []
        self._implied: dict[str, Mention] = {}
        self.sources: dict[Mention, tuple[Source, float]] = {m: self._resolve(m) for m in mentions}
        """Each mention's source and how sure it is, in [0, 1]."""

    def speaks(self, mention: Mention) -> bool:
        """Tell whether a mention stands in the words that name the source of a content."""
        last = bisect_left(self._speaking, (mention.end, 0))
        return last > 0 and mention.start < self._reached[last - 1]

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

    def shared(self, attribution: Attribution) -> list[Attribution]:
        """Return the attributions of the same content to the outlets named in one breath with its source ("both A and B")."""
        group = self._group(attribution.content.source)
        others = {self.sources[m][0].name: m for m in group if self.sources[m][0].name != attribution.source.name}
        if len(others) == len(group) or not attribution.source.outlet:
            return []
        return [
            replace(
                attribution, source=self.sources[m][0], content=replace(attribution.content, source=(m.start, m.end))
            )
            for m in others.values()
        ]

    def _group(self, where: Span | None) -> tuple[Mention, ...]:
        """Return the outlets that a conjunction joins in the words that name a source, or before "both" and the like."""
        if where is None:
            return ()
        together = self._words(*where).lower() in _TOGETHER
        near = self._before(where[0]) if together else overlapping(self._mentions, *where)
        return next((self._groups[m] for m in near if m in self._groups), ())

    def kind(self, start: int, end: int) -> SpeechKind:
        """Tell direct from mixed and indirect speech by the share of a span inside quotation marks."""
        return speech_kind(self._quotes, start, end)

    def _source(self, content: Content) -> tuple[Source, float]:
        """Return the source of one content and how sure it is."""
        if content.source is None and content.rule == "network":
            return UNNAMED, _UNNAMED_CERTAINTY
        if content.source is None:
            last = bisect_left(self._mentions, content.start, key=lambda mention: mention.start)
            earlier = next((m for m in reversed(self._mentions[:last]) if self.speaks(m)), None)
            return (self.sources[earlier][0], 0.7) if earlier else (Source(AUTHOR, "author"), 0.5)
        start, end = content.source
        inside = overlapping(self._mentions, start, end)
        outlets = [m for m in inside if m.kind in ("outlet", "aggregator")]
        persons = [m for m in inside if m.kind == "person"]
        if len(outlets) == 1 and persons:
            return self._of_names(outlets[0], persons[0])
        if inside:
            return self.sources[(outlets or persons or inside)[0]]
        words = self._words(start, end)
        pronoun = words.lower()
        if pronoun in _RELATIVE:
            near = next(self._before(start), None)
            if near and near.end > start - _REACH and not _STOP.search(self._text, near.end, start):
                return self.sources[near]
        if pronoun in _PRONOUNS:
            named = next((self.sources[m][0] for m in self._before(start) if self.sources[m][0].outlet), None)
            return (named, _PRONOUN_CERTAINTY) if named else (Source(words, "other"), 0.3)
        if pronoun in _TOGETHER and (group := self._group((start, end))):
            return self.sources[group[0]][0], _PRONOUN_CERTAINTY
        if pronoun in resources.rules("people")["roles"]["unnamed_critics"]:
            return CRITICS, 0.5
        described = _makers().search(words)
        return (Source(described["role"].lower(), "cast_crew"), 0.7) if described else (Source(words, "other"), 0.5)

    def _before(self, position: int) -> Iterator[Mention]:
        """Yield the mentions that name somebody before a position, nearest first."""
        last = bisect_right(self._names, position, key=lambda mention: mention.end)
        yield from (self._names[index] for index in reversed(range(last)))

    def _resolve(self, mention: Mention) -> tuple[Source, float]:
        """Resolve one mention and remember it when it can be referred back to."""
        if mention.kind in ("outlet", "aggregator"):
            found = self._of_names(mention, None)
        elif mention.kind == "person":
            implied = self._implied_outlet(mention)
            found = self._of_names(implied, mention)
            found = (found[0], _IMPLIED_CERTAINTY) if implied else found
        elif mention.kind == "group":
            found = Source(mention.name, "audience" if mention.id == "audience" else "other"), 0.9
        elif mention.kind == "handle":
            found = Source(mention.name, "audience", speaker=mention.name), 0.9
        else:
            found = self._anaphor(mention)
        source = found[0]
        if mention.kind in ("outlet", "aggregator", "person") and (source.outlet or self.speaks(mention)):
            self._named = [s for s in self._named if s.name != source.name] + [source]
        known = bool(source.outlet) or mention.kind == "handle" or self.speaks(mention)
        if known and (mention.kind != "anaphor" or found[1] >= 0.7):
            self._recent = [other for other in self._recent if other != source] + [source]
        return found

    def _of_names(self, outlet: Mention | None, person: Mention | None) -> tuple[Source, float]:
        """Return a named source, the outlet completed from the person's affiliation."""
        if person is None and outlet is not None:
            beside = self._person_beside(outlet)
            known = self._cast.affiliation.get(beside.name) if beside else None
            person = beside if known and known.name == outlet.name else None
        name = person.name if person else ""
        if name in self._cast.makers:
            return Source(name, "cast_crew", speaker=name), 0.95
        outlet, certainty = outlet or self._cast.affiliation.get(name), 1.0
        if outlet is None:
            outlet, certainty = self._cast.known.get(name), _DIRECTORY_CERTAINTY
        if outlet is None:
            return Source(name, "critic", speaker=name), 0.8
        kind: SourceType = "aggregator" if outlet.kind == "aggregator" else "outlet"
        return Source(outlet.name, kind, outlet=outlet.name, speaker=name), certainty

    def _implied_outlet(self, person: Mention) -> Mention | None:
        """Return the outlet that a person who speaks was named after in the same paragraph, when it has no other critic.

        "The Independent liked the candlelight more. It is “a plod”, according to Ana Ruiz" makes Ruiz its critic.
        """
        name = person.name
        if name in self._implied:
            return self._implied[name]
        known = (self._cast.makers, self._cast.affiliation, self._cast.known)
        if not self.speaks(person) or any(name in names for names in known):
            return None
        if _independent().search(self._text[max(0, person.start - _BESIDE) : person.start]):
            return None
        staffed = {outlet.name for outlet in (*self._cast.affiliation.values(), *self._implied.values())}
        near = [
            m for m in overlapping(self._mentions, person.start - _IMPLIED_REACH, person.start)
            if m.kind == "outlet" and m.end < person.start and "\n" not in self._text[m.end : person.start]
        ]  # fmt: skip
        if not near or near[-1].name in staffed:
            return None
        self._implied[name] = near[-1]
        return near[-1]

    def _person_beside(self, outlet: Mention) -> Mention | None:
        """Return the person named right beside an outlet."""
        for mention in overlapping(self._mentions, outlet.start - _BESIDE, outlet.end + _BESIDE):
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
        if mention.name in ("former", "latter") and len(self._named) > 1:
            return self._named[-2 if mention.name == "former" else -1], 0.8
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
