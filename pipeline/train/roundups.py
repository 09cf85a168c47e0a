"""What the network is taught from composed roundups: whether a stretch judges, how it feels, and who holds it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pipeline.attribute import find_mentions
from pipeline.schema import Span
from pipeline.segment import Segmenter
from pipeline.speech import CONTENT
from pipeline.train.batches import (
    IGNORED,
    Choices,
    Pieces,
    choice_losses,
    choices,
    owners,
    shares,
    side_by_side,
)
from pipeline.train.composed import Material, SaidSpan, compose
from pipeline.windows import Window, cut_windows

TEXTS = 4000
"""Composed texts that are taught."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A window of a composed text: what is judged in it, where mentions stand, and which of them name each holder (0: nobody).

    Attributes:
        said: 1 for each piece that somebody named says, 0 for those of the author, `IGNORED` for the words around them.
    """

    window: Window
    said: Any
    judged: tuple[SaidSpan, ...]
    names: tuple[Span, ...]
    rights: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ComposedBatch:
    """Windows of composed texts side by side.

    Attributes:
        said: 1 for pieces that somebody named says, 0 for others, shape (K,), of the pieces `known`.
        known: Pieces of which this is known.
        spans: Shares of pieces in the mean of each span, shape (S, N).
        owners: The window of each span.
        sure: Spans of which it is known whether they judge.
        evaluates: Whether they do, as 0 or 1.
        polar: Spans that judge.
        chances: How likely each of these is negative, neutral, positive, shape (P, 3).
    """

    pieces: Pieces
    said: Any
    known: Any
    spans: Any
    owners: Any
    sure: Any
    evaluates: Any
    polar: Any
    chances: Any
    choices: Choices


class ComposedTask:
    """Whether spans of composed texts judge, their polarity, and who holds them.

    Args:
        windows: Windows of composed texts, from `composed_windows`.
    """

    SIZE = 12

    def __init__(self, windows: Sequence[Composed]) -> None:
        self._windows = windows

    def draw(self, chance: random.Random) -> ComposedBatch:
        """Draw windows."""
        chosen = chance.choices(self._windows, k=self.SIZE)
        windows = [item.window for item in chosen]
        spans = [[part.span for part in item.judged] for item in chosen]
        judged = [part for item in chosen for part in item.judged]
        sure = [i for i, j in enumerate(judged) if j.chances is None or j.chances[1] == 0]
        polar = [i for i, j in enumerate(judged) if j.chances is not None]
        asked = [
            [(part.span, right) for part, right in zip(item.judged, item.rights, strict=True) if right]
            for item in chosen
        ]
        said = np.concatenate([item.said for item in chosen])
        known = np.flatnonzero(said != IGNORED)
        return ComposedBatch(
            side_by_side(windows), said[known], known, shares(windows, spans), owners(spans), np.array(sure, np.int64),
            np.array([float(judged[i].chances is not None) for i in sure], np.float32), np.array(polar, np.int64),
            np.array([judged[i].chances for i in polar], np.float32).reshape(-1, 3),
            choices(windows, asked, [item.names for item in chosen]),
        )  # fmt: skip

    def loss(self, network: Any, batch: ComposedBatch) -> torch.Tensor:
        """Return the loss of what is said, of spans and of choices."""
        states = network.encode(batch.pieces)
        mean = batch.spans @ states
        read = network.read(mean, mean, states[batch.pieces.firsts[batch.owners]])
        loss = said_loss(network, states, batch.known, batch.said)
        if len(batch.sure):
            evaluates = network.isop(read[batch.sure])[:, 0].float()
            loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(evaluates, batch.evaluates)
        if len(batch.polar):
            loss = loss + functional.cross_entropy(network.pol(read[batch.polar])[:, :3].float(), batch.chances)
        links = choice_losses(network, states, batch.choices)
        return loss + 0.3 * links.mean() if len(links) else loss


def said_loss(network: Any, states: torch.Tensor, known: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """Return the loss of pieces of which it is known whether they belong to a content, not where this begins.

    Args:
        network: The network.
        states: The trunk's states, shape (N, width).
        known: Which of the pieces are meant, shape (K,).
        said: 1 for each of them in a content, 0 for each outside.
    """
    if not len(known):
        return states.sum() * 0
    chances = network.tag(states[known]).float().view(-1, 3, 3)[:, CONTENT].log_softmax(-1)
    return -torch.where(said.bool(), chances[:, 1:].logsumexp(-1), chances[:, 0]).mean()


def composed_windows(material: Material, tokenizer: Any, draw: random.Random, texts: int = TEXTS) -> Iterator[Composed]:
    """Yield the windows of composed texts that hold something judged.

    Args:
        material: What to compose texts of.
        tokenizer: A `tokenizers.Tokenizer`.
        draw: Where chance comes from.
        texts: How many.
    """
    segment = Segmenter()
    for _ in range(texts):
        text, judged = compose(material, draw)
        mentions = find_mentions(text)
        for window in cut_windows(text, segment(text), mentions, tokenizer):
            inside = tuple(j for j in judged if j.span[0] >= window.start and j.span[1] <= window.end)
            near = tuple((m.start, m.end) for m in mentions if len(window.pieces(m.start, m.end)))
            said = np.full(len(window.ids), IGNORED, np.int64)
            for part in inside:
                said[window.pieces(*part.span)] = bool(part.names)
            if inside:
                yield Composed(window, said, inside, near, tuple(_right(j, near) for j in inside))


def _right(judged: SaidSpan, near: Sequence[Span]) -> tuple[int, ...]:
    """Return which mentions name the holder, counted from 1; 0 where the text's author speaks; none where nothing is to be learnt."""
    if judged.chances is None:
        return ()
    if not judged.names:
        return (0,)
    return tuple(
        i for i, (start, end) in enumerate(near, start=1) if any(start < b and a < end for a, b in judged.names)
    )
