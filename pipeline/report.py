"""One HTML page from the tables of a run: consensus, who says what, and every row behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.schema import NON_VOTING
from pipeline.write import write_text

_SYMBOLS = {"positive": "+", "mixed": "±", "negative": "−", "neutral": ""}


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
