"""What the charts share: colours, axes, titles, the note of an empty chart, and writing to a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import InputError, OutputError, SettingsError
from pipeline.frames import texts

Row = dict[str, Any]
Chart = Any
"""An Altair chart: plain, layered, faceted or concatenated."""

SYMBOLS = {"negative": "−", "mixed": "±", "positive": "+"}
COLOURS = {"negative": "#bf5b0b", "mixed": "#6f7681", "positive": "#2166ac"}
"""Told apart with any of the common colour blindnesses; white words can be read on each."""
INK, PALE, LINE = "#1f2933", "#52606d", "#d9dee3"
STEP = 24
"""Pixels for a row of words."""
PANELS = 12
"""Most works or aspects that have a panel of their own in one chart."""
SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+.2~f')"
"""Writes the figures of an axis with their sign."""
FORMATS = ("png", "svg", "pdf", "html", "json")
"""What `save` writes, by the file's ending."""


def altair() -> Any:
    """Import Altair, which only charts need.

    Raises:
        SettingsError: It is not installed.
    """
    try:
        import altair as alt
    except ImportError as error:
        raise _missing("altair") from error
    return alt


def checked(name: str, table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table's columns that a chart needs, each text on one line: Vega cannot read U+2028 in a name.

    Raises:
        InputError: A column is missing; the message names it.
    """
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        has = ", ".join(map(str, table.columns)) or "none"
        hint = f"give the {name} table of a run; the columns of this one: {has}"
        raise InputError(f"the {name} table has no column {', '.join(map(repr, lacking))}", hint=hint)
    needed = texts(name, table[list(columns)])
    words = [column for column in columns if not pd.api.types.is_numeric_dtype(needed[column])]
    return needed.assign(**{column: needed[column].map(_on_one_line) for column in words})


def _on_one_line(value: Any) -> Any:
    """Put single spaces between the words of a text; other values stay."""
    return " ".join(value.split()) if isinstance(value, str) else value


def records(table: pd.DataFrame) -> list[Row]:
    """Return rows as plain values, None where a cell is empty."""
    rows: list[Row] = json.loads(table.to_json(orient="records"))
    return rows


def axis(**options: Any) -> Any:
    """Make an axis without lines of its own whose words can be read."""
    plain = {"labelColor": INK, "titleColor": PALE, "titleFontWeight": "normal", "labelFontSize": 12, "domain": False}
    return altair().Axis(**{**plain, "ticks": False, "labelPadding": 8, "gridColor": LINE, **options})


def at_least_one(name: str, number: int) -> None:
    """Refuse a number of things to draw that is none.

    Raises:
        SettingsError: It is below 1.
    """
    if number < 1:
        raise SettingsError(f"{name} is {number}", hint="use 1 or more")


def counted(n: int, noun: str, rest: str) -> str:
    """Say how many of something are not drawn and why; nothing for none."""
    return f"{n} {noun}{' is' if n == 1 else 's are'} not drawn{rest}." if n > 0 else ""


def finished(chart: Chart, title: str, subtitle: Sequence[str], description: str) -> Chart:
    """Give a chart its title and what a screen reader says of it."""
    heading = altair().Title(
        title, subtitle=[line for line in subtitle if line], anchor="start", fontSize=16, color=INK, subtitleColor=PALE,
        subtitleFontSize=12, subtitlePadding=4, offset=14,
    )  # fmt: skip
    return chart.properties(title=heading, description=f"{title}. {description}", background="white", padding=12)


def note(title: str, words: str) -> Chart:
    """Return a chart that says why there is nothing to draw."""
    alt = altair()
    chart = alt.Chart(alt.Data(values=[{"note": words}])).mark_text(fontSize=13, color=PALE, align="left")
    chart = chart.encode(text="note:N", x=alt.value(0)).properties(width=460, height=40, view={"stroke": None})
    return finished(chart, title, [], words)


class _Escaped(json.JSONEncoder):
    """Writes JSON that can stand in a script of a page: Altair does not escape what a name says."""

    def encode(self, o: Any) -> str:
        """Write a value without an opening angle bracket."""
        return super().encode(o).replace("<", "\\u003c")


def save(chart: Chart, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write a chart to a file, without a browser or a network.

    Args:
        chart: A chart of this package, or any other of Altair.
        path: Its ending tells the format: png, svg, pdf, html or json. An HTML file holds all that it needs.
        scale: Pixels of a PNG for each pixel of the chart.

    Raises:
        SettingsError: The ending is none of these, or vl-convert-python is not installed.
        OutputError: The file cannot be written.
    """
    target = Path(path)
    kind = target.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise SettingsError(f"cannot write a chart as {target.name!r}", hint=f"end the name in {', '.join(FORMATS)}")
    kinds: dict[str, Row] = {
        "png": {"scale_factor": scale},
        "html": {"inline": True, "json_kwds": {"cls": _Escaped}},
    }
    try:
        if kind != "json":
            import vl_convert  # noqa: F401 - Altair itself says ValueError where it is missing
        target.parent.mkdir(parents=True, exist_ok=True)
        chart.save(str(target), format=kind, **kinds.get(kind, {}))
    except ImportError as error:
        raise _missing("vl-convert-python") from error
    except OSError as error:
        raise OutputError(
            f"cannot write {target}: {error}", hint="name a file in a folder that can be written"
        ) from error
    return target


def _missing(package: str) -> SettingsError:
    """Say which extra brings a package."""
    return SettingsError(f"charts need the package {package}", hint="pip install 'pullquote[report]'")
