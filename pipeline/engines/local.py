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
from contextlib import contextmanager
from functools import cache
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from types import TracebackType
from typing import Any, Self

from pipeline.api import Analyzer, attempt
from pipeline.errors import SettingsError
from pipeline.schema import Analysis, Article, Failure
from pipeline.settings import Settings

Outcome = Analysis | Failure
ReadArticle = Callable[[Article, Settings], Outcome]
_BACKLOG = 8
"""Articles in flight for each worker."""
_TRIES = 2
"""How often an article that a worker died over is read by itself before it is given up."""
_STARTS = 5
"""How often a process is started for that, if it dies before it has the article."""
_HARMLESS = Article("harmless", "Variety praised the score.")
"""What such a process reads first, so that all that reading needs is loaded."""


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
        self._many = _Processes(number)
        self._single: _Processes | None = None

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes, on an error or interrupt at once; what has not begun is not read."""
        for pool in (self._many, self._single):
            if pool is not None:
                if kind is not None:
                    pool.kill()
                pool.shutdown(cancel_futures=True)

    def submit(self, article: Article) -> Future[Outcome]:
        """Hand an article to whichever process is free."""
        try:
            return self._many.submit(self._read, article, self._settings)
        except BrokenProcessPool:
            self._many = _Processes(self._number)
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
            process = self._ready()
            try:
                return process.submit(self._read, article, self._settings).result()
            except BrokenProcessPool:
                self._single = None
        return died(article)

    def _ready(self) -> _Processes:
        """Return a process that reads: what it dies of from now on is the article that it gets.

        Raises:
            SettingsError: Each one that was started died before it could read.
        """
        for _ in range(_STARTS):
            self._single = self._single or _Processes(1)
            try:
                self._single.submit(self._read, _HARMLESS, self._settings).result()
            except BrokenProcessPool:
                self._single = None
            else:
                return self._single
        raise SettingsError(
            "the processes that read die before they have an article", hint="there may be too little memory: use fewer"
        )


class _Processes(ProcessPoolExecutor):
    """Processes that share nothing with this one.

    Args:
        number: How many.
    """

    def __init__(self, number: int) -> None:
        self._spawn = _Spawn()
        super().__init__(number, mp_context=self._spawn, initializer=_begin)

    def kill(self) -> None:
        """End the processes, whatever they are at."""
        for process in self._spawn.started:
            if process.pid is not None:
                process.kill()


class _Spawn(SpawnContext):
    """Starts processes, and knows which."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[_Worker] = []

    def Process(self, *given: Any, **named: Any) -> _Worker:  # type: ignore[override]  # noqa: N802 - the name of its base
        """Make a process."""
        self.started.append(_Worker(*given, **named))
        return self.started[-1]


class _Worker(SpawnProcess):
    """A process that no interrupt reaches."""

    def start(self) -> None:
        """Start it."""
        with uninterrupted():
            super().start()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold interrupts back for a moment; processes and threads begun in it never get any, not even while they start."""
    with _later(), _blocked():
        yield


@contextmanager
def _later() -> Iterator[None]:
    """Let an interrupt that comes meanwhile, to whichever thread, come afterwards."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _blocked() -> Iterator[None]:
    """Keep interrupts from this thread, and from the processes and threads that it begins, for as long as they live."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # which lets interrupts through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
