"""Sentiment: words -> how they feel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.encoder import Sides, SpanReading, bundled_encoder
from pipeline.errors import ModelError, SettingsError
from pipeline.lexical import vader_compound
from pipeline.polarity import PolarityModel, polarity_model, tempered
from pipeline.resources import locate
from pipeline.sentiment import score_snippets, score_spans
from pipeline.settings import SENTIMENT_MODELS
from pipeline.train.sentiment import train_sentiment

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


def _read(text: str, model: str = "auto") -> str:
    (found,) = score_spans(
        [text], model=polarity_model(model), valences=[0], ratings=[None],
        readings=bundled_encoder().read_snippets([text]),
    )  # fmt: skip
    return found.label


@pytest.mark.parametrize(("text", "expected"), SPANS)
def test_spans_with_the_network(text: str, expected: str) -> None:
    assert _read(text) == expected


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
        mixed = 0.5
        reads = False

        def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:  # noqa: ARG002
            return [(0.0, 0.1, 0.9, 0.0)] * len(texts)

        opinions = texts

    model: PolarityModel = Sunny()
    (found,) = score_spans(["dreadful"], model=model, valences=[0], ratings=[None])
    assert (found.label, found.score) == ("positive", 0.9)


def test_vader_is_vader() -> None:
    assert _one("a superb film", model="vader") == "positive"
    assert _one("an awful film", model="vader") == "negative"


def test_faint_praise_is_no_blame() -> None:
    text = "not without its charms"
    assert _one(text) in ("positive", "mixed")
    assert _read(text) in ("positive", "mixed")


@pytest.mark.parametrize("name", SENTIMENT_MODELS)
def test_every_model_gives_probabilities(name: str) -> None:
    model, texts = polarity_model(name), [text for text, _ in SPANS]
    readings = bundled_encoder().read_snippets(texts) if model.reads else ()
    for sides in (*model.texts(texts, readings), *model.opinions(texts, readings)):
        assert sum(sides) == pytest.approx(1, abs=1e-6)
        assert min(sides) >= 0


def test_a_model_of_ones_own_is_a_folder(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    rows = [f"{word} {n},{label}" for n in range(20) for word, label in (("glorp", "positive"), ("blarg", "negative"))]
    table.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    train_sentiment(table, tmp_path / "model")
    assert _one("glorp", model=str(tmp_path / "model")) == "positive"
    assert _one("blarg", model=str(tmp_path / "model")) == "negative"


@pytest.mark.parametrize("name", ["", "large", "no/such/folder"])
def test_unknown_models_are_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        polarity_model(name)


def test_a_folder_of_another_model_is_refused() -> None:
    with pytest.raises(ModelError, match="polarity"):
        polarity_model(str(locate("models/subjectivity")))


@given(st.tuples(*[st.floats(0, 1)] * 4), st.floats(0.2, 5), st.floats(0.2, 5), st.floats(0.5, 4))
def test_tempering_keeps_probabilities(raw: Sides, neutral: float, mixed: float, temperature: float) -> None:
    settings = {"neutral": neutral, "mixed": mixed, "temperature": temperature}
    found = tempered(raw, settings)
    assert sum(found) == pytest.approx(1)
    if neutral == mixed == 1 and max(raw) > 0.01:
        assert found.index(max(found)) == raw.index(max(raw))


@pytest.mark.parametrize("side", [-1, 1])
def test_the_grade_of_a_text_makes_its_score_stronger_or_weaker_and_never_turns_it(side: int) -> None:
    texts = ["A joy from start to finish."] if side > 0 else ["A bore from start to finish."]
    (reading,) = bundled_encoder().read_snippets(texts)
    model = polarity_model("encoder")
    scores = [
        score_snippets(texts, model=model, readings=[replace(reading, intensity=side * grade)])[0].score
        for grade in (-1.0, 0.2, 0.9)
    ]
    assert 0 < side * scores[0] < side * scores[1] < side * scores[2] <= 1
