"""What the network is taught from annotated articles: what is an opinion, how it feels, what about, who holds it, where to cut."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pipeline.encoder import POLARITIES, joint_tables, shared_out
from pipeline.evaluate import source_matches
from pipeline.gold import GoldArticle, GoldOpinion
from pipeline.schema import Candidate, Mention, Span
from pipeline.train.attributions import tag
from pipeline.train.batches import (
    IGNORED,
    Choices,
    Pieces,
    choice_losses,
    choices,
    joined,
    owners,
    shares,
    side_by_side,
)
from pipeline.train.clauses import Lined, alias_names
from pipeline.train.joints import Joint, gold_joints
from pipeline.train.roundups import said_loss
from pipeline.windows import Window, cut_windows

BATCH = 8
SHORT = 64
"""Word pieces below which a window is short."""
LONG = 600
"""Characters of a text that more than one window holds."""
LOOSE, SEVERAL = 0.5, 0.3
"""What a run loses as one judgement when nearly all of it says something else; what is left when it holds several."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A span of a window: whether it is an opinion (None: an anchor, cut by a reader and not by rules), and which."""

    span: Span
    evaluates: float | None
    opinion: GoldOpinion | None
    holders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ArticleWindow:
    """A window of an annotated article with the tags of its pieces, its judged spans, the mentions and joints in it.

    Attributes:
        tags: Whether each piece is outside, begins or goes on with an opinion.
        said: 1 for each piece that somebody named says, 0 for those of the author, `IGNORED` where nothing is known.
    """

    window: Window
    tags: Any
    said: Any
    judged: tuple[Judged, ...]
    names: tuple[Span, ...]
    joints: tuple[Joint, ...]


@dataclass(frozen=True, slots=True)
class ArticleBatch:
    """Windows of articles side by side, N pieces and S spans.

    Attributes:
        tags: Whether each piece is outside, begins or goes on with an opinion, shape (N,).
        said: 1 for pieces that somebody named says, 0 for others, shape (K,), of the pieces `known`.
        known: Pieces of which this is known.
        spans: Shares of pieces in the mean of each span, shape (S, N).
        owners: The window of each span.
        cut: Spans that rules cut, and annotated facts.
        evaluates: How nearly each of these is one judgement, in [0, 1].
        opinions: Spans that are one annotated opinion, R of them.
        polarity: Its polarity, shape (R,).
        accepted: Every polarity that its annotation accepts, shape (R, 4).
        aspects: Its aspects, shape (R, labels).
        certain: 0 for aspects that its annotation accepts besides, else 1, shape (R, labels).
        choices: The choices of a holder.
        lefts, rights, places: Shares of pieces at both sides of each joint and where the right side begins, shape (J, N).
        parts: How surely each joint parts two judgements.
    """

    pieces: Pieces
    tags: Any
    said: Any
    known: Any
    spans: Any
    owners: Any
    cut: Any
    evaluates: Any
    opinions: Any
    polarity: Any
    accepted: Any
    aspects: Any
    certain: Any
    choices: Choices
    lefts: Any
    rights: Any
    places: Any
    parts: Any


def article_batch(chosen: Sequence[ArticleWindow], labels: Sequence[str]) -> ArticleBatch:
    """Put windows side by side.

    Args:
        chosen: The windows.
        labels: The aspects, in the order of the network's outputs.
    """
    windows = [item.window for item in chosen]
    spans = [[j.span for j in item.judged] for item in chosen]
    judged = [j for item in chosen for j in item.judged]
    cut = [i for i, j in enumerate(judged) if j.evaluates is not None]
    held = [(i, j.opinion) for i, j in enumerate(judged) if j.opinion is not None]
    asked = [[(j.span, j.holders) for j in item.judged if j.holders] for item in chosen]
    said = np.concatenate([item.said for item in chosen])
    known = np.flatnonzero(said != IGNORED)
    tables = [joint_tables(item.window, [(j.left, j.right) for j in item.joints]) for item in chosen]
    sides = {name: joined([table[name] for table in tables]) for name in ("lefts", "rights", "places")}
    wide = (len(held), len(labels))
    return ArticleBatch(
        side_by_side(windows), np.concatenate([item.tags for item in chosen]), said[known], known, shares(windows, spans),
        owners(spans), np.array(cut, np.int64), np.array([judged[i].evaluates for i in cut], np.float32),
        np.array([i for i, _ in held], np.int64),
        np.array([POLARITIES.index(o.polarity) for _, o in held], np.int64),
        np.array([[p in o.polarity_ok for p in POLARITIES] for _, o in held], bool).reshape(len(held), -1),
        np.array([[label in o.aspects for label in labels] for _, o in held], np.float32).reshape(wide),
        np.array([[label in o.aspects or label not in o.also_ok for label in labels] for _, o in held], np.float32).reshape(wide),
        choices(windows, asked, [item.names for item in chosen]), **sides,
        parts=np.array([joint.parts for item in chosen for joint in item.joints], np.float32),
    )  # fmt: skip


class ArticleTask:
    """Opinions of annotated articles, in rounds.

    Args:
        cuts: The windows, in each of the ways in which the articles were cut; each round takes the next.
        labels: The aspects, in the order of the network's outputs.
    """

    def __init__(self, cuts: Sequence[Sequence[ArticleWindow]], labels: Sequence[str]) -> None:
        self._cuts, self._labels = cuts, labels

    def round(self, number: int, chance: random.Random) -> list[list[ArticleWindow]]:
        """Shuffle the windows of a round into batches; of short ones a batch holds more."""
        batches = []
        for short, size in ((False, BATCH), (True, 3 * BATCH)):
            order = [w for w in self._cuts[number % len(self._cuts)] if (len(w.window.ids) < SHORT) == short]
            chance.shuffle(order)
            batches += [order[first : first + size] for first in range(0, len(order), size)]
        chance.shuffle(batches)
        return batches

    def put(self, chosen: Sequence[ArticleWindow]) -> ArticleBatch:
        """Put the windows of a batch side by side."""
        return article_batch(chosen, self._labels)

    def loss(self, network: Any, batch: ArticleBatch) -> torch.Tensor:
        """Return the loss of tags, spans, choices and joints; an answer that the annotation also accepts costs half."""
        states = network.encode(batch.pieces)
        loss = functional.cross_entropy(network.op(states).float(), batch.tags, ignore_index=IGNORED)
        loss = loss + 0.5 * said_loss(network, states, batch.known, batch.said)
        mean = batch.spans @ states
        read = network.read(mean, mean, states[batch.pieces.firsts[batch.owners]])
        if len(batch.cut):
            evaluates = network.isop(read[batch.cut])[:, 0].float()
            loss = loss + functional.binary_cross_entropy_with_logits(evaluates, batch.evaluates)
        if len(batch.opinions):
            found = read[batch.opinions]
            polarity = network.pol(found).float().log_softmax(-1)
            right = polarity.gather(1, batch.polarity[:, None])[:, 0]
            accepted = polarity.masked_fill(~batch.accepted, -1e9).logsumexp(-1)
            loss = loss - 0.5 * (right + accepted).mean()
            named = network.asp(found).float()
            loss = loss + 4 * functional.binary_cross_entropy_with_logits(named, batch.aspects, weight=batch.certain)
        links = choice_losses(network, states, batch.choices)
        if len(links):
            loss = loss + 0.5 * links.mean()
        if len(batch.parts):
            joints = network.joints(batch.lefts @ states, batch.rights @ states, batch.places @ states).float()
            loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(joints, batch.parts)
        return loss


def article_windows(lined: Sequence[Lined], tokenizer: Any, *, shift: int = 0) -> list[ArticleWindow]:
    """Cut annotated articles into windows.

    Args:
        lined: The articles.
        tokenizer: A `tokenizers.Tokenizer`.
        shift: How many sentences later than usual windows begin.
    """
    return [window for article in lined for window in _of_article(article, tokenizer, shift)]


def _of_article(article: Lined, tokenizer: Any, shift: int) -> Iterator[ArticleWindow]:
    """Yield the windows of one article that hold a span to judge; a short text is not shifted, since no other window holds its beginning."""
    gold, proposals = article.gold, article.proposals
    mentions = proposals.accounts.mentions
    later = shift if len(gold.text) > LONG else 0
    windows = cut_windows(gold.text, proposals.sentences, mentions, tokenizer, shift=later)
    everything: list[tuple[Span, float | None, GoldOpinion | None]] = [
        *_units(article), *(((o.start, o.end), None, o) for o in gold.opinions if not o.optional),
        *((fact, 0.0, None) for fact in gold.facts),
    ]  # fmt: skip
    bounds = [(window.start, window.end) for window in windows]
    joints = list(gold_joints(article))
    inside = dict(shared_out(bounds, [(joint.left[0], joint.right[1]) for joint in joints]))
    for number, indices in shared_out(bounds, [item[0] for item in everything]):
        window = windows[number]
        near = [m for m in mentions if len(window.pieces(m.start, m.end))]
        judged = tuple(
            Judged(span, evaluates, opinion, _holders(opinion, near, article))
            for span, evaluates, opinion in (everything[i] for i in indices)
            if len(window.pieces(*span))
        )
        names = tuple((m.start, m.end) for m in near)
        held = [joints[i] for i in inside.get(number, ())]
        whole = tuple(j for j in held if len(window.pieces(*j.left)) and len(window.pieces(*j.right)))
        yield ArticleWindow(window, _opinion_tags(window, gold), _said(window, gold), judged, names, whole)


def _units(article: Lined) -> Iterator[tuple[Span, float, GoldOpinion | None]]:
    """Yield every run with how nearly it is one judgement in [0, 1], and which one; those of optional ones are left out.

    It is one as far as it holds the whole of one anchor and little else; less where it holds several.
    """
    candidates, covered = article.proposals.candidates, article.covered
    least: dict[GoldOpinion, tuple[float, int]] = {}
    for run, held in zip(candidates, covered, strict=True):
        for opinion in held:
            best = (-_share(run, opinion), run.end - run.start)
            least[opinion] = min(least.get(opinion, best), best)
    for run, held in zip(candidates, covered, strict=True):
        if any(opinion.optional for opinion in held):
            continue
        if len(held) == 1:
            tight = min(1.0, least[held[0]][1] / (run.end - run.start))
            whole = _share(run, held[0]) ** 2
            yield (run.start, run.end), whole * (1 - LOOSE + LOOSE * tight), held[0] if tight > 0.5 else None
        else:
            yield (run.start, run.end), SEVERAL if held else 0.0, None


def _share(run: Candidate, opinion: GoldOpinion) -> float:
    """Return how much of an anchor a run holds, to one digit: a comma makes no difference."""
    return round((min(run.end, opinion.end) - max(run.start, opinion.start)) / (opinion.end - opinion.start), 1)


def _holders(opinion: GoldOpinion | None, near: Sequence[Mention], article: Lined) -> tuple[int, ...]:
    """Return which of a window's mentions name the holder, counted from 1; 0 for the author and for critics at large; nothing where none can."""
    if opinion is None:
        return ()
    sources = article.proposals.accounts.resolver.sources
    found = [i for i, m in enumerate(near, start=1) if source_matches(opinion, sources[m][0], alias_names())]
    return tuple(found) if found else ((0,) if opinion.source_type in ("author", "other") else ())


def _opinion_tags(window: Window, gold: GoldArticle) -> Any:
    """Tag the pieces inside anchors; those of optional ones teach nothing."""
    tags = tag(window, [(o.start, o.end) for o in gold.opinions if not o.optional])
    for opinion in gold.opinions:
        if opinion.optional:
            tags[window.pieces(opinion.start, opinion.end)] = IGNORED
    return tags


def _said(window: Window, gold: GoldArticle) -> Any:
    """Tell of the pieces inside anchors whether somebody named says them; of critics at large, and where nobody annotated sources, nothing is known."""
    said = np.full(len(window.ids), IGNORED, np.int64)
    for opinion in gold.opinions:
        if opinion.source and opinion.source_type != "other" and not opinion.optional:
            said[window.pieces(opinion.start, opinion.end)] = opinion.source_type != "author"
    return said
