"""What the network is taught from annotated attributions, in news (PolNeAR) and in short texts: what is said, by whom, with which cue."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pipeline.attribute import find_mentions
from pipeline.schema import Span
from pipeline.segment import Segmenter
from pipeline.train.batches import IGNORED, Choices, Pieces, choice_losses, choices, side_by_side
from pipeline.train.datasets import AttributedText, Parts
from pipeline.windows import Window, cut_windows

STRETCHES = 2


@dataclass(frozen=True, slots=True)
class Attributed:
    """A window with its attributions.

    Attributes:
        tags: Whether each piece is outside, begins or goes on with a content, a source, a cue, shape (T, 3).
        asked: The contents (of one in many stretches the first two), and for each which names are its sources.
        names: Where annotated sources and other names stand.
    """

    window: Window
    tags: Any
    asked: tuple[tuple[Span, tuple[int, ...]], ...]
    names: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AttributionBatch:
    """Windows side by side: tags of the pieces, shape (N, 3), and the contents' choices of a source."""

    pieces: Pieces
    tags: Any
    choices: Choices


class AttributionTask:
    """Content, source and cue of every piece, and which source each content belongs to.

    Args:
        pools: Where each batch is drawn from, with the number of windows from each.
    """

    def __init__(self, pools: Sequence[tuple[Sequence[Attributed], int]]) -> None:
        self._pools = pools

    def draw(self, chance: random.Random) -> AttributionBatch:
        """Draw windows."""
        chosen = [item for pool, size in self._pools for item in chance.choices(pool, k=size)]
        windows = [item.window for item in chosen]
        asked = choices(windows, [item.asked for item in chosen], [item.names for item in chosen])
        return AttributionBatch(side_by_side(windows), np.concatenate([item.tags for item in chosen]), asked)

    def loss(self, network: Any, batch: AttributionBatch) -> torch.Tensor:
        """Return the loss of tags and choices."""
        states = network.encode(batch.pieces)
        tags = network.tag(states).float().view(-1, 3)
        loss = 1.5 * functional.cross_entropy(tags, batch.tags.view(-1), ignore_index=IGNORED)
        links = choice_losses(network, states, batch.choices)
        return loss + 0.3 * links.mean() if len(links) else loss


def attributed_windows(texts: Iterable[AttributedText], tokenizer: Any) -> list[Attributed]:
    """Cut annotated texts into windows.

    Args:
        texts: What `datasets.news_attributions` or `datasets.taught_attributions` reads.
        tokenizer: A `tokenizers.Tokenizer`.
    """
    segment = Segmenter()
    return [window for item in texts for window in _windows(item.text, item.attributions, segment, tokenizer)]


def _windows(text: str, attributions: Sequence[Parts], segment: Segmenter, tokenizer: Any) -> Iterator[Attributed]:
    """Yield the windows of one text."""
    mentions = find_mentions(text)
    parts = [[span for attribution in attributions for span in attribution[part]] for part in range(3)]
    for window in cut_windows(text, segment(text), mentions, tokenizer):
        tags = np.stack([tag(window, spans) for spans in parts], 1)
        said = [
            ((start, end), sources)
            for contents, sources, _ in attributions
            for start, end in contents[:STRETCHES]
            if len(window.pieces(start, end))
        ]
        known = {name for _, names in said for name in names if len(window.pieces(*name))}
        others = {*parts[1], *((m.start, m.end) for m in mentions)}
        beside = [o for o in others if len(window.pieces(*o)) and not any(o[0] < e and s < o[1] for s, e in known)]
        names = tuple(sorted([*known, *beside]))
        asked = ((content, _right(sources, names)) for content, sources in said)
        yield Attributed(window, tags, tuple((content, right) for content, right in asked if right), names)


def _right(sources: Sequence[Span], names: Sequence[Span]) -> tuple[int, ...]:
    """Return which names are a content's sources, counted from 1; 0 where it has none; nothing where none is in the window."""
    if not sources:
        return (0,)
    return tuple(1 + names.index(source) for source in sources if source in names)


def tag(window: Window, spans: Sequence[Any]) -> Any:
    """Tag the pieces of a window: 0 outside the spans, 1 at the beginning of one or of its part in the window, 2 inside.

    Args:
        window: The window.
        spans: Stretches of its text.
    """
    tags = np.zeros(len(window.ids), np.int64)
    for start, end in spans:
        pieces = window.pieces(start, end)
        tags[pieces] = 2
        tags[pieces[:1]] = 1
    tags[window.offsets[:, 0] < 0] = IGNORED
    return tags
