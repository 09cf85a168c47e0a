"""The rows of the opinions table, as the page's script takes them: column by column, each text once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline import frames
from pipeline.schema import COLUMNS

_UNSAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_FLOATS = [name for name, kind in frames.DTYPES.items() if kind == "float64"]


def aspects_in_order(opinions: pd.DataFrame) -> list[str]:
    """Return the aspects, ``overall`` first, then the most often judged."""
    counts = opinions["aspect"].value_counts()
    return sorted(counts.index, key=lambda aspect: (aspect != "overall", -counts[aspect], aspect))


def work_of(articles: pd.DataFrame) -> dict[str, str]:
    """Return the title of the work that each article is about, by the article's id."""
    return dict(zip(articles["article_id"], articles["work"], strict=True))


def embedded(
    opinions: pd.DataFrame, of_work: Mapping[str, str], *, aspects: list[str], ranks: Mapping[str, list[int]],
    titles: Mapping[str, str],
) -> Markup:  # fmt: skip
    """Return the rows as JSON that may stand inside a ``script`` element.

    Args:
        opinions: An `opinions` table with the columns `voter`, `repeats` and `turn` of `pipeline.frames.settled`.
        of_work: Article id to the title of its work.
        aspects: In the order that they are shown in.
        ranks: How telling each row is (see `pipeline.report.telling`).
        titles: Article id to its title.
    """
    names = COLUMNS["opinions"]
    data = {
        "columns": names,
        "floats": [name for name in names if name in _FLOATS],
        "values": {name: _column(opinions, name) for name in names},
        "work": _coded([of_work.get(article, "") for article in opinions["article_id"]]),
        "holder": _coded(opinions["voter"]),
        "group": _coded(kept or name for kept, name in zip(opinions["repeats"], opinions["opinion_id"], strict=True))[
            "rows"
        ],
        "turn": opinions["turn"].tolist(),
        "aspects": aspects,
        "ranks": ranks,
        "titles": titles,
    }
    return as_script(data)


def as_script(value: object) -> Markup:
    """Return a value as JSON without a character that could end a ``script`` element or a line of script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_UNSAFE))  # noqa: S704 - no character of markup is left


def _column(opinions: pd.DataFrame, name: str) -> Any:
    """Return one column: numbers and flags as they are, ids without their article, texts coded."""
    values = opinions[name]
    if name in ("opinion_id", "sentence_id"):
        starts = [f"{article}:{name[0]}" for article in opinions["article_id"]]
        return [_number(str(value), start) for value, start in zip(values, starts, strict=True)]
    if name in frames.DTYPES:
        return [None if pd.isna(value) else _plain(value) for value in values]
    return _coded(str(value) for value in values)


def _number(value: str, start: str) -> int | str:
    """Return the number behind an id's article, or the whole id where it is of another form."""
    rest = value.removeprefix(start)
    return (
        int(rest) if value.startswith(start) and rest.isascii() and rest.isdigit() and rest == str(int(rest)) else value
    )


def _plain(value: Any) -> Any:
    """Return a number or flag of Python's; what JSON has no number for is missing."""
    plain = value.item() if hasattr(value, "item") else value
    return plain if plain == plain and plain not in (float("inf"), float("-inf")) else None  # noqa: PLR0124 - NaN


def _coded(values: Iterable[str]) -> dict[str, list[Any]]:
    """Return each text once, and which of them each row has."""
    places: dict[str, int] = {}
    rows = [places.setdefault(value, len(places)) for value in values]
    return {"texts": list(places), "rows": rows}
