"""Read labelled data: a table of text and label, a folder of known public data sets, or the project's own corpus."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.resources import locate, read_jsonl
from pipeline.schema import Span

_TREEBANK = (
    (re.compile(r" ('s|'re|'ve|'d|'ll|'m|n't)\b"), r"\1"), (re.compile(r" ([,.;:!?%)])"), r"\1"), (re.compile(r"([($]) "), r"\1"),
    (re.compile(r"-LRB-", re.IGNORECASE), "("), (re.compile(r"-RRB-", re.IGNORECASE), ")"), (re.compile(r"`` ?| ?''"), '"'),
    (re.compile(r"--"), "—"), (re.compile(r"\s+"), " "),
)  # fmt: skip
HELD_OUT = 20
_PARTS = ("quote_spans", "speaker_spans", "cue_spans")
_ASPECTS = ("aspects", "aspect", "category", "label")
"""What a column of aspects may be called."""
FIVE_TO_THREE = ("negative", "negative", "neutral", "positive", "positive")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; `split` is ``train`` or ``dev``, `weight` is how much it counts."""

    text: str
    label: str
    split: str = "train"
    weight: float = 1.0


Parts = Sequence[Sequence[Span]]
"""Where the contents, the sources and the cues of one attribution stand."""


@dataclass(frozen=True, slots=True)
class AttributedText:
    """A text and its attributions."""

    text: str
    attributions: tuple[Parts, ...]


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


def review_rows(data: Path, split: str = "train") -> Iterator[dict[str, str]]:
    """Yield review snippets with their critic, publication and verdict; a text is in one split alone.

    Args:
        data: The folder of outside sentiment data.
        split: ``dev`` for every twentieth, ``train`` for the others.
    """
    seen: set[str] = set()
    for number, row in enumerate(read_rows(data / "rt_reviews_train.csv.gz")):
        text = (row["review"] or "").strip()
        if text not in seen and (number % HELD_OUT == HELD_OUT - 1) == (split == "dev"):
            yield {**row, "review": text}
        seen.add(text)


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
        yield Example(row["text"], str(row["label"]), _split(row, number))


def _split(row: Mapping[str, Any], number: int) -> str:
    """Return the split of a row: what is not called train (dev, val, test) measures, as does every tenth row without a split."""
    named = row.get("split")
    if named:
        return "train" if named == "train" else "dev"
    return "dev" if number % 10 == 9 else "train"


def aspect_examples(source: Path) -> list[AspectExample]:
    """Read aspect data.

    Args:
        source: A folder of JSON Lines files, one such file, or a CSV file with columns text and aspects (several
            separated by ``|``; the column may be called aspect, category or label), optionally heading, target and
            split. Rows of one text, heading and target are one example with the aspects of all.

    Raises:
        DataError: A row lacks text or aspects.
    """
    if source.suffix == ".csv":
        rows: list[dict[str, Any]] = [
            {**row, "aspects": _named(next((row[name] for name in _ASPECTS if row.get(name)), ""))}
            for row in read_rows(source)
        ]
    else:
        files = sorted(source.glob("*.jsonl")) if source.is_dir() else [source]
        rows = [dict(row) for file in files for row in read_jsonl(file)]
    merged: dict[tuple[str, ...], AspectExample] = {}
    for number, row in enumerate(rows):
        example = _aspect_example(row, number)
        key = (example.text, example.heading, example.target)
        known = merged.setdefault(key, example)
        merged[key] = replace(known, aspects=tuple(dict.fromkeys([*known.aspects, *example.aspects])))
    return list(merged.values())


def _named(aspects: str) -> list[str]:
    """Split the aspects of a cell."""
    return [name.strip() for name in aspects.split("|")]


def _aspect_example(row: dict[str, Any], number: int) -> AspectExample:
    """Check one row; every tenth without a split is for dev."""
    labels = row.get("aspects")
    if not isinstance(row.get("text"), str) or not isinstance(labels, list) or not all(labels):
        raise DataError(f"row {number + 1} lacks text or aspects", hint="give each row a text and a list of aspects")
    return AspectExample(
        str(row["text"]),
        tuple(map(str, labels)),
        str(row.get("heading") or ""),
        str(row.get("target") or ""),
        _split(row, number),
    )


def news_attributions(path: Path) -> Iterator[AttributedText]:
    """Yield news articles with their attributions.

    Args:
        path: ``polnear_train.jsonl.gz`` or ``polnear_dev.jsonl.gz``.
    """
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for row in map(json.loads, handle):
            said = (tuple([(int(s), int(e)) for s, e in one[part]] for part in _PARTS) for one in row["attributions"])
            yield AttributedText(row["text"], tuple(said))


def taught_attributions(folder: Path) -> Iterator[AttributedText]:
    """Yield the short texts of `corpus/attribution/taught`.

    Args:
        folder: JSON Lines files. Content, source and cue of each attribution are given in words, empty where there is none,
            and by number where these stand more than once (``content_nth`` and so on, from 1).

    Raises:
        DataError: Words of an attribution do not stand in its text.
    """
    for file in sorted(folder.glob("*.jsonl")):
        for row in read_jsonl(file):
            said = (
                tuple(_places(row, one, part) for part in ("content", "source", "cue")) for one in row["attributions"]
            )
            yield AttributedText(row["text"], tuple(said))


def _places(row: Mapping[str, Any], said: Mapping[str, Any], part: str) -> list[Span]:
    """Return where the words of a part stand: once, or nowhere where there are none."""
    words, start = said[part], -1
    if not words:
        return []
    for _ in range(said.get(f"{part}_nth", 1)):
        start = row["text"].find(words, start + 1)
        if start < 0:
            raise DataError(f"{row['id']}: {part} {words!r} does not stand in the text", hint="give the words verbatim")
    return [(start, start + len(words))]
