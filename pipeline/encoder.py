"""Read spans in their context with the trained network: opinion or not, polarity, aspects, and who holds them.

One ONNX graph reads a window of word pieces and every span in it in one pass. Windows go through it one at a time, so
that what a span reads as never depends on what else is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import resources
from pipeline.schema import Mention, Sentence
from pipeline.windows import Floats, Ints, Window, cut_windows, snippet_window

Span = tuple[int, int]
POLARITIES = ("negative", "neutral", "positive", "mixed")
BINS = 32
"""Classes of signed distance between a span and a mention."""


@dataclass(frozen=True, slots=True)
class SpanReading:
    """What the network reads of one span.

    Attributes:
        opinion: Probability that the span evaluates.
        evaluative: Mean probability that the span's word pieces stand inside an opinion.
        polarity: Probabilities of negative, neutral, positive and mixed; they sum to 1.
        aspects: The probability of each label of the network's taxonomy.
        author: Probability that nobody named in the window holds the span.
        holders: For mentions of the window, by start, the probability that the mention names the holder.
    """

    opinion: float
    evaluative: float
    polarity: tuple[float, float, float, float]
    aspects: dict[str, float]
    author: float
    holders: dict[int, float]


class Encoder:
    """The network of a model folder.

    Args:
        folder: Holds ``reader.onnx``, ``tokenizer.json`` and ``meta.json`` with the labels and the hashes of both.

    Raises:
        ModelError: A file is missing or differs from its hash.
    """

    def __init__(self, folder: Path) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when onnxruntime is first imported
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()

        meta = resources.model_meta(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            folder / "reader.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.labels: list[str] = list(meta["labels"])

    def read(
        self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], spans: Sequence[Span]
    ) -> list[SpanReading]:
        """Read spans of a text, each in the window that shows most of what stands around it.

        Args:
            text: Raw text.
            sentences: Its sentences, in order.
            mentions: The possible sources named in it, in order.
            spans: Stretches of text that share characters with a sentence.

        Returns:
            A reading for each span.
        """
        windows = cut_windows(text, sentences, mentions, self._tokenizer) if spans else []
        if not windows:
            return [SpanReading(0.0, 0.0, (0.0, 1.0, 0.0, 0.0), dict.fromkeys(self.labels, 0.0), 1.0, {})] * len(spans)
        found: dict[int, SpanReading] = {}
        for window, indices in shared_out(windows, spans):
            near = [m for m in mentions if len(window.pieces(m.start, m.end))]
            readings = self._run(window, [spans[i] for i in indices], near)
            found.update(zip(indices, readings, strict=True))
        return [found[i] for i in range(len(spans))]

    def read_snippets(self, texts: Sequence[str], *, headings: Sequence[str] = ()) -> list[SpanReading]:
        """Read short texts, each on its own."""
        above = headings or [""] * len(texts)
        return [
            self._run(snippet_window(text, self._tokenizer, heading=heading), [(0, max(1, len(text)))], [])[0]
            for text, heading in zip(texts, above, strict=True)
        ]

    def _run(self, window: Window, spans: Sequence[Span], mentions: Sequence[Mention]) -> list[SpanReading]:
        """Read the spans of one window."""
        rows = weights(window, spans)
        names = weights(window, [(m.start, m.end) for m in mentions])
        inputs = {
            "ids": window.ids[None], "types": window.types[None], "marks": window.marks[None], "spans": rows,
            "names": names, "distances": distances(rows, names),
        }  # fmt: skip
        tags, opinion, polarity, aspects, links = self._session.run(
            ["tags", "opinion", "polarity", "aspects", "links"], inputs
        )
        evaluative = rows @ tags
        return [
            SpanReading(
                float(opinion[i]), float(evaluative[i]), tuple(map(float, polarity[i])), dict(zip(self.labels, map(float, aspects[i]), strict=True)),  # type: ignore[arg-type]
                float(links[i, 0]), {m.start: float(p) for m, p in zip(mentions, links[i, 1:], strict=True)},
            )
            for i in range(len(spans))
        ]  # fmt: skip


def shared_out(windows: Sequence[Window], spans: Sequence[Span]) -> Iterator[tuple[Window, list[int]]]:
    """Give each span to the window that holds all of it with the widest margin; yield windows with their spans."""
    bounds = [(window.start, window.end) for window in windows]
    given: dict[int, list[int]] = {}
    for index, (start, end) in enumerate(spans):
        best = max(range(len(bounds)), key=lambda w: (*_room(bounds[w], start, end), -w))
        given.setdefault(best, []).append(index)
    for best, indices in sorted(given.items()):
        yield windows[best], indices


def _room(bounds: Span, start: int, end: int) -> tuple[int, int]:
    """Return how much of a span a window holds, and the narrower margin around it."""
    low, high = bounds
    return min(end, high) - max(start, low), min(start - low, high - end)


def weights(window: Window, spans: Sequence[Span]) -> Floats:
    """Return for each span the share of each word piece in its mean, shape (spans, T); a span with no piece reads the whole."""
    table = np.zeros((len(spans), len(window.ids)), np.float32)
    for row, (start, end) in enumerate(spans):
        pieces = window.pieces(start, end)
        chosen = pieces if len(pieces) else np.arange(len(window.ids))
        table[row, chosen] = 1 / len(chosen)
    return table


def distances(spans: Floats, names: Floats) -> Ints:
    """Return the class of signed distance in word pieces from each name's first piece to each span's, shape (spans, names)."""
    firsts = [np.argmax(table > 0, axis=1) for table in (spans, names)]
    apart = firsts[0][:, None] - firsts[1][None, :]
    steps = np.sign(apart) * np.trunc(np.log2(1 + np.abs(apart)) * 1.9)
    classes: Ints = np.clip(BINS // 2 + steps, 0, BINS - 1).astype(np.int64)
    return classes


@cache
def bundled_encoder() -> Encoder:
    """Load the bundled network once a process."""
    return Encoder(resources.locate("models/reader"))
