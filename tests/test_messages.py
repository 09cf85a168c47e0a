"""What messages say: numbers with their nouns, settings by the names that the reader knows them by."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from samples import result
from typer.testing import CliRunner

import pipeline
from pipeline import frames
from pipeline.cli.app import app
from pipeline.cli.console import as_options
from pipeline.counts import several
from pipeline.errors import DataError, InputError
from pipeline.highlight import highlight_html, result_html
from pipeline.outlets import load_gazetteer, read_counts, read_outlets
from pipeline.read.tables import TEXT_COLUMNS, pick_column

PACKAGE = Path(pipeline.__file__).parent
LIBRARY = [p for p in sorted(PACKAGE.rglob("*.py")) if p.relative_to(PACKAGE).parts[0] not in ("cli", "train")]
OPTION = re.compile(r"(?<![\w-])--[a-z]")
OUTLET = (
    '{"id": "x", "name": "Zed Nine", "kind": "blog", "country": null, "domain": null, "aliases": [], '
    '"ambiguous": false, "provenance": "own"}\n'
)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (21, "21 rows"), (1000, "1000 rows")]
)
def test_one_of_a_thing_is_not_several(number: int, said: str) -> None:
    assert several(number, "row") == said


ONE = [
    (["analyze", "a.txt", "-o", "out"], "1 article, 1 opinion, 0 errors -> out"),
    (["analyze", "a.txt", "none.txt", "-o", "out"], "1 article, 1 opinion, 1 error -> out"),
    (["analyze", "a.txt", "-o", "out", "-v"], "a: 1 opinion\n"),
    (["analyze", "a.txt", "-o", "out", "--min-confidence", "1"], "1 opinion dropped, "),
    (["analyze", "german.txt", "-o", "out"], "1 article not read, not in English"),
    (["analyze", "t.csv", "-o", "out"], "2 articles, 2 opinions, 0 errors -> out"),
    (["classify", "one.csv", "-o", "scored.csv"], "1 row -> scored.csv"),
    (["classify", "t.csv", "-o", "scored.csv"], "2 rows -> scored.csv"),
    (["outlets", "check", "own.jsonl"], "1 outlet, no errors"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), ONE, ids=[" ".join(row[0]) for row in ONE])
def test_commands_count_by_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Variety praised the score.\n", encoding="utf-8")
    Path("german.txt").write_text(
        "Der Film ist ein Ereignis, und die Musik trägt ihn bis zum Ende. " * 9, encoding="utf-8"
    )
    Path("one.csv").write_text("text\nGreat songs.\n", encoding="utf-8")
    Path("t.csv").write_text("text\nVariety praised the score.\nVariety praised the plot.\n", encoding="utf-8")
    Path("own.jsonl").write_text(OUTLET, encoding="utf-8")
    assert said in CliRunner().invoke(app, arguments).output


@pytest.mark.parametrize(("number", "said"), [(1, "and 1 character more"), (2, "and 2 characters more")])
def test_a_cut_text_counts_what_is_left(number: int, said: str) -> None:
    assert said in highlight_html("a" * (50 + number), frames.frame("opinions", []), limit=50)


@pytest.mark.parametrize(("number", "said"), [(1, "and 1 more article."), (2, "and 2 more articles.")])
def test_articles_that_are_not_shown_are_counted(number: int, said: str) -> None:
    texts = [("A", "b", result({"n": 1}).opinions[:0])] * (3 + number)
    assert said in result_html(texts, pd.DataFrame(), counts="")


def _strings(path: Path) -> Iterator[str]:
    """Yield the strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("path", LIBRARY, ids=[str(p.relative_to(PACKAGE)) for p in LIBRARY])
def test_the_library_names_no_options_of_the_command_line(path: Path) -> None:
    assert not [text for text in _strings(path) if OPTION.search(text)]


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("check `outlets`", "check --outlets"),
        ("columns: a_b, `c d`; name one of them as `text_column`", "columns: a_b, `c d`; name one of them as --text-column"),
        ("run `pullquote analyze` again", "run `pullquote analyze` again"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_command_line_shows_settings_as_options(hint: str, shown: str) -> None:
    assert as_options(hint) == shown


NAMED = [
    (["analyze", "a.txt", "--outlets", "none.jsonl"], "(check --outlets)"),
    (["analyze", "odd.csv"], "--text-column)"),
    (["classify", "odd.csv"], "--text-column)"),
    (["classify", "odd.csv", "--text-column", "n", "--target-column", "none"], "--target-column)"),
]


@pytest.mark.parametrize(("arguments", "said"), NAMED, ids=[" ".join(row[0]) for row in NAMED])
def test_a_message_on_the_command_line_names_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Variety praised the score.\n", encoding="utf-8")
    Path("odd.csv").write_text("n,words\n1,Variety praised the score.\n", encoding="utf-8")
    assert said in CliRunner().invoke(app, arguments).stderr


def test_a_column_that_cannot_be_told_may_be_called_text() -> None:
    with pytest.raises(InputError) as caught:
        pick_column(["0"], "", TEXT_COLUMNS, "text")
    assert caught.value.hint == "columns: 0; call one of them text, or name it as `text_column`"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Notes\n\nNo table at all.\n", 3),
        ("publisher\treviews\nVariety\t12\nEmpire\n", 3),
        ("publisher\treviews\nVariety\tmany\n", 2),
        ("publisher\treviews\nVariety\t\n", 2),
        ("publisher\treviews\nVariety\t-1\n", 2),
    ],
)
def test_a_list_of_publishers_that_is_none_is_told_what_it_must_look_like(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=rf"list\.tsv:{line} ") as caught:
        read_counts(path)
    assert "publisher, tab, number of reviews" in caught.value.hint
    assert ".jsonl" in caught.value.hint


def test_a_list_of_publishers(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("publisher\treviews\tof\nVariety\t12\t2030\n\nTom &amp; Co\t 3\n", encoding="utf-8")
    assert read_counts(path) == {"Variety": 12, "Tom & Co": 3}


@pytest.mark.parametrize("text", ["# Notes\n", "[]\n", '{"id": "x"}\n', OUTLET.replace("[]", '"Z9"'), None])
def test_a_gazetteer_that_is_none_is_told_what_it_must_look_like(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "own.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"own\.jsonl") as caught:
        read_outlets(tmp_path / "own.jsonl")
    assert "one JSON object a line with id, name, kind" in caught.value.hint


def test_an_unknown_kind_of_outlet_is_refused_and_the_known_ones_are_named() -> None:
    done = CliRunner().invoke(app, ["outlets", "list", "--kind", "nonsense"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'nonsense'" in done.stderr
    assert all(kind in done.stderr for kind in {outlet.kind for outlet in load_gazetteer().outlets.values()})


@pytest.mark.parametrize("kind", ["trade", "podcast"])
def test_a_known_kind_of_outlet_is_listed_alone(kind: str) -> None:
    done = CliRunner().invoke(app, ["outlets", "list", "--kind", kind])
    assert done.exit_code == 0
    assert {line.split("\t")[2] for line in done.stdout.splitlines()} == {kind}
