"""Tables from analyses: columns and types of the contract, ids, offsets, passed-through columns, summary and consensus."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import ANN, TEXT, VARIETY, Vote, analysis, empty, result, votes

from pipeline import frames
from pipeline.api import Result
from pipeline.schema import REPORT_COLUMNS, Article, Failure

CONTRACT = {
    "opinions": "article_id opinion_id sentence_id start end text section source source_type outlet speaker cue attribution attribution_confidence quoted aspect aspect_confidence sentiment score confidence vader rating",
    "attributions": "article_id attribution_id start end text kind source source_type outlet speaker source_start source_end cue cue_start cue_end attribution attribution_confidence",
    "sentences": "article_id sentence_id start end text section kind subjectivity vader",
    "articles": "article_id path title publisher work n_chars n_words n_sentences n_opinions status sha256 text",
    "summary": "source source_type aspect n positive mixed negative mean_score",
    "consensus": "work aspect n_sources positive mixed negative positive_share wilson_low wilson_high consensus_score divisiveness",
    "errors": "input stage error hint",
}
NUMBERS = {
    "opinions": "start end attribution_confidence aspect_confidence score confidence vader rating",
    "attributions": "start end source_start source_end cue_start cue_end attribution_confidence",
    "sentences": "start end subjectivity vader",
    "articles": "n_chars n_words n_sentences n_opinions",
    "summary": "n positive mixed negative mean_score",
    "consensus": "n_sources positive mixed negative positive_share wilson_low wilson_high consensus_score divisiveness",
    "errors": "",
}


@pytest.mark.parametrize("name", CONTRACT)
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_columns_and_types(name: str, filled: bool) -> None:
    table = (result() if filled else empty()).tables()[name]
    assert list(table.columns) == CONTRACT[name].split()
    assert len(table) > 0 if filled else len(table) == 0
    numbers = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c]) and c != "quoted"]
    assert numbers == NUMBERS[name].split()
    assert [c for c in table.columns if pd.api.types.is_bool_dtype(table[c])] == ["quoted"] * (name == "opinions")
    others = set(table.columns) - set(numbers) - {"quoted"}
    assert all(pd.api.types.is_string_dtype(table[c]) and not table[c].isna().any() for c in others)


def test_tables_of_filled_and_empty_runs_have_the_same_types() -> None:
    one, none = result().tables(), empty().tables()
    assert list(one) == list(none) == list(CONTRACT)
    for name, table in one.items():
        assert table.dtypes.to_dict() == none[name].dtypes.to_dict()
        assert table.dtypes.to_dict() == pd.concat([table, none[name]]).dtypes.to_dict()


def test_offsets_are_those_of_the_text() -> None:
    tables = result().tables()
    for name in ("opinions", "attributions", "sentences"):
        for row in tables[name].itertuples():
            assert TEXT[row.start : row.end] == row.text
    for row in tables["attributions"].itertuples():
        assert (row.cue == "") == (row.cue_start is pd.NA)
        assert row.cue == "" or TEXT[row.cue_start : row.cue_end] == row.cue
        assert row.source_start is pd.NA or TEXT[row.source_start : row.source_end] == "Variety"


def test_ids_count_from_one_and_aspects_share_an_opinion() -> None:
    tables = result().tables()
    assert tables["opinions"]["opinion_id"].tolist() == ["001:o1", "001:o1", "001:o2"]
    assert tables["opinions"]["sentence_id"].tolist() == ["001:s2", "001:s2", "001:s3"]
    assert tables["opinions"]["aspect"].tolist() == ["performance", "story", "performance"]
    assert tables["sentences"]["sentence_id"].tolist() == ["001:s1", "001:s2", "001:s3"]
    assert tables["attributions"]["attribution_id"].tolist() == ["001:a1", "001:a2"]


def test_opinion_values() -> None:
    first, _, last = frames.opinion_rows(analysis())
    assert (first["source"], first["outlet"], first["speaker"]) == (VARIETY.name, "Variety", "")
    assert (last["source"], last["outlet"], last["speaker"]) == (ANN.name, "", "Ann Lee")
    assert (first["quoted"], first["rating"], last["quoted"], last["rating"]) == (True, None, False, 0.8)
    assert frames.frame("opinions", [first, last])["rating"].isna().tolist() == [True, False]


@pytest.mark.parametrize(("extracted", "stored"), [(False, ""), (True, TEXT)])
def test_an_article_row(extracted: bool, stored: str) -> None:
    row = frames.article_row(analysis(Article("a", TEXT, extracted=extracted)))
    assert row["text"] == stored
    assert (row["n_chars"], row["n_sentences"], row["n_opinions"], row["status"]) == (len(TEXT), 3, 2, "ok")
    assert row["n_words"] > 0
    assert len(row["sha256"]) == 64


WHEN = dt.datetime(2030, 1, 2, tzinfo=dt.UTC)
EXTRAS = [
    ([{"year": 2030}, {"year": 2031}], {"year": [2030, 2031]}),
    ([{"year": 2030}, {}], {"year": [2030, None]}),
    ([{"year": 2030}, {"year": None}], {"year": [2030, None]}),
    ([{"year": 2030}, {"year": "n.d."}], {"year": [2030, "n.d."]}),
    ([{}, {"b": 1.5}, {"a": "x"}], {"b": [None, 1.5, None], "a": [None, None, "x"]}),
    ([{"rating": "4/5"}, {"rating": ""}], {"rating": ["4/5", ""]}),
    ([{"start": "noon", "n": "two", "quoted": "maybe", "score": None}], {"start": ["noon"], "n": ["two"], "quoted": ["maybe"], "score": [None]}),
    ([{"tags": ["a", "b"]}, {"tags": {"a": 1}}], {"tags": [["a", "b"], {"a": 1}]}),
    ([{"when": WHEN}], {"when": [WHEN]}),
    ([{"name": "caf\udce9"}], {"name": ["caf\\udce9"]}),
    ([{"path": "p", "input_path": "q", "text": "t"}], {"input_path": ["p"], "input_input_path": ["q"], "input_text": ["t"]}),
    ([{"input_path": "q", "path": "p"}], {"input_path": ["q"], "input_input_path": ["p"]}),
]  # fmt: skip


@pytest.mark.parametrize(("extras", "expected"), EXTRAS)
def test_columns_pass_through(extras: list[dict[str, object]], expected: dict[str, list[object]]) -> None:
    table = result(*extras).articles
    assert list(table.columns) == [*CONTRACT["articles"].split(), *expected]
    for name, values in expected.items():
        found = [None if gone else v for v, gone in zip(table[name], table[name].isna(), strict=True)]
        assert found == values
        assert [type(v) for v in found if isinstance(v, int)] == [type(v) for v in values if isinstance(v, int)]


def test_names_that_utf8_cannot_hold_are_spelled_out() -> None:
    row = frames.error_row(Failure("caf\udce9.txt", "read", "e"))
    assert frames.frame("errors", [row])["input"].tolist() == ["caf\\udce9.txt"]


def test_cast_reads_text_back() -> None:
    table = result().opinions
    text = table.astype(object).map(lambda v: "" if pd.isna(v) else str(v))
    pd.testing.assert_frame_equal(frames.cast("opinions", text), table)
    with pytest.raises(ValueError, match="parse"):
        frames.cast("opinions", text.assign(score="high"))
    with pytest.raises(KeyError):
        frames.cast("opinions", text.drop(columns="score"))


def test_summary_counts_by_source_and_aspect() -> None:
    rows = votes(
        ("Variety", "outlet", "story+music", "positive", 0.5), ("Variety", "outlet", "story", "negative", -1.0),
        ("Ann", "critic", "story", "mixed", 0.1), ("Ann", "cast_crew", "story", "positive", 0.2),
    )  # fmt: skip
    table = frames.summary(frames.frame("opinions", rows))
    assert table.to_dict("split")["data"] == [
        ["Ann", "cast_crew", "story", 1, 1, 0, 0, 0.2],
        ["Ann", "critic", "story", 1, 0, 1, 0, 0.1],
        ["Variety", "outlet", "music", 1, 1, 0, 0, 0.5],
        ["Variety", "outlet", "story", 2, 1, 0, 1, -0.25],
    ]


def _many(positive: int, mixed: int, negative: int) -> list[Vote]:
    labels = ["positive"] * positive + ["mixed"] * mixed + ["negative"] * negative
    scores = {"positive": 1.0, "mixed": 0.0, "negative": -1.0}
    return [(f"S{n}", "outlet", "story", label, scores[label]) for n, label in enumerate(labels)]


POLLS = [
    # counts -> share, Wilson's interval of positive/n, consensus score, divisiveness
    ((5, 0, 5), (0.5, 0.2366, 0.7634, 50.0, 1.0)),
    ((4, 4, 4), (0.5, 0.1381, 0.6094, 50.0, 0.5)),
    ((1, 8, 1), (0.5, 0.0179, 0.4042, 50.0, 0.15)),
    ((6, 1, 3), (0.65, 0.3127, 0.8318, 65.0, 0.55)),
    ((8, 0, 2), (0.8, 0.4902, 0.9433, 80.0, None)),
    ((2, 2, 0), (0.75, 0.15, 0.85, 75.0, None)),
    ((0, 3, 0), (0.5, 0.0, 0.5615, 50.0, None)),
    ((1, 0, 0), (1.0, 0.2065, 1.0, 100.0, None)),
    ((0, 0, 5), (0.0, 0.0, 0.4345, 0.0, 0.0)),
]


@pytest.mark.parametrize(("counts", "expected"), POLLS)
def test_consensus_figures(counts: tuple[int, int, int], expected: tuple[float | None, ...]) -> None:
    table = frames.consensus(frames.frame("opinions", votes(*_many(*counts))), {"a": "W"})
    assert table["aspect"].tolist() == ["all", "story"]
    for row in table.itertuples():
        assert (row.work, row.n_sources) == ("W", sum(counts))
        assert (row.positive, row.mixed, row.negative) == counts
        found = (row.positive_share, row.wilson_low, row.wilson_high, row.consensus_score)
        assert found == pytest.approx(expected[:4], abs=1e-4)
        assert pd.isna(row.divisiveness) == (sum(counts) < 4)
        if expected[4] is not None:
            assert row.divisiveness == pytest.approx(expected[4], abs=1e-4)


BALLOTS = [
    # a source votes once, however often it speaks
    ([("V", "outlet", "story", "positive", 0.5)] * 3 + [("W", "outlet", "story", "negative", -0.5)], (1, 0, 1), 50.0),
    # praise and blame in one source make a mixed verdict
    ([("V", "outlet", "story", "positive", 0.6), ("V", "outlet", "music", "negative", -0.2)], (0, 1, 0), 60.0),
    # two aspects of one opinion are one voice in "all"
    ([("V", "outlet", "story+music", "positive", 0.6), ("V", "outlet", "pacing", "negative", -0.6)], (0, 1, 0), 50.0),
    # interested parties and second-hand figures do not vote
    ([("V", "outlet", "story", "positive", 0.6), ("D", "cast_crew", "story", "negative", -1), ("R", "aggregator", "story", "negative", -1), ("author", "author", "story", "negative", -1)], (1, 0, 0), 80.0),
    # critics, audiences and others do
    ([("A", "critic", "story", "positive", 1), ("audiences", "audience", "story", "mixed", 0), ("critics", "other", "story", "negative", -1)], (1, 1, 1), 50.0),
    # the score is a mean over sources, not over opinions
    ([("V", "outlet", "story", "positive", 1.0)] * 9 + [("W", "outlet", "story", "negative", -1.0)], (1, 0, 1), 50.0),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "counts", "score"), BALLOTS)
def test_consensus_lets_each_source_vote_once(rows: list[Vote], counts: tuple[int, int, int], score: float) -> None:
    table = frames.consensus(frames.frame("opinions", votes(*rows)))
    overall = table[table["aspect"] == "all"].iloc[0]
    assert (overall["positive"], overall["mixed"], overall["negative"]) == counts
    assert overall["consensus_score"] == score


def test_works_are_counted_apart() -> None:
    rows = [
        *votes(("V", "outlet", "story", "positive", 1.0), article="a"),
        *votes(("V", "outlet", "story", "negative", -1.0), article="b"),
        *votes(("V", "outlet", "music", "negative", -1.0), article="c"),
    ]
    table = frames.consensus(frames.frame("opinions", rows), {"a": "X", "b": "Y", "c": ""})
    assert table[["work", "aspect", "positive", "negative"]].to_dict("split")["data"] == [
        ["", "all", 0, 1], ["", "music", 0, 1], ["X", "all", 1, 0], ["X", "story", 1, 0], ["Y", "all", 0, 1], ["Y", "story", 0, 1],
    ]  # fmt: skip


_VOTE = st.tuples(
    st.sampled_from(["A", "B", "C", "D", "E"]),
    st.sampled_from(["outlet", "cast_crew", "author"]),
    st.sampled_from(["story", "music", "story+music"]),
    st.sampled_from(["positive", "mixed", "negative"]),
    st.integers(-4, 4).map(lambda quarters: quarters / 4),
)


@given(st.lists(_VOTE, max_size=12))
@settings(deadline=None, max_examples=40)
def test_consensus_adds_up(rows: list[Vote]) -> None:
    opinions = frames.frame("opinions", votes(*rows))
    voters = opinions[opinions["source_type"] == "outlet"]
    table = frames.consensus(opinions)
    assert set(table["aspect"]) == ({"all", *voters["aspect"]} if len(voters) else set())
    for row in table.itertuples():
        scope = voters if row.aspect == "all" else voters[voters["aspect"] == row.aspect]
        assert row.n_sources == scope["source"].nunique() == row.positive + row.mixed + row.negative
        assert 0 <= row.wilson_low <= row.positive / row.n_sources <= row.wilson_high <= 1
        assert 0 <= row.consensus_score <= 100
        assert pd.isna(row.divisiveness) == (row.n_sources < 4)
    shuffled = frames.consensus(opinions.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, table)


def _roundup(article: str, *rows: tuple[str, str, str, str, float]) -> list[dict[str, object]]:
    """Make opinions of an article: source, speaker, words, label, score."""
    return [
        {
            "article_id": article, "opinion_id": f"{article}:o{n}", "text": text, "source": source, "speaker": speaker,
            "source_type": "critic" if source == speaker else "outlet", "aspect": "story", "sentiment": label, "score": score,
            "confidence": 0.5,
        }
        for n, (source, speaker, text, label, score) in enumerate(rows, start=1)
    ]  # fmt: skip


SAP = "It moves at the speed of sap, and I loved it"
ROUNDUPS = [
    # one quote in two roundups is one opinion: 1 of 2, not 2 of 3 positive
    (
        [[("V", "", SAP, "positive", 1.0), ("V", "", "a bore", "negative", -1.0)], [("V", "", SAP, "positive", 1.0)]],
        (0, 1, 0), 50.0,
    ),
    # the same words of two sources are two
    ([[("V", "", SAP, "positive", 1.0)], [("W", "", SAP, "positive", 1.0)]], (2, 0, 0), 100.0),
    # a different quote stays
    ([[("V", "", SAP, "positive", 1.0)], [("V", "", "all in all a bore", "negative", -1.0)]], (0, 1, 0), 50.0),
    # a critic without the outlet, and a critic of two outlets, vote once
    ([[("V", "Ann Lee", SAP, "positive", 1.0)], [("Ann Lee", "Ann Lee", "a fine film", "positive", 0.0)]], (1, 0, 0), 75.0),
    ([[("V", "Ann Lee", SAP, "positive", 1.0)], [("W", "Ann Lee", "a fine film", "positive", 0.0)]], (1, 0, 0), 75.0),
    # a name of one word is another person's with another outlet
    ([[("V", "Smith", SAP, "positive", 1.0)], [("W", "Smith", "a bore", "negative", -1.0)]], (1, 0, 1), 50.0),
    # the same quote in praise and in blame
    ([[("V", "", f"“{SAP}” and is superb", "positive", 1.0)], [("V", "", f"“{SAP}” and is a bore", "negative", -1.0)]], (0, 1, 0), 50.0),
    # two critics of an outlet are its one vote
    ([[("V", "Ann Lee", SAP, "positive", 1.0)], [("V", "Bo", "a bore", "negative", -1.0)]], (0, 1, 0), 50.0),
    # twice within one article
    ([[("V", "", SAP, "positive", 1.0), ("V", "", SAP, "positive", 1.0), ("V", "", "a bore", "negative", -1.0)]], (0, 1, 0), 50.0),
]  # fmt: skip


@pytest.mark.parametrize(("roundups", "counts", "score"), ROUNDUPS)
def test_roundups_of_one_work(roundups: list[list[tuple[str, str, str, str, float]]], counts: tuple[int, ...], score: float) -> None:  # fmt: skip
    tables = [frames.frame("opinions", _roundup(f"a{n}", *rows)) for n, rows in enumerate(roundups)]
    works = {f"a{n}": "W" for n in range(len(roundups))}
    forth = frames.consensus(pd.concat(tables), works)
    for row in forth.itertuples():
        assert (row.positive, row.mixed, row.negative) == counts
        assert row.consensus_score == score
    pd.testing.assert_frame_equal(frames.consensus(pd.concat(tables[::-1]), works), forth)
    apart = pd.concat([frames.votes(table, works) for table in tables[::-1]], ignore_index=True)
    pd.testing.assert_frame_equal(frames.tally(apart), forth)


HOMES = [
    # opinions count, not the aspects that they are about
    ([("V", "story+music+pacing", "lovely in every way that counts"), ("W", "story", "a fine film"), ("W", "story", "a bore it is not")], "W"),
    # nor what is said again in another article
    ([("V", "story", SAP), ("V", "story", f"so “{SAP}”"), ("V", "story", SAP), ("W", "story", "a fine film"), ("W", "story", "a bore it is not")], "W"),
    # nor does it count where it is said again with more words
    ([("V", "story", SAP), ("W", "story", f"{SAP} to bits"), ("V", "story", "a bore it is not")], "V"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "home"), HOMES)
def test_a_critic_counts_for_the_outlet_of_most_opinions(rows: list[tuple[str, str, str]], home: str) -> None:
    opinions = frames.frame("opinions", [
        {**row, "aspect": aspect}
        for n, (source, aspects, text) in enumerate(rows)
        for row in _roundup(f"a{n}", (source, "Ann Lee", text, "positive", 0.5))
        for aspect in aspects.split("+")
    ])  # fmt: skip
    for table in (opinions, opinions[::-1]):
        found = frames.settled(frames.prepared(table, {f"a{n}": "X" for n in range(len(rows))}))
        assert set(found["voter"]) == {home}


def test_repeats_tell_whose_turn_it_would_be() -> None:
    rows = [_roundup(name, ("V", "", text, "positive", 0.5)) for name, text in zip("abcd", (f"so “{SAP}”", "fine", SAP, f"{SAP} so much"), strict=True)]  # fmt: skip
    table = frames.settled(frames.prepared(frames.frame("opinions", [row for part in rows for row in part]), dict.fromkeys("abcd", "X")))  # fmt: skip
    assert table["repeats"].tolist() == ["d:o1", "", "d:o1", ""]
    assert sorted(table["turn"]) == [0, 0, 1, 2]


def test_articles_without_a_work_repeat_nothing_of_one_another() -> None:
    rows = [*_roundup("a", ("V", "", SAP, "positive", 1.0), ("V", "", SAP, "positive", 1.0)), *_roundup("b", ("V", "", SAP, "positive", 1.0))]  # fmt: skip
    votes_ = frames.votes(frames.frame("opinions", rows), {})
    assert votes_[["work", "opinion", "speaker", "words"]].to_dict("split")["data"] == [["", "a:o1", "", ""], ["", "b:o1", "", ""]]  # fmt: skip
    assert frames.tally(votes_)["work"].tolist() == ["", ""]


_SAID = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["V", "W", "Ann Lee", "Bo"]),
    st.sampled_from(["", "Ann Lee", "Bo Ek", "Jo"]),
    st.sampled_from(
        [
            SAP,
            f"{SAP} so much",
            "one of the finest films in years",
            "not one of the finest films in years",
            "fine",
            f"so “{SAP}” is slow",
        ]
    ),
    st.sampled_from([("positive", 0.5), ("negative", -0.5), ("positive", 0.1)]),
)


@given(st.lists(_SAID, max_size=10), st.permutations("abc"))
@settings(deadline=None, max_examples=60)
def test_neither_the_order_of_articles_nor_parts_matter(said: list[tuple[str, str, str, str, tuple[str, float]]], order: list[str]) -> None:  # fmt: skip
    tables = {
        name: frames.frame("opinions", _roundup(name, *((s, who, text, *felt) for where, s, who, text, felt in said if where == name)))
        for name in "abc"
    }  # fmt: skip
    works = {"a": "W", "b": "W", "c": ""}
    whole = frames.consensus(pd.concat(list(tables.values())), works)
    pd.testing.assert_frame_equal(frames.consensus(pd.concat([tables[name] for name in order]), works), whole)
    parts = [frames.votes(tables[name], works) for name in order]
    pd.testing.assert_frame_equal(frames.tally(pd.concat(parts, ignore_index=True)), whole)


NAMES = ["caf\udce9", "\ud83d", "caf\u00e9", "a b"]


@pytest.mark.parametrize("name", NAMES)
def test_an_id_is_the_same_in_every_table(name: str) -> None:
    made = Result((analysis(Article(name, "x", work="The Film")),))
    (found,) = made.articles["article_id"]
    found.encode()
    assert set(made.opinions["article_id"]) == {found} == {a.article.id for a in made.analyses}
    assert set(made.consensus()["work"]) == {"The Film"}
    assert {row["article_id"] for a in made.analyses for row in frames.opinion_rows(a)} == {found}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_columns_can_be_written(name: str) -> None:
    table = Result((analysis(Article("a", "x", extra={name: name, "input_" + name: 1})),)).articles
    shown = table.columns[-2]
    shown.encode()
    assert table[shown].tolist() == [shown]


def test_two_names_that_are_spelt_alike_are_two_columns() -> None:
    table = Result((analysis(Article("a", "x", extra={"\ud83d": 1, "\\ud83d": 2})),)).articles
    assert list(table.columns)[-2:] == ["\\ud83d", "input_\\ud83d"]
    assert table.iloc[0, -2:].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("value", "expected"), [("TRUE", True), ("false", False), (True, True), (False, False), ("", None), (None, None)]
)
def test_truth_is_read_in_any_case(value: object, expected: bool | None) -> None:
    column = frames.cast("matrix", pd.DataFrame({**{name: [""] for name in REPORT_COLUMNS["matrix"]}, "all_score": [0.5], "votes": [value]}))["votes"]  # fmt: skip
    assert column.dtype == "boolean"
    assert column.astype(object).tolist() == [pd.NA if expected is None else expected]
