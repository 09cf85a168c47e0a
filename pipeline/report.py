"""One HTML page from the tables of a run: consensus, who says what, and every row behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline import frames
from pipeline.errors import DataError, InputError
from pipeline.resources import read_jsonl
from pipeline.schema import COLUMNS, NON_VOTING
from pipeline.write import write_text

_SYMBOLS = {"positive": "+", "mixed": "±", "negative": "−", "neutral": ""}
_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": lambda path: pd.read_csv(path, dtype=str, keep_default_na=False),
    "jsonl": lambda path: pd.DataFrame(list(read_jsonl(path)), dtype=object),
    "parquet": pd.read_parquet,
    "xlsx": lambda path: pd.read_excel(path, dtype=object, keep_default_na=False),
}


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a finished run, typed as they were before they were written.

    Tables that an earlier run left in another format are passed over.

    Raises:
        InputError: The folder holds no run, or a table of it is missing or damaged.
    """
    kind = _format(folder)
    return {name: _read(folder / f"{name}.{kind}", name, kind) for name in COLUMNS}


def _format(folder: Path) -> str:
    """Return the format of a run's tables."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        run = None
    kind = run.get("output_format") if isinstance(run, dict) else None
    if kind not in _READERS:
        raise InputError(f"{folder} holds no finished run", hint="give the folder that `pullquote analyze -o` wrote")
    return str(kind)


def _read(path: Path, name: str, kind: str) -> pd.DataFrame:
    """Read one table."""
    if not path.is_file():
        raise InputError(f"{path.parent} has no table {name!r}", hint="run `pullquote analyze` again")
    try:
        return frames.cast(name, _READERS[kind](path)) if path.stat().st_size else frames.frame(name, [])
    except ImportError as error:
        raise InputError(
            f"{path} cannot be read: {error}", hint="pip install openpyxl, or write another format"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, BadZipFile, DataError) as error:
        raise InputError(f"{path} is damaged: {error}", hint="run `pullquote analyze` again") from error


def write_report(tables: Mapping[str, pd.DataFrame], path: Path) -> Path:
    """Write the report.

    Args:
        tables: Every table of a run by name.
        path: The HTML file to write.

    Raises:
        OutputError: The file cannot be written.
    """
    write_text(path, render(tables))
    return path


def render(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the report as HTML; everything that came from an article is escaped."""
    environment = Environment(
        loader=PackageLoader("pipeline"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    opinions = tables["opinions"]
    aspects = sorted(opinions["aspect"].unique())
    return environment.get_template("report.html").render(
        n_articles=len(tables["articles"]), n_errors=len(tables["errors"]), aspects=aspects, symbols=_SYMBOLS,
        consensus=_records(tables["consensus"]), matrix=_matrix(opinions, aspects), opinions=_records(opinions),
    )  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows


def _matrix(opinions: pd.DataFrame, aspects: list[str]) -> list[dict[str, Any]]:
    """Return for each source the counts of each aspect, voters first."""
    rows = []
    for (source, kind), group in opinions.groupby(["source", "source_type"], sort=True):
        cells = []
        for aspect in aspects:
            counts = group.loc[group["aspect"] == aspect, "sentiment"].value_counts()
            cells.append("".join(symbol * int(counts.get(label, 0)) for label, symbol in _SYMBOLS.items()))
        rows.append({"source": source, "type": kind, "votes": kind not in NON_VOTING, "cells": cells})
    return sorted(rows, key=lambda row: (not row["votes"], row["source"]))
