"""Stated ratings: text -> their words and value between 0 and 1."""

from __future__ import annotations

import pytest

from pipeline.ratings import find_ratings

CASES = [
    ("The Guardian ★★★★☆", [("★★★★☆", 0.8)]),
    ("★★★½ from Empire", [("★★★½", 0.7)]),
    ("a four-star rave", [("four-star", 0.8)]),
    ("★★★★★½ from Empire", [("★★★★★½", 1.0)]),
    ("five and a half stars", [("five and a half stars", 1.0)]),
    ("gave it three out of four stars", [("three out of four stars", 0.75)]),
    ("three and a half stars out of four", [("three and a half stars out of four", 0.875)]),
    ("two stars", [("two stars", 0.4)]),
    ("IGN: 8.5/10", [("8.5/10", 0.85)]),
    ("7 out of 10", [("7 out of 10", 0.7)]),
    ("3.5/4 stars", [("3.5/4 stars", 0.875)]),
    ("a score of 61 out of 100", [("61 out of 100", 0.61)]),
    ("92% of critics", [("92%", 0.92)]),
    ("graded it a B+", [("B+", 0.83)]),
    ("an A- CinemaScore", [("A- CinemaScore", 0.9)]),
    ("my grade for the finale: A-minus", [("A-minus", 0.9)]),
    ("vitamin A plus zinc", []),
    ("which marked the film with a D", [("D", 0.25)]),
    ("gave it a B+, writing that", [("B+", 0.83)]),
    ("crowds polled by CinemaScore returned an A−.", [("A−", 0.9)]),
    ("gave the film an average grade of “B+” on an A+ to F scale", [("B+”", 0.83)]),
    ("gave it a Boost", []),
    ("Metacritic's score of 21 denotes dislike", [("21", 0.21)]),
    ("Metacritic: 58", [("58", 0.58)]),
    ("an average of 81 on Metacritic", [("81 on Metacritic", 0.81)]),
    ("Metacritic, from 30 critics, gave it 61 out of 100", [("61 out of 100", 0.61)]),
    ("Variety (C-)", [("(C-", 0.42)]),
    ("on 9/11 and at 24/7", []),
    ("the 2024/25 season", []),
    ("a star of the stage", []),
    ("A thriller in three acts", []),
    ("Section B and plan A", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_find_ratings(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(text[r.start : r.end], r.value) for r in find_ratings(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "It clashed with two star vehicles.",
        "Its two stars share nothing.",
        "The two stars of the film waved.",
        "Both stars waved.",
    ],
)
def test_stars_who_are_people_rate_nothing(text: str) -> None:
    assert find_ratings(text) == ()


@pytest.mark.parametrize(
    "text",
    ["The paper's four stars", "the four stars it got", "a four-star film", "four stars of five", "all four stars"],
)
def test_stars_that_rate_in_like_company(text: str) -> None:
    assert find_ratings(text)[0].value == 0.8
