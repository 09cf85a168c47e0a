"""Candidates: sentence -> the clauses that may judge, whose each is, and the ratings they state."""

from __future__ import annotations

import pytest

from pipeline.analyze import Reader
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
        for c in reader.propose(text).candidates
    ]
    assert [(name, words) for name, words in found if name != "author"] == [(n, w.strip(" .")) for n, w in expected]


@pytest.mark.parametrize(("text", "expected"), RATINGS)
def test_a_clause_states_its_rating(reader: Reader, text: str, expected: list[float | None]) -> None:
    stated = [c.rating for c in reader.propose(text).candidates]
    assert [value for value in stated if value is not None] == [value for value in expected if value is not None]


def test_a_rating_beside_an_outlet_is_the_outlets(reader: Reader) -> None:
    text = "Collider (3/5): It sings."
    found = [(c.attribution.source.name if c.attribution else "", c.rating) for c in reader.propose(text).candidates]
    assert ("Collider", 0.6) in found
