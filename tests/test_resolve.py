"""Resolving: text -> whose each attributed content is."""

from __future__ import annotations

import pytest

from pipeline.analyze import Reader
from pipeline.schema import Article, Source
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
    attributions = Reader(Settings()).propose(text).accounts.said
    assert [(a.source.name, a.source.type, a.source.speaker) for a in attributions] == expected
    assert all(0 <= a.confidence <= 1 for a in attributions)


def test_what_cannot_be_resolved_says_so() -> None:
    text = "“The score is the best thing in it by far,” the latter wrote."
    (found,) = Reader(Settings()).propose(text).accounts.said
    assert found.source.type == "other"
    assert found.confidence < 0.5


SHARED = [
    ("IndieWire and Collider both praised the score.", ["IndieWire", "Collider"]),
    ("Neither IndieWire nor Collider liked the score.", ["IndieWire", "Collider"]),
    ("IndieWire, Collider and The Guardian all praised the score.", ["IndieWire", "Collider", "The Guardian"]),
    ("IndieWire praised the score, and Collider praised the cast.", ["IndieWire", "Collider"]),
    ("IndieWire, where Ana Ruiz praised the score, closed in May.", ["IndieWire"]),
]


@pytest.mark.parametrize(("text", "expected"), SHARED)
def test_what_several_outlets_say_together_is_given_to_each(text: str, expected: list[str]) -> None:
    attributions = Reader(Settings()).propose(text).accounts.said
    assert sorted(a.source.name for a in attributions) == sorted(expected)
    assert all(a.content.source for a in attributions)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("IndieWire and Collider reviewed it. The former praised the score; the latter disliked the end.", ["IndieWire", "Collider"]),
        ("Collider and IndieWire reviewed it. The latter praised the score; the former disliked the end.", ["IndieWire", "Collider"]),
        ("Collider and IndieWire reviewed it. The former’s critic praised the score; the latter’s disliked the end.", ["Collider", "IndieWire"]),
    ],
)  # fmt: skip
def test_former_and_latter_are_the_last_two_named(text: str, names: list[str]) -> None:
    said = Reader(Settings()).propose(text).accounts.said
    by_content = {text[a.content.start : a.content.end]: a.source.name for a in said}
    for words, name in zip(("score", "end"), names, strict=True):
        assert {source for content, source in by_content.items() if words in content} == {name}


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("“We never cut a frame,” the director told reporters.", Source("director", "cast_crew")),
        ("The studio said that a sequel would follow.", Source("studio", "cast_crew")),
        ("Mirador Pictures said that a sequel would follow.", Source("Mirador Pictures", "cast_crew", "", "Mirador Pictures")),
        ("“It broke my heart,” said David Ansen.", Source("Newsweek", "outlet", "Newsweek", "David Ansen")),
        ("“It broke my heart,” David Ansen wrote in Collider.", Source("Collider", "outlet", "Collider", "David Ansen")),
        ("“It broke my heart,” said Tilda Arkwright-Moss.", Source("Tilda Arkwright-Moss", "critic", "", "Tilda Arkwright-Moss")),
    ],
)  # fmt: skip
def test_unnamed_makers_and_known_critics(text: str, source: Source) -> None:
    (found,) = Reader(Settings()).propose(text).accounts.said
    assert found.source == source


def test_an_ambiguous_name_that_speaks_is_an_outlet() -> None:
    text = "Variety liked the songs. Neither Uncut nor Mojo did: Uncut praised the guitars alone."
    names = {a.source.name for a in Reader(Settings()).propose(text).accounts.said}
    assert {"Variety", "Uncut"} <= names


NOT_SHARED = [
    "“It is dull,” according to Empire, and Variety called it “a bore”.",
    "The film was panned by Empire, and Variety called it a bore.",
    "The film disappointed Variety and The Guardian called it “a bore”.",
]


@pytest.mark.parametrize("text", NOT_SHARED)
def test_two_clauses_are_not_one_breath(text: str) -> None:
    contents = [(a.content.start, a.content.end) for a in Reader(Settings()).propose(text).accounts.said]
    assert contents
    assert len(contents) == len(set(contents))


SURNAMES = ["Josh Spiegel", "Harry Forbes", "Valerie Complex", "Jack Spin", "Tom Punch", "Kitty Empire"]


@pytest.mark.parametrize("name", SURNAMES)
def test_a_person_whose_name_holds_an_outlet_stays_a_person(name: str) -> None:
    analysis = Reader(Settings()).read(Article("a", f"“It drags,” wrote {name}. Variety praised the score."))
    assert name in {a.source.speaker for a in analysis.attributions}


WORDS = [
    ("Ana Ruiz called the score moving. Bo Lind called the cast superb. The former called the end dull.", "the end", "Ana Ruiz"),
    ("Netflix’s director said that the score was a triumph.", "score", "director"),
    ("The local theatre critic called the play a bore.", "play", "The local theatre critic"),
    ("The Independent liked the candlelight more. It is “a plod”, according to David Ansen.", "plod", "Newsweek"),
    ("“It broke my heart,” said David Ansen. Rebecca Ansen sang the songs.", "heart", "Newsweek"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "source"), WORDS)
def test_words_that_name_a_source(text: str, words: str, source: str) -> None:
    said = Reader(Settings()).propose(text).accounts.said
    assert {a.source.name for a in said if words in text[a.content.start : a.content.end]} == {source}
