"""Outlets: text -> canonical names where a name counts, nothing where it is an ordinary word."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from pipeline.errors import DataError
from pipeline.outlets import Gazetteer, Outlet, find_outlets, find_speaking, load_gazetteer, read_outlets

FOUND = [
    ("The Washington Post praises the film.", ["The Washington Post"]),
    ("WaPo and THR were kinder than the AV Club.", ["The Washington Post", "The Hollywood Reporter", "The A.V. Club"]),
    ("NYT, EW and the LA Times passed.", ["The New York Times", "Entertainment Weekly", "Los Angeles Times"]),
    ("IndieWire’s review is short.", ["IndieWire"]),
    ("INDIEWIRE: a slog", ["IndieWire"]),
    ("TIME notes that the plot is simple.", ["TIME"]),
    ("The Sun takes a harsher view.", ["The Sun"]),
    ("According to Empire, it drags.", ["Empire"]),
    ("Variety’s critic wept.", ["Variety"]),
    ("“A slog.” — Ana Ruiz, Slate", ["Slate"]),
    ("Wired (3/5) was bored.", ["Wired"]),
    ("Empire found the plot thin.", ["Empire"]),
    ("Slate came away humming.", ["Slate"]),
    ("Clash found it pompous. It was mild. Clash, for all that, gave it four stars.", ["Clash", "Clash"]),
    ("Clash heard courage in the silence.", ["Clash"]),
    ("Time had no patience with the ending.", ["TIME"]),
    ("Wired could not get past the wig.", ["Wired"]),
    (
        "Collider wept and IndieWire slept. Forbes gave up. To the Mirror it was bliss.",
        ["Collider", "IndieWire", "Forbes", "Daily Mirror"],
    ),
    ("Collider, Variety and Empire agreed.", ["Collider", "Variety", "Empire"]),
    ("Writing in The Independent, Ana Ruiz sighed.", ["The Independent"]),
    ("The Chicago Tribune liked it. The Tribune rarely does.", ["Chicago Tribune", "Chicago Tribune"]),
]
PLAIN = [
    "Time flies, and the sun sets over a variety of empires.",
    "The Empire strikes back at the sun.",
    "Time will tell whether a variety of independent voices clash.",
    "The stage is set on the edge of a slate roof; the mirror cracks.",
    "In no time the sun was up.",
    "The Empire had no army, and Time had no meaning.",
    "Variety was the point of the menu.",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_an_outlet_is_found(text: str, expected: list[str]) -> None:
    assert [m.name for m in find_outlets(text)] == expected


@pytest.mark.parametrize("text", PLAIN)
def test_an_ordinary_word_is_no_outlet(text: str) -> None:
    assert find_outlets(text) == ()


def test_an_unknown_outlet_is_told_by_its_shape() -> None:
    text = "The Ballymoney Herald loved it, said ninthreel.com."
    assert [(m.name, m.id) for m in find_outlets(text)] == [("The Ballymoney Herald", ""), ("ninthreel.com", "")]


SPEAKING = [
    ("Neither Uncut nor Mojo cared.", "Neither Uncut nor Mojo", ["Uncut", "Mojo"]),
    ("Time called it fine.", "Time", ["TIME"]),
    ("Time after time call it fine.", "Time after time", []),
    ("In time it was fine.", "time", []),
]


@pytest.mark.parametrize(("text", "stretch", "expected"), SPEAKING)
def test_an_ambiguous_name_in_what_names_a_source(text: str, stretch: str, expected: list[str]) -> None:
    start = text.index(stretch)
    found = find_speaking(text, [(start, start + len(stretch))], [])
    assert [mention.name for mention in found] == expected
    assert find_speaking(text, [(start, start + len(stretch))], found) == ()


def test_a_users_ambiguous_outlet_in_what_names_a_source(tmp_path: Path) -> None:
    row = '{"id": "r", "name": "Reelish", "kind": "blog", "country": null, "domain": null, "aliases": [], "ambiguous": true, "provenance": "own"}'
    (tmp_path / "own.jsonl").write_text(row, encoding="utf-8")
    (found,) = find_speaking("Neither she nor Reelish cared.", [(0, 23)], [], extra=tmp_path / "own.jsonl")
    assert (found.name, found.start, found.end) == ("Reelish", 16, 23)


def test_aliases_lead_to_one_name_each() -> None:
    pairs = load_gazetteer().aliases()
    assert len(dict(pairs)) == len(pairs)
    assert ("WaPo", "The Washington Post") in pairs
    assert ("The Washington Post", "The Washington Post") not in pairs


def test_offsets_hold() -> None:
    text = "In the Post? No: The Washington Post’s Ana Ruiz, and WaPo."
    assert all(text[m.start : m.end].strip() == text[m.start : m.end] for m in find_outlets(text))


def test_a_users_file_adds_outlets(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        '{"id": "x", "name": "Zed Nine", "kind": "blog", "country": null, "domain": null, "aliases": ["Z9"], '
        '"ambiguous": false, "provenance": "own"}\n',
        encoding="utf-8",
    )
    assert [m.name for m in find_outlets("Z9 loved it, and Collider did not.", extra=path)] == ["Zed Nine", "Collider"]


def test_an_alias_of_two_outlets_is_refused() -> None:
    one, two = (
        Outlet(key, key, "blog", None, None, ("Same",), (), ambiguous=False, provenance="own") for key in ("a", "b")
    )
    with pytest.raises(DataError, match="Same"):
        Gazetteer([one, two])


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    line = '{"id": "x", "name": "%s", "kind": "k", "country": null, "domain": null, "aliases": [], "ambiguous": false, "provenance": "p"}\n'
    path = tmp_path / "own.jsonl"
    path.write_text(line % "One" + line % "Two", encoding="utf-8")
    with pytest.raises(DataError, match="'x'"):
        read_outlets(path)


def test_names_compiled_for_one_text_are_found_in_the_next() -> None:
    find_outlets("Nobody is named here.")
    assert [m.name for m in find_outlets("THE WASHINGTON POST RAVED.")] == ["The Washington Post"]
    assert [m.name for m in find_outlets("IndieWire raved, and The A.V. Club yawned.")] == [
        "IndieWire",
        "The A.V. Club",
    ]


@pytest.mark.parametrize(
    "line", ['{"id":"x","name":" ","kind":"k","country":null,"domain":null,"aliases":[],"ambiguous":false,"provenance":"p"}', '{"id": "x"}', "[]", "{broken", '{"id":"x","name":"X","kind":"k","country":null,"domain":null,"aliases":"Y","ambiguous":false,"provenance":"p"}']
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataError):
        read_outlets(path)


def test_the_gazetteer_is_large_and_well_formed() -> None:
    outlets = load_gazetteer().outlets.values()
    assert len(outlets) >= 600
    assert {o.kind for o in outlets} <= {
        "newspaper", "magazine", "trade", "website", "broadcaster", "agency", "blog", "podcast", "aggregator",
    }  # fmt: skip
    assert all(o.provenance and o.name == o.name.strip() for o in outlets)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("wapo", "The Washington Post"), ("the hollywood reporter", "The Hollywood Reporter"), ("AV Club", "The A.V. Club"),
     ("L.A. Times", "Los Angeles Times"), ("indiewire", "IndieWire"), ("nothing of the sort", None)],
)  # fmt: skip
def test_find_by_name(name: str, expected: str | None) -> None:
    outlet = load_gazetteer().find(name)
    assert (outlet.name if outlet else None) == expected


def test_the_component_sets_entities() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_outlets")
    doc = nlp("IndieWire liked it.")
    assert [(e.text, e.label_, e.kb_id_) for e in doc.ents] == [("IndieWire", "OUTLET", "indiewire")]
