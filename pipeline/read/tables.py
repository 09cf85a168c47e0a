"""Read tables of articles lazily: CSV, JSON Lines and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import InputError
from pipeline.read.decode import open_text
from pipeline.schema import whole

TEXT_COLUMNS = ("text", "article", "content", "body", "review", "article_text")
ID_COLUMNS = ("article_id", "id")
_CELL_LIMIT = 2**31 - 1

Record = dict[str, Any]


def read_table(path: Path, kind: str) -> Iterator[Record]:
    """Yield the records of a table file.

    Args:
        path: The file.
        kind: ``csv``, ``jsonl`` or ``parquet``.

    Raises:
        InputError: The file cannot be read as that kind of table.
    """
    return {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[kind](path)


def header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns.

    Raises:
        InputError: The file is no CSV.
    """
    with open_text(path, newline="") as handle:
        return list(_csv_reader(handle).fieldnames or ())


def read_table_text(text: str, kind: str) -> Iterator[Record]:
    """Yield the records of a CSV or JSON Lines table held in memory.

    Raises:
        InputError: The text is no such table.
    """
    if kind == "csv":
        return _csv_rows(io.StringIO(text, newline=""))
    return _json_lines(io.StringIO(text, newline="\n"))


def pick_column(columns: Sequence[str], wanted: str, usual: Sequence[str], what: str) -> str:
    """Choose a column by name, or by the usual names when none is wanted.

    Raises:
        InputError: The wanted column is missing, or a text column cannot be told.
    """
    shown = f"columns: {', '.join(columns) or 'none'}"
    if wanted:
        if wanted not in columns:
            raise InputError(f"there is no column {wanted!r}", hint=f"{shown}; name one of them as `{what}_column`")
        return wanted
    lower = {column.lower(): column for column in columns}
    for name in usual:
        if name in lower:
            return lower[name]
    if what == "id":
        return ""
    raise InputError(
        f"the {what} column cannot be told", hint=f"{shown}; call one of them {usual[0]}, or name it as `{what}_column`"
    )


def _csv(path: Path) -> Iterator[Record]:
    """Read a CSV file, its encoding detected."""
    with open_text(path, newline="") as handle:
        yield from _csv_rows(handle)


def _csv_rows(handle: TextIO) -> Iterator[Record]:
    """Yield the rows of a CSV table; cells beyond the header are refused with their line."""
    reader = _csv_reader(handle)
    try:
        header = list(reader.fieldnames or ())
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise InputError(f"the header names {twice[0]!r} more than once", hint="give each column a name of its own")
        for row in reader:
            if "__rest__" in row:
                raise InputError(
                    f"line {reader.line_num} has more cells than the header", hint="quote cells with commas"
                )
            yield {key: value or "" for key, value in row.items()}
    except csv.Error as error:
        raise InputError(
            f"no valid CSV at line {reader.line_num}: {error}", hint="save it as CSV with quoted cells"
        ) from error


def _csv_reader(handle: TextIO) -> csv.DictReader[str]:
    """Return a reader of rows by the delimiter that the header tells; cells beyond the header stand under ``__rest__``."""
    csv.field_size_limit(_CELL_LIMIT)
    sample = handle.read(8192)
    handle.seek(0)
    return csv.DictReader(handle, delimiter=_delimiter(sample), restkey="__rest__")


def _delimiter(sample: str) -> str:
    """Tell the delimiter from the header line."""
    header = sample.split("\n", 1)[0]
    return max((",", ";", "\t"), key=header.count)


def _jsonl(path: Path) -> Iterator[Record]:
    """Read a JSON Lines file."""
    with open_text(path, newline="\n") as handle:
        yield from _json_lines(handle)


def _json_lines(lines: Iterable[str]) -> Iterator[Record]:
    """Yield one object a line; only line feeds end a line, as strings may hold other separators."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if "\\u" in line:
                value = json.loads(whole(json.dumps(value, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists in lists
            raise InputError(f"line {number} is no valid JSON: {error}", hint="give one JSON object a line") from error
        if not isinstance(value, dict):
            raise InputError(f"line {number} is no JSON object", hint="give one JSON object a line")
        yield value


def _parquet(path: Path) -> Iterator[Record]:
    """Read a Parquet file in batches."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"no readable Parquet: {error}", hint="write it again with pandas or pyarrow") from error
