"""Read articles on this machine, in this process or in several; a worker that dies loses nothing but what killed it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from pipeline.api import Analyzer, attempt
from pipeline.schema import Analysis, Article, Failure
from pipeline.settings import Settings

Outcome = Analysis | Failure
ReadArticle = Callable[[Article, Settings], Outcome]
_BACKLOG = 8
"""Articles in flight for each worker."""
_TRIES = 2
"""How often an article that a worker died over is read by itself before it is given up."""


@cache
def _analyzer(settings: Settings) -> Analyzer:
    """Load the analyzer once a process."""
    return Analyzer(settings)


def read_article(article: Article, settings: Settings) -> Outcome:
    """Read one article; what goes wrong with it stays with it.

    Raises:
        SettingsError: A setting cannot be used: no article could be read with it.
        DataError: A gazetteer or taxonomy is malformed.
        ModelError: A model is missing or damaged.
    """
    return attempt(_analyzer(settings).read, article)


def died(article: Article) -> Failure:
    """Return the failure of an article that kills whatever process reads it."""
    return Failure(
        article.path or article.id, "analyze", "the process that read it died, each time",
        "read it by itself to see why; it may need more memory than there is",
    )  # fmt: skip


def run(
    items: Iterable[Article | Failure], settings: Settings, *, workers: int = 1, read: ReadArticle = read_article
) -> Iterator[Outcome]:
    """Read articles in order.

    Args:
        items: Articles, and failures that pass through.
        settings: What shapes the reading.
        workers: Processes; 1 reads in this one.
        read: How one article is read, a function that another process can import.

    Returns:
        An analysis or failure for each item, in the order of the items whatever the number of workers. What was in flight
        when a worker died is read again, one article at a time, so that one that kills its process is found out.
    """
    if workers <= 1:
        for item in items:
            yield item if isinstance(item, Failure) else read(item, settings)
        return
    with _Workers(workers, settings, read) as pool:
        waiting: deque[tuple[Article, Future[Outcome]] | Failure] = deque()
        for item in items:
            waiting.append(item if isinstance(item, Failure) else (item, pool.submit(item)))
            if len(waiting) >= workers * _BACKLOG:
                yield pool.take(waiting.popleft())
        while waiting:
            yield pool.take(waiting.popleft())


class _Workers:
    """Processes that read articles, replaced when one of them dies.

    Args:
        number: How many.
        settings: What shapes the reading.
        read: How one article is read.
    """

    def __init__(self, number: int, settings: Settings, read: ReadArticle) -> None:
        self._number, self._settings, self._read = number, settings, read
        self._many = _processes(number)
        self._single: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; what has not begun is not read."""
        for pool in (self._many, self._single):
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def submit(self, article: Article) -> Future[Outcome]:
        """Hand an article to whichever process is free."""
        try:
            return self._many.submit(self._read, article, self._settings)
        except BrokenProcessPool:
            self._many = _processes(self._number)
            return self._many.submit(self._read, article, self._settings)

    def take(self, item: tuple[Article, Future[Outcome]] | Failure) -> Outcome:
        """Wait for an article's outcome."""
        if isinstance(item, Failure):
            return item
        article, future = item
        try:
            return future.result()
        except BrokenProcessPool:
            return self._alone(article)

    def _alone(self, article: Article) -> Outcome:
        """Read an article with nothing beside it, in a process of its own that goes on with the next if it lives."""
        for _ in range(_TRIES):
            self._single = self._single or _processes(1)
            try:
                return self._single.submit(self._read, article, self._settings).result()
            except BrokenProcessPool:
                self._single = None
        return died(article)


def _processes(number: int) -> ProcessPoolExecutor:
    """Start processes that share nothing with this one."""
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Leave interrupts to the process that started this one, and end when that one has died."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent.sentinel,), daemon=True).start()


def _outlive(sentinel: int) -> None:
    """Wait for the end of the process that started this one, then end too."""
    wait([sentinel])
    os._exit(1)
