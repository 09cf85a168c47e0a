"""Sources by aspects: what each source thinks of each, and how often it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.consensus import verdict
from pipeline.highlight import SYMBOLS, voice

GROUPS = {
    "critics": "Sources that vote",
    "others": "Not counted: cast and crew, aggregators",
    "author": "Not counted: the articles’ own voice",
}
"""Whose voice a source is, in the order shown, and what the group is called."""
_WORDS = {"positive": "praise", "mixed": "mixed", "negative": "blame", "neutral": "neutral"}


@dataclass(frozen=True, slots=True)
class Cell:
    """The rows of one source on one aspect.

    Attributes:
        feeling: Their verdict.
        n: How many.
        told: The counts in words.
        row: Position of the first of them in the table.
    """

    feeling: str
    n: int
    told: str
    row: int

    @property
    def symbol(self) -> str:
        """The sign of the verdict."""
        return SYMBOLS.get(self.feeling, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A source: its name, its type, whose voice it is, and a cell for all aspects and for each (None where it says nothing)."""

    source: str
    source_type: str
    voice: str
    cells: tuple[Cell | None, ...]


def matrix(opinions: pd.DataFrame, aspects: Sequence[str]) -> list[tuple[str, str, list[Line]]]:
    """Return the groups of the matrix that are not empty: key, title and lines, the sources that say most first.

    What a source says again in another article is left out, as in the consensus.

    Args:
        opinions: An `opinions` table with the index 0, 1, … and the columns `voter` and `repeats` of `pipeline.frames.settled`.
        aspects: The columns.
    """
    lines: dict[str, list[Line]] = {key: [] for key in GROUPS}
    kept = opinions[opinions["repeats"] == ""]
    voices = [voice(kind) for kind in kept["source_type"]]
    for (source, key), group in kept.assign(voice=voices).groupby(["voter", "voice"], sort=True):
        by_aspect = dict(tuple(group.groupby("aspect")))
        once = group[~group["opinion_id"].duplicated()]
        cells = [_cell(once), *(_cell(by_aspect[a]) if a in by_aspect else None for a in aspects)]
        named = group.loc[group["source"] == source, "source_type"]
        kind = str(min(named if len(named) else group["source_type"]))
        lines[str(key)].append(Line(str(source), kind, str(key), tuple(cells)))
    for found in lines.values():
        found.sort(key=lambda line: (-(line.cells[0].n if line.cells[0] else 0), line.source))
    return [(key, GROUPS[key], found) for key, found in lines.items() if found]


def _cell(rows: pd.DataFrame) -> Cell:
    """Sum up rows of one source."""
    labels = rows["sentiment"].tolist()
    counts = {label: labels.count(label) for label in [*_WORDS, *sorted(set(labels) - set(_WORDS))]}
    told = ", ".join(f"{count} {_WORDS.get(label, label)}" for label, count in counts.items() if count)
    feeling = labels[0] if len(set(labels)) == 1 else verdict(rows["score"].tolist(), labels)
    return Cell(feeling, len(labels), told, int(rows.index[0]))
