"""Read the tables of a run back, typed as they were before they were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from pipeline import frames
from pipeline.cells import MARKED, restored
from pipeline.errors import DataError, InputError
from pipeline.resources import read_json, read_jsonl
from pipeline.schema import COLUMNS
from pipeline.write import RUN


def _workbook(path: Path) -> pd.DataFrame:
    """Read a workbook; characters that XML cannot hold come back from their escapes."""
    from openpyxl.utils.escape import unescape

    table = pd.read_excel(path, dtype=object, keep_default_na=False)
    return table.map(lambda value: unescape(value) if isinstance(value, str) else value)


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": lambda path: pd.read_csv(path, dtype=str, keep_default_na=False),
    "jsonl": lambda path: pd.DataFrame(list(read_jsonl(path)), dtype=object),
    "parquet": pd.read_parquet,
    "xlsx": _workbook,
}


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a finished run, whether they are files or folders of parts.

    Tables that an earlier run left in another format are passed over.

    Raises:
        InputError: The folder holds no run, or a table of it is missing or damaged.
    """
    run = read_run(folder)
    kind, raw = run["output_format"], bool(run.get("raw_cells"))
    read = _joined if run.get("parts") else _single
    return {name: read(folder, name, kind, raw=raw) for name in COLUMNS}


def run_format(folder: Path) -> tuple[str, bool]:
    """Return the format of a finished run's tables, and whether their cells were left as they are.

    Raises:
        InputError: The folder holds no run.
    """
    run = read_run(folder)
    return run["output_format"], bool(run.get("raw_cells"))


def read_run(folder: Path) -> dict[str, Any]:
    """Read what `run.json` says of a finished run.

    Raises:
        InputError: The folder holds no run.
    """
    try:
        run = read_json(folder / RUN)
    except DataError:
        run = {}
    if run.get("output_format") not in _READERS:
        raise InputError(f"{folder} holds no finished run", hint="give the folder that `pullquote analyze -o` wrote")
    return run


def _single(folder: Path, name: str, kind: str, *, raw: bool) -> pd.DataFrame:
    """Read a table that is one file."""
    return read_table(folder / f"{name}.{kind}", name, kind, raw_cells=raw)


def _joined(folder: Path, name: str, kind: str, *, raw: bool) -> pd.DataFrame:
    """Put a table together from its parts; those that add the parts up are one file."""
    parts = sorted((folder / name).glob(f"part-*.{kind}"))
    if not parts:
        return _single(folder, name, kind, raw=raw)
    return frames.cast(
        name, pd.concat([read_table(part, name, kind, raw_cells=raw) for part in parts], ignore_index=True)
    )


def read_table(path: Path, name: str, kind: str, *, raw_cells: bool = False) -> pd.DataFrame:
    """Read one file of a table.

    Args:
        path: The file.
        name: Which table it is.
        kind: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
        raw_cells: Cells that a spreadsheet takes for formulas were left as they are.

    Raises:
        InputError: It is missing or damaged, or a package is missing that reads it.
    """
    if not path.is_file():
        raise InputError(f"{path.parent} has no table {name!r}", hint="run `pullquote analyze` again")
    try:
        if not path.stat().st_size:
            return frames.frame(name, [])
        table = _READERS[kind](path)
        return frames.cast(name, restored(table) if kind in MARKED and not raw_cells else table)
    except ImportError as error:
        raise InputError(
            f"{path} cannot be read: {error}", hint="pip install openpyxl, or write another format"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, BadZipFile, DataError) as error:
        raise InputError(f"{path} is damaged: {error}", hint="run `pullquote analyze` again") from error
