"""Put the page together."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from pipeline.frames import by_id, consensus, prepared, settled
from pipeline.highlight import SYMBOLS, environment
from pipeline.report.checked import checked
from pipeline.report.figures import figure, works
from pipeline.report.marked import marked
from pipeline.report.matrix import matrix
from pipeline.report.rows import aspects_in_order, embedded, work_of
from pipeline.report.telling import pairs, ranked
from pipeline.report.texts import article_texts
from pipeline.resources import model_hashes
from pipeline.write import versions, write_text

OPEN_ARTICLES = 12
"""Up to so many articles stand open; more are folded."""
MANY_WORKS = 12
"""From more works on, the headline folds the rest, and quotes are shown for each work as a whole, not by aspect."""
_SCRIPTS = ("data.js", "figures.js", "notes.js", "sorting.js", "page.js")


def write_report(
    tables: Mapping[str, pd.DataFrame], path: Path, *, texts: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
) -> Path:  # fmt: skip
    """Write the report.

    Args:
        tables: Every table of a run by name.
        path: The HTML file to write.
        texts: Article id to its text; what is missing is looked for in the tables and in the articles' files.
        run: What `run.json` holds of versions, models and settings; versions and models are those of now where it is silent.

    Raises:
        InputError: A table is missing, or holds what no page can show.
        OutputError: The file cannot be written.
    """
    write_text(path, render(tables, texts=texts, run=run))
    return path


def render(
    tables: Mapping[str, pd.DataFrame], *, texts: Mapping[str, str] | None = None, run: Mapping[str, Any] | None = None
) -> str:
    """Return the report as HTML; everything that came from an article is escaped.

    The consensus is counted anew from the opinions, so that it fits them where a table was edited.

    Args:
        tables: Every table of a run by name.
        texts: Article id to its text; what is missing is looked for in the tables and in the articles' files.
        run: What `run.json` holds of versions, models and settings; versions and models are those of now where it is silent.

    Raises:
        InputError: A table is missing, or holds what no page can show.
    """
    tables = checked(tables)
    articles = tables["articles"]
    of_work = work_of(articles)
    opinions = settled(prepared(tables["opinions"], of_work))
    aspects = aspects_in_order(opinions)
    ranks = ranked(tables["opinions"], articles)
    titles = {key: title or key for key, title in zip(articles["article_id"], articles["title"], strict=True)}
    known = {key: (text, True) for key, text in by_id(texts or {}).items()}
    found = {**article_texts(tables), **known} if len(known) < len(articles) else known
    listed = works(consensus(tables["opinions"], of_work), aspects)
    quoted = pairs(opinions, of_work, ranks, aspects if len(listed) <= MANY_WORKS else [])
    script = "".join(_asset(name) for name in _SCRIPTS)
    return environment().get_template("report.html").render(
        works=listed, many=MANY_WORKS, aspects=aspects, groups=matrix(opinions, aspects),
        articles=marked({**tables, "opinions": opinions}, found), open_articles=len(articles) <= OPEN_ARTICLES,
        rows=_rows(opinions), quotes=quoted,
        errors=_records(tables["errors"]), n_opinions=opinions["opinion_id"].nunique(),
        sources=sorted({*opinions["source"], *opinions["voter"]}, key=lambda name: (name.casefold(), name)), symbols=SYMBOLS, letter=_letter, figure=figure, attr=_attribute,
        data=embedded(opinions, of_work, aspects=aspects, ranks=ranks, titles=titles),
        run=_about(run or {}),
        style=Markup(_asset("report.css")), script=Markup(script), script_hash=_digest(script),  # noqa: S704 - the package's own files
    )  # fmt: skip


def _about(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return versions, models and settings, the first two of now where a run does not tell."""
    known = {name: run[name] for name in ("versions", "models") if isinstance(run.get(name), dict)}
    now = {} if len(known) == 2 else {"versions": versions(), "models": model_hashes()}
    settings = run.get("settings")
    return {**now, **known, "settings": settings if isinstance(settings, dict) else {}}


def _asset(name: str) -> str:
    """Read a file that is put into the page as it is."""
    templates = environment()
    return templates.loader.get_source(templates, f"report/{name}")[0] if templates.loader else ""


def _letter(feeling: str) -> str:
    """Return the class that a feeling's style goes by."""
    return {"positive": "p", "mixed": "x", "negative": "n"}.get(feeling, "o")


def _attribute(value: str) -> Markup:
    """Return a text for an attribute; HTML takes a bare carriage return for a line feed, and the page's script knows it."""
    return Markup(str(escape(value)).replace("\r", "&#13;"))  # noqa: S704 - escaped


def _digest(script: str) -> str:
    """Return what a content security policy names a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows as plain values, None where there is none."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _rows(opinions: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the opinions with the position of the row that names their mark in the text: the first of the same opinion."""
    firsts = opinions.groupby("opinion_id", sort=False)["opinion_id"].transform(lambda rows: rows.index[0])
    return _records(opinions.assign(mark=firsts))
