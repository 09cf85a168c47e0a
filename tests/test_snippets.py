"""Ready-made snippets: a row in, a row out, what was there kept, what is added within its range."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.aspects import read_taxonomy
from pipeline.cli.app import app
from pipeline.errors import InputError, SettingsError
from pipeline.snippets import ADDED, classify_table, read_snippets

LABELS = {label.name for label in read_taxonomy("film").labels}
SNIPPETS = [
    "A magnificent score.",
    "",
    "The plot is dreadful.",
    None,
    "It runs 90 minutes.",
    "Great songs but a dull plot.",
    "   ",
    float("nan"),
]


@pytest.mark.parametrize("model", ["auto", "small", "vader"])
def test_rows_and_ranges(model: str) -> None:
    table = pd.DataFrame({"n": range(len(SNIPPETS)), "text": SNIPPETS})
    found = classify_table(table, sentiment_model=model)
    assert list(found.columns) == ["n", "text", *ADDED]
    pd.testing.assert_frame_equal(found[["n", "text"]], table)
    assert set(found["sentiment"]) <= {"positive", "negative", "mixed", "neutral", ""}
    assert found["score"].dropna().between(-1, 1).all()
    assert found["confidence"].dropna().between(0, 1).all()
    for row in found.itertuples():
        names = row.aspects.split("|") if row.aspects else []
        blank = not isinstance(row.text, str) or not row.text.strip()
        if blank:
            assert (row.sentiment, row.aspect, names) == ("", "", [])
            assert math.isnan(row.score)
            assert math.isnan(row.confidence)
        else:
            assert row.sentiment
            assert row.aspect == names[0]
            assert len(names) == len(set(names))
            assert set(names) <= LABELS


@pytest.mark.parametrize("blank", ["", " \n", None, float("nan"), pd.NA])
@pytest.mark.parametrize("least", [0.0, 0.5])
def test_a_row_without_text_counts_as_nothing(blank: object, least: float) -> None:
    table = pd.DataFrame({"text": pd.Series(["A magnificent score.", blank], dtype=object)})
    found = classify_table(table, min_confidence=least)
    assert found["sentiment"].tolist() == ["positive", ""]
    assert found[["score", "confidence"]].notna().to_numpy().tolist() == [[True, True], [False, False]]
    assert found["score"].mean() == found["score"][0]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_row_without_text_has_empty_cells_in_every_format(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / "n.csv", tmp_path / f"out.{kind}"
    source.write_text("n,text\n1,A magnificent score.\n2,\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["classify", str(source), "-o", str(target)]).exit_code == 0
    read = {
        "csv": pd.read_csv,
        "jsonl": partial(pd.read_json, lines=True),
        "parquet": pd.read_parquet,
        "xlsx": pd.read_excel,
    }
    found = read[kind](target)
    assert len(found) == 2
    assert not [cell for cell in found.loc[1, list(ADDED)].tolist() if not pd.isna(cell) and cell != ""]


@pytest.mark.parametrize(
    ("text", "target", "sentiment", "aspect"),
    [
        ("The soundtrack is magnificent.", "", "positive", "music"),
        ("The plot is a dreadful mess.", "", "negative", "story"),
        ("Wonderful.", "cinematography", "positive", "visuals"),
    ],
)
def test_plain_snippets(text: str, target: str, sentiment: str, aspect: str) -> None:
    found = classify_table(pd.DataFrame({"text": [text], "about": [target]}), target_column="about").iloc[0]
    assert (found["sentiment"], found["aspect"]) == (sentiment, aspect)


def test_unsure_rows_are_left_without_a_sentiment() -> None:
    table = pd.DataFrame(
        {"text": ["A magnificent score.", "It is, one supposes, a film of sorts about feelings, or not."]}
    )
    every, sure = classify_table(table), classify_table(table, min_confidence=0.999999)
    assert set(every["sentiment"]) <= {"positive", "negative", "mixed", "neutral"}
    assert sure["sentiment"].tolist() == ["", ""]
    pd.testing.assert_frame_equal(every.drop(columns="sentiment"), sure.drop(columns="sentiment"))


def test_a_target_in_the_text_is_what_is_judged() -> None:
    text = "The score is magnificent, but the plot is a dreadful mess."
    found = classify_table(pd.DataFrame({"text": [text] * 2, "about": ["The score", "plot"]}), target_column="about")
    assert found["score"][0] > found["score"][1]


def test_columns_are_told_or_named() -> None:
    table = pd.DataFrame({"Review": ["Great songs."], "words": ["Dreadful plot."]})
    assert classify_table(table)["sentiment"].tolist() == ["positive"]
    assert classify_table(table, text_column="words")["sentiment"].tolist() == ["negative"]
    for wrong in ({"text_column": "no"}, {"target_column": "no"}):
        with pytest.raises(InputError, match="'no'") as caught:
            classify_table(table, **wrong)  # type: ignore[arg-type]
        assert "words" in caught.value.hint
    with pytest.raises(InputError, match="cannot be told"):
        classify_table(table[["words"]])


def test_columns_of_the_same_names_are_kept() -> None:
    table = pd.DataFrame({"text": ["Great songs."], "score": ["4/5"], "aspect": ["x"], "input_aspect": ["y"]})
    found = classify_table(table)
    assert list(found.columns) == ["text", "input_score", "input_input_aspect", "input_aspect", *ADDED]
    assert found.iloc[0, 1:4].tolist() == ["4/5", "x", "y"]
    assert classify_table(table, text_column="aspect")["input_input_aspect"].tolist() == ["x"]


def test_the_index_and_the_table_given_stay_as_they_were() -> None:
    table = pd.DataFrame({"text": ["Great songs.", "Dull."]}, index=["b", "a"])
    before = table.copy()
    assert classify_table(table).index.tolist() == ["b", "a"]
    pd.testing.assert_frame_equal(table, before)


def test_a_row_does_not_depend_on_the_others() -> None:
    table = pd.DataFrame({"text": [text for text in SNIPPETS if isinstance(text, str)]})
    whole = classify_table(table)
    alone = pd.concat([classify_table(table.iloc[[n]]) for n in reversed(range(len(table)))]).sort_index()
    pd.testing.assert_frame_equal(whole, alone)


def test_cells_that_are_no_text() -> None:
    found = classify_table(pd.DataFrame({"text": [5, ["Great songs."], True]}, dtype=object))
    assert len(found) == 3


def test_no_rows_give_no_rows() -> None:
    found = classify_table(pd.DataFrame({"text": []}))
    assert (len(found), list(found.columns)) == (0, ["text", *ADDED])


def test_unknown_models_are_named() -> None:
    table = pd.DataFrame({"text": ["x"]})
    with pytest.raises(SettingsError, match="large"):
        classify_table(table, sentiment_model="large")
    with pytest.raises(SettingsError, match="sculpture"):
        classify_table(table, taxonomy="sculpture")


def test_tables_are_read(tmp_path: Path) -> None:
    table = pd.DataFrame({"text": ["Great, truly.", "Dull."], "year": [2030, 2031]})
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    table.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    table.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.tsv", "t.jsonl", "t.parquet"):
        found = read_snippets(tmp_path / name)
        assert found["text"].tolist() == table["text"].tolist()
        assert found["year"].astype(int).tolist() == [2030, 2031]


def test_whole_numbers_stay_whole_beside_gaps(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": "Great.", "year": 2030}\n{"text": "Dull."}\n', encoding="utf-8")
    assert read_snippets(tmp_path / "t.jsonl")["year"].tolist()[0] == 2030
    assert "2030.0" not in read_snippets(tmp_path / "t.jsonl").to_csv()


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.txt", b"x"), ("none.csv", None), ("t.csv", b""), ("head.csv", b"text,n\n"), ("t.jsonl", b"{"), ("t.parquet", b"PAR1 no"), ("t.csv", b"\x89PNG")],
)  # fmt: skip
def test_what_is_no_table_is_named(tmp_path: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_snippets(tmp_path / name)
    assert caught.value.hint
