"""What displaCy, spaCy's visualizer, shows of a doc that `pullquote_opinions` has read.

The component's span group can be rendered as it is::

    displacy.render(doc, style="span", options={"spans_key": "opinions"})

`displacy_data` tells more, who says it and of what, and needs no span group::

    displacy.render(displacy_data(doc), style="span", manual=True)
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import InputError, SettingsError

if TYPE_CHECKING:
    from spacy.tokens import Doc

OPINIONS = "opinions"
"""Name of the span group, and of the attribute ``doc._.opinions`` and ``span._.opinions``."""
COLOURS = {"POSITIVE": "#9ec9f0", "NEGATIVE": "#f6b26b", "MIXED": "#cfd4da"}
"""Blue, orange and grey, on which black words can be read. spaCy finds them by an entry point of ``spacy_displacy_colors``."""
_HOLDING = "\u00a0"
"""A space that does not break: displaCy sets what stands below a word in a column as narrow as the word."""
Style = Literal["span", "ent"]


def displacy_data(doc: Doc, *, style: Style = "span") -> dict[str, Any]:
    """Return what `displacy.render` takes with ``manual=True``: the text and its opinions.

    A label is the sentiment; beside it, where displaCy shows a link to a knowledge base, stand source and aspects.

    Args:
        doc: A doc that the component `pullquote_opinions` has read.
        style: ``span``, which shows opinions that share words one above the other, or ``ent``, which shows words once: of
            opinions that overlap it keeps the first.

    Raises:
        SettingsError: The style is another.
        InputError: No component has read the doc.
    """
    if style not in ("span", "ent"):
        raise SettingsError(f"style is {style!r}", hint="use span or ent")
    rows = doc._.get(OPINIONS) if doc.has_extension(OPINIONS) else None
    if rows is None:
        raise InputError("no component has read this doc", hint="nlp.add_pipe('pullquote_opinions') first")
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["opinion_id"], []).append(row)
    marks = [mark for rows in grouped.values() if (mark := _mark(doc, rows, style))]
    data: dict[str, Any] = {"text": doc.text, "title": doc.user_data.get("title")}
    if style == "ent":
        return {**data, "ents": _apart(marks)}
    return {**data, "spans": marks, "tokens": [token.text for token in doc]}


def _mark(doc: Doc, rows: list[dict[str, Any]], style: Style) -> dict[str, Any] | None:
    """Return the mark of one opinion, whose rows differ in their aspect; displaCy escapes the text, but not what it calls ids."""
    first = rows[0]
    span = doc.char_span(first["start"], first["end"], alignment_mode="expand")
    if span is None:
        return None
    said = f"{first['source']}: {', '.join(row['aspect'] for row in rows)}".replace(
        " ", _HOLDING if style == "span" else " "
    )
    return {
        "start": span.start_char, "end": span.end_char, "start_token": span.start, "end_token": span.end,
        "label": first["sentiment"], "kb_id": escape(said), "kb_url": "#",
    }  # fmt: skip


def _apart(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the marks that overlap none before them."""
    kept: list[dict[str, Any]] = []
    for mark in sorted(marks, key=lambda mark: (mark["start"], mark["end"])):
        if not kept or mark["start"] >= kept[-1]["end"]:
            kept.append(mark)
    return kept
