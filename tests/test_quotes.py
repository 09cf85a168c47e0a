"""Quotation marks: text -> the quoted stretches, marks included."""

from __future__ import annotations

import pytest

from pipeline.quotes import quotations

CASES = [
    ("plain words", []),
    ("She called it “bold” and “dull”.", ["“bold”", "“dull”"]),
    ('It is "a riot", he wrote.', ['"a riot"']),
    ("He called it ‘a riot’.", ["‘a riot’"]),
    ("‘It’s a dog’s dinner,’ she wrote.", ["‘It’s a dog’s dinner,’"]),
    ("'It's the critics' darling and it knows it,' he wrote.", ["'It's the critics' darling and it knows it,'"]),
    ("The actors' work, the '90s songs and rock 'n' roll", []),
    ("“He told me ‘never again’ and meant it,” she said.", ["“He told me ‘never again’ and meant it,”"]),
    ("‘The word “genius” is overused,’ said one.", ["‘The word “genius” is overused,’"]),
    ("«Un triomphe» and „toll“", ["«Un triomphe»", "„toll“"]),
    ("``Loud'' was the word", ["``Loud''"]),
    ("“First paragraph of it\n“and the second,” he said.", ["“First paragraph of it", "“and the second,”"]),
    ("“never closed, and on it goes", ["“never closed, and on it goes"]),
    ("Alex’s “turn” isn’t one of the year’s “events”", ["“turn”", "“events”"]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[q.start : q.end] for q in quotations(text)] == expected


def test_an_open_quotation_says_so() -> None:
    assert [q.closed for q in quotations("“one” and “two")] == [True, False]


def test_an_unclosed_mark_claims_a_bounded_stretch() -> None:
    (quote,) = quotations("“" + "word " * 1000)
    assert quote.end - quote.start <= 700
