"""What the network is taught from snippets of outside data and written clauses: each task draws batches and gives their loss."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch.nn import functional

from pipeline.encoder import POLARITIES
from pipeline.schema import Span
from pipeline.train.batches import Pieces, shares, side_by_side
from pipeline.train.datasets import (
    FIVE_TO_THREE,
    AspectExample,
    detokenize,
    polarity_sentences,
    read_rows,
    review_rows,
    subjectivity_examples,
)
from pipeline.windows import snippet_window

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
CLASSES = tuple(map(POLARITIES.index, FIVE_TO_THREE))
"""The class of each grade."""


class Task(Protocol):
    """Something to teach. What it draws holds arrays, which become tensors before the loss is asked for."""

    def draw(self, chance: random.Random) -> Any:
        """Return a batch drawn at random."""
        ...

    def loss(self, network: Any, batch: Any) -> torch.Tensor:
        """Return the loss of a network on a batch."""
        ...


@dataclass(frozen=True, slots=True)
class Snippet:
    """One labelled text: `target` is the stretch that is judged, None for all of it."""

    text: str
    label: Any
    heading: str = ""
    target: Span | None = None


@dataclass(frozen=True, slots=True)
class SnippetBatch:
    """Snippets, a window each: the shares of pieces in the whole and in what is judged, shapes (S, N), and the labels."""

    pieces: Pieces
    spans: Any
    targets: Any
    labels: Any


def snippet_batch(snippets: Sequence[Snippet], tokenizer: Any) -> SnippetBatch:
    """Put snippets side by side.

    Args:
        snippets: The snippets.
        tokenizer: A `tokenizers.Tokenizer`.
    """
    windows = [snippet_window(s.text, tokenizer, heading=s.heading) for s in snippets]
    spans = shares(windows, [[(0, len(s.text))] for s in snippets])
    targets = shares(windows, [[s.target or (0, len(s.text))] for s in snippets])
    return SnippetBatch(side_by_side(windows), spans, targets, np.array([s.label for s in snippets]))


def read_snippets(network: Any, batch: SnippetBatch) -> torch.Tensor:
    """Return what the span heads read of each snippet, shape (S, width).

    Args:
        network: The network.
        batch: The snippets, as tensors.
    """
    states = network.encode(batch.pieces)
    return network.read(batch.spans @ states, batch.targets @ states, states[batch.pieces.firsts])


@dataclass(frozen=True, slots=True)
class SnippetTask:
    """A task over snippets.

    Attributes:
        pools: Where each batch is drawn from, with the number of snippets from each.
        tokenizer: A `tokenizers.Tokenizer`.
        told: From the network, what it read of the snippets, and their labels to a loss.
    """

    pools: Sequence[tuple[Sequence[Snippet], int]]
    tokenizer: Any
    told: Callable[[Any, torch.Tensor, torch.Tensor], torch.Tensor]

    def draw(self, chance: random.Random) -> SnippetBatch:
        """Draw snippets from each pool."""
        return snippet_batch([s for pool, size in self.pools for s in chance.choices(pool, k=size)], self.tokenizer)

    def loss(self, network: Any, batch: SnippetBatch) -> torch.Tensor:
        """Return the loss of what the network reads."""
        return self.told(network, read_snippets(network, batch), batch.labels)


def snippet_tasks(
    data: Path, aspects: Sequence[AspectExample], labels: Sequence[str], tokenizer: Any
) -> dict[str, SnippetTask]:
    """Make the tasks over snippets.

    Args:
        data: The folder of outside sentiment data.
        aspects: Clauses with their aspects.
        labels: The aspects, in the order of the network's outputs.
        tokenizer: A `tokenizers.Tokenizer`.
    """
    grades = [_graded(row) for row in read_rows(data / "sst_sentences_train_dev.csv") if row["split"] == "train"]
    phrases = [s for s in map(_graded, read_rows(data / "sst_phrases_train.csv.gz")) if len(s.text) > 12]
    targeted = [
        Snippet(row["text"], POLARITIES.index(row["label"]), target=(int(row["from"]), int(row["to"])))
        for row in read_rows(data / "newsmtsc_train_devmt.csv")
        if row["split"] == "train"
    ]
    meals = [
        Snippet(row["text"], POLARITIES.index(row["label"]), heading=row["category"])
        for row in read_rows(data / "mams_acsa_train_val.csv")
        if row["label"] in POLARITIES and row["split"] == "train"
    ]
    plots = [Snippet(e.text, float(e.label == "True")) for e in subjectivity_examples(data) if e.split == "train"]
    reviews = [
        Snippet(row["review"], int(row["fresh"] == "fresh")) for row in review_rows(data) if len(row["review"]) > 15
    ]
    fresh, rotten = ([s for s in reviews if s.label == side] for side in (1, 0))
    clauses = [Snippet(e.text, _many_hot(e.aspects, labels), e.heading, _place(e)) for e in aspects]
    sentences = [Snippet(row["text"], POLARITIES.index(row["label"])) for row in polarity_sentences()]
    pools: dict[str, tuple[Sequence[tuple[Sequence[Snippet], int]], Callable[..., torch.Tensor]]] = {
        "grades": ([(grades, 20), (phrases, 44)], _grade_loss),
        "verdicts": ([(fresh, 24), (rotten, 24)], _verdict_loss),
        "targets": ([(targeted, 24)], _polarity_loss),
        "meals": ([(meals, 24)], _polarity_loss),
        "plots": ([(plots, 32)], _subjective_loss),
        "aspects": ([(clauses, 40)], _aspect_loss),
        "sentences": ([(sentences, 32)], _feeling_loss),
    }
    return {name: SnippetTask(drawn, tokenizer, told) for name, (drawn, told) in pools.items()}


def _graded(row: dict[str, str]) -> Snippet:
    """Read a phrase of the treebank."""
    return Snippet(detokenize(row["text"]), int(row["label5"]))


def _place(example: AspectExample) -> Span | None:
    """Return where the target of a clause stands in it."""
    start = example.text.find(example.target) if example.target else -1
    return None if start < 0 else (start, start + len(example.target))


def _many_hot(names: Sequence[str], labels: Sequence[str]) -> list[float]:
    """Return 1 for each label that holds."""
    return [float(label in names) for label in labels]


def _polarity_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Negative, neutral or positive, by the head that reads opinions and the one that reads any text; nothing is known of mixed ones."""
    heads = (head(read)[:, :3].float() for head in (network.pol, network.feel))
    return sum((functional.cross_entropy(scores, labels) for scores in heads), read.new_zeros(()))


def _feeling_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The four classes of any text, and those of opinions where it is one."""
    loss = functional.cross_entropy(network.feel(read).float(), labels)
    opinions = functional.cross_entropy(network.pol(read).float(), labels, reduction="none")
    return loss + 0.5 * opinions[labels != NEUTRAL].sum() / max(1, len(labels))


def _grade_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Five grades, and the three classes that they make."""
    five = functional.cross_entropy(network.five(read).float(), labels)
    return 0.5 * five + _polarity_loss(network, read, labels.new_tensor(CLASSES)[labels])


def _verdict_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """A whole review's verdict on a sentence of it: true of most, so smoothed."""
    sides = (head(read).float()[:, [NEGATIVE, POSITIVE]] for head in (network.pol, network.feel))
    losses = (functional.cross_entropy(scores, labels, label_smoothing=0.25) for scores in sides)
    return 0.6 * sum(losses, read.new_zeros(()))


def _subjective_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Criticism or plot."""
    return functional.binary_cross_entropy_with_logits(network.subj(read)[:, 0].float(), labels.float())


def _aspect_loss(network: Any, read: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Aspects, any number of them."""
    return 4 * functional.binary_cross_entropy_with_logits(network.asp(read).float(), labels.float())
