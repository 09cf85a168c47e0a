"""Windows: texts cut into word pieces with marks."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from pipeline.people import find_people
from pipeline.resources import locate
from pipeline.schema import Sentence
from pipeline.segment import Segmenter
from pipeline.windows import KINDS, LIMIT, SHAPES, cut_windows, snippet_window

ROUNDUP = locate("corpus/demo/the-glass-orchard-1.txt").read_text(encoding="utf-8")

TOKENIZER = Tokenizer.from_file(str(locate("models/reader/tokenizer.json")))
TOKENIZER.no_padding()
TOKENIZER.no_truncation()


@pytest.mark.parametrize("shift", [0, 1, 3])
@pytest.mark.parametrize("repeat", [1, 9])
def test_windows_hold_every_piece_and_keep_their_length(shift: int, repeat: int) -> None:
    text = "\n\n".join([ROUNDUP] * repeat)
    sentences = Segmenter()(text)
    windows = cut_windows(text, sentences, [], TOKENIZER, shift=shift)
    first = sentences[min(shift, len(sentences) - 1)].start
    seen = {int(start) for window in windows for start, _ in window.offsets if start >= 0}
    words = {s.start for s in sentences if s.start >= first}
    assert words <= seen
    assert all(len(w.ids) <= LIMIT + 26 for w in windows)
    assert all(len(w.ids) == len(w.types) == len(w.marks) == len(w.offsets) for w in windows)


def test_a_sentence_longer_than_a_window_is_cut() -> None:
    text = "so " * 2000
    windows = cut_windows(text, [Sentence(0, len(text))], [], TOKENIZER)
    assert len(windows) > 10
    assert windows[0].end <= windows[1].start + 1


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("Dull film", ["title", "lower"]),
        ("BBC 7 !", ["upper", "digit", "symbol"]),
        ("“fun”", ["quote", "lower", "quote"]),
    ],
)
def test_shapes(text: str, shapes: list[str]) -> None:
    marks = snippet_window(text, TOKENIZER).marks
    assert [SHAPES[n] for n in marks[1:-1, 0]] == shapes


def test_quotations_and_mentions_are_marked() -> None:
    text = "Dana Cole called it “a joy”."
    window = cut_windows(text, [Sentence(0, len(text))], find_people(text, []), TOKENIZER)[0]
    quoted = {text[a:b] for (a, b), mark in zip(window.offsets, window.marks[:, 1], strict=True) if mark == 2}
    named = {text[a:b] for (a, b), mark in zip(window.offsets, window.marks[:, 2], strict=True) if mark == KINDS.index("person")}  # fmt: skip
    assert quoted == {"“", "a", "joy", "”"}
    assert "Cole" in named


def test_the_heading_above_leads_a_window() -> None:
    text = "It fails."
    window = snippet_window(text, TOKENIZER, heading="Pacing")
    alone = snippet_window(text, TOKENIZER)
    assert len(window.ids) == len(alone.ids) + 2
    assert set(window.types) == {0, 1}
    assert [text[a:b] for a, b in window.offsets if a >= 0] == ["It", "fails", "."]


@pytest.mark.parametrize("text", ["", " ", "\ud800 broken", "\u200b", "é́é"])
def test_odd_texts_make_a_window(text: str) -> None:
    window = snippet_window(text, TOKENIZER)
    assert window.ids[0] == 101
    assert window.ids[-1] == 102
