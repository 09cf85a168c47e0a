"""Hostile inputs: any text is read and its offsets hold; any file ends as an article or as an error with a hint."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import pipeline
from pipeline.cli.app import app
from pipeline.read import Reading, iter_articles
from pipeline.schema import Article, Failure
from pipeline.stored import read_tables


@pytest.fixture(scope="module")
def analyzer() -> pipeline.Analyzer:
    return pipeline.load(any_language=True)


def holds(analyzer: pipeline.Analyzer, text: str, *, kept: str | None = None) -> None:
    """Check the offsets of every row; `kept` is what is read of a text that cannot be kept as it is."""
    kept = text if kept is None else kept
    result = analyzer.analyze(text)
    assert result.articles["n_chars"].tolist() == [len(text)]
    for table in (result.opinions, result.attributions, result.sentences):
        assert [kept[s:e] for s, e in zip(table["start"], table["end"], strict=True)] == table["text"].tolist()
        assert all(0 <= s < e for s, e in zip(table["start"], table["end"], strict=True))


SAID = "Variety wrote that the score is good"
TEXTS = {
    "a megabyte without a space": "x" * 1_000_000,
    "white space in a sentence": f"{SAID}{' ' * 100_000}and that the plot is bad.",
    "line ends in a sentence": f"{SAID}{chr(10) * 100_000}and that the plot is bad.",
    "zero width in a sentence": f"{SAID}{chr(0x200B) * 20_000}and that the plot is bad.",
    "combining marks": f"{SAID}{chr(0x301) * 20_000} and bad.",
    "brackets": "(" * 4_000,
    "stars": "★" * 10_000,
    "addresses": "http://a.b/" * 1_000,
    "hyphens": "Ab-" * 3_000,
    "initials": "A." * 3_000,
    "adjectives": "many " * 2_000,
    "names": "Ann Lee " * 1_000,
    "quotations in each other": "“" * 1_000 + SAID + "”" * 1_000,
    "quotations of two kinds in each other": "“a ‘b " * 500 + SAID + " c’ d” " * 500,
    "only quotations": "“It is good.” " * 200,
    "only quotation marks": "“”\"'‘’«»„" * 300,
    "only headings": "The Verdict\n\n" * 500,
    "only Markdown headings": "# The Verdict\n" * 300,
    "quotations never closed": "“It is good, wrote Variety. " * 100,
    "quotations never opened": "It is good,” wrote Variety. " * 100,
    "right to left": "\u202e“هذا الفيلم جميل” wrote Variety.\u202c \u2067שלום\u2069 " * 50,
    "lines of every kind": "Variety liked it.\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r\n\r\n\n\r" * 50,
    "NUL": "Variety\x00 wrote that it is\x00 good.\x00",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_text_is_too_hostile(analyzer: pipeline.Analyzer, text: str) -> None:
    holds(analyzer, text)


_WORDS = st.sampled_from(
    ["Variety", " wrote that ", "it is good", "“", "”", "‘", "’", '"', "'", ". ", "\n", "\r\n", ": ", " — ", "4/5", "★★", "B+", "# "]
)  # fmt: skip
_ODD = st.sampled_from(
    ["\x00", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u200b", "\u200d", "\ufeff", "\u202e", "\u2067", "\u0301" * 5, "שלום", "مرحبا",
     "👩\u200d👩\u200d👧", "\U000e0041", "\uffff", "\U0010ffff", "ﬁ", "İ", "ß", "\u00ad", "\u3000"]
)  # fmt: skip
_ANY = st.text(st.characters(exclude_categories=()), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_WORDS, _ODD, _ANY), max_size=30).map("".join))
def test_any_unicode_is_read(analyzer: pipeline.Analyzer, text: str) -> None:
    holds(analyzer, text, kept="".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text))


def _parquet(column: pa.Array) -> bytes:
    """Write a Parquet table of one column."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": column}), buffer)
    return buffer.getvalue()


GOOD = "It is good, and it is long."
CSV = "id,text\n" + f'a,"{GOOD}"\n' * 300
GZIP = gzip.compress("".join(f"{n},{n * n}\n" for n in range(500)).encode())
PARQUET = _parquet(pa.array([GOOD] * 50))
NO_UTF8 = _parquet(pa.Array.from_buffers(pa.string(), 1, pa.array([b"It is \xff good."]).buffers()))
TABLE_OF_NUMBERS = _parquet(pa.array([1, 2]))

REFUSED = {
    "unclosed.csv": b'id,text\na,"It is good.\nb,It is bad.\n', "gzip.csv": GZIP[:200], "gzip.parquet": GZIP[:200], "gzip.jsonl": GZIP[:200], "gzip.html": GZIP[:200],
    "tail.parquet": PARQUET[:-20], "half.parquet": PARQUET[: len(PARQUET) // 2], "head.parquet": PARQUET[:4], "none.parquet": b"",
    "zeros.parquet": PARQUET[:40] + bytes(60) + PARQUET[100:], "no-utf8.parquet": NO_UTF8, "numbers.parquet": TABLE_OF_NUMBERS,
    "short.csv": b"id,text\na\n", "only-header.csv": b"id,text", "only-commas.csv": b",,,\n,,,\n", "nul.csv": b"id,text\na,It is\x00 good.\n",
    "zeros.txt": bytes(100), "nul.html": b"<p>It is\x00 good.</p>", "odd.txt": GOOD.encode("utf-16-le") + b"\0", "utf-32.txt": GOOD.encode("utf-32-le"),
    "half-pair.txt": b"\xff\xfe\x00\xd8a\x00", "no-utf-32.txt": b"\xff\xfe\x00\x00abc",
    "deep.jsonl": b'{"text":' + b"[" * 100_000, "deep-closed.jsonl": b'{"text":"x","y":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "digits.jsonl": b'{"text":"It is good.","y":' + b"9" * 5_000 + b"}", "number.jsonl": b'{"text":5}', "nan.jsonl": b'{"text":NaN}',
    "deep.html": b"<div>" * 100_000 + GOOD.encode() + b"</div>" * 100_000, "lines.html": b"<br>" * 20_000, "comments.html": b"<!--" * 50_000,
    "quotes.md": b"> " * 20_000 + GOOD.encode(), "lists.md": b"- " * 5_000 + b"x",
}  # fmt: skip
READ = {
    "utf-16.csv": (CSV.encode("utf-16-le"), GOOD), "utf-16-be.csv": (CSV.encode("utf-16-be"), GOOD), "utf-16.txt": (GOOD.encode("utf-16-le"), GOOD),
    "cr.csv": (f'id,text\ra,"{GOOD}"\r'.encode(), GOOD),
    "latin.txt": ("Le café est très bon, la fête aussi. ".encode("latin-1") * 9, None),
    "bad-utf8.txt": (b"It is good. \xff", None), "all-ff.txt": (b"\xff" * 50, None), "surrogate-bytes.txt": (b"It is \xed\xa0\x80 good.", None),
    "surrogate.jsonl": (b'{"text":"It is \\ud800 good.","note":["\\udfff"]}', "It is \ufffd good."),
    "pair.jsonl": (b'{"text":"It is \\ud83c\\udfad good."}', "It is 🎭 good."), "nul.jsonl": (b'{"text":"It is\\u0000 good."}', "It is\x00 good."),
    "surrogate.html": (f"<html><body><p>It is &#xD800; good. {GOOD}</p></body></html>".encode(), f"It is \ufffd good. {GOOD}"),
    "cut.html": (f"<html><body><p>{GOOD}</p><p>It is ba".encode(), None),
    "tags.html": (b"<html><body><p>" + b"<i></i>" * 100_000 + GOOD.encode() + b"</p></body></html>", GOOD),
    "emphasis.md": (b"*a" * 5_000, None), "links.md": (b"[a](" * 5_000, None),
}  # fmt: skip


def _read(path: Path, data: bytes) -> list[Article | Failure]:
    """Write a file and read it."""
    path.write_bytes(data)
    return list(iter_articles([str(path)], Reading()))


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_named_with_a_hint(tmp_path: Path, name: str) -> None:
    found = _read(tmp_path / name, REFUSED[name])
    assert found
    for failure in found:
        assert isinstance(failure, Failure)
        assert failure.input.startswith(str(tmp_path / name))
        assert failure.error
        assert failure.hint


@pytest.mark.parametrize("name", READ)
def test_a_file_that_can_be_read_is(tmp_path: Path, name: str) -> None:
    data, text = READ[name]
    first, *_ = _read(tmp_path / name, data)
    assert isinstance(first, Article)
    assert first.text.strip() == (text or first.text).strip()
    assert first.text.strip()
    first.text.encode("utf-8")


def test_rows_around_a_ragged_one_are_kept(tmp_path: Path) -> None:
    first, second, third = _read(tmp_path / "t.csv", f'id,text\na,"{GOOD}"\nb,x,y,z\nc,"{GOOD}"\n'.encode())
    assert isinstance(first, Article)
    assert isinstance(second, Failure)
    assert "line 3" in second.error
    assert isinstance(third, Article)


def _analyzed(folder: Path, files: Mapping[str, bytes], output_format: str) -> dict[str, pd.DataFrame]:
    """Run the command line over files in a folder and read its tables back."""
    (folder / "in").mkdir()
    for name, data in files.items():
        (folder / "in" / name).write_bytes(data)
    done = CliRunner().invoke(
        app, ["analyze", str(folder / "in"), "-o", str(folder / "out"), "--output-format", output_format, "--report"]
    )
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    return read_tables(folder / "out")


@pytest.mark.parametrize("output_format", ["csv", "jsonl", "parquet"])
def test_the_command_line_ends_every_file_as_article_or_error(tmp_path: Path, output_format: str) -> None:
    wanted = {"gzip.csv", "tail.parquet", "deep.jsonl", "half-pair.txt", "utf-16.txt", "surrogate.jsonl", "nul.jsonl", "surrogate-bytes.txt"}  # fmt: skip
    files = {n: d for n, d in {**REFUSED, **{n: d for n, (d, _) in READ.items()}}.items() if n in wanted}
    # a name that is no UTF-8
    files["caf\udce9.txt"] = GOOD.encode()
    tables = _analyzed(tmp_path, files, output_format)
    errors = tables["errors"]
    assert {Path(name).name for name in errors["input"]} == wanted & REFUSED.keys()
    assert errors["error"].astype(bool).all()
    assert errors["hint"].astype(bool).all()
    ends = {Path(name).name.partition(":")[0] for name in tables["articles"]["path"]}
    assert ends == {*(wanted & READ.keys()), r"caf\udce9.txt"}
