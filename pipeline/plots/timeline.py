"""Opinions by the date of their article."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from pipeline.errors import SettingsError
from pipeline.frames import text_of
from pipeline.plots.canvas import (
    COLOURS,
    INK,
    PALE,
    PANELS,
    SIGNED,
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
from pipeline.plots.labels import named, shortened
from pipeline.schema import NON_VOTING

_GROUPS = ("work", "aspect", "")
_POINTS = 5_000
"""Most opinions that are drawn: more cannot be told apart, and make a picture slow."""
_SHAPES = ["triangle-down", "diamond", "triangle-up"]
_DATE = 24
"""Columns of a date that is shown because it cannot be read."""
_TEXT = 160
"""Characters of an opinion's text in a tooltip."""


def timeline(
    opinions: pd.DataFrame,
    articles: pd.DataFrame,
    *,
    date: str = "date",
    by: str = "work",
    days: int = 30,
    title: str = "Opinions in time",
) -> Chart:
    """Draw the opinions of those who vote by the date of their article and their score, and the mean of the days before.

    Args:
        opinions: The `opinions` table.
        articles: The `articles` table, with a column of dates.
        date: That column; dates as ISO 8601 has them, such as 2025-09-05. Opinions without one are counted below the title.
        by: ``work`` or ``aspect`` for a panel each, or empty for one panel of all.
        days: The line is the mean score of the opinions of so many days up to each date, that date's included.
        title: The chart's title.

    Raises:
        InputError: A table lacks a column.
        SettingsError: `by` or `days` cannot be used, or Altair is not installed.
    """
    alt = altair()
    opinions = checked(
        "opinions",
        opinions,
        ("article_id", "opinion_id", "source", "source_type", "aspect", "sentiment", "score", "text"),
    )
    articles = checked("articles", articles, ("article_id", "work", date))
    if by not in _GROUPS:
        raise SettingsError(f"cannot draw a timeline by {by!r}", hint="use work, aspect, or an empty text")
    at_least_one("days", days)
    table = _joined(opinions, articles, date, by)
    dated = table[table["date"].notna()].sort_values(["date", "opinion_id", "aspect"], kind="stable")
    if dated.empty:
        return note(title, _undated(table, date))
    unread = table[table["date"].isna() & (table["written"] != "")]
    left_out = [
        counted(len(table) - len(dated) - len(unread), "opinion", ": no date"),
        counted(len(unread), "opinion", f": a date that cannot be read, {_wanted(unread)}"),
    ]
    panels = _panels(dated, by)
    hidden = counted(len(panels) - PANELS, by, ": the least spoken of" if by == "aspect" else ": the latest")
    dated, panels = dated[dated["panel"].isin(panels[:PANELS])], panels[:PANELS]
    nth = math.ceil(len(dated) / _POINTS)
    thinned = f"One opinion in {nth} is drawn; the line counts all." if nth > 1 else ""
    keys = f"Each mark is an opinion: praise above, blame below. The line is the mean of the last {days} days."
    description = (
        f"Scores of {len(dated)} opinions from {dated['date'].min():%Y-%m-%d} to {dated['date'].max():%Y-%m-%d}."
    )
    chart = _drawn(alt, [*_points(dated.iloc[::nth]), *_means(dated, panels, days)], panels if by else [])
    return finished(chart, title, [keys, *left_out, hidden, thinned], " ".join(filter(None, [description, *left_out])))


def _undated(table: pd.DataFrame, date: str) -> str:
    """Say why no opinion has a date."""
    unread = table[table["written"] != ""]
    if unread.empty:
        return f"No opinion comes from an article with a date in the column {date!r}."
    return f"No date in the column {date!r} can be read, {_wanted(unread)}."


def _wanted(unread: pd.DataFrame) -> str:
    """Show one of the dates that cannot be read, and how dates are written."""
    example = shortened(next(iter(unread["written"]), ""), _DATE)
    return f"such as {example!r}: write dates as ISO 8601 has them, 2025-09-05"


def _joined(opinions: pd.DataFrame, articles: pd.DataFrame, date: str, by: str) -> pd.DataFrame:
    """Give the opinions that vote their work, date, as it is written too, and panel; one row an opinion unless aspects are drawn apart."""
    known = articles.drop_duplicates("article_id").set_index("article_id")
    rows = opinions[~opinions["source_type"].isin(NON_VOTING)]
    rows = rows if by == "aspect" else rows.drop_duplicates("opinion_id")
    written = pd.Series([text_of(value).strip() for value in known[date]], index=known.index, dtype="str")
    moments = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    known = known.assign(date=moments, written=written).reindex(rows["article_id"])
    rows = rows.assign(
        date=known["date"].to_numpy(), **{name: known[name].fillna("").to_numpy() for name in ("work", "written")}
    )
    return rows.assign(panel=rows[by] if by else "")


def _panels(dated: pd.DataFrame, by: str) -> list[str]:
    """Order panels: works by their first date, aspects by their number of opinions."""
    groups = dated.groupby("panel")
    order = -groups.size() if by == "aspect" else groups["date"].min()
    return [str(name) for name in sorted(order.index, key=lambda name: (order[name], name))]


def _points(dated: pd.DataFrame) -> list[Row]:
    """Return the marks of opinions."""
    shown = dated.assign(moment=_moments(dated["date"]), text=dated["text"].str.slice(0, _TEXT), kind="opinion")
    return records(shown[["kind", "panel", "moment", "score", "work", "source", "aspect", "sentiment", "text"]])


def _means(dated: pd.DataFrame, panels: list[str], days: int) -> list[Row]:
    """Return the running mean of each panel at each of its dates."""
    rows: list[Row] = []
    for name in panels:
        scores = dated.loc[dated["panel"] == name].set_index("date")["score"]
        window = scores.rolling(f"{days}D")
        means = pd.DataFrame({"score": window.mean(), "n": window.count()}).groupby(level="date").last()
        moments = _moments(means.index.to_series())
        rows += [
            {"kind": "mean", "panel": name, "moment": moment, "score": round(score, 4), "n": int(n)}
            for moment, score, n in zip(moments, means["score"], means["n"], strict=True)
        ]
    return rows


def _moments(dates: pd.Series[Any]) -> pd.Series[Any]:
    """Write dates with their time: a date alone would be midnight in Greenwich, and the day before in America."""
    moments: pd.Series[Any] = dates.dt.strftime("%Y-%m-%dT%H:%M:%S")
    return moments


def _drawn(alt: Any, values: list[Row], panels: list[str]) -> Chart:
    """Draw marks and lines, in a panel each where there are several."""
    wide = alt.Scale(padding=16)
    across = alt.X(
        "moment:T", title=None, scale=wide, axis=axis(format="%-d %b %Y", ticks=True, labelColor=PALE, tickCount=6)
    )
    scale = alt.Scale(domain=[-1.15, 1.15], nice=False)
    up = alt.Y(
        "score:Q", title=None, scale=scale, axis=axis(values=[-1, 0, 1], labelExpr=SIGNED, grid=True, labelColor=PALE)
    )
    labels, legend = list(COLOURS), alt.Legend(title=None, orient="bottom")
    when = alt.Tooltip("moment:T", title="date")
    marks = alt.Chart().transform_filter("datum.kind == 'opinion'").mark_point(size=50, filled=True, opacity=0.5).encode(
        x=across, y=up, color=alt.Color("sentiment:N", scale=alt.Scale(domain=labels, range=list(COLOURS.values())), legend=legend),
        shape=alt.Shape("sentiment:N", scale=alt.Scale(domain=labels, range=_SHAPES), legend=legend),
        tooltip=[when, *(f"{name}:N" for name in ("work", "source", "aspect", "sentiment", "text")), alt.Tooltip("score:Q", format="+.2f")],
    )  # fmt: skip
    line = (
        alt.Chart()
        .transform_filter("datum.kind == 'mean'")
        .mark_line(color=INK, strokeWidth=2, point={"color": INK, "size": 16})
    )
    line = line.encode(
        x=across,
        y=up,
        tooltip=[when, alt.Tooltip("score:Q", format="+.2f", title="mean"), alt.Tooltip("n:Q", title="opinions")],
    )
    chart = alt.layer(line, marks, data=alt.Data(values=values)).properties(
        width=520, height=84 if panels else 220, view={"stroke": None}
    )
    if not panels:
        return chart
    header = alt.Header(
        labelAngle=0, labelAlign="left", labelAnchor="middle", labelColor=INK, labelFontSize=12, **named(panels)
    )
    return chart.facet(row=alt.Row("panel:N", sort=panels, title=None, header=header), spacing=8)
