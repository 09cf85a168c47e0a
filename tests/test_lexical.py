"""What a text's words tell: n-grams with negation and turns marked, VADER's lexicon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexical import MARKS, lexicon_marks, polarity_grams, vader_compound


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("never quite lands", {"never", "not_quite", "not_lands", "not_quite not_lands"}, {"lands"}),
        ("not bad, but long", {"not_bad", "long", ">long"}, {"not_long", ">not_bad"}),
        ("It SINGS", {"it", "sings", "< it", "sings >"}, {"SINGS", "not_sings"}),
        ("lacks the gravitas", {"not_gravitas", "^grav", "tas$"}, {"gravitas"}),
        ("it doesn’t work. It sings", {"not_work", "sings"}, {"not_sings"}),
        ("pure joy 😍", {"joy", "😍"}, set()),
    ],
)
def test_grams(text: str, inside: set[str], outside: set[str]) -> None:
    found = set(polarity_grams(text))
    assert inside <= found
    assert not outside & found


def test_lexicon_marks() -> None:
    praise, blame = lexicon_marks("a superb and lovely film"), lexicon_marks("an awful film")
    assert praise[0] > 0.5 > praise[1] == 0
    assert blame[1] > 0.4 > blame[0] == 0
    assert lexicon_marks("not superb")[1] > lexicon_marks("not superb")[0]
    assert lexicon_marks("it opens on Friday")[4] == 1
    assert lexicon_marks("WHAT a film!!")[5:] == [2 / 3, 1.0]


@given(st.text())
def test_any_text_has_marks(text: str) -> None:
    marks = lexicon_marks(text)
    assert len(marks) == MARKS
    assert all(0 <= mark <= 1 for mark in marks)
    assert all(isinstance(gram, str) and "\n" not in gram for gram in polarity_grams(text))
    assert -1 <= vader_compound(text) <= 1
