"""Read labelled data: a table of text and label, a folder of known public data sets, or the project's own corpus."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.resources import locate, read_jsonl

_TREEBANK = (
    (re.compile(r" ('s|'re|'ve|'d|'ll|'m|n't)\b"), r"\1"), (re.compile(r" ([,.;:!?%)])"), r"\1"), (re.compile(r"([($]) "), r"\1"),
    (re.compile(r"-LRB-", re.IGNORECASE), "("), (re.compile(r"-RRB-", re.IGNORECASE), ")"), (re.compile(r"`` ?| ?''"), '"'),
    (re.compile(r"--"), "—"), (re.compile(r"\s+"), " "),
)  # fmt: skip
FIVE_TO_THREE = ("negative", "negative", "neutral", "positive", "positive")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; `split` is ``train`` or ``dev``, `weight` is how much it counts."""

    text: str
    label: str
    split: str = "train"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class AspectExample:
    """One clause with its aspects, heading and target."""

    text: str
    aspects: tuple[str, ...]
    heading: str = ""
    target: str = ""
    split: str = "train"


def detokenize(text: str) -> str:
    """Undo Penn Treebank tokenisation: spaces before punctuation and clitics, bracket and quote codes."""
    for pattern, replacement in _TREEBANK:
        text = pattern.sub(replacement, text)
    return text.strip()


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file, gzipped or not.

    Raises:
        DataError: The file cannot be read.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as handle:
            yield from csv.DictReader(handle)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}", hint="give a UTF-8 CSV file") from error


def polarity_examples(source: Path) -> list[Example]:
    """Read polarity data.

    Args:
        source: A CSV file with columns text and label (negative, neutral, positive) and, if it has them, split; or a
            folder that holds the Stanford Sentiment Treebank as ``sst_phrases_train.csv.gz`` and
            ``sst_sentences_train_dev.csv`` (text, label5).

    Raises:
        DataError: There is no such data.
    """
    if source.is_dir():
        return list(_treebank(source))
    return list(_table(source, {"negative", "neutral", "positive"}))


def _treebank(folder: Path) -> Iterator[Example]:
    """Yield the treebank's phrases and its sentences, which count twice."""
    for row in read_rows(folder / "sst_phrases_train.csv.gz"):
        yield Example(detokenize(row["text"]), FIVE_TO_THREE[int(row["label5"])])
    for row in read_rows(folder / "sst_sentences_train_dev.csv"):
        yield Example(detokenize(row["text"]), FIVE_TO_THREE[int(row["label5"])], row["split"], 2.0)


def polarity_sentences() -> Iterator[dict[str, Any]]:
    """Yield the sentences of `corpus/polarity`: text, label (negative, neutral, positive, mixed), phenomenon and pair."""
    for file in sorted(locate("corpus/polarity").glob("*.jsonl")):
        yield from read_jsonl(file)


def subjectivity_examples(source: Path) -> list[Example]:
    """Read sentences labelled ``True`` (subjective) or ``False``; every tenth is for dev.

    Args:
        source: A CSV file with columns text and label, label 0 subjective and 1 objective, as in the movie-review
            subjectivity data (Pang & Lee 2004); or a folder that holds it as ``subjectivity_train.csv``.
    """
    path = source / "subjectivity_train.csv" if source.is_dir() else source
    rows = read_rows(path)
    return [
        Example(detokenize(row["text"]), str(row["label"] == "0"), "dev" if number % 10 == 9 else "train")
        for number, row in enumerate(rows)
    ]


def _table(path: Path, labels: set[str]) -> Iterator[Example]:
    """Yield the rows of a user's table."""
    for number, row in enumerate(read_rows(path), start=2):
        if "text" not in row or row.get("label") not in labels:
            raise DataError(
                f"{path}:{number} has label {row.get('label')!r}",
                hint=f"columns text and label ({', '.join(sorted(labels))})",
            )
        yield Example(row["text"], str(row["label"]), row.get("split") or ("dev" if number % 10 == 9 else "train"))


def aspect_examples(source: Path) -> list[AspectExample]:
    """Read aspect data.

    Args:
        source: A folder of JSON Lines files, one such file, or a CSV file with columns text and aspects (several
            separated by ``|``), optionally heading, target and split.

    Raises:
        DataError: A row lacks text or aspects.
    """
    if source.suffix == ".csv":
        rows: list[dict[str, Any]] = [
            {**row, "aspects": (row.get("aspects") or row.get("label") or "").split("|")} for row in read_rows(source)
        ]
    else:
        files = sorted(source.glob("*.jsonl")) if source.is_dir() else [source]
        rows = [dict(row) for file in files for row in read_jsonl(file)]
    return [_aspect_example(row, number) for number, row in enumerate(rows)]


def _aspect_example(row: dict[str, Any], number: int) -> AspectExample:
    """Check one row; every tenth without a split is for dev."""
    labels = row.get("aspects")
    if not isinstance(row.get("text"), str) or not isinstance(labels, list) or not all(labels):
        raise DataError(f"row {number + 1} lacks text or aspects", hint="give each row a text and a list of aspects")
    split = str(row.get("split") or ("dev" if number % 10 == 9 else "train"))
    return AspectExample(
        str(row["text"]), tuple(map(str, labels)), str(row.get("heading") or ""), str(row.get("target") or ""), split
    )
