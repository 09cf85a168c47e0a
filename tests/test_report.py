"""Reports: tables read back from every format, a page that shows them and escapes what articles say."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from samples import empty, result, votes

from pipeline import frames
from pipeline.errors import InputError, OutputError
from pipeline.report import render, write_report
from pipeline.stored import read_tables
from pipeline.write import FORMATS


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_tables_are_read_back(tmp_path: Path, kind: str, filled: bool) -> None:
    made = result({"note": "n"}, {"note": "m"}) if filled else empty()
    made.write(tmp_path, output_format=kind)
    found = read_tables(tmp_path)
    for name, table in made.tables().items():
        pd.testing.assert_frame_equal(found[name], table, check_dtype=kind != "xlsx")
    assert render(found)


def test_the_latest_run_is_read_whatever_lies_beside_it(tmp_path: Path) -> None:
    result({"note": "n"}, {"note": "m"}).write(tmp_path, output_format="csv")
    result().write(tmp_path, output_format="parquet")
    assert len(read_tables(tmp_path)["articles"]) == 1


def _no_run(folder: Path) -> None:
    (folder / "run.json").unlink()


def _broken_run(folder: Path) -> None:
    (folder / "run.json").write_text("{", encoding="utf-8")


def _list_run(folder: Path) -> None:
    (folder / "run.json").write_text("[]", encoding="utf-8")


def _no_table(folder: Path) -> None:
    (folder / "opinions.csv").unlink()


def _no_column(folder: Path) -> None:
    (folder / "opinions.csv").write_text("article_id,score\na,1\n", encoding="utf-8")


def _bad_number(folder: Path) -> None:
    path = folder / "opinions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.5,0.8", "high,0.8"), encoding="utf-8")


def _bad_bytes(folder: Path) -> None:
    (folder / "opinions.csv").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_run, "no finished run"), (_broken_run, "no finished run"), (_list_run, "no finished run"), (_no_table, "opinions"),
        (_no_column, "opinions"), (_bad_number, "opinions"), (_bad_bytes, "opinions"),
    ],
)  # fmt: skip
def test_a_spoilt_run_is_named(tmp_path: Path, spoil: object, message: str) -> None:
    result().write(tmp_path)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        read_tables(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "xlsx"])
def test_a_spoilt_table_is_named(tmp_path: Path, kind: str) -> None:
    result().write(tmp_path, output_format=kind)
    (tmp_path / f"opinions.{kind}").write_bytes(b"{nothing")
    with pytest.raises(InputError, match=f"opinions.{kind}"):
        read_tables(tmp_path)


def test_a_missing_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result().write(tmp_path, output_format="xlsx")

    def read_excel(*args: object, **options: object) -> None:
        raise ImportError("Missing optional dependency 'openpyxl'")

    monkeypatch.setattr(pd, "read_excel", read_excel)
    with pytest.raises(InputError, match="openpyxl"):
        read_tables(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished run"):
        read_tables(tmp_path / "none")


def test_the_page_escapes_what_articles_say() -> None:
    page = render(result().tables())
    assert "<b>Ann" not in page
    opinions = frames.frame("opinions", votes(("<script>x</script>", "outlet", "story", "positive", 1.0)))
    tables = {**empty().tables(), "opinions": opinions, "consensus": frames.consensus(opinions, {"a": "<i>W</i>"})}
    page = render(tables)
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    assert "<i>W" not in page


def test_the_page_counts_and_tells_voters_from_others() -> None:
    rows = votes(
        ("Director", "cast_crew", "story", "positive", 1.0), ("Variety", "outlet", "story", "positive", 1.0),
        ("Variety", "outlet", "story", "negative", -1.0), ("Variety", "outlet", "music", "mixed", 0.0),
    )  # fmt: skip
    opinions = frames.frame("opinions", rows)
    page = render({**empty().tables(), "opinions": opinions, "consensus": frames.consensus(opinions)})
    assert page.index('<th scope="row">Variety</th>') < page.index('<th scope="row">Director (cast_crew, no vote)</th>')
    assert "<td>+−</td>" in page
    assert "<td>±</td>" in page
    assert "4 rows" in page


def test_a_label_that_no_run_writes_is_shown_all_the_same() -> None:
    opinions = frames.frame("opinions", votes(("Variety", "outlet", "story", "neutral", 0.0)))
    assert "neutral" in render({**empty().tables(), "opinions": opinions})


def test_the_page_is_written_or_refused(tmp_path: Path) -> None:
    path = write_report(result().tables(), tmp_path / "new" / "report.html")
    page = path.read_bytes().decode("utf-8")
    assert page.startswith("<!doctype html>")
    assert page == render(result().tables())
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError):
        write_report(result().tables(), tmp_path / "file" / "report.html")


def test_numbers_that_are_words_stay_words(tmp_path: Path) -> None:
    rows = votes(("1917", "outlet", "story", "positive", 1.0), article="007")
    opinions = frames.frame("opinions", rows)
    tables = {**empty().tables(), "opinions": opinions, "consensus": frames.consensus(opinions, {"007": "300"})}
    for kind in FORMATS:
        folder = tmp_path / kind
        folder.mkdir()
        from pipeline.settings import Settings
        from pipeline.write import write_tables

        write_tables(tables, folder, output_format=kind, settings=Settings())
        found = read_tables(folder)
        assert found["opinions"]["article_id"].tolist() == ["007"]
        assert found["opinions"]["source"].tolist() == ["1917"]
        assert found["consensus"]["work"].tolist() == ["300", "300"]
        assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["output_format"] == kind
