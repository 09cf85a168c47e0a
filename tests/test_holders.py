"""Who may hold an opinion, and who may not."""

from __future__ import annotations

import pytest

from pipeline.analyze import Reader
from pipeline.settings import Settings


def _holders(text: str, words: str) -> set[str]:
    """Return the possible holders of the clause that holds some words."""
    proposals = Reader(Settings()).propose(text)
    pairs = zip(proposals.candidates, proposals.options, strict=True)
    (options,) = (options for candidate, options in pairs if words in text[candidate.start : candidate.end])
    return {option.source.name for option in options}


@pytest.mark.parametrize("line", ["Variety's Ana Ruiz says:", "Variety writes:", "Variety's critic had this to say:"])
def test_below_a_line_that_announces_words_the_author_and_critics_do_not_speak(line: str) -> None:
    text = f"The Long Tide opened on Friday.\n\n{line}\nThe plot is a mess. The score is a triumph.\n"
    assert {"Variety"} <= _holders(text, "a triumph")
    assert not {"author", "critics"} & _holders(text, "a triumph")


def test_elsewhere_the_author_may_speak() -> None:
    text = "Variety called it a mess.\n\nThe score is a triumph.\n"
    assert {"author", "critics", "Variety"} <= _holders(text, "a triumph")


@pytest.mark.parametrize("verb", ["told", "reminded", "spoke to", "in an interview with"])
def test_an_outlet_that_is_spoken_to_holds_no_opinion(verb: str) -> None:
    text = f"The director {verb} Variety on Monday. The score is a triumph."
    assert "Variety" not in _holders(text, "a triumph")
