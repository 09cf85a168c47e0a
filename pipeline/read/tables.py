"""Read tables of articles lazily: CSV, JSON Lines and Parquet; a row that cannot be read loses no other."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pipeline.errors import InputError
from pipeline.read.decode import open_text
from pipeline.schema import whole

TEXT_COLUMNS = ("text", "article", "content", "body", "review", "article_text")
ID_COLUMNS = ("article_id", "id")
PATIENCE = 100
"""Bad rows, one after the other, at which a table is given up."""
_CELL_LIMIT = 2**31 - 1
_SAMPLE = 8192
_DELIMITERS = (",", ";", "\t")
_QUOTED = re.compile(r'(?:^|(?<=[,;\t\r\n]))"(?:[^"]|"")*"')
_SAID = re.compile(r'sep=([^"\r\n])(?:\r\n|\r|\n)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")

Record = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read: what was received, what to do, and the columns of its table where a header names them."""

    error: str
    hint: str
    columns: tuple[str, ...] = ()


Row = Record | Fault


def read_rows(path: Path, kind: str) -> Iterator[Row]:
    """Yield the rows of a table file, a fault for each that cannot be read.

    Args:
        path: The file.
        kind: ``csv``, ``jsonl`` or ``parquet``.

    Raises:
        InputError: The file cannot be read as that kind of table.
    """
    return {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[kind](path)


def read_rows_text(text: str, kind: str) -> Iterator[Row]:
    """Yield the rows of a CSV or JSON Lines table held in memory, a fault for each that cannot be read.

    Raises:
        InputError: The text is no such table.
    """
    if kind == "csv":
        return _csv_rows(io.StringIO(text, newline=""))
    return _json_lines(io.StringIO(text, newline="\n"))


def read_table(path: Path, kind: str) -> Iterator[Record]:
    """Yield the records of a table file of which every row counts.

    Args:
        path: The file.
        kind: ``csv``, ``jsonl`` or ``parquet``.

    Raises:
        InputError: The file cannot be read as that kind of table, or one of its rows cannot.
    """
    for row in read_rows(path, kind):
        if isinstance(row, Fault):
            raise InputError(row.error, hint=row.hint)
        yield row


def bounded(rows: Iterable[T | Fault]) -> Iterator[T | Fault]:
    """Pass rows on, and give up a table that is none.

    Args:
        rows: Rows and faults.

    Raises:
        InputError: There is no row but bad ones, or `PATIENCE` bad ones stand one after the other.
    """
    held: list[Fault] = []
    found = False
    for row in rows:
        if isinstance(row, Fault):
            held.append(row)
            if len(held) == PATIENCE:
                break
            continue
        yield from held
        held.clear()
        found = True
        yield row
    if held and not found:
        more = f"; nor can the {len(held) - 1} rows after it be read" if len(held) > 1 else ""
        raise InputError(f"{held[0].error}{more}", hint=held[0].hint)
    yield from held
    if len(held) == PATIENCE:
        raise InputError(
            f"{PATIENCE} rows one after the other cannot be read; the rest is not read", hint=held[-1].hint
        )


def header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns.

    Raises:
        InputError: The file is no CSV.
    """
    with open_text(path, newline="") as handle:
        return _header(_cells(handle, ","))


def find_column(columns: Iterable[str], name: str) -> str:
    """Return the column of a name, written in capitals or with blanks around it if need be; empty when there is none."""
    listed = list(columns)
    if name in listed:
        return name
    return next((column for column in listed if column.strip().casefold() == name.casefold()), "")


def pick_column(columns: Sequence[str], wanted: str, usual: Sequence[str], what: str) -> str:
    """Choose a column by name, or by the usual names when none is wanted.

    Raises:
        InputError: The wanted column is missing, or a text column cannot be told.
    """
    shown = f"columns: {', '.join(columns) or 'none'}"
    if wanted:
        for name in (wanted, wanted.strip()):
            if name in columns:
                return name
        raise InputError(f"there is no column {wanted!r}", hint=f"{shown}; name one of them as `{what}_column`")
    found = next(filter(None, (find_column(columns, name) for name in usual)), "")
    if found or what == "id":
        return found
    raise InputError(
        f"the {what} column cannot be told", hint=f"{shown}; call one of them {usual[0]}, or name it as `{what}_column`"
    )


def _csv(path: Path) -> Iterator[Row]:
    """Read a CSV file, its encoding detected."""
    with open_text(path, newline="") as handle:
        yield from _csv_rows(handle, usual="\t" if path.suffix.lower() == ".tsv" else ",")


def _csv_rows(handle: TextIO, usual: str = ",") -> Iterator[Row]:
    """Yield the rows of a CSV table; cells beyond the header are a fault, those that are missing are empty."""
    rows = _cells(handle, usual)
    columns = _header(rows)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InputError(f"the header names {twice[0]!r} more than once", hint="give each column a name of its own")
    for row in rows:
        if isinstance(row, Fault):
            yield Fault(row.error, row.hint, tuple(columns))
            continue
        line, cells = row
        if len(cells) > len(columns):
            yield Fault(f"line {line} has more cells than the header", "quote cells with commas", tuple(columns))
        else:
            yield dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))


def _header(rows: Iterator[tuple[int, list[str]] | Fault]) -> list[str]:
    """Take the names of the columns from the first row."""
    first = next(rows, None)
    if isinstance(first, Fault):
        raise InputError(first.error, hint=first.hint)
    return [name.strip() for name in first[1]] if first else []


class _Lines:
    """The lines of a table, and after them one that shows whether a cell is still open; `ended` tells when it was taken."""

    def __init__(self, handle: TextIO, last: str) -> None:
        self._handle, self._last = handle, last
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        yield from self._handle
        self.ended = True
        yield self._last


def _cells(handle: TextIO, usual: str) -> Iterator[tuple[int, list[str]] | Fault]:
    """Yield the rows of a CSV table that are not blank, each with the line where it begins."""
    csv.field_size_limit(_CELL_LIMIT)
    delimiter, before = _delimiter(handle, usual)
    lines = _Lines(handle, delimiter)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        line = before + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Fault(f"line {line} is no valid CSV: {error}", "save it as CSV with quoted cells")
            continue
        if cells is None:
            return
        if not lines.ended:
            if cells:
                yield line, cells
        elif cells != ["", ""]:  # the last line fell into a cell
            line += sum(len(_LINE_END.findall(cell)) for cell in cells[:-1])
            yield Fault(
                f"a quotation mark opens a cell in line {line} and is never closed",
                "close it; what follows is in the cell",
            )


def _delimiter(handle: TextIO, usual: str) -> tuple[str, int]:
    """Tell the delimiter from the header, outside its quoted names, or from a line before it; how many lines were taken."""
    sample = handle.read(_SAMPLE)
    handle.seek(0)
    if said := _SAID.match(sample):
        handle.readline()
        return said[1], 1
    names = _LINE_END.split(_QUOTED.sub("", sample), maxsplit=1)[0]
    return max((usual, *_DELIMITERS), key=names.count), 0


def _jsonl(path: Path) -> Iterator[Row]:
    """Read a JSON Lines file."""
    with open_text(path, newline="\n") as handle:
        yield from _json_lines(handle)


def _json_lines(lines: Iterable[str]) -> Iterator[Row]:
    """Yield one object a line; only line feeds end a line, as strings may hold other separators."""
    hint = "give one JSON object a line"
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if "\\u" in line:
                value = json.loads(whole(json.dumps(value, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists in lists
            yield Fault(f"line {number} is no valid JSON: {error}", hint)
            continue
        yield value if isinstance(value, dict) else Fault(f"line {number} is no JSON object", hint)


def _parquet(path: Path) -> Iterator[Row]:
    """Read a Parquet file in batches."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from _values(batch, number)
                number += len(batch)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"no readable Parquet: {error}", hint="write it again with pandas or pyarrow") from error


def _values(batch: Any, before: int) -> Iterator[Row]:
    """Yield the rows of a batch, one by one where a value of it is none of Python's (a year of five digits, an unknown zone)."""
    import pyarrow as pa

    unlike = (pa.ArrowException, ValueError, ArithmeticError, LookupError)
    try:
        rows = batch.to_pylist()
    except unlike:
        rows = [_value(batch.slice(place, 1), before + place + 1, unlike) for place in range(len(batch))]
    yield from rows


def _value(one: Any, number: int, unlike: tuple[type[Exception], ...]) -> Row:
    """Return the row of a batch of one, or its fault."""
    try:
        found: list[Record] = one.to_pylist()
    except unlike as error:
        told = f"row {number} holds a value that cannot be read: {error}"
        return Fault(told, "correct it, or write it as text", tuple(one.schema.names))
    return found[0]
