"""Windows and the spans in them side by side, as arrays: what one step of training reads at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.linalg import block_diag

from pipeline.encoder import distances, weights
from pipeline.schema import Span
from pipeline.windows import Window

IGNORED = -100
"""The tag of pieces that teach nothing."""
Asked = Sequence[tuple[Span, Sequence[int]]]
"""Spans of a window, and for each which answers are right: 0 is nobody, 1 the first name."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The word pieces of B windows, N in all.

    Attributes:
        ids: Vocabulary numbers, shape (B, T); 0 behind the end of a window.
        types: Whether a piece belongs to the text under a heading, shape (B, T).
        marks: Shape of the word, quotation, kind of mention, shape (B, T, 3).
        real: Where the N pieces stand among the B times T places.
        firsts: Which of the N pieces begins each window, shape (B,).
    """

    ids: Any
    types: Any
    marks: Any
    real: Any
    firsts: Any


def side_by_side(windows: Sequence[Window]) -> Pieces:
    """Stack windows; those shorter than the longest are padded."""
    sizes = [len(w.ids) for w in windows]
    shape = (len(windows), max(sizes))
    ids, types, marks = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros((*shape, 3), np.int64)
    for row, (window, size) in enumerate(zip(windows, sizes, strict=True)):
        ids[row, :size], types[row, :size], marks[row, :size] = window.ids, window.types, window.marks
    real = np.flatnonzero(np.arange(shape[1]) < np.array(sizes)[:, None])
    return Pieces(ids, types, marks, real, np.cumsum([0, *sizes[:-1]]))


def shares(windows: Sequence[Window], spans: Sequence[Sequence[Span]]) -> Any:
    """Return the shares of pieces in the means of spans, shape (S, N).

    Args:
        windows: The windows.
        spans: For each its spans.
    """
    return joined([weights(window, inside) for window, inside in zip(windows, spans, strict=True)])


def joined(tables: Sequence[Any]) -> Any:
    """Put tables of one window each along the diagonal of one over all pieces."""
    table: Any = block_diag(*tables)
    return table.astype(np.float32)


def owners(spans: Sequence[Sequence[Span]]) -> Any:
    """Return the window of each span."""
    return np.repeat(np.arange(len(spans)), [len(inside) for inside in spans])


@dataclass(frozen=True, slots=True)
class Choices:
    """Spans that choose among the names of their own window.

    Attributes:
        spans: Shares of pieces in the mean of each of S spans, shape (S, N).
        names: The same for M names, shape (M, N).
        distances: Classes of signed distance, shape (S, M).
        allowed: Which answers stand in the span's window, nobody first, shape (S, 1 + M).
        right: Which of them are right, shape (S, 1 + M).
    """

    spans: Any
    names: Any
    distances: Any
    allowed: Any
    right: Any


def choices(windows: Sequence[Window], asked: Sequence[Asked], names: Sequence[Sequence[Span]]) -> Choices:
    """Put the choices of windows together; a window without names asks nothing.

    Args:
        windows: The windows.
        asked: For each its spans and the right answers.
        names: For each where names stand in it, in the order in which answers number them.
    """
    rows = [
        weights(window, [span for span, _ in spans] if near else [])
        for window, spans, near in zip(windows, asked, names, strict=True)
    ]
    tables = [weights(window, near) for window, near in zip(windows, names, strict=True)]
    held = [len(row) for row in rows], [len(table) for table in tables]
    apart, allowed = np.zeros([sum(n) for n in held], np.int64), np.zeros((sum(held[0]), 1 + sum(held[1])), bool)
    allowed[:, 0] = True
    right = np.zeros_like(allowed)
    top = left = 0
    for row, table, spans in zip(rows, tables, asked, strict=True):
        if len(row):
            apart[top : top + len(row), left : left + len(table)] = distances(row, table)
            allowed[top : top + len(row), 1 + left : 1 + left + len(table)] = True
            for number, (_, answers) in enumerate(spans):
                right[top + number, [answer and answer + left for answer in answers]] = True
        top, left = top + len(row), left + len(table)
    return Choices(joined(rows), joined(tables), apart, allowed, right)


def choice_losses(network: Any, states: torch.Tensor, asked: Choices) -> torch.Tensor:
    """Return the losses of choices, shape (S,).

    Args:
        network: The network.
        states: What its trunk gives of the pieces, shape (N, width).
        asked: The choices, as tensors.
    """
    scores = network.links(asked.spans @ states, asked.names @ states, asked.distances, asked.allowed)
    return torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~asked.right, -1e9), 1)


def moved(batch: Any, device: torch.device) -> Any:
    """Return a batch with its arrays as tensors on a device.

    Args:
        batch: A dataclass of arrays, or of such dataclasses.
        device: Where the tensors go.
    """
    if isinstance(batch, np.ndarray):
        return torch.from_numpy(batch).to(device)
    if is_dataclass(batch) and not isinstance(batch, type):
        return replace(batch, **{field.name: moved(getattr(batch, field.name), device) for field in fields(batch)})
    return batch
