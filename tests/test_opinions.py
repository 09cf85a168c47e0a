"""Candidates: sentence -> the clauses that may judge, whose each is, and the ratings they state."""

from __future__ import annotations

import pytest

from pipeline.analyze import Reader
from pipeline.clauses import split_clauses
from pipeline.settings import Settings

CASES = [
    ("IndieWire praised the score but found the plot thin.",
     [("IndieWire", "praised the score"), ("IndieWire", "but found the plot thin.")]),
    ("“It drags,” Collider complained.", [("Collider", "“It drags,”")]),
    ("Collider gave it three out of four stars.", [("Collider", "gave it three out of four stars")]),
]  # fmt: skip
RATINGS = [
    ("Collider gave it three out of four stars.", [0.75]),
    ("Collider’s four-star review calls it a slog.", [None]),
    ("Of the reviews, 80% are positive.", [0.8]),
    ("They shot 80% of it at sea.", [None]),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Settings())


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_clauses_and_holders(reader: Reader, text: str, expected: list[tuple[str, str]]) -> None:
    found = [
        (c.attribution.source.name if c.attribution else "author", text[c.start : c.end].strip(" ."))
        for c in reader.propose(text, cut=split_clauses, network=False).candidates
    ]
    assert [(name, words) for name, words in found if name != "author"] == [(n, w.strip(" .")) for n, w in expected]


@pytest.mark.parametrize(("text", "expected"), RATINGS)
def test_a_clause_states_its_rating(reader: Reader, text: str, expected: list[float | None]) -> None:
    stated = [c.rating for c in reader.propose(text, cut=split_clauses, network=False).candidates]
    assert [value for value in stated if value is not None] == [value for value in expected if value is not None]


BESIDE = [
    ("Scores\n\nThe Mirror: ****\nHeat: ****\nEmpire: ***\n", ["The Mirror: ****", "Heat: ****", "Empire: ***"]),
    ("Empire: ★★★ (3/5)\nA slog.\n", ["Empire: ★★★", "3/5"]),
    ("The Guardian (4/5)\nA joy from end to end.\n", ["The Guardian (4/5)"]),
    ("★★ Financial Times\nOne admires the cast.\n", ["★★ Financial Times"]),
    ("It is a joy, says Empire. It got 4/5 in the end.", ["It got 4/5 in the end."]),
]


@pytest.mark.parametrize(("text", "expected"), BESIDE)
def test_a_bare_rating_takes_in_the_name_beside_it(reader: Reader, text: str, expected: list[str]) -> None:
    found = reader.propose(text, cut=split_clauses, network=False).candidates
    assert [text[c.start : c.end] for c in found if c.rating is not None] == expected


HEADLINES = [
    ("Critics warm to a slow thriller\n\nIt opens on Friday in 300 cinemas.", True),
    ("Critical reception\n\nIt opens on Friday in 300 cinemas.", False),
    ("Ann Ruiz, The Washington Post\n\nThe jokes land, and the score is a joy to hear.", False),
]


@pytest.mark.parametrize(("text", "judges"), HEADLINES)
def test_headings_of_words_enough_may_judge_and_bylines_do_not(reader: Reader, text: str, judges: bool) -> None:
    first = reader.propose(text, cut=split_clauses, network=False).candidates[0]
    assert (first.start < text.index("\n")) == judges


def test_a_rating_beside_an_outlet_is_the_outlets(reader: Reader) -> None:
    text = "Collider (3/5): It sings."
    found = [
        (c.attribution.source.name if c.attribution else "", c.rating)
        for c in reader.propose(text, cut=split_clauses, network=False).candidates
    ]
    assert ("Collider", 0.6) in found
