"""Name the part of the work that a span judges, by a classifier over its words, its target and its heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline import resources
from pipeline.errors import DataError, SettingsError
from pipeline.estimators import load_model, seed_pattern
from pipeline.schema import Aspect

FALLBACK = "overall"


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a taxonomy."""

    name: str
    description: str
    seeds: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The labels of a domain and the folder of the classifier trained for it (None: none yet)."""

    name: str
    labels: tuple[Label, ...]
    model: Path | None

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
    path = Path(name_or_path)
    bundled = path.suffix != ".toml"
    if bundled:
        known = sorted(p.stem for p in resources.locate("corpus/taxonomies").glob("*.toml"))
        if name_or_path not in known:
            raise SettingsError(f"unknown taxonomy {name_or_path!r}", hint=f"use {', '.join(known)} or a .toml file")
        path = resources.locate(f"corpus/taxonomies/{name_or_path}.toml")
    data = resources.read_toml(path)
    try:
        labels = tuple(
            Label(str(row["name"]), str(row.get("description", "")), tuple(row.get("seeds", ())), tuple(row.get("examples", ())))
            for row in data["labels"]
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} has no [[labels]] with a name each", hint="see corpus/taxonomies/film.toml") from error
    folder = resources.locate("models/aspects") / path.stem if bundled else path.with_suffix("")
    return Taxonomy(str(data.get("name", path.stem)), labels, folder if (folder / "meta.json").exists() else None)


def features(text: str, *, heading: str = "", target: str = "") -> dict[str, str]:
    """Return what the classifier reads of a span: its words, its heading and its target; of the latter two the seeds count."""
    return {"text": text, "heading": heading, "target": target}


class AspectClassifier:
    """Labels spans with one or more aspects.

    Args:
        taxonomy: A taxonomy with a trained classifier.

    Raises:
        SettingsError: The taxonomy has no classifier.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        if taxonomy.model is None:
            raise SettingsError(
                f"taxonomy {taxonomy.name!r} has no classifier", hint="train one: pullquote train aspects"
            )
        self._model = load_model(taxonomy.model)
        self.labels: list[str] = list(self._model.meta["labels"])
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
        network: Sequence[Mapping[str, float]] = (),
    ) -> list[tuple[Aspect, ...]]:
        """Label spans.

        Args:
            texts: The spans' texts.
            headings: The heading above each.
            targets: What each judges, where that is named.
            network: For each span the network's probabilities by label; they count where it knows the labels of this taxonomy.

        Returns:
            For each span its aspects, likeliest first, at least one; ``overall`` with low confidence when nothing fits.
        """
        if not texts:
            return []
        rows = [features(t, heading=h, target=g) for t, h, g in zip(texts, headings, targets, strict=True)]
        table = self._model.estimator.predict_proba(rows)
        if not network or not network[0].keys() >= set(self.labels):
            return [self._choose(text, [float(p) for p in row]) for text, row in zip(texts, table, strict=True)]
        share = resources.rules("reader")["aspect"]["network"]
        return [
            self._choose(
                text, [(1 - share) * float(p) + share * known[name] for p, name in zip(row, self.labels, strict=True)]
            )
            for text, row, known in zip(texts, table, network, strict=True)
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
