"""What a text's words tell without a network: n-grams with the scope of negation and what follows a turn marked, and VADER's lexicon."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from pipeline import resources

_TOKEN = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*|[!?…]|\$\w+|[.,;:—–()\"“”]|[\U0001F300-\U0001FAFF☀-➿★☆]")
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_SILENT = frozenset('.,;:—–()"“”')
"""Marks that end a scope and are no words."""
REACH = 4
"""Words after a negator that carry its mark."""
_FLIPPED = -0.74
"""What VADER makes of a valence in the scope of a negation (Hutto & Gilbert 2014)."""
_NORM = 15
"""VADER's constant that brings a sum of valences into [-1, 1]."""
_NEGATED = re.compile(r"\b(?:not|never|no|hardly|nothing|without|\w+n[’']t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
REMEMBERED = 8192
"""Texts whose scores are remembered: a clause is asked for by several stages, and agency copy comes again."""
MARKS = 7
"""Length of what `lexicon_marks` returns."""


@cache
def vader() -> SentimentIntensityAnalyzer:
    """Load VADER once a process."""
    return SentimentIntensityAnalyzer()


@lru_cache(maxsize=REMEMBERED)
def vader_compound(text: str) -> float:
    """Return VADER's compound score of a text, in [-1, 1] (Hutto & Gilbert 2014)."""
    return float(vader().polarity_scores(text)["compound"])


@cache
def _words(name: str) -> frozenset[str]:
    """Load a word list of the sentiment rules."""
    return frozenset(resources.rules("sentiment")[name])


def _tokens(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield each word in lower case, whether it stands in the scope of a negator, and whether a turn such as "but" came before."""
    negators, ends, turns = _words("negators"), _words("scope_ends"), _words("turns")
    left, turned = 0, False
    for word in _TOKEN.findall(text.lower()):
        if word in ends:
            left = 0
            turned = turned or word in turns
        if word not in _SILENT:
            yield word, left > 0, turned
        left -= 1
        if word in negators or word.endswith(("n't", "n’t")):
            left = REACH


def polarity_grams(text: str) -> list[str]:
    """Return the n-grams of a text.

    Args:
        text: A sentence or clause.

    Returns:
        Words, marked ``not_`` in the scope of a negator; pairs of them; beginnings and ends of long words; and again, marked
        ``>``, the words after a turn, since what follows "but" weighs more.
    """
    found: list[str] = []
    before = "<"
    for word, negated, turned in _tokens(text):
        marked = f"not_{word}" if negated else word
        found += (marked, f"{before} {marked}", *_edges(word))
        if turned:
            found.append(f">{marked}")
        before = marked
    found.append(f"{before} >")
    return found


@lru_cache(maxsize=65_536)
def _edges(word: str) -> tuple[str, ...]:
    """Return the first and last letters of a word: what its family and its ending tell."""
    first = tuple(f"^{word[:size]}" for size in (4, 6) if len(word) > size)
    return first + tuple(f"{word[-size:]}$" for size in (3, 4) if len(word) > size)


def lexicon_marks(text: str) -> list[float]:
    """Return what VADER's lexicon says of a text's words, in [0, 1] each.

    Returns:
        Praise and blame of all words and of those in the second half, negated ones turned round; whether there is neither;
        exclamation marks; whether words are shouted. VADER's own score costs ten times as long.
    """
    lexicon = vader().lexicon
    words = list(_tokens(text))
    sums = [0.0] * 4
    for index, (word, negated, _) in enumerate(words):
        valence = lexicon.get(word, 0.0) * (_FLIPPED if negated else 1)
        side = int(valence < 0)
        sums[side] += abs(valence)
        sums[2 + side] += abs(valence) * (2 * index >= len(words))
    told = [total / math.sqrt(total * total + _NORM) for total in sums]
    silent = float(sums[0] == sums[1] == 0)
    return [*told, silent, min(3, text.count("!")) / 3, float(_SHOUTED.search(text) is not None)]


@lru_cache(maxsize=4096)
def word_weight(text: str) -> float:
    """Add up what the words of criticism in a text are worth, in log-odds of positive; a negated one counts the other way."""
    total = 0.0
    for pattern, worth in _criticism():
        for match in pattern.finditer(text):
            negated = _NEGATED.search(text[max(0, match.start() - 20) : match.start()]) is not None
            total += -worth if negated else worth
    return total


@cache
def _criticism() -> tuple[tuple[re.Pattern[str], float], ...]:
    """Compile the words of criticism, each list with what one of its words is worth."""
    rules = resources.rules("sentiment")
    worth = {
        "praise": rules["lexicon_weight"],
        "blame": -rules["lexicon_weight"],
        "short": -rules["turn_weight"],
        "redeemed": rules["turn_weight"],
    }
    found = []
    for key, value in worth.items():
        words = "|".join(sorted(map(re.escape, rules[key]), key=len, reverse=True))
        found.append((re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE), float(value)))
    return tuple(found)
