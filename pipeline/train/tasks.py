"""What the network is taught from outside data and written clauses: each task gives batches and their loss."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pipeline.attribute import find_mentions
from pipeline.encoder import POLARITIES, distances, weights
from pipeline.schema import Span
from pipeline.segment import Segmenter
from pipeline.speech import CONTENT
from pipeline.train.composed import Material, SaidSpan, compose
from pipeline.train.datasets import AspectExample, detokenize, polarity_sentences, read_rows
from pipeline.train.network import Network
from pipeline.windows import Window, cut_windows, snippet_window

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_CLASSES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
_GRADES = (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE, POSITIVE)
IGNORED = -100
TEXTS = 4000
"""Composed texts that are taught."""
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One labelled text: `target` is the stretch that is judged, None for all of it."""

    text: str
    label: Any
    heading: str = ""
    target: Span | None = None


@dataclass(frozen=True, slots=True)
class SnippetTask:
    """A task over snippets.

    Attributes:
        pools: Where each batch is drawn from, with the number of snippets from each.
        loss: From the network, what it read of the snippets, and their labels to a loss.
    """

    pools: Sequence[tuple[Sequence[Snippet], int]]
    loss: Callable[[Network, torch.Tensor, list[Any]], torch.Tensor]

    def __call__(self, network: Network, tokenizer: Any, draw: random.Random) -> torch.Tensor:
        """Return the loss of a batch drawn at random."""
        chosen = [snippet for pool, size in self.pools for snippet in draw.choices(pool, k=size)]
        return self.loss(network, read_snippets(network, tokenizer, chosen), [s.label for s in chosen])


def read_snippets(network: Network, tokenizer: Any, snippets: Sequence[Snippet]) -> torch.Tensor:
    """Return what the span heads read of each snippet."""
    windows = [snippet_window(s.text, tokenizer, heading=s.heading) for s in snippets]
    ids, types, marks = pad(windows)
    states = network.trunk(ids, types, marks)
    spans = np.zeros(ids.shape, np.float32)
    targets = np.zeros(ids.shape, np.float32)
    for row, (window, snippet) in enumerate(zip(windows, snippets, strict=True)):
        size = len(window.ids)
        spans[row, :size] = weights(window, [(0, len(snippet.text))])
        targets[row, :size] = weights(window, [snippet.target or (0, len(snippet.text))])
    return network.pooled(states, torch.from_numpy(spans), torch.from_numpy(targets))


def pad(windows: Sequence[Window]) -> Batch:
    """Stack windows; what is missing at their ends is 0."""
    shape = (len(windows), max(len(w.ids) for w in windows))
    ids, types, marks = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros((*shape, 3), np.int64)
    for row, window in enumerate(windows):
        size = len(window.ids)
        ids[row, :size], types[row, :size], marks[row, :size] = window.ids, window.types, window.marks
    return torch.from_numpy(ids), torch.from_numpy(types), torch.from_numpy(marks)


def tasks(data: Path, aspects: Sequence[AspectExample], labels: Sequence[str]) -> dict[str, SnippetTask]:
    """Make the tasks over snippets.

    Args:
        data: The folder of outside sentiment data.
        aspects: Clauses with their aspects.
        labels: The aspects, in the order of the network's outputs.
    """
    grades = [_graded(row) for row in read_rows(data / "sst_sentences_train_dev.csv") if row["split"] == "train"]
    phrases = [s for s in map(_graded, read_rows(data / "sst_phrases_train.csv.gz")) if len(s.text) > 12]
    targeted = [
        Snippet(row["text"], _CLASSES[row["label"]], target=(int(row["from"]), int(row["to"])))
        for row in read_rows(data / "newsmtsc_train_devmt.csv")
        if row["split"] == "train"
    ]
    meals = [
        Snippet(row["text"], _CLASSES[row["label"]], heading=row["category"])
        for row in read_rows(data / "mams_acsa_train_val.csv")
        if row["label"] in _CLASSES and row["split"] == "train"
    ]
    plots = [
        Snippet(detokenize(row["text"]), float(row["label"] == "0"))
        for row in read_rows(data / "subjectivity_train.csv")
    ]
    reviews = [
        Snippet(row["review"].strip(), int(row["fresh"] == "fresh"))
        for row in read_rows(data / "rt_reviews_train.csv.gz")
        if len(row["review"] or "") > 15
    ]
    fresh, rotten = ([s for s in reviews if s.label == side] for side in (1, 0))
    clauses = [Snippet(e.text, _many_hot(e.aspects, labels), e.heading) for e in aspects]
    sentences = [Snippet(row["text"], POLARITIES.index(row["label"])) for row in polarity_sentences()]
    return {
        "grades": SnippetTask([(grades, 20), (phrases, 44)], _grade_loss),
        "verdicts": SnippetTask([(fresh, 24), (rotten, 24)], _verdict_loss),
        "targets": SnippetTask([(targeted, 24)], _polarity_loss),
        "meals": SnippetTask([(meals, 24)], _polarity_loss),
        "plots": SnippetTask([(plots, 32)], _subjective_loss),
        "aspects": SnippetTask([(clauses, 40)], _aspect_loss),
        "sentences": SnippetTask([(sentences, 32)], _feeling_loss),
    }


def _graded(row: dict[str, str]) -> Snippet:
    """Read a phrase of the treebank."""
    return Snippet(detokenize(row["text"]), int(row["label5"]))


def _many_hot(names: Sequence[str], labels: Sequence[str]) -> list[float]:
    """Return 1 for each label that holds."""
    return [float(label in names) for label in labels]


def _polarity_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """Negative, neutral or positive, by the head that reads opinions and the one that reads any text; nothing is known of mixed ones."""
    wanted = torch.tensor(labels)
    heads = (head(read)[:, :3].float() for head in (network.pol, network.feel))
    return sum((functional.cross_entropy(scores, wanted) for scores in heads), read.new_zeros(()))


def _feeling_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """The four classes of any text, and those of opinions where it is one."""
    wanted = torch.tensor(labels)
    loss = functional.cross_entropy(network.feel(read).float(), wanted)
    opinions = wanted != NEUTRAL
    if not opinions.any():
        return loss
    return loss + 0.5 * functional.cross_entropy(network.pol(read[opinions]).float(), wanted[opinions])


def _grade_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """Five grades, and the three classes that they make."""
    five = functional.cross_entropy(network.five(read).float(), torch.tensor(labels))
    return 0.5 * five + _polarity_loss(network, read, [_GRADES[grade] for grade in labels])


def _verdict_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """A whole review's verdict on a sentence of it: true of most, so smoothed."""
    wanted = torch.tensor(labels)
    sides = (head(read).float()[:, [NEGATIVE, POSITIVE]] for head in (network.pol, network.feel))
    losses = (functional.cross_entropy(scores, wanted, label_smoothing=0.25) for scores in sides)
    return 0.6 * sum(losses, read.new_zeros(()))


def _subjective_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """Criticism or plot."""
    return functional.binary_cross_entropy_with_logits(network.subj(read)[:, 0].float(), torch.tensor(labels))


def _aspect_loss(network: Network, read: torch.Tensor, labels: list[Any]) -> torch.Tensor:
    """Aspects, any number of them."""
    return 4 * functional.binary_cross_entropy_with_logits(network.asp(read).float(), torch.tensor(labels))


@dataclass(frozen=True, slots=True)
class _Attributed:
    """A window of news with the tags of its pieces, its contents with the names of their sources, and other names in it."""

    window: Window
    tags: Any
    contents: tuple[tuple[Span, tuple[Span, ...]], ...]
    others: tuple[Span, ...]


class AttributionTask:
    """Content, source and cue of every piece, and which source each content belongs to, on PolNeAR.

    Args:
        path: ``polnear_train.jsonl.gz``.
        tokenizer: A `tokenizers.Tokenizer`.
    """

    SIZE = 16

    def __init__(self, path: Path, tokenizer: Any) -> None:
        self._windows = list(_attributed(path, tokenizer))

    def __call__(self, network: Network, tokenizer: Any, draw: random.Random) -> torch.Tensor:  # noqa: ARG002 - a task's signature
        """Return the loss of a batch drawn at random."""
        chosen = draw.choices(self._windows, k=self.SIZE)
        ids, types, marks = pad([c.window for c in chosen])
        states = network.trunk(ids, types, marks)
        wanted = np.full((len(chosen), ids.shape[1], 3), IGNORED, np.int64)
        for row, item in enumerate(chosen):
            wanted[row, : len(item.window.ids)] = item.tags
        tags = network.tag(states).float().view(-1, 3)
        loss = 1.5 * functional.cross_entropy(tags, torch.from_numpy(wanted).view(-1), ignore_index=IGNORED)
        links = torch.cat([_attribution_losses(network, states[row].float(), item) for row, item in enumerate(chosen)])
        return loss + 0.3 * links.mean() if len(links) else loss


def _attributed(path: Path, tokenizer: Any) -> Iterator[_Attributed]:
    """Yield the windows of annotated news articles."""
    segment = Segmenter()
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            article = json.loads(line)
            text = article["text"]
            mentions = find_mentions(text)
            parts = [
                [tuple(span) for a in article["attributions"] for span in a[key]]
                for key in ("quote_spans", "speaker_spans", "cue_spans")
            ]
            for window in cut_windows(text, segment(text), mentions, tokenizer):
                tags = np.stack([tag(window, spans) for spans in parts], 1)
                contents = tuple(
                    ((int(s), int(e)), tuple((int(x), int(y)) for x, y in a["speaker_spans"]))
                    for a in article["attributions"]
                    for s, e in a["quote_spans"][:2]
                    if len(window.pieces(s, e))
                )
                others = {(int(x), int(y)) for x, y in parts[1]} | {(m.start, m.end) for m in mentions}
                yield _Attributed(window, tags, contents, tuple(o for o in others if len(window.pieces(*o))))


@dataclass(frozen=True, slots=True)
class _Composed:
    """A window of a composed text: what is judged in it, where mentions stand, and which of them name each holder (0: nobody).

    Attributes:
        said: 1 for each piece that somebody named says, 0 for those of the author, `IGNORED` for the words around them.
    """

    window: Window
    said: Any
    judged: tuple[SaidSpan, ...]
    names: tuple[Span, ...]
    rights: tuple[tuple[int, ...], ...]


class ComposedTask:
    """Whether spans of composed texts judge, their polarity, and who holds them.

    Args:
        material: What to compose texts of.
        tokenizer: A `tokenizers.Tokenizer`.
        draw: Where chance comes from.
    """

    SIZE = 12

    def __init__(self, material: Material, tokenizer: Any, draw: random.Random) -> None:
        self._windows = [w for w in _windows(material, tokenizer, draw) if w.judged]

    def __call__(self, network: Network, tokenizer: Any, draw: random.Random) -> torch.Tensor:  # noqa: ARG002 - a task's signature
        """Return the loss of a batch drawn at random."""
        chosen = draw.choices(self._windows, k=self.SIZE)
        ids, types, marks = pad([c.window for c in chosen])
        states = network.trunk(ids, types, marks)
        contents: list[torch.Tensor] = []
        read: list[torch.Tensor] = []
        links: list[torch.Tensor] = []
        for row, item in enumerate(chosen):
            here = states[row : row + 1, : len(item.window.ids)].float()
            contents.append(said_loss(network, here[0], item.said))
            read.append(network.pooled(here, torch.from_numpy(weights(item.window, [j.span for j in item.judged]))))
            asked = [(j.span, r) for j, r in zip(item.judged, item.rights, strict=True) if r]
            if asked and item.names:
                links.append(link_losses(network, here[0], item.window, asked, item.names))
        spans = torch.cat(read)
        judged = [j for item in chosen for j in item.judged]
        sure = [i for i, j in enumerate(judged) if j.chances is None or j.chances[1] == 0]
        evaluates = torch.tensor([float(judged[i].chances is not None) for i in sure])
        said = network.isop(spans[sure])[:, 0].float()
        loss = 0.5 * functional.binary_cross_entropy_with_logits(said, evaluates) if sure else spans.sum() * 0
        rows = [i for i, j in enumerate(judged) if j.chances is not None]
        wanted = torch.tensor([judged[i].chances for i in rows], dtype=torch.float32)
        if rows:
            loss = loss + functional.cross_entropy(network.pol(spans[rows])[:, :3].float(), wanted)
        loss = loss + torch.stack(contents).mean()
        return loss + 0.3 * torch.cat(links).mean() if links else loss


def _windows(material: Material, tokenizer: Any, draw: random.Random) -> Iterator[_Composed]:
    """Yield the windows of composed texts."""
    segment = Segmenter()
    for _ in range(TEXTS):
        text, judged = compose(material, draw)
        mentions = find_mentions(text)
        for window in cut_windows(text, segment(text), mentions, tokenizer):
            inside = tuple(j for j in judged if j.span[0] >= window.start and j.span[1] <= window.end)
            near = tuple((m.start, m.end) for m in mentions if len(window.pieces(m.start, m.end)))
            rights = tuple(_right(j, near) for j in inside)
            said = np.full(len(window.ids), IGNORED, np.int64)
            for part in inside:
                said[window.pieces(*part.span)] = bool(part.names)
            yield _Composed(window, said, inside, near, rights)


def _right(judged: SaidSpan, near: Sequence[Span]) -> tuple[int, ...]:
    """Return which mentions name the holder, counted from 1; 0 where the text's author speaks; none where nothing is to be learnt."""
    if judged.chances is None:
        return ()
    if not judged.names:
        return (0,)
    return tuple(
        i for i, (start, end) in enumerate(near, start=1) if any(start < b and a < end for a, b in judged.names)
    )


def tag(window: Window, spans: Sequence[Any]) -> Any:
    """Tag the pieces of a window: 0 outside the spans, 1 at the beginning of one, 2 inside."""
    tags = np.zeros(len(window.ids), np.int64)
    for start, end in spans:
        pieces = window.pieces(start, end)
        tags[pieces] = 2
        tags[pieces[:1]] = 1
    tags[window.offsets[:, 0] < 0] = IGNORED
    return tags


def said_loss(network: Network, states: torch.Tensor, said: Any) -> torch.Tensor:
    """Return the loss of pieces of which it is known whether they belong to a content, not where this begins.

    Args:
        network: The network.
        states: The trunk's states of one window, shape (T, width).
        said: 1 for each piece of a content, 0 for each outside, `IGNORED` where nothing is known, shape (T,).
    """
    known = torch.from_numpy(np.flatnonzero(said != IGNORED))
    if not len(known):
        return states.sum() * 0
    chances = network.tag(states[known]).float().view(-1, 3, 3)[:, CONTENT].log_softmax(-1)
    wanted = torch.from_numpy(said)[known].bool()
    return -torch.where(wanted, chances[:, 1:].logsumexp(-1), chances[:, 0]).mean()


def _attribution_losses(network: Network, states: torch.Tensor, item: _Attributed) -> torch.Tensor:
    """Return the losses of the contents' choices among the sources of their window."""
    true = {name for _, sources in item.contents for name in sources if len(item.window.pieces(*name))}
    beside = [o for o in item.others if not any(o[0] < end and start < o[1] for start, end in true)]
    names = sorted([*true, *beside])
    rights = [
        (content, [1 + names.index(name) for name in sources if name in names] or ([] if sources else [0]))
        for content, sources in item.contents
    ]
    asked = [(content, right) for content, right in rights if right]
    return link_losses(network, states, item.window, asked, names) if asked and names else states.new_zeros(0)


def link_losses(
    network: Network,
    states: torch.Tensor,
    window: Window,
    asked: Sequence[tuple[Span, Sequence[int]]],
    names: Sequence[Span],
) -> torch.Tensor:
    """Return the losses of spans' choices among names, shape (spans,).

    Args:
        network: The network.
        states: The trunk's states of one window, shape (T, width).
        window: The window.
        asked: Spans, and for each which answers are right: 0 is nobody, 1 the first name.
        names: Where the names stand.
    """
    rows, table = weights(window, [span for span, _ in asked]), weights(window, names)
    means = [torch.from_numpy(part) @ states[: len(window.ids)] for part in (rows, table)]
    scores = network.links(means[0], means[1], torch.from_numpy(distances(rows, table)))
    wrong = torch.full(scores.shape, -1e9)
    for row, (_, right) in enumerate(asked):
        wrong[row, list(right)] = 0
    return torch.logsumexp(scores, 1) - torch.logsumexp(scores + wrong, 1)
