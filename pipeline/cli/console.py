"""Messages, tables and exit codes of the command line."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import typer

from pipeline.cli.interrupts import EXIT_INTERRUPTED, INTERRUPTED, raised
from pipeline.errors import CutWarning, PullquoteError, SettingsError

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
_KEYWORD = re.compile(r"`([a-z]+(?:_[a-z]+)*)`")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def path(name: str) -> Path:
    """Return the path that an option or argument names; an empty one, as an unset variable leaves, is not the current folder."""
    if not name:
        raise typer.BadParameter("the name is empty")
    return Path(name)


def visible(text: str, *, keep: str = "") -> str:
    """Return a text whose control characters, which a terminal would obey, are written out, but for those to keep."""
    return _CONTROL.sub(lambda match: match[0] if match[0] in keep else ascii(match[0])[1:-1], text)


def say(message: str, *, quiet: bool = False) -> None:
    """Print a message to stderr, in one line; nobody may be there to read it."""
    if not quiet:
        with suppress(OSError):
            typer.echo(visible(message), err=True)


def write_out(text: str) -> None:
    """Write to stdout as UTF-8, a closed pipe accepted; a terminal gets control characters written out."""
    shown = visible(text, keep="\n\t") if sys.stdout.isatty() else text
    try:
        sys.stdout.buffer.write(shown.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
    except OSError as error:
        say(f"pullquote: cannot write to standard output: {error.strerror or error}")
        raise typer.Exit(EXIT_SOME_FAILED) from error


def open_streams() -> None:
    """Give standard streams that are closed something to be: the next file that is opened would take their place.

    Messages go nowhere; what is written to stdout fails as on a full disk.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


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
    """Turn the library's errors, and files that an option names in vain, into one line and exit code 2.

    Its warnings are one line, an interrupt ends with 130.
    """
    try:
        with raised(), _clear_warnings():
            yield
    except PullquoteError as error:
        hint = f" ({as_options(error.hint)})" if error.hint else ""
        say(f"pullquote: {error}{hint}")
        raise typer.Exit(EXIT_USAGE) from error
    except OSError as error:
        where = f"{error.filename}: {error.strerror} (check the path and its permissions)"
        say(f"pullquote: {where if error.filename else error}")
        raise typer.Exit(EXIT_USAGE) from error
    except KeyboardInterrupt as error:
        say(INTERRUPTED)
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
