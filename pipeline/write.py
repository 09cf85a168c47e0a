"""Write tables atomically: a temporary name in the same folder, then a rename."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import OutputError, SettingsError
from pipeline.resources import model_hashes
from pipeline.settings import Settings

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
_PACKAGES = ("pullquote", "spacy", "vaderSentiment", "pandas", "scikit-learn", "numpy")
_XLSX_CELL = 32_767


def write_tables(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, output_format: str, settings: Settings,
    timings: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Write every table and `run.json`.

    Args:
        tables: Table name to its rows; empty tables are written with their header.
        folder: Made when missing; files of the same names in it are replaced.
        output_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
        settings: Recorded in `run.json`.
        timings: Seconds by stage, recorded in `run.json`.

    Raises:
        SettingsError: The format is unknown.
        OutputError: The folder cannot be written.
    """
    if output_format not in FORMATS:
        raise SettingsError(f"unknown output format {output_format!r}", hint=f"use {', '.join(FORMATS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            _atomic(folder / f"{name}.{output_format}", partial(_WRITERS[output_format], table))
        run = describe_run(tables, settings, timings or {})
        _atomic(folder / "run.json", lambda path: path.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8"))
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror or error}", hint="check path and free space"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write one text file atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}", hint="check path and free space"
        ) from error


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write one table, its format told by the ending (CSV for an unknown one).

    Raises:
        OutputError: The file cannot be written.
    """
    kind = path.suffix.lstrip(".").lower()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomic(path, lambda temporary: _WRITERS.get(kind, _csv)(table, temporary))
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}", hint="check path and free space"
        ) from error


def describe_run(
    tables: Mapping[str, pd.DataFrame], settings: Settings, timings: Mapping[str, float]
) -> dict[str, Any]:
    """Return what `run.json` holds: versions, model hashes, settings, counts and timings."""
    return {
        "versions": versions(),
        "models": model_hashes(),
        "settings": settings.as_dict(),
        "counts": {name: len(table) for name, table in tables.items()},
        "timings": {name: round(seconds, 3) for name, seconds in timings.items()},
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape the output."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write to a temporary name beside the target and rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV, the same bytes as in a file."""
    return str(table.to_csv(index=False, lineterminator="\n"))


def _csv(table: pd.DataFrame, path: Path) -> None:
    """Write CSV in UTF-8."""
    path.write_bytes(csv_text(table).encode("utf-8", "backslashreplace"))


def _jsonl(table: pd.DataFrame, path: Path) -> None:
    """Write one JSON object a line; missing values are null."""
    text = "" if table.empty else table.to_json(orient="records", lines=True, force_ascii=False)
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _parquet(table: pd.DataFrame, path: Path) -> None:
    """Write Parquet."""
    table.to_parquet(path, index=False)


def _xlsx(table: pd.DataFrame, path: Path) -> None:
    """Write a workbook with a frozen header and filters; texts beyond Excel's cell limit are cut."""
    cut = table.apply(
        lambda column: column.str.slice(0, _XLSX_CELL) if isinstance(column.dtype, pd.StringDtype) else column
    )
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": False}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        cut.to_excel(writer, index=False, sheet_name="data")
        sheet = writer.sheets["data"]
        sheet.freeze_panes(1, 0)
        if len(table.columns):
            sheet.autofilter(0, 0, max(1, len(table)), len(table.columns) - 1)


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _csv, "jsonl": _jsonl, "parquet": _parquet, "xlsx": _xlsx,
}  # fmt: skip
