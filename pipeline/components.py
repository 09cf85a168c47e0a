"""spaCy components: take one stage, or the whole reading, into a spaCy pipeline.

`pullquote_outlets` sets outlets as entities with `kb_id_`. `pullquote_opinions` sets a span group, ``doc.spans["opinions"]``:
a span's label is its sentiment, its `id_` the opinion's; ``doc._.opinions`` holds the rows of the opinions table, None
before the doc is read, and ``span._.opinions`` those of one span. Of two such components in one pipeline each has its own
span group (`spans_key`): its name stands before the ids of spans, and ``doc._.opinions`` holds what the last one found. What is
known of a text may stand in ``doc._.article`` beforehand: a mapping of article_id, title, publisher and work. Both are registered
as entry points, so ``nlp.add_pipe("pullquote_opinions")`` works without an import. `pipeline.displacy` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.displacy import OPINIONS
from pipeline.schema import Analysis, Article

if TYPE_CHECKING:
    from pipeline.outlets import OutletMatcher

_KNOWN = ("article_id", "title", "publisher", "work")
_ROWS = "pullquote"
"""Where a doc keeps the rows of its spans, by the ids of these."""

# spaCy imports every factory there is when it loads any pipeline: what is heavy waits for its component.


@Language.factory("pullquote_outlets", default_config={"outlets": ""}, assigns=["doc.ents"])
def make_outlets(nlp: Language, name: str, outlets: str) -> OutletMatcher:  # noqa: ARG001 - spaCy passes the name
    """Make the component that sets ``OUTLET`` entities; `outlets` is a gazetteer file added to the bundled one."""
    from pipeline.outlets import OutletMatcher, load_gazetteer

    return OutletMatcher(nlp, load_gazetteer(Path(outlets) if outlets else None))


@Language.factory(
    "pullquote_opinions",
    default_config={"settings": {}, "spans_key": OPINIONS},
    assigns=["doc.spans", "doc._.opinions", "span._.opinions"],
)
def make_opinions(nlp: Language, name: str, settings: dict[str, Any], spans_key: str) -> OpinionComponent:  # noqa: ARG001 - spaCy passes both
    """Make the component that sets opinions; `settings` are those of `pipeline.load`, `spans_key` names the span group."""
    return OpinionComponent(settings, spans_key=spans_key)


class OpinionComponent:
    """Reads a doc's text as an article.

    Args:
        settings: Fields of `pipeline.settings.Settings`.
        spans_key: Name of the span group to set.
    """

    def __init__(self, settings: dict[str, Any], *, spans_key: str = OPINIONS) -> None:
        from pipeline.api import Analyzer
        from pipeline.settings import make_settings

        self._analyzer = Analyzer(make_settings(settings))
        self._spans_key = spans_key
        for name in (OPINIONS, "article"):
            if not Doc.has_extension(name):
                Doc.set_extension(name, default=None)
        if not Span.has_extension(OPINIONS):
            Span.set_extension(OPINIONS, getter=rows_of)

    def __call__(self, doc: Doc) -> Doc:
        """Read the doc."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> Analysis:
        """Return the analysis of a doc's text."""
        told = doc._.article if isinstance(doc._.article, Mapping) else {}
        known = ("" if told.get(name) is None else str(told[name]) for name in _KNOWN)
        article_id, title, publisher, work = known
        return self._analyzer.read(Article(article_id or "doc", doc.text, title, publisher, work))

    def set_annotations(self, doc: Doc, analysis: Analysis) -> None:
        """Set the span group, labelled by sentiment, and the rows of the opinions table."""
        from pipeline.frames import opinion_rows

        rows = list(opinion_rows(analysis))
        own = "" if self._spans_key == OPINIONS else f"{self._spans_key}/"
        found: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            found.setdefault(f"{own}{row['opinion_id']}", []).append(row)
        spans = [
            doc.char_span(first["start"], first["end"], label=first["sentiment"], span_id=key, alignment_mode="expand")
            for key, (first, *_) in found.items()
        ]
        doc.spans[self._spans_key] = [span for span in spans if isinstance(span, Span)]
        doc.user_data[_ROWS] = {**doc.user_data.get(_ROWS, {}), **found}
        doc._.opinions = rows


def rows_of(span: Span) -> list[dict[str, Any]]:
    """Return the rows of a span's opinion, one for each aspect; none for a span that is no opinion, or of a doc not read."""
    rows: list[dict[str, Any]] = span.doc.user_data.get(_ROWS, {}).get(span.id_, [])
    return rows
