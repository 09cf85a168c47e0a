"""Move what was read of a text to where it stands in another that holds the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pipeline.schema import Analysis, Attribution, Content, Opinion, Sentence, Span

Stretch = TypeVar("Stretch", Sentence, Opinion, Content)
Place = Callable[[int, int], Span]
"""Returns for a stretch of one text where it stands in the other."""


def moved(analysis: Analysis, place: Place) -> Analysis:
    """Move every sentence, attribution and opinion.

    Args:
        analysis: What was read.
        place: Tells where a stretch, from its start to its end, stands now.
    """
    return replace(
        analysis,
        sentences=tuple(_ends(s, place) for s in analysis.sentences),
        attributions=tuple(_attribution(a, place) for a in analysis.attributions),
        opinions=tuple(_ends(o, place) for o in analysis.opinions),
    )


def _attribution(attribution: Attribution, place: Place) -> Attribution:
    """Move an attribution."""
    content = attribution.content
    source, cue = (place(*span) if span else None for span in (content.source, content.cue))
    return replace(attribution, content=replace(_ends(content, place), source=source, cue=cue))


def _ends(item: Stretch, place: Place) -> Stretch:
    """Move what has a start and an end."""
    start, end = place(item.start, item.end)
    return replace(item, start=start, end=end)
