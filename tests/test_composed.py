"""Composed training texts: what is judged where, and who is named."""

from __future__ import annotations

import random

import pytest

from pipeline.train.composed import Material, Said, compose

MATERIAL = Material(
    said=[Said("The film never finds its feet", (1, 0, 0)), Said("Every joke lands", (0, 0, 1))],
    scrap=[Said("a joy", (0, 0, 1)), Said("a slog", (1, 0, 0)), Said("a film", (0, 1, 0))],
    plot=["A widow robs a bank."],
    bylines=[("Variety", "Ana Ruiz"), ("The Guardian", "Tom Hale")],
)


@pytest.mark.parametrize("seed", range(40))
def test_spans_hold_what_was_said_and_names_who_said_it(seed: int) -> None:
    text, judged = compose(MATERIAL, random.Random(seed))
    chances = {said.text.lower(): said.chances for said in (*MATERIAL.said, *MATERIAL.scrap)}
    assert judged
    for item in judged:
        words = text[slice(*item.span)]
        if item.chances is None:
            assert (words, item.names) == ("A widow robs a bank.", ())
        else:
            assert [c for said, c in chances.items() if said in words.lower()] == [item.chances]
        assert {text[slice(*name)] for name in item.names} <= {"Variety", "Ana Ruiz", "The Guardian", "Tom Hale"}


def test_two_sources_of_one_sentence_are_kept_apart() -> None:
    seen = 0
    for seed in range(200):
        text, judged = compose(MATERIAL, random.Random(seed))
        for one, two in zip(judged, judged[1:], strict=False):
            if one.names and two.names and one.names != two.names and "\n" not in text[one.span[1] : two.span[0]]:
                seen += 1
                assert not {*one.names} & {*two.names}
    assert seen > 20
