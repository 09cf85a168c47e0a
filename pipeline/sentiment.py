"""Score how a span feels about what it judges: VADER as the baseline column, a scikit-learn classifier for the label."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from pipeline import resources
from pipeline.encoder import SpanReading
from pipeline.errors import SettingsError
from pipeline.estimators import load_model, vader_compound
from pipeline.schema import Polarity, Sentiment

Odds = tuple[float, float, float]
"""Probabilities of negative, neutral and positive; they sum to 1."""

_FLOOR = 1e-4
_WITH_NETWORK = ("auto", "encoder")
_NEGATED = re.compile(r"\b(?:not|never|no|hardly|nothing|without|\w+n[’']t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


class PolarityModel(Protocol):
    """Anything that gives texts three probabilities."""

    def probabilities(self, texts: Sequence[str]) -> list[Odds]:
        """Return (negative, neutral, positive) for each text."""


class VaderPolarity:
    """VADER's compound read as three probabilities."""

    def probabilities(self, texts: Sequence[str]) -> list[Odds]:
        """Return all mass on one class, the neutral band from ``rules/sentiment.toml``."""
        return [self._odds(vader_compound(text)) for text in texts]

    @staticmethod
    def _odds(compound: float) -> Odds:
        """Split a compound score."""
        if abs(compound) < resources.rules("sentiment")["vader_neutral"]:
            return (0.0, 1.0, 0.0)
        share = (1 + compound) / 2
        return (1 - share, 0.0, share)


class SmallPolarity:
    """The bundled scikit-learn classifier.

    Args:
        folder: A model folder whose classes are negative, neutral and positive.
    """

    def __init__(self, folder: Path) -> None:
        self._model = load_model(folder)
        self._order = [list(self._model.estimator.classes_).index(k) for k in ("negative", "neutral", "positive")]

    def probabilities(self, texts: Sequence[str]) -> list[Odds]:
        """Classify the texts."""
        if not texts:
            return []
        table = self._model.estimator.predict_proba(list(texts))
        a, b, c = self._order
        return [(float(row[a]), float(row[b]), float(row[c])) for row in table]


@cache
def polarity_model(name: str) -> PolarityModel:
    """Return a polarity model by name.

    The models ``encoder`` and ``auto`` also want the network's readings; what this returns is their other half.

    Raises:
        SettingsError: The name is not one of ``vader``, ``small``, ``encoder`` and ``auto``.
    """
    if name == "vader":
        return VaderPolarity()
    if name in ("small", *_WITH_NETWORK):
        return SmallPolarity(resources.locate("models/sentiment"))
    raise SettingsError(f"unknown sentiment model {name!r}", hint="use auto, encoder, small or vader")


def network_share(name: str) -> float:
    """Return how much the network's log-odds of positive count in a model, in [0, 1]; 0 where it does not read."""
    return {"auto": float(resources.rules("reader")["polarity"]["network"]), "encoder": 1.0}.get(name, 0.0)


def score_spans(
    texts: Sequence[str],
    *,
    model: PolarityModel,
    valences: Sequence[int],
    ratings: Sequence[float | None],
    readings: Sequence[SpanReading] = (),
    share: float = 0.0,
) -> list[Sentiment]:
    """Score opinion spans.

    Args:
        texts: The spans' texts.
        model: Where the probabilities come from.
        valences: For each span 1 when a praising verb governs it, -1 for a blaming one, else 0.
        ratings: For each span a stated rating in [0, 1] that decides it, or None.
        readings: For each span what the network reads of it, if it does.
        share: How much the network counts, in [0, 1].

    Returns:
        One sentiment a span; labels positive, negative or mixed: an opinion is never neutral.
    """
    if readings and share > 0:
        odds = model.probabilities(texts) if share < 1 else [(0.5, 0.0, 0.5)] * len(texts)
        felt = [
            _blended(t, o, r, share, _weight(t, v)) for t, o, r, v in zip(texts, odds, readings, valences, strict=True)
        ]
    else:
        felt = _by_halves(texts, model, valences)
    return [
        feeling if rating is None else _rated(rating, feeling.vader)
        for feeling, rating in zip(felt, ratings, strict=True)
    ]


def _by_halves(texts: Sequence[str], model: PolarityModel, valences: Sequence[int]) -> list[Sentiment]:
    """Score texts and the halves of those that hold a contrast, without the network."""
    halves = [_halves(text) for text in texts]
    odds = model.probabilities([*texts, *(part for pair in halves for part in pair)])
    parts = iter(odds[len(texts) :])
    return [
        _decide(text, _shifted(whole, _weight(text, valence)), [_balance(next(parts)) for _ in pair])
        for text, whole, pair, valence in zip(texts, odds, halves, valences, strict=False)
    ]


def snippet_odds(
    texts: Sequence[str], *, model: PolarityModel, readings: Sequence[SpanReading] = (), share: float = 0.0
) -> list[Odds]:
    """Return negative, neutral and positive for texts that need not be opinions; what the network calls mixed goes half to each side."""
    odds = model.probabilities(texts)
    if not readings or share == 0:
        return odds
    return [
        (_mix(small[0], negative + mixed / 2, share), _mix(small[1], neutral, share), _mix(small[2], positive + mixed / 2, share))
        for small, (negative, neutral, positive, mixed) in zip(odds, (r.polarity for r in readings), strict=True)
    ]  # fmt: skip


def score_snippets(
    texts: Sequence[str], *, model: PolarityModel, readings: Sequence[SpanReading] = (), share: float = 0.0
) -> list[Sentiment]:
    """Score texts that need not be opinions: as `score_spans`, and neutral where neutral is likeliest."""
    odds = snippet_odds(texts, model=model, readings=readings, share=share)
    nothing: list[float | None] = [None] * len(texts)
    felt = score_spans(texts, model=model, valences=[0] * len(texts), ratings=nothing, readings=readings, share=share)
    return [
        Sentiment("neutral", round(_balance(o), 4), round(o[1], 4), f.vader)
        if o[1] > max(o[0], o[2]) and f.label != "mixed"
        else f
        for o, f in zip(odds, felt, strict=True)
    ]


def _mix(first: float, second: float, share: float) -> float:
    """Return the mean of two probabilities, the second by its share."""
    return (1 - share) * first + share * second


def _balance(odds: Odds) -> float:
    """Return positive minus negative."""
    return odds[2] - odds[0]


def _halves(text: str) -> tuple[str, ...]:
    """Split a text at its first contrast, or not at all."""
    match = re.search(resources.rules("sentiment")["contrast"], text)
    if match is None:
        return ()
    if match.start() < 3:
        comma = text.find(",", match.end())
        return (text[match.end() : comma], text[comma + 1 :]) if comma > 0 else ()
    return (text[: match.start()], text[match.end() :])


def _weight(text: str, valence: int) -> float:
    """Add up what the cue verb and the words of criticism in a text are worth, in log-odds of positive."""
    total = float(valence * resources.rules("sentiment")["cue_weight"])
    for pattern, worth in _lexicon():
        for match in pattern.finditer(text):
            negated = _NEGATED.search(text[max(0, match.start() - 20) : match.start()]) is not None
            total += -worth if negated else worth
    return total


@cache
def _lexicon() -> tuple[tuple[re.Pattern[str], float], ...]:
    """Compile the words of criticism, each list with what one of its words is worth."""
    rules = resources.rules("sentiment")
    worth = {
        "praise": rules["lexicon_weight"],
        "blame": -rules["lexicon_weight"],
        "short": -rules["turn_weight"],
        "redeemed": rules["turn_weight"],
    }
    found = []
    for key, value in worth.items():
        words = "|".join(sorted(map(re.escape, rules[key]), key=len, reverse=True))
        found.append((re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE), float(value)))
    return tuple(found)


def _shifted(odds: Odds, weight: float) -> Odds:
    """Move the odds of positive against negative by some log-odds, the neutral mass shared out."""
    if weight == 0:
        return odds
    polar = odds[0] + odds[2] + odds[1]
    logit = math.log((odds[2] + _FLOOR) / (odds[0] + _FLOOR)) + weight
    positive = polar / (1 + math.exp(-logit))
    return (polar - positive, 0.0, positive)


def _blended(text: str, odds: Odds, reading: SpanReading, share: float, weight: float) -> Sentiment:
    """Choose the label of a span by the network's reading and, as far as `share` leaves it, by other odds.

    `weight` is what cues and words of criticism add to the log-odds of positive.
    """
    compound = vader_compound(text)
    negative, _, positive, mixed = reading.polarity
    mixed_share = mixed / (mixed + negative * math.exp(-weight) + positive * math.exp(weight) + _FLOOR)
    logit = weight + (1 - share) * math.log((odds[2] + _FLOOR) / (odds[0] + _FLOOR))
    limit = resources.rules("reader")["polarity"]["limit"]
    sure = math.log((positive + _FLOOR) / (negative + _FLOOR))
    logit += share * max(-limit, min(limit, sure))
    side = 1 / (1 + math.exp(-logit))
    score = round((2 * side - 1) * (1 - mixed_share), 4)
    least = resources.rules("reader")["polarity"]["mixed"]
    if mixed_share >= least or re.search(resources.rules("sentiment")["mixed_words"], text):
        return Sentiment("mixed", score, round(max(mixed_share, least), 4), compound)
    label: Polarity = "positive" if side >= 0.5 else "negative"
    return Sentiment(label, score, round(max(side, 1 - side) * (1 - mixed_share), 4), compound)


def _decide(text: str, odds: Odds, sides: Sequence[float]) -> Sentiment:
    """Choose the label of a span without the network."""
    rules = resources.rules("sentiment")
    compound = vader_compound(text)
    least = rules["mixed_half"]
    opposed = len(sides) == 2 and min(abs(s) for s in sides) >= least and sides[0] * sides[1] < 0
    polar = odds[0] + odds[2]
    share = odds[2] / polar if polar > 0 else 0.5
    score = round(_balance(odds), 4)
    if opposed or re.search(rules["mixed_words"], text):
        return Sentiment("mixed", round(score / 2, 4), round(0.5 + min(map(abs, sides), default=0.2) / 2, 4), compound)
    label: Polarity = "positive" if share >= 0.5 else "negative"
    return Sentiment(label, score, round(max(share, 1 - share), 4), compound)


def _rated(rating: float, compound: float) -> Sentiment:
    """Read a stated rating as sentiment."""
    rules = resources.rules("sentiment")
    label: Polarity = "mixed"
    if rating >= rules["rating_positive"]:
        label = "positive"
    elif rating < rules["rating_negative"]:
        label = "negative"
    return Sentiment(label, round(2 * rating - 1, 4), 0.9, compound)
