"""One table as an Excel workbook that can be read as it opens: a frozen header, filters, widths, and colours by value.

Colours are blue for praise and orange for blame, which people with colour blindness tell apart; the words and numbers stay.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.cells import each, unnested
from pipeline.errors import CutWarning, OutputError
from pipeline.schema import COLUMNS, REPORT_COLUMNS

CELL = 32_767
"""Characters that a cell holds; longer texts are cut, which is told."""
_NAMED = 5
"""Cut texts of a column that are named one by one."""
ROWS = 1_048_576
"""Rows of a sheet, the header's among them."""
WIDTHS = (6, 60)
"""Narrowest and widest column, in characters."""
EXACT = 2**53
"""Excel's numbers are doubles: a whole number beyond this loses its last digits."""
FIRST_DAY = date(1900, 3, 1)
"""Excel has a 29 February 1900, and no day before that year: earlier dates come back as others."""
_SAMPLE = 500
"""Rows whose texts decide how wide a column is."""
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's dates have no zone
_FILLS = {"positive": "#CFE3F5", "mixed": "#ECE7D8", "negative": "#FBD9BF"}
_SCALE = {"min_color": "#F0974F", "mid_color": "#FFFFFF", "max_color": "#5B9BD5"}
_SIGNED = ("score", "vader", "gap")
_HUNDREDS = "consensus_score"
_SHARES = ("confidence", "share", "divisiveness")
_TABLES = {**COLUMNS, **REPORT_COLUMNS}


def write_workbook(table: pd.DataFrame, path: Path) -> None:
    """Write a workbook of one sheet; the same table gives the same bytes.

    Whole numbers beyond `EXACT` and dates before `FIRST_DAY`, which Excel would change, are written as text. Of a text
    longer than `CELL` the beginning is written, with a `CutWarning` that names its row.

    Args:
        table: The table. Columns of `pipeline.schema` have colours: cells of those named ``sentiment`` are filled by their word; scores, ``vader`` and gaps have a
            scale of three colours from -1 to 1 (a consensus score from 0 to 100); confidence, shares and divisiveness
            have bars from 0 to 1.
        path: The file.

    Raises:
        OutputError: The table has more rows than a sheet.
    """
    if len(table) >= ROWS:
        raise OutputError(f"{len(table)} rows are too many for a sheet", hint="write csv, jsonl or parquet")
    _tell_cuts(table)
    cut = table.apply(_cut) if len(table) else table
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": False}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        cut.to_excel(writer, index=False, sheet_name="data")
        writer.book.set_properties({"created": _CREATED})
        sheet = writer.sheets["data"]
        sheet.freeze_panes(1, 0)
        if len(table.columns):
            sheet.autofilter(0, 0, max(1, len(table)), len(table.columns) - 1)
        _dress(writer.book, sheet, cut)


def _tell_cuts(table: pd.DataFrame) -> None:
    """Warn of the texts that no cell holds, each named by its row and what stands first in it."""
    for place, name in enumerate(table.columns):
        column = unnested(table.iloc[:, place])
        long = [n for n, value in enumerate(column) if isinstance(value, str) and len(value) > CELL]
        if long:
            rows = ", ".join(f"row {n + 2} ({str(table.iat[n, 0])[:40]})" for n in long[:_NAMED])
            more = f" and {len(long) - _NAMED} more" if len(long) > _NAMED else ""
            what = f"column {str(name)!r}, {rows}{more}: a cell of a workbook holds {CELL:,} characters, the rest is left out"
            warnings.warn(f"{what} (csv, jsonl and parquet hold it)", CutWarning, stacklevel=2)


def read_workbook(path: Path) -> pd.DataFrame:
    """Read the cells of a workbook's first sheet, its header the first row of them.

    Characters that XML cannot hold come back from their escapes (``_x000D_``), and what only looks like one stays: openpyxl
    takes an escaped escape for the escape itself.

    Raises:
        ImportError: openpyxl is missing.
    """
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.utils.escape import unescape

    reader = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
    reader.read_strings = lambda: _keep_strings(reader)
    reader.read()
    try:
        cells = pd.read_excel(reader.wb, header=None, dtype=object, keep_default_na=False, engine="openpyxl")
    finally:
        reader.wb.close()
    return cells.map(lambda value: unescape(value) if isinstance(value, str) else value)


def _keep_strings(reader: Any) -> None:
    """Give openpyxl the texts of a workbook as they stand in it, escapes and all."""
    from openpyxl.cell.text import Text
    from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
    from openpyxl.xml.functions import iterparse

    part = reader.package.find(SHARED_STRINGS)
    if part is not None:
        with reader.archive.open(part.PartName[1:]) as source:
            texts = (node for _, node in iterparse(source) if node.tag == f"{{{SHEET_MAIN_NS}}}si")
            reader.shared_strings = [Text.from_tree(node).content for node in texts]


def _dress(book: Any, sheet: Any, table: pd.DataFrame) -> None:
    """Give a sheet its header, widths and colours."""
    header = book.add_format({"bold": True, "bottom": 1, "bg_color": "#F2F2F2", "align": "left", "valign": "top"})
    fills = {word: book.add_format({"bg_color": color, "font_color": "#000000"}) for word, color in _FILLS.items()}
    names = [str(name) for name in table.columns]
    own = _own(names)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, header)
        sheet.set_column(place, place, _width(name, table.iloc[:, place]))
        if len(table) and place in own:
            for rule in _rules(name, fills):
                sheet.conditional_format(1, place, len(table), place, rule)


def _width(name: str, column: pd.Series[Any]) -> int:
    """Return a width that most cells fit, with room for the filter's button in the header."""
    longest = np.quantile([len(str(value)) for value in column.head(_SAMPLE)], 0.9) if len(column) else 0
    least, most = WIDTHS
    return int(min(most, max(least, len(name) + 4, longest + 1)))


def _own(names: Sequence[str]) -> set[int]:
    """Return the places of the columns whose names mean what the schema says, not what a user's own column holds.

    What follows the columns of a table was passed through, but for the aspects of a matrix.
    """
    for table, columns in _TABLES.items():
        if tuple(names[: len(columns)]) == columns:
            return set(range(len(names) if table == "matrix" else len(columns)))
    known = {name for columns in _TABLES.values() for name in columns}
    return {place for place, name in enumerate(names) if name in known}


def _rules(name: str, fills: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the conditional formats of a column."""
    last = name.rpartition("_")[2]
    if name == "sentiment":
        return [
            {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": fill} for word, fill in fills.items()
        ]
    if name == _HUNDREDS or last in _SIGNED or name.startswith("gap_"):
        low, middle, high = (0, 50, 100) if name == _HUNDREDS else (-1, 0, 1)
        ends = {
            "min_type": "num",
            "mid_type": "num",
            "max_type": "num",
            "min_value": low,
            "mid_value": middle,
            "max_value": high,
        }
        return [{"type": "3_color_scale", **ends, **_SCALE}]
    if last in _SHARES:
        ends = {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1}
        return [{"type": "data_bar", "bar_color": "#B7C9DB", **ends}]
    return []


def _cut(column: pd.Series[Any]) -> pd.Series[Any]:
    """Fit a column into Excel's cells, which have limits and know no time zones."""
    types = pd.api.types
    if types.is_float_dtype(column) or types.is_bool_dtype(column):
        return column
    return each(unnested(column), _excel_value)


def _excel_value(value: Any) -> Any:
    """Fit one value into a cell."""
    if isinstance(value, str):
        return value[:CELL]
    if isinstance(value, int | np.integer) and abs(int(value)) > EXACT:
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, date) and (value.year, value.month, value.day) < FIRST_DAY.timetuple()[:3]:
        return value.isoformat()
    return value
