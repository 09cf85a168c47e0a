"""Words a second against plain spaCy, from one run."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from pipeline import aspects, opinions, sentiment
from pipeline.analyze import Reader
from pipeline.attribute import Attributor
from pipeline.encoder import Encoded, Encoder
from pipeline.errors import InputError
from pipeline.read import Reading, iter_articles, list_inputs
from pipeline.resources import spacy_model
from pipeline.schema import Article
from pipeline.segment import Segmenter, words
from pipeline.settings import Settings

_READ_BY_SPACY = 1000
_LEAST_WORDS = 25


def speed(source: Path, *, articles: int = 0) -> dict[str, Any]:
    """Measure words a second of pullquote and of the whole small spaCy pipeline on the same texts.

    Args:
        source: A file or folder of articles.
        articles: Read so many articles of one paragraph each, drawn from theirs (of which plain spaCy reads the first
            thousand); 0 reads the articles as they are. Paragraphs come again, so the small classifiers remember most clauses.

    Returns:
        articles, words, pullquote_wps, spacy_full_wps, ratio, peak_rss_mb (before plain spaCy is loaded; None where the system
        does not tell), and `stages`: the share of time by stage, sum 1.

    Raises:
        InputError: There are no readable articles.
    """
    files, _ = list_inputs([str(source)], Reading())
    found = [a for a in iter_articles(files, Reading()) if isinstance(a, Article)]
    if not found:
        raise InputError(f"{source} has no readable articles", hint="give a folder of .txt, .md or .html files")
    many = articles or len(found)
    given: Callable[[], Iterator[Article]] = partial(drawn, found, articles) if articles else partial(iter, found)
    reader, clock = Reader(Settings()), StageClock()
    reader.read(found[0])
    with clock.watching():
        count, ours = _timed(given(), lambda items: map(words, (reader.read(item).article.text for item in items)))
    peak = _peak_rss_mb()
    nlp = spacy_model()
    next(nlp.pipe([found[0].text]))
    plain_count, plain = _timed(
        islice(given(), _READ_BY_SPACY if articles else None),
        lambda items: (words(doc.text) for doc in nlp.pipe(item.text for item in items)),
    )
    wps, plain_wps = count / ours, plain_count / plain
    return {
        "articles": many, "words": count, "pullquote_wps": round(wps, 1), "spacy_full_wps": round(plain_wps, 1),
        "ratio": round(wps / plain_wps, 3), "peak_rss_mb": peak, "stages": clock.shares(ours),
    }  # fmt: skip


def drawn(articles: Sequence[Article], many: int) -> Iterator[Article]:
    """Yield articles of one paragraph, drawn from those of others by a fixed seed.

    Args:
        articles: At least one, with some text.
        many: How many to draw, of some sixty words each.
    """
    paragraphs = [line for article in articles for line in article.text.splitlines() if words(line) >= _LEAST_WORDS]
    whole, draw = paragraphs or [article.text for article in articles], Random(1)
    for number in range(1, many + 1):
        yield Article(f"article-{number}", draw.choice(whole))


def _peak_rss_mb() -> float | None:
    """Return the most memory that the process has had, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024**2 if sys.platform == "darwin" else 1024), 1)


def _timed(items: Iterator[Article], work: Callable[[Iterator[Article]], Iterable[int]]) -> tuple[int, float]:
    """Return the words that some work reads, and the seconds that it takes."""
    started = time.perf_counter()
    count = sum(work(items))
    return count, time.perf_counter() - started


class StageClock:
    """Adds up the time spent in each stage of a reader."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._within: list[float] = []  # of the stages now open, the seconds spent in stages that they called

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the stages while the context is open."""
        places: list[tuple[Any, str, str]] = [
            (Segmenter, "__call__", "segment"), (Attributor, "__call__", "attribute"), (opinions, "propose", "opinions"),
            (Encoder, "encode", "network"), (Encoded, "read", "network"), (Encoded, "joints", "network"),
            (Encoded, "speech", "network"), (Encoded, "linked", "network"),
            (sentiment, "score_spans", "sentiment"), (aspects.AspectClassifier, "__call__", "aspects"),
        ]  # fmt: skip
        kept = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
        for owner, name, stage in places:
            setattr(owner, name, self._wrap(getattr(owner, name), stage))
        try:
            yield
        finally:
            for owner, name, original in kept:
                setattr(owner, name, original)

    def _wrap(self, work: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """Time every call of a function, less the stages that it calls itself."""

        def timed(*args: Any, **keywords: Any) -> Any:
            self._within.append(0.0)
            started = time.perf_counter()
            try:
                return work(*args, **keywords)
            finally:
                spent = time.perf_counter() - started
                self._seconds[stage] += spent - self._within.pop()
                if self._within:
                    self._within[-1] += spent

        return timed

    def shares(self, total: float) -> dict[str, float]:
        """Return each stage's share of the total; what is not in a stage is ``other``."""
        shares = {stage: round(seconds / total, 3) for stage, seconds in sorted(self._seconds.items())}
        return {**shares, "other": round(max(0.0, 1 - sum(shares.values())), 3)}
