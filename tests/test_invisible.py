"""Characters that nobody sees hide nothing, and offsets hold all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analyze import Reader
from pipeline.invisible import _INVISIBLE, read_visible
from pipeline.schema import Analysis, Article, Sentence
from pipeline.settings import Settings

PLAIN = "Variety called the score superb. “It drags,” wrote Ann Lee of The Guardian."
HIDDEN = {
    "zero-width space behind": PLAIN.replace("Variety", "Variety\u200b"),
    "byte order mark before": "\ufeff" + PLAIN,
    "soft hyphens": PLAIN.replace("Variety", "Va\u00adri\u00adety").replace("superb", "su\u00adperb"),
    "word joiners": "\u2060".join(PLAIN),
    "direction": PLAIN.replace("The Guardian", "\u2066The\u200e Guardian\u2069"),
    "at the end": PLAIN + "\u200b\ufeff",
}


def _read(text: str) -> Analysis:
    return Reader(Settings()).read(Article("a", text))


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_hides_nothing(text: str) -> None:
    plain, found = _read(PLAIN), _read(text)
    assert found.article.text == text
    assert [o.source for o in found.opinions] == [o.source for o in plain.opinions]
    assert {o.source.name for o in found.opinions} == {"Variety", "The Guardian"}
    assert found.subjectivity == plain.subjectivity
    for kind in ("sentences", "opinions", "attributions"):
        spans = (map(_span, getattr(analysis, kind)) for analysis in (plain, found))
        for (start, end), (low, high) in zip(*spans, strict=True):
            assert "".join(char for char in text[low:high] if not _INVISIBLE.match(char)) == PLAIN[start:end]
            assert not _INVISIBLE.match(text[low])
            assert not _INVISIBLE.match(text[high - 1])


def _span(item: Any) -> tuple[int, int]:
    stretch = getattr(item, "content", item)
    return stretch.start, stretch.end


@given(st.text(alphabet="ab \u200b\u00ad\ufeff", max_size=30))
@settings(max_examples=200, deadline=None)
def test_stretches_of_what_is_seen_stand_where_they_are(text: str) -> None:
    seen: list[str] = []

    def read(article: Article) -> Analysis:
        seen.append(article.text)
        words = [Sentence(place, place + 1) for place, char in enumerate(article.text) if char != " "]
        return replace(Analysis(article, (), (), (), (), ()), sentences=tuple(words))

    analysis = read_visible(Article("a", text), read)
    assert seen == ["".join(char for char in text if char in "ab ")]
    assert analysis.article.text == text
    assert [text[s.start : s.end] for s in analysis.sentences] == [char for char in text if char in "ab"]
