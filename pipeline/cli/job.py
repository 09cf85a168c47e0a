"""What one call of `pullquote analyze` reads, how, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.api import Result
    from pipeline.cli.progress import Watch
    from pipeline.read import Reading
    from pipeline.schema import Analysis, Article, Failure
    from pipeline.settings import Settings

    Read = Callable[[Iterable[Article | Failure]], Iterator[Analysis | Failure]]


@dataclass(frozen=True)
class Job:
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


def make_job(
    inputs: list[str], settings: Settings, reading: tuple[str, str, str], output_dir: Path | None, output_format: str,
    *, raw_cells: bool, report: bool = False,
) -> Job:  # fmt: skip
    """List the inputs; what an earlier run wrote into a folder of inputs is none.

    Args:
        inputs: What the user named.
        settings: What shapes the reading.
        reading: Format, text column and id column, each empty unless forced.
        output_dir: Where the tables go; None: opinions to stdout.
        output_format: Format of the tables.
        raw_cells: Whether cells that a spreadsheet takes for formulas are left as they are.
        report: Whether a report is written too.

    Raises:
        SettingsError: The taxonomy is unknown, or the run would write over an input that no run wrote.
    """
    from pipeline.aspects import classifier_for
    from pipeline.read import Reading, list_inputs
    from pipeline.schema import Failure

    classifier_for(settings.taxonomy, "")
    how = Reading(*reading)
    files, missing = list_inputs(inputs, how)
    if output_dir is not None:
        listed, files = files, _unwritten(files, inputs, output_dir)
        if listed and not files and not missing:
            missing = [Failure(inputs[0], "read", "only what an earlier run wrote is there", "name the articles")]
        _spare(files, output_dir, output_format, report=report)
    return Job(files, missing, settings, how, output_dir, output_format, raw_cells)


def _unwritten(files: list[str], inputs: list[str], folder: Path) -> list[str]:
    """Leave out what an earlier run wrote into a folder, unless it is named by itself."""
    if not _holds_run(folder):
        return files
    here = folder.resolve()
    return [name for name in files if name in inputs or not _is_written(Path(name).resolve(), here)]


def _holds_run(folder: Path) -> bool:
    """Tell whether a folder holds a run, finished or in parts."""
    from pipeline.write import PLAN, RUN

    return any((folder / name).is_file() for name in (RUN, PLAN))


def _is_written(file: Path, folder: Path) -> bool:
    """Tell by its name whether a file is what a run writes into its folder: a table, a part of one, or the report."""
    from pipeline.schema import REPORT_COLUMNS
    from pipeline.write import FORMATS, REPORT, belongs

    further = file.name == REPORT or (file.stem in REPORT_COLUMNS and file.suffix.lstrip(".") in FORMATS)
    return belongs(file, folder) or (further and file.parent == folder)


def _spare(files: list[str], folder: Path, output_format: str, *, report: bool) -> None:
    """Refuse to write over an input, unless an earlier run wrote it."""
    from pipeline.schema import COLUMNS, REPORT_COLUMNS
    from pipeline.write import REPORT

    if _holds_run(folder):
        return
    names = [f"{name}.{output_format}" for name in (*COLUMNS, *(REPORT_COLUMNS if report else ()))]
    ours = {folder.resolve() / name for name in (*names, *([REPORT] if report else ()))}
    for name in files:
        if Path(name).resolve() in ours:
            raise SettingsError(f"the run would write over its input {name}", hint="name another folder with -o")


def make_engine(name: str, settings: Settings, workers: int, scheduler: str) -> Read:
    """Return what reads articles."""
    from pipeline.cli.interrupts import quiet_tracker
    from pipeline.engines import cluster, local

    if scheduler and name != "dask":
        raise SettingsError("--scheduler is for dask", hint="add --engine dask")
    if os.name == "posix" and (workers > 1 or name == "dask"):
        quiet_tracker()
    if name == "dask":
        return partial(cluster.run, settings=settings, workers=workers, scheduler=scheduler)
    return partial(local.run, settings=settings, workers=workers)


def gather(outcomes: Iterable[Analysis | Failure], settings: Settings) -> Result:
    """Put analyses and failures together."""
    from pipeline.api import Result
    from pipeline.schema import Failure

    listed = list(outcomes)
    failures = tuple(item for item in listed if isinstance(item, Failure))
    return Result(tuple(item for item in listed if not isinstance(item, Failure)), failures, settings)


def write_tables(job: Job, result: Result, seconds: float) -> None:
    """Write every table of a run."""
    from pipeline.write import write_tables as write

    write(
        result.tables(), job.folder, output_format=job.output_format, settings=job.settings,
        timings={"total": seconds}, raw_cells=job.raw_cells,
    )  # fmt: skip


@dataclass(frozen=True)
class Before:
    """How much of what a folder holds was there before a run went on with it."""

    articles: int = 0
    opinions: int = 0
    errors: int = 0


def write_parts(job: Job, read: Read, watch: Watch, size: int, *, resume: bool) -> Before:
    """Write the tables in parts as they come, then what adds them up; return what was there before."""
    from pipeline.parts import Parts, begin, make_plan, read_undone
    from pipeline.read import describing
    from pipeline.write import write_run, write_table

    plan = make_plan(
        [*job.files, *describing(job.files)],
        job.settings,
        asdict(job.reading),
        size=size,
        output_format=job.output_format,
        raw_cells=job.raw_cells,
        missing=job.missing,
    )
    begin(job.folder, plan, resume=resume)
    parts = Parts(job.folder, job.output_format, job.raw_cells)
    watch.go_on(parts.inputs(size, job.total))
    for number, outcomes in read_undone(parts, job.items(), size, lambda items: watch.over(read(items))):
        parts.write(number, gather(outcomes, job.settings).rows())
    parts.align()
    totals = parts.totals()
    for name, table in totals.tables.items():
        write_table(table, job.folder / f"{name}.{job.output_format}", raw_cells=job.raw_cells)
    write_run(
        job.folder, totals.counts, job.settings, {"total": watch.seconds}, output_format=job.output_format,
        raw_cells=job.raw_cells, parts=True,
    )  # fmt: skip
    return Before(
        totals.counts["articles"] - watch.articles,
        totals.opinions - watch.opinions,
        totals.counts["errors"] - len(watch.failures),
    )


def report_on(folder: Path, html: Path | None = None) -> Path:
    """Write the report of a finished run: the page, and into the run's folder its tables in the run's format; return the page.

    Raises:
        SettingsError: The page would take the place of a file of the run.
    """
    from pipeline.digest import digest
    from pipeline.report import article_texts, write_report
    from pipeline.stored import read_run, read_tables, run_format
    from pipeline.write import REPORT, belongs, write_table

    path = html or folder / REPORT
    if belongs(path, folder):
        raise SettingsError(f"{path} is a file of the run itself", hint="name another file with --html")
    tables, run = read_tables(folder), read_run(folder)
    way = run.get("read_from")
    found = article_texts(tables, folder / way if way else Path())
    texts = {key: text for key, (text, whole) in found.items() if whole}
    kind, raw = run_format(folder)
    further = digest(tables)
    write_report(tables, path, texts=texts, run=run)
    for name, table in further.items():
        write_table(table, folder / f"{name}.{kind}", raw_cells=raw)
    return path
