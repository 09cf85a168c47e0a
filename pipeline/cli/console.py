"""Messages, tables and exit codes of the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.cli.interrupts import EXIT_INTERRUPTED, INTERRUPTED, raised
from pipeline.errors import PullquoteError

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2


def say(message: str, *, quiet: bool = False) -> None:
    """Print a message to stderr."""
    if not quiet:
        typer.echo(message, err=True)


def write_out(text: str) -> None:
    """Write to stdout as UTF-8, a closed pipe accepted."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn the library's errors into one line and exit code 2, an interrupt into 130."""
    try:
        with raised():
            yield
    except PullquoteError as error:
        hint = f" ({error.hint})" if error.hint else ""
        say(f"pullquote: {error}{hint}")
        raise typer.Exit(EXIT_USAGE) from error
    except KeyboardInterrupt as error:
        say(INTERRUPTED)
        raise typer.Exit(EXIT_INTERRUPTED) from error
