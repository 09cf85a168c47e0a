"""Two annotations of the same articles: how far they agree."""

from __future__ import annotations

from dataclasses import replace

from pipeline.gold import read_gold
from pipeline.resources import locate
from pipeline.train.agreement import agreement


def test_an_annotation_agrees_with_itself() -> None:
    (gold,) = read_gold([locate("corpus/second/tv-07.json")])
    firm = replace(gold, opinions=tuple(opinion for opinion in gold.opinions if not opinion.optional))
    assert agreement([firm], [firm])["full_f1"] == 1.0


def test_what_one_leaves_out_counts() -> None:
    (gold,) = read_gold([locate("corpus/second/tv-07.json")])
    firm = replace(gold, opinions=tuple(opinion for opinion in gold.opinions if not opinion.optional))
    assert agreement([firm], [replace(firm, opinions=firm.opinions[::2])])["found_recall"] < 0.6


def test_the_second_annotation_is_of_the_same_texts() -> None:
    texts = {article.id: article.text for article in read_gold([locate("corpus/annotated")], split="dev")}
    second = read_gold([locate("corpus/second")])
    assert all(texts[article.id] == article.text for article in second)
