"""Split sentences into clauses, the units in which one source evaluates one thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pipeline import cues, resources
from pipeline.quotes import quotations
from pipeline.schema import Span
from pipeline.spans import trimmed

_GAP = 8
"""Characters between a short piece and the one that it joins, fewer than."""
_EDGE = " \t\r\n,;:—–-•*"
Cut = Callable[[str, int, int], list[Span]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that nothing cuts further; `ruled` tells whether the rules begin a clause with it."""

    start: int
    end: int
    ruled: bool


def split_clauses(text: str, start: int, end: int) -> list[Span]:
    """Split a span of text into clauses by rules alone.

    Quoted words listed one after the other ("tired", "loud" and "too long") become clauses of their own; contrast,
    semicolons, dashes, reporting verbs and new subjects cut, inside quotations too.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.

    Returns:
        Clauses in order, trimmed of white space and joining punctuation, without overlap.
    """
    ruled = [start + position for position in _cuts(text[start:end])]
    return _pieces(text, start, end, ruled, ruled)


def runs(text: str, start: int, end: int) -> list[Span]:
    """List every stretch that may be one judgement, as lessons for the network: runs of pieces cut finer than clauses.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.

    Returns:
        Runs by start, the shorter first; they overlap.
    """
    found = pieces(text, start, end)
    longest = int(resources.rules("clauses")["longest_run"])
    return [(a.start, b.end) for index, a in enumerate(found) for b in found[index : index + longest]]


def pieces(text: str, start: int, end: int) -> list[Piece]:
    """Cut a span wherever a judgement may begin or end: the pieces of which clauses and runs are made.

    Args:
        text: Raw text.
        start: Where the span begins.
        end: Where it ends.
    """
    stretch = text[start:end]
    ruled = [start + position for position in _cuts(stretch)]
    finer = [match.end() if match.group().strip() else match.start() for match in _within().finditer(stretch)]
    cut = _pieces(text, start, end, [*ruled, *(start + position for position in finer)], ruled)
    befores = [start, *(right for _, right in cut)]
    return [
        Piece(left, right, any(before <= position <= left for position in ruled))
        for before, (left, right) in zip(befores, cut, strict=False)
    ]


def cut_where(chances: Callable[[Sequence[tuple[Span, Span]]], list[float]]) -> Cut:
    """Make a `Cut` that asks where a judgement ends and the next begins.

    Args:
        chances: From pairs of neighbouring pieces to the probability that they belong to two judgements.

    Returns:
        What cuts where that is probable; less will do where the rules cut too (``reader.toml``).
    """
    least = resources.rules("reader")["cut"]

    def cut(text: str, start: int, end: int) -> list[Span]:
        found = pieces(text, start, end)
        asked = [((a.start, a.end), (b.start, b.end)) for a, b in pairwise(found)]
        clauses = [(piece.start, piece.end) for piece in found[:1]]
        for chance, piece in zip(chances(asked), found[1:], strict=True):
            if chance >= least["ruled" if piece.ruled else "inner"]:
                clauses.append((piece.start, piece.end))
            else:
                clauses[-1] = (clauses[-1][0], piece.end)
        return clauses

    return cut


def _cuts(stretch: str) -> list[int]:
    """Return where clauses begin inside a stretch."""
    before, after = _patterns()
    inner = [match.start() for match in before.finditer(stretch)] + [match.end() for match in after.finditer(stretch)]
    return [*inner, *_between_quotes(stretch, inner)]


def _pieces(text: str, start: int, end: int, inner: Sequence[int], ruled: Sequence[int]) -> list[Span]:
    """Cut a span at inner positions, those of the rules among them; trim the pieces and merge the short ones."""
    edges = sorted({start, end, *inner})
    parts = [trimmed(text, left, right, _EDGE) for left, right in pairwise(edges)]
    return _merge_short([piece for piece in parts if piece[1] > piece[0]], ruled)


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


def _merge_short(pieces: Sequence[Span], ruled: Sequence[int]) -> list[Span]:
    """Join a piece too short to judge anything to the one after it, or to the one before where the rules cut behind it."""
    least = int(resources.rules("clauses")["min_chars"])
    merged: list[Span] = []
    for index, (start, end) in enumerate(pieces):
        following = pieces[index + 1][0] if index + 1 < len(pieces) else end
        behind = end - start < least and any(end <= position <= following for position in ruled)
        before = merged[-1] if merged else None
        here = before is not None and any(before[1] <= position <= start for position in ruled)
        joins = before is not None and (before[1] - before[0] < least or (behind and not here))
        if before and joins and start - before[1] < _GAP:
            merged[-1] = (before[0], end)
        else:
            merged.append((start, end))
    return merged
