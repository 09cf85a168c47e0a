"""Train the subjectivity classifier: evaluation against plot and fact."""

from __future__ import annotations

from pathlib import Path

from sklearn.metrics import accuracy_score

from pipeline.estimators import save_model, text_classifier
from pipeline.train.card import Remarks, card, describe
from pipeline.train.datasets import subjectivity_examples

_USE = "A linear classifier over n-grams of words that tells sentences of criticism from plot summary and fact."
_LIMITS = "Plot told with evaluative words, and dry statements of taste. Outside the arts it is untested."


def train_subjectivity(source: Path, folder: Path) -> dict[str, float]:
    """Train on the movie-review subjectivity data.

    The project's own articles stay out: the opinion classifier is trained on them and reads this model's output.

    Args:
        source: What `subjectivity_examples` reads.
        folder: Where the model folder goes.

    Returns:
        Accuracy on the dev split.
    """
    examples = subjectivity_examples(source)
    train = [e for e in examples if e.split == "train"]
    dev = [e for e in examples if e.split == "dev"]
    model = text_classifier(grams=60_000, c=4.0)
    model.fit([e.text for e in train], [e.label == "True" for e in train])
    metrics = {
        "accuracy": float(accuracy_score([e.label == "True" for e in dev], model.predict([e.text for e in dev])))
    }
    data = [
        {
            "name": "Subjectivity dataset 1.0 (Pang & Lee 2004)",
            "licence": "none stated (research)",
            "examples": len(train),
        },
    ]
    meta = describe("subjectivity", data=data, metrics=metrics, labels=["False", "True"])
    rebuild = "python -m pipeline.train.build DATA"
    save_model(model, folder, meta, card("Subjectivity classifier", meta, _USE, Remarks(_LIMITS, rebuild)))
    return metrics
