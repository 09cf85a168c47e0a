"""Very long texts: cut at the ends of paragraphs, read alike, offsets and numbers as in one text."""

from __future__ import annotations

import pytest

from pipeline import frames, stretches
from pipeline.analyze import Reader
from pipeline.schema import Article
from pipeline.settings import Settings
from pipeline.stretches import cut


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


def test_rows_of_stretches_are_those_of_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    article = Article("a", PARAGRAPH * 6)
    reader = Reader(Settings())
    whole = reader.read(article)
    monkeypatch.setattr(stretches.cut, "__kwdefaults__", {"longest": len(PARAGRAPH) + 20})
    parts = reader.read(article)
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
