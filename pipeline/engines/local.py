"""Read articles on this machine, in this process or in several."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache

from pipeline.api import Analyzer
from pipeline.errors import DataError, ModelError, PullquoteError, SettingsError
from pipeline.schema import Analysis, Article, Failure
from pipeline.settings import Settings

_BACKLOG = 8
"""Articles in flight for each worker."""


@cache
def _analyzer(settings: Settings) -> Analyzer:
    """Load the analyzer once a process."""
    return Analyzer(settings)


def read_article(article: Article, settings: Settings) -> Analysis | Failure:
    """Read one article; what goes wrong with it stays with it.

    Raises:
        SettingsError: A setting cannot be used: no article could be read with it.
        DataError: A gazetteer or taxonomy is malformed.
        ModelError: A model is missing or damaged.
    """
    try:
        return _analyzer(settings).read(article)
    except (SettingsError, DataError, ModelError, MemoryError):
        raise
    except PullquoteError as error:
        return Failure(article.path or article.id, "analyze", str(error), error.hint)
    except Exception as error:  # noqa: BLE001 - a bug must not lose the other articles; it is named in `errors`
        return Failure(article.path or article.id, "analyze", f"{type(error).__name__}: {error}", "report this article")


def run(items: Iterable[Article | Failure], settings: Settings, *, workers: int = 1) -> Iterator[Analysis | Failure]:
    """Read articles in order.

    Args:
        items: Articles, and failures that pass through.
        settings: What shapes the reading.
        workers: Processes; 1 reads in this one.

    Returns:
        An analysis or failure for each item, in the order of the items whatever the number of workers.
    """
    if workers <= 1:
        for item in items:
            yield item if isinstance(item, Failure) else read_article(item, settings)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: deque[Future[Analysis | Failure] | Failure] = deque()
        for item in items:
            waiting.append(item if isinstance(item, Failure) else pool.submit(read_article, item, settings))
            if len(waiting) >= workers * _BACKLOG:
                yield _take(waiting.popleft())
        while waiting:
            yield _take(waiting.popleft())


def _take(item: Future[Analysis | Failure] | Failure) -> Analysis | Failure:
    """Wait for a result."""
    return item if isinstance(item, Failure) else item.result()
