"""The commands of `pullquote`, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.cli import analyze, classify, evaluate, inspect, report, train

app = typer.Typer(
    name="pullquote", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Read review roundups: who said what about which part of the work, and how they felt.",
    epilog="Example: pullquote analyze corpus/demo -o out",
)  # fmt: skip


def _version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        typer.echo(f"pullquote {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Accept options before the command."""


for module in (analyze, classify, report, evaluate, train, inspect):
    module.register(app)


def main() -> None:
    """Run the command line; an interrupt ends with 130."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
