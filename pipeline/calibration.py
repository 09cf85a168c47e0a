"""Whether a probability means what it says: reliability tables and calibration error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like confidence: how many, how sure on average, which share is right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


def reliability(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Sort rows into bins of equal width by confidence.

    Args:
        confidences: In [0, 1].
        right: Whether each row is right.
        bins: How many bins span [0, 1].

    Returns:
        The bins that hold rows, in order.
    """
    groups: dict[int, list[int]] = {}
    for index, confidence in enumerate(confidences):
        groups.setdefault(min(bins - 1, int(confidence * bins)), []).append(index)
    return [
        Bin(
            number / bins, (number + 1) / bins, len(rows), sum(confidences[i] for i in rows) / len(rows),
            sum(right[i] for i in rows) / len(rows),
        )
        for number, rows in sorted(groups.items())
    ]  # fmt: skip


def calibration_error(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al. 2015): the mean gap between confidence and share right, bins weighed by size; 0 without rows."""
    table = reliability(confidences, right, bins=bins)
    total = sum(part.n for part in table)
    return sum(part.n * abs(part.confidence - part.right) for part in table) / max(1, total)


def reliability_table(confidences: Sequence[float], right: Sequence[bool]) -> str:
    """Return the bins as a Markdown table."""
    lines = [
        f"| {part.low:.1f}-{part.high:.1f} | {part.n} | {part.confidence:.3f} | {part.right:.3f} |"
        for part in reliability(confidences, right)
    ]
    return "\n".join(["| confidence | rows | mean | right |", "|---|---|---|---|", *lines])


def log_odds(probability: float, floor: float) -> float:
    """Return the log-odds of a probability that is kept at least `floor` away from 0 and 1."""
    kept = min(1 - floor, max(floor, probability))
    return math.log(kept / (1 - kept))
