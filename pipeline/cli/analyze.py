"""`pullquote analyze`: the main job."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, clear_errors, say, write_out
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.api import Result
    from pipeline.schema import Analysis, Failure
    from pipeline.settings import Settings

_SHOWN = ("source", "aspect", "sentiment", "score", "text")
_FORMATS = ("text", "markdown", "html", "csv", "jsonl", "parquet")
_OUTPUTS = ("csv", "jsonl", "parquet", "xlsx")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: pullquote analyze reviews/ -o out --work "The Long Tide"')(analyze)


def analyze(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Files, folders, globs, or - for stdin.", show_default=False)],
    output_dir: Annotated[Path | None, typer.Option("-o", "--output-dir", help="Folder for the tables; without it opinions go to stdout.")] = None,
    output_format: Annotated[str, typer.Option(help="csv, jsonl, parquet or xlsx; the last two need -o.")] = "csv",
    input_format: Annotated[str, typer.Option(help="text, markdown, html, csv, jsonl or parquet; by ending otherwise.")] = "",
    text_column: Annotated[str, typer.Option(help="Column of a table that holds the text.")] = "",
    id_column: Annotated[str, typer.Option(help="Column of a table that holds the article id.")] = "",
    publisher: Annotated[str | None, typer.Option(help="Who publishes the articles.")] = None,
    work: Annotated[str | None, typer.Option(help="Title of the work they are about.")] = None,
    taxonomy: Annotated[str | None, typer.Option(help="film, tv, game, book, music, theatre, restaurant, product, auto, or a taxonomy file.")] = None,
    outlets: Annotated[str | None, typer.Option(help="Gazetteer file added to the bundled one.")] = None,
    sentiment_model: Annotated[str | None, typer.Option(help="auto, encoder, small, vader, or a model folder.")] = None,
    min_confidence: Annotated[float | None, typer.Option(help="Drop rows less sure than this, 0 to 1.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    engine: Annotated[str, typer.Option(help="local.")] = "local",
    make_report: Annotated[bool, typer.Option("--report", help="Also write report.html.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file of publisher, work, taxonomy, outlets, sentiment-model, min-confidence.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No messages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Name every article read.")] = False,
) -> None:  # fmt: skip
    """Read articles and write who said what, about which part of the work, and how they felt."""
    gc.disable()  # libraries and models make a million objects that stay; garbage counts from the first article on
    given = {
        "publisher": publisher, "work": work, "taxonomy": taxonomy, "outlets": outlets,
        "sentiment_model": sentiment_model, "min_confidence": min_confidence,
    }  # fmt: skip
    with clear_errors():
        _check("input format", input_format, ("", *_FORMATS))
        _check("output format", output_format, _OUTPUTS)
        _check("engine", engine, ("local",))
        settings = _settings(config, given)
        _check_output(output_dir, output_format, report=make_report)
        started = time.perf_counter()
        result = _run(
            inputs,
            settings,
            input_format,
            text_column,
            id_column,
            output_dir=output_dir,
            workers=workers,
            verbose=verbose,
        )
        seconds = time.perf_counter() - started
        if output_dir is None:
            _print(result, output_format)
        else:
            _write(result, output_dir, output_format, {"total": seconds}, report=make_report)
    for failure in result.failures:
        say(f"pullquote: {failure.input}: {failure.error} ({failure.hint})")
    where = f" -> {output_dir}" if output_dir else ""
    dropped = sum(analysis.dropped for analysis in result.analyses)
    if dropped:
        say(f"{dropped} opinions dropped, less sure than {settings.min_confidence}", quiet=quiet)
    say(
        f"{len(result.analyses)} articles, {_count(result)} opinions, {len(result.failures)} errors{where}", quiet=quiet
    )
    if result.failures:
        raise typer.Exit(EXIT_SOME_FAILED)


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse an option outside its list."""
    if value not in known:
        raise SettingsError(f"unknown {what} {value!r}", hint=f"use {', '.join(name for name in known if name)}")


def _check_output(folder: Path | None, output_format: str, *, report: bool) -> None:
    """Refuse, before anything is read, what could not be written afterwards."""
    if folder is None:
        for option, wanted in (("--report", report), (output_format, output_format in ("parquet", "xlsx"))):
            if wanted:
                raise SettingsError(f"{option} has nowhere to be written", hint="name a folder with -o")
        return
    from pipeline.write import make_folder

    make_folder(folder)


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    """Join the configuration file and the options; an option given wins."""
    from pipeline.settings import make_settings, read_config

    values = read_config(config) if config else {}
    return make_settings({**values, **{key: value for key, value in given.items() if value is not None}})


def _run(
    inputs: list[str],
    settings: Settings,
    input_format: str,
    text_column: str,
    id_column: str,
    *,
    output_dir: Path | None,
    workers: int,
    verbose: bool,
) -> Result:
    """Read every input and analyse it; what an earlier run wrote into a folder of inputs is none."""
    from pipeline.aspects import classifier_for
    from pipeline.engines import local
    from pipeline.read import Reading, iter_articles, list_inputs

    classifier_for(settings.taxonomy, "")
    reading = Reading(input_format, text_column, id_column)
    files, missing = list_inputs(inputs, reading)
    if output_dir is not None:
        written = output_dir.resolve()
        files = [name for name in files if name in inputs or not Path(name).resolve().is_relative_to(written)]
    return _collect(
        [*missing], local.run(iter_articles(files, reading), settings, workers=workers), settings, verbose=verbose
    )


def _collect(
    failures: list[Failure], results: Iterable[Analysis | Failure], settings: Settings, *, verbose: bool
) -> Result:
    """Gather analyses and failures."""
    from pipeline.api import Result
    from pipeline.schema import Analysis, Failure

    analyses: list[Analysis] = []
    for item in results:
        if isinstance(item, Analysis) and not gc.isenabled():
            gc.freeze()
            gc.enable()
        if isinstance(item, Failure):
            failures.append(item)
        else:
            analyses.append(item)
            say(f"{item.article.id}: {len(item.opinions)} opinions", quiet=not verbose)
    return Result(tuple(analyses), tuple(failures), settings)


def _count(result: Result) -> int:
    """Count opinions over all articles."""
    return sum(len(analysis.opinions) for analysis in result.analyses)


def _write(result: Result, folder: Path, output_format: str, timings: dict[str, float], *, report: bool) -> None:
    """Write the tables, and the report when asked."""
    from pipeline.write import write_tables

    write_tables(result.tables(), folder, output_format=output_format, settings=result.settings, timings=timings)
    if report:
        result.report(folder / "report.html")


def _print(result: Result, output_format: str) -> None:
    """Print opinions: a readable table on a terminal, CSV in a pipe, JSON Lines when asked for."""
    from pipeline.write import csv_text, json_text

    if output_format == "jsonl":
        write_out(json_text(result.opinions))
        return
    if not sys.stdout.isatty():
        write_out(csv_text(result.opinions))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in _SHOWN:
        table.add_column(name, overflow="fold", ratio=4 if name == "text" else None)
    for row in result.opinions[list(_SHOWN)].itertuples(index=False):
        table.add_row(*[f"{cell:+.2f}" if isinstance(cell, float) else str(cell) for cell in row])
    Console(markup=False, emoji=False, highlight=False).print(table)
