"""How likely a whole row is right."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from samples import VARIETY, opinion

import pipeline
from pipeline.confidence import features, row_confidence
from pipeline.schema import Aspect, Sentiment

ROW = replace(opinion("a triumph, truly", VARIETY), probability=0.9)
TEXT = "Variety praised the haunting score. IndieWire found the middle hour a dreadful bore. It opens on Friday."


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_features_are_finite(probability: float) -> None:
    row = replace(ROW, probability=probability, attribution_confidence=probability)
    assert all(math.isfinite(value) for value in features(row).values())


def test_each_part_counts() -> None:
    sure = replace(
        ROW, probability=0.98, attribution_confidence=0.98, aspects=(Aspect("story", 0.95),),
        sentiment=Sentiment("positive", 0.9, 0.98, 0.5),
    )  # fmt: skip
    unsure = replace(
        ROW, probability=0.42, attribution_confidence=0.4, aspects=(Aspect("story", 0.2),),
        sentiment=Sentiment("positive", 0.1, 0.51, 0.0),
    )  # fmt: skip
    high, low = row_confidence()([sure, unsure])
    assert 0 <= low < 0.5 < high <= 1


def test_nothing_weighs_nothing() -> None:
    assert row_confidence()([]) == []


def test_dropped_opinions_are_counted() -> None:
    everything = pipeline.load().analyze(TEXT)
    kept = pipeline.load(min_confidence=1.0).analyze(TEXT)
    (before,), (after,) = everything.analyses, kept.analyses
    assert (before.dropped, after.dropped) == (0, len(before.opinions) - len(after.opinions))
    assert after.dropped > 0
