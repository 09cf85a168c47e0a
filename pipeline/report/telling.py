"""How telling each row is, and which are the best for and against each aspect of a work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.digest import quotes

Pair = tuple[str, int | None, int | None]
"""An aspect (empty for all), and the positions of the rows with the best praise and the best blame."""
LAST = 1_000_000
"""Rank of a row that is not among the quotes: who says it does not vote, or it was said before."""


def ranked(opinions: pd.DataFrame, articles: pd.DataFrame) -> dict[str, list[int]]:
    """Return the ranks of every row, 1 the most telling of its work and sentiment (see `pipeline.digest.quotes`).

    Args:
        opinions: An `opinions` table.
        articles: The `articles` table.

    Returns:
        Ranks among all aspects under ``all``, within the row's aspect under ``own``; `LAST` where a row is no quote.
    """
    listed = quotes(opinions, articles)
    found = dict(zip(zip(listed["opinion_id"], listed["aspect"], strict=True), listed["rank"], strict=True))
    keys = list(zip(opinions["opinion_id"], opinions["aspect"], strict=True))
    return {
        "all": [int(found.get((opinion, "all"), LAST)) for opinion, _ in keys],
        "own": [int(found.get(key, LAST)) for key in keys],
    }


def pairs(
    opinions: pd.DataFrame, of_work: Mapping[str, str], ranks: Mapping[str, list[int]], aspects: list[str]
) -> dict[str, list[Pair]]:
    """Return for each work the best praise and blame, of all aspects and of each.

    Args:
        opinions: An `opinions` table with the index 0, 1, ….
        of_work: Article id to the title of its work.
        ranks: From `ranked`.
        aspects: In the order that they are shown in.
    """
    best: dict[tuple[str, str, str], tuple[int, int]] = {}
    rows: list[dict[str, Any]] = opinions[["article_id", "aspect", "sentiment"]].to_dict("records")  # type: ignore[assignment]
    for n, row in enumerate(rows):
        work = of_work.get(row["article_id"], "")
        for aspect, rank in (("", ranks["all"][n]), (row["aspect"], ranks["own"][n])):
            key = (work, aspect, row["sentiment"])
            if rank < LAST:
                best[key] = min((rank, n), best.get(key, (LAST, n)))
    found: dict[str, list[Pair]] = {}
    for work in sorted({key[0] for key in best}, key=lambda name: (not name, name)):
        sides = [(a, best.get((work, a, "positive")), best.get((work, a, "negative"))) for a in ("", *aspects)]
        listed = [(a, praise and praise[1], blame and blame[1]) for a, praise, blame in sides]
        found[work] = [(a, praise, blame) for a, praise, blame in listed if (praise, blame) != (None, None)]
    return found
