"""The command line: what goes where, exit codes, every option, every command's help."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
import typer
from click.testing import Result
from samples import OUTLET
from typer.main import get_command
from typer.testing import CliRunner

from pipeline import __version__
from pipeline.cli.app import app
from pipeline.cli.console import clear_errors
from pipeline.diff import DIFFERENCES
from pipeline.schema import COLUMNS, REPORT_COLUMNS
from pipeline.stored import read_tables
from pipeline.write import FORMATS

COMMAND = [sys.executable, "-c", "from pipeline.cli import main; main()"]
TEXT = "Variety praised the score. IndieWire found the plot thin.\n"


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)


def process(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, check=False, **options)


def rows(text: str) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a CSV table of a run."""
    return rows((folder / f"{name}.csv").read_bytes().decode("utf-8"))


def terminal(*arguments: str | Path) -> str:
    """Run the command line on a terminal and return what its stdout shows."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=theirs, stderr=subprocess.PIPE, env=environment
    ) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    assert child.returncode in {0, 1}
    return shown.decode("utf-8")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Make a readable article."""
    path = tmp_path / "one.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


# --- analyze: streams and exit codes


def test_opinions_go_to_a_pipe_as_csv_and_messages_to_stderr(one: Path) -> None:
    done = process("analyze", one)
    assert done.returncode == 0
    found = rows(done.stdout.decode("utf-8"))
    assert tuple(found[0]) == COLUMNS["opinions"]
    assert {"Variety", "IndieWire"} <= {row["source"] for row in found}
    assert b"1 article, " in done.stderr
    assert list(one.parent.iterdir()) == [one]


def test_a_terminal_gets_a_table_that_shows_brackets_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Variety praised “the [bold]whole[/bold] score :smile:” of it.\n", encoding="utf-8")
    text = terminal("analyze", tmp_path, "-q")
    assert "article_id" not in text
    assert all(word in text for word in ("source", "Variety", "[bold]whole[/bold]", ":smile:"))


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, "outlets", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert b"Traceback" not in child.stderr.read()
    assert child.returncode == 0


STREAMS = [  # how the standard streams are, and what is said
    (["analyze", "one.txt"], ">&-", 1, "cannot write to standard output"),
    (["classify", "t.csv"], ">&-", 1, "cannot write to standard output"),
    (["analyze", "one.txt"], ">/dev/full", 1, "cannot write to standard output: No space left"),
    (["outlets", "find", "WaPo"], ">/dev/full", 1, "cannot write to standard output"),
    (["--version"], ">/dev/full", 1, "cannot write to standard output"),
    (["--version"], ">&-", 1, "cannot write to standard output"),
    (["--help"], ">/dev/full", 1, "No space left"),
    (["analyze", "-"], "<&-", 1, "standard input is closed"),
    (["analyze", "one.txt", "-o", "out"], ">&-", 0, "-> out"),
    (["analyze", "one.txt", "-o", "out", "-v"], "2>&-", 0, ""),
    (["analyze", "one.txt", "-o", "out", "-v"], "2>/dev/full", 0, ""),
    (["analyze", "one.txt", "-o", "out"], "<&- >&- 2>&-", 0, ""),
]


@pytest.mark.parametrize(("arguments", "streams", "code", "said"), STREAMS)
def test_streams_that_are_closed_or_full(one: Path, arguments: list[str], streams: str, code: int, said: str) -> None:
    (one.parent / "t.csv").write_text("text\nGreat songs.\n", encoding="utf-8")
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        ["sh", "-c", f'"$@" {streams}', "sh", *COMMAND, *arguments], capture_output=True, check=False, text=True, cwd=one.parent,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if "-o" in arguments:
        assert len(list((one.parent / "out").glob("*.csv"))) == len(COLUMNS)


def test_a_terminal_obeys_nothing_that_an_article_says(tmp_path: Path) -> None:
    said = "Variety praised \x1b]0;mine\x07the \x1b[31mscore\x9b0m."
    (tmp_path / "x.txt").write_text(f"{said} It is superb.\n", encoding="utf-8")
    (tmp_path / "x.csv").write_text(f'text\n"{said}"\n', encoding="utf-8")
    for command in (["analyze", tmp_path / "x.txt", "-q"], ["classify", tmp_path / "x.csv"]):
        text = terminal(*command)
        assert "praised" in text
        assert "\\x1b" in text
        assert not {"\x07", "\x9b", "\x1b"} & set(text)
    assert "\x1b[31m" in run("analyze", tmp_path / "x.txt").stdout


def test_a_message_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "new\nline\x1b[2J.txt").write_bytes(b"")
    done = run("analyze", tmp_path, "-o", tmp_path / "out")
    assert len(done.stderr.splitlines()) == 2
    assert "new\\nline\\x1b[2J.txt: the file is empty" in done.stderr
    assert table(tmp_path / "out", "errors")[0]["input"].endswith("new\nline\x1b[2J.txt")


def test_some_failed(one: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    done = run("analyze", tmp_path, tmp_path / "none.txt", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert done.stdout == ""
    errors = table(tmp_path / "out", "errors")
    assert sorted(Path(row["input"]).name for row in errors) == ["binary.txt", "empty.txt", "none.txt"]
    for row in errors:
        assert row["stage"] == "read"
        assert row["error"]
        assert row["hint"]
        assert f"{row['input']}: {row['error']}" in done.stderr
    assert [row["article_id"] for row in table(tmp_path / "out", "articles")] == ["one"]
    assert table(tmp_path / "out", "opinions")


def test_all_failed(tmp_path: Path) -> None:
    done = run("analyze", tmp_path / "none.txt", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "none.txt" in done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*(f"{name}.csv" for name in COLUMNS), "run.json"}
    for name, columns in COLUMNS.items():
        header, *data = (tmp_path / "out" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert tuple(header.split(",")) == columns
        assert len(data) == (name == "errors")
    piped = run("analyze", tmp_path / "none.txt")
    assert piped.exit_code == 1
    assert piped.stdout == ",".join(COLUMNS["opinions"]) + "\n"


def test_a_text_without_opinions_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("It runs 90 minutes.\n", encoding="utf-8")
    done = run("analyze", tmp_path / "x.txt", "-o", tmp_path / "out", "--min-confidence", "1")
    assert done.exit_code == 0
    assert [row["n_opinions"] for row in table(tmp_path / "out", "articles")] == ["0"]


WRONG = [
    (["analyze"], "INPUT"),
    (["analyze", "one.txt", "--no-such-option"], "--no-such-option"),
    (["analyze", "one.txt", "--output-format", "doc"], "'doc'"),
    (["analyze", "one.txt", "--input-format", "pdf"], "'pdf'"),
    (["analyze", "one.txt", "--engine", "cloud"], "'cloud'"),
    (["analyze", "one.txt", "--workers", "0"], "workers"),
    (["analyze", "one.txt", "--min-confidence", "2"], "min_confidence"),
    (["analyze", "one.txt", "--min-confidence", "nan"], "min_confidence"),
    (["analyze", "one.txt", "--min-confidence", "much"], "min-confidence"),
    (["analyze", "one.txt", "--sentiment-model", "large"], "'large'"),
    (["analyze", "one.txt", "--taxonomy", "sculpture"], "'sculpture'"),
    (["analyze", "one.txt", "--taxonomy", "none.toml"], "none.toml"),
    (["analyze", "one.txt", "--outlets", "none.jsonl"], "none.jsonl"),
    (["analyze", "one.txt", "--outlets", "bad.jsonl"], "bad.jsonl:1"),
    (["analyze", "one.txt", "--config", "none.toml"], "none.toml"),
    (["analyze", "one.txt", "--config", "bad.toml"], "colour"),
    (["analyze", "one.txt", "-o", "one.txt"], "one.txt"),
    (["analyze", "one.txt", "-o", "one.txt/out"], "one.txt"),
    (["analyze", "one.txt", "--report"], "-o"),
    (["analyze", "one.txt", "--output-format", "xlsx"], "-o"),
    *((["analyze", "one.txt", option, ""], "is empty") for option in ("-o", "--config", "--outlets")),
    *((["analyze", "one.txt", option, "n" * 300], "name too long") for option in ("-o", "--config", "--outlets", "--sentiment-model")),
    (["analyze", "one.txt", "--taxonomy", f"{'n' * 300}.toml"], "name too long"),
    (["analyze", "one.txt", "--taxonomy", ""], "taxonomy"),
    (["analyze", "one.txt", "--config", "deep.toml"], "deep.toml"),
    (["analyze", "one.txt", "--taxonomy", "deep.toml"], "deep.toml"),
    *(([*command, ""], "is empty") for command in (
        ["classify"], ["classify", "t.csv", "-o"], ["train", "sentiment", "t.csv", "-o"], ["train", "aspects"], ["outlets", "check"],
        ["evaluate"], ["evaluate", "gold.json", "--errors"], ["evaluate", "gold.json", "--floors"], ["benchmark", "speed"],
    )),
    (["evaluate", "n" * 300], "name too long"),
    (["analyse", "one.txt"], "analyse"),
    (["classify"], "TABLE"),
    (["classify", "one.txt"], "one.txt"),
    (["classify", "none.csv"], "none.csv"),
    (["classify", "t.csv", "--text-column", "words"], "'words'"),
    (["classify", "t.csv", "-o", "one.txt/x.csv"], "one.txt"),
    (["report", "none"], "none"),
    (["report", "."], "no finished run"),
    (["diff", "."], "RUN2"),
    (["diff", ".", "none"], "no finished run"),
    (["evaluate", "none"], "none"),
    (["evaluate", "empty"], "no annotated"),
    (["evaluate", "gold.json", "--by", "colour"], "'colour'"),
    (["evaluate", "gold.json", "--against", "none.json"], "none.json"),
    (["evaluate", "gold.json", "--against", "list.json"], "list.json"),
    (["benchmark", "weight"], "'weight'"),
    (["benchmark", "speed", "none"], "none"),
    (["benchmark", "accuracy", "t.csv"], "t.csv"),
    (["train", "sentiment", "none.csv", "-o", "model"], "none.csv"),
    (["train", "aspects", "none.csv", "-o", "model"], "none.csv"),
    (["outlets", "check", "none.tsv"], "none.tsv"),
    (["outlets", "check", "bad.jsonl"], "bad.jsonl:1"),
    (["outlets", "find"], "NAME"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "named"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_usage(one: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], named: str) -> None:
    monkeypatch.chdir(one.parent)
    Path("bad.jsonl").write_text("{\n", encoding="utf-8")
    Path("bad.toml").write_text("colour = 1\n", encoding="utf-8")
    Path("deep.toml").write_text(f"x = {'[' * 2000}", encoding="utf-8")
    Path("list.json").write_text("[1]", encoding="utf-8")
    Path("t.csv").write_text("text\nGreat songs.\n", encoding="utf-8")
    Path("gold.json").write_text(json.dumps(GOLD), encoding="utf-8")
    Path("empty").mkdir()
    before = sorted(Path().rglob("*"))
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert named in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert sorted(Path().rglob("*")) == before
    assert one.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("arguments", [[], ["outlets"], ["train"]])
def test_a_group_alone_shows_its_help(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Example: " in done.output


def test_an_interrupt_ends_with_130(one: Path) -> None:
    command = [*COMMAND, "analyze", str(one), "-", "-v", "-o", str(one.parent / "out")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        assert b"one: " in child.stderr.readline()
        child.send_signal(signal.SIGINT)
        said = child.stderr.read()
    assert child.returncode == 130
    assert b"Traceback" not in said
    assert not (one.parent / "out" / "opinions.csv").exists()


def test_an_interrupt_anywhere_ends_with_130() -> None:
    with pytest.raises(typer.Exit) as caught, clear_errors():
        raise KeyboardInterrupt
    assert caught.value.exit_code == 130


# --- analyze: options


@pytest.mark.parametrize(
    ("options", "shown"),
    [([], "1 article, "), (["-v"], "one: "), (["--verbose"], "one: ")],
)
def test_messages(one: Path, tmp_path: Path, options: list[str], shown: str) -> None:
    assert shown in run("analyze", one, "-o", tmp_path / "out", *options).stderr


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_says_nothing_but_what_failed(one: Path, tmp_path: Path, option: str) -> None:
    assert run("analyze", one, option, "-o", tmp_path / "out").stderr == ""
    done = run("analyze", one, tmp_path / "none.txt", option)
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if line] == [
        line for line in done.stderr.splitlines() if "none.txt" in line
    ]
    assert "none.txt" in done.stderr


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_holds_the_same_rows(one: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "t.csv").write_text('id,text,stars\n007,"Fans, mostly, loved the music.",5\n', encoding="utf-8")
    run("analyze", one, tmp_path / "t.csv", "-o", tmp_path / "csv")
    done = run("analyze", one, tmp_path / "t.csv", "-o", tmp_path / "out", "--output-format", kind)
    assert done.exit_code == 0
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {f".{kind}", ".json"}
    found, expected = read_tables(tmp_path / "out"), read_tables(tmp_path / "csv")
    assert found["articles"]["article_id"].tolist() == ["one", "007"]
    assert [str(v) for v in found["articles"]["stars"].tolist()][1] == "5"
    for name in COLUMNS:
        columns = list(COLUMNS[name])
        pd.testing.assert_frame_equal(found[name][columns], expected[name][columns])


def test_json_lines_go_to_a_pipe_too(one: Path) -> None:
    done = run("analyze", one, "--output-format", "jsonl", "-q")
    assert done.exit_code == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert tuple(found[0]) == COLUMNS["opinions"]
    assert found[0]["article_id"] == "one"


def test_the_bytes_in_a_pipe_are_those_of_the_file(one: Path, tmp_path: Path) -> None:
    run("analyze", one, "-o", tmp_path / "out")
    assert run("analyze", one).stdout_bytes == (tmp_path / "out" / "opinions.csv").read_bytes()


def test_report_option(one: Path, tmp_path: Path) -> None:
    assert run("analyze", one, "-o", tmp_path / "out", "--report").exit_code == 0
    assert "Variety" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert {row["source"] for row in table(tmp_path / "out", "matrix")} == {"IndieWire", "Variety"}


INPUT_FORMATS = [
    ("text", b"Variety praised the score."),
    ("markdown", b"# Notices\n\nVariety *praised* the score."),
    ("html", b"<html><body><article><p>Variety praised the score.</p></article></body></html>"),
    ("csv", b"id,text\nk,Variety praised the score.\n"),
    ("jsonl", b'{"id": "k", "text": "Variety praised the score."}\n'),
]


@pytest.mark.parametrize(("kind", "data"), INPUT_FORMATS)
@pytest.mark.parametrize("piped", [True, False], ids=["stdin", "file"])
def test_input_format(tmp_path: Path, kind: str, data: bytes, piped: bool) -> None:
    (tmp_path / "x.dat").write_bytes(data)
    name = "-" if piped else tmp_path / "x.dat"
    done = run("analyze", name, "--input-format", kind, "-o", tmp_path / "out", stdin=data if piped else None)
    assert done.exit_code == 0, done.stderr
    (article,) = table(tmp_path / "out", "articles")
    assert article["article_id"] == ("k" if kind in ("csv", "jsonl") else "stdin" if piped else "x")
    found = table(tmp_path / "out", "opinions")
    assert {row["source"] for row in found} == {"Variety"}
    text = article["text"] or data.decode("utf-8")
    assert all(text[int(row["start"]) : int(row["end"])] == row["text"] for row in found)


def test_standard_input_is_text_unless_said_otherwise() -> None:
    done = process("analyze", "-", "-q", input=TEXT.encode("utf-16"))
    assert done.returncode == 0
    assert {row["article_id"] for row in rows(done.stdout.decode("utf-8"))} == {"stdin"}
    done = process("analyze", "-", input=b"")
    assert done.returncode == 1
    assert b"-: the file is empty" in done.stderr


def test_columns_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("key,words,text,stars\nk1,Variety praised the score.,other,5\n", encoding="utf-8")
    done = run("analyze", tmp_path / "t.csv", "--text-column", "words", "--id-column", "key", "-o", tmp_path / "out")
    assert done.exit_code == 0
    (article,) = table(tmp_path / "out", "articles")
    assert list(article) == [*COLUMNS["articles"], "input_text", "stars"]
    assert (article["article_id"], article["text"], article["input_text"], article["stars"]) == (
        "k1", "Variety praised the score.", "other", "5",
    )  # fmt: skip
    assert run("analyze", tmp_path / "t.csv", "--text-column", "nope").exit_code == 1


def test_passed_through_columns_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "id,text,rating,score,n,start,path\nk,It is a lovely film.,4/5,high,two,noon,p\n", encoding="utf-8"
    )
    for kind in FORMATS:
        done = run("analyze", tmp_path / "t.csv", "-o", tmp_path / "out", "--output-format", kind)
        assert done.exit_code == 0, done.stderr
        article = read_tables(tmp_path / "out")["articles"].iloc[0]
        assert article[["rating", "score", "n", "start", "input_path"]].tolist() == ["4/5", "high", "two", "noon", "p"]


def test_tables_whose_columns_disagree_are_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text,year\na,It is a lovely film.,2030\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(
        '{"id": "b", "text": "It is dull.", "year": 2031, "tags": ["x"]}\n', encoding="utf-8"
    )
    for kind in FORMATS:
        done = run("analyze", tmp_path / "a.csv", tmp_path / "b.jsonl", "-o", tmp_path / "out", "--output-format", kind)
        assert done.exit_code == 0, done.stderr
        assert [str(year) for year in read_tables(tmp_path / "out")["articles"]["year"]] == ["2030", "2031"]


def test_publisher_and_work(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("It is a lovely film.\n", encoding="utf-8")
    run("analyze", tmp_path / "x.txt", "-o", tmp_path / "out", "--publisher", "WaPo", "--work", "The Long Tide")
    (article,) = table(tmp_path / "out", "articles")
    assert (article["publisher"], article["work"]) == ("WaPo", "The Long Tide")
    found = table(tmp_path / "out", "opinions")
    assert {(row["source"], row["source_type"], row["outlet"]) for row in found} == {
        ("The Washington Post", "author", "The Washington Post")
    }


def test_config_and_options(one: Path, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('work = "File"\npublisher = "P"\nmin-confidence = 1.0\n', encoding="utf-8")
    done = run("analyze", one, "-o", tmp_path / "out", "--config", tmp_path / "c.toml", "--work", "Option")
    assert done.exit_code == 0
    settings = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["work"], settings["publisher"], settings["min_confidence"]) == ("Option", "P", 1.0)
    assert all(float(row["confidence"]) == 1 for row in table(tmp_path / "out", "opinions"))


def test_a_gazetteer_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(json.dumps(OUTLET) + "\n", encoding="utf-8")
    (tmp_path / "x.txt").write_text("GzN praised the score.\n", encoding="utf-8")
    done = run("analyze", tmp_path / "x.txt", "--outlets", tmp_path / "own.jsonl")
    assert {row["source"] for row in rows(done.stdout)} == {"Gazeta Nova"}


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/caf\xe9.txt")).write_text(TEXT, encoding="utf-8")
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/th\xe9.txt")).write_bytes(b"")
    for kind in FORMATS:
        done = process("analyze", tmp_path / "in", "-o", tmp_path / "out", "--output-format", kind, "--report")
        assert done.returncode == 1, done.stderr
        assert b"Traceback" not in done.stderr
        found = read_tables(tmp_path / "out")
        assert found["articles"]["article_id"].tolist() == ["caf\\udce9"]
        assert found["errors"]["input"].str.endswith("th\\udce9.txt").all()


def test_ids_that_agree_are_made_unique(tmp_path: Path) -> None:
    for name in ("a/one.txt", "b/one.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    run("analyze", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert [row["article_id"] for row in table(tmp_path / "out", "articles")] == ["a/one", "b/one"]
    found = table(tmp_path / "out", "sentences")
    assert len({row["sentence_id"] for row in found}) == len(found)


def test_a_second_run_replaces_the_first(one: Path, tmp_path: Path) -> None:
    run("analyze", one, tmp_path / "none.txt", "-o", tmp_path / "out")
    run("analyze", one, "-o", tmp_path / "out")
    assert table(tmp_path / "out", "errors") == []


def test_tables_written_among_the_inputs_are_no_inputs(one: Path, tmp_path: Path) -> None:
    run("analyze", tmp_path, "-o", tmp_path / "out")
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")}
    done = run("analyze", tmp_path, "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")} == first
    named = run("analyze", tmp_path / "out" / "sentences.csv", "-o", tmp_path / "out")
    assert named.exit_code == 0
    assert len(table(tmp_path / "out", "articles")) > 0


@pytest.mark.parametrize(
    ("source", "folder", "options"),
    [
        ("in", "in", []),
        ("in", ".", []),
        (".", "in", []),
        ("in", "in", ["--parts"]),
        ("in", "in", ["--output-format", "jsonl", "--report"]),
        ("in", "in/deep", []),
    ],
)
def test_inputs_in_the_output_folder_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, folder: str, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "deep/b.txt", "opinions/c.txt"):
        Path("in", name).parent.mkdir(exist_ok=True, parents=True)
        Path("in", name).write_text(TEXT, encoding="utf-8")
    Path("in", "t.csv").write_text("id,text\nt,It is good.\n", encoding="utf-8")
    for more in ([], ["--resume"] if options == ["--parts"] else []):  # a second run reads what the first one did
        done = run("analyze", source, "-o", folder, *options, *more)
        assert done.exit_code == 0, done.stderr
        assert sorted(read_tables(Path(folder))["articles"]["article_id"]) == ["a", "b", "c", "t"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("articles.csv", []),
        ("articles.jsonl", ["--output-format", "jsonl"]),
        ("report.html", ["--report"]),
        ("quotes.csv", ["--report"]),
    ],
)
def test_an_input_is_not_written_over(tmp_path: Path, name: str, options: list[str]) -> None:
    data = {"csv": "text\nIt is good.\n", "jsonl": '{"text": "It is good."}\n', "html": "<p>It is good.</p>"}
    path = tmp_path / name
    path.write_text(data[path.suffix[1:]], encoding="utf-8")
    done = run("analyze", tmp_path, "-o", tmp_path, *options)
    assert done.exit_code == 2
    assert f"write over its input {path}" in done.stderr
    assert path.read_text(encoding="utf-8") == data[path.suffix[1:]]


def test_a_folder_with_nothing_but_tables_of_a_run_holds_no_articles(one: Path, tmp_path: Path) -> None:
    run("analyze", one, "-o", tmp_path / "out")
    done = run("analyze", tmp_path / "out", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "only what an earlier run wrote is there" in done.stderr


def _unprivileged() -> list[str]:
    """Return what makes a command heed permissions when root runs it."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root heeds no permissions")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def test_folders_that_may_not_be_entered(one: Path, tmp_path: Path) -> None:
    for name in ("open/closed/x.txt", "closed/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    closed = [tmp_path / "closed", tmp_path / "open" / "closed"]
    asked = [one, tmp_path / "open", tmp_path / "closed", tmp_path / "closed" / "x.txt", tmp_path / "closed" / "*"]
    command = [*_unprivileged(), *COMMAND]
    for folder in closed:
        folder.chmod(0)
    try:
        done = subprocess.run(
            [*command, "analyze", *map(str, asked), "-o", str(tmp_path / "out")], capture_output=True, check=False
        )
        wrong = [
            subprocess.run([*command, "analyze", str(one), *map(str, options)], capture_output=True, check=False)
            for options in (
                ("-o", closed[0] / "out"), ("-o", closed[0], "--resume"), ("--outlets", closed[0] / "x"),
                ("--config", closed[0] / "x"), ("--sentiment-model", closed[0] / "x"), ("--taxonomy", closed[0] / "x.toml"),
            )
        ]  # fmt: skip
    finally:
        for folder in closed:
            folder.chmod(0o755)
    assert done.returncode == 1, done.stderr
    named = {row["input"] for row in table(tmp_path / "out", "errors")}
    assert named == {str(closed[1]), *map(str, asked[2:])}
    assert [row["article_id"] for row in table(tmp_path / "out", "articles")] == ["one"]
    for other in wrong:
        assert (other.returncode, other.stdout) == (2, b"")
        assert b"Permission denied" in other.stderr
        assert b"Traceback" not in other.stderr


def test_what_cannot_be_read_twice_is_not_read_in_parts(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    done = run("analyze", pipe, "-o", tmp_path / "out", "--parts")
    assert done.exit_code == 2
    assert "pipe.txt is no file" in done.stderr


# --- the other commands


def test_report(one: Path, tmp_path: Path) -> None:
    for kind in FORMATS:
        run("analyze", one, "-o", tmp_path / "out", "--output-format", kind)
        done = run("report", tmp_path / "out")
        assert done.exit_code == 0
        assert "report.html" in done.stderr
        page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        assert "Variety" in page
        assert run("report", tmp_path / "out", "--html", tmp_path / "new" / "r.html").exit_code == 0
        assert (tmp_path / "new" / "r.html").read_text(encoding="utf-8") == page
        for name in REPORT_COLUMNS:
            assert (tmp_path / "out" / f"{name}.{kind}").is_file()
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["r.html"]
    assert run("analyze", one, "-o", tmp_path / "out", "--report").exit_code == 0
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == page


def test_diff(one: Path, tmp_path: Path) -> None:
    run("analyze", one, "-o", tmp_path / "a", "--work", "W")
    run("analyze", one, "-o", tmp_path / "b", "--work", "W", "--output-format", "jsonl")
    same = run("diff", tmp_path / "a", tmp_path / "b")
    assert (same.exit_code, len(rows(same.stdout))) == (0, 0)
    one.write_text("Variety praised the score. Empire hated the plot.\n", encoding="utf-8")
    run("analyze", one, "-o", tmp_path / "b", "--work", "W", "--sentiment-model", "small")
    done = run("diff", tmp_path / "a", tmp_path / "b")
    assert (done.exit_code, done.stderr) == (1, "")
    found = rows(done.stdout)
    assert tuple(found[0]) == DIFFERENCES
    assert {"run", "articles", "consensus", "opinions"} == {row["table"] for row in found}
    assert {"Empire", "IndieWire"} <= {row["source"] for row in found} | {row["before"] for row in found}
    counts = rows(run("diff", tmp_path / "a", tmp_path / "b", "--summary").stdout)
    assert sum(int(row["n"]) for row in counts) == len(found)
    saved = run("diff", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "d.csv")
    assert (saved.exit_code, saved.stdout) == (1, "")
    assert f"{len(found)} differences" in saved.stderr
    assert (tmp_path / "d.csv").read_bytes() == done.stdout_bytes
    assert run("diff", tmp_path / "a", tmp_path / "b", "--tolerance", "-1").exit_code == 2


@pytest.mark.parametrize("name", ["d.txt", "d.xls", "d.csv.gz"])
def test_a_table_of_differences_has_a_known_format(tmp_path: Path, name: str) -> None:
    refused = run("diff", tmp_path, tmp_path, "-o", tmp_path / name)
    assert (refused.exit_code, "unknown format" in refused.stderr, "parquet" in refused.stderr) == (2, True, True)
    assert not (tmp_path / name).exists()


def test_one_folder_holds_one_run(one: Path, tmp_path: Path) -> None:
    assert run("analyze", one, "-o", tmp_path / "out", "-q", "--report").exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for option in ("--parts", "--resume"):
        refused = run("analyze", one, "-o", tmp_path / "out", "-q", option, "--report", "--work", "Another")
        assert (refused.exit_code, "not in parts" in refused.stderr) == (2, True)
    refused = run("report", tmp_path / "out", "--html", tmp_path / "out" / "opinions.csv")
    assert (refused.exit_code, "--html" in refused.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert run("analyze", one, "-o", tmp_path / "out", "-q").exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*(f"{name}.csv" for name in COLUMNS), "run.json"}


def test_a_text_that_is_cut_is_named(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["r1"], "text": ["A fine film."], "notes": ["x" * 40_000]}).to_csv(tmp_path / "t.csv")
    done = run("classify", tmp_path / "t.csv", "-o", tmp_path / "out.xlsx", "-q", "--sentiment-model", "vader")
    assert done.exit_code == 0
    assert done.stderr.startswith("pullquote: column 'notes', row 2")
    assert "Warning" not in done.stderr


def test_differences_on_a_terminal_are_lines(one: Path, tmp_path: Path) -> None:
    run("analyze", one, "-o", tmp_path / "a", "--work", "The [bold]Work[/bold]")
    run("analyze", one, "-o", tmp_path / "b", "--work", "Other", "--sentiment-model", "vader")
    shown = terminal("diff", tmp_path / "a", tmp_path / "b")
    assert shown.startswith("run\r\n~ settings.sentiment_model auto → vader\r\n")
    assert "\r\n\r\nconsensus\r\n" in shown
    assert "- The [bold]Work[/bold], all: verdicts " in shown
    assert "~ one, Variety, " in shown
    assert "    found the plot thin" in shown
    assert terminal("diff", tmp_path / "a", tmp_path / "a") == ""
    assert "sentiment_model" in terminal("diff", tmp_path / "a", tmp_path / "b", "--summary")


def test_classify(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        'n,text\n001,"Great, truly great songs."\n002,\n003,The plot is dreadful.\n', encoding="utf-8"
    )
    done = run("classify", tmp_path / "t.csv")
    assert done.exit_code == 0
    found = rows(done.stdout)
    assert list(found[0]) == ["n", "text", "sentiment", "score", "confidence", "aspect", "aspects"]
    assert [row["n"] for row in found] == ["001", "002", "003"]
    assert [row["sentiment"] for row in found] == ["positive", "", "negative"]
    for kind in FORMATS:
        done = run("classify", tmp_path / "t.csv", "-o", tmp_path / f"out.{kind}", "--sentiment-model", "vader")
        assert (done.exit_code, done.stdout) == (0, "")
        assert "3 rows" in done.stderr
        assert (tmp_path / f"out.{kind}").stat().st_size > 0
    assert run("classify", tmp_path / "t.csv", "-o", tmp_path / "out.csv", "-q").stderr == ""
    done = run("classify", tmp_path / "out.csv")
    assert list(rows(done.stdout)[0])[2:4] == ["input_sentiment", "input_score"]


GOLD = {
    "domain": "film", "text": TEXT,
    "opinions": [{"source": "Variety", "source_type": "outlet", "anchor": "praised the score", "aspects": ["music"], "polarity": "positive"}],
}  # fmt: skip


def test_evaluate(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(json.dumps(GOLD), encoding="utf-8")
    done = run("evaluate", tmp_path / "g.json", "--json", "--by", "domain")
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert (figures["articles"], figures["gold"]) == (1, 1)
    assert set(figures["domain"]) == {"film"}
    (tmp_path / "base.json").write_text(json.dumps({**figures, "found_recall": 0.25}), encoding="utf-8")
    done = run("evaluate", tmp_path / "g.json", "--against", tmp_path / "base.json", "--missed", "--by", "domain")
    assert done.exit_code == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert f"({figures['found_recall'] - 0.25:+.3f})" in lines["found_recall"]
    assert "(+0.000)" in lines["found_precision"]
    assert "(1 article, 1 opinion)" in lines["domain"]


@pytest.mark.parametrize("by", ["source_type", "aspect", "rule", "speech", "named", "layout"])
def test_evaluate_by_group_and_errors(tmp_path: Path, by: str) -> None:
    wrong = {**GOLD, "opinions": [{**GOLD["opinions"][0], "source": "IndieWire"}]}  # type: ignore[index, dict-item]
    (tmp_path / "g.json").write_text(json.dumps(wrong), encoding="utf-8")
    done = run("evaluate", tmp_path / "g.json", "--by", by, "--errors", tmp_path / "errors.csv")
    assert done.exit_code == 0
    assert any(line.startswith(f"{by} ") for line in done.stdout.splitlines())
    listed = rows((tmp_path / "errors.csv").read_text(encoding="utf-8"))
    (row,) = (row for row in listed if row["text"] == "praised the score")
    assert row["error"] == "source"
    assert "«praised the score»" in row["around"]
    done = run("evaluate", tmp_path / "g.json", "--errors", tmp_path / "none" / "errors.csv")
    assert done.exit_code == 2
    assert "errors.csv" in done.stderr


CASE = {
    "id": "c1", "phenomenon": "verb", "pair": "p", "text": TEXT, "not_contents": [],
    "contents": [{"anchor": "praised the score", "source": "Variety", "speaker": None, "source_type": "outlet", "kind": "indirect"}],
}  # fmt: skip


def test_evaluate_cases_of_attribution(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    figures = json.loads(run("evaluate", path, "--json", "--by", "phenomenon").stdout)
    assert (figures["cases"], figures["contents"]) == (1, 1)
    assert set(figures["phenomenon"]) == {"verb"}
    assert "phenomenon verb: found F1" in run("evaluate", path, "--by", "phenomenon").stdout
    done = run("evaluate", path, "--by", "domain")
    assert (done.exit_code, "'domain'" in done.stderr) == (2, True)
    path.write_text(json.dumps({**CASE, "contents": [{"anchor": "elsewhere"}]}), encoding="utf-8")
    done = run("evaluate", path)
    assert (done.exit_code, "row 1" in done.stderr) == (2, True)


def test_benchmarks_print_one_object(one: Path, tmp_path: Path) -> None:
    done = run("benchmark", "speed", one)
    assert done.exit_code == 0
    speed = json.loads(done.stdout)
    assert {"words", "pullquote_wps", "spacy_full_wps", "ratio", "peak_rss_mb"} <= set(speed)
    assert speed["words"] == 9
    assert sum(speed["stages"].values()) == pytest.approx(1, abs=0.02)
    many = json.loads(run("benchmark", "speed", one, "--articles", "3").stdout)
    assert (many["articles"], many["words"]) == (3, 3 * 9)
    (tmp_path / "t.csv").write_text("text,label\nGreat songs.,positive\nDreadful plot.,negative\n", encoding="utf-8")
    accuracy = json.loads(run("benchmark", "accuracy", tmp_path / "t.csv").stdout)
    assert accuracy["rows"] == 2
    for name in ("vader", "small", "encoder", "auto"):
        assert accuracy[name]["accuracy"] == 1
        assert 0 <= accuracy[name]["calibration_error"] <= 1
    grouped = json.loads(run("benchmark", "accuracy", tmp_path / "t.csv", "--by", "label").stdout)
    assert grouped["auto"]["label"] == {"negative": 1, "positive": 1}
    done = run("benchmark", "accuracy", tmp_path / "t.csv", "--by", "colour")
    assert (done.exit_code, "colour" in done.stderr) == (2, True)


def test_outlets_list() -> None:
    lines = run("outlets", "list").stdout.splitlines()
    assert len(lines) > 100
    assert all(line.count("\t") == 3 for line in lines)
    kinds = {line.split("\t")[2] for line in lines}
    for kind in sorted(kinds):
        some = run("outlets", "list", "--kind", kind).stdout.splitlines()
        assert {line.split("\t")[2] for line in some} == {kind}


@pytest.mark.parametrize("name", ["WaPo", "the washington post", "the-washington-post", "THE WASHINGTON POST"])
def test_outlets_find(name: str) -> None:
    done = run("outlets", "find", name)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["name"] == "The Washington Post"


def test_outlets_find_names_what_it_does_not_know() -> None:
    done = run("outlets", "find", "No Such Paper")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No Such Paper" in done.stderr


def test_outlets_check(tmp_path: Path) -> None:
    (tmp_path / "p.tsv").write_text("publisher\treviews\nWaPo\t3\nNo Such Paper\t1\n", encoding="utf-8")
    done = run("outlets", "check", tmp_path / "p.tsv")
    assert done.exit_code == 0
    assert "75.0%" in done.stdout
    assert "No Such Paper (1)" in done.stdout
    (tmp_path / "own.jsonl").write_text(json.dumps(OUTLET) + "\n", encoding="utf-8")
    done = run("outlets", "check", tmp_path / "own.jsonl")
    assert (done.exit_code, done.stdout) == (0, "1 outlet, no errors\n")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"aliases": ["The Washington Post"]}, "The Washington Post"),  # the bundled gazetteer has it
        ({"aliases": "GzN"}, "own"),
        ({"kind": None, "name": None, "provenance": None, "aliases": [""]}, "own"),
    ],
)
def test_outlets_check_refuses_what_analyze_would(tmp_path: Path, change: dict[str, object], named: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({**OUTLET, **change}) + "\n", encoding="utf-8")
    done = run("outlets", "check", path)
    assert done.exit_code == 2
    assert named in done.stderr
    (tmp_path / "x.txt").write_text(TEXT, encoding="utf-8")
    done = run("analyze", tmp_path / "x.txt", "--outlets", path)
    assert done.exit_code == 2
    assert named in done.stderr


def test_info_and_version() -> None:
    facts = json.loads(run("info").stdout)
    assert facts["versions"]["pullquote"] == __version__
    assert facts["models"]
    assert facts["outlets"] > 100
    assert run("--version").stdout == f"pullquote {__version__}\n"
    assert process("--version").stdout == f"pullquote {__version__}\n".encode()


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


@pytest.mark.parametrize("path", list(_commands(get_command(app))), ids=" ".join)
def test_help_ends_with_an_example_that_runs_the_command(path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.exit_code == 0
    last = " ".join(done.stdout.rstrip().rsplit("\n\n", 1)[-1].split())
    assert last.startswith(" ".join(["Example: pullquote", *path]))


@pytest.mark.parametrize(("option", "cell"), [([], "'=1+1 is dull."), (["--raw-cells"], "=1+1 is dull.")])
def test_cells_that_would_be_formulas(tmp_path: Path, option: list[str], cell: str) -> None:
    (tmp_path / "a.txt").write_text("=1+1 is dull.\n")
    assert run("analyze", tmp_path / "a.txt", "-o", tmp_path / "out", *option).exit_code == 0
    assert [row["text"] for row in table(tmp_path / "out", "sentences")] == [cell]
    assert read_tables(tmp_path / "out")["sentences"]["text"].tolist() == ["=1+1 is dull."]
