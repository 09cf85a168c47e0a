"""Read articles on a cluster of dask workers, by the same function as on this machine."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from pipeline.engines.local import Outcome, ReadArticle, died, read_article, uninterrupted
from pipeline.errors import PullquoteError, SettingsError
from pipeline.schema import Article, Failure
from pipeline.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, Future

_BACKLOG = 8
"""Articles in flight for each thread of the cluster."""
_HIDDEN = "127.0.0.1:0"
"""Where a cluster here serves its pages: to this machine alone, on a free port, so that two runs do not meet."""
_TIMEOUT = "20s"
"""How long a scheduler may take to answer."""
_LOOK, _DESERTED = 5.0, 300.0
"""Seconds after which one looks whether there are workers, and for which there may be none."""
_VERSION = "pipeline:__version__"
"""What workers are asked for, by a function of Python itself, which they have even where they lack all others."""
_NO_WORKERS = "start some: dask worker ADDRESS"
_KEPT = {"distributed.deploy.lost-worker-timeout": "1h"}
"""A cluster here gives a process up that died and takes longer than this to start again; by default 15 seconds."""


def run(
    items: Iterable[Article | Failure],
    settings: Settings,
    *,
    workers: int = 1,
    scheduler: str = "",
    read: ReadArticle = read_article,
) -> Iterator[Outcome]:
    """Read articles in order.

    Args:
        items: Articles, and failures that pass through.
        settings: What shapes the reading; files that it names must be where the workers are.
        workers: Processes to start here where no scheduler is named.
        scheduler: Address of a running scheduler, such as ``tcp://10.0.0.1:8786``, or empty.
        read: How one article is read.

    Returns:
        An analysis or failure for each item, in the order of the items. What a worker that died had in hand goes to another;
        an article over which several died is a failure.

    Raises:
        SettingsError: dask's `distributed` is not installed, no scheduler answers or it is lost, a worker has another pullquote
            or none, or the cluster has no workers any more.
    """
    try:
        from distributed import KilledWorker
    except ImportError as error:
        raise SettingsError(
            "the engine dask needs the package distributed", hint="pip install 'pullquote[distributed]'"
        ) from error
    with ExitStack() as stack:
        client = _client(stack, scheduler, workers)
        stack.enter_context(_in_touch(client))
        _greet(client)
        limit = _BACKLOG * max(1, sum(client.nthreads().values()))
        waiting: deque[tuple[Article, Any] | Failure] = deque()

        def take() -> Outcome:
            item = waiting.popleft()
            if isinstance(item, Failure):
                return item
            try:
                return _outcome(client, item[1])
            except KilledWorker:
                return died(item[0])

        for item in items:
            waiting.append(
                item if isinstance(item, Failure) else (item, client.submit(read, item, settings, pure=False))
            )
            if len(waiting) >= limit:
                yield take()
        while waiting:
            yield take()


def _outcome(client: Client, future: Future[Outcome]) -> Outcome:
    """Wait for an outcome while there are workers who can give it.

    Raises:
        SettingsError: There were none for a long time.
    """
    alone = 0.0
    while True:
        try:
            outcome: Outcome = future.result(timeout=_LOOK)
        except TimeoutError:
            if future.done():
                raise
            alone = 0.0 if client.nthreads() else alone + _LOOK
            if alone >= _DESERTED:
                raise SettingsError("the cluster has no workers", hint=_NO_WORKERS) from None
        else:
            return outcome


@contextmanager
def _in_touch(client: Client) -> Iterator[None]:
    """Say so where something went wrong because the scheduler was lost.

    Raises:
        SettingsError: It was.
    """
    from distributed.comm.core import CommClosedError

    try:
        yield
    except (Exception, CancelledError) as error:
        lost = isinstance(error, CommClosedError) or client.status != "running"
        if isinstance(error, PullquoteError) or not lost:
            raise
        raise SettingsError(
            "the connection to dask's scheduler was lost", hint="start it again; `resume` goes on with `parts`"
        ) from error


def _greet(client: Client) -> None:
    """Ask the workers, once there are some, whether they have this pullquote.

    Raises:
        SettingsError: One of them has not, or there are none for a long time.
    """
    try:
        client.wait_for_workers(1, timeout=_DESERTED)
    except TimeoutError:
        raise SettingsError("the cluster has no workers", hint=_NO_WORKERS) from None
    here = resolve_name(_VERSION)
    for worker, found in client.run(resolve_name, _VERSION, on_error="return").items():
        if found != here:
            what = f"pullquote {found}, here is {here}" if isinstance(found, str) else f"no pullquote: {found}"
            raise SettingsError(
                f"the worker at {worker} has {what}", hint="install the same pullquote where the workers are"
            )


def _client(stack: ExitStack, scheduler: str, workers: int) -> Client:
    """Connect to a scheduler, or start one here with processes of one thread each; `stack` ends what was begun."""
    import dask
    from distributed import Client, LocalCluster
    from distributed.utils import silence_logging_cmgr

    stack.enter_context(dask.config.set(_KEPT))
    stack.enter_context(silence_logging_cmgr("CRITICAL"))
    try:
        with uninterrupted():
            address = scheduler or stack.enter_context(
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=_HIDDEN, silence_logs="CRITICAL"
                )
            )
        client: Client = stack.enter_context(Client(address, timeout=_TIMEOUT, set_as_default=False))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"no scheduler answers at {scheduler!r}: {error}", hint="start one: dask scheduler"
        ) from error
    return client
