"""Train the ranker of holders on annotated articles: who, of those named around a clause, holds it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline

from pipeline.estimators import Marks, Trees, save_model
from pipeline.evaluate import source_matches
from pipeline.gold import GoldOpinion
from pipeline.holders import Option, rank
from pipeline.train.card import SEED, Remarks, card, describe
from pipeline.train.clauses import Lined, alias_names

_USE = "Gradient-boosted trees over marks of where a source is named (same sentence, before or after, heading, paragraph), whether it speaks there, and what the rules say. It gives each possible holder of a clause, the author among them, a probability."
_LIMITS = "Holders named more than three paragraphs away, two speakers of one outlet, and asides of the author within a critic's sentence."
FOLDS = 5


def train_holders(lined: Sequence[Lined], folder: Path) -> dict[str, float]:
    """Train on annotated articles and write a model folder.

    Args:
        lined: Articles of the train split with their clauses.
        folder: Where the model folder goes.

    Returns:
        In cross-validation by article: share of annotated clauses whose likeliest holder is right, and the share whose
        right holder is among the options.
    """
    chances = cross_fitted(lined)
    right = listed = total = 0
    for article, scores in zip(lined, chances, strict=True):
        for options, group, gold in _annotated(article, scores):
            labels = _labels(options, gold)
            total += 1
            listed += any(labels)
            right += labels[max(range(len(group)), key=lambda index, group=group: (group[index], -index))]  # type: ignore[misc]
    metrics = {"holder_right": right / max(1, total), "holder_listed": listed / max(1, total)}
    model = _fit(lined)
    data = [{"name": "corpus/annotated, train split", "licence": "MIT", "examples": total}]
    meta = describe("holder of a clause", data=data, metrics=metrics, labels=["False", "True"])
    rebuild = "python -m pipeline.train.build DATA"
    save_model(model, folder, meta, card("Holder ranker", meta, _USE, Remarks(_LIMITS, rebuild)))
    return metrics


def cross_fitted(lined: Sequence[Lined]) -> list[list[list[float]]]:
    """Return for each article the probabilities of its options, by rankers that have not seen the article."""
    result: list[list[list[float]]] = [[] for _ in lined]
    indices = list(range(len(lined)))
    for seen, unseen in GroupKFold(n_splits=min(FOLDS, len(lined))).split(indices, groups=indices):
        model = _fit([lined[i] for i in seen])
        for i in unseen:
            result[i] = rank(model, lined[i].proposals.options)
    return result


def _fit(lined: Sequence[Lined]) -> Pipeline:
    """Fit a ranker."""
    rows: list[dict[str, float]] = []
    labels: list[bool] = []
    for article in lined:
        for options, _, gold in _annotated(article, [[]] * len(article.covered)):
            right = _labels(options, gold)
            if any(right):
                rows.extend(dict(option.marks) for option in options)
                labels.extend(right)
    trees = Trees(
        max_iter=250, learning_rate=0.05, max_leaf_nodes=31, min_samples_leaf=30, l2_regularization=3, random_state=SEED
    )
    return Pipeline([("marks", Marks(sparse=False)), ("classify", trees)]).fit(rows, labels)


def _annotated(
    article: Lined, scores: Sequence[Sequence[float]]
) -> list[tuple[list[Option], Sequence[float], GoldOpinion]]:
    """Return the options, their scores and the gold of every clause that covers an opinion."""
    parts: Any = zip(article.proposals.options, scores, article.covered, strict=True)
    return [(options, group, gold[0]) for options, group, gold in parts if gold and not gold[0].optional]


def _labels(options: Sequence[Option], gold: GoldOpinion) -> list[bool]:
    """Tell of each option whether it is the annotated source."""
    return [source_matches(gold, option.source, alias_names()) for option in options]
