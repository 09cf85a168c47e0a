"""Count what a run has read, and show it on a terminal while it goes on."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline.cli.console import say
from pipeline.counts import several
from pipeline.schema import Analysis, Failure

if TYPE_CHECKING:
    from rich.progress import Progress


class Watch:
    """Counts outcomes.

    Args:
        total: How many there will be, None when that is not known.
        quiet: Show nothing; nothing is shown either where stderr is no terminal.
        verbose: Name every article.
    """

    def __init__(self, total: int | None, *, quiet: bool, verbose: bool) -> None:
        self._total, self._verbose = total, verbose
        self._bar: Progress | None = _bar() if sys.stderr.isatty() and not quiet else None
        self.articles = self.opinions = self.dropped = self.skipped = self.words = 0
        self.failures: list[Failure] = []

    def __enter__(self) -> Self:
        """Begin to show."""
        self._started = time.perf_counter()
        if self._bar:
            self._bar.start()
            self._bar.add_task("", total=self._total, speed=0, errors=several(0, "error"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show no more."""
        if self._bar:
            self._bar.stop()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self._started

    def go_on(self, done: int) -> None:
        """Show that so many were there before; how long the rest takes is reckoned from now on."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=done)

    def over(self, outcomes: Iterable[Analysis | Failure]) -> Iterator[Analysis | Failure]:
        """Pass outcomes on and count them."""
        for outcome in outcomes:
            if isinstance(outcome, Failure):
                self.failures.append(outcome)
            else:
                self._count(outcome)
            if self._bar:
                speed = round(self.words / max(0.001, self.seconds))
                self._bar.update(
                    self._bar.task_ids[0], advance=1, speed=speed, errors=several(len(self.failures), "error")
                )
            yield outcome

    def _count(self, analysis: Analysis) -> None:
        """Count an article; from the first one on, garbage is collected."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        self.articles += 1
        self.opinions += len(analysis.opinions)
        self.dropped += analysis.dropped
        self.skipped += bool(analysis.skipped)
        self.words += len(analysis.article.text.split()) if self._bar else 0
        say(f"{analysis.article.id}: {several(len(analysis.opinions), 'opinion')}", quiet=not self._verbose)


def _bar() -> Progress:
    """Make the line that is shown: articles, words a second, time left, errors."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn("articles  {task.fields[speed]} words/s "), TimeRemainingColumn(),
        TextColumn(" {task.fields[errors]}"), console=Console(stderr=True), transient=True,
    )  # fmt: skip
