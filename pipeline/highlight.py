"""Opinions marked in the text that they stand in: flat pieces of text, and an HTML fragment of them for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.counts import several
from pipeline.frames import texts
from pipeline.schema import NON_VOTING, Span

SYMBOLS = {"positive": "+", "mixed": "±", "negative": "−", "neutral": "○"}
"""A sign for each feeling, so that colour never tells it alone."""


class Piece(NamedTuple):
    """A stretch of text with the spans that cover it.

    Attributes:
        text: The characters, as they stand.
        marks: Positions of the spans that cover it, the longest first.
        begins: Those of `marks` that begin here.
    """

    text: str
    marks: tuple[int, ...]
    begins: tuple[int, ...]


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut a text wherever a span begins or ends; the pieces, joined, are the text.

    Nested and overlapping spans need no nested elements then: each piece is escaped once and knows all that cover it.

    Args:
        text: The article's text.
        spans: Offsets in any order; what reaches beyond the text is cut, empty spans mark nothing.
    """
    inside = {n: (max(0, start), min(len(text), end)) for n, (start, end) in enumerate(spans)}
    spread = sorted((n for n, (start, end) in inside.items() if start < end), key=lambda n: (-_length(inside[n]), n))
    cuts = sorted({0, len(text), *(cut for n in spread for cut in inside[n])})
    opening: dict[int, list[int]] = {}
    for n in spread:
        opening.setdefault(inside[n][0], []).append(n)
    rank = {n: place for place, n in enumerate(spread)}
    covering: list[int] = []
    found = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        begins = opening.get(start, [])
        covering = sorted((n for n in [*covering, *begins] if inside[n][1] > start), key=rank.__getitem__)
        found.append(Piece(text[start:end], tuple(covering), tuple(begins)))
    return found


def _length(span: Span) -> int:
    """Return how many characters a span has."""
    return span[1] - span[0]


@dataclass(frozen=True, slots=True)
class Mark:
    """One opinion as it is shown in a text, its rows of several aspects joined.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last.
        opinion_id: Which opinion.
        source: Who holds it.
        source_type: What the source is.
        speaker: The named person, or empty.
        sentiment: ``positive``, ``mixed`` or ``negative``.
        aspects: What is judged.
        cue: The words that attribute it, or empty.
        rule: The rule that decided whose it is.
        confidence: That all of the row is right, in [0, 1]; NaN where unknown.
        row: Position of its first row in the table.
    """

    start: int
    end: int
    opinion_id: str
    source: str
    source_type: str
    speaker: str
    sentiment: str
    aspects: tuple[str, ...]
    cue: str
    rule: str
    confidence: float
    row: int

    @property
    def symbol(self) -> str:
        """The sign of its feeling."""
        return SYMBOLS.get(self.sentiment, "")

    @property
    def voice(self) -> str:
        """``author`` for the article's own voice, ``critics`` for sources that vote, ``others`` for those that do not."""
        return voice(self.source_type)

    @property
    def told(self) -> str:
        """Say in a line who judges what, how, and by what that was told."""
        who = f"{self.source} ({self.speaker})" if self.speaker not in ("", self.source) else self.source
        cue = f", cue “{self.cue}”" if self.cue else ""
        sure = "" if pd.isna(self.confidence) else f", confidence {self.confidence:.2f}"
        return f"{who}: {self.sentiment} on {', '.join(self.aspects)}. Rule {self.rule or 'unknown'}{cue}{sure}"


def voice(source_type: str) -> str:
    """Tell whose voice a type of source is: ``author``, ``critics`` (they vote) or ``others`` (they do not)."""
    if source_type == "author":
        return "author"
    return "others" if source_type in NON_VOTING else "critics"


def marks(opinions: pd.DataFrame) -> list[Mark]:
    """Join the rows of each opinion to a mark, in the order of the text.

    Args:
        opinions: Rows of an `opinions` table that are about one article.
    """
    found: dict[str, Mark] = {}
    rows: list[dict[str, Any]] = texts("opinions", opinions).to_dict("records")  # type: ignore[assignment]
    for place, row in enumerate(rows):
        key, aspect = row["opinion_id"], row["aspect"]
        if key in found:
            if aspect not in found[key].aspects:
                found[key] = replace(found[key], aspects=(*found[key].aspects, aspect))
        elif not pd.isna(row["start"]) and not pd.isna(row["end"]):
            found[key] = Mark(
                int(row["start"]), int(row["end"]), key, row["source"], row["source_type"], row["speaker"],
                row["sentiment"], (aspect,), row["cue"], row["attribution"], row["confidence"], place,
            )  # fmt: skip
    return sorted(found.values(), key=lambda mark: (mark.start, -mark.end, mark.row))


@cache
def environment() -> Environment:
    """Return what renders the package's templates; everything is escaped that is not markup of a template."""
    made = Environment(
        loader=PackageLoader("pipeline"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
    made.globals["several"] = several
    return made


def highlight_html(text: str, opinions: pd.DataFrame, *, title: str = "", limit: int = 6000) -> str:
    """Return a text with its opinions marked, as a fragment of HTML that brings its own style.

    Colour and a sign tell the feeling, the source stands behind each mark, rule and confidence are in its ``title``.

    Args:
        text: The article's text.
        opinions: Rows of an `opinions` table that are about it.
        title: Shown above the text.
        limit: Characters shown; the rest is counted.
    """
    return environment().get_template("highlight.html").render(shown=[_shown(text, opinions, title, limit)], **_BARE)


_BARE: dict[str, Any] = {"unshown": 0, "consensus": [], "counts": ""}


def result_html(
    texts: Sequence[tuple[str, str, pd.DataFrame]], consensus: pd.DataFrame, *, counts: str, articles: int = 3, limit: int = 6000,
) -> str:  # fmt: skip
    """Return articles with their opinions marked and a small table of consensus, as a fragment of HTML.

    Args:
        texts: Title, text and rows of opinions of each article.
        consensus: A `consensus` table.
        counts: A line that says how much there is.
        articles: How many articles are shown; the others are counted.
        limit: Characters shown of each.
    """
    shown = [_shown(text, opinions, title, limit) for title, text, opinions in texts[:articles]]
    return environment().get_template("highlight.html").render(
        shown=shown, unshown=max(0, len(texts) - articles), counts=counts,
        consensus=consensus.astype(object).where(consensus.notna(), None).to_dict("records"),
    )  # fmt: skip


def _shown(text: str, opinions: pd.DataFrame, title: str, limit: int) -> dict[str, Any]:
    """Return what the template shows of an article."""
    found = marks(opinions)
    cut = text[:limit]
    spread = [
        {"text": piece.text, "mark": found[piece.marks[-1]] if piece.marks else None, "begins": [found[n] for n in piece.begins]}
        for piece in pieces(cut, [(mark.start, mark.end) for mark in found])
    ]  # fmt: skip
    return {"title": title, "pieces": spread, "rest": len(text) - len(cut)}
