"""Tables of a report: matrix, quotes, lean and audit, from opinions written by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from samples import empty, result

from pipeline import consensus, digest, frames
from pipeline.schema import REPORT_COLUMNS


def _opinions(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make an opinions table; ``on`` names aspects joined by ``+``."""
    listed = []
    for n, row in enumerate(rows, start=1):
        base = {
            "article_id": "a", "source": "V", "source_type": "outlet", "speaker": "", "text": f"words {n}", "quoted": False,
            "sentiment": "positive", "score": 0.5, "confidence": 0.5, "start": n, "end": n + 1, "rating": None, **row,
        }  # fmt: skip
        aspects = base.pop("on", "story").split("+")
        base["opinion_id"] = f"{base['article_id']}:o{n}"
        listed += [{**base, "aspect": aspect} for aspect in aspects]
    return frames.frame("opinions", listed)


def _articles(**works: str) -> pd.DataFrame:
    return frames.frame("articles", [{"article_id": key, "work": work, "publisher": ""} for key, work in works.items()])


BAD = {"sentiment": "negative", "score": -0.5}
SO_SO = {"sentiment": "mixed", "score": 0.1}


@pytest.mark.parametrize("name", REPORT_COLUMNS)
def test_columns_and_types_of_filled_and_empty_runs(name: str) -> None:
    filled, none = (digest.digest(made.tables())[name] for made in (result(), empty()))
    columns = list(REPORT_COLUMNS[name])
    assert list(none.columns) == columns
    assert list(filled.columns)[: len(columns)] == columns
    assert none.empty
    assert filled.dtypes[columns].to_dict() == none.dtypes.to_dict()


# --- matrix


def test_an_outlet_of_which_a_row_tells_another_type_stays_an_outlet() -> None:
    opinions = _opinions(
        {"source": "V"}, {"source": "V", "source_type": "other"}, {"source": "V", "source_type": "audience"}
    )
    table = digest.matrix(opinions, _articles(a="W"))
    assert table[["source", "source_type"]].to_dict("records") == [{"source": "V", "source_type": "outlet"}]


def test_the_matrix_counts_and_scores() -> None:
    opinions = _opinions(
        {"source": "author", "source_type": "author"}, {"source": "V", "on": "story+music"}, {"source": "V", **BAD},
        {"source": "B", **SO_SO, "on": "music"}, {"source": "B", **BAD, "on": "music"},
    )  # fmt: skip
    assert digest.matrix(opinions, _articles(a="W")).to_dict("records") == [
        {"work": "W", "source": "B", "source_type": "outlet", "votes": True, "all": "1± 1−", "all_score": -0.2, "music": "1± 1−", "story": "",
         "music_score": -0.2, "story_score": pytest.approx(math.nan, nan_ok=True)},
        {"work": "W", "source": "V", "source_type": "outlet", "votes": True, "all": "1+ 1−", "all_score": 0.0, "music": "1+", "story": "1+ 1−",
         "music_score": 0.5, "story_score": 0.0},
        {"work": "W", "source": "author", "source_type": "author", "votes": False, "all": "1+", "all_score": 0.5, "music": "", "story": "1+",
         "music_score": pytest.approx(math.nan, nan_ok=True), "story_score": 0.5},
    ]  # fmt: skip


def test_the_matrix_keeps_works_apart_and_counts_a_repeated_quote_once() -> None:
    quote = {"text": "the best film of the year"}
    opinions = _opinions(quote, {**quote, "article_id": "b"}, {**quote, "article_id": "c"})
    table = digest.matrix(opinions, _articles(a="W", b="W", c="X"))
    assert table[["work", "all"]].to_numpy().tolist() == [["W", "1+"], ["X", "1+"]]
    assert digest.matrix(opinions)["all"].tolist() == ["3+"]


def test_aspects_named_like_columns_stay_apart() -> None:
    table = digest.matrix(_opinions({"on": "source+all+music+music_score"}))
    assert list(table.columns)[6:10] == ["aspect_all", "music", "aspect_music_score", "aspect_source"]
    assert table["music_score"].tolist() == [0.5]
    assert table.columns.is_unique


def test_no_cell_begins_like_a_formula() -> None:
    rows = [{"sentiment": label, "score": 0.0} for label in digest.SIGNS]
    for row in rows:
        (cell,) = digest.matrix(_opinions(row))["all"]
        assert cell[0].isdigit()


# --- quotes

TELLING = [
    # words in quotation marks before others
    ([{"source": "A", "confidence": 0.9}, {"source": "B", "text": "it is “a fine old film”", "quoted": True, "confidence": 0.2}], "BA"),
    # a sentence before a scrap
    ([{"source": "A", "text": "“fine”", "quoted": True, "confidence": 0.9}, {"source": "B", "text": "“a fine old film”", "quoted": True}], "BA"),
    # a sentence before a speech
    ([{"source": "A", "text": "words " * 50, "confidence": 0.9}, {"source": "B", "text": "a fine old film"}], "BA"),
    # the surer one
    ([{"source": "A", "confidence": 0.4}, {"source": "B", "confidence": 0.6}], "BA"),
    # the stronger one
    ([{"source": "A", "score": 0.1}, {"source": "B", "score": 0.9}], "BA"),
    # every source's first before the second of any
    ([{"source": "A", "confidence": 0.9}, {"source": "A", "confidence": 0.8}, {"source": "B", "confidence": 0.1}], "ABA"),
    # who does not vote is not quoted
    ([{"source": "A"}, {"source": "author", "source_type": "author"}, {"source": "Star", "source_type": "cast_crew"}], "A"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "order"), TELLING)
def test_the_most_telling_come_first(rows: list[dict[str, Any]], order: str) -> None:
    for listed in (rows, rows[::-1]):
        table = digest.quotes(_opinions(*listed))
        for aspect in ("all", "story"):
            found = table[table["aspect"] == aspect]
            assert "".join(found["source"]) == order
            assert found["rank"].tolist() == list(range(1, len(order) + 1))


def test_ranks_count_within_work_aspect_and_sentiment() -> None:
    opinions = _opinions({"on": "story+music"}, BAD, {"source": "B", **BAD}, {"article_id": "b"})
    table = digest.quotes(opinions, _articles(a="W", b="X"))
    assert table[["work", "aspect", "sentiment", "rank", "opinion_id"]].to_numpy().tolist() == [
        ["W", "all", "positive", 1, "a:o1"], ["W", "all", "negative", 1, "a:o2"], ["W", "all", "negative", 2, "a:o3"],
        ["W", "music", "positive", 1, "a:o1"],
        ["W", "story", "positive", 1, "a:o1"], ["W", "story", "negative", 1, "a:o2"], ["W", "story", "negative", 2, "a:o3"],
        ["X", "all", "positive", 1, "b:o4"], ["X", "story", "positive", 1, "b:o4"],
    ]  # fmt: skip


WORDS = [
    ("it “a handsome bore”", True, "a handsome bore"),
    ('found the images "so beautiful you could frame them", and', True, "so beautiful you could frame them"),
    ("“It moves at the speed of sap", True, "It moves at the speed of sap"),
    ('and I would not have hurried it by a second,"', True, "and I would not have hurried it by a second"),
    ("every line sounds learned by heart.", True, "every line sounds learned by heart."),
    ("the scares are “elegant” and the quarrels “endless”.", True, "elegant … endless"),
    ("praised the “so-called” plot", False, "praised the “so-called” plot"),
    ("“”", True, "“”"),
]


@pytest.mark.parametrize(("text", "quoted", "words"), WORDS)
def test_the_words_within_marks(text: str, quoted: bool, words: str) -> None:
    table = digest.quotes(_opinions({"text": text, "quoted": quoted}))
    assert set(table["words"]) == {words}
    assert set(table["text"]) == {text}


def test_a_quote_in_several_articles_is_listed_once_and_names_them() -> None:
    quote = {"text": "the best film of the year"}
    rows = [{**quote, "article_id": name} for name in "abbc"]
    table = digest.quotes(_opinions(*rows), _articles(a="W", b="W", c="X"))
    assert table[["work", "aspect", "article_id", "also_in"]].to_numpy().tolist() == [
        ["W", "all", "a", "b"], ["W", "story", "a", "b"], ["X", "all", "c", ""], ["X", "story", "c", ""],
    ]  # fmt: skip


# --- lean


def _season(*scores: tuple[float, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make one article a work with a score of each of the sources A, B, C …."""
    rows = [
        {"article_id": f"a{n}", "source": "ABCDE"[m], "score": score}
        for n, work in enumerate(scores)
        for m, score in enumerate(work)
    ]
    return _opinions(*rows), _articles(**{f"a{n}": f"W{n}" for n in range(len(scores))})


def test_lean_is_the_mean_gap_from_the_others() -> None:
    # gaps of A from the others: 0.8 - 0.1, 0.4 - 0.1, 0.0 - 0.2: mean 0.2667, s 0.4509, t(2, 0.975) = 4.3027
    table = digest.lean(*_season((0.8, 0.0, 0.2), (0.4, 0.0, 0.2), (0.0, 0.2, 0.2)))
    assert table["aspect"].tolist() == ["all", "story"] * 3
    row = table.iloc[0]
    assert (row["source"], row["source_type"], row["n_works"]) == ("A", "outlet", 3)
    found = row[["mean_score", "others_score", "gap", "gap_low", "gap_high"]].tolist()
    assert found == pytest.approx([0.4, 0.1333, 0.2667, 0.2667 - 1.1202, 0.2667 + 1.1202], abs=2e-4)


LEANS = [
    # too few works for an interval
    ([(0.8, 0.0, 0.2), (0.4, 0.0, 0.2)], {"A": (2, False), "B": (2, False), "C": (2, False)}),
    # two sources are too few to compare
    ([(0.8, 0.0), (0.4, 0.0)], {}),
    # only the works on which there are enough others
    ([(0.8, 0.0, 0.2), (0.4, 0.0), (0.1, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4)], {"A": (3, True), "B": (3, True), "C": (3, True), "D": (1, False)}),
]  # fmt: skip


@pytest.mark.parametrize(("scores", "expected"), LEANS)
def test_lean_needs_works_and_others(scores: list[tuple[float, ...]], expected: dict[str, tuple[int, bool]]) -> None:
    table = digest.lean(*_season(*scores))
    overall = table[table["aspect"] == "all"]
    assert {row.source: (row.n_works, not pd.isna(row.gap_low)) for row in overall.itertuples()} == expected
    assert (overall["gap_low"].isna() == overall["gap_high"].isna()).all()


def test_lean_passes_over_what_names_no_work_and_whom_nobody_publishes() -> None:
    rows = [{"source": name, "source_type": kind} for name, kind in (("A", "outlet"), ("Ann", "critic"), ("fans", "audience"), ("author", "author"))]  # fmt: skip
    assert digest.lean(_opinions(*rows), _articles(a="")).empty
    table = digest.lean(_opinions(*rows), _articles(a="W"))
    assert table["source"].unique().tolist() == ["A", "Ann"]


# --- audit


def _audit(opinions: pd.DataFrame, **works: str) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in row.items() if not pd.isna(value) and value != ""}
        for row in digest.audit(opinions, _articles(**works)).to_dict("records")
    ]


def test_audit_compares_the_author_with_the_critics() -> None:
    author = {"source": "Daily", "source_type": "author"}
    opinions = _opinions(
        {**author, "score": 0.8}, {**author, "score": 0.4}, BAD, {"score": -0.3}, {"source": "B", "score": 0.2}
    )
    (row,) = _audit(opinions, a="W")
    # V's mean -0.4 and B's 0.2 make -0.1
    assert (row["n_author"], row["author_score"], row["critics_score"], row["tone_gap"]) == (2, 0.6, -0.1, 0.7)


def test_audit_compares_the_choice_of_critics_with_other_articles() -> None:
    opinions = _opinions(
        {"source": "A"}, {"source": "B"},  # article a: praise only
        {"source": "C", "article_id": "b", **BAD}, {"source": "D", "article_id": "b", **SO_SO}, {"source": "B", "article_id": "b", **BAD},
        {"source": "E", "article_id": "c"},
    )  # fmt: skip
    rows = {row["article_id"]: row for row in _audit(opinions, a="W", b="W", c="X", d="X")}
    picked = {
        key: rows["a"].get(key)
        for key in ("n_sources", "positive_share", "n_others", "others_positive_share", "share_gap")
    }
    assert picked == {
        "n_sources": 2,
        "positive_share": 1.0,
        "n_others": 3,
        "others_positive_share": 0.1667,
        "share_gap": 0.8333,
    }
    assert (rows["b"]["n_others"], rows["b"]["others_positive_share"]) == (2, 1.0)
    assert rows["c"]["n_others"] == 0
    assert "share_gap" not in rows["c"]
    assert (rows["d"]["n_sources"], rows["d"]["n_others"]) == (0, 1)


def test_articles_without_a_work_are_not_compared() -> None:
    rows = _audit(_opinions({}, {"article_id": "b", **BAD}), a="", b="")
    assert [row["n_others"] for row in rows] == [0, 0]


def test_a_quote_left_out_here_still_counts_elsewhere() -> None:
    quote = {"text": "the best film of the year"}
    rows = _audit(_opinions({**quote, "confidence": 0.9}, {**quote, "article_id": "b"}), a="W", b="W")
    assert [(row["n_sources"], row["positive_share"], row["others_positive_share"]) for row in rows] == [
        (1, 1.0, 1.0)
    ] * 2


RATINGS = [
    # rating as 0-1, score of the words beside it -> gap, conflicts
    (0.9, [0.6], -0.2, 0), (0.8, [-0.4], -1.0, 1), (0.2, [0.4], 1.0, 1), (0.55, [-0.2], -0.3, 0), (0.6, [-0.5, 0.7], -0.1, 0),
    (0.8, [-0.9, 0.8], -0.65, 0), (0.54, [-0.9], -0.98, 0),  # what is nearly even contradicts nothing
]  # fmt: skip


@pytest.mark.parametrize(("rating", "scores", "gap", "conflicts"), RATINGS)
def test_audit_compares_stars_with_words(rating: float, scores: list[float], gap: float, conflicts: int) -> None:
    stars = {"rating": rating, "score": 2 * rating - 1}
    other = {"source": "B", "score": -1.0}
    (row,) = _audit(_opinions(stars, *({"score": score} for score in scores), other), a="W")
    assert (row["n_ratings"], row["rating_gap"], row["n_conflicts"]) == (1, pytest.approx(gap), conflicts)
    assert ("conflicts" in row) == (conflicts > 0)
    if conflicts:
        assert row["conflicts"].startswith("V (a:o1): rating ")


def test_stars_alone_are_compared_with_nothing() -> None:
    (row,) = _audit(_opinions({"rating": 0.8, "score": 0.6}), a="W")
    assert row["n_ratings"] == 0
    assert "rating_gap" not in row


def test_nothing_depends_on_the_order_of_articles() -> None:
    quote = {"text": "the best film of the year"}
    rows = [
        {"article_id": name, "source": source, **extra} for name in "abc" for source in "ABC" for extra in (quote, BAD)
    ]
    opinions, articles = _opinions(*rows), _articles(a="W", b="W", c="X")
    back = pd.concat([opinions[opinions["article_id"] == name] for name in "cba"], ignore_index=True)
    tables = {"opinions": opinions, "articles": articles}
    for name, table in digest.digest(tables).items():
        pd.testing.assert_frame_equal(digest.digest({**tables, "opinions": back})[name], table)


def test_a_sentiment_of_another_name_is_ordered_last_and_leaves_no_trace() -> None:
    before = dict(digest._ORDER)
    table = digest.quotes(_opinions({"sentiment": "neutral"}, BAD))
    assert table["sentiment"].tolist() == ["negative", "neutral"] * 2
    assert before == digest._ORDER


def test_the_audit_of_an_article_looks_at_no_more_votes_where_there_are_many_articles(monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    looked: list[float] = []
    plain = consensus._exactly
    monkeypatch.setattr(consensus, "_exactly", lambda score: looked.append(score) or plain(score))
    counts = []
    for n in (20, 40):
        looked.clear()
        digest.audit(
            _opinions(*({"article_id": f"a{m}"} for m in range(n))), _articles(**{f"a{m}": "W" for m in range(n)})
        )
        counts.append(len(looked))
    assert counts[1] == 2 * counts[0] > 0
