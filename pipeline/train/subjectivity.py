"""Train the subjectivity classifier: evaluation against plot and fact."""

from __future__ import annotations

from pathlib import Path

from sklearn.metrics import accuracy_score

from pipeline.estimators import save_model, text_classifier
from pipeline.gold import GoldArticle
from pipeline.segment import Segmenter
from pipeline.train.card import card, describe
from pipeline.train.datasets import Example, subjectivity_examples

_USE = "A linear classifier over word 1-2-grams that tells sentences of criticism from plot summary and fact."
_LIMITS = "Plot told with evaluative words, and dry statements of taste. Outside the arts it is untested."


def train_subjectivity(source: Path, gold: list[GoldArticle], folder: Path) -> dict[str, float]:
    """Train on the movie-review subjectivity data and the sentences of annotated articles.

    Args:
        source: What `subjectivity_examples` reads.
        gold: Annotated articles of the train split.
        folder: Where the model folder goes.

    Returns:
        Accuracy on the dev split.
    """
    examples = subjectivity_examples(source)
    own = _own(gold)
    train = [e for e in examples if e.split == "train"]
    dev = [e for e in examples if e.split == "dev"]
    model = text_classifier(words=40_000, chars=0, c=4.0, lexicon=True)
    model.fit([e.text for e in (*train, *own)], [e.label == "True" for e in (*train, *own)])
    metrics = {
        "accuracy": float(accuracy_score([e.label == "True" for e in dev], model.predict([e.text for e in dev])))
    }
    data = [
        {
            "name": "Subjectivity dataset 1.0 (Pang & Lee 2004)",
            "licence": "none stated (research)",
            "examples": len(train),
        },
        {"name": "corpus/annotated, train split", "licence": "MIT", "examples": len(own)},
    ]
    meta = describe("subjectivity", data=data, metrics=metrics, labels=["False", "True"])
    rebuild = "python -m pipeline.train.build DATA"
    save_model(model, folder, meta, card("Subjectivity classifier", meta, use=_USE, limits=_LIMITS, rebuild=rebuild))
    return metrics


def _own(gold: list[GoldArticle]) -> list[Example]:
    """Label the sentences of annotated articles: subjective when an opinion's anchor stands in them."""
    segment = Segmenter()
    found = []
    for article in gold:
        for sentence in segment(article.text):
            judged = any(sentence.start <= o.start < sentence.end for o in article.opinions)
            if sentence.kind in ("body", "list"):
                found.append(Example(article.text[sentence.start : sentence.end], str(judged)))
    return found
