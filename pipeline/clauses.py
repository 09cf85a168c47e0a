"""Split sentences into clauses, the units in which one source evaluates one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from pipeline import cues, resources
from pipeline.quotes import quotations

_EDGE = " \t\r\n,;:—–-•*"


def split_clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split a span of text into clauses.

    Quoted words listed one after the other ("tired", "loud" and "too long") become clauses of their own; contrast,
    semicolons, dashes, reporting verbs and new subjects cut, inside quotations too.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.

    Returns:
        Clauses in order, trimmed of white space and joining punctuation, without overlap.
    """
    return _pieces(text, start, end, _cuts(text[start:end]))


def runs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """List every stretch that may be one judgement, as lessons for the network: runs of pieces cut finer than clauses.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.

    Returns:
        Runs by start, the shorter first; they overlap.
    """
    stretch = text[start:end]
    finer = [match.end() if match.group().strip() else match.start() for match in _within().finditer(stretch)]
    pieces = _pieces(text, start, end, [*_cuts(stretch), *finer])
    longest = int(resources.rules("clauses")["longest_run"])
    return [
        (left, right) for index, (left, _) in enumerate(pieces) for _, right in pieces[index : index + longest]
    ]  # fmt: skip


def _cuts(stretch: str) -> list[int]:
    """Return where clauses begin inside a stretch."""
    before, after = _patterns()
    inner = [match.start() for match in before.finditer(stretch)] + [match.end() for match in after.finditer(stretch)]
    return [*inner, *_between_quotes(stretch, inner)]


def _pieces(text: str, start: int, end: int, inner: Sequence[int]) -> list[tuple[int, int]]:
    """Cut a span at positions counted from its start; trim the pieces."""
    edges = sorted({start, end, *(start + position for position in inner)})
    pieces = [_trim(text, left, right) for left, right in pairwise(edges)]
    return _merge_short([piece for piece in pieces if piece[1] > piece[0]])


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the cut patterns."""
    rules = resources.rules("clauses")
    words = {
        "CUE": cues.any_verb(), "STRONG": cues.strong_verb(), "SUBJECT": rules["subject"], "AUXILIARY": rules["auxiliary"],
    }  # fmt: skip
    before = "|".join(f"(?:{pattern})" for pattern in rules["before"])
    for name, alternatives in words.items():
        before = before.replace(name, alternatives)
    after = "|".join(f"(?:{pattern})" for pattern in rules["after"])
    return re.compile(before, re.IGNORECASE), re.compile(after, re.IGNORECASE)


@cache
def _within() -> re.Pattern[str]:
    """Compile where a clause may hold two judgements."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in resources.rules("clauses")["within"]), re.IGNORECASE)


def _between_quotes(stretch: str, cuts: Sequence[int]) -> Iterator[int]:
    """Yield the ends of quotations that another one follows with no cut between them."""
    quotes = quotations(stretch)
    for first, second in pairwise(quotes):
        if not any(first.end - 1 <= cut <= second.start for cut in cuts):
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
