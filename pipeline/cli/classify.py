"""`pullquote classify`: sentiment and aspects for a table of ready-made snippets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import clear_errors, path, say, write_out
from pipeline.counts import several


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pullquote classify snippets.csv -o scored.csv --text-column review")(classify)


def classify(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="A .csv, .jsonl or .parquet file, a snippet a row.", parser=path)
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; stdout otherwise.", parser=path)
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column that holds the snippet.")] = "",
    target_column: Annotated[str, typer.Option(help="Column that names what is judged.")] = "",
    taxonomy: Annotated[
        str, typer.Option(help="film, tv, game, book, music, theatre, restaurant, product, auto, or a taxonomy file.")
    ] = "film",
    sentiment_model: Annotated[
        str, typer.Option(help="auto, encoder, small, vader, or a model folder; all take about as long.")
    ] = "auto",
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave the sentiment of rows less sure than this empty.")
    ] = 0.0,
    raw_cells: Annotated[
        bool, typer.Option("--raw-cells", help="No apostrophe before cells that a spreadsheet takes for formulas.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No messages.")] = False,
) -> None:
    """Add sentiment, score, confidence, aspect and aspects to a table: a row in, a row out; a row without text gets empty cells."""
    with clear_errors():
        from pipeline.snippets import classify_table, read_snippets
        from pipeline.write import check_ending, csv_text, write_table

        if output is not None:
            check_ending(output)
        result = classify_table(
            read_snippets(table), text_column=text_column, target_column=target_column, taxonomy=taxonomy,
            sentiment_model=sentiment_model, min_confidence=min_confidence,
        )  # fmt: skip
        if output is None:
            write_out(csv_text(result, raw_cells=raw_cells))
        else:
            write_table(result, output, raw_cells=raw_cells)
            say(f"{several(len(result), 'row')} -> {output}", quiet=quiet)
