"""Train the small polarity classifier: negative, neutral or positive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from pipeline.errors import DataError
from pipeline.estimators import save_model, text_classifier
from pipeline.lexical import vader_compound
from pipeline.train.card import Remarks, card, describe, own_remarks
from pipeline.train.datasets import Example, polarity_examples

_USE = "A linear classifier over n-grams of words with negation and turns marked, beginnings and ends of words, and VADER's lexicon. It gives a text the probabilities of "
_LIMITS = "Irony without a marker, comparison with something else, and anything that needs more than the text itself."
GRAMS, C = 130_000, 3.0


def train_sentiment(
    source: Path,
    folder: Path,
    *,
    extra: Mapping[tuple[str, str], Sequence[Example]] = MappingProxyType({}),
    remarks: Remarks | None = None,
) -> dict[str, float]:
    """Train on polarity data and write a model folder.

    Args:
        source: What `polarity_examples` reads.
        folder: Where the model folder goes.
        extra: Further training examples by the name of their source, each with its licence.
        remarks: What the card says beside data and figures; None: what holds of any such model.

    Returns:
        Figures on the dev split: accuracy without neutral, macro-F1 of three classes, both for VADER too.

    Raises:
        DataError: The data has fewer than two labels, or no dev split.
    """
    examples = polarity_examples(source)
    train = [e for e in examples if e.split == "train"]
    dev = [e for e in examples if e.split == "dev"]
    if len({e.label for e in train}) < 2 or not dev:
        raise DataError(f"{source} has too few labels or no dev rows", hint="give rows of at least two labels")
    name = "Stanford Sentiment Treebank, train phrases and sentences" if source.is_dir() else source.name
    taught = {(name, "none stated (research)" if source.is_dir() else "the user's"): train, **extra}
    seen = [example for examples in taught.values() for example in examples]
    model = text_classifier(grams=GRAMS, c=C, least=2 if len(seen) > GRAMS else 1)
    model.fit([e.text for e in seen], [e.label for e in seen], classify__sample_weight=[e.weight for e in seen])
    metrics = _measure(model.classes_.tolist(), model.predict_proba([e.text for e in dev]), dev)
    data = [{"name": n, "licence": licence, "examples": len(rows)} for (n, licence), rows in taught.items()]
    meta = describe("polarity", data=data, metrics=metrics, labels=model.classes_.tolist())
    remarks = remarks or own_remarks("sentiment", source, folder, limits=_LIMITS, held_out=len(dev))
    save_model(model, folder, meta, sentiment_card(meta, remarks))
    return metrics


def sentiment_card(meta: Mapping[str, Any], remarks: Remarks) -> str:
    """Return the card of a polarity classifier."""
    *others, last = meta["labels"]
    return card("Small polarity classifier", meta, f"{_USE}{', '.join(others)} and {last}.", remarks)


def _measure(classes: Sequence[str], table: np.ndarray, dev: Sequence[Example]) -> dict[str, float]:
    """Measure model and VADER on the same rows."""
    gold = [e.label for e in dev]
    best = [classes[i] for i in table.argmax(axis=1)]
    vader = [vader_compound(e.text) for e in dev]
    three = ["positive" if v >= 0.05 else "negative" if v <= -0.05 else "neutral" for v in vader]
    metrics = {
        "macro_f1": f1_score(gold, best, average="macro"),
        "vader_macro_f1": f1_score(gold, three, average="macro"),
    }
    if {"negative", "positive"} <= set(classes):
        polar = [i for i, label in enumerate(gold) if label != "neutral"]
        margin = table[:, classes.index("positive")] - table[:, classes.index("negative")]
        truth = [gold[i] == "positive" for i in polar]
        metrics["binary_accuracy"] = accuracy_score(truth, [margin[i] > 0 for i in polar])
        metrics["vader_binary_accuracy"] = accuracy_score(truth, [vader[i] > 0 for i in polar])
    return {name: float(value) for name, value in metrics.items()}
