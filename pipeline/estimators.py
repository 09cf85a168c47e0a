"""scikit-learn pieces that the small classifiers share, and how a model folder is saved and loaded without pickle.

A model folder holds `model.skops`, `meta.json` (labels, data, versions, metrics, the hash of the weights) and
`README.md` (the model card).
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from pipeline import resources
from pipeline.errors import ModelError

_WORD = r"(?u)[^\W_]+(?:[’'-][^\W_]+)*|[!?]|\$\w+"
_NEGATOR = re.compile(
    r"(?:not|no|never|neither|nor|nothing|nobody|hardly|barely|scarcely|rarely|seldom|without|lacks?|lacking|lacked|fails?|failed|failing|cannot|\w+n['’]t)$",
    re.IGNORECASE,
)
_SCOPE_END = re.compile(r"[.,;:!?—–()\"“”]|\b(?:but|yet|though|although|while|however)\b", re.IGNORECASE)
NEGATION_REACH = 4
"""Words after a negator that carry its mark."""

Floats = npt.NDArray[np.float64]


@cache
def vader() -> SentimentIntensityAnalyzer:
    """Load VADER once a process."""
    return SentimentIntensityAnalyzer()


def vader_compound(text: str) -> float:
    """Return VADER's compound score of a text, in [-1, 1] (Hutto & Gilbert 2014)."""
    return float(vader().polarity_scores(text)["compound"])


def mark_negation(text: str) -> str:
    """Prefix the words in a negator's scope with ``not_``: "never quite lands" becomes "never not_quite not_lands"."""
    out: list[str] = []
    left = 0
    for word in text.split():
        marked = f"not_{word}" if left > 0 else word
        left = 0 if _SCOPE_END.search(word) else left - 1
        if _NEGATOR.match(word.strip("\"“”‘’',.;:!?()")):
            left = NEGATION_REACH
        out.append(marked)
    return " ".join(out)


class VaderFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn texts into VADER's four scores: shape (n, 6), compound split by sign, plus compound of the last half."""

    def fit(self, texts: Sequence[str], labels: object = None) -> VaderFeatures:  # noqa: ARG002 - scikit-learn's signature
        """Learn nothing."""
        self.n_features_ = 6
        return self

    def transform(self, texts: Sequence[str]) -> Floats:
        """Score the texts."""
        return np.array([self._row(text) for text in texts], dtype=np.float64).reshape(-1, 6)

    @staticmethod
    def _row(text: str) -> list[float]:
        """Score one text."""
        scores = vader().polarity_scores(text)
        words = text.split()
        tail = vader_compound(" ".join(words[len(words) // 2 :]))
        compound = scores["compound"]
        return [max(compound, 0.0), max(-compound, 0.0), scores["pos"], scores["neg"], max(tail, 0.0), max(-tail, 0.0)]


def text_classifier(
    *, words: int, chars: int, c: float, lexicon: bool, balanced: bool = False, negation: bool = True
) -> Pipeline:
    """Build a linear classifier over word and character n-grams.

    Args:
        words: Largest number of word 1-2-grams kept.
        chars: Largest number of character 2-5-grams kept; 0 for none.
        c: Inverse regularisation of the logistic regression.
        lexicon: Whether VADER's scores are features.
        balanced: Whether rare classes weigh more.
        negation: Whether words in a negator's scope are marked.
    """
    prepare = mark_negation if negation else None
    parts: list[tuple[str, Any]] = [
        ("words", TfidfVectorizer(preprocessor=prepare, lowercase=False, token_pattern=_WORD, ngram_range=(1, 2), max_features=words, sublinear_tf=True, dtype=np.float32)),
    ]  # fmt: skip
    if chars:
        parts.append(
            (
                "chars",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 5), max_features=chars, sublinear_tf=True, dtype=np.float32
                ),
            )
        )
    if lexicon:
        parts.append(("vader", VaderFeatures()))
    weights = "balanced" if balanced else None
    return Pipeline(
        [("features", FeatureUnion(parts)), ("classify", LogisticRegression(C=c, max_iter=2000, class_weight=weights))]
    )


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A loaded estimator and its metadata."""

    estimator: Any
    meta: dict[str, Any]


_TRUSTED = frozenset({
    "pipeline.estimators.VaderFeatures", "pipeline.estimators.mark_negation", "numpy.dtype", "numpy.float32", "numpy.float64",
})  # fmt: skip


def save_model(estimator: object, folder: Path, meta: dict[str, Any], card: str) -> None:
    """Write a model folder; the same estimator gives the same bytes."""
    from skops.io import dump

    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.skops"
    dump(estimator, weights, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    meta = {**meta, "files": {"model.skops": resources.sha256(weights)}}
    (folder / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")


@cache
def load_model(folder: Path) -> SavedModel:
    """Load a model folder.

    Raises:
        ModelError: The folder lacks a file, its weights differ from `meta.json`, or they hold an untrusted type.
    """
    from skops.io import get_untrusted_types, load

    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"model folder {folder} has no readable meta.json", hint="train it with `pullquote train`"
        ) from error
    resources.verify(folder, meta.get("files", {}))
    weights = folder / "model.skops"
    foreign = set(get_untrusted_types(file=weights)) - _TRUSTED
    if foreign:
        names = ", ".join(sorted(foreign))
        raise ModelError(
            f"{weights} ({resources.sha256(weights)}) holds untrusted types: {names}", hint="do not use it"
        )
    return SavedModel(load(weights, trusted=sorted(_TRUSTED)), meta)
