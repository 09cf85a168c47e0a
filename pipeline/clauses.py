"""Split sentences into clauses, the units in which one source evaluates one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline import resources
from pipeline.quotes import quotations

_LIST_GAP = re.compile(r"[\s,]*(?:(?:and|or|but|yet|also)[\s,]+)?(?:a |an |its |the )?$")
_EDGE = " \t\r\n,;:—–-•*"


def split_clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split a span of text into clauses.

    Quoted words listed one after the other ("tired", "loud" and "too long") become clauses of their own; contrast,
    semicolons, dashes and new subjects cut outside quotations and inside long ones.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.

    Returns:
        Clauses in order, trimmed of white space and joining punctuation, without overlap.
    """
    cuts = {start, end}
    stretch = text[start:end]
    listed = list(_listed_quotes(stretch))
    cuts.update(start + position for position in listed)
    before, after = _patterns()
    cuts.update(start + match.start() for match in before.finditer(stretch))
    cuts.update(start + match.end() for match in after.finditer(stretch))
    edges = sorted(cuts)
    pieces = [_trim(text, left, right) for left, right in zip(edges, edges[1:], strict=False)]
    return _merge_short([piece for piece in pieces if piece[1] > piece[0]])


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the cut patterns."""
    rules = resources.rules("clauses")
    before = "|".join(f"(?:{pattern})" for pattern in rules["before"])
    after = "|".join(f"(?:{pattern})" for pattern in rules["after"])
    return re.compile(before, re.IGNORECASE), re.compile(after)


def _listed_quotes(stretch: str) -> Iterator[int]:
    """Yield where a quotation follows another one with only a conjunction between them."""
    quotes = quotations(stretch)
    for first, second in zip(quotes, quotes[1:], strict=False):
        if _LIST_GAP.match(stretch[first.end : second.start]) and len(stretch[first.end : second.start]) < 12:
            yield first.end


def _merge_short(pieces: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a piece too short to judge anything to the one after it."""
    least = int(resources.rules("clauses")["min_chars"])
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and merged[-1][1] - merged[-1][0] < least and start - merged[-1][1] < 8:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Strip white space and joining punctuation from both ends."""
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return start, end
