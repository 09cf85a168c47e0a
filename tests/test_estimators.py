"""Pieces that the small classifiers share."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.estimators import Remembered, SeedFeatures


class Lengths:
    """Reads of a text its length, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def predict_proba(self, texts: list[str]) -> np.ndarray:
        self.asked.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts])


@pytest.mark.parametrize(
    ("calls", "asked"),
    [
        ([["a", "bb"]], [["a", "bb"]]),
        ([["a", "bb", "a"]], [["a", "bb"]]),
        ([["a", "bb"], ["bb", "ccc"]], [["a", "bb"], ["ccc"]]),
        ([[]], []),
        ([["a", "bb", "ccc"], ["a"], ["ccc"]], [["a", "bb", "ccc"], ["a"]]),  # two are remembered, the oldest goes
        ([["a", "bb", "ccc", "dddd"], ["ccc", "dddd"]], [["a", "bb", "ccc", "dddd"]]),
    ],
)
def test_texts_are_read_once_while_remembered(calls: list[list[str]], asked: list[list[str]]) -> None:
    estimator = Lengths()
    remembered = Remembered(estimator, size=2)
    for texts in calls:
        assert remembered(texts) == [[float(len(text)), 1.0] for text in texts]
    assert estimator.asked == asked


def test_seeds_are_counted_up_to_two() -> None:
    table = SeedFeatures([["plot", "story"], ["score"]]).transform(["Plot, story, plot.", "", "The score."])
    assert table.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.5]]
