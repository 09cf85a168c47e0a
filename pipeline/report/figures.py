"""What a work's consensus says in words, and its aspects as diverging bars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.consensus import wilson

ALL = "all"
GENERAL = frozenset({ALL, "overall"})
"""Aspects that a headline does not name: they say nothing of what is good or bad about a work."""

SHARE = 38
"""Per cent of a bar's width for a share of 1: with the mixed verdicts in the middle, every interval fits."""


def figure(value: float, digits: int) -> str:
    """Return a number as shown, halves rounded up: so the page's script gives the same."""
    return f"{math.floor(value * 10**digits + 0.5) / 10**digits:.{digits}f}"


@dataclass(frozen=True, slots=True)
class Bar:
    """The verdicts on one aspect, with the places of its bar in per cent of the width.

    Attributes:
        aspect: What is judged.
        n: Sources that vote.
        positive: Verdicts of praise.
        mixed: Verdicts of both.
        negative: Verdicts of blame.
        low: Lower bound of Wilson's interval of the share of praise, in [0, 1].
        high: Its upper bound.
        score: Consensus, 0 to 100.
        divisiveness: In [0, 1], None for few sources.
    """

    aspect: str
    n: int
    positive: int
    mixed: int
    negative: int
    low: float
    high: float
    score: float
    divisiveness: float | None

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Feelings with their number of verdicts, from blame to praise."""
        return [("negative", self.negative), ("mixed", self.mixed), ("positive", self.positive)]

    def _width(self, count: float) -> float:
        """Return the width of a share."""
        return SHARE * count / self.n

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """Feeling, left edge and width of each part of the bar."""
        left = 50 - self._width(self.mixed / 2) - self._width(self.negative)
        found = []
        for feeling, count in self.counts:
            width = self._width(count)
            if count:
                found.append((feeling, round(left, 2), round(width, 2)))
            left += width
        return found

    @property
    def whisker(self) -> tuple[float, float]:
        """Left and right end of the interval."""
        left = 50 + self._width(self.mixed / 2)
        return round(left + SHARE * self.low, 2), round(left + SHARE * self.high, 2)


@dataclass(frozen=True, slots=True)
class Work:
    """A work's consensus.

    Attributes:
        name: Its title, empty for articles that name none.
        whole: All aspects together.
        bars: Its aspects, in the order shown.
        praised: The aspect most surely praised.
        blamed: The aspect most surely blamed.
        divisive: The aspect that divides most.
    """

    name: str
    whole: Bar
    bars: tuple[Bar, ...]
    praised: Bar | None
    blamed: Bar | None
    divisive: Bar | None

    @property
    def label(self) -> str:
        """Its title, or that there is none."""
        return self.name or "Articles that name no work"


def works(consensus: pd.DataFrame, aspects: list[str]) -> list[Work]:
    """Return every work of a `consensus` table, those with a title first.

    Args:
        consensus: The table.
        aspects: In the order that they are shown in.
    """
    place = {aspect: n for n, aspect in enumerate(aspects)}
    found = []
    for name, rows in consensus.groupby("work", sort=True):
        bars = [_bar(row) for row in rows.to_dict("records")]
        whole = next((bar for bar in bars if bar.aspect == ALL), None)
        if whole is None:
            continue
        parts = sorted((bar for bar in bars if bar is not whole), key=lambda bar: place.get(bar.aspect, len(place)))
        named = [bar for bar in parts if bar.aspect not in GENERAL]
        found.append(Work(str(name), whole, tuple(parts), _praised(named), _blamed(named), _divisive(named)))
    return sorted(found, key=lambda work: (not work.name, work.name))


def _bar(row: dict[Any, Any]) -> Bar:
    """Return a row of the table as a bar."""
    split = row["divisiveness"]
    return Bar(
        str(row["aspect"]), int(row["n_sources"]), int(row["positive"]), int(row["mixed"]), int(row["negative"]),
        float(row["wilson_low"]), float(row["wilson_high"]), float(row["consensus_score"]),
        None if pd.isna(split) else float(split),
    )  # fmt: skip


def _praised(bars: list[Bar]) -> Bar | None:
    """Return the aspect whose share of praise is surely the largest: by the lower bound, which few sources pull down."""
    liked = [bar for bar in bars if bar.positive > bar.negative]
    return max(liked, key=lambda bar: (bar.low, bar.n), default=None)


def _blamed(bars: list[Bar]) -> Bar | None:
    """Return the aspect whose share of blame is surely the largest."""
    disliked = [bar for bar in bars if bar.negative > bar.positive]
    return max(disliked, key=lambda bar: (wilson(bar.negative, bar.n)[0], bar.n), default=None)


def _divisive(bars: list[Bar]) -> Bar | None:
    """Return the aspect that divides most, if one divides at all."""
    split = [bar for bar in bars if bar.divisiveness]
    return max(split, key=lambda bar: (bar.divisiveness or 0.0, bar.n), default=None)
