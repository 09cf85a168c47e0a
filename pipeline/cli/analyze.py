"""`pullquote analyze`: the main job."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, as_options, check_choice, clear_errors, path, say, visible, write_out
from pipeline.cli.job import Before, gather, make_engine, make_job, report_on, write_parts, write_tables
from pipeline.counts import several
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.api import Result
    from pipeline.settings import Settings

_SHOWN = ("source", "aspect", "sentiment", "score", "text")
_FORMATS = ("text", "markdown", "html", "csv", "jsonl", "parquet")
_OUTPUTS = ("csv", "jsonl", "parquet", "xlsx")
_ENGINES = ("local", "dask")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: pullquote analyze reviews/ -o out --work "The Long Tide"')(analyze)


def analyze(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Files, folders, globs, or - for stdin.", show_default=False)],
    output_dir: Annotated[Path | None, typer.Option("-o", "--output-dir", help="Folder for the tables; without it opinions go to stdout.", parser=path)] = None,
    output_format: Annotated[str, typer.Option(help="csv, jsonl, parquet or xlsx; the last two need -o.")] = "csv",
    input_format: Annotated[str, typer.Option(help="text, markdown, html, csv, jsonl or parquet; by ending otherwise.")] = "",
    text_column: Annotated[str, typer.Option(help="Column of a table that holds the text.")] = "",
    id_column: Annotated[str, typer.Option(help="Column of a table that holds the article id.")] = "",
    publisher: Annotated[str | None, typer.Option(help="Who publishes the articles.")] = None,
    work: Annotated[str | None, typer.Option(help="Title of the work they are about; articles without one are summed up together.")] = None,
    taxonomy: Annotated[str | None, typer.Option(help="film, tv, game, book, music, theatre, restaurant, product, auto, or a taxonomy file.")] = None,
    outlets: Annotated[Path | None, typer.Option(help="Gazetteer file added to the bundled one.", parser=path)] = None,
    sentiment_model: Annotated[str | None, typer.Option(help="auto, encoder, small, vader, or a model folder; all take about as long.")] = None,
    min_confidence: Annotated[float | None, typer.Option(help="Drop rows less sure than this, 0 to 1.")] = None,
    any_language: Annotated[bool, typer.Option("--any-language", help="Read texts as English whatever language they are in.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of dask's scheduler; without it one is started here.")] = "",
    parts: Annotated[bool, typer.Option("--parts", help="Write the tables in parts as they come, for long runs.")] = False,
    part_size: Annotated[int, typer.Option(min=1, help="Inputs of a part.")] = 500,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the parts that an earlier run left.")] = False,
    raw_cells: Annotated[bool, typer.Option("--raw-cells", help="No apostrophe before cells that a spreadsheet takes for formulas.")] = False,
    make_report: Annotated[bool, typer.Option("--report", help="Also write report.html and the tables matrix, quotes, lean and audit.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file of publisher, work, taxonomy, outlets, sentiment-model, min-confidence, any-language.", parser=path)] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No messages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Name every article read.")] = False,
) -> None:  # fmt: skip
    """Read articles and write who said what, about which part of the work, and how they felt."""
    gc.disable()  # libraries and models make a million objects that stay; garbage counts from the first article on
    given = {
        "publisher": publisher, "work": work, "taxonomy": taxonomy, "outlets": outlets,
        "sentiment_model": sentiment_model, "min_confidence": min_confidence,
        "any_language": any_language or None,
    }  # fmt: skip
    with clear_errors():
        check_choice("input format", input_format, ("", *_FORMATS))
        check_choice("output format", output_format, _OUTPUTS)
        check_choice("engine", engine, _ENGINES)
        settings = _settings(config, given)
        in_parts = parts or resume
        _check_output(output_dir, output_format, report=make_report, parts=in_parts)
        job = make_job(
            inputs, settings, (input_format, text_column, id_column), output_dir, output_format, raw_cells=raw_cells,
            report=make_report,
        )  # fmt: skip
        read = make_engine(engine, settings, workers, scheduler)
        from pipeline.cli.progress import Watch

        before = Before()
        with Watch(job.total, quiet=quiet, verbose=verbose) as watch:
            if in_parts:
                before = write_parts(job, read, watch, part_size, resume=resume)
            else:
                result = gather(watch.over(read(job.items())), settings)
                if output_dir is None:
                    _print(result, output_format, raw_cells=raw_cells)
                else:
                    write_tables(job, result, watch.seconds)
        if make_report:
            report_on(job.folder)
    for failure in watch.failures:
        say(f"pullquote: {failure.input}: {failure.error} ({as_options(failure.hint)})")
    where = f" -> {output_dir}" if output_dir else ""
    if watch.skipped:
        say(f"{several(watch.skipped, 'article')} not read, not in English (--any-language reads them)", quiet=quiet)
    if watch.dropped:
        say(f"{several(watch.dropped, 'opinion')} dropped, less sure than {settings.min_confidence}", quiet=quiet)
    errors = len(watch.failures) + before.errors
    earlier = f" ({before.articles} of them there before)" if before.articles else ""
    articles, opinions = several(watch.articles + before.articles, "article"), watch.opinions + before.opinions
    say(f"{articles}{earlier}, {several(opinions, 'opinion')}, {several(errors, 'error')}{where}", quiet=quiet)
    if before.errors:
        say(f"{several(before.errors, 'error')} before, in parts that were there: see {job.folder / 'errors'}")
    if errors:
        raise typer.Exit(EXIT_SOME_FAILED)


def _check_output(folder: Path | None, output_format: str, *, report: bool, parts: bool) -> None:
    """Refuse, before anything is read, what could not be written afterwards."""
    if folder is None:
        of_files = output_format in ("parquet", "xlsx")
        for option, wanted in (("--report", report), ("--parts", parts), (output_format, of_files)):
            if wanted:
                raise SettingsError(f"{option} has nowhere to be written", hint="name a folder with -o")
        return
    from pipeline.write import PLAN, make_folder

    if not parts and (folder / PLAN).exists():
        raise SettingsError(f"{folder} holds the parts of a run", hint="go on with --resume, or name another folder")
    make_folder(folder)


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    """Join the configuration file and the options; an option given wins."""
    from pipeline.settings import make_settings, read_config

    values = read_config(config) if config else {}
    return make_settings({**values, **{key: value for key, value in given.items() if value is not None}})


def _print(result: Result, output_format: str, *, raw_cells: bool) -> None:
    """Print opinions: a readable table on a terminal, CSV in a pipe, JSON Lines when asked for."""
    from pipeline.write import csv_text, json_text

    if output_format == "jsonl":
        write_out(json_text(result.opinions))
        return
    if not sys.stdout.isatty():
        write_out(csv_text(result.opinions, raw_cells=raw_cells))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in _SHOWN:
        table.add_column(name, overflow="fold", ratio=4 if name == "text" else None)
    for row in result.opinions[list(_SHOWN)].itertuples(index=False):
        table.add_row(*[f"{cell:+.2f}" if isinstance(cell, float) else visible(str(cell), keep="\n") for cell in row])
    Console(markup=False, emoji=False, highlight=False).print(table)
