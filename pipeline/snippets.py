"""Classify ready-made snippets: a table in, the same table with sentiment and aspects out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.aspects import aspect_classifier
from pipeline.errors import InputError
from pipeline.read.inputs import FORMATS, TABLES
from pipeline.read.tables import TEXT_COLUMNS, pick_column, read_table
from pipeline.schema import Sentiment
from pipeline.sentiment import polarity_model, score_snippets

ADDED = ("sentiment", "score", "confidence", "aspect", "aspects")


def read_snippets(path: Path) -> pd.DataFrame:
    """Read a table of snippets.

    Raises:
        InputError: The file is missing or no table.
    """
    kind = FORMATS.get(path.suffix.lower(), "")
    if kind not in TABLES:
        raise InputError(f"{path} is no table", hint="give a .csv, .jsonl or .parquet file")
    try:
        return pd.DataFrame(list(read_table(path, kind)))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", hint="check the path") from error


def classify_table(
    table: pd.DataFrame,
    *,
    text_column: str = "",
    target_column: str = "",
    taxonomy: str = "film",
    sentiment_model: str = "auto",
) -> pd.DataFrame:
    """Add sentiment and aspects to a table.

    Args:
        table: A snippet a row.
        text_column: Column that holds the snippet; told by its usual names when empty.
        target_column: Column that names what is judged, or empty.
        taxonomy: Name or file of a taxonomy.
        sentiment_model: ``auto``, ``small`` or ``vader``.

    Returns:
        The same rows in the same order with the columns sentiment, score, confidence, aspect and aspects (joined by
        ``|``). An empty snippet is neutral with score and confidence 0 and no aspect.

    Raises:
        InputError: A named column is missing.
    """
    columns = [str(name) for name in table.columns]
    column = pick_column(columns, text_column, TEXT_COLUMNS, "text")
    targets = [""] * len(table)
    if target_column:
        pick_column(columns, target_column, (), "target")
        targets = ["" if pd.isna(cell) else str(cell) for cell in table[target_column]]
    texts = ["" if pd.isna(cell) else str(cell) for cell in table[column]]
    felt = score_snippets(texts, model=polarity_model(sentiment_model))
    labels = aspect_classifier(taxonomy)(texts, [""] * len(texts), targets)
    result = table.copy()
    blank = [not text.strip() for text in texts]
    nothing = Sentiment("neutral", 0.0, 0.0, 0.0)
    felt = [nothing if empty else feeling for empty, feeling in zip(blank, felt, strict=True)]
    result["sentiment"] = [feeling.label for feeling in felt]
    result["score"] = [feeling.score for feeling in felt]
    result["confidence"] = [feeling.confidence for feeling in felt]
    names = [[] if empty else [a.label for a in row] for empty, row in zip(blank, labels, strict=True)]
    result["aspect"] = [row[0] if row else "" for row in names]
    result["aspects"] = ["|".join(row) for row in names]
    return result
