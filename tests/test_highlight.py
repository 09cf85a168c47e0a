"""Opinions marked in their text: pieces that join to the text, fragments that escape it."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import TEXT, empty, result

from pipeline import frames
from pipeline.highlight import Piece, highlight_html, marks, pieces, result_html


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("", [], []),
        ("abc", [], [Piece("abc", (), ())]),
        ("abc", [(1, 2)], [Piece("a", (), ()), Piece("b", (0,), (0,)), Piece("c", (), ())]),
        ("abc", [(0, 3), (1, 2)], [Piece("a", (0,), (0,)), Piece("b", (0, 1), (1,)), Piece("c", (0,), ())]),
        ("abc", [(1, 2), (0, 3)], [Piece("a", (1,), (1,)), Piece("b", (1, 0), (0,)), Piece("c", (1,), ())]),
        ("abc", [(0, 2), (1, 3)], [Piece("a", (0,), (0,)), Piece("b", (0, 1), (1,)), Piece("c", (1,), ())]),
        ("ab", [(0, 1), (1, 2)], [Piece("a", (0,), (0,)), Piece("b", (1,), (1,))]),
        ("ab", [(0, 2), (0, 2)], [Piece("ab", (0, 1), (0, 1))]),
        ("ab", [(1, 1), (-5, 1), (1, 9)], [Piece("a", (1,), (1,)), Piece("b", (2,), (2,))]),
    ],
)
def test_pieces(text: str, spans: list[tuple[int, int]], expected: list[Piece]) -> None:
    assert pieces(text, spans) == expected


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 33), st.integers(-3, 33)), max_size=8))
def test_pieces_join_to_the_text_and_know_what_covers_them(text: str, spans: list[tuple[int, int]]) -> None:
    place = 0
    begun: list[int] = []
    for piece in pieces(text, spans):
        covers = {n for n, (start, end) in enumerate(spans) if start <= place and end >= place + len(piece.text)}
        assert set(piece.marks) == covers
        begun.extend(piece.begins)
        place += len(piece.text)
    assert "".join(piece.text for piece in pieces(text, spans)) == text
    assert sorted(begun) == [n for n, (s, e) in enumerate(spans) if max(0, s) < min(len(text), e)]


def test_the_rows_of_an_opinion_are_one_mark() -> None:
    first, second = marks(result().opinions)
    assert (first.source, first.aspects, first.symbol, first.row) == ("Variety", ("performance", "story"), "+", 0)
    assert (second.source, second.sentiment, second.symbol, second.row) == ("Ann Lee", "negative", "−", 2)
    assert first.told == "Variety: positive on performance, story. Rule verb, cue “hails”, confidence 0.80"


def test_a_fragment_escapes_its_text_and_tells_feeling_by_sign_and_source() -> None:
    html = highlight_html(TEXT, result().opinions, title="<i>T</i>")
    assert "&lt;b&gt;Ann&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert '<mark class="pq-positive" title="Variety: positive' in html
    assert '<span class="pq-sign">−</span><span class="pq-source">Ann Lee</span> =1+1</mark>' in html
    assert "http" not in html


def test_a_long_text_is_cut_and_the_rest_counted() -> None:
    html = highlight_html("a" * 50 + "b" * 20, frames.frame("opinions", []), limit=50)
    assert "b" * 20 not in html
    assert "20 characters more" in html


def test_a_result_shows_itself_in_a_notebook() -> None:
    html = result({"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}, {"n": 5})._repr_html_()
    assert html.count('class="pq-text"') == 3
    assert "and 2 more articles" in html
    assert "5 articles, 10 opinions, 1 error" in html
    assert "<td>1</td>" in html
    assert result_html([], pd.DataFrame(), counts="")
    assert "0 articles" in empty()._repr_html_()
