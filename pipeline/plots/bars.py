"""Diverging bars of blame, mixed and praise."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.plots.canvas import (
    COLOURS,
    INK,
    PALE,
    PANELS,
    STEP,
    SYMBOLS,
    Chart,
    Row,
    altair,
    axis,
    checked,
    counted,
    finished,
    note,
    records,
)
from pipeline.plots.labels import named

_NEEDED = (
    "work", "aspect", "n_sources", "positive", "mixed", "negative", "positive_share", "wilson_low", "wilson_high",
    "consensus_score", "divisiveness",
)  # fmt: skip
_NAMES = {"negative": "− blame", "mixed": "± mixed", "positive": "+ praise"}
_WIDTH, _CHARACTER = 400, 6
"""Pixels of the bars' axis, and of a character of the count that is written on a bar if there is room."""


def bars(consensus: pd.DataFrame, *, work: str | None = None, title: str = "Praise and blame by aspect") -> Chart:
    """Draw for each aspect how many sources blame, are mixed and praise, and the share that praises with its interval.

    Bars spread from the middle of those who are mixed: blame to the left, praise to the right. At the right stand the share
    of sources that praise with its 95 % Wilson interval, and the divisiveness where at least four sources vote.

    Args:
        consensus: The `consensus` table.
        work: The work to draw; None draws every work of the table, one below the other, on one scale.
        title: The chart's title.

    Raises:
        InputError: The table lacks a column, or the work.
        SettingsError: Altair is not installed.
    """
    alt = altair()
    consensus = checked("consensus", consensus, _NEEDED)
    works = list(dict.fromkeys(consensus["work"]))
    if work is not None and work not in works:
        hint = f"its works: {', '.join(map(repr, works[:8])) or 'none'}"
        raise InputError(f"the consensus table has no work {work!r}", hint=hint)
    works = works if work is None else [work]
    if not works:
        return note(title, "No source has a vote.")
    hidden = counted(len(works) - PANELS, "work", ": give `work` to choose one")
    works = works[:PANELS]
    drawn = consensus[consensus["work"].isin(works)]
    reach = float((drawn[["negative", "positive"]].max(axis=1) + drawn["mixed"] / 2).max())
    headings = [name or ("no work given" if len(works) > 1 else "") for name in works]
    parts = [
        _work(alt, drawn[drawn["work"] == name], reach).properties(title=alt.Title(heading, anchor="start", fontSize=13, color=INK))
        for name, heading in zip(works, headings, strict=True)
    ]  # fmt: skip
    chart = alt.vconcat(*parts, spacing=24)
    keys = "Bars: sources, each counted once an aspect. Dots: the share of them that praises, with its 95 % interval."
    how = "Diverging bars of the sources that blame, are mixed and praise"
    return finished(
        chart,
        title,
        [keys, hidden],
        f"{how}, by aspect, and the share that praises with its Wilson interval: {_spoken(drawn)}",
    )


def _spoken(drawn: pd.DataFrame) -> str:
    """Say the verdict on each work in words."""
    return " ".join(
        f"{row['work'] or 'All'}: {row['positive']} praise, {row['mixed']} mixed, {row['negative']} blame."
        for row in records(drawn[drawn["aspect"] == "all"])
    )


def _work(alt: Any, table: pd.DataFrame, reach: float) -> Chart:
    """Draw one work: bars, shares, and divisiveness in figures."""
    rows = [{**row, "share": row["positive"] / row["n_sources"]} for row in records(table)]
    rows.sort(key=lambda row: (row["aspect"] != "all", -row["n_sources"], row["aspect"]))
    order = [row["aspect"] for row in rows]
    return alt.hconcat(_counts(alt, rows, order, reach), _shares(alt, rows, order), spacing=18)


def _segments(row: Row, reach: float) -> list[Row]:
    """Return the bars of an aspect; those who are mixed stand around 0."""
    half, unit = row["mixed"] / 2, _WIDTH / (2 * reach)
    ends = {
        "negative": (-half - row["negative"], -half),
        "mixed": (-half, half),
        "positive": (half, half + row["positive"]),
    }
    segments = []
    for label, (low, high) in ends.items():
        mark, room = f"{SYMBOLS[label]}{row[label]}", (high - low) * unit
        segments.append({
            **row, "verdict": _NAMES[label], "sources": row[label], "from": low, "to": high, "middle": (low + high) / 2,
            "mark": mark if room > len(mark) * _CHARACTER else "",
        })  # fmt: skip
    return [segment for segment in segments if segment["sources"]]


def _tooltip(alt: Any, *first: str) -> list[Any]:
    """List what a tooltip tells of an aspect."""
    figures = {
        "share": (".2f", "share that praises"),
        "wilson_low": (".2f", "interval from"),
        "wilson_high": (".2f", "interval to"),
        "positive_share": (".2f", "with half of the mixed"),
        "consensus_score": (".0f", "consensus score"),
        "divisiveness": (".2f", "divisiveness"),
    }
    plain = ("work:N", "aspect:N", *first, "n_sources:Q", "positive:Q", "mixed:Q", "negative:Q")
    told = (alt.Tooltip(f"{name}:Q", format=form, title=title) for name, (form, title) in figures.items())
    return [*plain, *told]


def _counts(alt: Any, rows: list[Row], order: list[str], reach: float) -> Chart:
    """Draw the bars and their counts."""
    segments = [segment for row in rows for segment in _segments(row, reach)]
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    base = alt.Chart(alt.Data(values=segments)).encode(
        y=alt.Y("aspect:N", sort=order, title=None, axis=axis(**named(order))),
        tooltip=_tooltip(alt, "verdict:N", "sources:Q"),
    )
    colour = alt.Color(
        "verdict:N", scale=alt.Scale(domain=list(_NAMES.values()), range=list(COLOURS.values())), legend=alt.Legend(title=None, orient="bottom")
    )  # fmt: skip
    across = alt.X("from:Q", scale=scale, title="← blame · sources · praise →", axis=axis(labels=False, grid=False))
    bar = base.mark_bar(height=STEP - 6).encode(x=across, x2="to:Q", color=colour)
    words = base.mark_text(color="white", fontSize=10, fontWeight="bold").encode(
        x=alt.X("middle:Q", scale=scale), text="mark:N"
    )
    return alt.layer(bar, words).properties(width=_WIDTH, height=alt.Step(STEP), view={"stroke": None})


def _shares(alt: Any, rows: list[Row], order: list[str]) -> Chart:
    """Draw the share that praises with its interval, and divisiveness in figures."""
    values = [{**row, "split": "" if row["divisiveness"] is None else f"{row['divisiveness']:.2f}"} for row in rows]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("aspect:N", sort=order, title=None, axis=None), tooltip=_tooltip(alt)
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    ticks = axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], labelColor=PALE, grid=True)
    across = alt.X("wilson_low:Q", scale=scale, title="share that praises", axis=ticks)
    rule = base.mark_rule(strokeWidth=3, color=COLOURS["positive"], opacity=0.4).encode(x=across, x2="wilson_high:Q")
    dot = base.mark_circle(size=70, color=COLOURS["positive"], opacity=1).encode(x=alt.X("share:Q", scale=scale))
    share = alt.layer(rule, dot).properties(width=190, height=alt.Step(STEP), view={"stroke": None})
    title = alt.X("zero:Q", title="divisiveness", axis=axis(labels=False, grid=False))
    figures = base.transform_calculate(zero="0").mark_text(fontSize=12, color=INK).encode(x=title, text="split:N")
    return alt.hconcat(share, figures.properties(width=70, height=alt.Step(STEP), view={"stroke": None}), spacing=8)
