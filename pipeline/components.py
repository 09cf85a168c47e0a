"""spaCy components: take one stage, or the whole reading, into a spaCy pipeline.

`pullquote_outlets` sets outlets as entities with `kb_id_`; `pullquote_opinions` sets the span group ``opinions``
and the list ``doc._.opinions``. Both are registered as entry points, so ``nlp.add_pipe("pullquote_opinions")`` works
without an import.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline import frames
from pipeline.api import Analyzer
from pipeline.outlets import OutletMatcher, load_gazetteer
from pipeline.schema import Analysis, Article
from pipeline.settings import make_settings

GROUP = "opinions"


@Language.factory("pullquote_outlets", default_config={"outlets": ""}, assigns=["doc.ents"])
def make_outlets(nlp: Language, name: str, outlets: str) -> OutletMatcher:  # noqa: ARG001 - spaCy passes the name
    """Make the component that sets ``OUTLET`` entities; `outlets` is a gazetteer file added to the bundled one."""
    return OutletMatcher(nlp, load_gazetteer(Path(outlets) if outlets else None))


@Language.factory("pullquote_opinions", default_config={"settings": {}}, assigns=["doc.spans", "doc._.opinions"])
def make_opinions(nlp: Language, name: str, settings: dict[str, Any]) -> OpinionComponent:  # noqa: ARG001 - spaCy passes both
    """Make the component that sets opinions; `settings` are those of `pipeline.load`."""
    return OpinionComponent(settings)


class OpinionComponent:
    """Reads a doc's text as an article.

    Args:
        settings: Fields of `pipeline.settings.Settings`.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._analyzer = Analyzer(make_settings(settings))
        if not Doc.has_extension("opinions"):
            Doc.set_extension("opinions", default=[])

    def __call__(self, doc: Doc) -> Doc:
        """Read the doc."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> Analysis:
        """Return the analysis of a doc's text."""
        return self._analyzer.read(Article("doc", doc.text))

    @staticmethod
    def set_annotations(doc: Doc, analysis: Analysis) -> None:
        """Set the span group ``opinions``, labelled by sentiment, and the rows of the opinions table."""
        spans = [
            doc.char_span(o.start, o.end, label=o.sentiment.label, alignment_mode="expand") for o in analysis.opinions
        ]
        doc.spans[GROUP] = [span for span in spans if isinstance(span, Span)]
        doc._.opinions = list(frames.opinion_rows(analysis))
