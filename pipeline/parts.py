"""Write a long run in parts, each whole or not there at all, so that a run that was killed can be gone on with.

A part holds the tables of so many inputs in a row, as ``opinions/part-00000.csv`` and so on. Each table gets its name when it
is complete, `errors` last: a part whose `errors` is there is whole. `plan.json` says what the run reads and how; a folder is
gone on with only by the same plan.
"""

from __future__ import annotations

import csv
import hashlib
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from pipeline import frames
from pipeline.cells import unnested
from pipeline.errors import InputError, SettingsError
from pipeline.read import STDIN
from pipeline.resources import model_hashes, read_json, sha256
from pipeline.schema import Failure
from pipeline.settings import Settings
from pipeline.stored import read_csv, read_table
from pipeline.write import FORMATS as WHOLE_FORMATS
from pipeline.write import PLAN, RUN, clear_leftovers, make_folder, rewrite, versions, write_json, write_table

TABLES = ("opinions", "attributions", "sentences", "articles", "errors")
"""Tables of a part, in the order in which they are written."""
FORMATS = ("csv", "jsonl", "parquet")
_UNIQUE = frozenset({"opinion", "words"})
SIZE = 500
"""Inputs of a part, unless said otherwise."""
T = TypeVar("T")


def make_plan(
    files: Iterable[str], settings: Settings, reading: Mapping[str, str], *, size: int, output_format: str,
    raw_cells: bool = False, missing: Iterable[Failure] = (),
) -> dict[str, Any]:  # fmt: skip
    """Describe a run so that the same one is recognised.

    Args:
        files: What is read, in order.
        settings: What shapes the reading.
        reading: How inputs become articles.
        size: Inputs of a part.
        output_format: ``csv``, ``jsonl`` or ``parquet``.
        raw_cells: Whether cells that a spreadsheet takes for formulas are left as they are.
        missing: Failures that come before what the files hold: they shift the bounds of the parts.

    Raises:
        SettingsError: The format has no parts.
        InputError: A file is standard input, a pipe or a device, which cannot be read twice.
    """
    if output_format not in FORMATS:
        raise SettingsError(f"{output_format} has no parts", hint=f"use {', '.join(FORMATS)}")
    digest = hashlib.sha256()
    for name in files:
        if name == STDIN:
            raise InputError("standard input cannot be read in parts", hint="write it to a file first")
        digest.update(f"{name}\0{_digest(name)}\n".encode("utf-8", "surrogateescape"))
    for failure in missing:
        digest.update(f"{astuple(failure)}\n".encode("utf-8", "surrogateescape"))
    named = (settings.outlets, settings.taxonomy, settings.sentiment_model)
    return {
        "inputs": digest.hexdigest(),
        "settings": {**settings.as_dict(), **reading},
        "files": {name: found for name in named if name and (found := _digest(name))},
        "models": model_hashes(),
        "versions": versions(),
        "parts": {"size": size, "format": output_format, "raw_cells": raw_cells},
    }


def _digest(name: str) -> str:
    """Hash a file or a model folder; what cannot be read is nothing, and what is wrong with it is told in its turn."""
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise InputError(f"{name} is no file and cannot be read in parts", hint="write it to a file first")
        return sha256(path / "meta.json" if path.is_dir() else path)
    except OSError:
        return ""


def begin(folder: Path, plan: Mapping[str, Any], *, resume: bool) -> None:
    """Make a folder ready for a plan; what a killed run left in it under temporary names is removed.

    Args:
        folder: Made when missing.
        plan: From `make_plan`.
        resume: Go on with what is there.

    Raises:
        SettingsError: The folder holds parts of another run, or of this one and `resume` is False, or a run in one piece.
        OutputError: The folder cannot be written.
    """
    path = folder / PLAN
    if path.exists():
        before = read_json(path)
        other = [key for key in plan if before.get(key) != plan[key]]
        if other:
            raise SettingsError(
                f"{folder} holds parts of another run: other {' and '.join(other)}", hint="name another folder"
            )
        if not resume:
            raise SettingsError(f"{folder} holds parts of this run", hint="go on with `resume`, or name another folder")
        clear_leftovers(folder)
        return
    if _in_one_piece(folder):
        raise SettingsError(f"{folder} holds a run that is not in parts", hint="name another folder")
    make_folder(folder)
    clear_leftovers(folder)
    write_json(path, plan)


def _in_one_piece(folder: Path) -> bool:
    """Tell whether a folder holds a run, whole or cut short, whose tables are files."""
    tables = (f"{name}.{kind}" for name in TABLES for kind in WHOLE_FORMATS)
    return any((folder / name).exists() for name in (RUN, *tables))


@dataclass(frozen=True)
class Parts:
    """The parts in a folder.

    Attributes:
        folder: Where they are.
        output_format: Their ending.
        raw_cells: Whether cells that a spreadsheet takes for formulas are left as they are.
    """

    folder: Path
    output_format: str
    raw_cells: bool = False

    def path(self, table: str, number: int) -> Path:
        """Return where a part's table is."""
        return self.folder / table / f"part-{number:05d}.{self.output_format}"

    def done(self, number: int) -> bool:
        """Tell whether a part is whole."""
        return self.path(TABLES[-1], number).exists()

    def numbers(self) -> list[int]:
        """Return the numbers of the whole parts."""
        found = (self.folder / TABLES[-1]).glob(f"part-*.{self.output_format}")
        return sorted(int(path.stem.removeprefix("part-")) for path in found)

    def inputs(self, size: int, total: int | None) -> int:
        """Tell how many inputs the whole parts hold, without reading them.

        Args:
            size: Inputs of a part.
            total: How many inputs the run has, None when that is not known.
        """
        return sum(size if total is None else min(size, total - number * size) for number in self.numbers())

    def write(self, number: int, tables: Mapping[str, pd.DataFrame]) -> None:
        """Write a part.

        Raises:
            OutputError: It cannot be written; the part is not there then.
        """
        for name in TABLES:
            write_table(tables[name], self.path(name, number), raw_cells=self.raw_cells)

    def read(self, table: str, number: int) -> pd.DataFrame:
        """Read a part's table, typed as it was."""
        return read_table(self.path(table, number), table, self.output_format, raw_cells=self.raw_cells)

    def align(self) -> None:
        """Give the parts of `articles` the same columns: those passed through may differ from part to part.

        A column that a part lacks is empty in it. In Parquet a column has one type in all parts: whole numbers beside others
        are numbers, values that share no type are text.

        Raises:
            OutputError: A part cannot be written.
        """
        paths = [self.path("articles", number) for number in self.numbers()]
        if self.output_format == "parquet":
            _align_parquet(paths)
        elif self.output_format == "csv":
            _align_csv(paths)

    def totals(self) -> Totals:
        """Add the parts up."""
        opinions: list[pd.DataFrame] = []
        votes: list[pd.DataFrame] = []
        rows = dict.fromkeys(TABLES, 0)
        held = 0
        for number in self.numbers():
            part = {name: self.read(name, number) for name in TABLES}
            for name, table in part.items():
                rows[name] += len(table)
            held += int(part["articles"]["n_opinions"].sum())
            works = dict(zip(part["articles"]["article_id"], part["articles"]["work"], strict=True))
            opinions.append(_lean(part["opinions"][["source", "source_type", "aspect", "sentiment", "score"]]))
            votes.append(_lean(frames.votes(part["opinions"], works)))
        every = pd.concat(opinions, ignore_index=True) if opinions else frames.frame("opinions", [])
        voters = pd.concat(votes, ignore_index=True) if votes else frames.votes(every, {})
        tables = {"summary": frames.summary(every), "consensus": frames.tally(voters)}
        return Totals(tables, {**rows, **{name: len(table) for name, table in tables.items()}}, held)


def _align_parquet(paths: Sequence[Path]) -> None:
    """Rewrite the Parquet files whose columns are not those of all."""
    schemas = [parquet.read_schema(path).remove_metadata() for path in paths]
    types: dict[str, set[pa.DataType]] = {}
    for field in (field for schema in schemas for field in schema):
        types.setdefault(field.name, set()).add(field.type)
    whole = pa.schema([pa.field(name, _common(name, found, paths)) for name, found in types.items()])
    for path, schema in zip(paths, schemas, strict=True):
        if schema != whole:
            table = parquet.read_table(path)
            columns = [_fitted(table, field) for field in whole]
            rewrite(path, partial(parquet.write_table, pa.Table.from_arrays(columns, schema=whole)))


def _common(name: str, types: Collection[pa.DataType], paths: Sequence[Path]) -> pa.DataType:
    """Return the type that holds the values of a column in all parts as they are, text where nothing else does."""
    found = [kind for kind in types if not pa.types.is_null(kind)]
    if len(found) < 2:
        return found[0] if found else pa.string()
    try:
        fields = [pa.schema([(name, kind)]) for kind in found]
        kind = pa.unify_schemas(fields, promote_options="permissive").field(0).type
        for path in paths:
            if name in parquet.read_schema(path).names:
                parquet.read_table(path, columns=[name]).column(0).cast(kind)
    except pa.ArrowException:
        return pa.string()
    return kind


def _fitted(table: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    """Return a table's column as a type, empty where the table lacks it; what becomes text looks as in a CSV file."""
    if field.name not in table.column_names:
        return pa.nulls(len(table), field.type)
    column = table.column(field.name)
    if pa.types.is_string(field.type) and not (pa.types.is_string(column.type) or pa.types.is_null(column.type)):
        values = unnested(pd.Series(column.to_pylist(), dtype=object))
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return column.cast(field.type)


def _align_csv(paths: Sequence[Path]) -> None:
    """Rewrite the CSV files whose columns are not those of all."""
    headers = [_header(path) for path in paths]
    whole = list(dict.fromkeys(name for header in headers for name in header))
    for path, header in zip(paths, headers, strict=True):
        if header != whole:
            write_table(read_csv(path).reindex(columns=whole, fill_value=""), path, raw_cells=True)


def _header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines), [])


@dataclass(frozen=True)
class Totals:
    """What the parts of a run add up to: `summary` and `consensus`, the rows of every table, and the opinions."""

    tables: dict[str, pd.DataFrame]
    counts: dict[str, int]
    opinions: int


def _lean(table: pd.DataFrame) -> pd.DataFrame:
    """Let equal texts of a table be one text in memory, but for columns whose texts are all their own."""
    names = [str(name) for name in table if table[name].dtype == "str" and name not in _UNIQUE]
    texts = {name: table[name].astype(object).map(sys.intern) for name in names}
    return table.assign(**texts)


def read_undone(
    parts: Parts, items: Iterable[T], size: int, run: Callable[[Iterable[T]], Iterable[Any]]
) -> Iterator[tuple[int, list[Any]]]:
    """Read what no whole part holds yet.

    Args:
        parts: What is there.
        items: All inputs, in order.
        size: Inputs of a part.
        run: Gives an outcome for each item, in order.

    Returns:
        The number of each part and the outcomes of its items, as soon as they are there.
    """
    asked: list[tuple[int, int]] = []

    def undone() -> Iterator[T]:
        for number, chunk in enumerate(_batched(items, size)):
            if not parts.done(number):
                asked.append((number, len(chunk)))
                yield from chunk

    outcomes = iter(run(undone()))
    for first in outcomes:
        number, many = asked.pop(0)
        yield number, [first, *islice(outcomes, many - 1)]


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of one size, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
