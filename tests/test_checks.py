"""Tables that people edited or disks damaged: the file, the row, the column and the value are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from samples import result

from pipeline.checks import NEEDED, WORDS
from pipeline.cli.job import report_on
from pipeline.diff import compare
from pipeline.errors import InputError
from pipeline.frames import DTYPES
from pipeline.schema import COLUMNS
from pipeline.stored import read_tables
from pipeline.write import FORMATS, write_table

FAULTS = [
    ("opinions", "sentiment", "Positive", "'Positive' is none of positive, negative, mixed, neutral"),
    ("opinions", "sentiment", "", "the cell is empty"),
    ("opinions", "source_type", "", "the cell is empty"),
    ("opinions", "source_type", "magazine", "'magazine' is none of outlet"),
    ("opinions", "score", "inf", "'inf' is no number from -1 to 1"),
    ("opinions", "score", "nan", "'nan' is no number"),
    ("opinions", "score", "1.01", "'1.01' is no number from -1 to 1"),
    ("opinions", "score", "high", "'high' is no number"),
    ("opinions", "score", "", "the cell is empty"),
    ("opinions", "start", "1.5", "'1.5' is no whole number from 0"),
    ("opinions", "start", "-1", "'-1' is no whole number"),
    ("opinions", "end", "", "the cell is empty"),
    ("opinions", "rating", "-4", "'-4' is no number from 0"),
    ("opinions", "quoted", "yes", "'yes' is neither True nor False"),
    ("opinions", "quoted", "1", "'1' is neither True nor False"),
    ("opinions", "article_id", "", "the cell is empty"),
    ("opinions", "aspect", "", "the cell is empty"),
    ("attributions", "kind", "spoken", "'spoken' is none of direct"),
    ("attributions", "cue_start", "x", "'x' is no whole number"),
    ("sentences", "kind", "Body", "'Body' is none of heading"),
    ("sentences", "start", "", "the cell is empty"),
    ("articles", "n_chars", "many", "'many' is no whole number"),
    ("summary", "n", "", "the cell is empty"),
    ("consensus", "n_sources", "", "the cell is empty"),
    ("consensus", "n_sources", "0", "'0' is no whole number from 1"),
    ("consensus", "wilson_low", "", "the cell is empty"),
    ("consensus", "consensus_score", "101", "'101' is no number from 0 to 100"),
]


def _edit(folder: Path, table: str, column: str, cell: Any, *, row: int = 0) -> None:
    """Change a cell of a CSV table, as a spreadsheet does."""
    path = folder / f"{table}.csv"
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells.loc[row, column] = cell
    cells.to_csv(path, index=False)


@pytest.mark.parametrize(("table", "column", "cell", "message"), FAULTS)
def test_a_cell_that_cannot_be_is_named(tmp_path: Path, table: str, column: str, cell: str, message: str) -> None:
    folder = result().write(tmp_path)
    row = 1 if table in {"opinions", "attributions", "sentences", "consensus"} else 0
    _edit(folder, table, column, cell, row=row)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for use in (read_tables, report_on, lambda run: compare(run, run)):
        with pytest.raises(InputError) as caught:
            use(folder)
        said = str(caught.value)
        assert f"{table}.csv: row {row + 2}, column {column!r}: {message}" in said
        assert caught.value.hint
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


GOOD = [
    ("opinions", "quoted", "TRUE", True), ("opinions", "quoted", "false", False), ("opinions", "quoted", "", None),
    ("opinions", "rating", "", None), ("opinions", "rating", "1", 1.0), ("opinions", "score", "-1", -1.0), ("opinions", "score", "1e-05", 1e-05),
    ("opinions", "sentiment", "neutral", "neutral"), ("opinions", "start", "3.0", 3), ("opinions", "section", "", ""),
    ("consensus", "divisiveness", "", None), ("attributions", "cue_start", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "cell", "expected"), GOOD)
def test_what_a_spreadsheet_writes_is_read(
    tmp_path: Path, table: str, column: str, cell: str, expected: object
) -> None:
    folder = result().write(tmp_path)
    _edit(folder, table, column, cell)
    value = read_tables(folder)[table][column].iloc[0]
    assert pd.isna(value) if expected is None else value == expected
    assert report_on(folder).is_file()
    assert compare(folder, folder).empty


@pytest.mark.parametrize(("kind", "row"), [("csv", 3), ("xlsx", 3), ("jsonl", 2), ("parquet", 2)])
def test_rows_are_counted_as_the_file_shows_them(tmp_path: Path, kind: str, row: int) -> None:
    folder = result().write(tmp_path, output_format=kind)
    table = read_tables(folder)["opinions"]
    table.loc[1, "sentiment"] = "good"
    write_table(table, folder / f"opinions.{kind}")
    with pytest.raises(InputError, match=rf"opinions\.{kind}: row {row}, column 'sentiment': 'good'"):
        read_tables(folder)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_column_that_is_missing_is_named(tmp_path: Path, kind: str) -> None:
    folder = result().write(tmp_path, output_format=kind)
    table = read_tables(folder)["sentences"]
    write_table(table.drop(columns="vader"), folder / f"sentences.{kind}")
    with pytest.raises(InputError, match=rf"sentences\.{kind}: no column 'vader'"):
        read_tables(folder)


RUNS: list[Callable[[dict[str, Any]], Any]] = [
    lambda run: {**run, "output_format": ["csv"]}, lambda run: {**run, "output_format": None}, lambda run: {**run, "settings": "x"},
    lambda run: {**run, "versions": [1]}, lambda run: {**run, "models": 1}, lambda run: {**run, "read_from": 3}, lambda run: [run],
]  # fmt: skip


@pytest.mark.parametrize("spoil", RUNS)
def test_a_spoilt_run_is_refused(tmp_path: Path, spoil: Callable[[dict[str, Any]], Any]) -> None:
    folder = result().write(tmp_path)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(spoil(run)), encoding="utf-8")
    for use in (report_on, lambda run: compare(run, run)):
        with pytest.raises(InputError, match=r"run\.json is damaged|no finished run"):
            use(folder)


def test_every_rule_is_of_a_column_that_there_is() -> None:
    for rules in (WORDS, NEEDED):
        for table, names in rules.items():
            assert set(names) <= set(COLUMNS[table])
    assert not {name for table in WORDS.values() for name in table} & set(DTYPES)
