"""Name the part of the work that a span judges, by its words, its target, its heading and what the network reads of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import resources
from pipeline.encoder import WIDTH, SpanReading
from pipeline.errors import DataError
from pipeline.estimators import in_one_product, load_model, seed_pattern
from pipeline.schema import Aspect
from pipeline.settings import AUTO, bundled_taxonomies, classifier_folder, taxonomy_file

FALLBACK = "overall"
DEFAULT = "film"


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a taxonomy."""

    name: str
    description: str
    seeds: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The labels of a domain, the words that tell of it, and the file that it stands in."""

    name: str
    labels: tuple[Label, ...]
    file: Path
    domain: tuple[str, ...] = ()

    @property
    def seeds(self) -> dict[str, tuple[str, ...]]:
        """Words and phrases that point to a label, by label."""
        return {label.name: label.seeds for label in self.labels}


def read_taxonomy(name_or_path: str) -> Taxonomy:
    """Load a bundled taxonomy by name, or a user's TOML file.

    Raises:
        SettingsError: There is no such taxonomy.
        DataError: The file has no ``[[labels]]`` with a name each.
    """
    path = taxonomy_file(name_or_path)
    data = resources.read_toml(path)
    try:
        labels = tuple(
            Label(str(row["name"]), str(row.get("description", "")), tuple(row.get("seeds", ())), tuple(row.get("examples", ())))
            for row in data["labels"]
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} has no [[labels]] with a name each", hint="see corpus/taxonomies/film.toml") from error
    return Taxonomy(str(data.get("name", path.stem)), labels, path, tuple(data.get("domain", ())))


def taxonomy_for(text: str) -> str:
    """Return the bundled taxonomy whose domain a text is about: the one whose words it holds most of; film where none stands out."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _domains().items()}
    return max(counts, key=lambda name: (counts[name], name == DEFAULT))


@cache
def _domains() -> dict[str, re.Pattern[str]]:
    """Compile the words that tell of each domain."""
    return {name: seed_pattern(read_taxonomy(name).domain) for name in bundled_taxonomies()}


def features(text: str, *, heading: str = "", target: str = "", reading: SpanReading | None = None) -> dict[str, Any]:
    """Return what the classifier reads of a span: its words, its heading and target, of which the seeds count, and the network's states."""
    states = np.zeros(WIDTH, np.float32) if reading is None else reading.states
    return {"text": text, "heading": heading, "target": target, "states": states}


class AspectClassifier:
    """Labels spans with one or more aspects.

    Args:
        taxonomy: A taxonomy with a trained classifier.

    Raises:
        SettingsError: The taxonomy has no classifier.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._model = load_model(classifier_folder(taxonomy.file))
        self.labels: list[str] = list(self._model.meta["labels"])
        self._classify = in_one_product(self._model.estimator)
        self._second = float(self._model.meta.get("second", 0.45))
        self._named = float(self._model.meta.get("named", 0.2))
        self._seeds = {name: seed_pattern(phrases) for name, phrases in taxonomy.seeds.items()}
        self._least = float(self._model.meta.get("least", 0.12))

    def __call__(
        self,
        texts: Sequence[str],
        headings: Sequence[str],
        targets: Sequence[str],
        *,
        readings: Sequence[SpanReading] = (),
    ) -> list[tuple[Aspect, ...]]:
        """Label spans.

        Args:
            texts: The spans' texts.
            headings: The heading above each.
            targets: What each judges, where that is named.
            readings: For each span what the network reads; its own aspects count where they are those of this taxonomy.

        Returns:
            For each span its aspects, likeliest first, at least one; ``overall`` with low confidence when nothing fits.
        """
        if not texts:
            return []
        read: Sequence[SpanReading | None] = readings or [None] * len(texts)
        rows = [
            features(text, heading=heading, target=target, reading=reading)
            for text, heading, target, reading in zip(texts, headings, targets, read, strict=True)
        ]
        table = self._classify(rows)
        if not readings or not readings[0].aspects.keys() >= set(self.labels):
            return [self._choose(text, [float(p) for p in row]) for text, row in zip(texts, table, strict=True)]
        share = resources.rules("reader")["aspect"]["network"]
        return [
            self._choose(
                text,
                [
                    (1 - share) * float(p) + share * known.aspects[name]
                    for p, name in zip(row, self.labels, strict=True)
                ],
            )
            for text, row, known in zip(texts, table, readings, strict=True)
        ]

    def _choose(self, text: str, probabilities: Sequence[float]) -> tuple[Aspect, ...]:
        """Keep the likeliest label, and another above the second threshold, which is lower where the text names its part."""
        ranked = sorted(zip(probabilities, self.labels, strict=True), key=lambda item: (-item[0], item[1]))
        best, label = ranked[0]
        if best < self._least:
            return (Aspect(FALLBACK, round(best, 4)),)
        chosen = [(best, label), *((p, name) for p, name in ranked[1:3] if p >= self._least_second(text, name))]
        return tuple(Aspect(name, round(p, 4)) for p, name in chosen)

    def _least_second(self, text: str, name: str) -> float:
        """Return the least probability of a label that is not the likeliest."""
        named = name in self._seeds and self._seeds[name].search(text) is not None
        return self._named if named else self._second


@cache
def aspect_classifier(name_or_path: str) -> AspectClassifier:
    """Load the classifier of a taxonomy once a process."""
    return AspectClassifier(read_taxonomy(name_or_path))


def classifier_for(taxonomy: str, text: str) -> AspectClassifier:
    """Return the classifier of a taxonomy, or for ``auto`` the one that suits a text."""
    return aspect_classifier(taxonomy_for(text) if taxonomy == AUTO else taxonomy)
