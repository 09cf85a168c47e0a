"""`pullquote analyze`: the main job."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, clear_errors, say, write_out
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.api import Result
    from pipeline.cli.progress import Watch
    from pipeline.read import Reading
    from pipeline.schema import Analysis, Article, Failure
    from pipeline.settings import Settings

    Read = Callable[[Iterable[Article | Failure]], Iterator[Analysis | Failure]]

_SHOWN = ("source", "aspect", "sentiment", "score", "text")
_FORMATS = ("text", "markdown", "html", "csv", "jsonl", "parquet")
_OUTPUTS = ("csv", "jsonl", "parquet", "xlsx")
_ENGINES = ("local", "dask")


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
    any_language: Annotated[bool, typer.Option("--any-language", help="Read texts as English whatever language they are in.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of dask's scheduler; without it one is started here.")] = "",
    parts: Annotated[bool, typer.Option("--parts", help="Write the tables in parts as they come, for long runs.")] = False,
    part_size: Annotated[int, typer.Option(min=1, help="Inputs of a part.")] = 500,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the parts that an earlier run left.")] = False,
    raw_cells: Annotated[bool, typer.Option("--raw-cells", help="No apostrophe before cells that a spreadsheet takes for formulas.")] = False,
    make_report: Annotated[bool, typer.Option("--report", help="Also write report.html.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file of publisher, work, taxonomy, outlets, sentiment-model, min-confidence, any-language.")] = None,
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
        _check("input format", input_format, ("", *_FORMATS))
        _check("output format", output_format, _OUTPUTS)
        _check("engine", engine, _ENGINES)
        settings = _settings(config, given)
        in_parts = parts or resume
        _check_output(output_dir, output_format, report=make_report, parts=in_parts)
        job = _job(
            inputs, settings, (input_format, text_column, id_column), output_dir, output_format, raw_cells=raw_cells
        )
        read = _engine(engine, settings, workers, scheduler)
        from pipeline.cli.progress import Watch

        with Watch(job.total, quiet=quiet, verbose=verbose) as watch:
            before = _write_parts(job, read, watch, part_size, resume=resume) if in_parts else _write(job, read, watch)
        if make_report:
            _report(job.folder)
    for failure in watch.failures:
        say(f"pullquote: {failure.input}: {failure.error} ({failure.hint})")
    where = f" -> {output_dir}" if output_dir else ""
    if watch.skipped:
        say(f"{watch.skipped} articles not read, not in English (--any-language reads them)", quiet=quiet)
    if watch.dropped:
        say(f"{watch.dropped} opinions dropped, less sure than {settings.min_confidence}", quiet=quiet)
    say(f"{watch.articles} articles, {watch.opinions} opinions, {len(watch.failures)} errors{where}", quiet=quiet)
    if before:
        say(f"{before} errors before, in parts that were there: see {job.folder / 'errors'}")
    if watch.failures or before:
        raise typer.Exit(EXIT_SOME_FAILED)


@dataclass(frozen=True)
class _Job:
    """What is read, how, and where it goes.

    Attributes:
        files: Files to read, in order.
        missing: Failures of inputs that name no file.
        settings: What shapes the reading.
        reading: How files become articles.
        output_dir: Where the tables go; None: opinions to stdout.
        output_format: Format of the tables.
        raw_cells: Whether cells that a spreadsheet takes for formulas are left as they are.
    """

    files: list[str]
    missing: list[Failure]
    settings: Settings
    reading: Reading
    output_dir: Path | None
    output_format: str
    raw_cells: bool

    @cached_property
    def folder(self) -> Path:
        """Where the tables go."""
        if self.output_dir is None:
            raise SettingsError("tables have nowhere to be written", hint="name a folder with -o")
        return self.output_dir

    @property
    def total(self) -> int | None:
        """How many articles and failures there are, None when tables hold who knows how many."""
        from pipeline.read import holds_many

        many = any(holds_many(name, self.reading) for name in self.files)
        return None if many else len(self.files) + len(self.missing)

    def items(self) -> Iterator[Article | Failure]:
        """Read the files one after the other."""
        from pipeline.read import iter_articles

        yield from self.missing
        yield from iter_articles(self.files, self.reading)


def _job(
    inputs: list[str], settings: Settings, reading: tuple[str, str, str], output_dir: Path | None, output_format: str,
    *, raw_cells: bool,
) -> _Job:  # fmt: skip
    """List the inputs; what an earlier run wrote into a folder of inputs is none."""
    from pipeline.aspects import classifier_for
    from pipeline.read import Reading, list_inputs

    classifier_for(settings.taxonomy, "")
    how = Reading(*reading)
    files, missing = list_inputs(inputs, how)
    if output_dir is not None:
        written = output_dir.resolve()
        files = [name for name in files if name in inputs or not Path(name).resolve().is_relative_to(written)]
    return _Job(files, missing, settings, how, output_dir, output_format, raw_cells)


def _engine(name: str, settings: Settings, workers: int, scheduler: str) -> Read:
    """Return what reads articles."""
    from pipeline.engines import cluster, local

    if scheduler and name != "dask":
        raise SettingsError("--scheduler is for dask", hint="add --engine dask")
    if name == "dask":
        return partial(cluster.run, settings=settings, workers=workers, scheduler=scheduler)
    return partial(local.run, settings=settings, workers=workers)


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse an option outside its list."""
    if value not in known:
        raise SettingsError(f"unknown {what} {value!r}", hint=f"use {', '.join(name for name in known if name)}")


def _check_output(folder: Path | None, output_format: str, *, report: bool, parts: bool) -> None:
    """Refuse, before anything is read, what could not be written afterwards."""
    if folder is None:
        of_files = output_format in ("parquet", "xlsx")
        for option, wanted in (("--report", report), ("--parts", parts), (output_format, of_files)):
            if wanted:
                raise SettingsError(f"{option} has nowhere to be written", hint="name a folder with -o")
        return
    from pipeline.parts import PLAN
    from pipeline.write import make_folder

    if not parts and (folder / PLAN).exists():
        raise SettingsError(f"{folder} holds the parts of a run", hint="go on with --resume, or name another folder")
    make_folder(folder)


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    """Join the configuration file and the options; an option given wins."""
    from pipeline.settings import make_settings, read_config

    values = read_config(config) if config else {}
    return make_settings({**values, **{key: value for key, value in given.items() if value is not None}})


def _result(outcomes: Iterable[Analysis | Failure], settings: Settings) -> Result:
    """Put analyses and failures together."""
    from pipeline.api import Result
    from pipeline.schema import Failure

    listed = list(outcomes)
    failures = tuple(item for item in listed if isinstance(item, Failure))
    return Result(tuple(item for item in listed if not isinstance(item, Failure)), failures, settings)


def _write(job: _Job, read: Read, watch: Watch) -> int:
    """Read everything, then write the tables, or the opinions to stdout; nothing was there before, so no errors were."""
    result = _result(watch.over(read(job.items())), job.settings)
    if job.output_dir is None:
        _print(result, job.output_format, raw_cells=job.raw_cells)
        return 0
    from pipeline.write import write_tables

    write_tables(
        result.tables(), job.folder, output_format=job.output_format, settings=job.settings,
        timings={"total": watch.seconds}, raw_cells=job.raw_cells,
    )  # fmt: skip
    return 0


def _write_parts(job: _Job, read: Read, watch: Watch, size: int, *, resume: bool) -> int:
    """Write the tables in parts as they come, then what adds them up; return how many errors were there before."""
    from dataclasses import asdict

    from pipeline.parts import Parts, begin, make_plan, read_undone
    from pipeline.write import write_run, write_table

    plan = make_plan(
        job.files,
        job.settings,
        asdict(job.reading),
        size=size,
        output_format=job.output_format,
        raw_cells=job.raw_cells,
    )
    begin(job.folder, plan, resume=resume)
    parts = Parts(job.folder, job.output_format, job.raw_cells)
    for number, outcomes in read_undone(parts, job.items(), size, lambda items: watch.over(read(items))):
        parts.write(number, _result(outcomes, job.settings).rows())
    totals = parts.totals()
    for name, table in totals.tables.items():
        write_table(table, job.folder / f"{name}.{job.output_format}", raw_cells=job.raw_cells)
    write_run(
        job.folder, totals.counts, job.settings, {"total": watch.seconds}, output_format=job.output_format,
        raw_cells=job.raw_cells,
    )  # fmt: skip
    return totals.counts["errors"] - len(watch.failures)


def _report(folder: Path) -> None:
    """Write the report of a finished run."""
    from pipeline.report import write_report
    from pipeline.stored import read_tables

    write_report(read_tables(folder), folder / "report.html")


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
        table.add_row(*[f"{cell:+.2f}" if isinstance(cell, float) else str(cell) for cell in row])
    Console(markup=False, emoji=False, highlight=False).print(table)
