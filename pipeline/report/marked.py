"""Articles as the page shows them: their texts in pieces, each with the opinions that cover it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.highlight import Mark, marks, pieces
from pipeline.schema import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of an article's text.

    Attributes:
        text: The characters.
        mark: The innermost opinion that covers it, or None.
        begins: Opinions whose first character is here.
        covers: Rows of all opinions that cover it, as the page's script takes them.
        leads: The first piece in which `mark` is the innermost: it takes the focus.
        heading: It stands in a heading.
    """

    text: str
    mark: Mark | None
    begins: tuple[Mark, ...]
    covers: str
    leads: bool
    heading: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """An article with its opinions in place; `whole` is false where its file has gone and its sentences are shown."""

    number: int
    row: Mapping[str, Any]
    stretches: tuple[Stretch, ...]
    counts: Mapping[str, int]
    whole: bool

    @property
    def title(self) -> str:
        """Its title, or its id."""
        return str(self.row["title"] or self.row["article_id"])


def marked(tables: Mapping[str, pd.DataFrame], texts: Mapping[str, tuple[str, bool]]) -> list[Marked]:
    """Return every article with its opinions in place.

    Args:
        tables: The tables of a run; the index of `opinions` is 0, 1, ….
        texts: Article id to its text, and whether that is the whole text.
    """
    opinions = dict(tuple(tables["opinions"].groupby("article_id", sort=False)))
    sentences = tables["sentences"]
    headings = dict(tuple(sentences[sentences["kind"] == "heading"].groupby("article_id", sort=False)))
    rows: list[dict[str, Any]] = tables["articles"].to_dict("records")  # type: ignore[assignment]
    found = []
    for number, row in enumerate(rows):
        text, known = texts.get(row["article_id"], ("", False))
        own = opinions.get(row["article_id"])
        titles = headings.get(row["article_id"])
        spans = [] if titles is None else list(zip(titles["start"].astype(int), titles["end"].astype(int), strict=True))
        listed = [] if own is None else [replace(mark, row=int(own.index[mark.row])) for mark in marks(own)]
        feelings = [mark.sentiment for mark in listed]
        counts = {feeling: feelings.count(feeling) for feeling in ("positive", "mixed", "negative")}
        found.append(Marked(number, row, tuple(_stretches(text, listed, spans)), counts, known))
    return found


def _stretches(text: str, found: list[Mark], headings: list[Span]) -> list[Stretch]:
    """Cut a text at its opinions and headings."""
    led: set[int] = set()
    stretches = []
    for piece in pieces(text, [*((mark.start, mark.end) for mark in found), *headings]):
        covering = [n for n in piece.marks if n < len(found)]
        inner = covering[-1] if covering else -1
        stretches.append(Stretch(
            piece.text, found[inner] if covering else None, tuple(found[n] for n in piece.begins if n < len(found)),
            " ".join(str(found[n].row) for n in reversed(covering)), inner not in led, len(covering) < len(piece.marks),
        ))  # fmt: skip
        led.add(inner)
    return stretches
