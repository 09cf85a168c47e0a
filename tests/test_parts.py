"""Long runs in parts: the same rows as at once, gone on with after a kill, never mixed with another run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import psutil
import pytest
from samples import analysis

from pipeline import write
from pipeline.api import Result
from pipeline.cli.job import make_job, write_parts
from pipeline.cli.progress import Watch
from pipeline.errors import InputError, OutputError, SettingsError
from pipeline.parts import PLAN, TABLES, Parts, begin, make_plan, read_undone
from pipeline.schema import Analysis, Article, Failure
from pipeline.settings import Settings
from pipeline.stored import read_tables
from pipeline.write import write_run, write_tables

DEMO = Path(__file__).parent.parent / "corpus" / "demo"
BROKEN = Failure("x.txt", "read", "the file is empty", "give a file with text in it")
ITEMS: list[Article | Failure] = [Article(f"a{n}", "x", work=f"Work {n % 2}") for n in range(7)]
ITEMS.insert(3, BROKEN)


def _read(items: Iterable[Article | Failure]) -> Iterator[Analysis | Failure]:
    for item in items:
        yield item if isinstance(item, Failure) else analysis(item)


def _run(folder: Path, kind: str = "csv", *, size: int = 3, items: list[Article | Failure] = ITEMS) -> list[int]:
    """Write what is not there yet and tell the numbers of its parts."""
    parts = Parts(folder, kind)
    numbers = []
    for number, outcomes in read_undone(parts, items, size, _read):
        parts.write(number, _result(outcomes).rows())
        numbers.append(number)
    parts.align()
    totals = parts.totals()
    for name, table in totals.tables.items():
        write.write_table(table, folder / f"{name}.{kind}")
    write_run(folder, totals.counts, Settings(), {}, output_format=kind, parts=True)
    return numbers


def _result(outcomes: Iterable[Analysis | Failure]) -> Result:
    listed = list(outcomes)
    failed = tuple(o for o in listed if isinstance(o, Failure))
    return Result(tuple(o for o in listed if isinstance(o, Analysis)), failed)


def _bytes(folder: Path) -> dict[str, bytes]:
    """Return every file but those that tell times."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_parts_hold_what_a_run_at_once_holds(tmp_path: Path, kind: str, size: int) -> None:
    numbers = _run(tmp_path / "parts", kind, size=size)
    assert numbers == list(range(-(-len(ITEMS) // size)))
    write_tables(_result(_read(ITEMS)).tables(), tmp_path / "once", output_format=kind, settings=Settings())
    for name, table in read_tables(tmp_path / "once").items():
        pd.testing.assert_frame_equal(read_tables(tmp_path / "parts")[name], table)
    for name in ("summary", "consensus"):
        file = f"{name}.{kind}"
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "once" / file).read_bytes()
    counts = [json.loads((tmp_path / where / "run.json").read_text())["counts"] for where in ("parts", "once")]
    assert counts[0] == counts[1]


RAGGED: list[Article | Failure] = [
    Article("a0", "x", extra={"year": 1999, "note": "=good"}), Article("a1", "x", extra={"year": 2001.5}),
    BROKEN,
    Article("a3", "x", extra={"critic": None, "year": 7}), Article("a4", "x", extra={"mark": "A-"}), Article("a5", "x", extra={"mark": 4}),
]  # fmt: skip


def test_parts_of_other_columns_are_one_table_to_whoever_reads_them(tmp_path: Path) -> None:
    _run(tmp_path, "parquet", size=1, items=RAGGED)
    years = [1999.0, 2001.5, 7.0, None, None]
    for name in TABLES:
        one = pl.read_parquet(f"{tmp_path}/{name}/*.parquet")
        other = duckdb.read_parquet(f"{tmp_path}/{name}/*.parquet").df()
        assert len(one) == len(other) == len(read_tables(tmp_path)[name])
        assert list(one.columns) == list(other.columns)
    articles = pl.read_parquet(f"{tmp_path}/articles/*.parquet")
    assert articles["year"].to_list() == years
    assert articles["mark"].to_list() == [None, None, None, "A-", "4"]
    assert articles["critic"].to_list() == [None] * 5


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (2**60 + 1, 1.5, [str(2**60 + 1), "1.5"]),  # no float holds it
        (2**63 + 5, -1, [str(2**63 + 5), "-1"]),
        (7, 1.5, [7.0, 1.5]),
        (["x"], "y", ['["x"]', "y"]),
        (None, None, [None, None]),
        (True, "no", ["True", "no"]),
    ],
)
def test_values_of_parts_that_share_no_type_become_text(
    tmp_path: Path, first: object, second: object, expected: list[object]
) -> None:
    items: list[Article | Failure] = [
        Article("a0", "x", extra={"v": first}),
        Article("a1", "x", extra={"v": second}),
        Article("a2", "x"),
    ]
    _run(tmp_path, "parquet", size=1, items=items)
    table = pl.read_parquet(f"{tmp_path}/articles/*.parquet")
    assert table["v"].to_list() == [*expected, None]
    before = _bytes(tmp_path)
    _run(tmp_path, "parquet", size=1, items=items)
    assert _bytes(tmp_path) == before


def test_csv_parts_of_other_columns_can_be_put_behind_one_another(tmp_path: Path) -> None:
    _run(tmp_path, "csv", size=1, items=RAGGED)
    headers = {path.read_text(encoding="utf-8").split("\n")[0] for path in (tmp_path / "articles").iterdir()}
    assert len(headers) == 1
    assert headers.pop().endswith("sha256,text,year,note,critic,mark")
    assert read_tables(tmp_path)["articles"]["note"].tolist() == ["=good", "", "", "", ""]
    before = _bytes(tmp_path)
    Parts(tmp_path, "csv").align()
    assert _bytes(tmp_path) == before


def test_names_of_columns_stay_as_they_are_in_csv_parts(tmp_path: Path) -> None:
    names = ["", "Unnamed: 14", "_x000D_", "=1", "a,b", 'a "b"', "a\nb", "1"]
    items: list[Article | Failure] = [Article(f"a{n}", "x", extra={name: "v"}) for n, name in enumerate(names)]
    _run(tmp_path, "csv", size=1, items=items)
    table = read_tables(tmp_path)["articles"]
    assert list(table.columns)[-len(names) :] == names
    assert [table[name].tolist().index("v") for name in names] == list(range(len(names)))


@pytest.mark.parametrize("written", range(len(TABLES) + 1))
def test_a_part_that_is_not_whole_is_read_again(tmp_path: Path, written: int) -> None:
    _run(tmp_path / "whole")
    _run(tmp_path / "killed")
    for name in TABLES[written:]:
        Parts(tmp_path / "killed", "csv").path(name, 1).unlink()
    assert _run(tmp_path / "killed") == ([] if written == len(TABLES) else [1])
    assert _bytes(tmp_path / "killed") == _bytes(tmp_path / "whole")


@pytest.mark.parametrize(
    ("whole", "total", "expected"),
    [((), 8, 0), ((0, 1), 8, 6), ((0, 2), 8, 5), ((0, 1, 2), 8, 8), ((0, 2), None, 6), ((0, 1), 6, 6)],
)
def test_what_the_whole_parts_hold_is_known_at_once(
    tmp_path: Path, whole: tuple[int, ...], total: int | None, expected: int
) -> None:
    parts = Parts(tmp_path, "csv")
    for number in whole:
        parts.write(number, _result([]).rows())
    assert parts.inputs(3, total) == expected


def test_opinions_of_all_parts_are_counted_once_whatever_their_aspects(tmp_path: Path) -> None:
    _run(tmp_path)
    totals = Parts(tmp_path, "csv").totals()
    assert totals.opinions == read_tables(tmp_path)["opinions"]["opinion_id"].nunique() < totals.counts["opinions"]


def _plan(**changed: Any) -> dict[str, Any]:
    given = {"settings": Settings(), "reading": {"text_column": ""}, "size": 3, "output_format": "csv", **changed}
    return make_plan(given.pop("files", [str(DEMO / "tin-cartographer.txt")]), **given)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"files": [str(DEMO / "paper-weather.txt")]}, "other inputs"),
        ({"missing": [BROKEN]}, "other inputs"),
        ({"settings": Settings(taxonomy="tv")}, "other settings"),
        ({"reading": {"text_column": "review"}}, "other settings"),
        ({"size": 4}, "other parts"),
        ({"output_format": "jsonl"}, "other parts"),
    ],
)
def test_the_parts_of_another_run_are_refused(tmp_path: Path, changed: dict[str, Any], named: str) -> None:
    begin(tmp_path, _plan(), resume=False)
    begin(tmp_path, _plan(), resume=True)
    with pytest.raises(SettingsError, match=named):
        begin(tmp_path, _plan(**changed), resume=True)


@pytest.mark.parametrize("changed", ["settings", "models", "versions", "files"])
def test_whatever_shapes_a_run_is_in_its_plan(tmp_path: Path, changed: str) -> None:
    begin(tmp_path, {**_plan(), changed: {"other": 1}}, resume=False)
    with pytest.raises(SettingsError, match=f"other {changed}"):
        begin(tmp_path, _plan(), resume=True)


def test_a_changed_file_of_the_same_name_is_another_input(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.")
    before = _plan(files=[str(tmp_path / "a.txt")])
    (tmp_path / "a.txt").write_text("Two.")
    assert _plan(files=[str(tmp_path / "a.txt")])["inputs"] != before["inputs"]


def _begun(folder: Path, *inputs: Path | str, resume: bool) -> list[str]:
    """Write some inputs in parts of two, read by hand, and return the ids of the articles."""
    job = make_job(list(map(str, inputs)), Settings(), ("", "", ""), folder, "csv", raw_cells=False)
    with Watch(None, quiet=True, verbose=False) as watch:
        write_parts(job, _read, watch, 2, resume=resume)
    return [str(key) for key in read_tables(folder)["articles"]["article_id"]]


def _forget(folder: Path, number: int) -> None:
    """Take a whole part away, as if the run had been killed before it."""
    for name in TABLES:
        Parts(folder, "csv").path(name, number).unlink()


def _one_that_is_not_there(folder: Path) -> tuple[list[Path], list[Path]]:
    return [folder / "nofile.txt", folder / "in"], [folder / "in"]


def _one_that_came(folder: Path) -> tuple[list[Path], list[Path]]:
    (folder / "in" / "metadata.csv").write_text("file_name,work\nz.pdf,W\na.txt,W\n")
    return [folder / "in"], [folder / "in", folder / "in" / "z.pdf"]


@pytest.mark.parametrize("made", [_one_that_is_not_there, _one_that_came])
def test_failures_before_the_articles_are_inputs_too(
    tmp_path: Path, made: Callable[[Path], tuple[list[Path], list[Path]]]
) -> None:
    (tmp_path / "in").mkdir()
    for name in "abcde":
        (tmp_path / "in" / f"{name}.txt").write_text("The acting is superb.")
    first, second = made(tmp_path)
    assert _begun(tmp_path / "out", *first, resume=False) == list("abcde")
    _forget(tmp_path / "out", 1)
    (tmp_path / "in" / "z.pdf").touch()
    with pytest.raises(SettingsError, match="other inputs"):
        _begun(tmp_path / "out", *second, resume=True)
    (tmp_path / "in" / "z.pdf").unlink()
    assert _begun(tmp_path / "out", *first, resume=True) == list("abcde")


def _left(folder: Path, *names: str) -> list[Path]:
    """Leave whole files in a folder under the names that they have while they are written."""
    paths = [write._temporary(folder / name) for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("article_id\na1\n")
    return paths


OURS = (
    "plan.json", "run.json", "summary.csv", "matrix.parquet", "report.html", "attributions/part-00001.parquet", "errors/part-100000.csv",
    "articles/part-00000.jsonl", "opinions.xlsx",
)  # fmt: skip
THEIRS = ("notes.csv", "opinions/notes.csv", "other/part-00001.csv")


@pytest.mark.parametrize("kind", ["parts", "resumed", "plain"])
def test_what_a_killed_run_left_half_done_goes(tmp_path: Path, kind: str) -> None:
    if kind == "resumed":
        begin(tmp_path, _plan(), resume=False)
    ours, theirs = _left(tmp_path, *OURS), _left(tmp_path, *THEIRS)
    theirs += [tmp_path / ".opinions.csv.swp", tmp_path / ".opinions.csv.tmp"]
    for path in theirs:
        path.touch()
    if kind == "plain":
        write_tables(_result(_read(ITEMS)).tables(), tmp_path, output_format="csv", settings=Settings())
    else:
        begin(tmp_path, _plan(), resume=kind == "resumed")
    assert [path for path in ours if path.exists()] == []
    assert [path for path in theirs if not path.exists()] == []


def test_parts_are_not_begun_twice(tmp_path: Path) -> None:
    begin(tmp_path, _plan(), resume=False)
    with pytest.raises(SettingsError, match="parts of this run"):
        begin(tmp_path, _plan(), resume=False)


@pytest.mark.parametrize("kind", write.FORMATS)
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("left", ["all", "a run cut short"])
def test_parts_are_not_begun_beside_a_run_in_one_piece(tmp_path: Path, kind: str, left: str, *, resume: bool) -> None:
    _result(_read(ITEMS)).write(tmp_path, output_format=kind)
    if left != "all":
        (tmp_path / "run.json").unlink()
    before = _bytes(tmp_path)
    with pytest.raises(SettingsError, match="not in parts") as caught:
        begin(tmp_path, _plan(), resume=resume)
    assert caught.value.hint
    assert _bytes(tmp_path) == before


def test_a_run_in_one_piece_is_not_written_beside_parts(tmp_path: Path) -> None:
    begin(tmp_path, _plan(), resume=False)
    with pytest.raises(OutputError, match="holds the parts"):
        _result(_read(ITEMS)).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [PLAN]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_the_tables_of_a_run_are_those_that_it_says_it_has(tmp_path: Path, kind: str) -> None:
    _run(tmp_path, kind)
    expected = read_tables(tmp_path)["opinions"]
    stray = [Article("stray", "x")]
    _result(_read(stray)).opinions.iloc[:1].pipe(write.write_table, tmp_path / f"opinions.{kind}")
    pd.testing.assert_frame_equal(read_tables(tmp_path)["opinions"], expected)


def test_what_has_no_parts() -> None:
    with pytest.raises(SettingsError, match="xlsx has no parts"):
        _plan(output_format="xlsx")
    with pytest.raises(InputError, match="standard input"):
        _plan(files=["-"])


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(table: pd.DataFrame, path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    parts = Parts(tmp_path, "csv")
    with monkeypatch.context() as patched:
        patched.setitem(write._WRITERS, "csv", full)
        with pytest.raises(OutputError, match="No space left"):
            parts.write(0, _result(_read(ITEMS)).rows())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not parts.done(0)


def _analyze(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "analyze", str(DEMO), "--part-size", "2"]
    command += map(str, arguments)
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _parts_there(folder: Path, number: int, run: subprocess.Popen[str]) -> None:
    """Wait until a run has written some parts."""
    for _ in range(600):
        if len(Parts(folder, "csv").numbers()) >= number or run.poll() is not None:
            return
        time.sleep(0.05)
    pytest.fail("no part came")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    with _analyze("-o", folder, "--parts") as run:
        run.communicate()
    assert run.returncode == 0
    return folder


def _interrupt(run: subprocess.Popen[str]) -> int:
    run.send_signal(signal.SIGINT)
    return 130


def _kill(run: subprocess.Popen[str]) -> int:
    run.kill()
    return -signal.SIGKILL


@pytest.mark.parametrize("stop", [_interrupt, _kill])
def test_a_run_that_was_stopped_is_gone_on_with(
    tmp_path: Path, undisturbed: Path, stop: Callable[[subprocess.Popen[str]], int]
) -> None:
    with _analyze("-o", tmp_path, "--parts") as run:
        _parts_there(tmp_path, 2, run)
        status = stop(run)
        run.communicate()
    assert run.returncode == status
    there = Parts(tmp_path, "csv").numbers()
    assert 2 <= len(there) < len(Parts(undisturbed, "csv").numbers())
    with _analyze("-o", tmp_path, "--resume") as rest:
        _, said = rest.communicate()
    assert rest.returncode == 0, said
    assert _bytes(tmp_path) == _bytes(undisturbed)


def test_a_killed_worker_changes_nothing(tmp_path: Path, undisturbed: Path) -> None:
    with _analyze("-o", tmp_path, "--parts", "--workers", "2") as run:
        _parts_there(tmp_path, 1, run)
        workers = [p for p in psutil.Process(run.pid).children() if "spawn_main" in " ".join(p.cmdline())]
        workers[0].kill()
        _, said = run.communicate()
    assert run.returncode == 0, said
    assert _bytes(tmp_path) == _bytes(undisturbed)


def test_a_folder_of_parts_is_not_written_over(tmp_path: Path) -> None:
    begin(tmp_path, _plan(), resume=False)
    with _analyze("-o", tmp_path) as run:
        _, said = run.communicate()
    assert (run.returncode, "--resume" in said) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == [PLAN]
