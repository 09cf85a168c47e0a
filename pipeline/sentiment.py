"""Score how a span feels about what it judges: a model's probabilities, moved by cues and words of criticism, made a label."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline import resources
from pipeline.encoder import POLARITIES, Sides, SpanReading
from pipeline.lexical import vader_compound, word_weight
from pipeline.polarity import PolarityModel, logit, rated
from pipeline.schema import Polarity, Sentiment


def score_spans(
    texts: Sequence[str],
    *,
    model: PolarityModel,
    valences: Sequence[int],
    ratings: Sequence[float | None],
    readings: Sequence[SpanReading] = (),
) -> list[Sentiment]:
    """Score opinion spans.

    Args:
        texts: The spans' texts.
        model: Where the probabilities come from.
        valences: For each span 1 when a praising verb governs it, -1 for a blaming one, else 0.
        ratings: For each span a stated rating in [0, 1] that decides it, or None.
        readings: For each span what the network reads of it, if the model wants that.

    Returns:
        One sentiment a span; labels positive, negative or mixed: an opinion is never neutral.
    """
    sides = model.opinions(texts, readings)
    felt = [
        _opinion(
            text, _shifted(side, word_weight(text) + valence * resources.rules("sentiment")["cue_weight"]), model.mixed
        )
        for text, side, valence in zip(texts, sides, valences, strict=True)
    ]
    graded = _graded(felt, readings if model.reads else ())
    return [
        feeling if rating is None else _rated(rating, feeling.vader)
        for feeling, rating in zip(graded, ratings, strict=True)
    ]


def score_snippets(
    texts: Sequence[str], *, model: PolarityModel, readings: Sequence[SpanReading] = ()
) -> list[Sentiment]:
    """Score texts that need not be opinions: the likeliest of negative, neutral, positive and mixed, and its probability.

    Args:
        texts: One or a few sentences each.
        model: Where the probabilities come from.
        readings: For each text what the network reads of it, if the model wants that.
    """
    felt = [_likeliest(text, side) for text, side in zip(texts, model.texts(texts, readings), strict=True)]
    return _graded(felt, readings if model.reads else ())


def _graded(felt: Sequence[Sentiment], readings: Sequence[SpanReading]) -> list[Sentiment]:
    """Let the network's grade of each text, where there is one, say how strong the feeling is; it never turns a score's sign."""
    if not readings:
        return list(felt)
    share = resources.rules("reader")["polarity"]["intensity"]
    pairs = zip(felt, readings, strict=True)
    return [
        replace(f, score=round((1 - share) * f.score + share * _agreeing(r.intensity, f.score), 4)) for f, r in pairs
    ]


def _agreeing(intensity: float, score: float) -> float:
    """Return a grade of the same sign as a score, else 0."""
    return intensity if intensity * score > 0 else 0.0


def _likeliest(text: str, sides: Sides) -> Sentiment:
    """Choose the label of a text that need not be an opinion."""
    best = max(range(4), key=sides.__getitem__)
    return Sentiment(POLARITIES[best], round(sides[2] - sides[0], 4), round(sides[best], 4), vader_compound(text))


def _opinion(text: str, sides: Sides, least: float) -> Sentiment:
    """Choose the label of an opinion; it is mixed from a probability on, or where words say so."""
    compound = vader_compound(text)
    negative, _, positive, both = sides
    score = round(positive - negative, 4)
    if both >= least or re.search(resources.rules("sentiment")["mixed_words"], text):
        return Sentiment("mixed", score, round(max(both, least), 4), compound)
    polar = negative + positive
    share = positive / polar if polar > 0 else 0.5
    label: Polarity = "positive" if share >= 0.5 else "negative"
    return Sentiment(label, score, round(max(share, 1 - share) * (1 - both), 4), compound)


def _shifted(sides: Sides, weight: float) -> Sides:
    """Move the log-odds of positive against negative, the neutral mass shared out."""
    if weight == 0:
        return sides
    negative, _, positive, mixed = sides
    both = mixed / (mixed + negative * math.exp(-weight) + positive * math.exp(weight)) if mixed else 0.0
    side = 1 / (1 + math.exp(-logit(sides) - weight))
    return ((1 - both) * (1 - side), 0.0, (1 - both) * side, both)


def _rated(rating: float, compound: float) -> Sentiment:
    """Read a stated rating as sentiment."""
    return Sentiment(POLARITIES[rated(rating)], round(2 * rating - 1, 4), 0.9, compound)
