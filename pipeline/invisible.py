"""Read a text as a reader sees it: soft hyphens, zero-width spaces, marks of direction and of byte order hide no name.

Characters that Unicode calls ignorable by default (DerivedCoreProperties.txt, Default_Ignorable_Code_Point) as far as they occur
in texts: web pages and joined files bring them along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pipeline.moved import moved
from pipeline.schema import Analysis, Article, Span

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)


def read_visible(article: Article, read: Callable[[Article], Analysis]) -> Analysis:
    """Read an article without what nobody sees; what was read stands where it is in the whole text.

    Args:
        article: Any article.
        read: Reads an article without such characters.
    """
    text = article.text
    hidden = {match.start() for match in _INVISIBLE.finditer(text)}
    if not hidden:
        return read(article)
    kept = [place for place in range(len(text)) if place not in hidden]

    def place(start: int, end: int) -> Span:
        return (kept[start], kept[end - 1] + 1) if start < end else (0, 0)

    analysis = read(replace(article, text="".join(text[place] for place in kept)))
    return replace(moved(analysis, place), article=article)
