"""Segmentation: text -> sentences with kinds, exact offsets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.segment import Segmenter, words

SENTENCES = [
    ("It soars. It sinks.", ["It soars.", "It sinks."]),
    ("Mr. Dent of the U.S. edition shrugged. So did we.", ["Mr. Dent of the U.S. edition shrugged.", "So did we."]),
    ("It plays in the U.S. The run ends soon.", ["It plays in the U.S.", "The run ends soon."]),
    ("It follows Chapter 3. Eve returns.", ["It follows Chapter 3.", "Eve returns."]),
    ("So it was.[12][13] Metacritic differed.", ["So it was.[12][13]", "Metacritic differed."]),
    ("Crow vs. Wolf is No. 1 again. Hooray.", ["Crow vs. Wolf is No. 1 again.", "Hooray."]),
    ("J. R. Hale directs. Nobody noticed.", ["J. R. Hale directs.", "Nobody noticed."]),
    ("It is ... fine. Just fine.", ["It is ... fine.", "Just fine."]),
    ("Slow… then slower. The end.", ["Slow… then slower.", "The end."]),
    ("“A joy!” wrote Variety. Others agreed.", ["“A joy!” wrote Variety.", "Others agreed."]),
    ("“What a mess!” the paper cried.", ["“What a mess!” the paper cried."]),
    ("‘It’s a dog’s dinner,’ she wrote. ‘Avoid.’", ["‘It’s a dog’s dinner,’ she wrote.", "‘Avoid.’"]),
    ("“It is long. It is loud. It is late,” he wrote.", ["“It is long.", "It is loud.", "It is late,” he wrote."]),
    ('She called it "dull." He did not.', ['She called it "dull."', "He did not."]),
    ("One line.\r\nTwo lines.\r\n", ["One line.", "Two lines."]),
]


@pytest.fixture(scope="module")
def segment() -> Segmenter:
    return Segmenter()


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences(segment: Segmenter, text: str, expected: list[str]) -> None:
    assert [text[s.start : s.end] for s in segment(text)] == expected


KINDS = [
    ("A Divided Response\nCritics split over the finale, and loudly so.", ["heading", "body"]),
    ("Plot: Bold or Broken?\nNobody agrees about the ending of it all.", ["heading", "body"]),
    ("# Verdict\n\nIt works.", ["heading", "body"]),
    ("It works.\nWatch the Long Tide (2031) Clips\nIt really does.", ["body", "boilerplate", "body"]),
    ("It works.\nSign up for our newsletter\nIt really does.", ["body", "boilerplate", "body"]),
    ("Advertisement\nIt really does work.", ["boilerplate", "body"]),
    ("It works.\nRead more: The ten best heists\nIt really does.", ["body", "boilerplate", "body"]),
    ("- “Thin stuff.” — Variety\n- “A joy.” — Empire", ["list", "list"]),
    ("• Slow start\n• Fine end", ["list", "list"]),
    ("1. The opening stuns.\n2. The ending does not.", ["list", "list"]),
    ("Photo: A still from the film\nIt works well.", ["caption", "body"]),
    ("From left, the three leads at the premiere\nIt works well.", ["caption", "body"]),
    ("It was a great night. He said so.", ["body", "body"]),
]


@pytest.mark.parametrize(("text", "expected"), KINDS)
def test_kinds(segment: Segmenter, text: str, expected: list[str]) -> None:
    assert [s.kind for s in segment(text)] == expected


def test_a_sentence_knows_its_heading(segment: Segmenter) -> None:
    text = "It begins.\n\nThe Acting\nShe is superb. He is not.\n\n## The Music:\nLoud."
    assert [(text[s.start : s.end], s.section) for s in segment(text) if s.kind == "body"] == [
        ("It begins.", ""), ("She is superb.", "The Acting"), ("He is not.", "The Acting"), ("Loud.", "The Music"),
    ]  # fmt: skip


def test_hard_wrapped_lines_are_one_paragraph(segment: Segmenter) -> None:
    text = (
        "The reviews of the new season came in on Thursday, and they were, on the\n"
        "whole, kinder than anybody at the network had dared to expect after the\n"
        "leak of the second episode. Even the Sunday papers liked it."
    )
    found = segment(text)
    assert len(found) == 2
    assert found[1].paragraph == found[0].paragraph


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab A.!?…\"“”‘’'\n\r\t-•:;—é中\u200b\u2028"), max_size=120))
def test_sentences_cover_every_visible_character_once(text: str) -> None:
    covered = [False] * len(text)
    last = 0
    for sentence in Segmenter()(text):
        assert last <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
        covered[sentence.start : sentence.end] = [True] * (sentence.end - sentence.start)
        last = sentence.end
    assert all(seen or char.isspace() for seen, char in zip(covered, text, strict=True))


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("It's a well-made film.", 4), ("A.V. Club, 2031", 3)])
def test_words(text: str, expected: int) -> None:
    assert words(text) == expected
