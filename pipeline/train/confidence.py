"""Train the confidence of rows on articles that no other model has seen: the dev split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.calibration import calibration_error, reliability_table
from pipeline.confidence import features
from pipeline.estimators import Marks, save_model
from pipeline.evaluate import Verdict
from pipeline.train.card import Remarks, card, describe

CAUTION = 1.3
"""How much a wrong row counts against a right one: of two errors, being too sure is the worse."""
_USE = (
    "A logistic regression over the probabilities of a row's parts (opinion, source, sentiment, aspect) and how it came about. It "
    "gives the probability that the row is right in all: somebody judges, it is this source, this sentiment, this aspect. It is "
    f"cautious: a wrong row counts {CAUTION} times, so that of the rows that it is sure of more are right than it says."
)
_LIMITS = "Texts unlike the annotated ones: it was fitted on 37 articles. It does not say which part is wrong."
FOLDS = 10
KEPT = 0.8
"""Confidence of which the card tells how many rows reach it and which share of them is right."""


def train_confidence(verdicts: Sequence[Verdict], folder: Path) -> dict[str, float]:
    """Train on verdicts and write a model folder.

    Args:
        verdicts: From `evaluate.judge` on the dev split.
        folder: Where the model folder goes.

    Returns:
        In cross-validation by article: expected calibration error, and of rows with confidence 0.8 and more their share of all
        and the share that is right.
    """
    rows = [v for v in verdicts if v.predicted is not None]
    found = [features(v.predicted) for v in rows if v.predicted]
    right = [v.source and v.polarity and v.aspect for v in rows]
    sure = np.zeros(len(rows))
    for seen, unseen in GroupKFold(FOLDS).split(found, groups=[v.article.id for v in rows]):
        model = _estimator().fit([found[i] for i in seen], [right[i] for i in seen])
        sure[unseen] = model.predict_proba([found[i] for i in unseen])[:, 1]
    kept = [r for s, r in zip(sure, right, strict=True) if s >= KEPT]
    metrics = {
        "calibration error": calibration_error(sure.tolist(), right),
        f"rows with confidence {KEPT} and more": len(kept) / len(rows),
        "of these right": sum(kept) / max(1, len(kept)),
    }
    data = [{"name": "corpus/annotated, dev split, rows read", "licence": "MIT", "examples": len(rows)}]
    meta = describe("row confidence", data=data, metrics=metrics, labels=["False", "True"])
    text = card("Row confidence", meta, _USE, Remarks(_LIMITS, "python -m pipeline.train.build DATA"))
    text += f"\n## Reliability in cross-validation\n\n{reliability_table(sure.tolist(), right)}\n"
    save_model(_estimator().fit(found, right), folder, meta, text)
    return metrics


def _estimator() -> Pipeline:
    """Build the regression."""
    return Pipeline([
        ("marks", Marks(sparse=False)), ("scale", StandardScaler()),
        ("classify", LogisticRegression(C=0.03, class_weight={False: CAUTION, True: 1.0}, max_iter=1000)),
    ])  # fmt: skip
