"""Whose vote an opinion is: a critic votes once a work, and the same words of one voter count once.

Roundups of one work quote the same reviews. Two opinions of one voter repeat each other when their words agree, or nearly
do, or one quotes a part of what the other quotes. Nothing here depends on the order of articles.
"""

from __future__ import annotations

import hashlib
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
    """What is compared of an opinion.

    Attributes:
        opinion: Its id.
        words: The words by which it is recognised, from `wording`.
        confidence: How sure it is.
        sentiment: How it feels.
        score: The same in [-1, 1].
        aspects: In order.
        more: From `wording`: empty where `words` are all that it says.
    """

    opinion: str
    words: str
    confidence: float
    sentiment: str
    score: float
    aspects: tuple[str, ...]
    more: str = ""


def wording(text: str) -> tuple[str, str]:
    """Return the words of an opinion by which it is recognised, in lower case and without punctuation.

    These are the words within quotation marks where there are at least `LEAST_WORDS` of them: roundups lead into the same
    quote in different words.

    Args:
        text: The opinion's text.

    Returns:
        Words joined by spaces, at most `KEY_LENGTH` characters; and, where the opinion says more than these, a hash of all
        its words, else an empty text.
    """
    plain = text.replace("’", "'")
    whole = " ".join(_words(plain))
    quoted = [word for quote in quotations(text) for word in _words(plain[quote.start : quote.end])]
    words = (" ".join(quoted) if len(quoted) >= LEAST_WORDS else whole)[:KEY_LENGTH].strip()
    return words, "" if words == whole else hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def homes(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Find the one source that each speaker's opinions count for.

    A name of one word is passed over: "Smith" of one outlet need not be "Smith" of another, so that each stays with the
    outlet or alone.

    Args:
        rows: Scope (a work), source and speaker of each opinion.

    Returns:
        For each scope and speaker of two names or more the outlet under which most of the speaker's opinions stand, the first by name where
        several have as many; the speaker where there is no outlet.
    """
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for scope, source, speaker in rows:
        if len(speaker.split()) > 1:
            counts[scope, speaker][source] += 1
    return {who: min(found, key=lambda name: (name == who[1], -found[name], name)) for who, found in counts.items()}


def repeats(opinions: Iterable[Said]) -> dict[str, str]:
    """Find the opinions of one voter about one work that say again what another says.

    The longest words are kept, of equal ones the surest; every other opinion that agrees with one that is kept is a repeat of
    it. Where all their words are the same, it does not matter how they were read. Where only the words compared are (the
    same quote led into in other words), they must feel the same about an aspect in common: what stands around a quote may
    be another opinion.

    Returns:
        Id of each repeat to the id of the opinion kept.
    """
    kept: dict[tuple[str, str, tuple[str, ...]], Said] = {}
    shared: defaultdict[str, dict[str, Said]] = defaultdict(dict)
    found: dict[str, str] = {}
    for said in sorted(opinions, key=_by_length):
        shingles = _shingles(said.words)
        exact = (said.words, said.more, () if shingles else said.aspects)
        match = kept.get(exact) or _near(said, shingles, shared)
        if match:
            found[said.opinion] = match.opinion
            continue
        kept[exact] = said
        for shingle in shingles:
            shared[shingle][said.opinion] = said
    return found


def _by_length(said: Said) -> tuple[int, str, float, str, float, tuple[str, ...], str, str]:
    """Order opinions by what they say, the longest first; their ids come last, as they may tell the order of articles."""
    reading = (-said.confidence, said.sentiment, said.score, said.aspects)
    return (-len(said.words), said.words, *reading, said.more, said.opinion)


def _shingles(words: str) -> list[str]:
    """Return every `LEAST_WORDS` words in a row."""
    listed = words.split()
    return [" ".join(listed[n : n + LEAST_WORDS]) for n in range(len(listed) - LEAST_WORDS + 1)]


def _near(said: Said, shingles: list[str], shared: Mapping[str, dict[str, Said]]) -> Said | None:
    """Find the first opinion kept, of the same sentiment, that says nearly the same or quotes more of it."""
    telling = (found for shingle in shingles if len(found := shared.get(shingle, {})) <= COMMONPLACE)
    candidates = {other.opinion: other for found in telling for other in found.values()}
    for other in sorted(candidates.values(), key=_by_length):
        if other.sentiment == said.sentiment and _again(said, other):
            return other
    return None


def _again(said: Said, other: Said) -> bool:
    """Tell whether one says nearly what another says, or a part of it.

    All that one says may stand in the other; else they are about an aspect in common ("the acting of …" is not "the
    writing of …").
    """
    part = f" {said.words} " in f" {other.words} "
    if part and not said.more:
        return True
    shared = not {*said.aspects}.isdisjoint(other.aspects)
    return shared and (part or fuzz.ratio(said.words, other.words) >= SIMILAR)
