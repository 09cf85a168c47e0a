"""Layouts: text -> who is given which lines by the structure alone."""

from __future__ import annotations

import pytest

from pipeline.layout import read_layout
from pipeline.outlets import find_outlets
from pipeline.people import find_people
from pipeline.segment import Segmenter

CASES = [
    ("“A quiet riot.” — Ana Ruiz, Variety", [("Variety", "dash", "“A quiet riot.”")]),
    ('- "A quiet riot." (Empire)', [("Empire", "parenthesis", '"A quiet riot."')]),
    ("Variety: A quiet riot of a film.", [("Variety", "colon", "A quiet riot of a film.")]),
    ("• IndieWire – Long, loud and lovely.", [("IndieWire", "list", "Long, loud and lovely.")]),
    ("Ana Ruiz, Variety: It sings.", [("Variety", "colon", "It sings.")]),
    ("Collider (3/5): It sings.", [("Collider", "colon", "It sings.")]),
    ("Empire’s Ana Ruiz says:\nIt sings all night.", [("Empire", "colon", "It sings all night.")]),
    (
        "IndieWire\n8/10\nA ghost story for grown-ups.\n\nCollider\n4/10\nA slog.",
        [
            ("IndieWire", "heading", "8/10"), ("IndieWire", "heading", "A ghost story for grown-ups."),
            ("Collider", "heading", "4/10"), ("Collider", "heading", "A slog."),
        ],
    ),
    (
        "★★★★\nIndieWire\nLong, loud and lovely.\n\n★★\nCollider\nA slog, twice over.",
        [
            ("IndieWire", "heading", "★★★★"), ("IndieWire", "heading", "Long, loud and lovely."),
            ("Collider", "heading", "★★"), ("Collider", "heading", "A slog, twice over."),
        ],
    ),
    (
        "B+\nHalf a great album.\n— Ana Ruiz, IndieWire\n\nC\nPolite drums.\n— Collider",
        [
            ("IndieWire", "dash", "B+"), ("IndieWire", "dash", "Half a great album."),
            ("Collider", "dash", "C"), ("Collider", "dash", "Polite drums."),
        ],
    ),
    (
        "“The sentences are traps.”\n\n–Ana Ruiz (IndieWire)\n\n“A slog.”\n\n–Bo Lind (Collider)",
        [("IndieWire", "dash", "“The sentences are traps.”"), ("Collider", "dash", "“A slog.”")],
    ),
    (
        "IndieWire\n\nIt loved the lead. It hated the end.\n\nCollider\n\nNo complaints here at all.",
        [("IndieWire", "heading", "It loved the lead. It hated the end."), ("Collider", "heading", "No complaints here at all.")],
    ),
    (
        "IndieWire – 8/10\n\nPros\n- Lovely light\nCons\n- Long\n\nThe music\n\nNobody names a tune.",
        [("IndieWire", "heading", "8/10"), ("IndieWire", "heading", "- Lovely light"), ("IndieWire", "heading", "- Long")],
    ),
    ("**Variety**\nIt sings.\n\n**Empire**\nIt drags.", [("Variety", "heading", "It sings."), ("Empire", "heading", "It drags.")]),
    ("1. Variety — “It sings.”\n2. Empire — “It drags.”", [("Variety", "list", "“It sings.”"), ("Empire", "list", "“It drags.”")]),
    (
        "Bo Lind (Empire): “The plot drags.” Ana Ruiz (Variety): “It soars.”",
        [("Empire", "colon", "“The plot drags.”"), ("Variety", "colon", "“It soars.”")],
    ),
    ("MOTORTREND\nLight enough.\n\nCAR AND DRIVER\nThe best thing here.", [("MotorTrend", "heading", "Light enough."), ("Car and Driver", "heading", "The best thing here.")]),
    ("IndieWire\n4/5\nCollider\n2/5", [("IndieWire", "heading", "4/5"), ("Collider", "heading", "2/5")]),
    ("4/5\nIndieWire\n2/5\nCollider", [("IndieWire", "heading", "4/5"), ("Collider", "heading", "2/5")]),
    ("- Variety: “Sings.” Empire: “Drags.”", [("Variety", "list", "“Sings.”"), ("Empire", "list", "“Drags.”")]),
    ("Variety: “It sings.” A rave, I think.", [("Variety", "colon", "“It sings.”")]),
    ("The Plot\nIt goes nowhere, slowly.", []),
    ("We asked Variety: what now?", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_layout(text: str, expected: list[tuple[str, str, str]]) -> None:
    outlets = find_outlets(text)
    mentions = sorted((*outlets, *find_people(text, outlets)), key=lambda mention: mention.start)
    names = {(m.start, m.end): m.name for m in mentions}
    found = read_layout(text, Segmenter()(text), mentions)
    assert [(names[c.source or (0, 0)], c.rule, text[c.start : c.end]) for c in found] == expected
