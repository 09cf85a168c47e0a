"""Whose vote an opinion is: a critic votes once a work, and the same words of one voter count once.

Roundups of one work quote the same reviews. Two opinions of one voter repeat each other when their words agree, or nearly
do, or one quotes a part of what the other quotes. Nothing here depends on the order of articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.quotes import quotations

SIMILAR = 90.0
"""Least similarity, in percent (rapidfuzz's `ratio`: normalised insertions and deletions), of words that are the same quote."""
LEAST_WORDS = 4
"""Words in a row that two opinions must share to be nearly the same; shorter ones must be equal, and about the same aspects."""
COMMONPLACE = 50
"""Opinions of one voter that may share words in a row before these tell no quote any more ("one of the best")."""
KEY_LENGTH = 160
"""Characters of an opinion's words that are compared."""
_WORD = re.compile(r"\w+(?:'\w+)*")


@dataclass(frozen=True, slots=True)
class Said:
    """What is compared of an opinion: its id, its words (from `wording`), how sure it is, how it feels, its aspects in order."""

    opinion: str
    words: str
    confidence: float
    sentiment: str
    score: float
    aspects: tuple[str, ...]


def wording(text: str) -> str:
    """Return the words of an opinion by which it is recognised, in lower case and without punctuation.

    These are the words within quotation marks where there are at least `LEAST_WORDS` of them: roundups lead into the same
    quote in different words.

    Args:
        text: The opinion's text.

    Returns:
        Words joined by spaces, at most `KEY_LENGTH` characters.
    """
    plain = text.replace("’", "'")
    quoted = [word for quote in quotations(text) for word in _words(plain[quote.start : quote.end])]
    return " ".join(quoted if len(quoted) >= LEAST_WORDS else _words(plain))[:KEY_LENGTH].strip()


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def homes(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Find the one source that each speaker's opinions count for.

    Args:
        rows: Scope (a work), source and speaker of each opinion; without a speaker it is passed over.

    Returns:
        For each scope and speaker the outlet under which most of the speaker's opinions stand, the first by name where
        several have as many; the speaker where there is no outlet.
    """
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for scope, source, speaker in rows:
        if speaker:
            counts[scope, speaker][source] += 1
    return {who: min(found, key=lambda name: (name == who[1], -found[name], name)) for who, found in counts.items()}


def repeats(opinions: Iterable[Said]) -> dict[str, str]:
    """Find the opinions of one voter about one work that say again what another says.

    The longest words are kept, of equal ones the surest; every other opinion that agrees with one that is kept is a repeat of it.

    Returns:
        Id of each repeat to the id of the opinion kept.
    """
    kept: dict[tuple[str, tuple[str, ...]], Said] = {}
    shared: defaultdict[str, dict[str, Said]] = defaultdict(dict)
    found: dict[str, str] = {}
    for said in sorted(opinions, key=_by_length):
        shingles = _shingles(said.words)
        exact = (said.words, () if shingles else said.aspects)
        match = kept.get(exact) or _near(said, shingles, shared)
        if match:
            found[said.opinion] = match.opinion
            continue
        kept[exact] = said
        for shingle in shingles:
            shared[shingle][said.opinion] = said
    return found


def _by_length(said: Said) -> tuple[int, str, float, str, float, tuple[str, ...], str]:
    """Order opinions by what they say, the longest first; their ids come last, as they may tell the order of articles."""
    return (-len(said.words), said.words, -said.confidence, said.sentiment, said.score, said.aspects, said.opinion)


def _shingles(words: str) -> list[str]:
    """Return every `LEAST_WORDS` words in a row."""
    listed = words.split()
    return [" ".join(listed[n : n + LEAST_WORDS]) for n in range(len(listed) - LEAST_WORDS + 1)]


def _near(said: Said, shingles: list[str], shared: Mapping[str, dict[str, Said]]) -> Said | None:
    """Find the first opinion kept, of the same sentiment, that says nearly the same or quotes more of it."""
    telling = (found for shingle in shingles if len(found := shared.get(shingle, {})) <= COMMONPLACE)
    candidates = {other.opinion: other for found in telling for other in found.values()}
    for other in sorted(candidates.values(), key=_by_length):
        if other.sentiment == said.sentiment and (_part_of(said, other) or _alike(said, other)):
            return other
    return None


def _part_of(said: Said, other: Said) -> bool:
    """Tell whether the words of one stand in those of the other, word for word."""
    return f" {said.words} " in f" {other.words} "


def _alike(said: Said, other: Said) -> bool:
    """Tell whether two are about an aspect in common in nearly the same words ("the acting of …" is not "the writing of …")."""
    return not {*said.aspects}.isdisjoint(other.aspects) and fuzz.ratio(said.words, other.words) >= SIMILAR
