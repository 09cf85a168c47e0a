"""Pair quotation marks: where quoted speech begins and ends in raw text.

Curly, straight and guillemet double marks, British single marks with apostrophes inside, nesting, marks repeated at
the start of each paragraph of a long quotation, and marks that were never closed. One pass, linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pipeline.schema import SpeechKind

_PARAGRAPH = re.compile(r"[^\r\n]+")
_MARK = re.compile(r"``|''|[\"“”„«»'‘’]")
_ELISION = re.compile(r"(?:\d|(?:tis|twas|til|till|em|cause|bout|round|n|neath|cos)\b)", re.IGNORECASE)
_SINGLE = frozenset("'‘’")
_OPENERS = frozenset("“„«")
_CLOSERS = frozenset("”»")
_BEFORE_OPENING = frozenset(" \t\u00a0\u2009([{—–-/:…*_\"“„«'‘")

DIRECT = 0.8
"""Share of a span inside quotation marks from which it is direct speech."""
UNCLOSED_LIMIT = 700
"""Longest stretch, in characters, that an opening mark without its closing mark may claim."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """One quoted stretch, marks included: ``text[start:end]``; `closed` is False when its closing mark is missing."""

    start: int
    end: int
    closed: bool = True


def quotations(text: str) -> list[Quotation]:
    """Find the outermost quotations of a text, in order.

    A quotation never crosses a line break; a long quotation that repeats its opening mark at every paragraph comes
    back as one `Quotation` for each paragraph.

    Args:
        text: Raw text; offsets in the result are code points into it.

    Returns:
        Quotations that do not overlap, sorted by start.
    """
    found: list[Quotation] = []
    for line in _PARAGRAPH.finditer(text):
        found.extend(_in_line(text, line.start(), line.end()))
    return found


def speech_kind(quotes: Sequence[Quotation], start: int, end: int) -> SpeechKind:
    """Tell direct speech (four fifths of a span or more lie inside quotations), mixed, and indirect (none does)."""
    first = bisect_left(quotes, start + 1, key=lambda quote: quote.end)
    covered = 0
    for quote in takewhile(lambda quote: quote.start < end, quotes[first:]):
        covered += min(quote.end, end) - max(quote.start, start)
    share = covered / max(1, end - start)
    return "direct" if share >= DIRECT else ("mixed" if share > 0 else "indirect")


def _in_line(text: str, start: int, end: int) -> Iterator[Quotation]:
    """Yield the outermost quotations of one line."""
    marks = [(m.start(), m.group()) for m in _MARK.finditer(text, start, end)]
    closers_after = _last_single_closers(text, marks)
    opened: int | None = None
    single = False
    for position, mark in marks:
        is_single = mark in _SINGLE
        if opened is None:
            if _opens(text, position, mark, start, end):
                opened, single = position, is_single
        elif is_single == single and (
            _closes(text, position, mark, start, closers_after) or (mark == "“" and text[opened] == "„")
        ):
            yield Quotation(opened, position + len(mark))
            opened = None
        elif not single and mark in _OPENERS and mark != "„" and text[opened] in _OPENERS:
            # A second opening mark: the first was never closed.
            yield Quotation(opened, _trim(text, opened, min(position, opened + UNCLOSED_LIMIT)), closed=False)
            opened = position
    if opened is not None and not single:
        yield Quotation(opened, _trim(text, opened, min(end, opened + UNCLOSED_LIMIT)), closed=False)


def _opens(text: str, position: int, mark: str, start: int, end: int) -> bool:
    """Tell whether a mark outside any quotation opens one."""
    after = position + len(mark)
    if mark in _OPENERS or mark == "``":
        return True
    if mark in _CLOSERS or after >= end or text[after].isspace():
        return False
    if position > start and text[position - 1] not in _BEFORE_OPENING:
        return False
    if mark in _SINGLE:
        return mark != "’" and not _ELISION.match(text, after)
    return True


def _closes(text: str, position: int, mark: str, start: int, last_closer: dict[int, bool]) -> bool:
    """Tell whether a mark inside a quotation of its own sort closes it."""
    if mark in _CLOSERS or mark == "''":
        return True
    if mark in _OPENERS or mark == "``":
        return False
    if mark == '"':
        return position == start or not text[position - 1].isspace() or not _word_follows(text, position + 1)
    return last_closer.get(position, False)


def _last_single_closers(text: str, marks: list[tuple[int, str]]) -> dict[int, bool]:
    """Tell for every single mark whether it may close: no apostrophe, and no plural possessive with a closer after it."""
    result: dict[int, bool] = {}
    closer_follows = False
    for position, mark in reversed(marks):
        if mark not in _SINGLE or mark == "‘":
            if mark == "‘":
                closer_follows = False
            continue
        after = position + 1
        before = text[position - 1] if position else " "
        if before.isspace() or _word_follows(text, after):
            if before.isspace() and mark == "'":
                closer_follows = False
            continue
        possessive = before in "sS" and text[after : after + 1] == " " and text[after + 1 : after + 2].islower()
        result[position] = not (possessive and closer_follows)
        closer_follows = True
    return result


def _word_follows(text: str, position: int) -> bool:
    """Tell whether a letter or digit stands at a position."""
    return text[position : position + 1].isalnum()


def _trim(text: str, start: int, end: int) -> int:
    """Move an end left over white space."""
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end
