"""Spans of a text: what shares characters with one among stretches in order, which holds a position, what is left at its edges."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Stretch(Protocol):
    """Anything that begins and ends somewhere in a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""


S = TypeVar("S", bound=Stretch)


def overlapping(stretches: Sequence[S], start: int, end: int) -> Sequence[S]:
    """Return the stretches that share characters with a span.

    Args:
        stretches: Stretches in order of start whose ends are in order too, such as those that do not overlap.
        start: Where the span begins.
        end: Where it ends.
    """
    first = bisect_left(stretches, start + 1, key=lambda stretch: stretch.end)
    return stretches[first : bisect_left(stretches, end, key=lambda stretch: stretch.start)]


def at(stretches: Sequence[Stretch], position: int) -> int:
    """Return the index of the stretch that holds a position, or of the one before it; 0 where there is none."""
    return max(0, bisect_right(stretches, position, key=lambda stretch: stretch.start) - 1)


def trimmed(text: str, start: int, end: int, edge: str) -> tuple[int, int]:
    """Move both ends of a span inwards over the characters of `edge`."""
    while start < end and text[start] in edge:
        start += 1
    while end > start and text[end - 1] in edge:
        end -= 1
    return start, end
