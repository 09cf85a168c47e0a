"""scikit-learn pieces that the small classifiers share, and how a model folder is saved and loaded without pickle.

A model folder holds `model.skops`, `meta.json` (labels, data, versions, metrics, the hash of the weights) and
`README.md` (the model card).
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, repeat
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn.utils
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import Normalizer

from pipeline import resources
from pipeline.errors import ModelError
from pipeline.lexical import MARKS, REMEMBERED, lexicon_marks, polarity_grams

_WORD = r"(?u)[^\W_]+(?:[’'-][^\W_]+)*|[!?]|\$\w+"

_ADDRESS = re.compile(r'(?<="__id__": )\d+|(?<="file": ")\d+')
"""Memory addresses in a skops schema."""

Floats = npt.NDArray[np.float64]


class Grams(TfidfVectorizer):  # type: ignore[misc]
    """TF-IDF of n-grams, saved with its vocabulary as one string: a dictionary of terms takes skops seconds to load."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what is saved."""
        state = dict(super().__getstate__())
        vocabulary = state.pop("vocabulary_", None)
        state.pop("_stop_words_id", None)
        if vocabulary is not None:
            state["terms_"] = "\n".join(sorted(vocabulary, key=vocabulary.__getitem__))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore what was saved."""
        state = dict(state)
        terms = state.pop("terms_", None)
        super().__setstate__(state)
        if terms is not None:
            self.vocabulary_ = {term: index for index, term in enumerate(terms.split("\n"))}


class Marks(DictVectorizer):  # type: ignore[misc]
    """A column for each name in rows of marks: `DictVectorizer` without asking of every value of what type it is.

    Values are numbers; names hold no line break, and are saved as one string.
    """

    def transform(self, rows: Sequence[Mapping[str, float]]) -> Any:
        """Return a row for each mapping; names that were not met in training are passed over."""
        columns = np.array([*map(self.vocabulary_.get, chain.from_iterable(rows), repeat(-1))], np.intc)
        values = np.array([*chain.from_iterable(row.values() for row in rows)], self.dtype)
        owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        known = columns >= 0
        places, shape = (owners[known], columns[known]), (len(rows), len(self.vocabulary_))
        if self.sparse:
            return csr_matrix((values[known], places), shape=shape)
        table = np.zeros(shape, self.dtype)
        table[places] = values[known]
        return table

    def __getstate__(self) -> dict[str, Any]:
        """Return what is saved."""
        state = dict(super().__getstate__())
        names = state.pop("feature_names_", None)
        state.pop("vocabulary_", None)
        if names is not None:
            state["names_"] = "\n".join(names)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore what was saved."""
        state = dict(state)
        names = state.pop("names_", None)
        super().__setstate__(state)
        if names is not None:
            self.feature_names_ = names.split("\n")
            self.vocabulary_ = {name: column for column, name in enumerate(self.feature_names_)}


class Trees(HistGradientBoostingClassifier):  # type: ignore[misc]
    """Boosted trees of two classes over numbers, saved as one array and looked over when they are loaded.

    scikit-learn follows the indices in a tree's nodes without asking whether they lie in the tree (its issue 34558): a file
    made for that ends the process.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return what is saved."""
        state = dict(super().__getstate__())
        trees = [tree.nodes for (tree,) in state.pop("_predictors", ())]
        if trees:
            state["nodes_"], state["sizes_"] = np.concatenate(trees), np.array([len(nodes) for nodes in trees])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore what was saved.

        Raises:
            ValueError: A node leads outside its tree, back, or to a column that there is not.
        """
        state = dict(state)
        nodes, sizes = state.pop("nodes_", None), state.pop("sizes_", ())
        super().__setstate__(state)
        if nodes is None:
            return
        nodes = np.asarray(nodes, PREDICTOR_RECORD_DTYPE)
        trees = np.split(nodes, np.cumsum(sizes)[:-1])
        places = np.concatenate([np.arange(len(tree)) for tree in trees])
        ends = np.repeat([len(tree) for tree in trees], [len(tree) for tree in trees])
        inner = nodes["is_leaf"] == 0
        onward = [(nodes[side] > places) & (nodes[side] < ends) for side in ("left", "right")]
        columns = (nodes["feature_idx"] >= 0) & (nodes["feature_idx"] < self.n_features_in_)
        if not np.all((onward[0] & onward[1] & columns & (nodes["is_categorical"] == 0))[inner]) or not all(
            map(len, trees)
        ):
            raise ValueError("a node of a tree leads outside it")
        none = np.zeros((0, 8), np.uint32)
        self._predictors = [[TreePredictor(tree, none, none)] for tree in trees]


class LexiconFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn texts into what VADER's lexicon says of their words: shape (n, `MARKS`)."""

    def fit(self, texts: Sequence[str], labels: object = None) -> LexiconFeatures:  # noqa: ARG002 - scikit-learn's signature
        """Learn nothing."""
        self.n_features_ = MARKS
        return self

    def transform(self, texts: Sequence[str]) -> Floats:
        """Look the words up."""
        return np.array([lexicon_marks(text) for text in texts], dtype=np.float64).reshape(-1, MARKS)


class Remembered:
    """A classifier of texts that remembers the last ones: a clause is asked for by several stages, and agency copy comes again.

    Args:
        estimator: Reads each text by itself, so that a row depends on nothing but its text.
        size: Texts that are remembered.
    """

    def __init__(self, estimator: Pipeline, *, size: int = REMEMBERED) -> None:
        self._estimator, self._size = estimator, size
        self._rows: dict[str, list[float]] = {}
        self._lock = Lock()

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the probabilities of the classes for each text."""
        known = {text: self._rows.get(text) for text in texts}
        new = [text for text, row in known.items() if row is None]
        told = dict(zip(new, self._estimator.predict_proba(new).tolist(), strict=True)) if new else {}
        with self._lock:
            self._rows |= told
            for text in list(islice(self._rows, max(0, len(self._rows) - self._size))):
                del self._rows[text]
        return [known[text] or told[text] for text in texts]


def in_one_product(classifier: Pipeline) -> Callable[[Sequence[Any]], Floats]:
    """Return what gives a classifier's probabilities by one product, where it is logistic regressions one against the rest.

    Asking a dozen regressions one after the other takes longer than all else that a short article needs of them.

    Args:
        classifier: A pipeline from `aspect_classifier`, fitted on several labels a row.
    """
    last = classifier.steps[-1][1]
    models = getattr(last, "estimators_", [])
    if not getattr(last, "multilabel_", False) or not all(hasattr(model, "coef_") for model in models):
        return classifier.predict_proba  # type: ignore[no-any-return]
    features = classifier[:-1]
    weights, bias = np.vstack([model.coef_ for model in models]).T, np.concatenate([m.intercept_ for m in models])

    def classify(rows: Sequence[Any]) -> Floats:
        table: Floats = expit(features.transform(rows) @ weights + bias)
        return table

    return classify


def text_classifier(*, grams: int, c: float, least: int = 2) -> Pipeline:
    """Build a linear classifier over a text's n-grams, negation and turns marked, and VADER's lexicon.

    Args:
        grams: Largest number of n-grams kept.
        c: Inverse regularisation of the logistic regression.
        least: Texts that hold an n-gram, at least.
    """
    vector = Grams(analyzer=polarity_grams, max_features=grams, min_df=least, sublinear_tf=True, dtype=np.float32)
    features = FeatureUnion([("grams", vector), ("lexicon", LexiconFeatures())])
    return Pipeline([("features", features), ("classify", LogisticRegression(C=c, max_iter=500))])


class SeedFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Count the seed phrases of each label in a text: shape (n, labels), two hits and more as 1.

    Args:
        seeds: For each label its words and phrases; case does not matter.
    """

    def __init__(self, seeds: list[list[str]]) -> None:
        self.seeds = seeds

    def fit(self, texts: Sequence[str], labels: object = None) -> SeedFeatures:  # noqa: ARG002 - scikit-learn's signature
        """Learn nothing."""
        self.n_features_ = len(self.seeds)
        return self

    def transform(self, texts: Sequence[str]) -> Floats:
        """Count the seeds."""
        patterns = [seed_pattern(tuple(phrases)) for phrases in self.seeds]
        nothing = [0.0] * len(patterns)
        counts = [[min(2, len(p.findall(text))) / 2 for p in patterns] if text else nothing for text in texts]
        return np.array(counts, dtype=np.float64).reshape(-1, len(self.seeds))


@cache
def seed_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Compile the seeds of one label, the longest first; a label without seeds matches nothing."""
    ordered = sorted(map(re.escape, phrases), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)" if ordered else r"(?!)", re.IGNORECASE)


def aspect_classifier(*, words: int, chars: int, c: float, seeds: Sequence[Sequence[str]], states: bool) -> Pipeline:
    """Build a one-against-rest classifier over rows of ``text``, ``heading``, ``target`` and ``states``.

    Args:
        words: Largest number of word 1-2-grams kept.
        chars: Largest number of character 3-5-grams kept.
        c: Inverse regularisation of the logistic regressions.
        seeds: For each label the words and phrases that point to it.
        states: Whether the network's states count.
    """
    grams = Grams(
        token_pattern=_WORD,
        ngram_range=(1, 2),
        max_features=words,
        sublinear_tf=True,
        dtype=np.float32,
    )
    letters = Grams(analyzer="char_wb", ngram_range=(3, 5), max_features=chars, sublinear_tf=True, dtype=np.float32)
    phrases = [list(group) for group in seeds]
    blocks: list[tuple[str, Any]] = [
        ("words", Pipeline([("pick", Pick("text")), ("grams", grams)])),
        ("chars", Pipeline([("pick", Pick("text")), ("grams", letters)])),
    ]
    blocks += [
        (f"seeds of {key}", Pipeline([("pick", Pick(key)), ("seeds", SeedFeatures(phrases))]))
        for key in ("text", "heading", "target")
    ]
    if states:
        blocks.append(("states", Pipeline([("pick", Pick("states")), ("scale", Normalizer())])))
    one = LogisticRegression(C=c, max_iter=2000, class_weight="balanced")
    return Pipeline([("features", FeatureUnion(blocks)), ("classify", OneVsRestClassifier(one))])


class Pick(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Take one field of every row, so that each block of features reads its own.

    Args:
        key: The field.
    """

    def __init__(self, key: str) -> None:
        self.key = key

    def fit(self, rows: Sequence[Mapping[str, Any]], labels: object = None) -> Pick:  # noqa: ARG002 - scikit-learn's signature
        """Learn nothing."""
        self.fitted_ = True
        return self

    def transform(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return the field of each row."""
        return [row[self.key] for row in rows]


def marked_classifier(*, words: int, c: float) -> Pipeline:
    """Build a linear classifier over rows of a ``text`` and its ``marks``, a mapping of names to values.

    Args:
        words: Largest number of word 1-2-grams kept.
        c: Inverse regularisation of the logistic regression.
    """
    grams = Grams(
        lowercase=True, token_pattern=_WORD, ngram_range=(1, 2), max_features=words, sublinear_tf=True, dtype=np.float32
    )
    blocks = FeatureUnion([
        ("words", Pipeline([("pick", Pick("text")), ("grams", grams)])),
        ("marks", Pipeline([("pick", Pick("marks")), ("vector", Marks(dtype=np.float32))])),
    ])  # fmt: skip
    return Pipeline(
        [("features", blocks), ("classify", LogisticRegression(C=c, max_iter=4000, class_weight="balanced"))]
    )


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A loaded estimator and its metadata."""

    estimator: Any
    meta: dict[str, Any]


_TRUSTED = frozenset({
    "pipeline.estimators.Grams", "pipeline.estimators.LexiconFeatures", "pipeline.estimators.Marks", "pipeline.estimators.Pick", "pipeline.estimators.SeedFeatures", "pipeline.estimators.Trees", "pipeline.lexical.polarity_grams", "numpy.dtype",
    "numpy.float32", "numpy.float64",
    "sklearn.feature_extraction.text.TfidfTransformer", "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.multiclass.OneVsRestClassifier", "sklearn.pipeline.FeatureUnion", "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.Normalizer", "sklearn.preprocessing._data.StandardScaler", "sklearn.preprocessing._label.LabelBinarizer", "sklearn.preprocessing._label.LabelEncoder",
})  # fmt: skip


_IMPORTING = Lock()


@cache
def _skops() -> ModuleType:
    """Import skops without the second that it takes to list every estimator of scikit-learn; what is trusted here is named.

    The import is this module's own: whoever else imports skops gets it whole.
    """
    with _IMPORTING:
        if "skops.io" in sys.modules:
            return sys.modules["skops.io"]
        before, listing = set(sys.modules), sklearn.utils.all_estimators
        sklearn.utils.all_estimators = list
        try:
            return importlib.import_module("skops.io")
        finally:
            sklearn.utils.all_estimators = listing
            for name in [n for n in sys.modules if n.partition(".")[0] == "skops" and n not in before]:
                del sys.modules[name]


def save_model(estimator: Pipeline, folder: Path, meta: dict[str, Any], card: str) -> None:
    """Write a model folder; the same estimator gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.skops"
    _shorten(estimator)
    _skops().dump(estimator, weights)
    _normalise(weights)
    meta = {**meta, "files": {"model.skops": resources.sha256(weights)}}
    (folder / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")


def _shorten(estimator: Any) -> None:
    """Keep the coefficients of a pipeline's linear models in 32 bits: half the size, the same labels."""
    last = estimator.steps[-1][1]
    for model in getattr(last, "estimators_", [last]):
        if hasattr(model, "coef_"):
            model.coef_ = model.coef_.astype(np.float32)


def _normalise(weights: Path) -> None:
    """Rewrite a skops archive without memory addresses and dates, compressed."""
    with zipfile.ZipFile(weights) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = parts.pop("schema.json").decode("utf-8")
    numbers: dict[str, str] = {}
    for address in _ADDRESS.findall(schema):
        numbers.setdefault(address, str(len(numbers) + 1))
    schema = _ADDRESS.sub(lambda match: numbers[match.group()], schema)
    renamed = {f"{numbers[name.removesuffix('.npy')]}.npy": data for name, data in parts.items()}
    with zipfile.ZipFile(weights, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted({**renamed, "schema.json": schema.encode("utf-8")}.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, compresslevel=9)


@cache
def load_model(folder: Path) -> SavedModel:
    """Load a model folder.

    Raises:
        ModelError: The folder lacks a file, its weights differ from `meta.json`, hold an untrusted type, or are no model.
    """
    meta = resources.model_meta(folder)
    weights = folder / "model.skops"
    try:
        return SavedModel(_skops().load(weights, trusted=sorted(_TRUSTED)), meta)
    except Exception as error:  # a file that somebody made up may fail in any way
        raise ModelError(f"{weights} ({resources.sha256(weights)}): {error}", hint="do not use it") from error
