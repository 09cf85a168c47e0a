"""Attribution as a whole: layout, network and grammar joined; texts of every kind give rows that the text bears out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.attribute import Accounts, Attributor
from pipeline.segment import Segmenter

ATTRIBUTE, SEGMENT = Attributor(None), Segmenter()


def read(text: str) -> Accounts:
    return ATTRIBUTE(text, SEGMENT(text))


CROWD = [
    f"The {town} Gazette thought the score number {n} tired"
    for n, town in enumerate(["Ludlow", "Ripon", "Oban", "Ely"] * 50)
]
HARD = {
    "200 outlets in a paragraph": "; ".join(CROWD) + ".",
    "a sentence of 300 words": "Variety wrote that " + " and that ".join(["the plot was thin as the last act of it"] * 33) + ".",
    "an opening mark too many": "“The score is “tired, Variety wrote. Empire liked the plot.",
    "a closing mark too many": "The score is” tired,” Variety wrote. “Empire” liked the plot.",
    "nested marks": "Variety wrote: “She said ‘it was “tired”’ and left.” Empire liked the plot.",
    "British marks": "'It isn't the critics' darling,' wrote Variety. Empire 'didn't' like it.",
    "only a quotation": "“A triumph from start to finish.” — Variety",
    "paragraphs with repeated marks": "“It is slow,” wrote Variety.\n“It is long.\n“It is loud.”\nEmpire liked the plot.",
    "a list of pros and cons": "Variety\nPros:\n- The score soars\nCons:\n- The plot drags\n",
    "social media": "@filmfan22 wrote on X: “The score is tired.” Variety agreed.",
}  # fmt: skip


@pytest.mark.parametrize("text", HARD.values(), ids=HARD.keys())
def test_no_text_falls_silent(text: str) -> None:
    accounts = read(text)
    assert accounts.said
    names = {a.source.name for a in accounts.said}
    assert names & {
        "Variety",
        "Empire",
        "@filmfan22",
        *(f"The {town} Gazette" for town in ("Ludlow", "Ripon", "Oban", "Ely")),
    }
    if len(CROWD) == text.count(";") + 1:
        assert len({a.content.start for a in accounts.said}) > 150


def test_a_long_sentence_gives_long_contents() -> None:
    said = read(HARD["a sentence of 300 words"]).said
    assert {a.source.name for a in said} == {"Variety"}
    assert sum(a.content.end - a.content.start for a in said) > len(HARD["a sentence of 300 words"]) / 4


PARAGRAPHS = [
    ("“It is slow,” wrote Variety.\n\n“It is long, and the middle act is longer.\n\n“It is loud.”\n\nEmpire liked the plot.", "Variety"),
    ("Variety liked the plot.\n\n“It is slow and far too long for a film of this kind.\n\n“It is loud, too,” wrote Empire.", "Empire"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "source"), PARAGRAPHS)
def test_a_quotation_over_paragraphs_has_one_source(text: str, source: str) -> None:
    said = {text[a.content.start : a.content.end][:8]: a.source.name for a in read(text).said}
    quoted = {name for words, name in said.items() if words.startswith("“It is l")}
    assert quoted == {source}


ORDER = [
    ("Variety: “The score is tired.”", "colon"),
    ("Variety wrote that the score was tired.", "network"),
]


@pytest.mark.parametrize(("text", "rule"), ORDER)
def test_layout_comes_before_the_network(text: str, rule: str) -> None:
    (found,) = read(text).said
    assert (found.source.name, found.content.rule) == ("Variety", rule)


_TOKENS = st.sampled_from(
    ["Variety", "Empire and Variety", "said", "“", "”", "‘", "’", '"', ".", ",", ":", "—", "\n", "\n\n", "that", "it is", "a bore", "Ana Ruiz",
     "wrote", "4/5", "the latter", "its critic", "@fan", "which", "Both", "\u200b", "é", "🙂"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_TOKENS, st.sampled_from(["", " "])).map("".join), max_size=40).map("".join))
def test_contents_lie_in_the_text_and_overlap_only_when_shared(text: str) -> None:
    accounts = read(text)
    for a in accounts.said:
        assert 0 <= a.content.start < a.content.end <= len(text)
        assert 0 <= a.confidence <= 1
        assert a.source.name
        if a.content.source:
            assert text[slice(*a.content.source)].strip()
    spans = sorted({(a.content.start, a.content.end) for a in accounts.said})
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))
