"""Keep spreadsheets from taking the text of a cell for a formula, and give the text back; lists and mappings as JSON, what is missing as nothing.

A cell of text that begins with ``= + - @`` (also of full width), a tab or a line's end is a formula to a spreadsheet; an
apostrophe in front makes it text (OWASP, "CSV Injection"). Three sorts of text are no formula that does anything and stay as
they are, so that offsets into an article give them: marks without a letter or digit ("---"), an item of a list that is plain
prose ("- The lead is stiff, all in all"), and a handle ("@filmfan22"). Prose is words, numbers and the marks of sentences:
without brackets and operators nothing is called, without letters beside digits and without a name beside a colon or an
exclamation mark no cell is referred to. A text that begins with apostrophes and such a character gets one more, so that
`restored` always finds what was there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

_LETTER = r"[^\W\d_]"
_NO_PROSE = rf"[^\w \u00a0\t\r\n,.;:!?…'\"‘’“”–—-]|_|\d{_LETTER}|{_LETTER}\d|[:!]\w|\W-|-(?!{_LETTER})|\d-"
_PROSE = rf"[-+](?=[ \u00a0](?!.*(?:{_NO_PROSE})).*{_LETTER})"
_HARMLESS = rf"(?!\W*\Z|{_PROSE}|@\w+\Z)"
_BEGINS = r"[=+\-@\t\r\n＝＋－＠]"
_FORMULA = re.compile(f"'*+{_HARMLESS}{_BEGINS}", re.DOTALL)
_NEUTRAL = re.compile(f"'++{_HARMLESS}{_BEGINS}", re.DOTALL)
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


def json_rows(table: pd.DataFrame) -> Iterator[str]:
    """Yield the rows of a table as JSON objects, each number with all its digits, null for what is missing."""
    names = [str(name) for name in table.columns]
    columns = [_leaves(table.iloc[:, place]) for place in range(len(names))]
    for values in zip(*columns, strict=True):
        row = dict(zip(names, values, strict=True))
        try:
            yield _JSON.encode(row)
        except (TypeError, ValueError):  # a key that is no text, or no number, deeper inside
            yield _JSON.encode(_plain(row))


def _leaves(column: pd.Series[Any]) -> list[Any]:
    """Return the values of a column as JSON holds them, lists and mappings as they are."""
    if pd.api.types.is_integer_dtype(column) or pd.api.types.is_bool_dtype(column):
        return [None if value is pd.NA else value for value in column.tolist()]
    if column.dtype == np.float64:
        return [value if math.isfinite(value) else None for value in column.tolist()]
    values = (
        column.to_numpy() if column.dtype in (np.float32, np.float16) else column
    )  # a float has more digits than they
    return [value if isinstance(value, str | list | dict) else _plain(value) for value in values]


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it, with all that is in it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(str(value)) if np.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


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
