"""Keep spreadsheets from taking the text of a cell for a formula, and give the text back; lists and mappings as JSON, what is missing as nothing.

A cell of text that begins with ``= + - @``, a tab or a carriage return is a formula to a spreadsheet; an apostrophe in front
makes it text (OWASP, "CSV Injection"). Three sorts of text are no formula that does anything and stay as they are, so that
offsets into an article give them: marks without a letter or digit ("---"), an item of a list ("- The lead is stiff") without a call, a reference or a pipe, and a
handle ("@filmfan22"). A text that begins with apostrophes and such a character gets one more, so that `restored` always
finds what was there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

_HARMLESS = r"(?!\W*\Z|[-+][ \u00a0](?!.*(?:\w\(|[|=]|\w!\w))|@\w+\Z)"
_FORMULA = re.compile(rf"'*+{_HARMLESS}[=+\-@\t\r]", re.DOTALL)
_NEUTRAL = re.compile(rf"'++{_HARMLESS}[=+\-@\t\r]", re.DOTALL)
MARKED = frozenset({"csv", "tsv", "xlsx"})
"""Formats that spreadsheets open."""


def neutral(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, and names of columns, are no formulas."""
    return _changed(table, lambda v: f"'{v}" if isinstance(v, str) and _FORMULA.match(v) else v)


def restored(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it was before `neutral`."""
    return _changed(table, lambda v: v[1:] if isinstance(v, str) and _NEUTRAL.match(v) else v)


def shown(value: Any) -> str:
    """Return a cell as text, empty when it is missing."""
    return "" if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else str(value)


def unnested(column: pd.Series[Any]) -> pd.Series[Any]:
    """Write the lists and mappings of a passed-through column as JSON."""
    if column.dtype != object:
        return column
    return each(column, lambda v: json.dumps(v, ensure_ascii=False, default=str) if isinstance(v, list | dict) else v)


def each(column: pd.Series[Any], change: Callable[[Any], Any]) -> pd.Series[Any]:
    """Return a column with each value changed; `Series.map` would make whole numbers beside an empty cell floats."""
    return pd.Series([change(value) for value in column], index=column.index, name=column.name, dtype=object)


def _changed(table: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    """Apply a change to texts and to the names of columns."""
    if not len(table.columns):
        return table
    columns: list[pd.Series[Any]] = []
    for place, name in enumerate(table.columns):
        column = table.iloc[:, place]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            column = each(column, change).astype(column.dtype)
        columns.append(column.rename(change(name)))
    return pd.concat(columns, axis=1)
