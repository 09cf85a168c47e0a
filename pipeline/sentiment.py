"""Score how a span feels about what it judges: VADER as the baseline column, a scikit-learn classifier for the label."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from pipeline import resources
from pipeline.errors import SettingsError
from pipeline.estimators import load_model, vader_compound
from pipeline.schema import Polarity, Sentiment

Odds = tuple[float, float, float]
"""Probabilities of negative, neutral and positive; they sum to 1."""

_FLOOR = 1e-4
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

    Raises:
        SettingsError: The name is not one of ``vader``, ``small`` and ``auto``.
    """
    if name == "vader":
        return VaderPolarity()
    if name in ("small", "auto"):
        return SmallPolarity(resources.locate("models/sentiment"))
    raise SettingsError(f"unknown sentiment model {name!r}", hint="use auto, small or vader")


def score_spans(
    texts: Sequence[str], *, model: PolarityModel, valences: Sequence[int], ratings: Sequence[float | None]
) -> list[Sentiment]:
    """Score opinion spans.

    Args:
        texts: The spans' texts.
        model: Where the probabilities come from.
        valences: For each span 1 when a praising verb governs it, -1 for a blaming one, else 0.
        ratings: For each span a stated rating in [0, 1] that decides it, or None.

    Returns:
        One sentiment a span; labels positive, negative or mixed: an opinion is never neutral.
    """
    halves = [_halves(text) for text in texts]
    flat = [*texts, *(part for pair in halves for part in pair)]
    odds = model.probabilities(flat)
    parts = iter(odds[len(texts) :])
    result: list[Sentiment] = []
    for text, whole, pair, valence, rating in zip(texts, odds, halves, valences, ratings, strict=False):
        sides = [_balance(next(parts)) for _ in pair]
        compound = vader_compound(text)
        if rating is not None:
            result.append(_rated(rating, compound))
        else:
            result.append(_decide(text, _shifted(whole, _weight(text, valence)), sides, compound))
    return result


def score_snippets(texts: Sequence[str], *, model: PolarityModel) -> list[Sentiment]:
    """Score texts that need not be opinions: as `score_spans`, and neutral where neutral is likeliest."""
    odds = model.probabilities(texts)
    felt = score_spans(texts, model=model, valences=[0] * len(texts), ratings=[None] * len(texts))
    return [
        Sentiment("neutral", round(_balance(o), 4), round(o[1], 4), f.vader)
        if o[1] > max(o[0], o[2]) and f.label != "mixed"
        else f
        for o, f in zip(odds, felt, strict=True)
    ]


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
    rules = resources.rules("sentiment")
    praise, blame = _lexicon()
    total = float(valence * rules["cue_weight"])
    for pattern, sign in ((praise, 1), (blame, -1)):
        for match in pattern.finditer(text):
            negated = _NEGATED.search(text[max(0, match.start() - 20) : match.start()]) is not None
            total += rules["lexicon_weight"] * (-sign if negated else sign)
    return total


@cache
def _lexicon() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the words of praise and blame."""
    rules = resources.rules("sentiment")
    praise, blame = ("|".join(sorted(map(re.escape, rules[key]), key=len, reverse=True)) for key in ("praise", "blame"))
    first, second = (re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE) for words in (praise, blame))
    return first, second


def _shifted(odds: Odds, weight: float) -> Odds:
    """Move the odds of positive against negative by some log-odds, the neutral mass shared out."""
    if weight == 0:
        return odds
    polar = odds[0] + odds[2] + odds[1]
    logit = math.log((odds[2] + _FLOOR) / (odds[0] + _FLOOR)) + weight
    positive = polar / (1 + math.exp(-logit))
    return (polar - positive, 0.0, positive)


def _decide(text: str, odds: Odds, sides: Sequence[float], compound: float) -> Sentiment:
    """Choose the label of a span without a rating."""
    rules = resources.rules("sentiment")
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
