"""Read the tables of a run back, typed as they were before they were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from pipeline import frames
from pipeline.cells import MARKED, restored
from pipeline.checks import check
from pipeline.errors import DataError, InputError
from pipeline.resources import read_json, read_jsonl
from pipeline.schema import COLUMNS
from pipeline.workbook import read_workbook
from pipeline.write import RUN


def _headed(cells: pd.DataFrame) -> pd.DataFrame:
    """Take the first row of cells for the names of the columns, whatever they are: pandas changes some."""
    table = cells.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in cells.iloc[0]], dtype=object)
    return table


def read_csv(path: Path) -> pd.DataFrame:
    """Read the cells of a CSV file as text, an empty one as empty text; names of columns stay as they are."""
    return _headed(pd.read_csv(path, dtype=str, keep_default_na=False, header=None))


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": read_csv,
    "jsonl": lambda path: pd.DataFrame(list(read_jsonl(path)), dtype=object),
    "parquet": pd.read_parquet,
    "xlsx": lambda path: _headed(read_workbook(path)),
}
_FIRST_ROW = 2
"""What a spreadsheet calls the row below the header."""
_DESCRIBED = ("versions", "models", "settings")


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
    kind = run.get("output_format")
    if not isinstance(kind, str) or kind not in _READERS:
        raise InputError(f"{folder} holds no finished run", hint="give the folder that `pullquote analyze -o` wrote")
    for name in _DESCRIBED:
        if not isinstance(run.get(name, {}), dict):
            raise InputError(f"{folder / RUN} is damaged: {name} is no mapping", hint="run `pullquote analyze` again")
    if not isinstance(run.get("read_from", ""), str):
        raise InputError(f"{folder / RUN} is damaged: read_from is no text", hint="run `pullquote analyze` again")
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
        InputError: It is missing or damaged, a cell of it cannot be what its column holds, or a package is missing that reads it.
    """
    if not path.is_file():
        raise InputError(f"{path.parent} has no table {name!r}", hint="run `pullquote analyze` again")
    try:
        if not path.stat().st_size:
            return frames.frame(name, [])
        cells = _READERS[kind](path)
        table = restored(cells) if kind in MARKED and not raw_cells else cells
        check(name, table, first_row=_FIRST_ROW if kind in MARKED else 1)
        return frames.cast(name, table)
    except ImportError as error:
        raise InputError(
            f"{path} cannot be read: {error}", hint="pip install openpyxl, or write another format"
        ) from error
    except DataError as error:
        raise InputError(f"{path}: {error}", hint=error.hint) from error
    except (OSError, ValueError, TypeError, KeyError, BadZipFile) as error:
        raise InputError(f"{path} is damaged: {error}", hint="run `pullquote analyze` again") from error
