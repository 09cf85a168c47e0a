"""Whose vote an opinion is: a critic votes once a work, and the same words of one voter count once.

Roundups of one work quote the same reviews. Two opinions of one voter repeat each other when their words agree, or nearly
do, or one quotes a part of what the other quotes. What is too short to be told by its words is the same in another article
where the same is quoted, or the same rating stated, about the same. Nothing here depends on the order of articles.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

from pipeline.quotes import quotations

SIMILAR = 90.0
"""Least similarity, in percent (rapidfuzz's `ratio`: normalised insertions and deletions), of words that are the same quote."""
LEAST_WORDS = 4
"""Words in a row that two opinions must share to be nearly the same; shorter ones must be equal, and about an aspect in common."""
LONG_QUOTE = 6
"""Words in quotation marks from which they are the same quote whatever aspects they were read to be about."""
NO_RATING = -1.0
"""Stands for a rating where none is stated."""
COMMONPLACE = 50
"""Opinions of one voter that may share words in a row before these tell no quote any more ("one of the best")."""
KEY_LENGTH = 160
"""Characters of an opinion's words that are compared."""
_WORD = re.compile(r"\w+(?:'\w+)*")
_SUBTITLE = re.compile(r"(?<!\s)\s*[:(]")
_ARTICLES = frozenset({"a", "an", "the"})


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
        quote: From `wording`: what it quotes.
        article: The id of the article that it stands in.
        rating: The stated rating in [0, 1], else `NO_RATING`.
    """

    opinion: str
    words: str
    confidence: float
    sentiment: str
    score: float
    aspects: tuple[str, ...]
    more: str = ""
    quote: str = ""
    article: str = ""
    rating: float = NO_RATING


class Wording(NamedTuple):
    """The words by which an opinion is recognised, from `wording`."""

    words: str
    more: str
    quote: str


def wording(text: str, title: str = "") -> Wording:
    """Return the words of an opinion by which it is recognised, in lower case and without punctuation.

    These are the words within quotation marks where there are at least `LEAST_WORDS` of them: roundups lead into the same
    quote in different words.

    Args:
        text: The opinion's text.
        title: The work's title, which is no quote where it stands in quotation marks.

    Returns:
        `words` joined by spaces, at most `KEY_LENGTH` characters; `more`, where the opinion says more than these, a hash of
        all its words, else an empty text; `quote`, all words within quotation marks, however few, without a leading article,
        as long.
    """
    plain = text.replace("’", "'")
    whole = " ".join(_words(plain))
    marked = [_words(plain[quote.start : quote.end]) for quote in quotations(text)]
    quoted = [word for words in marked if _bare(words) not in _titles(title) for word in words]
    words = (" ".join(quoted) if len(quoted) >= LEAST_WORDS else whole)[:KEY_LENGTH].strip()
    more = "" if words == whole else hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()
    return Wording(words, more, _bare(quoted)[:KEY_LENGTH].strip())


@lru_cache(maxsize=64)
def _titles(title: str) -> frozenset[str]:
    """Return the words that a work goes by: its title, and what stands before a subtitle or a year."""
    return frozenset(_bare(_words(part)) for part in (title, _SUBTITLE.split(title)[0]))


def _bare(words: Sequence[str]) -> str:
    """Join words without a leading article."""
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


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
    same quote led into in other words), they must feel the same about an aspect in common, unless the quote is long: what
    stands around a quote may be another opinion. What is short or a rating is the same only in another article: there the
    first of one article is that of another, the second the second.

    Returns:
        Id of each repeat to the id of the opinion kept, in the order in which they would be kept.
    """
    kept: dict[tuple[str, str, float], Said] = {}
    shared: defaultdict[str, dict[str, Said]] = defaultdict(dict)
    brief = _Brief()
    found: dict[str, str] = {}
    for said in sorted(opinions, key=_by_length):
        shingles = _shingles(said.words)
        exact = (said.words, said.more, said.rating)
        again, places = brief.find(said)
        match = (kept.get(exact) if shingles else None) or _near(said, shingles, shared) or again
        if match:
            found[said.opinion] = match.opinion
            continue
        kept[exact] = said
        brief.keep(said, places)
        for shingle in shingles:
            shared[shingle][said.opinion] = said
    return found


class _Brief:
    """The opinions kept that are recognised by few words or a rating, by aspect and by the how manieth of its article each is."""

    def __init__(self) -> None:
        self._kept: dict[tuple[_Sign, str, int], Said] = {}
        self._counts: Counter[tuple[_Sign, str, str]] = Counter()

    def find(self, said: Said) -> tuple[Said | None, list[tuple[_Sign, str, int]]]:
        """Return the opinion kept, of another article, that this one repeats, and the places of this one."""
        places = []
        for sign in _signs(said):
            for aspect in said.aspects:
                places.append((sign, aspect, self._counts[sign, aspect, said.article]))
                self._counts[sign, aspect, said.article] += 1
        held = (self._kept.get(place) for place in places)
        return next((other for other in held if other and _fits(said, other)), None), places

    def keep(self, said: Said, places: Iterable[tuple[_Sign, str, int]]) -> None:
        """Hold an opinion at its places."""
        for place in places:
            self._kept.setdefault(place, said)


_Sign = tuple[str, str, str]


def _signs(said: Said) -> Iterator[_Sign]:
    """Yield what an opinion that says little is recognised by: all its words, its quote or its rating with the feeling."""
    short = said.words and not _shingles(said.words)
    if short:
        yield "words", said.words, said.more
    quote = said.quote or (_bare(said.words.split()) if short else "")
    if quote:
        yield "quote", quote, said.sentiment
    if said.rating != NO_RATING:
        yield "rating", f"{said.rating:.4f}", said.sentiment


def _fits(said: Said, other: Said) -> bool:
    """Tell whether two of different articles may be one: neither quote nor rating says otherwise."""
    return (
        said.article != other.article
        and (said.quote == other.quote or not said.quote or not other.quote)
        and _same_rating(said, other)
    )


def _same_rating(said: Said, other: Said) -> bool:
    """Tell whether two do not state different ratings."""
    return said.rating == other.rating or NO_RATING in (said.rating, other.rating)


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
        if other.sentiment == said.sentiment and _same_rating(said, other) and _again(said, other):
            return other
    return None


def _again(said: Said, other: Said) -> bool:
    """Tell whether one says nearly what another says, or a part of it.

    All that one says may stand in the other, or a long quote be a part of the other's; else they are about an aspect in
    common ("the acting of …" is not "the writing of …").
    """
    part = _within(said.words, other.words)
    if part and (not said.more or (said.words == other.words and not other.more)):
        return True
    if other.quote and len(said.quote.split()) >= LONG_QUOTE and _within(said.quote, other.quote):
        return True
    shared = not {*said.aspects}.isdisjoint(other.aspects)
    return shared and (part or fuzz.ratio(said.words, other.words) >= SIMILAR)


def _within(words: str, others: str) -> bool:
    """Tell whether words stand in others, word for word."""
    return f" {words} " in f" {others} "
