"""Repeats of a quote and critics under several outlets: what counts once, whatever the order."""

from __future__ import annotations

import random

import pytest

from pipeline.ballots import COMMONPLACE, KEY_LENGTH, NO_RATING, Said, homes, repeats, wording

WORDINGS = [
    ("", ""),
    ("It DRAGS, badly.", "it drags badly"),
    ("loved “the patience of a film that trusts us”", "the patience of a film that trusts us"),
    ('loved "the patience of a film that trusts us"', "the patience of a film that trusts us"),
    ("found the pacing “dull”", "found the pacing dull"),
    ("“warm” and “very, very funny”", "warm very very funny"),
    ("It’s the lead’s film", "it's the lead's film"),
    ("\ufb01ne", "fine"),
    ("=1+1", "1 1"),
]


@pytest.mark.parametrize(("text", "expected"), WORDINGS)
def test_wordings(text: str, expected: str) -> None:
    assert wording(text)[0] == expected


def test_a_wording_is_short() -> None:
    assert len(wording("word " * 1000)[0]) <= KEY_LENGTH


LEFT_OUT = [
    ("", False),
    ("Not a FILM, a nap.", False),
    ("“the patience of a film that trusts us”", False),
    ("loved “the patience of a film that trusts us”", True),
    ("word " * 1000, True),
]


@pytest.mark.parametrize(("text", "more"), LEFT_OUT)
def test_a_wording_tells_whether_it_is_all_that_is_said(text: str, more: bool) -> None:
    assert bool(wording(text)[1]) is more
    assert wording(text) == wording(f"  {text.upper()}.")
    assert not more or wording(text)[1] != wording(f"{text} truly")[1]


def _said(*texts: str) -> list[Said]:
    """Make opinions from texts; ``text | label | aspect | confidence | article | rating``, all but the text optional."""
    found = []
    for n, text in enumerate(texts):
        words, label, aspect, sure, article, rating = [*(part.strip() for part in text.split("|")), *[""] * 5][:6]
        key, more, quote = wording(words)
        about = tuple(sorted((aspect or "story").split("+")))
        stated = float(rating or NO_RATING)
        found.append(
            Said(
                f"o{n}",
                key,
                float(sure or 0.5),
                label or "positive",
                0.5,
                about,
                more,
                quote,
                article or f"a{n}",
                stated,
            )
        )
    return found


YEAR = "said “the film of the year”"
LONG = "for a film that takes two hours and then some to tell of a ferry, its crew, its passengers, the harbour that it left and that which it may never come to see,"
REPEATS = [
    # the same words, whatever the marks
    (["It moves at the speed of sap,", "“it moves at the speed of sap.”"], [{0, 1}]),
    # a part of a longer quote
    (["a grown-up ghost story, and one of the finest in years", "one of the finest in years"], [{0, 1}]),
    # a word that a roundup changed
    (["I was never bored and sometimes spellbound by its slow rhythm", "I was never bored and sometimes spell-bound by its slow rhythms"], [{0, 1}]),
    # another lead into the same quote
    (["called it “the best of the year so far”", "for whom it is “the best of the year so far”"], [{0, 1}]),
    # the same words are one quote however they were read
    (["it moves at the speed of sap", "it moves at the speed of sap | negative"], [{0, 1}]),
    (["called it “the best of the year so far”", "called it “the best of the year so far” | negative | music"], [{0, 1}]),
    # what stands around a quote may feel otherwise, or be about something else
    ([f"{YEAR} has superb performances", f"{YEAR} is let down by its pacing | negative"], []),
    ([f"{YEAR} has superb performances | positive | performance", f"{YEAR} has lovely music | positive | music"], []),
    ([f"{YEAR} has superb performances | positive | performance+story", f"{YEAR} has lovely music | positive | music+story"], [{0, 1}]),
    ([f"{YEAR} is let down by its pacing | negative", "the film of the year"], []),
    ([f"{YEAR} is let down by its music | negative | music", "the film of the year | negative"], [{0, 1}]),
    # so may what comes after a long beginning
    ([f"{LONG} it is never dull", f"{LONG} it is always dull | negative"], []),
    ([f"{LONG} it is never dull", f"{LONG} it is never dull | negative"], [{0, 1}]),
    # nearly the same words with another feeling are not: a "not" may have come or gone
    (["one of the finest British films in years", "not one of the finest British films in years | negative"], []),
    # nor with another aspect, unless one is a part of the other
    (["praised the acting of the lead all the way | positive | performance", "praised the writing of the lead all the way | positive | story"], []),
    (["praised the acting of the lead all the way | positive | performance", "praised the acting of the lead | positive | story"], [{0, 1}]),
    # other words
    (["a plot that keeps its nerve to the end", "a score that loses its nerve to the end"], []),
    # short words must agree to the letter, and be about the same
    (["is warm", "is warm"], [{0, 1}]),
    (["is warm", "is warm | positive | music"], []),
    (["is warm", "is very warm"], []),
    (["haunting", "haunting and sad throughout, from start to end"], []),
    # the same few words in quotation marks, whatever leads into them, with or without an article
    (["it “a masterpiece”", "“A masterpiece,”", "hailed it as a “masterpiece”", "hated the pacing | negative | pacing"], [{0, 1, 2}]),
    (["called the score “lush and strange”", "praised the music as “lush and strange”", "its music: “lush and strange”"], [{0, 1, 2}]),
    (["a masterpiece", "called it a “Masterpiece”"], [{0, 1}]),
    (["it was “good”", "found it “good”"], [{0, 1}]),
    (["it “a masterpiece”", "not “a masterpiece” | negative"], []),
    (["called the music “great” | positive | music", "called the acting “great” | positive | performance"], []),
    (["called it “dull” | negative", "called it “dull” and “slow” | negative"], []),
    # within one article few words are two quotes, and as many in another article are those two again
    (["it “great” | | | | a", "praised the plot as “great” | | | | a"], []),
    (["it “great” | | | | a", "praised the plot as “great” | | | | a", "thought it “great” | | | | b"], [{1, 2}]),
    ([f"{lead} it “great” | | | 0.{n}{m} | {article}" for n, article in enumerate("ab") for m, lead in enumerate(["called", "found"])], [{0, 2}, {1, 3}]),
    (["is warm | | | | a", "is warm | | | | a"], []),
    # a long quote is the same whatever it was read to be about, and whatever stands around it
    ([f"{lead} “a ghost story that takes its own sweet time”{end} | | {aspect}" for lead, end, aspect in (("", "", "pacing"), ("praised the story:", "", "story"), ("for the lead it is", "", "overall"), ("", " is its word on it", "music"))], [{0, 1, 2, 3}]),
    (["praised it: “a ghost story that takes its own sweet time” | | story", "it takes: “ghost story that takes its own sweet” | | pacing"], [{0, 1}]),
    # a rating is the same in another article, in whatever words
    (["gave the film four stars out of five | | overall | | | 0.8", "awarded it 4/5 | | overall | | | 0.8", "★★★★ | | overall | | | 0.8"], [{0, 1, 2}]),
    (["gave it four stars | | overall | | | 0.8", "gave it five stars | | overall | | | 1"], []),
    (["gave the film four stars out of five | | overall | | | 0.8", "gave the film five stars out of five | | overall | | | 1"], []),
    (["gave the film 4/5 in all | | overall | | | 0.8", "gave the film 4.5 in all | | overall | | | 0.9"], []),
    (["★★★★ | | overall | | | 0.8", "★★★★★ | | overall | | | 1"], []),
    (["graphics 9/10 | | visuals | | a | 0.9", "sound 9/10 | | music | | a | 0.9", "sound: 9/10 | | music | | b | 0.9"], [{1, 2}]),
    (["4/5: “a lovely score” | | music | | | 0.8", "4/5: “a tense score” | | music | | | 0.8"], []),
    # three of one
    (["the best film of the year", "the best film of the year by far", "best film of the year"], [{0, 1, 2}]),
    ([], []),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "groups"), REPEATS)
def test_repeats(texts: list[str], groups: list[set[int]]) -> None:
    opinions = _said(*texts)
    for seed in range(4):
        random.Random(seed).shuffle(opinions)
        found = repeats(opinions)
        together = {kept: {kept, *(again for again, of in found.items() if of == kept)} for kept in found.values()}
        assert sorted(map(sorted, together.values())) == [sorted(f"o{n}" for n in group) for group in groups]


QUOTES = [
    ("called it “A Masterpiece”", "", "masterpiece"),
    ("called it “the”", "", "the"),
    ("called it a masterpiece", "", ""),
    ("“Salt Harbour” is “lush”", "Salt Harbour", "lush"),
    ("“The Salt Harbour” is “lush”", "Salt Harbour: Part Two", "lush"),
    ("“Salt Harbour” is lush", "Salt Harbour (1995)", ""),
    ("“salt” and “lush”", "Salt Harbour", "salt lush"),
]


@pytest.mark.parametrize(("text", "title", "quote"), QUOTES)
def test_what_is_quoted(text: str, title: str, quote: str) -> None:
    assert wording(text, title).quote == quote


def test_a_title_in_quotation_marks_is_no_quote() -> None:
    assert wording("“Nine Kinds of Rust” has lovely music", "Nine Kinds of Rust").more == ""


def test_the_longest_then_the_surest_is_kept() -> None:
    assert repeats(_said("the best of the year", "the best of the year so far")) == {"o0": "o1"}
    assert repeats(_said("the best of the year ||| 0.4", "the best of the year ||| 0.6")) == {"o0": "o1"}


@pytest.mark.parametrize(("many", "found"), [(COMMONPLACE, True), (COMMONPLACE + 1, False)])
def test_commonplaces_tell_no_quote(many: int, found: bool) -> None:
    rng = random.Random(1)
    texts = [f"one of the best {rng.randbytes(20).hex(' ', 4)}" for _ in range(many)]
    assert ("o0" in repeats(_said("one of the best", *texts))) == found
    again = _said("one of the best", *texts, f"really {texts[7]}")
    assert repeats(again)["o8"] == f"o{many + 1}"


HOMES = [
    # no outlet, and one
    ([("W", "Ann Lee", "Ann Lee"), ("W", "Variety", "Ann Lee")], {("W", "Ann Lee"): "Variety"}),
    # two outlets: where most stands, else the first by name
    (
        [("W", "Variety", "Ann Lee"), ("W", "Empire", "Ann Lee"), ("W", "Variety", "Ann Lee")],
        {("W", "Ann Lee"): "Variety"},
    ),
    ([("W", "Variety", "Ann Lee"), ("W", "Empire", "Ann Lee")], {("W", "Ann Lee"): "Empire"}),
    (
        [("W", "Ann Lee", "Ann Lee"), ("W", "Ann Lee", "Ann Lee"), ("W", "Variety", "Ann Lee")],
        {("W", "Ann Lee"): "Variety"},
    ),
    # of another work nothing is known
    (
        [("W", "Ann Lee", "Ann Lee"), ("X", "Variety", "Ann Lee")],
        {("W", "Ann Lee"): "Ann Lee", ("X", "Ann Lee"): "Variety"},
    ),
    # an outlet without a speaker is itself
    ([("W", "Variety", "")], {}),
    # a name of one word may be that of several people
    ([("W", "Variety", "Smith"), ("W", "Empire", "Smith"), ("W", "Smith", "Smith")], {}),
]


@pytest.mark.parametrize(("rows", "expected"), HOMES)
def test_homes(rows: list[tuple[str, str, str]], expected: dict[tuple[str, str], str]) -> None:
    assert homes(rows) == homes(rows[::-1]) == expected
