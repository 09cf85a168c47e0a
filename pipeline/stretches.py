"""Read a very long text in stretches, so that memory does not grow with its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pipeline.moved import moved
from pipeline.schema import Analysis, Article, Span

LONGEST = 30_000
"""Characters read at once, some five thousand words: more than nearly every article has. A longer text is cut where a paragraph ends."""
_ENDS = ("\n\n", "\r\n\r\n", "\n", "\r", ". ", " ")
"""What a text is cut behind: the first of these that the second half of a stretch holds."""


def read_long(article: Article, read: Callable[[Article], Analysis], *, longest: int = LONGEST) -> Analysis:
    """Read an article, stretch by stretch where it is very long.

    A name or heading of one stretch is not known in the next.

    Args:
        article: Any article.
        read: Reads an article at once.
        longest: Characters of a stretch, at most.
    """
    spans = list(cut(article.text, longest=longest))
    if len(spans) == 1:
        return read(article)
    whole = Analysis(article, (), (), (), (), ())
    for start, end in spans:
        whole = _joined(whole, read(replace(article, text=article.text[start:end])), start)
    return whole


def cut(text: str, *, longest: int) -> Iterator[Span]:
    """Yield the stretches of a text, in order and without a gap; at least one.

    Args:
        text: Raw text.
        longest: Characters of a stretch, at most.
    """
    start = 0
    while len(text) - start > longest:
        places = (text.rfind(mark, start + longest // 2, start + longest) + len(mark) for mark in _ENDS)
        end = next((place for place in places if place > start + longest // 2), start + longest)
        yield start, end
        start = end
    yield start, len(text)


def _joined(whole: Analysis, part: Analysis, offset: int) -> Analysis:
    """Put what was read of the next stretch, which begins at an offset, behind what was read before."""
    told, lines = len(whole.sentences), whole.sentences[-1].paragraph + 1 if whole.sentences else 0
    numbered = whole.opinions[-1].number if whole.opinions else 0
    part = moved(part, lambda start, end: (start + offset, end + offset))
    return replace(
        whole,
        sentences=(*whole.sentences, *(replace(s, paragraph=s.paragraph + lines) for s in part.sentences)),
        subjectivity=(*whole.subjectivity, *part.subjectivity),
        vader=(*whole.vader, *part.vader),
        attributions=(*whole.attributions, *part.attributions),
        opinions=(
            *whole.opinions,
            *(replace(o, sentence=o.sentence + told, number=o.number + numbered) for o in part.opinions),
        ),
        dropped=whole.dropped + part.dropped,
    )
