"""Rebuild every committed scikit-learn model: ``python -m pipeline.train.build DATA``.

DATA is the folder of outside sentiment data (see the model cards); the rest comes from `corpus/`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.analyze import Reader
from pipeline.aspects import DEFAULT, read_taxonomy
from pipeline.clauses import split_clauses
from pipeline.encoder import bundled_encoder
from pipeline.evaluate import judge
from pipeline.gold import GoldArticle, read_gold, read_judgements
from pipeline.outlets import load_gazetteer
from pipeline.resources import locate
from pipeline.schema import Article
from pipeline.settings import Settings, bundled_taxonomies
from pipeline.train.aspects import train_aspects
from pipeline.train.audit import write_audit
from pipeline.train.card import Remarks
from pipeline.train.clauses import line_up
from pipeline.train.confidence import train_confidence
from pipeline.train.datasets import AspectExample, Example, detokenize, polarity_sentences, read_rows, review_rows
from pipeline.train.holders import train_holders
from pipeline.train.opinions import train_opinions
from pipeline.train.sentiment import train_sentiment
from pipeline.train.subjectivity import train_subjectivity
from pipeline.train.thresholds import write_thresholds

OWN, NEWS = 2.0, 0.5
"""How much a written or annotated example counts, and a sentence of news; a phrase of the treebank counts 1."""
AGAINST = 0.3
"""How likely a sentence of a review is that contradicts its verdict, against one that does not."""
LEAST = 0.08
"""Probability below which a class is not taught."""
SHORTEST = 15
"""Letters that a snippet has, at least."""
REBUILD = "python -m pipeline.train.build DATA"
SENTIMENT = Remarks(
    "Irony without a marker, praise built from dark words that the treebank does not hold, comparison with another work, and anything that needs more than the clause itself. It was trained on film criticism of the 1990s and 2000s; slang since then is unknown to it.",
    "pullquote train sentiment DATA -o models/sentiment",
)
ASPECTS = Remarks(
    "Clauses that name no part of the work and hint at none; parts that the taxonomy does not name; games, music and books where their parts have no film counterpart.",
    REBUILD,
)
"""What the cards of the bundled models say, besides data and figures."""


def build(data: Path) -> dict[str, dict[str, float]]:
    """Train every small model into `models/` and return their figures.

    Clauses are those that rules cut: where the network cuts articles that it was taught it is surer than on new ones.
    """
    gold = read_gold([locate("corpus/annotated")], split="train")
    judged = [*gold, *read_judgements(locate("corpus/judgements"))]
    models = locate("models")
    figures = {
        "sentiment": train_sentiment(
            data, models / "sentiment", extra=polarity_lessons(data, judged), remarks=SENTIMENT
        ),
        "subjectivity": train_subjectivity(data, models / "subjectivity"),
        **{f"aspects/{name}": taught_aspects(name, judged) for name in bundled_taxonomies()},
    }
    write_thresholds(data, models / "sentiment")
    write_audit(data, models / "sentiment")
    lined = line_up(gold, cut=split_clauses)
    figures["holders"] = train_holders(lined, models / "holders")
    figures["opinions"] = train_opinions(lined, models / "opinions")
    reader = Reader(Settings())
    dev = read_gold([locate("corpus/annotated")], split="dev")
    read = [(article, reader.read(Article(article.id, article.text))) for article in dev]
    figures["confidence"] = train_confidence(judge(read, fold=load_gazetteer().aliases()), models / "confidence")
    return figures


def taught_aspects(name: str, gold: Sequence[GoldArticle]) -> dict[str, float]:
    """Train the classifier of a bundled taxonomy; the annotated articles teach that of films, whose labels they use."""
    return train_aspects(
        locate(f"corpus/aspects/{name}"), locate("models/aspects") / name, seeds=read_taxonomy(name).seeds,
        extra=list(gold_clauses(gold)) if name == DEFAULT else (), remarks=ASPECTS,
    )  # fmt: skip


def gold_clauses(gold: Sequence[GoldArticle]) -> list[AspectExample]:
    """Turn annotated opinions into aspect examples."""
    return [
        AspectExample(opinion.anchor, tuple(sorted(opinion.aspects)))
        for article in gold
        for opinion in article.opinions
        if not opinion.optional
    ]


def polarity_lessons(data: Path, gold: Sequence[GoldArticle]) -> dict[tuple[str, str], list[Example]]:
    """Return what the small sentiment model learns beside the treebank, by source and licence."""
    own = [Example(row["text"], row["label"], weight=OWN) for row in polarity_sentences() if row["label"] != "mixed"]
    return {
        ("Review snippets with critics' verdicts, read by the network", "course data, research only"): list(read_by_network(data)),
        ("NewsMTSC, train", "permissive (repository licence)"): list(news(data)),
        ("corpus/polarity", "MIT"): own,
        ("corpus/annotated, train split, and corpus/judgements", "MIT"): list(gold_polarities(gold)),
    }  # fmt: skip


def gold_polarities(gold: Sequence[GoldArticle]) -> Iterator[Example]:
    """Turn annotated opinions into polarity examples; mixed ones teach no side."""
    for article in gold:
        for opinion in article.opinions:
            if not opinion.optional and opinion.polarity != "mixed":
                yield Example(opinion.anchor, opinion.polarity, weight=OWN)


def news(data: Path) -> Iterator[Example]:
    """Yield sentences of news with the feeling towards one of the persons named in them."""
    for row in read_rows(data / "newsmtsc_train_devmt.csv"):
        if row["split"] == "train":
            yield Example(row["text"], row["label"], weight=NEWS)


def read_by_network(data: Path) -> Iterator[Example]:
    """Yield snippets of reviews as the network reads them, each class by its probability (Hinton et al. 2015).

    The verdict is the whole review's, so it only weighs: the network tells which sentences say something else.
    """
    rows = [row for row in review_rows(data) if len(row["review"]) > SHORTEST]
    texts = [detokenize(row["review"]) for row in rows]
    for row, text, reading in zip(rows, texts, bundled_encoder().read_snippets(texts), strict=True):
        fresh = row["fresh"] == "fresh"
        negative, neutral, positive, mixed = reading.feeling
        odds = {
            "negative": (negative + mixed / 2) * (AGAINST if fresh else 1), "neutral": neutral,
            "positive": (positive + mixed / 2) * (1 if fresh else AGAINST),
        }  # fmt: skip
        total = sum(odds.values())
        for label, chance in odds.items():
            if chance > LEAST * total:
                yield Example(text, label, weight=chance / total)


if __name__ == "__main__":
    for name, metrics in build(Path(sys.argv[1])).items():
        sys.stdout.write(f"{name}: {metrics}\n")
