"""Very long texts: cut at the ends of paragraphs, read alike, offsets and numbers as in one text."""

from __future__ import annotations

import pytest

from pipeline import aspects, frames
from pipeline.analyze import Reader
from pipeline.schema import Analysis, Article
from pipeline.settings import Settings
from pipeline.stretches import LONGEST, cut, read_long


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("", 8, [""]),
        ("abcdefgh", 8, ["abcdefgh"]),
        ("abcde\n\nfg hi", 8, ["abcde\n\n", "fg hi"]),
        ("abcde\r\n\r\nfg", 10, ["abcde\r\n\r\n", "fg"]),
        ("abcde\nf gh", 8, ["abcde\n", "f gh"]),
        ("abcd. f gh", 8, ["abcd. ", "f gh"]),
        ("a\n\nbcde fghi", 8, ["a\n\nbcde ", "fghi"]),  # a paragraph that ends in the first half is none to cut behind
        ("abcdefghijklmnopq", 8, ["abcdefgh", "ijklmnop", "q"]),
    ],
)
def test_where_a_text_is_cut(text: str, longest: int, expected: list[str]) -> None:
    assert [text[start:end] for start, end in cut(text, longest=longest)] == expected


PARAGRAPH = (
    "Variety praised the score. “The plot is thin,” wrote IndieWire.\n\nThe music\n\nEmpire admired the songs.\n\n"
)


def test_rows_of_stretches_are_those_of_one_text() -> None:
    article = Article("a", PARAGRAPH * 6)
    read: list[Article] = []

    def reader(part: Article) -> Analysis:
        read.append(part)
        return Reader(Settings()).read(part)

    whole = read_long(article, reader)
    parts = read_long(article, reader, longest=len(PARAGRAPH) + 20)
    assert [part.text for part in read] == [article.text, *[PARAGRAPH] * 6]
    assert len(parts.opinions) == len(whole.opinions) > 6
    assert [(s.start, s.end, s.paragraph) for s in parts.sentences] == [
        (s.start, s.end, s.paragraph) for s in whole.sentences
    ]
    assert [o.number for o in parts.opinions] == list(range(1, len(parts.opinions) + 1))
    assert len(parts.subjectivity) == len(parts.vader) == len(parts.sentences)
    for rows in (frames.opinion_rows(parts), frames.attribution_rows(parts), frames.sentence_rows(parts)):
        for row in rows:
            assert article.text[row["start"] : row["end"]] == row["text"]
    for opinion in parts.opinions:
        sentence = parts.sentences[opinion.sentence]
        assert sentence.start <= opinion.start < sentence.end
    for attribution in parts.attributions:
        where = attribution.content.source
        assert where is None or article.text[slice(*where)] in {"Variety", "IndieWire", "Empire"}


def test_a_long_article_is_of_one_domain() -> None:
    film = "Variety praised the screenplay and the acting of the film.\n\n"
    food = "Time Out praised the starters and the dessert of the restaurant.\n\n"
    text = film * (LONGEST // len(film) + 40) + food * 30
    read = Reader(Settings(taxonomy="auto")).read(Article("a", text))
    labels = {aspect.label for opinion in read.opinions for aspect in opinion.aspects}
    assert len(list(cut(text, longest=LONGEST))) == 2
    assert labels
    assert labels <= {label.name for label in aspects.read_taxonomy("film").labels}
