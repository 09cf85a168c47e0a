"""Messages, tables and exit codes of the command line."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import typer

from pipeline.errors import CutWarning, PullquoteError, SettingsError

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
_KEYWORD = re.compile(r"`([a-z]+(?:_[a-z]+)*)`")


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


def as_options(hint: str) -> str:
    """Return a hint of the library, which names settings as Python does (```text_column```), with the names of options."""
    return _KEYWORD.sub(lambda match: f"--{match[1].replace('_', '-')}", hint)


def check_choice(what: str, value: str, known: Sequence[str]) -> None:
    """Refuse an option outside its list.

    Raises:
        SettingsError: The value is not known.
    """
    if value not in known:
        raise SettingsError(f"unknown {what} {value!r}", hint=f"use {', '.join(name for name in known if name)}")


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn the library's errors into one line and exit code 2, its warnings into one line, an interrupt into 130."""
    try:
        with _clear_warnings():
            yield
    except PullquoteError as error:
        hint = f" ({as_options(error.hint)})" if error.hint else ""
        say(f"pullquote: {error}{hint}")
        raise typer.Exit(EXIT_USAGE) from error
    except KeyboardInterrupt as error:
        say("pullquote: interrupted")
        raise typer.Exit(EXIT_INTERRUPTED) from error


@contextmanager
def _clear_warnings() -> Iterator[None]:
    """Turn the library's warnings into one line each."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", CutWarning)
        others = warnings.showwarning

        def show(
            message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
            line: str | None = None,
        ) -> None:  # fmt: skip
            if issubclass(category, CutWarning):
                say(f"pullquote: {message}")
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield
