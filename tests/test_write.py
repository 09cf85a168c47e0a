"""Files of a run: every format, headers of empty tables, whole or not at all, the same bytes again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import threading
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from samples import TEXT, empty, result

from pipeline import __version__, workbook, write
from pipeline.api import Result
from pipeline.errors import CutWarning, OutputError, SettingsError
from pipeline.schema import COLUMNS, REPORT_COLUMNS, Analysis, Article
from pipeline.settings import Settings

WHEN = dt.datetime(2030, 1, 2, tzinfo=dt.UTC)
AWKWARD = [
    {"year": 2030, "tags": ["a"], "when": WHEN, "raw": b"\xff", "long": "x" * 40_000, "name": "caf\udce9", "big": 2**70},
    {"year": "n.d.", "tags": {"a": None}, "when": "never", "raw": None, "long": 1, "formula": "=1+1", "sum": float("inf")},
    {},
]  # fmt: skip
DATES: list[dict[str, object]] = [{"when": WHEN}, {"when": WHEN}]


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "run.json"}


@pytest.mark.parametrize("kind", write.FORMATS)
def test_every_table_is_written_and_nothing_else(tmp_path: Path, kind: str) -> None:
    for made in (result(), empty()):
        made.write(tmp_path / "deep" / "out", output_format=kind)
        names = {path.name for path in (tmp_path / "deep" / "out").iterdir()}
        assert names == {*(f"{name}.{kind}" for name in COLUMNS), "run.json"}


def test_empty_tables_have_their_header(tmp_path: Path) -> None:
    for kind in write.FORMATS:
        empty().write(tmp_path, output_format=kind)
    for name, columns in COLUMNS.items():
        assert (tmp_path / f"{name}.csv").read_text(encoding="utf-8") == ",".join(columns) + "\n"
        assert (tmp_path / f"{name}.jsonl").read_bytes() == b""
        assert tuple(pd.read_parquet(tmp_path / f"{name}.parquet").columns) == columns
        book = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")
        assert [tuple(row) for row in book.active.iter_rows(values_only=True)] == [columns]
        book.close()


@pytest.mark.filterwarnings("ignore::pipeline.errors.CutWarning")
@pytest.mark.parametrize("kind", write.FORMATS)
@pytest.mark.parametrize("extras", [[{}], AWKWARD, DATES], ids=["plain", "awkward", "dates"])
def test_the_same_tables_give_the_same_bytes(tmp_path: Path, kind: str, extras: list[dict[str, object]]) -> None:
    result(*extras).write(tmp_path / "a", output_format=kind)
    first = _files(tmp_path / "a")
    result(*extras).write(tmp_path / "a", output_format=kind)
    result(*extras).write(tmp_path / "b", output_format=kind)
    assert first == _files(tmp_path / "a") == _files(tmp_path / "b")


def test_csv_cells_come_back_to_the_character() -> None:
    text = write.csv_text(result({"note": 'a "b", c\r\nd\re\nf'}).articles)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["note"] == 'a "b", c\r\nd\re\nf'
    assert row["text"] == TEXT
    assert row["article_id"] == "001"
    frame = pd.read_csv(io.StringIO(text, newline=""), dtype=str, keep_default_na=False)
    assert frame["text"].tolist() == [TEXT]
    assert text.startswith("article_id,path,")
    assert text.endswith("\n")
    assert "\x00" not in text


def test_json_lines_keep_types() -> None:
    lines = write.json_text(result(*AWKWARD).articles).splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["year"] for row in rows] == [2030, "n.d.", None]
    assert [row["tags"] for row in rows] == [["a"], {"a": None}, None]
    assert rows[0]["when"].startswith("2030-01-02T00:00:00")
    assert rows[0]["article_id"] == "001"
    opinions = [json.loads(line) for line in write.json_text(result().opinions).splitlines()]
    assert [(type(row["start"]), row["quoted"], row["rating"]) for row in opinions] == [
        (int, True, None), (int, True, None), (int, False, 0.8),
    ]  # fmt: skip


def test_excel_shows_text_as_text_and_fits_its_cells(tmp_path: Path) -> None:
    with pytest.warns(CutWarning, match=r"column 'long', row 2 \(001\): a cell of a workbook holds 32,767"):
        result(*AWKWARD).write(tmp_path, output_format="xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "articles.xlsx").active
    rows = [dict(zip(next(sheet.values), row, strict=True)) for row in list(sheet.values)[1:]]
    assert rows[1]["formula"] == "'=1+1"
    assert sheet.cell(3, list(rows[1]).index("formula") + 1).data_type == "s"
    assert rows[0]["long"] == "x" * 32_767
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref is not None


@pytest.mark.parametrize("value", ["x" * 32_768, ["x" * 32_768], "=" + "x" * 32_766])
@pytest.mark.parametrize("many", [1, 5, 7])
def test_no_text_is_cut_silently(tmp_path: Path, value: object, many: int) -> None:
    table = pd.DataFrame({"id": [f"a{n}" for n in range(many)], "note": pd.Series([value] * many, dtype=object)})
    with pytest.warns(CutWarning) as caught:
        write.write_table(table, tmp_path / "x.xlsx")
    (said,) = [str(warning.message) for warning in caught]
    assert "column 'note', row 2 (a0)" in said
    assert ("and 2 more" in said) == (many == 7)
    assert "parquet" in said
    write.write_table(table.assign(note="x" * 32_767), tmp_path / "x.xlsx")


SHEETS = {
    "opinions": {"sentiment": ["cellIs"] * 3, "score": ["colorScale"], "vader": ["colorScale"], "confidence": ["dataBar"],
                 "aspect_confidence": ["dataBar"], "attribution_confidence": ["dataBar"]},
    "attributions": {"attribution_confidence": ["dataBar"]},
    "sentences": {"vader": ["colorScale"]},
    "articles": {},
    "summary": {"mean_score": ["colorScale"]},
    "consensus": {"positive_share": ["dataBar"], "consensus_score": ["colorScale"], "divisiveness": ["dataBar"]},
    "errors": {},
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_excel_tells_values_by_colour_too(tmp_path: Path, name: str) -> None:
    result().write(tmp_path, output_format="xlsx")
    sheet = openpyxl.load_workbook(tmp_path / f"{name}.xlsx").active
    header = [cell.value for cell in sheet[1]]
    assert all(cell.font.bold for cell in sheet[1])
    found = {}
    for ranges in sheet.conditional_formatting:
        (cells,) = ranges.sqref.ranges
        assert (cells.min_row, cells.max_row, cells.min_col) == (2, sheet.max_row, cells.max_col)
        found[header[cells.min_col - 1]] = [rule.type for rule in ranges.rules]
    assert found == SHEETS[name]


def test_excel_fills_sentiments_by_their_word_and_scales_scores_by_their_range(tmp_path: Path) -> None:
    rows = {"sentiment": ["positive", "negative"], "score": [0.5, -0.5], "consensus_score": [20.0, 80.0]}
    write.write_table(pd.DataFrame(rows), tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    words, *scales = [list(ranges.rules) for ranges in sheet.conditional_formatting]
    fills = {rule.formula[0].strip('"'): rule.dxf.fill.bgColor.rgb for rule in words}
    assert set(fills) == {"positive", "mixed", "negative"}
    assert len(set(fills.values())) == 3
    assert [[float(end.val) for end in rule.colorScale.cfvo] for (rule,) in scales] == [[-1, 0, 1], [0, 50, 100]]
    assert [cell.value for cell in sheet["A"]] == ["sentiment", "positive", "negative"]


def test_excel_colours_no_columns_of_a_user(tmp_path: Path) -> None:
    rows = {"user_score": [88.0], "market_share": [45.0], "score": [0.5]}
    own = {"score": [7.0], "confidence": [3.0], "sentiment": ["positive"]}
    tables = [
        (pd.DataFrame(rows), ["score"]),
        (pd.DataFrame({**{name: [""] for name in COLUMNS["articles"]}, **own}), []),
        (pd.DataFrame({**{name: [""] for name in REPORT_COLUMNS["matrix"]}, "pacing_score": [0.5]}), ["all_score", "pacing_score"]),
    ]  # fmt: skip
    for table, coloured in tables:
        write.write_table(table, tmp_path / "x.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
        places = [min(cells.min_col for cells in ranges.sqref.ranges) for ranges in sheet.conditional_formatting]
        assert [sheet.cell(1, place).value for place in places] == coloured


EXACT = [
    (1234567890123456789, "1234567890123456789"), (-(2**53) - 1, "-9007199254740993"), (2**53, 2**53), (7, 7), (10**400, str(10**400)),
    (dt.date(1895, 12, 28), "1895-12-28"), (dt.datetime(1895, 12, 28, 20, 30), "1895-12-28T20:30:00"), (dt.date(1900, 2, 28), "1900-02-28"),  # noqa: DTZ001
    (dt.date(1900, 3, 1), dt.datetime(1900, 3, 1)), (dt.datetime(2025, 9, 5, 20, 30), dt.datetime(2025, 9, 5, 20, 30)),  # noqa: DTZ001
]  # fmt: skip


@pytest.mark.parametrize(("value", "cell"), EXACT)
def test_excel_changes_no_number_and_no_date(tmp_path: Path, value: object, cell: object) -> None:
    columns = {name: pd.Series([value, rest], dtype=object) for name, rest in (("mixed", "words"), ("alone", None))}
    columns["typed"] = pd.Series([value, value])
    write.write_table(pd.DataFrame(columns), tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert [[found.value for found in sheet[row]] for row in (2, 3)] == [[cell] * 3, ["words", None, cell]]


def test_excel_columns_are_as_wide_as_they_need(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"n": [1], "text": ["long " * 50], "source": ["The Hollywood Reporter"], "a_very_long_name": [1]}
    )
    write.write_table(table, tmp_path / "x.xlsx")
    columns = openpyxl.load_workbook(tmp_path / "x.xlsx").active.column_dimensions
    widths = [round(columns[letter].width) for letter in "ABCD"]
    assert widths[0] < 10
    assert len("The Hollywood Reporter") < widths[2] < 30 < widths[1] < 70
    assert widths[3] >= len("a_very_long_name") + 2


def test_a_table_too_long_for_a_sheet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 3)
    with pytest.raises(OutputError, match="too many") as caught:
        write.write_table(pd.DataFrame({"x": [1, 2, 3]}), tmp_path / "x.xlsx")
    assert "parquet" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
    write.write_table(pd.DataFrame({"x": [1, 2]}), tmp_path / "x.xlsx")


@pytest.mark.parametrize(
    ("name", "start"),
    [("t.csv", b"x,y\n"), ("t.CSV", b"x,y\n"), ("t", b"x,y\n"), ("t.jsonl", b'{"x":'), ("t.parquet", b"PAR1"), ("t.xlsx", b"PK")],
)  # fmt: skip
def test_the_ending_tells_the_format(tmp_path: Path, name: str, start: bytes) -> None:
    write.write_table(pd.DataFrame({"x": [1], "y": ["a"]}), tmp_path / "new" / name)
    assert (tmp_path / "new" / name).read_bytes().startswith(start)


@pytest.mark.parametrize(("name", "start"), [("t.tsv", b"x\ty\n1\ta"), ("t.ndjson", b'{"x":1,"y":"a"}\n')])
def test_endings_that_are_read_are_written_alike(tmp_path: Path, name: str, start: bytes) -> None:
    write.write_table(pd.DataFrame({"x": [1], "y": ["a"]}), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_what_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old\n", encoding="utf-8")

    def half(table: pd.DataFrame, target: Path) -> None:
        target.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(write._WRITERS, "csv", half)
    with pytest.raises(OutputError, match="No space left") as caught:
        write.write_table(pd.DataFrame({"x": [1]}), path)
    assert caught.value.hint
    assert path.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_cut_short_is_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result().write(tmp_path)
    calls: list[Path] = []
    whole = write._WRITERS["csv"]

    def third(table: pd.DataFrame, target: Path) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        whole(table, target)

    monkeypatch.setitem(write._WRITERS, "csv", third)
    with pytest.raises(OutputError):
        result().write(tmp_path)
    assert not (tmp_path / "run.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.csv" for name in COLUMNS}


@pytest.mark.parametrize("kind", write.FORMATS)
def test_the_report_of_an_earlier_run_goes_with_it(tmp_path: Path, kind: str) -> None:
    own = {"report.html", *(f"{name}.{kind}" for name in REPORT_COLUMNS)}
    others = {"notes.html", "matrix.txt", "my-lean.csv"}
    for name in own | others:
        (tmp_path / name).write_text("x", encoding="utf-8")
    result().write(tmp_path, output_format=kind)
    assert own <= {path.name for path in tmp_path.iterdir()}  # they were not of a run
    result().write(tmp_path, output_format=kind)
    there = {path.name for path in tmp_path.iterdir()}
    assert not own & there
    assert others <= there


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="file") as caught:
            result().write(folder)
        assert caught.value.hint
    (tmp_path / "out" / "opinions.csv").mkdir(parents=True)
    with pytest.raises(OutputError):
        result().write(tmp_path / "out")
    with pytest.raises(OutputError):
        write.write_text(tmp_path / "file" / "report.html", "x")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'doc'"):
        result().write(tmp_path / "out", output_format="doc")
    assert not (tmp_path / "out").exists()


def test_run_json_describes_the_run(tmp_path: Path) -> None:
    made = result()
    settings = Settings(work="W", min_confidence=0.2)
    write.write_tables(made.tables(), tmp_path, output_format="jsonl", settings=settings, timings={"total": 1.23456})
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert run["versions"]["pullquote"] == __version__
    assert {"python", "spacy", "pandas", "scikit-learn"} <= set(run["versions"])
    assert run["models"]
    assert all(len(digest) == 64 for digest in run["models"].values())
    assert run["settings"] == settings.as_dict()
    assert run["output_format"] == "jsonl"
    assert run["counts"] == {name: len(table) for name, table in made.tables().items()}
    assert run["timings"] == {"total": 1.235}


def test_a_whole_number_beside_an_empty_cell_stays_whole_in_json() -> None:
    table = pd.DataFrame({"v": pd.Series([2**60 + 1, None], dtype=object)})
    assert write.json_text(table).splitlines() == ['{"v":1152921504606846977}', '{"v":null}']


@pytest.mark.parametrize("values", [[2, 2.5], [2**53 + 1, 0.5], [2.5, 2], [True, 2.5, 3]])
def test_a_whole_number_beside_a_fraction_stays_whole(values: list[float], tmp_path: Path) -> None:
    made = Result(
        tuple(
            Analysis(Article(f"a{n}", "x", extra={"v": value, "w": 0.5}), (), (), (), (), ())
            for n, value in enumerate(values)
        )
    )
    assert [json.loads(line)["v"] for line in write.json_text(made.articles).splitlines()] == values
    assert [line.split(",")[-2] for line in write.csv_text(made.articles).splitlines()[1:]] == [str(v) for v in values]
    made.write(tmp_path, output_format="parquet")
    assert pd.read_parquet(tmp_path / "articles.parquet")["w"].tolist() == [0.5] * len(values)


NUMBERS = [
    (1.5e-12, "1.5e-12"), (0.12345678901234568, "0.12345678901234568"), (1e300, "1e+300"), (-0.1, "-0.1"), (3.0, "3.0"),
    (2**60 + 1, str(2**60 + 1)), (10**30, str(10**30)), (np.float32(0.1), "0.1"), (np.int64(4), "4"), (True, "true"), (np.bool_(False), "false"),
    (float("nan"), "null"), (float("inf"), "null"), (None, "null"), (pd.NA, "null"), (pd.NaT, "null"),
    (pd.Timestamp("2030-01-02T03:04:05.123456789"), '"2030-01-02T03:04:05.123456789"'), (dt.date(2030, 1, 2), '"2030-01-02"'),
    ([1.5e-12, {"a": float("nan")}], '[1.5e-12,{"a":null}]'), ({1: (np.float32(0.5), b"x")}, '{"1":[0.5,"x"]}'), (np.array([1, 2]), "[1,2]"), ({(1, 2): 0}, '{"(1, 2)":0}'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), NUMBERS, ids=[shown for _, shown in NUMBERS])
@pytest.mark.parametrize("beside", [None, "text"])
def test_json_lines_hold_every_digit(value: object, expected: str, beside: object) -> None:
    table = pd.DataFrame({"v": pd.Series([value, beside], dtype=object)})
    assert write.json_text(table).splitlines() == [f'{{"v":{expected}}}', f'{{"v":{json.dumps(beside)}}}']


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1.5e-12, None]), ["1.5e-12", "null"]),
        (pd.Series([0.1, None], dtype="float32"), ["0.1", "null"]),
        (pd.Series([2**62 + 1, None], dtype="Int64"), [str(2**62 + 1), "null"]),
        (pd.Series([True, None], dtype="boolean"), ["true", "null"]),
        (pd.Series([0.25, None], dtype="Float64"), ["0.25", "null"]),
        (pd.Series(["a/b", None], dtype="str"), ['"a/b"', "null"]),
        (pd.Series(["a", None], dtype="category"), ['"a"', "null"]),
        (pd.to_datetime(pd.Series(["2030-01-02T03:04:05.123456789", None])), ['"2030-01-02T03:04:05.123456789"', "null"]),
    ],
)  # fmt: skip
def test_json_lines_hold_columns_of_every_type(column: pd.Series, expected: list[str]) -> None:
    assert write.json_text(column.to_frame("v")).splitlines() == [f'{{"v":{shown}}}' for shown in expected]


def test_json_lines_hold_what_is_nested_deeply() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]
    text = write.json_text(pd.DataFrame({"v": pd.Series([deep], dtype=object)}))
    assert text == '{"v":' + "[" * 901 + "]" * 901 + "}\n"


@pytest.mark.parametrize("cell", ["\r\x00\n", "a\r\x00\nb", "\x00", "\r\x00", "\n", "\r\n", 'a"\r\x00\n"b'])
def test_a_cell_with_the_end_of_a_row_in_it_comes_back(cell: str) -> None:
    table = pd.DataFrame({"x": [cell, "y"], "z": [1, 2]})
    rows = list(csv.reader(io.StringIO(write.csv_text(table, raw_cells=True), newline="")))
    assert rows == [["x", "z"], [cell, "1"], ["y", "2"]]


@pytest.mark.parametrize("kind", write.FORMATS)
def test_a_link_stays_and_what_it_names_is_written(tmp_path: Path, kind: str) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / f"target.{kind}"
    target.write_text("old", encoding="utf-8")
    links = [tmp_path / f"{name}.{kind}" for name in ("link", "again", "new")]
    for link, to in zip(links, (target, links[0], tmp_path / "real" / f"new.{kind}"), strict=True):
        link.symlink_to(to)
        write.write_table(pd.DataFrame({"x": [1]}), link)
        assert link.is_symlink()
        assert link.resolve().stat().st_size > 3
    assert {path.name for path in (tmp_path / "real").iterdir()} == {target.name, f"new.{kind}"}


@pytest.mark.parametrize("kind", write.FORMATS)
def test_a_pipe_is_written_into(tmp_path: Path, kind: str) -> None:
    pipe = tmp_path / f"pipe.{kind}"
    os.mkfifo(pipe)
    table = pd.DataFrame({"x": [1]})
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write.write_table(table, pipe)
    reader.join(timeout=20)
    write.write_table(table, tmp_path / f"file.{kind}")
    assert read == [(tmp_path / f"file.{kind}").read_bytes()]
    assert pipe.is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {pipe.name, f"file.{kind}"}
