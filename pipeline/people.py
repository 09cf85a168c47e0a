"""Find people, groups and words that refer back; tell who writes for which outlet and who made the work."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from spacy.lang.en.stop_words import STOP_WORDS

from pipeline import cues, resources
from pipeline.critics import known_critics
from pipeline.schema import Mention, MentionKind
from pipeline.spans import overlapping


@dataclass(frozen=True, slots=True)
class Cast:
    """What is known of a text's people: who writes where, who made the work, and who is known by surname.

    Attributes:
        affiliation: By full name, the outlet that the text gives a person.
        known: By full name, the outlet that the directory of critics gives a person to whom the text gives none.
        makers: Cast and crew.
    """

    affiliation: dict[str, Mention] = field(default_factory=dict)
    known: dict[str, Mention] = field(default_factory=dict)
    makers: frozenset[str] = frozenset()


def find_people(text: str, outlets: Sequence[Mention]) -> tuple[Mention, ...]:
    """Find persons, groups, handles and anaphors that do not overlap an outlet.

    Args:
        text: Raw text.
        outlets: Outlet mentions found before.

    Returns:
        Mentions in order, without overlap. A surname alone carries the full name given elsewhere in the text.
    """
    taken = sorted(outlets, key=lambda mention: mention.start)
    found: list[Mention] = []
    for mention in (*_persons(text, outlets), *_groups(text), *_anaphors(text)):
        if not overlapping(taken, mention.start, mention.end):
            found.append(mention)
            insort(taken, mention, key=lambda other: other.start)
    return tuple(sorted(found, key=lambda mention: mention.start))


@cache
def _name_pattern() -> re.Pattern[str]:
    """Compile the shape of a personal name of two words or more."""
    particles = "|".join(resources.rules("people")["particles"])
    capital = "[A-ZÀ-ÖØ-ÞĀ-Ž]"
    part = rf"(?:{capital}\.(?:{capital}\.){{0,4}}|{capital}(?:[\w-]|[’'](?!s\b)(?=\w))*)"
    return re.compile(rf"(?<![\w’'-]){part}(?:[ \u00a0](?:(?:{particles})[ \u00a0]){{0,2}}{part}){{1,3}}(?![\w-])")


def _strip_name(name: str) -> tuple[int, str]:
    """Drop leading words that begin no name, and a trailing possessive; return the offset and the rest."""
    stop = set(resources.rules("people")["not_names"])
    offset = 0
    while True:
        head = re.match(r"([\w’'.-]+)\s+", name[offset:])
        if not head or not _begins_no_name(head.group(1), stop):
            break
        offset += head.end()
    rest = re.sub(r"[’']s?$", "", name[offset:])
    return offset, rest


def _begins_no_name(word: str, stop: Collection[str]) -> bool:
    """Tell whether a word with a capital is a title or a function word: "Director", "Writer-producer", "When"."""
    return word.lower() in STOP_WORDS or word.partition("-")[0].rstrip(".") in stop


def _persons(text: str, outlets: Sequence[Mention]) -> Iterator[Mention]:
    """Yield full names, then surnames alone."""
    full: list[Mention] = []
    position = 0
    for line in re.finditer(r"[^\r\n]+", text):
        position = line.start()
        while match := _name_pattern().search(text, position, line.end()):
            start, end = match.span()
            hit = next(iter(overlapping(outlets, start, end)), None)
            if hit is not None:
                before = text[start : hit.start].rstrip()
                position = max(hit.end, start + 1)
                if hit.start <= start or " " not in before or not before[-1].isalpha():
                    continue
                end = start + len(before)
            else:
                position = end
            offset, name = _strip_name(text[start:end])
            if " " in name and not name.isupper():
                full.append(Mention(start + offset, start + offset + len(name), "person", " ".join(name.split())))
    yield from full
    yield from _surnames(text, full)


def _surnames(text: str, full: Sequence[Mention]) -> Iterator[Mention]:
    """Yield last names that stand alone, named in full before."""
    by_last: dict[str, Mention] = {}
    for mention in full:
        by_last.setdefault(mention.name.split()[-1], mention)
    if not by_last:
        return
    names = "|".join(sorted(map(re.escape, by_last), key=len, reverse=True))
    for match in re.finditer(rf"(?<![\w-])({names})(?![\w-])(?! [A-Z][a-z])", text):
        person = by_last[match.group(1)]
        if match.start() > person.start:
            yield Mention(match.start(), match.end(), "person", person.name)


def _groups(text: str) -> Iterator[Mention]:
    """Yield groups such as "critics" and "many fans"."""
    for group in resources.rules("people")["groups"]:
        for match in re.finditer(group["pattern"], text):
            yield Mention(match.start(), match.end(), "group", group["name"], group["type"])


def _anaphors(text: str) -> Iterator[Mention]:
    """Yield words that refer back, and social-media handles."""
    for name, pattern in _anaphor_patterns().items():
        kind: MentionKind = "handle" if name == "handle" else "anaphor"
        for match in pattern.finditer(text):
            yield Mention(match.start(), match.end(), kind, match.group() if kind == "handle" else name)


@cache
def _anaphor_patterns() -> dict[str, re.Pattern[str]]:
    """Compile the patterns of words that refer back, the verbs of "it" filled in."""
    patterns = resources.rules("people")["anaphors"]
    return {name: re.compile(pattern.replace("CUE", cues.verb_of_it())) for name, pattern in patterns.items()}


def read_cast(text: str, mentions: Sequence[Mention]) -> Cast:
    """Tell who writes for which outlet, and who made the work.

    Args:
        text: Raw text.
        mentions: Every mention of the text, in order.

    Returns:
        Affiliations and makers by full name.
    """
    affiliation: dict[str, Mention] = {}
    loose: set[str] = set()
    named = [m for m in mentions if m.kind in ("outlet", "aggregator", "person")]
    for index, first in enumerate(named):
        for second in named[index + 1 : index + 4]:
            gap = text[first.end : second.start]
            if len(gap) > 70 or "\n\n" in gap:
                break
            pair = _affiliated(first, gap, second)
            if pair and second.kind == "person" and gap.startswith(",") and _judged().match(text, second.end):
                continue
            if pair and pair[0] not in affiliation:
                affiliation[pair[0]] = pair[1]
                if _gap("loose").fullmatch(gap):
                    loose.add(pair[0])
    _referred(text, mentions, affiliation)
    _spread(text, named, affiliation)
    persons = [m for m in named if m.kind == "person"]
    told = frozenset(_makers(text, persons))
    for name in told & loose & affiliation.keys():
        del affiliation[name]
    makers = (told | frozenset((*_owners(text, persons), *_houses(persons)))) - affiliation.keys()
    known = known_critics(sorted({m.name for m in persons} - affiliation.keys() - makers))
    return Cast(affiliation, known, makers)


@cache
def _gap(name: str) -> re.Pattern[str]:
    """Compile a pattern of the text between an outlet and a person."""
    return re.compile(resources.rules("people")["affiliation"][name], re.IGNORECASE)


@cache
def _judged() -> re.Pattern[str]:
    """Compile what follows a person who owns what is judged."""
    nouns = "|".join(resources.rules("cues")["source_nouns"])
    return re.compile(resources.rules("people")["affiliation"]["judged"].replace("NOUN", nouns))


def _affiliated(first: Mention, gap: str, second: Mention) -> tuple[str, Mention] | None:
    """Return person and outlet when the text between two mentions joins them."""
    if first.kind == "outlet" and second.kind == "person" and _gap("outlet_person").search(gap):
        return second.name, first
    if first.kind == "person" and second.kind == "outlet" and _gap("person_outlet").search(gap):
        return first.name, second
    return None


def _referred(text: str, mentions: Sequence[Mention], affiliation: dict[str, Mention]) -> None:
    """Give "its critic A" and "the site's A" the outlet named last before."""
    last: Mention | None = None
    for first, second in pairwise(mentions):
        last = first if first.kind == "outlet" else last
        refers = first.kind == "anaphor" and first.name in ("outlet", "review")
        if refers and last and second.kind == "person" and _gap("outlet_person").search(text[first.end : second.start]):
            affiliation.setdefault(second.name, last)


def _spread(text: str, named: Sequence[Mention], affiliation: dict[str, Mention]) -> None:
    """Give "The Times' A and B" one outlet for both persons."""
    for first, second in zip(named, named[1:], strict=False):
        if first.kind == second.kind == "person" and first.name in affiliation and second.name not in affiliation:
            outlet = affiliation[first.name]
            if outlet.start < first.start and text[first.end : second.start] in (" and ", " & "):
                affiliation[second.name] = outlet


def _makers(text: str, people: Iterable[Mention]) -> Iterator[str]:
    """Yield the names of those whom the words around call cast and crew."""
    roles = resources.rules("people")["roles"]
    before, after = (re.compile(roles[key]) for key in ("before", "after"))
    leads = [match.end() for match in re.finditer(roles["lead"], text)]
    for person in people:
        left = text[max(0, person.start - 40) : person.start].rpartition("\n")[2]
        right = text[person.end : person.end + 60]
        first = bisect_right(leads, person.start - 160)
        led = any(
            not re.search(r"[.!?\n;]", text[lead : person.start].replace(". ", ".\0"))
            for lead in leads[first : bisect_right(leads, person.start)]
        )
        if before.search(left) or after.search(right) or led:
            yield person.name


def _owners(text: str, people: Iterable[Mention]) -> Iterator[str]:
    """Yield the names of those of whom something made is told: "Ana Ruiz's score"."""
    owner = re.compile(resources.rules("people")["roles"]["owner"])
    yield from (person.name for person in people if owner.search(text[person.end : person.end + 60]))


def _houses(people: Iterable[Mention]) -> Iterator[str]:
    """Yield the names of houses that make or sell works, which have the shape of a person's: "Mirador Pictures"."""
    last_words = frozenset(resources.rules("people")["roles"]["houses"])
    yield from (person.name for person in people if person.name.split()[-1] in last_words)
