"""Read spans in their context with the trained network: opinion or not, polarity, aspects, who holds them, where to cut.

One ONNX graph, the trunk, encodes a window of word pieces; another, the heads, reads spans off what the first gave, as
often as asked. Windows go through the trunk one at a time, so that what a span reads as never depends on what else is read.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import resources
from pipeline.schema import Mention, Polarity, Sentence, Span
from pipeline.spans import overlapping
from pipeline.windows import Floats, Ints, Window, cut_windows, snippet_window

_FILES = ("reader.onnx", "heads.onnx", "tokenizer.json")
_SLOW_FUSION = "SkipLayerNormFusion"
"""What onnxruntime 1.32 makes of a sum and its normalisation takes eight times as long as the two on one thread."""
POLARITIES: tuple[Polarity, ...] = ("negative", "neutral", "positive", "mixed")
_READ = ("opinion", "polarity", "feeling", "intensity", "subjectivity", "aspects", "links", "read")
WINDOWS = 64
"""Windows that are remembered, some 300 kB each."""
WIDTH = 384
"""Numbers that the span heads read of a span."""
_NOTHING = (0.0, 1.0, 0.0, 0.0)
Sides = tuple[float, float, float, float]
BINS = 32
"""Classes of signed distance between a span and a mention."""


@dataclass(frozen=True, slots=True)
class SpanReading:
    """What the network reads of one span.

    Attributes:
        opinion: Probability that the span evaluates.
        evaluative: Mean probability that the span's word pieces stand inside an opinion.
        polarity: Probabilities of negative, neutral, positive and mixed, of an opinion in its text; they sum to 1.
        feeling: The same of any text, which need not be an opinion.
        intensity: How it feels on average, in [-1, 1].
        subjectivity: Probability that it is criticism, not plot.
        states: What all of these are read off, shape (width,).
        aspects: The probability of each label of the network's taxonomy.
        author: Probability that nobody named in the window holds the span.
        holders: For mentions of the window, by start, the probability that the mention names the holder.
    """

    opinion: float
    evaluative: float
    polarity: Sides
    feeling: Sides
    intensity: float
    subjectivity: float
    states: Floats = field(compare=False, repr=False)
    aspects: dict[str, float]
    author: float
    holders: dict[int, float]


@dataclass(frozen=True, slots=True)
class States:
    """What the trunk gives of a window of T pieces.

    Attributes:
        states: Shape (1, T, width).
        inside: Probability of each piece to stand inside an opinion, shape (T,).
        speech: Log-probabilities of outside, begins and inside as content, source and cue, shape (T, 3, 3).
    """

    states: Floats
    inside: Floats
    speech: Floats


class Encoder:
    """The network of a model folder.

    Args:
        folder: Holds ``reader.onnx``, ``heads.onnx``, ``tokenizer.json`` and ``meta.json`` with the labels and hashes.

    Raises:
        ModelError: A file is missing or differs from its hash.
    """

    def __init__(self, folder: Path) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when onnxruntime is first imported
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()

        meta = resources.model_meta(folder, files=_FILES)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._trunk, self._heads = (
            onnxruntime.InferenceSession(
                folder / name, options, providers=["CPUExecutionProvider"], disabled_optimizers=[_SLOW_FUSION]
            )
            for name in _FILES[:2]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.labels: list[str] = list(meta["labels"])
        self._remembered = lru_cache(WINDOWS)(self._states)

    def encode(self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> Encoded:
        """Make a text ready to be read.

        Args:
            text: Raw text.
            sentences: Its sentences, in order.
            mentions: The possible sources named in it, in order.
        """
        return Encoded(self, cut_windows(text, sentences, mentions, self._tokenizer), mentions)

    def read_snippets(self, texts: Sequence[str], *, targets: Sequence[str] = ()) -> list[SpanReading]:
        """Read short texts, each on its own.

        Args:
            texts: One or a few sentences each.
            targets: For each what is judged, or empty: words of the text, or else a heading above it.
        """
        found: list[SpanReading] = []
        for text, target in zip(texts, targets or [""] * len(texts), strict=True):
            place = re.search(re.escape(target), text, re.IGNORECASE) if target else None
            judged = [place.span()] if place else []
            window = snippet_window(text, self._tokenizer, heading="" if judged else target)
            found += Encoded(self, [window], []).read([(0, max(1, len(text)))], targets=judged)
        return found

    def states(self, window: Window) -> States:
        """Encode a window of T pieces, or remember what was made of it: agency copy comes again."""
        return self._remembered(window.ids.tobytes(), window.types.tobytes(), window.marks.tobytes())

    def _states(self, *tables: bytes) -> States:
        """Encode a window from the bytes of its tables."""
        ids, types, marks = (np.frombuffer(table, np.int64) for table in tables)
        inputs = {"ids": ids[None], "types": types[None], "marks": marks.reshape(1, len(ids), -1)}
        found = self._trunk.run(["states", "tags", "speech"], inputs)
        for table in found:
            table.flags.writeable = False
        return States(*found)

    def heads(self, states: Floats, tables: Mapping[str, Any], outputs: Sequence[str]) -> list[Floats]:
        """Read spans, names and joints off the states of a window; a table left out has no rows."""
        pieces = states.shape[1]
        none = np.zeros((0, pieces), np.float32)
        given = {"spans": none, "names": none, "lefts": none, "rights": none, "places": none, **tables}
        given.setdefault("targets", given["spans"])
        given.setdefault("distances", np.zeros((len(given["spans"]), len(given["names"])), np.int64))
        found: list[Floats] = self._heads.run(list(outputs), {"states": states, **given})
        return found


class Encoded:
    """A text that is read as often as asked; a window goes through the trunk once, when first needed.

    Args:
        encoder: The network.
        windows: The text's windows.
        mentions: The possible sources named in the text, in order.
    """

    def __init__(self, encoder: Encoder, windows: Sequence[Window], mentions: Sequence[Mention]) -> None:
        self._encoder, self._windows, self._mentions = encoder, windows, mentions
        self._bounds = [(window.start, window.end) for window in windows]
        self._states: dict[int, States] = {}

    def read(self, spans: Sequence[Span], *, targets: Sequence[Span] = ()) -> list[SpanReading]:
        """Read spans, each in the window that shows most of what stands around it.

        Args:
            spans: Stretches of text that share characters with a sentence.
            targets: For each span what is judged; the span itself where nothing is given.

        Returns:
            A reading for each span.
        """
        if not self._windows:
            nothing = dict.fromkeys(self._encoder.labels, 0.0)
            return [
                SpanReading(0.0, 0.0, _NOTHING, _NOTHING, 0.0, 0.0, np.zeros(WIDTH, np.float32), nothing, 1.0, {})
            ] * len(spans)
        found: dict[int, SpanReading] = {}
        for number, indices in shared_out(self._bounds, spans):
            judged = [targets[i] for i in indices] if targets else ()
            found.update(zip(indices, self._spans(number, [spans[i] for i in indices], judged), strict=True))
        return [found[i] for i in range(len(spans))]

    def joints(self, pairs: Sequence[tuple[Span, Span]]) -> list[float]:
        """Return for each two neighbouring spans the probability that they belong to two judgements."""
        if not self._windows or not pairs:
            return [0.0] * len(pairs)
        found: dict[int, float] = {}
        for number, indices in shared_out(self._bounds, [(left[0], right[1]) for left, right in pairs]):
            tables = joint_tables(self._windows[number], [pairs[i] for i in indices])
            (chances,) = self._encoder.heads(self._encode(number).states, tables, ["joints"])
            found.update(zip(indices, map(float, chances), strict=True))
        return [found[i] for i in range(len(pairs))]

    def speech(self) -> tuple[Ints, Floats]:
        """Return where the text's word pieces stand, shape (N, 2), and their log-probabilities of the tags of speech, (N, 3, 3)."""
        if not self._windows:
            return np.zeros((0, 2), np.int64), np.zeros((0, 3, 3), np.float32)
        places = np.concatenate([window.offsets for window in self._windows])
        margins = np.concatenate(
            [np.minimum(w.offsets[:, 0] - w.start, w.end - w.offsets[:, 1]) for w in self._windows]
        )
        tags = np.concatenate([self._encode(number).speech for number in range(len(self._windows))])
        order = np.lexsort(
            (-margins, places[:, 1], places[:, 0])
        )  # of a piece in two windows the wider margin comes first
        order = order[places[order, 0] >= 0]
        ordered = places[order]
        order = order[np.r_[True, np.any(ordered[1:] != ordered[:-1], axis=1)][: len(order)]]
        return places[order], tags[order]

    def linked(self, asked: Sequence[tuple[Span, Mapping[Span, float]]]) -> list[tuple[Span, float] | None]:
        """Choose for each span the name that it belongs to.

        Args:
            asked: Spans, each with the names to choose from and the odds of each beforehand; those outside the span's
                window are passed over.

        Returns:
            For each span the chosen name and its probability among its names and nobody; None where there is none.
        """
        found: dict[int, tuple[Span, float]] = {}
        for number, indices in shared_out(self._bounds, [span for span, _ in asked]) if self._windows else ():
            window = self._windows[number]
            wanted = sorted({name for i in indices for name in asked[i][1]})
            low, high = self._bounds[number]
            inside = (name for name in wanted if name[0] < high and low < name[1])
            near = [name for name in inside if len(window.pieces(*name))]
            if not near:
                continue
            rows, table = weights(window, [asked[i][0] for i in indices]), weights(window, near)
            tables = {"spans": rows, "names": table, "distances": distances(rows, table)}
            (links,) = self._encoder.heads(self._encode(number).states, tables, ["links"])
            for i, (nobody, *row) in zip(indices, links.tolist(), strict=True):
                odds = asked[i][1]
                chances = [(chance * odds[name], name) for chance, name in zip(row, near, strict=True) if name in odds]
                if chances:
                    total = nobody + sum(chance for chance, _ in chances)
                    chance, name = max(chances, key=lambda item: item[0])
                    found[i] = (name, chance / max(1e-9, total))
        return [found.get(i) for i in range(len(asked))]

    def _encode(self, number: int) -> States:
        """Return what the trunk gives of a window."""
        found = self._states.get(number)
        if found is None:
            found = self._states[number] = self._encoder.states(self._windows[number])
        return found

    def _spans(self, number: int, spans: Sequence[Span], targets: Sequence[Span]) -> Iterator[SpanReading]:
        """Read the spans of one window."""
        window = self._windows[number]
        near = [m for m in overlapping(self._mentions, *self._bounds[number]) if len(window.pieces(m.start, m.end))]
        rows, names = weights(window, spans), weights(window, [(m.start, m.end) for m in near])
        encoded = self._encode(number)
        tables = {"spans": rows, "names": names, "distances": distances(rows, names)}
        if targets:
            tables["targets"] = weights(window, targets)
        told = dict(zip(_READ, self._encoder.heads(encoded.states, tables, _READ), strict=True))
        evaluative = rows @ encoded.inside
        for i in range(len(spans)):
            row = {name: table[i].tolist() for name, table in told.items() if name != "read"}
            yield SpanReading(
                opinion=row["opinion"], evaluative=float(evaluative[i]), polarity=tuple(row["polarity"]),
                feeling=tuple(row["feeling"]), intensity=row["intensity"], subjectivity=row["subjectivity"], states=told["read"][i],
                aspects=dict(zip(self._encoder.labels, row["aspects"], strict=True)), author=row["links"][0],
                holders={m.start: chance for m, chance in zip(near, row["links"][1:], strict=True)},
            )  # fmt: skip


def joint_tables(window: Window, pairs: Sequence[tuple[Span, Span]]) -> dict[str, Floats]:
    """Return the shares of word pieces in both sides of each joint, and the piece with which the right side begins."""
    lefts, rights = (weights(window, [pair[side] for pair in pairs]) for side in (0, 1))
    places = np.zeros_like(rights)
    places[np.arange(len(pairs)), np.argmax(rights > 0, axis=1)] = 1
    return {"lefts": lefts, "rights": rights, "places": places}


def shared_out(bounds: Sequence[Span], spans: Sequence[Span]) -> Iterator[tuple[int, list[int]]]:
    """Give each span to the window that holds all of it with the widest margin.

    Args:
        bounds: Where each window begins and ends, in order.
        spans: Stretches of text.

    Yields:
        The number of a window and the indices of its spans.
    """
    given: dict[int, list[int]] = {}
    starts, ends = [start for start, _ in bounds], [end for _, end in bounds]
    for index, (start, end) in enumerate(spans):
        low = max(0, bisect_left(ends, start) - 1)
        near = range(low, max(low + 1, min(len(bounds), bisect_right(starts, end) + 1)))
        best = max(near, key=lambda w: (*_room(bounds[w], start, end), -w))
        given.setdefault(best, []).append(index)
    yield from sorted(given.items())


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
