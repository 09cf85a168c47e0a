"""`pullquote diff`: what changed between two finished runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.console import clear_errors, say, write_out
from pipeline.counts import several

if TYPE_CHECKING:
    import pandas as pd

EXIT_DIFFERENT = 1
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pullquote diff out-before out-after --summary")(diff)


def diff(
    before: Annotated[Path, typer.Argument(metavar="RUN1", help="What `analyze -o` wrote.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="RUN2", help="What another run wrote.", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Table to write (csv, jsonl, parquet, xlsx); without it stdout.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Count the differences.")] = False,
    tolerance: Annotated[float | None, typer.Option(min=0.0, help="Differences of numbers up to this are none; 0.005 otherwise.", show_default=False)] = None,
) -> None:  # fmt: skip
    """Show what changed between two runs; the exit status is 0 when nothing did, 1 when something did, 2 for trouble."""
    with clear_errors():
        from pipeline.diff import TOLERANCE, compare, counted
        from pipeline.write import check_ending, csv_text, write_table

        if output is not None:
            check_ending(output)
        found = compare(before, after, tolerance=TOLERANCE if tolerance is None else tolerance)
        shown = counted(found) if summary else found
        if output is not None:
            write_table(shown, output)
            say(f"{several(len(found), 'difference')} -> {output}")
        elif not sys.stdout.isatty():
            write_out(csv_text(shown))
        elif found.empty:
            say("no differences")
        elif summary:
            _print(shown)
        else:
            write_out("".join(f"{line}\n" for line in _lines(found)))
    if len(found):
        raise typer.Exit(EXIT_DIFFERENT)


def _lines(differences: pd.DataFrame) -> Iterator[str]:
    """Yield lines for a terminal: under the name of each table what changed, one line for each of its rows, and its words."""
    of_one = differences["aspect"].where(differences["table"] == "consensus", "")
    of_one = of_one.where(differences["table"] != "run", differences["column"])
    keys = [*(differences[name] for name in ("table", "change", "work", "article_id", "opinion_id", "text")), of_one]
    before = ""
    for _, rows in differences.groupby(keys, sort=False):
        first = rows.iloc[0]
        if first["table"] != before:
            yield from (["", first["table"]] if before else [first["table"]])
            before = first["table"]
        what = _what(rows)
        where = ", ".join(filter(None, (first["article_id"] or first["work"], first["source"], first["aspect"])))
        yield f"{_MARKS[first['change']]} {where}{': ' if where else ''}{what}"
        if first["text"]:
            yield f"    {' '.join(first['text'].split())}"


def _what(rows: pd.DataFrame) -> str:
    """Tell what changed in a row, or what the row added or removed says."""
    cells = zip(rows["column"], rows["before"], rows["after"], strict=True)
    if rows["change"].iloc[0] == "changed":
        return "; ".join(f"{name} {one or '–'} → {two or '–'}" for name, one, two in cells)
    return "; ".join(f"{name} {one or two}" for name, one, two in cells)


def _print(counts: pd.DataFrame) -> None:
    """Print a table of counts on a terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in counts.columns:
        table.add_column(name)
    for row in counts.itertuples(index=False):
        table.add_row(*map(str, row))
    Console(markup=False, emoji=False, highlight=False).print(table)
