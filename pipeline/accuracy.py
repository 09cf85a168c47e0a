"""Measure the sentiment models side by side on a table of labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import accuracy_score, f1_score

from pipeline.calibration import calibration_error
from pipeline.consensus import wilson
from pipeline.encoder import POLARITIES, Sides, bundled_encoder
from pipeline.errors import InputError
from pipeline.polarity import polarity_model
from pipeline.settings import SENTIMENT_MODELS
from pipeline.snippets import read_snippets

_SPELLINGS: dict[str, str] = {
    **{name: name for name in POLARITIES}, "neg": "negative", "pos": "positive", "neu": "neutral", "rotten": "negative",
    "fresh": "positive", "-1": "negative",
}  # fmt: skip
_NUMBERED: dict[frozenset[str], tuple[str, ...]] = {
    frozenset("01"): ("negative", "positive"), frozenset("012"): ("negative", "neutral", "positive"),
    frozenset("01234"): ("negative", "negative", "neutral", "positive", "positive"),
}  # fmt: skip


def accuracy(source: Path, *, by: str = "") -> dict[str, Any]:
    """Measure every sentiment model on the same rows.

    Args:
        source: A table (CSV, JSON Lines, Parquet) with columns text and label, and target where a part is judged; or a folder of such.
        by: A column whose values group the rows, or empty.

    Returns:
        The number of rows, the labels, and for each model accuracy, its 95 % interval, macro-F1 over the labels that the
        tables hold, and expected calibration error; with `by` also its accuracy by group. A model chooses among those labels.

    Raises:
        InputError: A table lacks a column, or a label cannot be told.
    """
    tables = sorted(source.glob("*.jsonl")) or sorted(source.glob("*.csv")) if source.is_dir() else [source]
    rows = [row for table in tables for row in _rows(table, by)]
    if not rows:
        raise InputError(
            f"{source} holds no table", hint="give a .csv or .jsonl file of text,label, or a folder of such"
        )
    gold = _labels([str(row["label"]).strip() for row in rows])
    labels = [name for name in POLARITIES if name in gold]
    texts = [str(row["text"]) for row in rows]
    readings = bundled_encoder().read_snippets(texts, targets=[str(row.get("target") or "") for row in rows])
    result: dict[str, Any] = {"rows": len(rows), "labels": labels}
    groups = sorted({str(row[by]) for row in rows}) if by else []
    for name in reversed(SENTIMENT_MODELS):
        model = polarity_model(name)
        chosen = [best_of(sides, labels) for sides in model.texts(texts, readings if model.reads else ())]
        right = [label == wanted for (label, _), wanted in zip(chosen, gold, strict=True)]
        guess = [label for label, _ in chosen]
        result[name] = {
            "accuracy": round(float(accuracy_score(gold, guess)), 4),
            "interval": [round(limit, 4) for limit in wilson(sum(right), len(right))],
            "macro_f1": round(float(f1_score(gold, guess, labels=labels, average="macro")), 4),
            "calibration_error": round(calibration_error([sure for _, sure in chosen], right), 4),
        }
        if by:
            result[name][by] = {
                group: _share([r for r, row in zip(right, rows, strict=True) if str(row[by]) == group])
                for group in groups
            }
    return result


def _rows(source: Path, by: str) -> list[dict[str, Any]]:
    """Read a table and check its columns."""
    table = read_snippets(source)
    wanted = {"text", "label", *([by] if by else [])}
    if not wanted <= set(table.columns):
        hint = f"give a table of text,label; its columns are {', '.join(map(str, table.columns))}"
        raise InputError(f"{source} has no columns {' and '.join(sorted(wanted))}", hint=hint)
    return [{str(k): v for k, v in row.items()} for row in table.fillna("").to_dict("records")]


def _labels(found: Sequence[str]) -> list[str]:
    """Translate labels: words, 0 and 1, 0 to 2, five grades from 0 to 4, or -1, 0 and 1."""
    kinds = frozenset(found)
    for numbers, names in _NUMBERED.items():
        if kinds <= numbers:
            return [names[int(label)] for label in found]
    signed = {"-1": "negative", "0": "neutral", "1": "positive"} if "-1" in kinds else {}
    known = {**_SPELLINGS, **signed}
    unknown = sorted(kinds - {k for k in kinds if k.lower() in known})
    if unknown:
        hint = "use negative, neutral, positive, mixed, or numbers: 0 and 1, 0 to 2, 0 to 4, -1 to 1"
        raise InputError(f"the label {unknown[0]!r} cannot be told", hint=hint)
    return [known[label.lower()] for label in found]


def best_of(sides: Sides, labels: Sequence[str]) -> tuple[str, float]:
    """Choose among labels and tell the probability of the choice among them.

    Args:
        sides: Probabilities of negative, neutral, positive and mixed.
        labels: What may be chosen. Without mixed, its share goes to neutral; without that too, half to each side.
    """
    odds: dict[str, float] = dict(zip(POLARITIES, sides, strict=True))
    if "mixed" not in labels and "neutral" in labels:
        odds["neutral"] += sides[3]
    elif "mixed" not in labels:
        odds["negative"] += sides[3] / 2
        odds["positive"] += sides[3] / 2
    chances = {label: odds[label] for label in labels}
    total = sum(chances.values())
    best = max(labels, key=chances.__getitem__)
    return best, chances[best] / total if total else 1 / len(labels)


def _share(right: Sequence[bool]) -> float:
    """Return the share that is right."""
    return round(sum(right) / max(1, len(right)), 4)
