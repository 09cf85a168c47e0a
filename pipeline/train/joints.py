"""What annotated articles teach about joints: where what one source says passes from one judgement to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.clauses import pieces
from pipeline.opinions import stretches
from pipeline.schema import Span
from pipeline.train.clauses import Lined

SLACK = 2
"""Characters by which an annotation and a piece may miss each other."""
BETWEEN, BESIDE = 0.6, 0.4
"""How surely to cut between two judgements but not right behind the first, and beside a single one."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Two neighbouring pieces of what one source says, and how surely they belong to two judgements, in [0, 1]."""

    left: Span
    right: Span
    parts: float


def gold_joints(article: Lined) -> Iterator[Joint]:
    """Yield the joints of an article that its annotation decides; optional opinions count like the others.

    Args:
        article: An annotated article, its sentences and attributions found.
    """
    text, opinions, proposals = article.gold.text, article.gold.opinions, article.proposals
    said = stretches(text, proposals.sentences, proposals.accounts.ruled)
    for start, end, _ in (part for _, _, parts in said for part in parts):
        here = [(o.start, o.end) for o in opinions if o.start < end and start < o.end]
        for left, right in pairwise(pieces(text, start, end)):
            parts = _parts(here, (left.start, left.end), (right.start, right.end))
            if parts is not None:
                yield Joint((left.start, left.end), (right.start, right.end), parts)


def _parts(judgements: list[Span], left: Span, right: Span) -> float | None:
    """Return how surely a joint parts two judgements; None where nothing is judged near it."""
    after = [j for j in judgements if j[0] >= right[0] - SLACK]
    before = [j for j in judgements if j[1] <= right[0] + SLACK and j not in after]
    if any(j not in before and j not in after for j in judgements):
        return 0.0
    if before and after:
        return 1.0 if max(end for _, end in before) > left[0] + SLACK else BETWEEN
    touched = any(start < right[1] and left[0] < end for start, end in judgements)
    return BESIDE if touched else None
