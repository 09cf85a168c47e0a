"""Resolving: text -> whose each attributed content is."""

from __future__ import annotations

import pytest

from pipeline.analyze import Reader
from pipeline.settings import Settings

CASES = [
    ("IndieWire’s Ana Ruiz praised the score.", [("IndieWire", "outlet", "Ana Ruiz")]),
    ("Ana Ruiz of Collider praised the score. Ruiz disliked the end.", [("Collider", "outlet", "Ana Ruiz")] * 2),
    ("IndieWire praised the score. The site disliked the end.", [("IndieWire", "outlet", "")] * 2),
    ("IndieWire praised the score. Its critic disliked the end.", [("IndieWire", "outlet", "")] * 2),
    ("IndieWire’s Ana Ruiz praised the score. She disliked the end.", [("IndieWire", "outlet", "Ana Ruiz")] * 2),
    (
        "IndieWire praised the score. Collider praised the cast. The latter disliked the end.",
        [("IndieWire", "outlet", ""), ("Collider", "outlet", ""), ("Collider", "outlet", "")],
    ),
    (
        "IndieWire praised the score. Collider praised the cast. The former disliked the end.",
        [("IndieWire", "outlet", ""), ("Collider", "outlet", ""), ("IndieWire", "outlet", "")],
    ),
    ("Actor Bo Lind, who plays the vicar, said the fights were hard.", [("Bo Lind", "cast_crew", "Bo Lind")]),
    ("Critics praised the score.", [("critics", "other", "")]),
    ("Fans adored the end.", [("audiences", "audience", "")]),
    ("IndieWire liked the sets. The film is “a plod”, according to Ana Ruiz.",
     [("IndieWire", "outlet", ""), ("IndieWire", "outlet", "Ana Ruiz")]),
    ("The historian Ana Ruiz called the film a lie.", [("Ana Ruiz", "critic", "Ana Ruiz")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_resolve(text: str, expected: list[tuple[str, str, str]]) -> None:
    attributions = Reader(Settings()).propose(text).attributions
    assert [(a.source.name, a.source.type, a.source.speaker) for a in attributions] == expected
    assert all(0 <= a.confidence <= 1 for a in attributions)


def test_what_cannot_be_resolved_says_so() -> None:
    text = "The latter praised the score."
    (found,) = Reader(Settings()).propose(text).attributions
    assert found.source.type == "other"
    assert found.confidence < 0.5
