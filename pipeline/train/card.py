"""Write model cards and the metadata that stands beside the weights."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

SEED = 20_260_101
COMMITTED = "The weights are committed; the outside data is not."
_OWN = "The weights hold words and pieces of words of the data."


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a card says of a model beside its use, its data and its figures.

    Attributes:
        limits: What it cannot read.
        rebuild: The command that builds it again.
        weights: What the weights have to do with the data.
        measured: Where the figures are from, or empty.
    """

    limits: str
    rebuild: str
    weights: str = COMMITTED
    measured: str = ""


def own_remarks(what: str, source: Path, folder: Path, *, limits: str, held_out: int) -> Remarks:
    """Return what holds of any model that `pullquote train` makes of a user's data.

    Args:
        what: The classifier, as the command calls it.
        source: The data.
        folder: The model folder; of both only the names are told.
        limits: What no such model reads, whatever its data.
        held_out: Examples that the figures are from.
    """
    command = ["pullquote", "train", what, source.resolve().name, "-o", folder.resolve().name]
    measured = f"Examples kept out of training and measured on: {held_out:,}."
    return Remarks(f"{limits} What its data does not hold is unknown to it.", shlex.join(command), _OWN, measured)


def describe(
    task: str, *, data: Sequence[Mapping[str, Any]], metrics: Mapping[str, float], labels: Sequence[str], **more: Any
) -> dict[str, Any]:
    """Return the contents of `meta.json`.

    Args:
        task: What the model does.
        data: For each source of training data its name, licence and number of examples.
        metrics: Figures on the dev split, rounded to four digits.
        labels: The classes, in the order of the model's outputs.
        **more: Thresholds and settings that belong to the model.
    """
    return {
        "task": task, "labels": list(labels), "data": [dict(item) for item in data],
        "metrics": {name: round(float(value), 4) for name, value in metrics.items()}, "seed": SEED,
        "versions": {name: version(name) for name in ("scikit-learn", "skops", "numpy")}, **more,
    }  # fmt: skip


def card(title: str, meta: Mapping[str, Any], use: str, remarks: Remarks) -> str:
    """Return a model card in Markdown.

    Args:
        title: What the model is.
        meta: From `describe`.
        use: How it works and what it gives.
        remarks: The rest.
    """
    rows = "\n".join(f"| {item['name']} | {item['licence']} | {_count(item['examples'])} |" for item in meta["data"])
    figures = "\n".join(f"| {name} | {value} |" for name, value in meta["metrics"].items())
    measured = f"{remarks.measured}\n\n" if remarks.measured else ""
    table = f"| | |\n|---|---|\n{figures}\n\n" if figures else ""
    return (
        f"# {title}\n\n{use}\n\n## Data\n\n| source | licence | training examples |\n|---|---|---|\n{rows}\n\n"
        f"{remarks.weights}\n\n## Figures on the dev split\n\n{measured}{table}"
        f"## What it cannot read\n\n{remarks.limits}\n\n## Rebuild\n\n```\n{remarks.rebuild}\n```\n"
    )


def _count(examples: int | str) -> str:
    """Write a number of examples with separators; a word stands as it is."""
    return examples if isinstance(examples, str) else f"{examples:,}"
