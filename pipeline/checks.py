"""Look at the cells of a run's table before they are given their types: people edit tables, and disks damage them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pandas as pd

from pipeline.errors import DataError
from pipeline.frames import DTYPES, TRUTH
from pipeline.schema import COLUMNS, Polarity, SentenceKind, SourceType, SpeechKind

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "opinions": {"source_type": get_args(SourceType), "sentiment": get_args(Polarity)},
    "attributions": {"source_type": get_args(SourceType), "kind": get_args(SpeechKind)},
    "sentences": {"kind": get_args(SentenceKind)},
    "summary": {"source_type": get_args(SourceType)},
}
"""Columns that hold one of a few words."""
NEEDED: dict[str, tuple[str, ...]] = {
    "opinions": ("article_id", "opinion_id", "start", "end", "aspect", "score"),
    "attributions": ("article_id", "start", "end"),
    "sentences": ("article_id", "start", "end"),
    "articles": ("article_id",),
    "summary": ("n", "positive", "mixed", "negative", "mean_score"),
    "consensus": tuple(name for name in COLUMNS["consensus"] if name not in {"work", "divisiveness"}),
}
"""Columns without an empty cell, besides those of `WORDS`."""
RANGES: dict[str, tuple[float, float]] = {
    "score": (-1, 1), "mean_score": (-1, 1), "vader": (-1, 1), "consensus_score": (0, 100), "n_sources": (1, math.inf),
    "rating": (0, math.inf),
}  # fmt: skip
"""Least and greatest value of a number."""
_COUNTS, _SHARES = (0, math.inf), (0, 1)
_NUMBERS = ("Int64", "float64")
Fault = tuple[int, str, str]
"""Place of a row, a column, and what is wrong with the cell."""


def check(table: str, data: pd.DataFrame, *, first_row: int = 1) -> None:
    """Refuse a table with a cell that cannot be what its column holds.

    Args:
        table: Which table it is.
        data: Its cells, of any type or as text.
        first_row: What the first of its rows is called.

    Raises:
        DataError: A column is missing, or a cell is empty, no such number, none of the words, or no truth value.
    """
    for name in COLUMNS[table]:
        if name not in data.columns:
            raise DataError(f"no column {name!r}", hint="run `pullquote analyze` again")
    fault = min((found for name in COLUMNS[table] for found in _faults(table, name, data[name])), default=None)
    if fault is not None:
        place, name, what = fault
        raise DataError(
            f"row {place + first_row}, column {name!r}: {what}", hint="mend the cell, or run `pullquote analyze` again"
        )


def _faults(table: str, name: str, column: pd.Series[Any]) -> Iterator[Fault]:
    """Yield the first cell of a column that is empty and must not be, and the first that holds something wrong."""
    cells = column.astype(object).reset_index(drop=True)
    empty = cells.isna() | (cells == "")
    words = WORDS.get(table, {}).get(name, ())
    if words or name in NEEDED.get(table, ()):
        yield from ((place, name, "the cell is empty") for place in np.flatnonzero(empty)[:1].tolist())
    wrong, wanted = _wrong(name, cells, words)
    for place in np.flatnonzero(wrong & ~empty)[:1].tolist():
        yield place, name, f"{cells[place]!r} is {wanted}"


def _wrong(name: str, cells: pd.Series[Any], words: tuple[str, ...]) -> tuple[pd.Series[Any], str]:
    """Tell which cells a column cannot hold, and what it holds."""
    kind = DTYPES.get(name, "str")
    if words:
        return ~cells.isin(words), f"none of {', '.join(words)}"
    if kind == "boolean":
        return ~cells.map(str).str.casefold().isin(TRUTH), "neither True nor False"
    if kind not in _NUMBERS:
        return pd.Series(False, index=cells.index), ""
    low, high = RANGES.get(name, _COUNTS if kind == "Int64" else _SHARES)
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    fits = numbers.abs().lt(math.inf) & numbers.between(low, high) & ((kind == "float64") | (numbers % 1 == 0))
    what = "number" if kind == "float64" else "whole number"
    return ~fits, f"no {what} from {low}{'' if math.isinf(high) else f' to {high}'}"
