"""Pieces that the small classifiers share."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from pipeline import resources
from pipeline.aspects import features
from pipeline.encoder import bundled_encoder
from pipeline.estimators import Marks, Remembered, SeedFeatures, in_one_product, load_model


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


ROWS = [{"a": 1.0, "b": 2.5}, {}, {"c": 3, "new": 9.0, "a": True}, {"new": 1.0}]


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_marks_are_what_scikit_learn_makes_of_them(sparse: bool, dtype: type[np.floating]) -> None:
    seen: list[dict[str, float]] = [{"b": 1.0, "a": 2.0}, {"c": 1.0}]
    ours, theirs = (kind(dtype=dtype, sparse=sparse).fit(seen) for kind in (Marks, DictVectorizer))
    for marks in (ours, _saved_and_loaded(ours)):
        found, expected = (vector.transform(ROWS) for vector in (marks, theirs))
        assert (found != expected).sum() == 0
        assert (found.shape, found.dtype, type(found)) == (expected.shape, expected.dtype, type(expected))


def _saved_and_loaded(marks: Marks) -> Marks:
    """Return what is loaded of what is saved."""
    copy = Marks()
    copy.__setstate__(marks.__getstate__())
    return copy


def test_seeds_are_counted_up_to_two() -> None:
    table = SeedFeatures([["plot", "story"], ["score"]]).transform(["Plot, story, plot.", "", "The score."])
    assert table.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.5]]


@pytest.mark.parametrize("taxonomy", ["film", "restaurant"])
def test_one_product_gives_what_the_regressions_give_one_by_one(taxonomy: str) -> None:
    texts = ["the score soars", "a thin plot, and long", "served lukewarm by a charming waiter"]
    estimator = load_model(resources.locate(f"models/aspects/{taxonomy}")).estimator
    read = bundled_encoder().read_snippets(texts)
    rows = [features(text, heading="", target="", reading=r) for text, r in zip(texts, read, strict=True)]
    classify = in_one_product(estimator)
    assert classify != estimator.predict_proba
    np.testing.assert_array_equal(classify(rows), estimator.predict_proba(rows))


def test_a_label_that_was_never_seen_is_left_to_the_library() -> None:
    rest = OneVsRestClassifier(LogisticRegression())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rest.fit([[0.0], [1.0], [2.0]], [[1, 0], [0, 0], [1, 0]])
    pipe = Pipeline([("classify", rest)])
    assert in_one_product(pipe) == pipe.predict_proba
