"""Line the clauses of annotated articles up with their gold: what the ranker and the opinion classifier learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.analyze import Proposals, Reader
from pipeline.clauses import Cut
from pipeline.evaluate import COVERAGE, folded
from pipeline.gold import GoldArticle, GoldOpinion
from pipeline.outlets import load_gazetteer
from pipeline.schema import Candidate
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Lined:
    """The clauses of one article, and for each the gold opinions that it covers."""

    gold: GoldArticle
    proposals: Proposals
    covered: list[list[GoldOpinion]]


def line_up(gold: Sequence[GoldArticle], *, cut: Cut | None = None, network: bool = True) -> list[Lined]:
    """Propose the clauses of every article, as `Reader` does, and find the gold that each covers."""
    reader = Reader(Settings())
    found = []
    for article in gold:
        proposals = reader.propose(article.text, cut=cut, network=network)
        covered = [[o for o in article.opinions if covers(c, o)] for c in proposals.candidates]
        found.append(Lined(article, proposals, covered))
    return found


def covers(candidate: Candidate, opinion: GoldOpinion) -> bool:
    """Tell whether a candidate covers enough of an anchor."""
    shared = min(candidate.end, opinion.end) - max(candidate.start, opinion.start)
    return shared >= COVERAGE * (opinion.end - opinion.start)


@cache
def alias_names() -> dict[str, str]:
    """Return the folded names of outlets, for comparing sources."""
    return folded(load_gazetteer().aliases())
