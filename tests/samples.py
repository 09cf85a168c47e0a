"""Analyses built by hand, so that tests of tables need no model."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pipeline.api import Result
from pipeline.schema import (
    Analysis,
    Article,
    Aspect,
    Attribution,
    Content,
    Failure,
    Opinion,
    Sentence,
    Sentiment,
    Source,
    SourceType,
)
from pipeline.settings import Settings

OUTLET = {
    "id": "own", "name": "Gazeta Nova", "kind": "website", "country": "IE", "domain": None, "aliases": ["GzN"],
    "ambiguous": False, "provenance": "own",
}  # fmt: skip
"""A line of a user's gazetteer."""
TEXT = "The \U0001f3ad Acting\r\n\r\nVariety hails “a triumph, truly”\rand more.\n=1+1, writes <b>Ann</b> Lee.\n"
VARIETY = Source("Variety", "outlet", outlet="Variety")
ANN = Source("Ann Lee", "critic", speaker="Ann Lee")


def span(words: str, text: str = TEXT) -> tuple[int, int]:
    """Find words that occur once."""
    assert text.count(words) == 1
    return text.index(words), text.index(words) + len(words)


def opinion(
    words: str, source: Source, aspects: tuple[str, ...] = ("performance",), label: str = "positive", score: float = 0.5
) -> Opinion:
    """Make an opinion about words of `TEXT`."""
    start, end = span(words)
    return Opinion(
        start=start, end=end, section="The \U0001f3ad Acting", sentence=1 if source is VARIETY else 2, source=source,
        cue="hails", rule="verb", attribution_confidence=0.9, quoted=source is VARIETY,
        aspects=tuple(Aspect(name, 0.75) for name in aspects), sentiment=Sentiment(label, score, 0.8, 0.25),  # type: ignore[arg-type]
        rating=None if source is VARIETY else 0.8, confidence=0.8, number=1 if source is VARIETY else 2,
    )  # fmt: skip


def analysis(article: Article | None = None) -> Analysis:
    """Make an analysis of `TEXT`: three sentences, two attributions, two opinions, the first with two aspects."""
    sentences = (
        Sentence(*span("The \U0001f3ad Acting"), "heading", "The \U0001f3ad Acting", 0),
        Sentence(*span("Variety hails “a triumph, truly”\rand more."), "body", "The \U0001f3ad Acting", 1),
        Sentence(*span("=1+1, writes <b>Ann</b> Lee."), "body", "The \U0001f3ad Acting", 2),
    )
    quoted = Content(*span("a triumph, truly”\rand more"), span("Variety"), span("hails"), "verb", 0.9)
    bare = Content(*span("=1+1"), None, None, "carry_over", 0.123456)
    return Analysis(
        article or Article("one", TEXT, title="The \U0001f3ad Acting", work="001", path="one.txt"),
        sentences, (0.1, 0.9, 0.5), (0.0, 0.6, -0.2),
        (Attribution(quoted, VARIETY, "direct", 0.9), Attribution(bare, ANN, "indirect", 0.123456)),
        (opinion("a triumph, truly”\rand more", VARIETY, ("performance", "story")), opinion("=1+1", ANN, label="negative", score=-0.5)),
    )  # fmt: skip


def result(*extras: dict[str, object]) -> Result:
    """Make a result of an article for each mapping of passed-through columns, and one failure."""
    articles = [
        Article(f"{n:03}", TEXT, title='A "title", with\nlines', work="001", path=f"t.csv:{n}", extracted=True, extra=extra)
        for n, extra in enumerate(extras or ({},), start=1)
    ]  # fmt: skip
    failure = Failure("caf\udce9.txt", "read", "the file is empty", "give a file with text in it")
    return Result(tuple(analysis(article) for article in articles), (failure,))


def empty() -> Result:
    """Make a result without articles."""
    return Result(())


Vote = tuple[str, SourceType, str, str, float]
"""Source, its type, aspects joined by ``+``, label and score: an opinion."""


def votes(*rows: Vote, article: str = "a") -> list[dict[str, object]]:
    """Make rows of an opinions table."""
    return [
        {
            "article_id": article, "opinion_id": f"{article}:o{n}", "sentence_id": f"{article}:s1", "start": 0, "end": 1,
            "text": f"words {n} of {article}", "source": source, "source_type": kind, "aspect": aspect, "sentiment": label, "score": score,
        }
        for n, (source, kind, aspects, label, score) in enumerate(rows, start=1)
        for aspect in aspects.split("+")
    ]  # fmt: skip


def read_or_die(article: Article, settings: Settings) -> Analysis | Failure:
    """Read by hand; ``die`` kills the process each time, ``die once FILE`` only until the file is there."""
    if article.text.startswith("die"):
        once = Path(article.text.removeprefix("die once ")) if "once" in article.text else None
        if once is None or not once.exists():
            if once:
                once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return analysis(article)
