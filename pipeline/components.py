"""spaCy components: take one stage, or the whole reading, into a spaCy pipeline.

`pullquote_outlets` sets outlets as entities with `kb_id_`. `pullquote_opinions` sets a span group, ``doc.spans["opinions"]``:
a span's label is its sentiment, its `id_` the opinion's; ``doc._.opinions`` holds the rows of the opinions table, None
before the doc is read, and ``span._.opinions`` those of one span. Both are registered as entry points, so ``nlp.add_pipe("pullquote_opinions")`` works
without an import. `pipeline.displacy` shows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.displacy import OPINIONS
from pipeline.schema import Analysis, Article

if TYPE_CHECKING:
    from pipeline.outlets import OutletMatcher

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
        if not Doc.has_extension(OPINIONS):
            Doc.set_extension(OPINIONS, default=None)
        if not Span.has_extension(OPINIONS):
            Span.set_extension(OPINIONS, getter=rows_of)

    def __call__(self, doc: Doc) -> Doc:
        """Read the doc."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> Analysis:
        """Return the analysis of a doc's text."""
        return self._analyzer.read(Article("doc", doc.text))

    def set_annotations(self, doc: Doc, analysis: Analysis) -> None:
        """Set the span group, labelled by sentiment, and the rows of the opinions table."""
        from pipeline.frames import opinion_rows

        rows = list(opinion_rows(analysis))
        places = {row["opinion_id"]: (row["start"], row["end"], row["sentiment"]) for row in rows}
        spans = [
            doc.char_span(start, end, label=label, span_id=key, alignment_mode="expand")
            for key, (start, end, label) in places.items()
        ]
        doc.spans[self._spans_key] = [span for span in spans if isinstance(span, Span)]
        doc._.opinions = rows


def rows_of(span: Span) -> list[dict[str, Any]]:
    """Return the rows of a span's opinion, one for each aspect; none for a span that is no opinion, or of a doc not read."""
    return [row for row in span.doc._.opinions or [] if row["opinion_id"] == span.id_]
