"""Statistics of agreement: Wilson's interval, van der Eijk's A, and verdicts collapsed by source."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
    n = len(labels)
    for label in ("positive", "negative"):
        if labels.count(label) * 3 >= n * 2:
            return label
    if labels.count("mixed") * 2 <= n and not {"positive", "negative"} <= set(labels):
        return "positive" if math.fsum(scores) > 0 else "negative"
    return "mixed"
