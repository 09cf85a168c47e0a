"""Statistics of agreement against published and hand-computed values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.consensus import Ballot, Vote, agreement, divisiveness, verdict, wilson


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([5, 0, 5], 1.0), ([4, 4, 4], 0.5), ([1, 8, 1], 0.15), ([3, 1, 6], 0.55), ([0, 0, 9], 0.0), ([0, 6, 0], 0.0)],
)
def test_divisiveness(counts: list[int], expected: float) -> None:
    assert divisiveness(counts) == pytest.approx(expected)


def test_divisiveness_needs_four_sources() -> None:
    assert divisiveness([1, 1, 1]) is None
    assert divisiveness([2, 0, 2]) is not None


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([10, 0, 0, 0, 10], -1.0),
        ([0, 0, 20, 0, 0], 1.0),
        ([4, 4, 4, 4, 4], 0.0),
        ([30, 40, 210, 130, 530, 50, 10], 0.61),  # example of van der Eijk (2001), seven points
    ],
)
def test_agreement_on_longer_scales(counts: list[int], expected: float) -> None:
    assert agreement(counts) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@pytest.mark.parametrize(
    ("labels", "scores", "expected"),
    [
        (["positive"], [0.9], "positive"),
        (["positive", "positive", "negative"], [0.9, 0.8, -0.5], "positive"),
        (["positive", "negative"], [0.9, -0.5], "mixed"),
        (["negative", "negative"], [-0.9, -0.5], "negative"),
        (["mixed"], [0.1], "mixed"),
        (["mixed", "negative"], [0.0, -0.6], "negative"),
    ],
)
def test_verdict(labels: list[str], scores: list[float], expected: str) -> None:
    assert verdict(scores, labels) == expected


_VOTES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("pqr"),
        st.sampled_from([("positive", 0.3), ("positive", 0.1), ("mixed", -0.1), ("mixed", 0.3), ("negative", -0.7)]),
    ),
    min_size=1,
    max_size=12,
)


@given(_VOTES)
@settings(deadline=None)
def test_a_ballot_without_an_article_is_that_of_the_others(said: list[tuple[str, str, tuple[str, float]]]) -> None:
    votes = [Vote(article, quote, *felt) for article, quote, felt in said]
    for article in "abc":
        own, rest = ([vote for vote in votes if (vote.article == article) is here] for here in (True, False))
        once = {vote.quote: vote for vote in sorted(rest, key=lambda vote: (vote.label, vote.score))}.values()
        values = {"positive": 1.0, "mixed": 0.5, "negative": 0.0}
        expected = values[verdict([v.score for v in once], [v.label for v in once])] if once else None
        assert Ballot(votes).without(own) == expected
        assert not rest or Ballot(rest).value == expected
