"""`pullquote report`: reports from a finished run."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import clear_errors, say
from pipeline.cli.job import report_on


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pullquote report out --html out/report.html")(report)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `analyze -o` wrote.")],
    html: Annotated[Path | None, typer.Option("--html", help="File to write; DIR/report.html otherwise.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write an HTML report of a finished run, and into its folder the tables matrix, quotes, lean and audit."""
    with clear_errors():
        path = report_on(folder, html)
    say(f"report -> {path}")
    if open_it:
        webbrowser.open(path.resolve().as_uri())
