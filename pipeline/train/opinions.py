"""Train the opinion classifier on annotated articles: which proposed clauses evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, cross_val_predict

from pipeline.analyze import Reader
from pipeline.estimators import marked_classifier, save_model
from pipeline.train.card import Remarks, card, describe
from pipeline.train.clauses import Lined
from pipeline.train.holders import FOLDS, cross_fitted

_USE = "A linear classifier over the words of a clause and marks of its setting (rule, type of source, quotation, kind of line). It gives the probability that the clause evaluates."
_LIMITS = "Judgements that need the sentence before them, and plot told in the words of criticism."


def train_opinions(lined: Sequence[Lined], folder: Path) -> dict[str, float]:
    """Train on the clauses of annotated articles and write a model folder.

    Holders come from rankers that have not seen the article, as they do on new texts. The threshold is the one with
    the best F1 in cross-validation by article.

    Args:
        lined: Articles of the train split with their clauses.
        folder: Where the model folder goes.

    Returns:
        Precision, recall and F1 of clauses in cross-validation.
    """
    rows, labels, groups = _clauses(lined)
    model = marked_classifier(words=30_000, c=2.0)
    folds = GroupKFold(n_splits=min(FOLDS, len(set(groups))))
    chances = cross_val_predict(model, rows, labels, groups=groups, cv=folds, method="predict_proba")[:, 1]
    threshold, metrics = _best_threshold(np.asarray(chances), np.asarray(labels))
    model.fit(rows, labels)
    data = [{"name": "corpus/annotated, train split", "licence": "MIT", "examples": len(rows)}]
    meta = describe("opinion or not", data=data, metrics=metrics, labels=["False", "True"], threshold=threshold)
    rebuild = "python -m pipeline.train.build DATA"
    save_model(model, folder, meta, card("Opinion classifier", meta, _USE, Remarks(_LIMITS, rebuild)))
    return metrics


def _clauses(lined: Sequence[Lined]) -> tuple[list[dict[str, Any]], list[bool], list[int]]:
    """Return descriptions, labels and article numbers of every proposed clause; optional gold is left out."""
    rows: list[dict[str, Any]] = []
    labels: list[bool] = []
    groups: list[int] = []
    for number, (article, chances) in enumerate(zip(lined, cross_fitted(lined), strict=True)):
        held = article.proposals.settle(chances)
        proposals = article.proposals
        described = Reader.described(article.gold.text, proposals.sentences, held, proposals.readings)
        for row, gold in zip(described, article.covered, strict=True):
            if not gold or not all(opinion.optional for opinion in gold):
                rows.append(row)
                labels.append(bool(gold))
                groups.append(number)
    return rows, labels, groups


def _best_threshold(chances: np.ndarray, labels: np.ndarray) -> tuple[float, dict[str, float]]:
    """Choose the threshold with the best F1."""
    best = (0.0, 0.5, 0.0, 0.0)
    for threshold in np.arange(0.2, 0.8, 0.02):
        guess = chances >= threshold
        both = int((guess & labels).sum())
        precision, recall = both / max(1, int(guess.sum())), both / max(1, int(labels.sum()))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        best = max(best, (f1, round(float(threshold), 2), precision, recall))
    return best[1], {"f1": best[0], "precision": best[2], "recall": best[3]}
