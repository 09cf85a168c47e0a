"""A heat map of sources by aspects."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from pipeline.consensus import verdict
from pipeline.frames import prepared, settled
from pipeline.plots.canvas import (
    INK,
    SIGNED,
    STEP,
    SYMBOLS,
    Chart,
    Row,
    altair,
    at_least_one,
    axis,
    checked,
    counted,
    finished,
    note,
)
from pipeline.plots.labels import named

_SCALE = {-1.0: "#a84a00", -0.5: "#f0b27a", 0.0: "#eceff1", 0.5: "#8db9e2", 1.0: "#1b5a9e"}
"""Mean score to colour; what lies between is blended."""
_NEEDED = (
    "article_id", "opinion_id", "text", "source", "source_type", "speaker", "aspect", "sentiment", "score", "confidence",
)  # fmt: skip
_SILENT = " (no vote)"
_DARK = 0.75
"""Beyond this score, above or below 0, a cell is so dark that its words are white."""


def matrix(
    opinions: pd.DataFrame,
    articles: pd.DataFrame | None = None,
    *,
    sources: int = 40,
    title: str = "Who says what about which part",
) -> Chart:
    """Draw sources against aspects: a cell's colour is its mean score, its symbol the verdict, its number the opinions.

    Opinions are counted as in the consensus and in the report's matrix: what a source says again about a work counts once,
    and a critic's words count for the outlet. A source's cells sum up all works.

    Args:
        opinions: The `opinions` table. Those who vote stand first, the most heard above; the others are marked "no vote".
        articles: The `articles` table, which tells the work; without it each article stands for itself, and a quote in two of
            them counts twice.
        sources: Most sources that are drawn; the title tells how many are not.
        title: The chart's title.

    Raises:
        InputError: The table lacks a column.
        SettingsError: `sources` is below 1, or Altair is not installed.
    """
    alt = altair()
    at_least_one("sources", sources)
    opinions = checked("opinions", opinions, _NEEDED)
    if articles is not None:
        articles = checked("articles", articles, ("article_id", "work"))
    if opinions.empty:
        return note(title, "No opinions to draw.")
    rows = _cells(opinions, articles)
    names = list(dict.fromkeys(row["name"] for row in rows))
    shown = set(names[:sources])
    rows = [row for row in rows if row["name"] in shown]
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["aspect"]] = sizes.get(row["aspect"], 0) + row["n"]
    aspects = sorted(sizes, key=lambda aspect: (-sizes[aspect], aspect))
    chart = _drawn(alt, rows, names[:sources], aspects)
    left_out = counted(len(names) - len(shown), "source", ": the least heard")
    keys = "+ praise, ± mixed, − blame; the number: of so many opinions, a repeated quote counted once."
    description = (
        f"Heat map of {len(shown)} sources by {len(aspects)} aspects; a symbol in each cell gives the verdict."
    )
    return finished(chart, title, [keys, left_out], f"{description} {left_out}".strip())


def _cells(opinions: pd.DataFrame, articles: pd.DataFrame | None) -> list[Row]:
    """Count the opinions of each source on each aspect, in the order in which sources are drawn."""
    works = {} if articles is None else dict(zip(articles["article_id"], articles["work"], strict=True))
    known = settled(prepared(opinions, works))
    table = known[known["repeats"] == ""].assign(source=lambda kept: kept["voter"])
    sizes = table.groupby(["source", "votes"]).size().to_dict()
    rows = []
    for (source, votes, aspect), group in table.groupby(["source", "votes", "aspect"], sort=True):
        label, n = verdict(group["score"].tolist(), group["sentiment"].tolist()), len(group)
        rows.append({
            "name": source if votes else f"{source}{_SILENT}", "source": source, "type": ", ".join(sorted(set(group["source_type"]))),
            "aspect": aspect, "verdict": label, "n": n, "score": round(math.fsum(group["score"]) / n, 4),
            "mark": SYMBOLS.get(label, "") + (str(n) if n > 1 else ""), "order": (not votes, -sizes[source, votes], source),
        })  # fmt: skip
    rows.sort(key=lambda row: (row["order"], row["aspect"]))
    return [{key: value for key, value in row.items() if key != "order"} for row in rows]


def _drawn(alt: Any, rows: list[Row], names: list[str], aspects: list[str]) -> Chart:
    """Draw the cells and what stands in them."""
    tooltip = [
        "source:N", "type:N", "aspect:N", "verdict:N", alt.Tooltip("n:Q", title="opinions"),
        alt.Tooltip("score:Q", format="+.2f", title="mean score"),
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("aspect:N", sort=aspects, title=None, axis=axis(orient="top", labelAngle=-40, **named(aspects))),
        y=alt.Y("name:N", sort=names, title=None, axis=axis(**named(names, tail=_SILENT))),
        tooltip=tooltip,
    )
    scale = alt.Scale(domain=list(_SCALE), range=list(_SCALE.values()), interpolate="rgb")
    legend = alt.Legend(title="mean score", gradientLength=110, values=[-1, 0, 1], labelExpr=SIGNED)
    cells = base.mark_rect(stroke="white", strokeWidth=2, cornerRadius=3)
    ink = alt.condition(f"abs(datum.score) > {_DARK}", alt.value("white"), alt.value(INK))
    marks = base.mark_text(fontSize=12, fontWeight="bold").encode(text="mark:N", color=ink)
    return alt.layer(cells.encode(color=alt.Color("score:Q", scale=scale, legend=legend)), marks).properties(
        width=alt.Step(44), height=alt.Step(STEP), view={"stroke": None}
    )
