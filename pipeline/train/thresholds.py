"""Choose how sure a text's feeling must be: ``python -m pipeline.train.thresholds DATA`` writes it into `models/sentiment/meta.json`.

For the network alone and for network and classifier together: the network's share, factors of neutral and mixed, and the
temperature. Labels are chosen by figures on dev data, the temperature by likelihood (Guo et al. 2017).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from sklearn.metrics import f1_score

from pipeline.accuracy import best_of
from pipeline.encoder import POLARITIES, Sides, SpanReading, bundled_encoder
from pipeline.polarity import FLOOR, combined, polarity_model, tempered
from pipeline.resources import locate, read_jsonl
from pipeline.train.datasets import polarity_examples, read_rows

SHARES = {"encoder": (1.0,), "auto": (0.6, 0.7, 0.8, 0.85, 0.9)}
NEUTRAL = (0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5)
WORDS = {"encoder": (0.0,), "auto": (0.0, 0.3, 0.6, 1.0)}
MIXED = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0)
TEMPERATURES = tuple(0.6 + 0.1 * step for step in range(30))


@dataclass(frozen=True, slots=True)
class DevSet:
    """Labelled texts of one source, with what both models read of them."""

    name: str
    texts: Sequence[str]
    gold: Sequence[str]
    small: Sequence[Sides]
    read: Sequence[SpanReading]

    def sides(self, settings: Mapping[str, float]) -> Iterator[Sides]:
        """Yield the probabilities that settings give."""
        for text, small, reading in zip(self.texts, self.small, self.read, strict=True):
            alone = settings["network"] == 1
            yield tempered(reading.feeling, settings) if alone else combined(text, small, reading, settings)


def dev_sets(data: Path) -> list[DevSet]:
    """Read the dev data: treebank, news, challenge.

    Args:
        data: The folder of outside sentiment data.
    """
    treebank = [(e.text, e.label, "") for e in polarity_examples(data) if e.split == "dev"]
    news = [
        (row["text"], row["label"], row["target"])
        for row in read_rows(data / "newsmtsc_train_devmt.csv")
        if row["split"] != "train"
    ]
    challenge = [(r["text"], r["label"], r.get("target", "")) for r in read_jsonl(locate("corpus/challenge/dev.jsonl"))]
    return [_read(*item) for item in (("treebank", treebank), ("news", news), ("challenge", challenge))]


def _read(name: str, rows: Sequence[tuple[str, str, str]]) -> DevSet:
    """Read texts with both models."""
    texts = [text for text, _, _ in rows]
    readings = bundled_encoder().read_snippets(texts, targets=[target for _, _, target in rows])
    return DevSet(name, texts, [label for _, label, _ in rows], polarity_model("small").texts(texts), readings)


def choose(sets: Sequence[DevSet], shares: Sequence[float], words: Sequence[float]) -> dict[str, float]:
    """Choose settings.

    Args:
        sets: Dev data.
        shares: Shares of the network to choose from; 1 reads by the network alone.
        words: Weights of the words of criticism to choose from.

    Returns:
        network, words, neutral, mixed and temperature.
    """
    grid = (
        {"network": network, "words": words[len(words) // 2], "neutral": neutral, "mixed": mixed, "temperature": 1.0}
        for network, neutral, mixed in product(shares, NEUTRAL, MIXED)
    )
    best = max(grid, key=lambda settings: sum(_figure(part, settings) for part in sets))
    best = max(({**best, "words": w} for w in words), key=lambda s: sum(_figure(part, s) for part in sets))
    return min(({**best, "temperature": round(t, 1)} for t in TEMPERATURES), key=lambda s: _surprise(sets, s))


def _figure(part: DevSet, settings: Mapping[str, float]) -> float:
    """Return macro-F1 of the labels that the source holds."""
    labels = [name for name in POLARITIES if name in part.gold]
    guess = [best_of(sides, labels)[0] for sides in part.sides(settings)]
    return float(f1_score(part.gold, guess, average="macro"))


def _surprise(sets: Sequence[DevSet], settings: Mapping[str, float]) -> float:
    """Return the mean negative log-likelihood of the labels, each source counted alike."""
    return sum(
        -sum(math.log(sides[POLARITIES.index(label)] + FLOOR) for sides, label in zip(part.sides(settings), part.gold, strict=True))
        / len(part.gold)
        for part in sets
    )  # fmt: skip


def write_thresholds(data: Path, folder: Path) -> dict[str, Any]:
    """Choose settings for both models and write them into the metadata of the small model's folder."""
    sets = dev_sets(data)
    chosen = {name: choose(sets, shares, WORDS[name]) for name, shares in SHARES.items()}
    path = folder / "meta.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**meta, "thresholds": chosen}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return chosen


if __name__ == "__main__":
    sys.stdout.write(f"{write_thresholds(Path(sys.argv[1]), locate('models/sentiment'))}\n")
