"""Tables of a run that a user reads back with pandas alone: empty cells are NaN, numbers stand for texts of digits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from samples import empty, result, votes

from pipeline import digest, frames, plots
from pipeline.highlight import highlight_html
from pipeline.report import render
from pipeline.write import write_table

Tables = dict[str, pd.DataFrame]
WORKS = {"1": "1917", "2": "1917", "3": ""}
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {"csv": pd.read_csv, "xlsx": pd.read_excel}


def _tables() -> Tables:
    """Make tables without a speaker, a cue or a section; one article of three has no work."""
    rows = [
        row
        for article in WORKS
        for row in votes(
            ("Variety", "outlet", "story+music", "positive", 0.9), ("Empire", "outlet", "story", "negative", -0.8),
            ("Slant", "outlet", "story", "mixed", 0.1), ("author", "author", "story", "positive", 0.4), article=article,
        )
    ]  # fmt: skip
    opinions = frames.frame("opinions", rows).assign(confidence=0.5, quoted=False)
    articles = frames.frame("articles", [
        {"article_id": key, "work": work, "n_chars": 9, "n_words": 2, "status": "ok", "date": f"2025-0{key}-01"} for key, work in WORKS.items()
    ])  # fmt: skip
    return {
        "opinions": opinions, "articles": articles, "summary": frames.summary(opinions),
        "consensus": frames.consensus(opinions, WORKS), "lean": digest.lean(opinions, articles),
        **{name: frames.frame(name, []) for name in ("attributions", "sentences", "errors")},
    }  # fmt: skip


def _works(tables: Tables) -> dict[Any, Any]:
    """Map articles to works as users do."""
    return dict(zip(tables["articles"]["article_id"], tables["articles"]["work"], strict=True))


def _both(function: Callable[..., Any]) -> Callable[[Tables], Any]:
    """Let a function take the two tables that most of them take."""
    return lambda tables: function(tables["opinions"], tables["articles"])


USES: dict[str, Callable[[Tables], Any]] = {
    "summary": lambda tables: frames.summary(tables["opinions"]),
    "consensus": lambda tables: frames.consensus(tables["opinions"], _works(tables)),
    "settled": lambda tables: frames.settled(frames.prepared(tables["opinions"], _works(tables)))[["voter", "repeats", "work"]],
    **{f"digest.{use.__name__}": _both(use) for use in (digest.matrix, digest.quotes, digest.lean, digest.audit)},
    **{f"plots.{use.__name__}": _both(use) for use in (plots.matrix, plots.timeline)},
    "plots.bars": lambda tables: plots.bars(tables["consensus"]),
    "plots.bars of a work": lambda tables: plots.bars(tables["consensus"], work="1917"),
    "plots.lean": lambda tables: plots.lean(tables["lean"], works=1),
    "render": render,
    "highlight_html": lambda tables: highlight_html("a text", tables["opinions"]),
}  # fmt: skip


def _plain(made: Any) -> Any:
    """Return what can be compared."""
    return made.to_json() if hasattr(made, "to_json") else made


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("use", USES)
def test_tables_read_back_with_pandas_alone_give_the_same(use: str, kind: str, tmp_path: Path) -> None:
    tables, again = _tables(), {}
    for name, table in tables.items():
        path = tmp_path / f"{name}.{kind}"
        write_table(table, path)
        again[name] = READERS[kind](path)
    assert again["opinions"]["speaker"].isna().all()
    assert _plain(USES[use](again)) == _plain(USES[use](tables))


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (["a", None], ["a", ""]), ([float("nan")] * 2, ["", ""]), ([1917.0, None], ["1917", ""]), ([7, 8], ["7", "8"]),
        ([True, False], ["True", "False"]), ([1.5, "x"], ["1.5", "x"]), ([pd.NA, pd.NaT], ["", ""]),
    ],
)  # fmt: skip
def test_what_pandas_makes_of_texts_is_text_again(cells: list[Any], texts: list[str]) -> None:
    table = pd.DataFrame({"work": cells, "n_chars": [1.0, None], "own": [None, 2.0]})
    found = frames.texts("articles", table)
    assert found["work"].tolist() == texts
    pd.testing.assert_frame_equal(found.drop(columns="work"), table.drop(columns="work"))
    assert frames.by_id(dict(enumerate(cells))) == {"0": texts[0], "1": texts[1]}


def test_tables_of_a_run_stay_as_they_are() -> None:
    for tables in (result().tables(), empty().tables()):
        for name, table in tables.items():
            assert frames.texts(name, table).equals(table)
            assert table.empty or frames.texts(name, table) is table
