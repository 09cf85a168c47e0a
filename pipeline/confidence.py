"""How likely a whole row is right: opinion, source, sentiment and aspect weighed together by a small logistic regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pipeline import resources
from pipeline.calibration import log_odds
from pipeline.estimators import load_model
from pipeline.schema import Opinion

_FLOOR = 0.01
"""Least and greatest distance of a probability from 0 and 1 before its log-odds are taken."""


def features(opinion: Opinion) -> dict[str, float]:
    """Return what the regression reads of a row: the log-odds of each part, and how it came about."""
    first, second = opinion.aspects[0].confidence, (opinion.aspects[1].confidence if len(opinion.aspects) > 1 else 0.0)
    return {
        "opinion": log_odds(opinion.probability, _FLOOR), "source": log_odds(opinion.attribution_confidence, _FLOOR),
        "sentiment": log_odds(opinion.sentiment.confidence, _FLOOR), "aspect": log_odds(first, _FLOOR), "second": second,
        "length": math.log1p(opinion.end - opinion.start), "quoted": float(opinion.quoted),
        "mixed": float(opinion.sentiment.label == "mixed"), "rated": float(opinion.rating is not None),
        f"type {opinion.source.type}": 1.0,
    }  # fmt: skip


class RowConfidence:
    """Gives rows the probability that source, sentiment and aspect are right of something that is an opinion.

    Args:
        folder: A model folder.
    """

    def __init__(self, folder: Path) -> None:
        self._estimator = load_model(folder).estimator

    def __call__(self, found: Sequence[Opinion]) -> list[float]:
        """Weigh rows."""
        if not found:
            return []
        table = self._estimator.predict_proba([features(opinion) for opinion in found])
        return [round(float(row[1]), 4) for row in table]


@cache
def row_confidence() -> RowConfidence:
    """Load the bundled regression once a process."""
    return RowConfidence(resources.locate("models/confidence"))
