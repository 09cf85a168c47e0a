"""The Python interface: what can be analysed, what comes back, settings as keywords."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from samples import OUTLET

import pipeline
from pipeline.api import as_items
from pipeline.errors import InputError, SettingsError
from pipeline.schema import COLUMNS, Article

TEXT = "Variety praised the score. According to IndieWire, the plot is “thin”. It is a lovely film."


@pytest.fixture(scope="module")
def analyzer() -> pipeline.Analyzer:
    return pipeline.load()


INPUTS: list[tuple[Any, list[tuple[str, str]]]] = [
    ("a text", [("article-1", "a text")]),
    ({"text": "x"}, [("article-1", "x")]),
    ({"text": "x", "id": "k"}, [("k", "x")]),
    ({"text": "x", "article_id": "k"}, [("k", "x")]),
    ({"text": "x", "article_id": "k", "id": 7}, [("k", "x")]),
    ({"text": "x", "id": 0}, [("0", "x")]),
    ({"text": "x", "id": None}, [("article-1", "x")]),
    ({"text": "x", "id": ""}, [("article-1", "x")]),
    (Article("a", "x"), [("a", "x")]),
    (["x", {"text": "y", "id": "k"}, Article("a", "z")], [("article-1", "x"), ("k", "y"), ("a", "z")]),
    ((t for t in "xy"), [("article-1", "x"), ("article-2", "y")]),
    (pd.Series(["x", "y"]), [("article-1", "x"), ("article-2", "y")]),
    (pd.DataFrame({"text": ["x", "y"]}), [("article-1", "x"), ("article-2", "y")]),
    (pd.DataFrame({"id": [0, 1], "text": ["x", "y"]}), [("0", "x"), ("1", "y")]),
    (pd.DataFrame({"article_id": ["a", None], "Review": ["x", "y"]}), [("a", "x"), ("article-2", "y")]),
    (pd.DataFrame({"article_id": ["a", pd.NA], "id": [1, 2], "text": ["x", "y"]}), [("a", "x"), ("article-2", "y")]),
    (pd.DataFrame({"text": []}), []),
    ([], []),
    # ids are unique, whatever was given
    ([{"text": t, "id": "a"} for t in "xyz"], [("a", "x"), ("a#2", "y"), ("a#3", "z")]),
    ([{"text": "x", "id": i} for i in ("a", "a#2", "a", "a#2")], [("a", "x"), ("a#2", "x"), ("a#3", "x"), ("a#2#2", "x")]),
    (["x", {"text": "y", "id": "article-1"}], [("article-1", "x"), ("article-1#2", "y")]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), INPUTS)
def test_what_can_be_read(data: Any, expected: list[tuple[str, str]]) -> None:
    found = [item for item in as_items(data) if isinstance(item, Article)]
    assert [(article.id, article.text) for article in found] == expected


REFUSED = [
    (5, "int"), (None, "NoneType"), (Path("x.txt"), "Path"), ([5], "item 1 is a int"), (b"bytes", "a bytes"), ([None], "item 1 has no text"),
    ({"words": "x"}, "item 1 has no text"), ({"text": None}, "item 1 has no text"), ([{"text": 5}, {"id": "a"}], "item 1 has no text"),
    (pd.DataFrame({"text": [None]}, index=["x"]), "row x has no text"), (pd.DataFrame({"words": ["x"]}), "text column"),
    (pd.DataFrame([["x", "y"]], columns=["text", "text"]), "'text' occurs twice"),
    (pd.DataFrame([["x", 1, 2]], columns=["text", "n", "n"]), "'n' occurs twice"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "named"), REFUSED)
def test_what_cannot_be_read_is_named(analyzer: pipeline.Analyzer, data: Any, named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        analyzer.analyze(data)
    assert caught.value.hint


NAN = float("nan")
ONE_BAD: list[tuple[Any, str]] = [
    (["x", None], "item 2"), (["x", NAN], "item 2"), ([5, "x"], "item 1"), (pd.Series(["x", None]), "item 2"), ([{"text": "x"}, {"text": 5, "id": "b"}], "b"),
    (pd.DataFrame({"text": ["x", None]}, index=["u", "v"]), "row v"), (pd.DataFrame({"text": [NAN, "x"], "id": ["a", "b"]}), "a"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "named"), ONE_BAD)
def test_one_that_cannot_be_read_loses_nothing_else(analyzer: pipeline.Analyzer, data: Any, named: str) -> None:
    result = analyzer.analyze(data)
    assert result.articles["n_chars"].tolist() == [1]
    assert result.errors[["input", "stage"]].to_numpy().tolist() == [[named, "read"]]
    assert result.errors["error"][0].startswith(named)
    assert result.errors["hint"][0]
    with pytest.warns(UserWarning, match=named):
        assert list(analyzer.stream(data)) == []


def test_a_fault_in_reading_one_loses_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    analyzer = pipeline.load()
    read = analyzer.read

    def fails(article: Article) -> Any:
        if article.id == "b":
            raise ZeroDivisionError("oh")
        return read(article)

    monkeypatch.setattr(analyzer, "read", fails)
    result = analyzer.analyze([{"text": "x", "id": key} for key in "abc"])
    assert result.articles["article_id"].tolist() == ["a", "c"]
    assert result.errors.to_numpy().tolist() == [["b", "analyze", "ZeroDivisionError: oh", "report this article"]]


def test_columns_that_pass_through_keep_their_types(analyzer: pipeline.Analyzer) -> None:
    frame = pd.DataFrame({
        "text": ["x", "y", None], "when": pd.to_datetime(["2030-01-01", None, "2030-01-02"]), "n": [1, None, 3], "N": pd.array([1, None, 3], dtype="Int64"),
        "flag": pd.array([True, None, False], dtype="boolean"), "kind": pd.Categorical(["a", "b", "a"]), "title": ["T", None, None], "all": [1, 2, 3],
        "plain": [[1], None, 2],
    })  # fmt: skip
    articles = analyzer.analyze(frame).articles
    passed = ["when", "n", "N", "flag", "kind", "all"]
    pd.testing.assert_frame_equal(articles[passed], frame[passed][:2])
    assert articles["plain"].tolist() == [[1], None]


def test_results_and_analyzers_say_in_a_line_what_they_are(analyzer: pipeline.Analyzer) -> None:
    assert (
        repr(analyzer.analyze(["Fine.", TEXT, None]))
        == f"Result(2 articles, {analyzer.analyze(TEXT).opinions['opinion_id'].nunique()} opinions, 1 error)"
    )
    assert repr(pipeline.load(work="W", min_confidence=0.5)) == "Analyzer(work='W', min_confidence=0.5)"


def test_other_columns_pass_through() -> None:
    table = pd.DataFrame({
        "text": ["x", "y"], "title": ["T", None], "publisher": ["P", float("nan")], "work": [None, "W"], "year": [2030, 2031],
        "article_id": ["a", "b"], "id": [1, 2],
    })  # fmt: skip
    first, second = (item for item in as_items(table) if isinstance(item, Article))
    assert (first.title, first.publisher, first.work) == ("T", "P", "")
    assert (second.title, second.publisher, second.work) == ("", "", "W")
    assert (first.extra, second.extra) == ({"year": 2030, "id": 1}, {"year": 2031, "id": 2})
    (article,) = (
        item
        for item in as_items({"text": "x", "publisher": pd.NA, "title": 1984, "stars": None})
        if isinstance(item, Article)
    )
    assert (article.publisher, article.title, article.extra) == ("", "1984", {"stars": None})


def test_a_result_is_tables(analyzer: pipeline.Analyzer) -> None:
    result = analyzer.analyze({"text": TEXT, "id": "k", "work": "W", "stars": 4})
    assert list(result.tables()) == list(COLUMNS)
    assert set(result.opinions["article_id"]) == {"k"}
    for table in (result.opinions, result.attributions, result.sentences):
        assert [TEXT[start:end] for start, end in zip(table["start"], table["end"], strict=True)] == table[
            "text"
        ].tolist()
    assert {"Variety", "IndieWire"} <= set(result.opinions["source"])
    assert result.articles["stars"].tolist() == [4]
    assert result.summary()["n"].sum() == len(result.opinions)
    assert set(result.consensus()["work"]) == {"W"}
    assert result.errors.empty


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\r\n", ".", "Title", "\u2028", "\ufeff", "x" * 3000, "🎭" * 50, "a\x00b", "(" * 200]
)
def test_odd_texts_are_read(analyzer: pipeline.Analyzer, text: str) -> None:
    result = analyzer.analyze(text)
    assert result.articles["n_chars"].tolist() == [len(text)]
    for row in result.sentences.itertuples():
        assert text[row.start : row.end] == row.text


def test_a_stream_yields_the_rows_of_the_table_and_reads_no_further(analyzer: pipeline.Analyzer) -> None:
    read: list[int] = []

    def texts() -> Iterator[dict[str, str]]:
        for n in range(3):
            read.append(n)
            yield {"text": TEXT, "id": str(n)}

    rows = list(analyzer.stream(texts()))
    whole = analyzer.analyze([{"text": TEXT, "id": str(n)} for n in range(3)]).opinions
    assert [row["opinion_id"] for row in rows] == whole["opinion_id"].tolist()
    assert [row["score"] for row in rows] == whole["score"].tolist()
    assert set(rows[0]) == set(COLUMNS["opinions"])
    read.clear()
    list(islice(analyzer.stream(texts()), 1))
    assert read == [0]


def test_an_article_does_not_depend_on_the_others(analyzer: pipeline.Analyzer) -> None:
    texts = [
        {"text": TEXT, "id": "a"},
        {"text": "Fans loved Ann Lee.", "id": "b"},
        {"text": "It drags, says Variety.", "id": "c"},
    ]
    forth, back = analyzer.analyze(texts), analyzer.analyze(texts[::-1])
    for name in ("opinions", "attributions", "sentences", "articles"):
        tables = [getattr(result, name) for result in (forth, back)]
        keys = [table.sort_values("article_id", kind="stable").reset_index(drop=True) for table in tables]
        pd.testing.assert_frame_equal(*keys)
    pd.testing.assert_frame_equal(forth.summary(), back.summary())
    pd.testing.assert_frame_equal(forth.consensus(), back.consensus())


def _author_rows(result: pipeline.Result) -> pd.DataFrame:
    rows = result.opinions[result.opinions["source_type"] == "author"]
    assert len(rows) > 0
    return rows


PUBLISHERS = [
    # setting, article's own -> source, outlet
    ("", "", "author", ""),
    ("", "The Daily Reel", "The Daily Reel", "The Daily Reel"),
    ("The Daily Reel", "", "The Daily Reel", "The Daily Reel"),
    ("WaPo", "", "The Washington Post", "The Washington Post"),
    ("", "WaPo", "The Washington Post", "The Washington Post"),
    ("The Daily Reel", "WaPo", "The Daily Reel", "The Daily Reel"),
]


@pytest.mark.parametrize(("setting", "own", "source", "outlet"), PUBLISHERS)
def test_the_publisher_holds_the_authors_opinions(setting: str, own: str, source: str, outlet: str) -> None:
    result = pipeline.load(publisher=setting).analyze({"text": TEXT, "publisher": own})
    rows = _author_rows(result)
    assert set(rows["source"]) == {source}
    assert set(rows["outlet"]) == {outlet}
    assert result.articles["publisher"].tolist() == [setting or own]
    voters = set(result.opinions.loc[result.opinions["source_type"] != "author", "source"])
    assert result.consensus().loc[lambda table: table["aspect"] == "all", "n_sources"].tolist() == [len(voters)]


def test_the_work_is_that_of_the_settings_or_the_article() -> None:
    texts = [{"text": TEXT, "work": "Own"}, {"text": TEXT}]
    assert pipeline.load().analyze(texts).articles["work"].tolist() == ["Own", ""]
    assert pipeline.load(work="W").analyze(texts).articles["work"].tolist() == ["W", "W"]


@pytest.mark.parametrize("least", [0.0, 0.7, 0.9, 1.0])
def test_less_sure_rows_are_dropped(analyzer: pipeline.Analyzer, least: float) -> None:
    everything = analyzer.analyze(TEXT).opinions
    kept = pipeline.load(min_confidence=least).analyze(TEXT)
    sure = everything[everything["confidence"] >= least]
    assert kept.opinions[["start", "end", "aspect"]].values.tolist() == sure[["start", "end", "aspect"]].values.tolist()
    assert kept.articles["n_opinions"].tolist() == [sure["opinion_id"].nunique()]
    assert kept.opinions["opinion_id"].tolist() == sure["opinion_id"].tolist()
    assert everything["opinion_id"].drop_duplicates().tolist() == [
        f"article-1:o{n}" for n in range(1, everything["opinion_id"].nunique() + 1)
    ]


def test_the_sentiment_model_is_chosen() -> None:
    scores = {
        name: pipeline.load(sentiment_model=name).analyze(TEXT).opinions["score"].tolist()
        for name in ("auto", "encoder", "small", "vader")
    }
    assert len({tuple(found) for found in scores.values()}) == len(scores)


def test_configuration_and_keywords(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('work = "File"\npublisher = "P"\n', encoding="utf-8")
    assert pipeline.load(path, work="Keyword").settings == pipeline.Settings(work="Keyword", publisher="P")
    assert pipeline.load(str(path)).settings.work == "File"
    with pytest.raises(SettingsError, match="wrok"):
        pipeline.load(wrok="W")
    with pytest.raises(SettingsError, match="none"):
        pipeline.load(tmp_path / "none.toml")


def test_loading_is_quick_and_unknown_names_are_unknown() -> None:
    assert pipeline.load().settings == pipeline.Settings()
    with pytest.raises(AttributeError, match="nonsense"):
        _ = pipeline.nonsense


def test_a_gazetteer_is_added(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(json.dumps(OUTLET) + "\n", encoding="utf-8")
    text = "GzN praised the score."
    assert "Gazeta Nova" in set(pipeline.load(outlets=tmp_path / "own.jsonl").analyze(text).opinions["outlet"])
    assert "Gazeta Nova" not in set(pipeline.load().analyze(text).opinions["outlet"])


def test_write_and_report(analyzer: pipeline.Analyzer, tmp_path: Path) -> None:
    result = analyzer.analyze(TEXT)
    assert result.write(tmp_path / "out") == tmp_path / "out"
    assert (tmp_path / "out" / "consensus.csv").is_file()
    assert result.write(str(tmp_path / "out"), output_format="jsonl") == tmp_path / "out"
    page = result.report(tmp_path / "out" / "report.html")
    assert "Variety" in page.read_text(encoding="utf-8")


def test_the_tables_of_a_report(analyzer: pipeline.Analyzer) -> None:
    result = analyzer.analyze({"text": TEXT, "work": "W"})
    matrix = result.matrix()
    assert set(zip(matrix["work"], matrix["source"], strict=True)) == {
        ("W", name) for name in result.opinions["source"]
    }
    assert set(result.quotes()["source"]) == {"Variety", "IndieWire"}
    assert result.lean().empty
    assert result.audit()["n_sources"].tolist() == [2]


FRAME = pd.DataFrame(
    {
        "stars": [4, 2, 3], "review": [TEXT, None, "Empire hated the plot."], "source": ["x", "y", "z"], 7: [1.5, 2.5, 3.5],
        "input_source": ["p", "q", "r"], "work": ["W", "W", "V"],
    },
    index=pd.Index([10, 11, 12], name="review_no"),
)  # fmt: skip


def test_a_frame_is_read_beside_its_columns(analyzer: pipeline.Analyzer) -> None:
    before = FRAME.copy(deep=True)
    table = pipeline.analyze_frame(FRAME, text="review", publisher="The Daily Reel")
    pd.testing.assert_frame_equal(FRAME, before)
    names = [*COLUMNS["opinions"], "stars", "input_input_source", 7, "input_source", "work"]
    assert table.columns.tolist() == names
    assert table.index.name == "review_no"
    assert set(table.index) == {10, 12}
    assert set(table["article_id"]) == {"10", "12"}
    assert {"The Daily Reel", "Variety", "IndieWire", "Empire"} == set(table["source"])
    for label, row in table.iterrows():
        assert FRAME.loc[label, "review"][row["start"] : row["end"]] == row["text"]
        assert (row["stars"], row["input_input_source"], row[7]) == tuple(FRAME.loc[label, ["stars", "source", 7]])
    assert table["stars"].dtype == FRAME["stars"].dtype
    alone = analyzer.analyze(TEXT).opinions
    assert table.loc[10, "score"].tolist() == alone["score"].tolist()


INDEXES: list[tuple[Any, list[str]]] = [
    (pd.Index([5, 5]), ["5", "5#2"]),
    (pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["film", "no"]), ["a/1", "a/2"]),
    (pd.to_datetime(["2030-01-01", "2030-01-02"]), ["2030-01-01 00:00:00", "2030-01-02 00:00:00"]),
]


@pytest.mark.parametrize(("index", "ids"), INDEXES, ids=["duplicate", "levels", "dates"])
def test_any_index_stays(analyzer: pipeline.Analyzer, index: Any, ids: list[str]) -> None:
    data = pd.DataFrame({"text": ["Variety praised the score."] * 2, "n": [1, 2]}, index=index)
    table = analyzer.analyze_frame(data)
    assert table["article_id"].drop_duplicates().tolist() == ids
    assert table.index.unique().tolist() == index.unique().tolist()
    assert table.index.names == index.names
    assert dict(zip(table["article_id"], table["n"], strict=True)) == dict(zip(ids, [1, 2], strict=True))


@pytest.mark.parametrize("names", [["article_id"], ["source", "no"]])
def test_an_index_named_like_a_column_gets_another_name(analyzer: pipeline.Analyzer, names: list[str]) -> None:
    index = pd.MultiIndex.from_tuples([tuple("ab")[: len(names)]], names=names)
    data = pd.DataFrame(
        {"text": ["Variety praised the score."]}, index=index if len(names) > 1 else index.get_level_values(0)
    )
    table = analyzer.analyze_frame(data)
    assert list(table.index.names) == [f"input_{names[0]}", *names[1:]]
    assert table.reset_index().sort_values(names[0])["source"].tolist() == ["Variety"]


@pytest.mark.parametrize("texts", [[], [None], [float("nan")], ["", " \n"], ["It runs 90 minutes."]])
def test_a_frame_without_opinions(analyzer: pipeline.Analyzer, texts: list[Any]) -> None:
    data = pd.DataFrame({"text": pd.Series(texts, dtype=object), "n": range(len(texts))})
    table = analyzer.analyze_frame(data)
    assert table.columns.tolist() == [*COLUMNS["opinions"], "n"]
    assert table.empty
    opinions = analyzer.analyze([]).opinions
    assert table[list(COLUMNS["opinions"])].dtypes.to_dict() == opinions.dtypes.to_dict()


@pytest.mark.parametrize(
    ("data", "text", "named"),
    [
        (pd.DataFrame({"a": ["x"]}), "text", "'text' is missing"),
        (pd.DataFrame([["x", "y"]], columns=["text", "text"]), "text", "twice"),
        (pd.DataFrame({"text": [5]}), "text", "row 0 holds a int"),
        (["x"], "text", "a list as a frame"),
        (pd.Series(["x"]), "text", "a Series as a frame"),
    ],
)
def test_a_frame_that_cannot_be_read(analyzer: pipeline.Analyzer, data: pd.DataFrame, text: str, named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        analyzer.analyze_frame(data, text=text)
    assert caught.value.hint
