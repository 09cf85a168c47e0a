"""Floors of quality: figures that a corpus must keep reaching; they may be raised and never lowered.

The file is a JSON list, oldest entry first. An entry holds the hash of the corpus, its split, and the figures. Within one
corpus each entry is at least as high as the one before; articles added or changed make another corpus, with floors anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.gold import GoldArticle, GoldOpinion

HIGHER = (
    "found_precision",
    "found_recall",
    "found_f1",
    "source_accuracy",
    "sentiment_accuracy",
    "aspect_accuracy",
    "full_f1",
)
"""Figures that must not fall; ``false_alarms_on_facts`` must not rise."""
LOWER = ("false_alarms_on_facts",)
DIGITS = 4
"""Digits after the point to which floors are written and compared."""


def corpus_hash(gold: Sequence[GoldArticle]) -> str:
    """Hash the texts and annotations of articles, whatever their order."""
    parts = sorted(repr((a.id, a.text, [_fields(opinion) for opinion in a.opinions], a.facts)) for a in gold)
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def _fields(opinion: GoldOpinion) -> list[object]:
    """Return the values of an annotation, its sets in order."""
    values = [getattr(opinion, field.name) for field in fields(opinion)]
    return [sorted(value) if isinstance(value, frozenset) else value for value in values]


def read_floors(path: Path) -> list[dict[str, Any]]:
    """Read a floors file; a missing one is empty.

    Raises:
        DataError: The file is malformed, or an entry lowers one before it.
    """
    if not path.exists():
        return []
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for later, entry in enumerate(entries):
            for earlier in entries[:later]:
                if (earlier["corpus"], earlier["split"]) == (entry["corpus"], entry["split"]):
                    lowered = shortfalls(entry["figures"], earlier["figures"])
                    if lowered:
                        raise DataError(
                            f"{path} lowers a floor: {'; '.join(lowered)}", hint="floors may only be raised"
                        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no valid list of floors: {error}", hint="write it with `pullquote evaluate`"
        ) from error
    return entries


def floor_for(entries: Sequence[Mapping[str, Any]], corpus: str, split: str) -> dict[str, float]:
    """Return the floors that hold for a corpus and split, empty when there are none."""
    fitting = [entry for entry in entries if (entry["corpus"], entry["split"]) == (corpus, split)]
    return dict(fitting[-1]["figures"]) if fitting else {}


def shortfalls(figures: Mapping[str, float], floor: Mapping[str, float]) -> list[str]:
    """Name each figure that misses its floor, with both values."""
    now = {name: round(float(value), DIGITS) for name, value in figures.items() if name in floor}
    short = [f"{k} {now[k]} < {floor[k]}" for k in HIGHER if k in floor and now[k] < floor[k]]
    return short + [f"{k} {now[k]} > {floor[k]}" for k in LOWER if k in floor and now[k] > floor[k]]


def raised(
    entries: Sequence[Mapping[str, Any]], figures: Mapping[str, float], corpus: str, split: str
) -> list[dict[str, Any]]:
    """Return the entries with the figures as a new floor.

    Raises:
        DataError: A figure is below the floor in force.
    """
    short = shortfalls(figures, floor_for(entries, corpus, split))
    if short:
        raise DataError(f"the figures are below the floor: {'; '.join(short)}", hint="floors may only be raised")
    kept = {name: round(float(figures[name]), DIGITS) for name in (*HIGHER, *LOWER)}
    return [*map(dict, entries), {"corpus": corpus, "split": split, "figures": kept}]


def write_floors(path: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write a floors file."""
    path.write_text(json.dumps(list(entries), indent=1) + "\n", encoding="utf-8")
