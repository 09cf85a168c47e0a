"""The commands of `pullquote`, put together."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from pipeline import __version__
from pipeline.cli import analyze, classify, diff, evaluate, inspect, report, train
from pipeline.cli.console import EXIT_SOME_FAILED, open_streams, say, write_out

app = typer.Typer(
    name="pullquote", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Read review roundups: who said what about which part of the work, and how they felt.",
    epilog="Example: pullquote analyze corpus/demo -o out",
)  # fmt: skip


def _version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        write_out(f"pullquote {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Accept options before the command."""


for module in (analyze, classify, report, diff, evaluate, train, inspect):
    module.register(app)


def run() -> None:
    """Run the command line and end the process."""
    open_streams()
    try:
        app()
    except SystemExit as stop:
        _leave(stop.code)
    except OSError as error:  # from what typer prints itself
        say(f"pullquote: {error.strerror or error}")
        _leave(EXIT_SOME_FAILED)
    _leave(0)


def _leave(status: object) -> NoReturn:
    """End the process without taking a million objects apart one by one, which takes half a second."""
    if isinstance(status, str):
        sys.stderr.write(f"{status}\n")
    code = status if isinstance(status, int) else int(status is not None)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            pass  # nobody reads on, or the stream was closed when that was found
        except OSError:
            code = code or 1
    os._exit(code)
