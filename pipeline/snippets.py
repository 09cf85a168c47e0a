"""Classify ready-made snippets: a table in, the same table with sentiment and aspects out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.aspects import classifier_for
from pipeline.encoder import bundled_encoder
from pipeline.errors import InputError
from pipeline.polarity import polarity_model
from pipeline.read.inputs import FORMATS, TABLES
from pipeline.read.tables import TEXT_COLUMNS, pick_column, read_table
from pipeline.sentiment import score_snippets

ADDED = ("sentiment", "score", "confidence", "aspect", "aspects")


def read_snippets(path: Path) -> pd.DataFrame:
    """Read a table of snippets.

    Raises:
        InputError: The file is missing, no table, or has no rows.
    """
    kind = FORMATS.get(path.suffix.lower(), "")
    if kind not in TABLES:
        raise InputError(f"{path} is no table", hint="give a .csv, .jsonl or .parquet file")
    try:
        rows = list(read_table(path, kind))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", hint="check the path") from error
    if not rows:
        raise InputError(f"{path} has no rows", hint="give a table with a header and rows")
    return pd.DataFrame(rows, dtype=object)


def classify_table(
    table: pd.DataFrame,
    *,
    text_column: str = "",
    target_column: str = "",
    taxonomy: str = "film",
    sentiment_model: str = "auto",
    min_confidence: float = 0.0,
) -> pd.DataFrame:
    """Add sentiment and aspects to a table.

    Args:
        table: A snippet a row.
        text_column: Column that holds the snippet; told by its usual names when empty.
        target_column: Column that names what is judged, or empty.
        taxonomy: Name or file of a taxonomy; ``auto`` chooses one for the whole table.
        sentiment_model: ``auto``, ``encoder``, ``small``, ``vader``, or the folder of a model of one's own.
        min_confidence: A row less sure than this is left without a sentiment; in [0, 1].

    Returns:
        The same rows in the same order with the columns sentiment, score, confidence, aspect and aspects (joined by
        ``|``); a column of such a name that was there before becomes ``input_NAME``. In the row of an empty snippet they are
        empty: NaN in score and confidence, no text in the others.

    Raises:
        InputError: A named column is missing.
    """
    columns = [str(name) for name in table.columns]
    column = pick_column(columns, text_column, TEXT_COLUMNS, "text")
    targets = [""] * len(table)
    if target_column:
        pick_column(columns, target_column, (), "target")
        targets = _texts(table[target_column])
    texts = _texts(table[column])
    model = polarity_model(sentiment_model)
    readings = bundled_encoder().read_snippets(texts, targets=targets)
    felt = score_snippets(texts, model=model, readings=readings if model.reads else ())
    named = [f"{target}: {text}" if target else text for target, text in zip(targets, texts, strict=True)]
    labels = classifier_for(taxonomy, "\n".join(texts))(named, [""] * len(texts), targets, readings=readings)
    result = table.rename(columns=_renamed(columns))
    blank = [not text.strip() for text in texts]
    judged = [None if empty else feeling for empty, feeling in zip(blank, felt, strict=True)]
    result["sentiment"] = [f.label if f and f.confidence >= min_confidence else "" for f in judged]
    result["score"] = [f.score if f else math.nan for f in judged]
    result["confidence"] = [f.confidence if f else math.nan for f in judged]
    names = [[] if empty else [a.label for a in row] for empty, row in zip(blank, labels, strict=True)]
    result["aspect"] = [row[0] if row else "" for row in names]
    result["aspects"] = ["|".join(row) for row in names]
    return result


def _texts(cells: pd.Series[Any]) -> list[str]:
    """Return cells as texts, empty where they are missing."""
    return ["" if gone else str(cell) for cell, gone in zip(cells, cells.isna(), strict=True)]


def _renamed(columns: Sequence[str]) -> dict[str, str]:
    """Return new names for the columns whose names are those of added ones."""
    names: dict[str, str] = {}
    for column in columns:
        if column in ADDED:
            name = f"input_{column}"
            while name in columns:
                name = f"input_{name}"
            names[column] = name
    return names
