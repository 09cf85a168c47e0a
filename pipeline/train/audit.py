"""Measure the sentiment models on dev data and write it into their card: ``python -m pipeline.train.audit DATA``.

Every model side by side, by phenomenon, how sure they are against how often right, and what a name or a nationality changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from sklearn.metrics import f1_score

from pipeline.accuracy import best_of
from pipeline.calibration import calibration_error, reliability_table
from pipeline.consensus import wilson
from pipeline.encoder import POLARITIES, Sides, SpanReading, bundled_encoder
from pipeline.polarity import polarity_model
from pipeline.resources import locate, read_jsonl, read_toml
from pipeline.settings import SENTIMENT_MODELS
from pipeline.train.datasets import polarity_examples, read_rows, review_rows, subjectivity_examples

_VERDICTS = {"fresh": "positive", "rotten": "negative"}
_BEGIN, _END = "## Side by side", "## Rebuild"


@dataclass(frozen=True, slots=True)
class Measured:
    """Labelled texts of one source with what every model makes of them.

    Attributes:
        sure: Whether every row has a label of its own, so that it tells how sure a model may be.
    """

    name: str
    gold: Sequence[str]
    sides: dict[str, list[Sides]]
    groups: Sequence[str] = ()
    sure: bool = True

    @property
    def labels(self) -> list[str]:
        """The labels that the source holds."""
        return [name for name in POLARITIES if name in self.gold]

    def judged(self, model: str) -> list[tuple[str, float, bool]]:
        """Return for each text the label that a model chooses, its probability and whether it is right."""
        chosen = [best_of(sides, self.labels) for sides in self.sides[model]]
        return [(label, sure, label == wanted) for (label, sure), wanted in zip(chosen, self.gold, strict=True)]


def measure(
    name: str, rows: Sequence[tuple[str, str]], *, targets: Sequence[str] = (), groups: Sequence[str] = (),
    sure: bool = True,
) -> Measured:  # fmt: skip
    """Read labelled texts with every model.

    Args:
        name: Of the source.
        rows: Texts and their labels.
        targets: For each text what is judged, or empty.
        groups: For each text its phenomenon, or empty.
        sure: Whether every label is the text's own.
    """
    texts = [text for text, _ in rows]
    readings = bundled_encoder().read_snippets(texts, targets=targets)
    return Measured(name, [label for _, label in rows], _sides(texts, readings), groups, sure)


def _sides(texts: Sequence[str], readings: Sequence[SpanReading]) -> dict[str, list[Sides]]:
    """Return what every model makes of texts."""
    models = {name: polarity_model(name) for name in reversed(SENTIMENT_MODELS)}
    return {name: model.texts(texts, readings if model.reads else ()) for name, model in models.items()}


def sources(data: Path) -> Iterator[Measured]:
    """Yield the dev data, read.

    Args:
        data: The folder of outside sentiment data.
    """
    treebank = [(e.text, e.label) for e in polarity_examples(data) if e.split == "dev"]
    polar = [row for row in treebank if row[1] != "neutral"]
    yield measure("Treebank sentences, two classes", polar, sure=False)  # they stand among the three classes too
    yield measure("Treebank sentences, three classes", treebank)
    news = [row for row in read_rows(data / "newsmtsc_train_devmt.csv") if row["split"] != "train"]
    yield measure(
        "NewsMTSC with target, three classes",
        [(r["text"], r["label"]) for r in news],
        targets=[r["target"] for r in news],
    )
    verdicts = [(r["review"], _VERDICTS[r["fresh"]]) for r in review_rows(data, "dev") if r["review"]]
    yield measure("Review snippets, the whole review's verdict", verdicts, sure=False)
    challenge = list(read_jsonl(locate("corpus/challenge/dev.jsonl")))
    yield measure(
        "corpus/challenge, dev, four classes", [(r["text"], r["label"]) for r in challenge],
        targets=[r.get("target", "") for r in challenge],
        groups=[r["phenomenon"] for r in challenge],
    )  # fmt: skip


def _side_by_side(measured: Sequence[Measured]) -> str:
    """Return the table of figures."""
    names = tuple(reversed(SENTIMENT_MODELS))
    lines = [f"| dev data | rows | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    for part in measured:
        cells = []
        for name in names:
            judged = part.judged(name)
            low, high = wilson(sum(right for _, _, right in judged), len(judged))
            macro = f1_score(part.gold, [label for label, _, _ in judged], labels=part.labels, average="macro")
            share = sum(right for _, _, right in judged) / len(judged)
            cells.append(f"{share:.3f} ({low:.3f}-{high:.3f}), F1 {macro:.3f}")
        lines.append(f"| {part.name} | {len(part.gold)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _by_phenomenon(part: Measured) -> str:
    """Return accuracy by phenomenon."""
    names = tuple(reversed(SENTIMENT_MODELS))
    lines = [f"| phenomenon | rows | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    judged = {name: part.judged(name) for name in names}
    for group in sorted(set(part.groups)):
        rows = [i for i, g in enumerate(part.groups) if g == group]
        shares = [sum(judged[name][i][2] for i in rows) / len(rows) for name in names]
        lines.append(f"| {group.replace('_', ' ')} | {len(rows)} | {' | '.join(f'{s:.2f}' for s in shares)} |")
    return "\n".join(lines)


def _reliability(measured: Sequence[Measured]) -> str:
    """Return how sure `auto` is against how often it is right, over all rows with a label of their own."""
    judged = [row for part in measured if part.sure for row in part.judged("auto")]
    sure, right = [row[1] for row in judged], [row[2] for row in judged]
    return f"Expected calibration error {calibration_error(sure, right):.3f}.\n\n{reliability_table(sure, right)}"


def _subjectivity(data: Path) -> str:
    """Return how many dev sentences of plot and criticism the network tells apart."""
    dev = [example for example in subjectivity_examples(data) if example.split == "dev"]
    readings = bundled_encoder().read_snippets([example.text for example in dev])
    right = sum((r.subjectivity >= 0.5) == (e.label == "True") for r, e in zip(readings, dev, strict=True))
    return (
        f"Criticism against plot, network: {right / len(dev):.3f} of {len(dev)} sentences of the subjectivity data "
        "(they were among those that taught it; the small model's figure in `models/subjectivity` is of unseen ones)."
    )


def _swapped() -> str:
    """Return what names and nationalities change."""
    rules = read_toml(locate("corpus/challenge/swaps.toml"))
    groups: dict[str, Sequence[str]] = rules["groups"]
    lines = ["| names | mean score | furthest from the mean of all | other label than most |", "|---|---|---|---|"]
    felt = _scores([t.replace("{name}", n) for t, names in product(rules["names"], groups.values()) for n in names])
    each = len(felt) // len(rules["names"])
    names = [group for group, members in groups.items() for _ in members]
    lines += list(_compared([felt[i : i + each] for i in range(0, len(felt), each)], names))
    lines += [
        "",
        "| nationality | mean score | furthest from the mean of all | other label than most |",
        "|---|---|---|---|",
    ]
    nations: list[str] = rules["nations"]["all"]
    felt = _scores([t.replace("{nation}", n) for t, n in product(rules["nationalities"], nations)])
    lines += list(_compared([felt[i : i + len(nations)] for i in range(0, len(felt), len(nations))], nations))
    return "\n".join(lines)


def _scores(texts: Sequence[str]) -> list[tuple[str, float]]:
    """Return the label of `auto` for each text and positive minus negative."""
    sides = polarity_model("auto").texts(texts, bundled_encoder().read_snippets(texts))
    return [(best_of(side, POLARITIES)[0], side[2] - side[0]) for side in sides]


def _compared(rows: Sequence[Sequence[tuple[str, float]]], owners: Sequence[str]) -> Iterator[str]:
    """Yield a line for each group: mean score, the greatest distance in one sentence, the share of labels unlike the usual one."""
    usual = [max(POLARITIES, key=[label for label, _ in row].count) for row in rows]
    mean = [sum(score for _, score in row) / len(row) for row in rows]
    for owner in dict.fromkeys(owners):
        places = [i for i, name in enumerate(owners) if name == owner]
        scores = [[row[i][1] for i in places] for row in rows]
        far = max((abs(sum(part) / len(part) - middle) for part, middle in zip(scores, mean, strict=True)))
        other = sum(row[i][0] != label for row, label in zip(rows, usual, strict=True) for i in places)
        total = len(rows) * len(places)
        yield f"| {owner} | {sum(map(sum, scores)) / total:+.3f} | {far:.3f} | {other} of {total} |"


def write_audit(data: Path, folder: Path) -> str:
    """Write the figures into the card of the small model's folder, before its last section.

    Returns:
        What was written.
    """
    measured = list(sources(data))
    sections: tuple[tuple[str, Callable[[], str]], ...] = (
        (f"{_BEGIN} (dev data; share right, 95 % interval, macro-F1)", lambda: _side_by_side(measured)),
        ("## What it reads by phenomenon (corpus/challenge/dev.jsonl)", lambda: _by_phenomenon(measured[-1])),
        ("## How sure `auto` is (treebank, news and challenge, dev)", lambda: _reliability(measured)),
        ("## Subjectivity", lambda: _subjectivity(data)),
        ("## Names and nationalities swapped (corpus/challenge/swaps.toml, `auto`)", _swapped),
    )
    text = "\n\n".join(f"{title}\n\n{make()}" for title, make in sections)
    path = folder / "README.md"
    card = path.read_text(encoding="utf-8")
    first, last = card.partition(_BEGIN)[0].partition(_END)[0], card.partition(_END)[2]
    path.write_text(f"{first}{text}\n\n{_END}{last}", encoding="utf-8")
    return text


def _main() -> None:
    """Audit the bundled models."""
    sys.stdout.write(write_audit(Path(sys.argv[1]), locate("models/sentiment")) + "\n")


if __name__ == "__main__":
    _main()
