"""Words a second against plain spaCy, from one run."""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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


def speed(source: Path, *, repeat: int = 1) -> dict[str, Any]:
    """Measure words a second of pullquote and of the whole small spaCy pipeline on the same texts.

    Args:
        source: A file or folder of articles.
        repeat: How often the articles are read.

    Returns:
        words, pullquote_wps, spacy_full_wps, ratio, peak_rss_mb, and `stages`: the share of time by stage, sum 1.

    Raises:
        InputError: There are no readable articles.
    """
    files, _ = list_inputs([str(source)], Reading())
    articles = [a for a in iter_articles(files, Reading()) if isinstance(a, Article)] * repeat
    if not articles:
        raise InputError(f"{source} has no readable articles", hint="give a folder of .txt, .md or .html files")
    count = sum(words(article.text) for article in articles)
    reader, nlp = Reader(Settings()), spacy_model()
    reader.read(articles[0])
    list(nlp.pipe([articles[0].text]))
    clock = StageClock()
    with clock.watching():
        ours = _timed(lambda: [reader.read(article) for article in articles])
    plain = _timed(lambda: list(nlp.pipe(article.text for article in articles)))
    return {
        "words": count, "pullquote_wps": round(count / ours, 1), "spacy_full_wps": round(count / plain, 1),
        "ratio": round(plain / ours, 3), "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "stages": clock.shares(ours),
    }  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


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
