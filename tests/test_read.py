"""Reading inputs: bytes, markup, tables, folders -> articles and named failures."""

from __future__ import annotations

import io
import json
import math
import re
import sys
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.read import Reading, inputs, iter_articles, list_inputs
from pipeline.read.decode import decode, open_text
from pipeline.read.markup import from_html, from_markdown
from pipeline.read.tables import read_table
from pipeline.schema import Article, Failure

TEXT = "“Café society” – Variety’s verdict.\r\nIt drags.\n"

DECODED = [
    (TEXT.encode("utf-8"), TEXT),
    (TEXT.encode("utf-8-sig"), TEXT),
    (TEXT.encode("utf-16"), TEXT),
    (b"\xff\xfe" + TEXT.encode("utf-16-le"), TEXT),
    (b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT),
    (TEXT.encode("utf-32"), TEXT),
    (TEXT.encode("cp1252"), TEXT),
    (("A plain sentence with caf\u00e9 in it. " * 5).encode("latin-1"), "A plain sentence with café in it. " * 5),
]


@pytest.mark.parametrize(("data", "expected"), DECODED)
def test_decode(data: bytes, expected: str) -> None:
    assert decode(data) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"), (b" \n\t ", "empty"), (b"\xef\xbb\xbf", "empty"), (b"%PDF-1.7 words", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"), (bytes(range(256)) * 20, "binary"), (b"PAR1" + b"\x00" * 50, "binary"),
    ],
)  # fmt: skip
def test_decode_refuses(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        decode(data)
    assert caught.value.hint


def test_html_keeps_the_article_and_drops_the_furniture() -> None:
    body = "".join(
        f"<p>Paragraph {n} of the review says that the film is fine and long and good.</p>" for n in range(6)
    )
    page = (
        "<html><head><title>Reviews in</title><meta property='og:site_name' content='The Daily Reel'></head><body>"
        f"<nav>Home Films Music</nav><article><h1>Reviews in</h1><h2>The Acting</h2>{body}</article>"
        "<footer>Cookies and more</footer></body></html>"
    )
    found = from_html(page)
    assert "Paragraph 3" in found.text
    assert "The Acting" in found.text
    assert "Cookies" not in found.text
    assert found.publisher == "The Daily Reel"
    assert found.title == "Reviews in"


def test_markdown_keeps_headings_lists_and_words() -> None:
    source = (
        "---\ntitle: x\n---\n# Verdict\n\nA *fine* film by [her](http://a.example).\n\n- one\n- two\n\n> quoted words\n"
    )
    found = from_markdown(source)
    assert found.text == "Verdict\n\nA fine film by her.\n\n- one\n\n- two\n\nquoted words\n"
    assert found.title == "Verdict"


@pytest.mark.parametrize("empty", ["", "   \n", "![](x.png)"])
def test_markdown_without_text_is_refused(empty: str) -> None:
    with pytest.raises(InputError):
        from_markdown(empty)


def _read(names: list[str], reading: Reading | None = None) -> tuple[list[Article], list[Failure]]:
    reading = reading or Reading()
    files, failures = list_inputs(names, reading)
    items = list(iter_articles(files, reading))
    articles = [item for item in items if isinstance(item, Article)]
    return articles, [*failures, *(item for item in items if isinstance(item, Failure))]


def test_folder_globs_and_ids(tmp_path: Path) -> None:
    for name in ("a/one.txt", "b/one.txt", "b/two.md", "b/.hidden.txt", "b/notes.doc", "b/.git/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("It is good.\n", encoding="utf-8")
    articles, failures = _read([str(tmp_path)])
    assert sorted(a.id for a in articles) == ["a/one", "b/one", "two"]
    assert failures == []
    globbed, _ = _read([str(tmp_path / "*" / "one.txt")])
    assert [a.id for a in globbed] == ["a/one", "b/one"]
    once, _ = _read([str(tmp_path / "a"), str(tmp_path / "a" / "one.txt")])
    assert len(once) == 1


def test_text_is_kept_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.\r\n")
    (article,), _ = _read([str(path)])
    assert article.text == "One.\r\nTwo.\r\n"
    assert not article.extracted


def test_bad_inputs_are_named_and_lose_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("It is good.", encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "ragged.csv").write_text("id,text\n1,ok,extra\n", encoding="utf-8")
    (tmp_path / "nocolumn.csv").write_text("id,words\n1,ok\n", encoding="utf-8")
    (tmp_path / "broken.jsonl").write_text('{"text": "It is fine."}\n{broken\n', encoding="utf-8")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing")
    (tmp_path / "empty.csv").write_text("id,text\n", encoding="utf-8")
    articles, failures = _read([str(tmp_path), str(tmp_path / "missing.txt")])
    assert [a.id for a in articles] == ["broken-1", "good"]
    assert sorted(Path(f.input).name for f in failures) == [
        "bad.parquet", "binary.txt", "broken.jsonl:2", "empty.csv", "empty.txt", "missing.txt", "nocolumn.csv", "ragged.csv",
    ]  # fmt: skip
    assert all(f.stage == "read" and f.error and f.hint for f in failures)


def test_tables_pass_columns_through(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"id": ["a", "b"], "review": ["It is good.", "It is bad."], "year": [2030, 2031], "work": ["W", "W"]}
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    table.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.jsonl", "t.parquet"):
        articles, failures = _read([str(tmp_path / name)])
        assert failures == []
        assert [(a.id, a.text, a.work, str(a.extra["year"])) for a in articles] == [
            ("a", "It is good.", "W", "2030"), ("b", "It is bad.", "W", "2031"),
        ]  # fmt: skip


def test_columns_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("key;words\nk1;It is fine\nk2;\n", encoding="utf-8")
    reading = Reading(text_column="words", id_column="key")
    articles, failures = _read([str(tmp_path / "t.csv")], reading)
    assert [(a.id, a.text) for a in articles] == [("k1", "It is fine")]
    assert [f.input.rsplit(":", 1)[1] for f in failures] == ["2"]
    _, failures = _read([str(tmp_path / "t.csv")], Reading(text_column="nope"))
    assert "nope" in failures[0].error
    assert "words" in failures[0].hint


def test_repeated_ids_are_made_unique(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,text\na,It is good.\na,It is bad.\n", encoding="utf-8")
    articles, _ = _read([str(tmp_path / "t.csv")])
    assert [a.id for a in articles] == ["a", "a#2"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"It is good.")

    monkeypatch.setattr(sys, "stdin", Stdin())
    articles, failures = _read(["-"])
    assert [(a.id, a.text) for a in articles] == [("stdin", "It is good.")]
    assert failures == []


@pytest.mark.parametrize(
    ("text", "title"),
    [("Reviews are in\n\nIt is good.", "Reviews are in"), ("It is good. Very.\nMore.", ""), ("Only one line", "")],
)
def test_title_is_the_first_short_line(tmp_path: Path, text: str, title: str) -> None:
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    (article,), _ = _read([str(tmp_path / "x.txt")])
    assert article.title == title


def test_a_file_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert list_inputs(["a.txt", str(tmp_path / "a.txt"), "*.txt", "."], Reading()) == (["a.txt"], [])


def test_json_strings_may_hold_line_separators_and_ids_may_be_zero(tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    table.write_text('{"id": 0, "text": "It\u2028drags."}\r\n{"id": "", "text": "It\x85soars."}\n', encoding="utf-8")
    first, second = iter_articles([str(table)], Reading())
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert [(first.id, first.text), (second.id, second.text)] == [("0", "It\u2028drags."), ("t-2", "It\x85soars.")]


def test_ids_that_look_like_repeats_stay_unique(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,text\na,x.\na#2,y.\na,z.\na,w.\n", encoding="utf-8")
    found = [item.id for item in iter_articles([str(table)], Reading()) if isinstance(item, Article)]
    assert found == ["a", "a#2", "a#3", "a#4"]


def test_a_header_that_repeats_a_name_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,text,text\na,x,y\n", encoding="utf-8")
    (failure,) = iter_articles([str(table)], Reading())
    assert isinstance(failure, Failure)
    assert "'text' more than once" in failure.error


@pytest.mark.parametrize(
    ("name", "content"),
    [("long.txt", "It is good. " * 5), ("long.csv", "id,text\na,It is good. It is good. It is good.\n"), ("long.html", f"<html><body><article><p>{'It is good and long. ' * 3}</p></article></body></html>")],
)  # fmt: skip
def test_texts_beyond_the_limit_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    monkeypatch.setattr(inputs, "TEXT_LIMIT", 30)
    (tmp_path / name).write_text(content, encoding="utf-8")
    (failure,) = iter_articles([str(tmp_path / name)], Reading())
    assert isinstance(failure, Failure)
    assert "characters, more than 30" in failure.error
    assert failure.hint == "split it into articles"
    monkeypatch.setattr(inputs, "TEXT_LIMIT", 80)
    (article,) = iter_articles([str(tmp_path / name)], Reading())
    assert isinstance(article, Article)


@pytest.mark.parametrize("named", [True, False])
def test_files_beyond_the_limit_are_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    monkeypatch.setattr(inputs, "SIZE_LIMIT", 30)
    path = tmp_path / "long.txt"
    path.write_text("It is good. " * 5, encoding="utf-8")
    with path.open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        (failure,) = iter_articles([str(path) if named else "-"], Reading())
        assert isinstance(failure, Failure)
        assert "more than 30 bytes" in failure.error
        assert file.tell() <= 60


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_long_tables_read_as_short_ones(tmp_path: Path, encoding: str, kind: str) -> None:
    texts = [f"Le café n° {n} était très bon, la fête aussi.\u00a0Voilà." for n in range(200)]
    rows = {"csv": "id,text\n" + "".join(f'{n},"{t}\r\n"\n' for n, t in enumerate(texts))}
    rows["jsonl"] = "".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts)
    path = tmp_path / "t"
    path.write_bytes(rows[kind].encode(encoding))
    newline = "" if kind == "csv" else "\n"
    with open_text(path, newline=newline) as once, open_text(path, newline=newline, at_once=1000) as lazily:
        assert isinstance(once, io.StringIO)
        assert not isinstance(lazily, io.StringIO)
        assert once.read() == lazily.read()


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (b"", "Le café était très bon.\n".encode("cp1252")),
        (b"", b"caf\xe9" + b"x" * 70_000 + b"\x81\n"),  # what the first stretch looks like holds not for the second
        ("Le café était très bon.\n".encode("cp1252") * 40, b"\x81\n"),
    ],
)
def test_a_long_table_that_stops_being_what_it_was_is_read(tmp_path: Path, head: bytes, tail: bytes) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"text\n" + head + b"It is good.\n" * 200 + tail)
    with open_text(path, newline="", at_once=1000) as handle:
        read = handle.read()
    assert read == decode(path.read_bytes()) or b"\x81" in tail
    assert len(read) == path.stat().st_size
    (article, *_) = iter_articles([str(path)], Reading(input_format="csv"))
    assert isinstance(article, Article)


def test_a_long_table_that_is_not_what_it_says_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("text\nIt is good.\n".encode("utf-8-sig") + b"It is good.\n" * 200 + b"\xff\n")
    with pytest.raises(InputError, match="says it is utf-8-sig but is not"):
        open_text(path, newline="", at_once=1000)


def _described(folder: Path, metadata: str) -> list[Article | Failure]:
    folder.joinpath("a.txt").write_text("It is good, and long.", encoding="utf-8")
    folder.joinpath("b.md").write_text("# It is\n\nIt is bad, and long.", encoding="utf-8")
    folder.joinpath("metadata.csv").write_text(metadata, encoding="utf-8")
    files, failures = list_inputs([str(folder)], Reading())
    return [*failures, *iter_articles(files, Reading())]


def test_a_folder_says_what_its_files_are_about(tmp_path: Path) -> None:
    first, second = _described(tmp_path, "file_name,work,title,date\na.txt,The Salt Road,Notices,2025-01-02\n")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.work, first.title, first.extra) == ("The Salt Road", "Notices", {"date": "2025-01-02"})
    assert (second.work, second.title, second.extra) == ("", "It is", {})


@pytest.mark.parametrize("pattern", ["", "*", "*.*"])
def test_metadata_is_no_input(tmp_path: Path, pattern: str) -> None:
    _described(tmp_path, "file_name,work\na.txt,The Salt Road\n")
    files, failures = list_inputs([str(tmp_path / pattern) if pattern else str(tmp_path)], Reading())
    assert ([Path(f).name for f in files], failures) == (["a.txt", "b.md"], [])
    named = [str(tmp_path / name) for name in ("metadata.csv", "a.txt")]
    assert list_inputs(named, Reading()) == (named[1:], [])
    _, (failure,) = list_inputs(named[:1], Reading())
    assert failure.error == "no articles, only what describes them"
    articles = list(iter_articles(named[1:], Reading()))
    assert [a.work for a in articles if isinstance(a, Article)] == ["The Salt Road"]


@pytest.mark.parametrize(
    ("metadata", "errors", "works"),
    [
        ("file_name,work\nA.txt,The Salt Road\n", ["names 'A.txt', which is not beside it"], ["", ""]),
        ("file_name,work\nsub/a.txt,The Salt Road\n", ["names 'sub/a.txt', which is not beside it"], ["", ""]),
        ("file_name,work\na.txt,One\na.txt,Two\n", ["names 'a.txt' twice"], ["One", ""]),
        ("file_name,work\nb.md,One\na.txt,One, Two\n", ["line 3 has more cells than the header"], ["", "One"]),
        ("file_name,work\nb.md,One, Two\na.txt,One\n", ["line 2 has more cells than the header"], ["One", ""]),
        ("File_Name,WORK\na.txt,One\n", [], ["One", ""]),
        ("file_name, work\n a.txt ,One\n", [], ["One", ""]),
        ("file_name;work\na.txt;One\n", [], ["One", ""]),
    ],
)
def test_what_is_wrong_with_metadata_is_named_and_the_rest_holds(
    tmp_path: Path, metadata: str, errors: list[str], works: list[str]
) -> None:
    found = _described(tmp_path, metadata)
    assert [f.error for f in found if isinstance(f, Failure)] == errors
    assert [a.work for a in found if isinstance(a, Article)] == works


def _tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"It is good, says {name}.", encoding="utf-8")
    return folder


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    root = _tree(tmp_path, "in/b/x.txt", "in/c/y.txt", "far/z.txt", "far/deep/w.txt", "outside.txt") / "in"
    for link, target in {
        "a": "b", "far": "../far", "again": "../far/deep", "loop": ".", "c/up": "..", "top": "../..", ".hidden": "../far",
    }.items():  # fmt: skip
        (root / link).symlink_to(target)
    files, failures = list_inputs([str(root)], Reading())
    assert failures == []
    assert sorted(Path(file).name for file in files) == ["w.txt", "x.txt", "y.txt", "z.txt"]
    assert {str(root / "b" / "x.txt"), str(root / "c" / "y.txt"), str(root / "far" / "z.txt")} <= set(files)


def test_what_cannot_be_looked_at_is_named(tmp_path: Path) -> None:
    root = _tree(tmp_path, "in/a.txt") / "in"
    (root / "gone.txt").symlink_to("nowhere")
    (root / "gone").symlink_to("nowhere")
    (root / "ring.txt").symlink_to("ring.txt")
    (root / ".gone.txt").symlink_to("nowhere")
    for name in (str(root), str(root / "*"), str(root / "gone.txt"), str(root / "ring.txt")):
        _, failures = list_inputs([name], Reading())
        wanted = {"gone", "gone.txt", "ring.txt"} if name[-1] != "t" else {Path(name).name}
        assert {Path(f.input).name for f in failures} == wanted
        assert all(f.error.startswith("cannot be read: ") and f.hint for f in failures)


@pytest.mark.parametrize(
    ("name", "error"),
    [("", "no such file"), ("n" * 300, "cannot be read: File name too long"), ("x.txt/y", "no such file")],
)
def test_a_name_that_is_no_file_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: str
) -> None:
    monkeypatch.chdir(_tree(tmp_path, "x.txt"))
    files, (failure,) = list_inputs([name, "x.txt"], Reading())
    assert files == ["x.txt"]
    assert (failure.input, failure.error) == (name or "''", error)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("*", "a.txt m.txt x.txt y.txt"), ("g*", "x.txt y.txt"), ("g?/", "x.txt y.txt"), ("**/*.txt", "a.txt m.txt x.txt y.txt"), ("g1/*.txt", "x.txt"), ("e*", "")],
)  # fmt: skip
def test_folders_that_a_pattern_matches_are_read(tmp_path: Path, pattern: str, names: str) -> None:
    root = _tree(tmp_path, "a.txt", "g1/x.txt", "g1/x.png", "g2/deep/y.txt", "m.txt", "empty/none.png")
    files, failures = list_inputs([str(root / pattern)], Reading())
    assert sorted(Path(file).name for file in files) == names.split()
    assert [f.error for f in failures] == ([] if names else ["the folder has no readable files"])


@pytest.mark.parametrize("ending", inputs.OTHERS)
def test_other_formats_are_refused_unless_they_are_said_to_be_text(tmp_path: Path, ending: str) -> None:
    name = str(_tree(tmp_path, f"x{ending.upper()}") / f"x{ending.upper()}")
    (failure,) = iter_articles([name], Reading())
    assert isinstance(failure, Failure)
    assert failure.error == f"the file is {inputs.OTHERS[ending]}, by its ending"
    (article,) = iter_articles([name], Reading(input_format="text"))
    assert isinstance(article, Article)


def test_closed_standard_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    (failure,) = iter_articles(["-"], Reading())
    assert isinstance(failure, Failure)
    assert failure.error == "standard input is closed"


G = "It is good."
ROWS = [  # a bad row, and the line it begins in, among good ones
    ("csv", "text,n", f"{G},1", f"{G}, and long,2", "line 3 has more cells than the header"),
    ("csv", "text,n", '"It is\ngood.",1', f"{G},2,3", "line 4 has more cells than the header"),
    ("jsonl", "", json.dumps({"text": G}), "{broken", "line 2 is no valid JSON"),
    ("jsonl", "", json.dumps({"text": G}), "[1]", "line 2 is no JSON object"),
    ("jsonl", "", json.dumps({"text": G}), '{"words": "x"}', "the text column cannot be told"),
    ("jsonl", "", json.dumps({"text": G}), '{"text": NaN}', "is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "head", "good", "bad", "error"), ROWS)
def test_a_bad_row_loses_no_other(tmp_path: Path, kind: str, head: str, good: str, bad: str, error: str) -> None:
    path = tmp_path / f"t.{kind}"
    path.write_text("\n".join(filter(None, [head, good, bad, *[good] * 50])) + "\n", encoding="utf-8")
    first, second, *rest = iter_articles([str(path)], Reading())
    assert isinstance(second, Failure)
    assert (second.input, second.stage) == (f"{path}:2", "read")
    assert error in second.error
    assert second.hint
    assert [item.id for item in (first, *rest) if isinstance(item, Article)] == [
        "t-1",
        *(f"t-{n}" for n in range(3, 53)),
    ]


@pytest.mark.parametrize(("kind", "head", "good", "bad", "error"), ROWS[:-1])
def test_a_table_of_bad_rows_is_given_up(tmp_path: Path, kind: str, head: str, good: str, bad: str, error: str) -> None:
    path = tmp_path / f"t.{kind}"
    path.write_text("\n".join(filter(None, [head, *[bad] * 1000, good])), encoding="utf-8")
    (failure,) = iter_articles([str(path)], Reading())
    assert isinstance(failure, Failure)
    assert failure.input == str(path)
    assert failure.error.endswith("nor can the 99 rows after it be read")
    path.write_text("\n".join(filter(None, [head, good, *[bad] * 1000, good])), encoding="utf-8")
    first, *failures = iter_articles([str(path)], Reading())
    assert isinstance(first, Article)
    assert len(failures) == 101
    last = failures[-1]
    assert isinstance(last, Failure)
    assert (last.input, last.error) == (str(path), "100 rows one after the other cannot be read; the rest is not read")


@pytest.mark.parametrize(("kind", "head", "good", "bad", "error"), ROWS[:4])
def test_a_table_of_which_every_row_counts_is_refused_for_one(
    tmp_path: Path, kind: str, head: str, good: str, bad: str, error: str
) -> None:
    path = tmp_path / f"t.{kind}"
    path.write_text("\n".join(filter(None, [head, good, bad, good])), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(error)):
        list(read_table(path, kind))


def test_a_table_without_texts_is_named_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,words\na,b,c\na,b\n", encoding="utf-8")
    (failure,) = iter_articles([str(path)], Reading())
    assert isinstance(failure, Failure)
    assert "the text column cannot be told" in failure.error


UNCLOSED = [
    ('id,text\na,It drags.\nb,"It is good.\nc,It is bad.\n', 3, ["a"]),
    ('id,text\na,"It\ndrags."\nb,"It is good.', 4, ["a"]),
    ('text,note,id\nIt drags.,x,a\n"It\r\nis good.","\nb\n', 4, ["a"]),
    ('id,text\na,It drags.\n"', 3, ["a"]),
    ('id,"text\na,It drags.\n', 1, []),
]


@pytest.mark.parametrize(("text", "line", "ids"), UNCLOSED)
def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path: Path, text: str, line: int, ids: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    *articles, failure = iter_articles([str(path)], Reading())
    assert [a.id for a in articles if isinstance(a, Article)] == ids
    assert isinstance(failure, Failure)
    assert f"opens a cell in line {line} and is never closed" in failure.error


def _json_table(folder: Path, *rows: object) -> str:
    path = folder / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_each_object_of_json_lines_has_columns_of_its_own(tmp_path: Path) -> None:
    name = _json_table(
        tmp_path, {"text": G}, {"id": "b", "text": G, "year": 1}, {"article_id": "c", "Review": G, "Work": "W"}
    )
    for reading in (Reading(), Reading(id_column="id")):
        found = [item for item in iter_articles([name], reading) if isinstance(item, Article)]
        third = "c" if not reading.id_column else "t-3"
        assert [(a.id, a.work, a.text) for a in found] == [("t-1", "", G), ("b", "", G), (third, "W", G)]
        assert found[1].extra == {"year": 1}
    *articles, failure = iter_articles([name], Reading(id_column="key"))
    assert len(articles) == 3
    assert isinstance(failure, Failure)
    assert failure.error == "no row has a column 'key'"


def _parquet_table(folder: Path, **columns: object) -> str:
    pq.write_table(pa.table({"text": pa.array([G, G]), **columns}), folder / "t.parquet")
    return str(folder / "t.parquet")


def test_what_is_missing_is_no_name(tmp_path: Path) -> None:
    gone = {"work": math.nan, "id": math.nan, "title": None, "publisher": math.nan, "text": G}
    nothing = pa.array([math.nan, None], pa.float64())
    for name in (
        _json_table(tmp_path, gone, gone),
        _parquet_table(tmp_path, work=nothing, id=nothing, title=pa.array([None, None], pa.timestamp("ns"))),
    ):
        found = [item for item in iter_articles([name], Reading()) if isinstance(item, Article)]
        assert [(a.id, a.work, a.title, a.publisher) for a in found] == [("t-1", "", "", ""), ("t-2", "", "", "")]


def test_names_of_columns_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"ID,TEXT,Title,Work,PUBLISHER,Year\na,{G},T,W,P,1\n", encoding="utf-8")
    (a,) = iter_articles([str(tmp_path / "t.csv")], Reading())
    assert isinstance(a, Article)
    assert (a.id, a.title, a.work, a.publisher, a.extra) == ("a", "T", "W", "P", {"Year": "1"})
    (tmp_path / "t.csv").write_text(f",text,title,Title\n7,{G},T,U\n", encoding="utf-8")
    (a,) = iter_articles([str(tmp_path / "t.csv")], Reading())
    assert isinstance(a, Article)
    assert (a.id, a.title, a.work, a.extra) == ("t-1", "T", "", {"": "7", "Title": "U"})


@pytest.mark.parametrize(
    ("column", "articles"),
    [
        (pa.array([10**15, 0], pa.timestamp("ms")), ["t-2"]),
        (pa.array([0, 0], pa.timestamp("ms", "Mars/Olympus")), []),
    ],
)
def test_a_value_that_python_has_not_is_a_fault_of_its_row(
    tmp_path: Path, column: pa.Array, articles: list[str]
) -> None:
    found = list(iter_articles([_parquet_table(tmp_path, date=column)], Reading()))
    assert [a.id for a in found if isinstance(a, Article)] == articles
    (failure,) = (item for item in found if isinstance(item, Failure))
    assert "row 1 holds a value that cannot be read" in failure.error


def test_a_bug_in_reading_loses_one_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise ZeroDivisionError("of what")

    monkeypatch.setattr(inputs.markup, "from_markdown", broken)
    for name in ("a.md", "b.txt"):
        (tmp_path / name).write_text("It is good.", encoding="utf-8")
    failure, article = iter_articles([str(tmp_path / "a.md"), str(tmp_path / "b.txt")], Reading())
    assert isinstance(article, Article)
    assert failure == Failure(str(tmp_path / "a.md"), "read", "ZeroDivisionError: of what", "report this file")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.tsv", f'id\t"text, full, or, so"\ttext\na\tx\t{G}\n', {"text, full, or, so": "x"}),
        ("t.tsv", f"text\n{G[:-1]}, and so on\n", {}),
        ("t.csv", f'"id; with; more",text\na,{G}\n', {"id; with; more": "a"}),
        ("t.csv", f'"id\nof",text\na,{G}\n', {"id\nof": "a"}),
        ("t.csv", f"id, text , year\na,{G},1\n", {"year": "1"}),
        ("t.csv", f"sep=;\nid;text;a,b,c\na;{G};1\n", {"a,b,c": "1"}),
        ("t.csv", f"SEP=|\r\nid|text\r\na|{G}\r\n", {}),
        ("t.csv", f"\ufeffsep=,\nid,text\na,{G}\n", {}),
    ],
)
def test_the_delimiter_is_told_outside_quotation_marks(
    tmp_path: Path, name: str, text: str, expected: dict[str, str]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    (article,) = iter_articles([str(tmp_path / name)], Reading())
    assert isinstance(article, Article)
    assert article.text in {G, "It is good, and so on"}
    assert article.extra == expected


def test_an_accent_may_be_written_in_two_ways(tmp_path: Path) -> None:
    (tmp_path / "Cafe\u0301.txt").write_text("It is good, and long.", encoding="utf-8")
    found = _described(tmp_path, "file_name,work\nCaf\u00e9.txt,The Café\n")
    assert "The Café" in [a.work for a in found if isinstance(a, Article)]


def test_a_table_called_metadata_with_texts_is_a_table(tmp_path: Path) -> None:
    found = _described(tmp_path, "id,text\nx,It is fair and long.\n")
    assert sorted(a.id for a in found if isinstance(a, Article)) == ["a", "b", "x"]


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_open_or_are_named(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "t"
    path.write_bytes(data)
    with suppress(InputError), open_text(path, newline="", at_once=50) as handle:
        assert isinstance(handle.read(), str)
