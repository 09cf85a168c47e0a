"""Train an aspect classifier for a taxonomy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MultiLabelBinarizer

from pipeline.aspects import features, read_taxonomy
from pipeline.counts import several
from pipeline.encoder import bundled_encoder
from pipeline.errors import DataError
from pipeline.estimators import aspect_classifier, load_model, save_model
from pipeline.resources import locate
from pipeline.train.card import Remarks, card, describe, own_remarks
from pipeline.train.datasets import AspectExample, aspect_examples

_USE = "One-against-rest logistic regression over word and character n-grams of a clause"
_SEEDS = " and the seed phrases in it, its heading and its target"
_STATES = ", and what the network reads of it"
_LIMITS = "Clauses that name nothing that a label stands for and hint at nothing of it; what no label stands for."
_LEAST_LABELS = 2
C = 4.0
SECOND = 0.5
"""Probability from which a label counts that is not the likeliest."""
NAMED, LEAST = 0.15, 0.12
"""The same where a clause names the part, and for the likeliest label itself; below, nothing fits."""


def train_aspects(
    source: Path,
    folder: Path,
    *,
    seeds: Mapping[str, Sequence[str]] | None = None,
    extra: Sequence[AspectExample] = (),
    remarks: Remarks | None = None,
) -> dict[str, float]:
    """Train on labelled clauses and write a model folder.

    Args:
        source: What `aspect_examples` reads.
        folder: Where the model folder goes.
        seeds: Words and phrases that point to a label, by label.
        extra: Further training examples, such as those of annotated articles.
        remarks: What the card says beside data and figures; None: what holds of any such model.

    Returns:
        On the dev split: the share of clauses whose likeliest label is right, and macro-F1 of the labels.

    Raises:
        DataError: There are fewer than two labels.
    """
    examples = aspect_examples(source)
    seeds = seeds or {}
    train = [e for e in examples if e.split == "train"] + list(extra)
    dev = [e for e in examples if e.split == "dev"]
    labels = sorted({label for e in train for label in e.aspects})
    if len(labels) < _LEAST_LABELS:
        raise DataError(f"{source} has {several(len(labels), 'label')}", hint="give rows of at least two labels")
    binarizer = MultiLabelBinarizer(classes=labels)
    own = set(labels) <= set(bundled_encoder().labels)
    model = aspect_classifier(
        words=8_000, chars=12_000, c=C, seeds=[seeds.get(label, ()) for label in labels], states=not own
    )
    model.fit(_rows(train, network=not own), binarizer.fit_transform([e.aspects for e in train]))
    metrics = _measure(model, labels, dev, _rows(dev, network=not own)) if dev else {}
    data = [
        {
            "name": source.name,
            "licence": "MIT" if source.resolve().is_relative_to(locate("corpus").resolve()) else "the user's",
            "examples": len(train) - len(extra),
        }
    ]
    if extra:
        data.append({"name": "corpus/annotated, train split", "licence": "MIT", "examples": len(extra)})
    meta = describe("aspects", data=data, metrics=metrics, labels=labels, second=SECOND, named=NAMED, least=LEAST)
    remarks = remarks or own_remarks("aspects", source, folder, limits=_LIMITS, held_out=len(dev))
    save_model(model, folder, meta, aspect_card(meta, remarks, seeds=any(seeds.values()), states=not own))
    return metrics


def aspect_card(meta: Mapping[str, Any], remarks: Remarks, *, seeds: bool, states: bool) -> str:
    """Return the card of an aspect classifier that has seed phrases or none, and reads the network's states or not."""
    use = f"{_USE}{_SEEDS if seeds else ''}{_STATES if states else ''}."
    return card("Aspect classifier", meta, use, remarks)


def _rows(examples: Sequence[AspectExample], *, network: bool) -> list[dict[str, Any]]:
    """Turn examples into what the classifier reads; the network's states where it does not know the labels itself."""
    texts, targets = [e.text for e in examples], [e.target for e in examples]
    readings = bundled_encoder().read_snippets(texts, targets=targets) if network else [None] * len(texts)
    return [
        features(e.text, heading=e.heading, target=e.target, reading=reading)
        for e, reading in zip(examples, readings, strict=True)
    ]


def _measure(
    model: Pipeline, labels: Sequence[str], dev: Sequence[AspectExample], rows: Sequence[dict[str, Any]]
) -> dict[str, float]:
    """Measure on the dev split."""
    table = np.asarray(model.predict_proba(rows))
    top = [labels[i] for i in table.argmax(axis=1)]
    right = sum(label in e.aspects for label, e in zip(top, dev, strict=True))
    scores = []
    for column, label in enumerate(labels):
        gold = np.array([label in e.aspects for e in dev])
        guess = (table[:, column] >= SECOND) | np.array([t == label for t in top])
        both = int((gold & guess).sum())
        if gold.any():
            scores.append(2 * both / max(1, int(gold.sum() + guess.sum())))
    return {"top_label_right": right / len(dev), "macro_f1": sum(scores) / max(1, len(scores))}


def own_seeds(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the seeds of the taxonomy file beside a model folder, none where there is no file yet.

    Args:
        folder: The model folder; the taxonomy is ``FOLDER.toml``.
    """
    path = folder.with_name(f"{folder.name}.toml")
    return read_taxonomy(str(path)).seeds if path.exists() else {}


def write_taxonomy(folder: Path) -> Path:
    """Write the taxonomy file of a trained classifier beside its folder, unless there is one.

    Args:
        folder: The model folder; the taxonomy is ``FOLDER.toml``.
    """
    path = folder.with_name(f"{folder.name}.toml")
    if not path.exists():
        labels = load_model(folder).meta["labels"]
        blocks = [f'[[labels]]\nname = {json.dumps(label)}\ndescription = ""\n' for label in labels]
        path.write_text(f"name = {json.dumps(folder.name)}\n\n" + "\n".join(blocks), encoding="utf-8")
    return path
