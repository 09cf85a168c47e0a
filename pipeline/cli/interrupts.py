"""What an interrupt does: it ends at once, and where there is something to end in order, it is an exception first."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_INTERRUPTED = 130
INTERRUPTED = "pullquote: interrupted"
Handler = Callable[[int, FrameType | None], None]


def listen(handler: Handler) -> None:
    """Let interrupts do something else, unless whoever started the process wants them ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)


def end_at_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    """End the process as it stands."""
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(EXIT_INTERRUPTED)


def _once(number: int, frame: FrameType | None) -> None:
    """Raise, and end at once the next time."""
    signal.signal(signal.SIGINT, end_at_once)
    signal.default_int_handler(number, frame)


def quiet_tracker() -> None:
    """Start what removes the semaphores of a process that ended at once, and let it say nothing about them."""
    from multiprocessing import resource_tracker

    quiet = "ignore:resource_tracker"
    sys.warnoptions.append(quiet)  # it is started with the options of this process
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(quiet)


@contextmanager
def raised() -> Iterator[None]:
    """Let an interrupt of the command line be a `KeyboardInterrupt`."""
    ours = signal.getsignal(signal.SIGINT) is end_at_once
    if ours:
        signal.signal(signal.SIGINT, _once)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, end_at_once)
