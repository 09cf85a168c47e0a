"""Sentiment: words -> how they feel."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.encoder import bundled_encoder
from pipeline.estimators import mark_negation, vader_compound
from pipeline.sentiment import Odds, PolarityModel, network_share, polarity_model, score_snippets, score_spans

SPANS = [
    ("lacking the “gravitas and quiet menace” of the original", "negative"),
    ("describing her turn as “flat”", "negative"),
    ("labeling the narrative as “thin”", "negative"),
    ("the dialogue “underwhelming”", "negative"),
    ("it may not surpass the best of the saga", "negative"),
    ("the film blends balletic poise with high-octane violence", "positive"),
    ("struggles to match the emotional weight of the first film", "negative"),
    ("praised the score", "positive"),
    ("faulted its bloated middle hour", "negative"),
    ("never dull", "positive"),
    ("hardly a triumph", "negative"),
    ("uneven but rewarding", "mixed"),
    ("a superb, moving finale", "positive"),
    ("fails to convince", "negative"),
    ("reviews were mixed", "mixed"),
]


def _one(text: str, *, valence: int = 0, rating: float | None = None, model: str = "small") -> str:
    (found,) = score_spans([text], model=polarity_model(model), valences=[valence], ratings=[rating])
    assert -1 <= found.score <= 1
    assert 0 <= found.confidence <= 1
    assert found.vader == vader_compound(text)
    return found.label


@pytest.mark.parametrize(("text", "expected"), SPANS)
def test_spans(text: str, expected: str) -> None:
    assert _one(text) == expected


@pytest.mark.parametrize(
    ("rating", "expected"), [(1.0, "positive"), (0.8, "positive"), (0.5, "mixed"), (0.2, "negative")]
)
def test_a_stated_rating_decides(rating: float, expected: str) -> None:
    assert _one("gave it some stars", rating=rating) == expected


@pytest.mark.parametrize(("valence", "expected"), [(1, "positive"), (-1, "negative")])
def test_a_judging_verb_tips_the_balance(valence: int, expected: str) -> None:
    assert _one("the length of the second act", valence=valence) == expected


@pytest.mark.parametrize(("text", "expected"), SPANS)
def test_spans_with_the_network(text: str, expected: str) -> None:
    readings = bundled_encoder().read_snippets([text])
    (found,) = score_spans(
        [text],
        model=polarity_model("auto"),
        valences=[0],
        ratings=[None],
        readings=readings,
        share=network_share("auto"),
    )
    assert found.label == expected


def test_an_opinion_is_never_neutral_and_a_snippet_may_be() -> None:
    fact = "The film opens on Friday in 300 cinemas."
    assert _one(fact) != "neutral"
    (found,) = score_snippets([fact], model=polarity_model("small"))
    assert found.label == "neutral"


def test_scores_do_not_depend_on_the_batch() -> None:
    texts = [text for text, _ in SPANS]
    together = score_snippets(texts, model=polarity_model("small"))
    assert together == [score_snippets([text], model=polarity_model("small"))[0] for text in texts]


def test_any_object_with_probabilities_is_a_model() -> None:
    class Sunny:
        def probabilities(self, texts: Sequence[str]) -> list[Odds]:
            return [(0.0, 0.1, 0.9)] * len(texts)

    model: PolarityModel = Sunny()
    (found,) = score_spans(["dreadful"], model=model, valences=[0], ratings=[None])
    assert (found.label, found.score) == ("positive", 0.9)


def test_vader_is_vader() -> None:
    assert _one("a superb film", model="vader") == "positive"
    assert _one("an awful film", model="vader") == "negative"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never quite lands", "never not_quite not_lands"),
        ("not bad, but long", "not not_bad, but long"),
        ("it sings", "it sings"),
        ("struggles to match the first", "struggles not_to not_match not_the not_first"),
    ],
)
def test_mark_negation(text: str, expected: str) -> None:
    assert mark_negation(text) == expected


def test_faint_praise_is_no_blame() -> None:
    text = "not without its charms"
    assert _one(text) in ("positive", "mixed")
    (found,) = score_spans(
        [text], model=polarity_model("auto"), valences=[0], ratings=[None],
        readings=bundled_encoder().read_snippets([text]), share=network_share("auto"),
    )  # fmt: skip
    assert found.label in ("positive", "mixed")
