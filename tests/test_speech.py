"""Attribution by the network: tags -> contents with their sources and cues."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoder import bundled_encoder
from pipeline.outlets import find_outlets
from pipeline.people import find_people
from pipeline.schema import Content
from pipeline.segment import Segmenter
from pipeline.speech import (
    INSIDE,
    OUTSIDE,
    Tagged,
    _between_sources,
    _introduced,
    _is_heading,
    _likeliest,
    _whole_name,
    _within,
    _without,
    _without_verb,
    read_speech,
)


def _read(text: str) -> list[Content]:
    outlets = find_outlets(text)
    mentions = sorted((*outlets, *find_people(text, outlets)), key=lambda mention: mention.start)
    sentences = Segmenter()(text)
    return read_speech(text, sentences, mentions, bundled_encoder().encode(text, sentences, mentions))


SAID = [
    ("“It moves at the speed of sap,” Ana Ruiz wrote in The Guardian.", "It moves at the speed of sap", "Ana Ruiz"),
    ("Variety's Tom Hale argued that the last act had been cut in a hurry.", "the last act had been cut in a hurry", "Tom Hale"),
    ("According to Empire, the second half sags under its own weight.", "the second half sags under its own weight", "Empire"),
    ("The Irish Times called the dialogue “stiff as a starched collar”.", "stiff as a starched collar", "The Irish Times"),
    ("The studio said that a sequel would follow.", "a sequel would follow", "studio"),
    ("“A sequel will follow,” the studio said.", "A sequel will follow", "studio"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "content", "source"), SAID)
def test_what_is_said_and_who_says_it(text: str, content: str, source: str) -> None:
    found = [c for c in _read(text) if content in text[c.start : c.end]]
    assert len(found) == 1
    assert found[0].source is not None
    assert source in text[slice(*found[0].source)]
    assert found[0].rule == "network"
    assert 0.5 <= found[0].confidence <= 1


LINKED = [
    ("“I never cut a frame,” Ana Ruiz told Deadline.", "I never cut a frame", "Ana Ruiz"),
    ("“It is slow,” Ana Ruiz wrote. “It never wakes.”\nBo Lind disagreed.", "It never wakes", "Ana Ruiz"),
    ("IndieWire praised the score, and Collider praised the cast.", "the cast", "Collider"),
]


@pytest.mark.parametrize(("text", "content", "source"), LINKED)
def test_who_is_linked(text: str, content: str, source: str) -> None:
    (found,) = (c for c in _read(text) if content in text[c.start : c.end])
    assert found.source is not None
    assert text[slice(*found.source)] == source


def test_a_content_without_any_source_has_none() -> None:
    found = _read("“It moves at the speed of sap, and I would not have it otherwise.”")
    assert [c.source for c in found] in ([], [None])


def test_spans_stop_at_headings_and_are_whole_words() -> None:
    text = "THE GOOD\nAmory is a marvel.\n"
    sentences = Segmenter()(text)
    spans = [Tagged(0, 13, 0.9), Tagged(20, 24, 0.8)]
    assert [text[s.start : s.end] for s in _within(text, spans, sentences)] == ["THE GOOD", "Amory", "marvel"]


def test_a_source_gives_up_the_words_of_contents() -> None:
    text = "Variety praised the score, and Collider"
    spans = _without(text, [Tagged(0, len(text), 0.9)], [Tagged(8, 25, 0.9)])
    assert [text[s.start : s.end] for s in spans] == ["Variety", "Collider"]


def test_nothing_is_said_in_plot() -> None:
    assert _read("A widow robs a bank in Leeds. It opens on Friday in 300 cinemas.") == []


_TOKENS = [
    "Variety",
    "said",
    "“",
    "”",
    ".",
    ",",
    "\n",
    "that",
    "it is",
    "a bore",
    "Ana Ruiz",
    "wrote",
    "singled out",
    "the score",
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(_TOKENS), max_size=30).map(" ".join))
def test_contents_stand_in_order_and_do_not_overlap(text: str) -> None:
    last = 0
    for content in _read(text):
        assert last <= content.start < content.end <= len(text)
        last = content.end


@given(st.lists(st.lists(st.floats(-9, 0), min_size=3, max_size=3), min_size=1, max_size=30))
def test_no_span_goes_on_that_has_not_begun(rows: list[list[float]]) -> None:
    labels = _likeliest(np.array(rows))
    assert len(labels) == len(rows)
    assert labels[0] != INSIDE
    assert all(not (before == OUTSIDE and label == INSIDE) for before, label in zip(labels, labels[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "content", "cue", "rest"),
    [
        ("Variety thought the plot thin.", "thought the plot thin", "thought", "the plot thin"),
        ("Variety singled out the score.", "the score", "singled out", "the score"),
        ("Variety called it “a bore”.", "it “a bore”", "called", "it “a bore”"),
        ("“A bore”, to Variety.", "A bore", "", "A bore"),
    ],
)
def test_the_verb_of_a_content(text: str, content: str, cue: str, rest: str) -> None:
    start = text.index(content)
    found, begins, ends = _without_verb(text, start, start + len(content))
    assert (text[slice(*found)] if found else "") == cue
    assert text[begins:ends] == rest


def test_a_content_is_divided_between_the_sources_that_it_is_addressed_to() -> None:
    text = "The score was “haunting” to Collider, “gorgeous” to IndieWire."
    mentions = find_outlets(text)
    whole = Content(text.index("“h"), text.index(" to IndieWire"), (text.index("IndieWire"), len(text) - 1), None, "network", 0.9)  # fmt: skip
    found = [
        (text[c.start : c.end], text[slice(*c.source)] if c.source else "")
        for c in _between_sources(text, whole, mentions)
    ]
    assert found == [("“haunting”", "Collider"), ("“gorgeous”", "IndieWire")]


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("“It drags for an hour. It never wakes,” Ana Ruiz wrote.", 1),
        ("It drags for an hour. It never wakes, Ana Ruiz wrote.", 2),
        ("“It drags for an hour.”\n\n“It never wakes,” Ana Ruiz wrote.", 2),
        ("“It drags for an hour.\n\n“It never wakes,” Ana Ruiz wrote.", 2),
    ],
)
def test_a_content_ends_with_its_sentence_but_inside_a_quotation(text: str, contents: int) -> None:
    assert len(list(_within(text, [Tagged(0, text.index("s,") + 1, 0.9)], Segmenter()(text)))) == contents


def test_what_a_verb_of_speech_introduces() -> None:
    text = "The studio said that a sequel would follow."
    content = Tagged(text.index("a sequel"), len(text) - 1, 0.6)
    assert _introduced(text, content, [Tagged(11, 15, 0.9)])
    assert not _introduced(text, content, [])
    assert not _introduced(text.replace("said", "left"), content, [Tagged(11, 15, 0.9)])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The studio said so.", "The studio"),
        ("The score, critics said.", "The"),
        ("The long second act said so.", "The"),
    ],
)
def test_an_article_goes_on_to_the_cue_beside_it(text: str, name: str) -> None:
    said = text.index("said")
    whole = _whole_name(text, Tagged(0, 3, 0.9), [], [Tagged(said, said + 4, 0.9)])
    assert text[: whole.end] == name


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("The acting\n\nVariety liked it.\n", True),
        ("“A triumph”\n\nVariety liked it.\n", False),
        ("Variety liked it.\n", False),
    ],
)
def test_a_heading_is_said_by_nobody_unless_it_quotes(text: str, heading: bool) -> None:
    assert _is_heading(text, Tagged(0, text.index("\n"), 0.9), Segmenter()(text)) is heading
