"""Cut a text into the windows of word pieces that the network reads.

A window is a run of whole sentences, led by the heading above it. Word pieces are lower-cased, so each carries marks of
what lower case hides or a small network cannot see far enough for: capitals, quotation marks, and the mentions found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.quotes import quotations
from pipeline.schema import Mention, Sentence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

START, SEPARATOR = 101, 102
LIMIT = 176
"""Word pieces of text in a window, at most."""
OVERLAP = LIMIT // 4
"""Word pieces that a window repeats of the one before it, about."""
HEADING = 24
"""Word pieces of the heading that leads a window, at most."""
SHAPES = ("special", "lower", "title", "upper", "digit", "quote", "symbol")
KINDS = ("special", "none", "outlet", "aggregator", "person", "group", "anaphor", "handle")
_QUOTES = frozenset("\"“”‘’'«»")
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Window:
    """What the network reads at once: a row for each of T word pieces.

    Attributes:
        ids: Vocabulary numbers, shape (T,).
        types: 1 for the text of a window led by a heading, else 0, shape (T,).
        marks: Shape of the word, quotation, kind of mention, shape (T, 3); 0 for special pieces and headings.
        offsets: Where each piece stands in the text, shape (T, 2); -1 for special pieces and headings.
        start: Where the window's text begins.
        end: Where it ends.
    """

    ids: Ints
    types: Ints
    marks: Ints
    offsets: Ints
    start: int = field(init=False)
    end: int = field(init=False)

    def __post_init__(self) -> None:
        """Find where the text begins and ends."""
        inside = self.offsets[self.offsets[:, 0] > _NOWHERE]
        object.__setattr__(self, "start", int(inside[0, 0]) if len(inside) else 0)
        object.__setattr__(self, "end", int(self.offsets[:, 1].max()))

    def pieces(self, start: int, end: int) -> Ints:
        """Return the indices of the word pieces that a stretch of text shares characters with."""
        return np.flatnonzero((self.offsets[:, 0] < end) & (self.offsets[:, 1] > start))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The word pieces of a whole text and the index of each one's sentence."""

    ids: Ints
    marks: Ints
    offsets: Ints
    owners: Ints


def cut_windows(
    text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], tokenizer: Any, *, shift: int = 0
) -> list[Window]:
    """Cut a text into overlapping windows.

    Args:
        text: Raw text.
        sentences: Its sentences, in order.
        mentions: The possible sources named in it.
        tokenizer: A `tokenizers.Tokenizer`.
        shift: Sentences left out of the first window, so that training can see a text cut elsewhere.

    Returns:
        Windows in order; together they hold every word piece of the sentences from `shift` on.
    """
    pieces = _tokenize(text, sentences, mentions, tokenizer)
    return [_window(sentences, pieces, low, high, tokenizer) for low, high in _stretches(pieces.owners, shift)]


def snippet_window(text: str, tokenizer: Any, *, heading: str = "") -> Window:
    """Return one window for a short text on its own, cut at the limit."""
    sentence = Sentence(0, len(text), section=heading)
    pieces = _tokenize(text, [sentence], [], tokenizer)
    return _window([sentence], pieces, 0, min(len(pieces.ids), LIMIT), tokenizer)


def _tokenize(text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], tokenizer: Any) -> _Pieces:
    """Tokenize sentence by sentence and mark the pieces."""
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    owners: list[int] = []
    whole = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates become question marks, one for one
    encoded = tokenizer.encode_batch([whole[s.start : s.end] for s in sentences], add_special_tokens=False)
    for index, (sentence, encoding) in enumerate(zip(sentences, encoded, strict=True)):
        ids.extend(encoding.ids)
        offsets.extend((a + sentence.start, b + sentence.start) for a, b in encoding.offsets)
        owners.extend([index] * len(encoding.ids))
    quoted = np.zeros(len(text) + 1, np.int64)
    for quote in quotations(text):
        quoted[quote.start : quote.end] = 1
    kinds = np.zeros(len(text) + 1, np.int64)
    for mention in mentions:
        kinds[mention.start : mention.end] = _kind(mention.kind)
    places = np.array(offsets, np.int64).reshape(-1, 2)
    marks = np.zeros((len(ids), 3), np.int64)
    marks[:, 0] = _shapes(text, offsets)
    marks[:, 1] = 1 + quoted[places[:, 0]]
    marks[:, 2] = 1 + kinds[places[:, 0]]
    return _Pieces(np.array(ids, np.int64), marks, places, np.array(owners, np.int64))


def _kind(kind: str) -> int:
    """Number a kind of mention; kinds that the network was not taught count as handles."""
    return KINDS.index(kind) - 1 if kind in KINDS else len(KINDS) - 2


def _shapes(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Number the shape of each piece's word; a piece that goes on with a word has the shape of its beginning."""
    found: list[int] = []
    end = _NOWHERE
    for start, stop in offsets:
        goes_on = start == end and text[start - 1].isalnum() and text[start].isalnum()
        found.append(found[-1] if goes_on else SHAPES.index(_shape(text[start:stop])))
        end = stop
    return found


def _shape(word: str) -> str:
    """Name the shape of a word."""
    if not word[:1].isalnum():
        return "quote" if word[:1] in _QUOTES else "symbol"
    if word[0].isdigit():
        return "digit"
    if word.isupper() and len(word) > 1:
        return "upper"
    return "title" if word[0].isupper() else "lower"


def _stretches(owners: Ints, shift: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of pieces that make up windows: whole sentences, unless one is longer than a window."""
    if not len(owners):
        return
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    ends = np.r_[starts[1:], len(owners)]
    first = min(shift, len(starts) - 1)
    while True:
        last = first
        while last + 1 < len(starts) and ends[last + 1] - starts[first] <= LIMIT:
            last += 1
        for low in range(int(starts[first]), int(ends[last]), LIMIT):
            yield low, min(low + LIMIT, int(ends[last]))
        if last + 1 >= len(starts):
            return
        following = last + 1
        while following - 1 > first and ends[last] - starts[following - 1] <= OVERLAP:
            following -= 1
        first = following


def _window(sentences: Sequence[Sentence], pieces: _Pieces, low: int, high: int, tokenizer: Any) -> Window:
    """Put a window together from a run of pieces and the heading above it."""
    opening = sentences[int(pieces.owners[low])] if high > low else None
    above = opening.section if opening and opening.kind != "heading" else ""
    heading = tokenizer.encode(above, add_special_tokens=False).ids[:HEADING] if above else []
    lead = [START, *heading, SEPARATOR] if heading else [START]
    size = len(lead) + high - low + 1
    ids = np.full(size, SEPARATOR, np.int64)
    ids[: len(lead)] = lead
    ids[len(lead) : -1] = pieces.ids[low:high]
    types = np.zeros(size, np.int64)
    types[len(lead) :] = 1 if heading else 0
    marks = np.zeros((size, 3), np.int64)
    marks[len(lead) : -1] = pieces.marks[low:high]
    offsets = np.full((size, 2), _NOWHERE, np.int64)
    offsets[len(lead) : -1] = pieces.offsets[low:high]
    return Window(ids, types, marks, offsets)
