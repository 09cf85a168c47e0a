"""People, groups, words that refer back, and who belongs where."""

from __future__ import annotations

import pytest

from pipeline.outlets import find_outlets
from pipeline.people import Cast, find_people, read_cast
from pipeline.schema import Mention


def _mentions(text: str) -> list[Mention]:
    outlets = find_outlets(text)
    return sorted((*outlets, *find_people(text, outlets)), key=lambda mention: mention.start)


def _cast(text: str) -> Cast:
    return read_cast(text, _mentions(text))


PERSONS = [
    ("Ana Ruiz liked it.", ["Ana Ruiz"]),
    ("It stars Ana de la Cruz. Directed by J. R. Hale, it sings.", ["Ana de la Cruz", "J. R. Hale"]),
    ("Ana Ruiz’s turn is fine.", ["Ana Ruiz"]),
    ("Conor O’Brien-Walsh wept.", ["Conor O’Brien-Walsh"]),
    ("Director Bo Lind and actor Zoë Ångström spoke.", ["Bo Lind", "Zoë Ångström"]),
    ("Ana Ruiz liked it. Later Ruiz said so. The Ruiz family agreed.", ["Ana Ruiz"] * 3),
    ("On Monday The Film opened.", []),
    ("the critics liked it", []),
]


@pytest.mark.parametrize(("text", "expected"), PERSONS)
def test_persons(text: str, expected: list[str]) -> None:
    assert [m.name for m in _mentions(text) if m.kind == "person"] == expected


OTHERS = [
    ("Most critics sighed.", [("group", "Most critics", "critics")]),
    ("Fans of the books will riot.", [("group", "Fans", "audiences")]),
    ("One user was blunt.", [("group", "One user", "one user")]),
    ("The paper shrugged.", [("anaphor", "The paper", "outlet")]),
    ("Its critic shrugged.", [("anaphor", "Its critic", "review")]),
    ("She shrugged, said @reelcrank.", [("anaphor", "She", "person"), ("handle", "@reelcrank", "@reelcrank")]),
    ("Collider liked it, which it called brave. It opens on Friday.", [("anaphor", "it", "it")]),
]


@pytest.mark.parametrize(("text", "expected"), OTHERS)
def test_groups_and_words_that_refer_back(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(m.kind, text[m.start : m.end], m.name) for m in _mentions(text)]
    assert [item for item in found if item[0] in ("group", "anaphor", "handle")] == expected


AFFILIATIONS = [
    ("Collider’s Ana Ruiz wept.", {"Ana Ruiz": "Collider"}),
    ("Ana Ruiz of Collider wept.", {"Ana Ruiz": "Collider"}),
    ("Ana Ruiz, writing for Collider, wept.", {"Ana Ruiz": "Collider"}),
    ("Ana Ruiz (Collider) wept.", {"Ana Ruiz": "Collider"}),
    ("Collider critic Ana Ruiz wept.", {"Ana Ruiz": "Collider"}),
    ("In Collider, Ana Ruiz wept.", {"Ana Ruiz": "Collider"}),
    ("For Collider, Ana Ruiz’s villain is wooden.", {}),
    ("For Collider, Ana Ruiz's harbour master is wooden.", {}),
    ("In Collider, Ana Ruiz’s long review was warm.", {"Ana Ruiz": "Collider"}),
    ("Collider’s Ana Ruiz and Bo Lind wept.", {"Ana Ruiz": "Collider", "Bo Lind": "Collider"}),
    ("Ana Ruiz — the only critic to have seen it twice for Collider — wept.", {"Ana Ruiz": "Collider"}),
    ("“A slog,” Ana Ruiz told readers of Collider.", {"Ana Ruiz": "Collider"}),
    ("Ana Ruiz, who plays the critic, wept. Collider did too.", {}),
    ("Ana Ruiz stars. Collider loved her.", {}),
]


@pytest.mark.parametrize(("text", "expected"), AFFILIATIONS)
def test_affiliation(text: str, expected: dict[str, str]) -> None:
    assert {name: outlet.name for name, outlet in _cast(text).affiliation.items()} == expected


MAKERS = [
    ("It stars Ana Ruiz and Bo Lind.", {"Ana Ruiz", "Bo Lind"}),
    ("Directed by Ana Ruiz, it sings.", {"Ana Ruiz"}),
    ("Actor Bo Lind, who plays the vicar, spoke.", {"Bo Lind"}),
    ("Ana Ruiz’s performance is a marvel.", {"Ana Ruiz"}),
    ("Eurogamer: five stars\nAna Ruiz finds it warm.", set()),
    ("Ana Ruiz of Collider wept.", set()),
]


@pytest.mark.parametrize(("text", "expected"), MAKERS)
def test_makers(text: str, expected: set[str]) -> None:
    assert _cast(text).makers == expected
