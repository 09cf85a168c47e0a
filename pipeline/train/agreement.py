"""Measure how far two annotators agree: ``python -m pipeline.train.agreement [FIRST SECOND]``, folders of gold files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.evaluate import evaluate
from pipeline.gold import GoldArticle, GoldOpinion, read_gold
from pipeline.resources import locate
from pipeline.schema import Analysis, Article, Aspect, Opinion, Sentiment, Source


def agreement(first: Sequence[GoldArticle], second: Sequence[GoldArticle]) -> dict[str, float]:
    """Score the second annotation of each article against the first, as if a program had made it.

    Args:
        first: Annotated articles.
        second: The same articles, or some of them, as another annotator reads them.

    Returns:
        The figures of `evaluate`. What the second annotator calls optional counts as said.
    """
    known = {article.id: article for article in first}
    return evaluate([(known[a.id], _as_read(a)) for a in second if a.id in known]).figures()


def _as_read(gold: GoldArticle) -> Analysis:
    """Turn an annotated article into an analysis of it."""
    article = Article(gold.id, gold.text)
    return Analysis(article, (), (), (), (), tuple(map(_said, gold.opinions)))


def _said(gold: GoldOpinion) -> Opinion:
    """Turn an annotated opinion into a predicted one."""
    outlet = gold.source if gold.source_type == "outlet" else ""
    aspects = tuple(Aspect(name, 1.0) for name in sorted(gold.aspects))
    feeling = Sentiment(gold.polarity, 0.0, 1.0, 0.0)  # type: ignore[arg-type]
    return Opinion(
        start=gold.start, end=gold.end, section="", sentence=0,
        source=Source(gold.source, gold.source_type, outlet=outlet, speaker=gold.speaker),
        cue="", rule="author", attribution_confidence=1.0, quoted=False, aspects=aspects, sentiment=feeling,
    )  # fmt: skip


def main() -> None:
    """Print the figures of two folders, by default of the corpus and its second annotation."""
    folders = [Path(name) for name in sys.argv[1:3]] or [locate("corpus/annotated"), locate("corpus/second")]
    first, second = (read_gold([folder]) for folder in folders)
    for name, value in agreement(first, second).items():
        sys.stdout.write(f"{name:<24} {value:.3f}\n")


if __name__ == "__main__":
    main()
