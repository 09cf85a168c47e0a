"""The texts of a run's articles: from its tables, from the files they were read from, or from their sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.read.decode import decode
from pipeline.schema import whole

_BYTES_A_CHARACTER = 4
_MARK = 4
"""Longest byte order mark."""


def article_texts(tables: Mapping[str, pd.DataFrame], base: Path = Path()) -> dict[str, tuple[str, bool]]:
    """Find the text of every article.

    Args:
        tables: The tables of a run.
        base: The folder from which the paths of `articles` lead to their files.

    Returns:
        Article id to its text, and whether that is the whole text. Where it is neither in the tables nor in its file as it
        was read, it is put together from the sentences: their offsets hold, what stood between them is blank.
    """
    sentences = dict(tuple(tables["sentences"].groupby("article_id", sort=False)))
    found: dict[str, tuple[str, bool]] = {}
    rows: list[dict[str, Any]] = tables["articles"].to_dict("records")  # type: ignore[assignment]
    for row in rows:
        key = str(row["article_id"])
        stored = str(row["text"])
        text = stored if stored and _is_that(stored, row) else _from_file(row, base)
        found[key] = (_joined(sentences.get(key)), False) if text is None else (text, True)
    return found


def _from_file(row: Mapping[str, Any], base: Path) -> str | None:
    """Read an article's file again, None where it is not what was analysed."""
    path, length = base / (row["path"] or "."), row["n_chars"]
    try:
        if pd.isna(length) or not path.is_file() or path.stat().st_size > _BYTES_A_CHARACTER * length + _MARK:
            return None
        text = whole(decode(path.read_bytes()))
    except (OSError, ValueError, InputError):
        return None
    return text if _is_that(text, row) else None


def _is_that(text: str, row: Mapping[str, Any]) -> bool:
    """Tell whether a text is what was analysed: a cell of a workbook, for one, may hold only its beginning."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == str(row["sha256"])


def _joined(sentences: pd.DataFrame | None) -> str:
    """Put sentences where they stood; what is blank between them is a space in a line, else line ends."""
    if sentences is None:
        return ""
    text = ""
    for start, words, kind in zip(sentences["start"], sentences["text"], sentences["kind"], strict=True):
        gap = int(start) - len(text)
        if gap < 0:
            continue
        blank = " " if gap == 1 and kind == "body" else "\n"
        text += blank * min(gap, 2) + " " * (gap - 2) + words
    return text
