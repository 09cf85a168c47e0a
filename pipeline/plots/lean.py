"""Houses compared: who is kinder and who is harsher than the others on the same works."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.plots.canvas import (
    COLOURS,
    PALE,
    SIGNED,
    STEP,
    Chart,
    Row,
    altair,
    at_least_one,
    axis,
    checked,
    counted,
    finished,
    note,
    records,
)
from pipeline.plots.labels import named

_WIDTH = 380
_LEAST_REACH, _REACH = 0.5, 2.0
"""How far the axis goes at least and at most: scores are in [-1, 1], so a gap is in [-2, 2]."""


def lean(
    table: pd.DataFrame,
    *,
    aspect: str = "all",
    works: int = 3,
    sources: int = 40,
    title: str = "Kinder or harsher than the others",
) -> Chart:
    """Draw how far each source's scores lie above or below those of the others on the same works.

    Args:
        table: The `lean` table of a report.
        aspect: The aspect whose rows are drawn; ``all`` is the whole work.
        works: Fewest works of a source that is drawn.
        sources: Most sources that are drawn, those with the most works first.
        title: The chart's title; below it stands how many sources are not drawn.

    Raises:
        InputError: The table lacks a column, or the aspect.
        SettingsError: `sources` is below 1, or Altair is not installed.
    """
    alt = altair()
    at_least_one("sources", sources)
    table = checked("lean", table, ("source", "aspect", "n_works", "gap", "gap_low", "gap_high"))
    told = _about(table, aspect)
    known = told[told["n_works"] >= works].sort_values(["n_works", "source"], ascending=[False, True])
    drawn = known.head(sources).sort_values(["gap", "source"], ascending=[False, True])
    least = _works(works)
    if drawn.empty:
        return note(title, f"No source has judged {least} or more that others judged too.")
    rows = [
        {**row, "side": "kinder" if row["gap"] >= 0 else "harsher", "works": _works(row["n_works"])}
        for row in records(drawn[["source", "n_works", "gap", "gap_low", "gap_high"]])
    ]  # fmt: skip
    more = [
        counted(len(told) - len(known), "source", f": fewer than {least} with others"),
        counted(
            len(known) - len(drawn), "source", f": no more than {sources} are drawn, those with the most works first"
        ),
    ]
    keys = "Mean gap from the other sources on the same works; the line is its 95 % interval."
    ends = f"from {rows[0]['source']} (kindest) to {rows[-1]['source']} (harshest)"
    told_of = f"Dots with intervals for {len(rows)} sources, {ends}."
    return finished(_drawn(alt, rows), title, [keys, *more], " ".join(filter(None, [told_of, *more])))


def _about(table: pd.DataFrame, aspect: str) -> pd.DataFrame:
    """Return the rows of an aspect that tell a gap.

    Raises:
        InputError: The table has rows, but none of this aspect.
    """
    aspects = list(dict.fromkeys(table["aspect"]))
    if aspects and aspect not in aspects:
        hint = f"its aspects: {', '.join(map(repr, aspects))}"
        raise InputError(f"the lean table has no aspect {aspect!r}", hint=hint)
    return table[(table["aspect"] == aspect) & table["gap"].notna()]


def _works(n: int) -> str:
    """Count works in words."""
    return f"{n} work{'s' * (n != 1)}"


def _drawn(alt: Any, rows: list[Row]) -> Chart:
    """Draw dots and intervals around 0."""
    bounds = [abs(row[key]) for row in rows for key in ("gap", "gap_low", "gap_high") if row[key] is not None]
    reach = min(_REACH, max(_LEAST_REACH, math.ceil(max(bounds) * 4) / 4))
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    sides = alt.Scale(domain=["harsher", "kinder"], range=[COLOURS["negative"], COLOURS["positive"]])
    names = [row["source"] for row in rows]
    figures = {"gap": "mean gap", "gap_low": "interval from", "gap_high": "interval to"}
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("source:N", sort=names, title=None, axis=axis(**named(names))),
        color=alt.Color("side:N", scale=sides, legend=None),
        tooltip=["source:N", alt.Tooltip("n_works:Q", title="works"), *(alt.Tooltip(f"{k}:Q", format="+.2f", title=v) for k, v in figures.items())],
    )  # fmt: skip
    across = alt.X(
        "gap:Q",
        scale=scale,
        title="← harsher · gap in mean score · kinder →",
        axis=axis(labelExpr=SIGNED, grid=True, labelColor=PALE, tickCount=6),
    )
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=PALE).encode(x=alt.X("zero:Q", scale=scale))
    interval = base.transform_filter("isValid(datum.gap_low)").mark_rule(strokeWidth=3, opacity=0.4, clip=True)
    interval = interval.encode(x=alt.X("gap_low:Q", scale=scale), x2="gap_high:Q")
    works = base.mark_text(align="left", fontSize=11).encode(
        x=alt.value(_WIDTH + 10), text="works:N", color=alt.value(PALE)
    )
    return alt.layer(zero, interval, base.mark_circle(size=110, opacity=1).encode(x=across), works).properties(
        width=_WIDTH, height=alt.Step(STEP), view={"stroke": None}
    )
