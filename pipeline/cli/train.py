"""`pullquote train`: retrain a classifier on one's own data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import clear_errors, path, say, write_out


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Retrain a classifier, with metrics and a model card.",
        epilog="Example: pullquote train aspects my.csv -o my-taxonomy",
    )
    group.command(epilog="Example: pullquote train sentiment labelled.csv -o my-model")(sentiment)
    group.command(epilog="Example: pullquote train aspects my.csv -o my-taxonomy")(aspects)
    app.add_typer(group, name="train")


def sentiment(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="CSV of text,label (negative, neutral, positive), or a data folder.", parser=path
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output-dir", help="Model folder to write.", parser=path)],
) -> None:
    """Train the small polarity classifier."""
    with clear_errors():
        from pipeline.train.sentiment import train_sentiment

        metrics = train_sentiment(data, output)
    say(f"model -> {output}")
    write_out(json.dumps(metrics) + "\n")


def aspects(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="CSV of text,aspects (several joined by |), or JSON Lines.", parser=path),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output-dir",
            help="Model folder to write; a taxonomy file goes beside it, or is there and gives its seeds.",
            parser=path,
        ),
    ],
) -> None:
    """Train an aspect classifier and write the taxonomy file that uses it."""
    with clear_errors():
        from pipeline.train.aspects import own_seeds, train_aspects, write_taxonomy

        metrics = train_aspects(data, output, seeds=own_seeds(output))
        taxonomy = write_taxonomy(output)
    say(f"model -> {output}; use it with --taxonomy {taxonomy}")
    write_out(json.dumps(metrics) + "\n")
