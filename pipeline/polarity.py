"""The sentiment models behind one protocol: VADER, a linear classifier, the network, and what the last two say together."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from pipeline import resources
from pipeline.encoder import Sides, SpanReading
from pipeline.errors import ModelError, SettingsError
from pipeline.estimators import Remembered, load_model
from pipeline.lexical import vader_compound, word_weight
from pipeline.ratings import find_ratings
from pipeline.settings import SENTIMENT_MODELS

NEGATIVE, NEUTRAL, POSITIVE, MIXED = range(4)
_STATED = 0.5
"""Probability of neutral from which a rating in a text is not the text's own."""
FLOOR = 1e-4
"""Least probability whose logarithm is taken."""


class PolarityModel(Protocol):
    """Anything that gives texts the probabilities of negative, neutral, positive and mixed, which sum to 1."""

    @property
    def mixed(self) -> float:
        """Probability of mixed from which an opinion is."""

    @property
    def reads(self) -> bool:
        """Whether it wants the network's readings, one a text."""

    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Return the probabilities of texts that need not be opinions."""

    def opinions(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Return the probabilities of spans that are opinions."""


class Lexical(ABC):
    """What models have in common that see a text's words only: a contrast whose halves feel otherwise is mixed."""

    mixed = 0.5
    reads = False

    @abstractmethod
    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Return the probabilities of texts that need not be opinions."""

    def opinions(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Return the probabilities of spans, each half of a contrast weighed against the other."""
        halves = [_halves(text) for text in texts]
        odds = self.texts([*texts, *(part for pair in halves for part in pair)], readings)
        parts = iter(odds[len(texts) :])
        return [_contrasted(whole, [next(parts) for _ in pair]) for whole, pair in zip(odds, halves, strict=False)]


class VaderPolarity(Lexical):
    """VADER's compound read as probabilities."""

    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:  # noqa: ARG002 - the protocol
        """Return all mass on one class, the neutral band from ``rules/sentiment.toml``."""
        return [self._sides(vader_compound(text)) for text in texts]

    @staticmethod
    def _sides(compound: float) -> Sides:
        """Split a compound score."""
        if abs(compound) < resources.rules("sentiment")["vader_neutral"]:
            return (0.0, 1.0, 0.0, 0.0)
        share = (1 + compound) / 2
        return (1 - share, 0.0, share, 0.0)


class SmallPolarity(Lexical):
    """A scikit-learn classifier over words.

    Args:
        folder: A model folder whose classes are negative, neutral and positive.

    Raises:
        ModelError: The folder holds no such model.
    """

    def __init__(self, folder: Path) -> None:
        model = load_model(folder)
        classes = list(model.meta.get("labels", ()))
        if not {"negative", "positive"} <= set(classes):
            raise ModelError(f"{folder} holds no model of polarity", hint="train one: pullquote train sentiment")
        self._classify = Remembered(model.estimator)
        self._order = [classes.index(k) if k in classes else None for k in ("negative", "neutral", "positive")]

    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:  # noqa: ARG002 - the protocol
        """Classify the texts."""
        rows = ([0.0 if place is None else row[place] for place in self._order] for row in self._classify(texts))
        return [(negative, neutral, positive, 0.0) for negative, neutral, positive in rows]


class EncoderPolarity:
    """What the network reads."""

    reads = True

    @property
    def mixed(self) -> float:
        """Probability of mixed from which an opinion is."""
        return float(resources.rules("reader")["polarity"]["mixed"])

    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:  # noqa: ARG002 - the protocol
        """Return what the head for any text reads."""
        settings = _thresholds()["encoder"]
        return [tempered(reading.feeling, settings) for reading in readings]

    def opinions(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:  # noqa: ARG002 - the protocol
        """Return what the heads for opinions and for any text read."""
        return [_from_logit(_read(reading), reading) for reading in readings]


class AutoPolarity(EncoderPolarity):
    """The network and the linear classifier together: their log-odds are averaged; words of criticism and stated ratings weigh in.

    Args:
        small: The classifier.
    """

    def __init__(self, small: PolarityModel) -> None:
        self._small = small

    def texts(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Combine all that is known of each text."""
        settings = _thresholds()["auto"]
        rows = zip(texts, self._small.texts(texts), readings, strict=True)
        return [combined(text, small, reading, settings) for text, small, reading in rows]

    def opinions(self, texts: Sequence[str], readings: Sequence[SpanReading] = ()) -> list[Sides]:
        """Average the log-odds of positive against negative; mixed is the network's."""
        share = resources.rules("reader")["polarity"]["network"]
        pairs = zip(self._small.texts(texts), readings, strict=True)
        return [_from_logit((1 - share) * logit(small) + share * _read(reading), reading) for small, reading in pairs]


@cache
def polarity_model(name: str) -> PolarityModel:
    """Return a polarity model.

    Args:
        name: ``vader``, ``small``, ``encoder``, ``auto``, or the folder of a model that `pullquote train sentiment` wrote.

    Raises:
        SettingsError: There is no such model.
    """
    if name == "vader":
        return VaderPolarity()
    if name == "small":
        return SmallPolarity(resources.locate("models/sentiment"))
    if name == "encoder":
        return EncoderPolarity()
    if name == "auto":
        return AutoPolarity(polarity_model("small"))
    if name and Path(name).is_dir():
        return SmallPolarity(Path(name))
    raise SettingsError(
        f"unknown sentiment model {name!r}", hint=f"use {', '.join(SENTIMENT_MODELS)}, or a model folder"
    )


@cache
def _thresholds() -> Mapping[str, Any]:
    """Load what was chosen on dev data for texts that need not be opinions."""
    return dict(resources.model_meta(resources.locate("models/sentiment"))["thresholds"])


def combined(text: str, small: Sides, reading: SpanReading, settings: Mapping[str, float]) -> Sides:
    """Return the probabilities of a text that need not be an opinion.

    Args:
        text: The text.
        small: What the linear classifier says.
        reading: What the network reads.
        settings: ``network`` is the network's share of the log-odds, ``words`` how much words of criticism count; the rest
            goes to `tempered`. A stated rating decides the side of what is not neutral.
    """
    sides = pooled(small, reading.feeling, settings["network"])
    weight = settings["words"] * word_weight(text) / 2
    leaning = (sides[0] * math.exp(-weight), sides[1], sides[2] * math.exp(weight), sides[3])
    sides = tempered(leaning, settings)
    stated = find_ratings(text) if sides[1] < _STATED else ()
    if not stated:
        return sides
    odds = [0.0, sides[1], 0.0, 0.0]
    meant = {rated(rating.value) for rating in stated}
    odds[meant.pop() if len(meant) == 1 else MIXED] += 1 - sides[1]
    return (odds[0], odds[1], odds[2], odds[3])


def rated(value: float) -> int:
    """Return which of negative, neutral, positive and mixed a rating in [0, 1] means."""
    rules = resources.rules("sentiment")
    if value >= rules["rating_positive"]:
        return POSITIVE
    return NEGATIVE if value < rules["rating_negative"] else MIXED


def logit(sides: Sides, *, limit: float = math.inf) -> float:
    """Return the log-odds of positive against negative, at most `limit` either way."""
    return max(-limit, min(limit, math.log((sides[2] + FLOOR) / (sides[0] + FLOOR))))


def _read(reading: SpanReading) -> float:
    """Return the log-odds that the network reads of an opinion; it is surer than it is right, so they are limited."""
    rules = resources.rules("reader")["polarity"]
    sides = logit(reading.polarity, limit=rules["limit"]), logit(reading.feeling, limit=rules["limit"])
    return float((1 - rules["feeling"]) * sides[0] + rules["feeling"] * sides[1])


def _from_logit(score: float, reading: SpanReading) -> Sides:
    """Return the probabilities of an opinion from its log-odds and the network's probability of mixed."""
    negative, _, positive, mixed = reading.polarity
    both = mixed / (mixed + negative + positive + FLOOR)
    side = 1 / (1 + math.exp(-score))
    return ((1 - both) * (1 - side), 0.0, (1 - both) * side, both)


def pooled(first: Sides, second: Sides, share: float) -> Sides:
    """Pool the three classes of two models by their logarithms; the second counts by its share and tells what is mixed."""
    powers = [
        (a + FLOOR) ** (1 - share) * (b + FLOOR) ** share for a, b in zip(first[:3], second[:3], strict=True)
    ]  # fmt: skip
    scale = (1 - second[3]) / sum(powers)
    return (powers[0] * scale, powers[1] * scale, powers[2] * scale, second[3])


def tempered(sides: Sides, settings: Mapping[str, float]) -> Sides:
    """Weigh neutral and mixed and flatten or sharpen probabilities.

    Args:
        sides: The probabilities.
        settings: ``neutral`` and ``mixed`` are factors, ``temperature`` divides the logarithms (Guo et al. 2017).
    """
    factors = (1.0, settings["neutral"], 1.0, settings["mixed"])
    powers = [
        (factor * max(side, FLOOR)) ** (1 / settings["temperature"])
        for side, factor in zip(sides, factors, strict=True)
    ]
    total = sum(powers)
    return (powers[0] / total, powers[1] / total, powers[2] / total, powers[3] / total)


def _halves(text: str) -> tuple[str, ...]:
    """Split a text at its first contrast, or not at all."""
    match = re.search(resources.rules("sentiment")["contrast"], text)
    if match is None:
        return ()
    if match.start() < 3:
        comma = text.find(",", match.end())
        return (text[match.end() : comma], text[comma + 1 :]) if comma > 0 else ()
    return (text[: match.start()], text[match.end() :])


def _contrasted(whole: Sides, halves: Sequence[Sides]) -> Sides:
    """Make a span mixed whose halves lie apart."""
    felt = [half[2] - half[0] for half in halves]
    least = min(map(abs, felt), default=0.0)
    if len(felt) < 2 or felt[0] * felt[1] >= 0 or least < resources.rules("sentiment")["mixed_half"]:
        return whole
    both = 0.5 + least / 2
    negative, neutral, positive = (side * (1 - both) for side in whole[:3])
    return (negative, neutral, positive, both)
