"""Rebuild every committed scikit-learn model: ``python -m pipeline.train.build DATA``.

DATA is the folder of outside sentiment data (see the model cards); the rest comes from `corpus/`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.aspects import read_taxonomy
from pipeline.clauses import split_clauses
from pipeline.gold import GoldArticle, read_gold, read_judgements
from pipeline.resources import locate
from pipeline.train.aspects import train_aspects
from pipeline.train.clauses import line_up
from pipeline.train.datasets import AspectExample, Example
from pipeline.train.holders import train_holders
from pipeline.train.opinions import train_opinions
from pipeline.train.sentiment import train_sentiment
from pipeline.train.subjectivity import train_subjectivity

REBUILD = "python -m pipeline.train.build DATA"


def build(data: Path) -> dict[str, dict[str, float]]:
    """Train every small model into `models/` and return their figures.

    Clauses are those that rules cut: where the network cuts articles that it was taught it is surer than on new ones.
    """
    gold = read_gold([locate("corpus/annotated")], split="train")
    judged = [*gold, *read_judgements(locate("corpus/judgements"))]
    models = locate("models")
    figures = {
        "sentiment": train_sentiment(data, models / "sentiment", extra=list(gold_polarities(judged))),
        "subjectivity": train_subjectivity(data, models / "subjectivity"),
        "aspects/film": train_aspects(
            locate("corpus/aspects/film"),
            models / "aspects" / "film",
            seeds=read_taxonomy("film").seeds,
            extra=list(gold_clauses(judged)),
            rebuild=REBUILD,
        ),
    }
    lined = line_up(gold, cut=split_clauses)
    figures["holders"] = train_holders(lined, models / "holders")
    figures["opinions"] = train_opinions(lined, models / "opinions")
    return figures


def gold_clauses(gold: Sequence[GoldArticle]) -> list[AspectExample]:
    """Turn annotated opinions into aspect examples."""
    return [
        AspectExample(opinion.anchor, tuple(sorted(opinion.aspects)))
        for article in gold
        for opinion in article.opinions
        if not opinion.optional
    ]


def gold_polarities(gold: Sequence[GoldArticle]) -> Iterator[Example]:
    """Turn annotated opinions into polarity examples; mixed ones teach no side."""
    for article in gold:
        for opinion in article.opinions:
            if not opinion.optional and opinion.polarity != "mixed":
                yield Example(opinion.anchor, opinion.polarity)


if __name__ == "__main__":
    for name, metrics in build(Path(sys.argv[1])).items():
        sys.stdout.write(f"{name}: {metrics}\n")
