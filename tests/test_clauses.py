"""Clauses: sentence -> the pieces that can each hold one judgement."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clauses import cut_where, pieces, runs, split_clauses

CASES = [
    ("It sings.", ["It sings."]),
    ("called it “tired”, “loud” and “too long”", ["called it “tired”", "“loud”", "and “too long”"]),
    ("The score soars but the plot sinks.", ["The score soars", "but the plot sinks."]),
    ("the first hour is hypnotic while the second sleeps", ["the first hour is hypnotic", "while the second sleeps"]),
    ("While the plot is thin, it looks superb.", ["While the plot is thin", "it looks superb."]),
    ("It is long; it is loud.", ["It is long", "it is loud."]),
    ("A joy — and a surprise", ["A joy", "and a surprise"]),
    ("praised the sets and found the ending cheap", ["praised the sets", "and found the ending cheap"]),
    ("hailed her turn, calling it “fearless”", ["hailed her turn", "calling it “fearless”"]),
    ("“Slow. So slow,”", ["“Slow. So slow,”"]),
    ("a ‘gorgeous, grisly’ film that ‘keeps its secrets’", ["a ‘gorgeous, grisly’", "film that ‘keeps its secrets’"]),
    ("unexpected humor and slapstick violence", ["unexpected humor and slapstick violence"]),
    ("The plot drags, and Clara Holt saves it.", ["The plot drags", "and Clara Holt saves it."]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_split(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in split_clauses(text, 0, len(text))] == expected


@given(st.text(alphabet="ab ,;—“”\"'’.:but and while it", max_size=80), st.integers(0, 10))
def test_pieces_are_in_order_and_inside(text: str, start: int) -> None:
    start = min(start, len(text))
    last = start
    for left, right in split_clauses(text, start, len(text)):
        assert last <= left < right <= len(text)
        last = right


FINER = [
    ("The jokes land, the sets glow and the songs soar.", ["The jokes land", "the sets glow", "and the songs soar."]),
    ("a handsome thriller that runs out of road", ["a handsome thriller", "that runs out of road"]),
    ("It is a joy (mostly)", ["It is a joy", "(mostly)"]),
    ("It took 1,000 extras", ["It took 1,000 extras"]),
]


@pytest.mark.parametrize(("text", "finest"), FINER)
def test_runs_are_all_stretches_of_the_finer_pieces(text: str, finest: list[str]) -> None:
    found = [text[start:end] for start, end in runs(text, 0, len(text))]
    assert [run for run in found if not any(other in run for other in found if other != run)] == finest
    assert len(found) == len(set(found)) == len(finest) * (len(finest) + 1) // 2
    assert any(run == text for run in found)


@given(st.text(alphabet="ab ,;—“”\"'’.:but and while it that", max_size=80))
def test_what_split_clauses_cuts_is_a_run(text: str) -> None:
    assert {start for start, _ in split_clauses(text, 0, len(text))} <= {start for start, _ in runs(text, 0, len(text))}


JOINED = "The jokes land, and the sets glow; the songs soar."


@pytest.mark.parametrize(
    ("likely", "expected"),
    [
        (
            {"and the sets glow": 1.0, "the songs soar.": 0.9},
            ["The jokes land", "and the sets glow", "the songs soar."],
        ),
        ({"the songs soar.": 0.9}, ["The jokes land, and the sets glow", "the songs soar."]),
        ({}, [JOINED]),
    ],
)
def test_clauses_are_cut_where_two_judgements_are_likely(likely: dict[str, float], expected: list[str]) -> None:
    def chances(pairs: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> list[float]:
        return [likely.get(JOINED[slice(*right)], 0.0) for _, right in pairs]

    found = cut_where(chances)(JOINED, 0, len(JOINED))
    assert [JOINED[start:end] for start, end in found] == expected


def test_less_likely_will_do_where_the_rules_cut_too() -> None:
    text = "a slow film that pays off, but only just"
    found = cut_where(lambda pairs: [0.5] * len(pairs))(text, 0, len(text))
    assert [text[start:end] for start, end in found] == ["a slow film that pays off", "but only just"]


@given(st.text(alphabet="ab ,;—“”\"'’.:but and while it that", max_size=80))
def test_pieces_hold_what_is_said_in_order(text: str) -> None:
    last = 0
    for piece in pieces(text, 0, len(text)):
        assert last <= piece.start < piece.end <= len(text)
        last = piece.end
    assert cut_where(lambda pairs: [0.0] * len(pairs))(text, 0, len(text)) == [
        (first.start, last) for first in pieces(text, 0, len(text))[:1]
    ]
