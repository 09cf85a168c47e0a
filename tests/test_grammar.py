"""Attribution by grammar: sentence -> (source words, cue words, rule, content)."""

from __future__ import annotations

import pytest

from pipeline.grammar import GrammarReader
from pipeline.outlets import find_outlets
from pipeline.people import find_people
from pipeline.segment import Segmenter

CASES = [
    (
        "The Washington Post praises the film’s “quiet nerve and loud clothes.”",
        [("The Washington Post", "praises", "verb", "the film’s “quiet nerve and loud clothes.”")],
    ),
    (
        "According to IndieWire, the ending is a cheat.",
        [("IndieWire", "According to", "according_to", "the ending is a cheat")],
    ),
    ("“A slog,” wrote Ana Ruiz of Collider.", [("Collider", "wrote", "verb", "“A slog,”")]),
    (
        "IndieWire loved the score, while Collider found the plot thin.",
        [("IndieWire", "loved", "verb", "the score"), ("Collider", "found", "verb", "the plot thin")],
    ),
    ("Ana Ruiz, a critic for Collider, called it a mess.", [("Ana Ruiz", "called", "verb", "it a mess")]),
    ("“A slog,” IndieWire said last month.", [("IndieWire", "said", "verb", "“A slog,”")]),
    ("“A slog,” IndieWire told me on Friday.", [("IndieWire", "told", "verb", "“A slog,”")]),
    ("“A slog,” wrote IndieWire in its review.", [("IndieWire", "wrote", "verb", "“A slog,”")]),
    ("“A slog,” wrote Ana Ruiz, a professor of music.", [("Ana Ruiz", "wrote", "verb", "“A slog,”")]),
    ("Fans adored the finale.", [("Fans", "adored", "verb", "the finale")]),
    ("Critics were told to wait, and waited.", []),
    ("The Collider universe offers no surprises.", []),
    ("Ana Ruiz gives the performance of the year.", []),
    ("It opens with a chase through a market.", []),
    ("Collider singled out the costumes.", [("Collider", "singled out", "verb", "the costumes")]),
    ("The costumes were praised by Collider.", [("Collider", "praised", "verb", "The costumes")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_grammar(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    outlets = find_outlets(text)
    mentions = sorted((*outlets, *find_people(text, outlets)), key=lambda mention: mention.start)
    found = GrammarReader()(text, Segmenter()(text), mentions)
    rows = []
    for content in found:
        source, cue = content.source or (0, 0), content.cue or (0, 0)
        rows.append(
            (text[source[0] : source[1]], text[cue[0] : cue[1]], content.rule, text[content.start : content.end])
        )
    assert rows == expected
