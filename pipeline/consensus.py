"""Statistics of agreement: Wilson's interval, van der Eijk's A, and verdicts collapsed by source."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""
DIVISIVENESS_LEAST = 4
"""Fewest sources for which divisiveness is given."""


def wilson(successes: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson 1927).

    Args:
        successes: Number of successes, 0 to n.
        n: Number of trials, at least 1.

    Returns:
        Lower and upper bound in [0, 1].
    """
    share = successes / n
    denominator = 1 + Z95**2 / n
    centre = (share + Z95**2 / (2 * n)) / denominator
    margin = Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2)) / denominator
    return max(0.0, centre - margin), min(1.0, centre + margin)


def agreement(counts: Sequence[int]) -> float:
    """Return van der Eijk's agreement A of ordered counts (van der Eijk 2001, Quality & Quantity 35).

    The counts are peeled into layers of equal height; a layer with S occupied of K categories weighs by its share of
    the cases and has A = U (1 - (S - 1)/(K - 1)), U from its triples of categories that break or keep unimodality.

    Args:
        counts: Cases in each category, in order; at least one case.

    Returns:
        A in [-1, 1]: 1 full agreement, 0 the even spread, -1 two opposite poles.
    """
    total = sum(counts)
    rest = list(counts)
    result = 0.0
    while any(rest):
        height = min(count for count in rest if count > 0)
        pattern = [count > 0 for count in rest]
        result += height * sum(pattern) / total * _layer_agreement(pattern)
        rest = [count - height if count > 0 else 0 for count in rest]
    return result


def _layer_agreement(pattern: Sequence[bool]) -> float:
    """Return A of one layer."""
    k, s = len(pattern), sum(pattern)
    if s in (k, 1):
        return 1.0 - (s - 1) / (k - 1)
    unimodal = bimodal = 0
    for i in range(k):
        for j in range(i + 1, k):
            for m in range(j + 1, k):
                triple = (pattern[i], pattern[j], pattern[m])
                bimodal += triple == (True, False, True)
                unimodal += triple in ((True, True, False), (False, True, True))
    u = ((k - 2) * unimodal - (k - 1) * bimodal) / ((k - 2) * (unimodal + bimodal)) if unimodal + bimodal else 1.0
    return u * (1.0 - (s - 1) / (k - 1))


def divisiveness(counts: Sequence[int]) -> float | None:
    """Return (1 - A)/2 of the counts [negative, mixed, positive], None below four cases."""
    return (1 - agreement(counts)) / 2 if sum(counts) >= DIVISIVENESS_LEAST else None


def verdict(scores: Sequence[float], labels: Sequence[str]) -> str:
    """Collapse one source's opinions into its verdict.

    The label is the majority's; a source that both praises and blames without a two-thirds majority is mixed.

    Args:
        scores: Scores in [-1, 1], used to break a tie of labels with a clear mean.
        labels: ``positive``, ``mixed`` or ``negative``, as many as scores and at least one.
    """
    return _leaning(Counter(labels), math.fsum(scores))


def _leaning(counts: Mapping[str, int], total: float | Fraction) -> str:
    """Return the verdict of so many opinions of each label, with the sum of their scores."""
    n = sum(counts.values())
    praise, mixed, blame = (counts.get(label, 0) for label in ("positive", "mixed", "negative"))
    if praise * 3 >= n * 2:
        return "positive"
    if blame * 3 >= n * 2:
        return "negative"
    if mixed * 2 <= n and not (praise and blame):
        return "positive" if total > 0 else "negative"
    return "mixed"


class Vote(NamedTuple):
    """One opinion of a voter: where it stands, the quote it is or repeats, and how it feels."""

    article: str
    quote: str
    label: str
    score: float


class Ballot:
    """What one voter says of one work: a verdict over all articles, or all but one, each quote counted once.

    Counts are kept, so that leaving an article out takes no longer with many others.

    Args:
        votes: All votes of one voter, at least one; of those with the same quote the last by label and score holds.

    Attributes:
        value: The verdict as 1 (positive), 0.5 (mixed) or 0.
    """

    def __init__(self, votes: Iterable[Vote]) -> None:
        self._quotes: defaultdict[str, list[Vote]] = defaultdict(list)
        for vote in votes:
            self._quotes[vote.quote].append(vote)
        self._labels: Counter[str] = Counter()
        self._total = Fraction(0)
        for listed in self._quotes.values():
            listed.sort(key=lambda vote: (vote.label, vote.score), reverse=True)
            self._labels[listed[0].label] += 1
            self._total += _exactly(listed[0].score)
        self.value = _value(self._labels, self._total)

    def without(self, own: Iterable[Vote]) -> float | None:
        """Return the verdict as a number without the votes of one article, None where there is no other."""
        labels, total = self._labels.copy(), self._total
        for quote, article in {(vote.quote, vote.article) for vote in own}:
            listed = self._quotes[quote]
            labels[listed[0].label] -= 1
            total -= _exactly(listed[0].score)
            other = next((vote for vote in listed if vote.article != article), None)
            if other:
                labels[other.label] += 1
                total += _exactly(other.score)
        return _value(labels, total) if any(labels.values()) else None


def _exactly(score: float) -> Fraction:
    """Return a score that can be added and taken away again without a rest."""
    return Fraction(score) if math.isfinite(score) else Fraction(0)


def _value(labels: Mapping[str, int], total: Fraction) -> float:
    """Return a verdict as a number."""
    return {"positive": 1.0, "mixed": 0.5}.get(_leaning(labels, total), 0.0)
