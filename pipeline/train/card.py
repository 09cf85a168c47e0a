"""Write model cards and the metadata that stands beside the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

SEED = 20_260_101


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


def card(title: str, meta: Mapping[str, Any], *, use: str, limits: str, rebuild: str) -> str:
    """Return a model card in Markdown."""
    rows = "\n".join(f"| {item['name']} | {item['licence']} | {_count(item['examples'])} |" for item in meta["data"])
    figures = "\n".join(f"| {name} | {value} |" for name, value in meta["metrics"].items())
    return (
        f"# {title}\n\n{use}\n\n## Data\n\n| source | licence | training examples |\n|---|---|---|\n{rows}\n\n"
        f"The weights are committed; the outside data is not.\n\n## Figures on the dev split\n\n| | |\n|---|---|\n{figures}\n\n"
        f"## What it cannot read\n\n{limits}\n\n## Rebuild\n\n```\n{rebuild}\n```\n"
    )


def _count(examples: int | str) -> str:
    """Write a number of examples with separators; a word stands as it is."""
    return examples if isinstance(examples, str) else f"{examples:,}"
