"""The corpus is as large and as balanced as its README and the models' cards suppose."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import pytest

from pipeline.aspects import read_taxonomy
from pipeline.gold import read_gold
from pipeline.resources import locate, read_jsonl
from pipeline.train.datasets import aspect_examples, polarity_sentences, taught_attributions


def test_there_are_demo_articles_in_several_formats() -> None:
    files = [path for path in locate("corpus/demo").iterdir() if path.is_file()]
    assert len(files) >= 6
    assert len({path.suffix for path in files}) >= 3


def test_splits_hold_different_articles() -> None:
    texts = {split: {a.text for a in read_gold([locate("corpus/annotated")], split=split)} for split in ("train", "dev", "test")}  # fmt: skip
    assert sum(map(len, texts.values())) >= 24
    assert all(texts.values())
    assert not (texts["train"] & texts["dev"])
    assert not (texts["train"] & texts["test"])
    assert not (texts["dev"] & texts["test"])


@pytest.mark.parametrize("name", sorted(path.name for path in locate("corpus/aspects").iterdir()))
def test_every_label_of_a_taxonomy_has_examples(name: str) -> None:
    examples = aspect_examples(locate("corpus/aspects") / name)
    counts = Counter(label for example in examples for label in example.aspects)
    labels = {label.name for label in read_taxonomy(name).labels}
    assert counts.keys() == labels
    assert min(counts.values()) >= 40
    assert name != "film" or len(examples) >= 1200


def test_taught_attributions_stand_in_their_texts_and_some_texts_hold_none() -> None:
    texts = list(taught_attributions(locate("corpus/attribution") / "taught"))
    assert len({item.text for item in texts}) == len(texts) >= 600
    spans = [(item.text, span) for item in texts for parts in item.attributions for part in parts for span in part]
    assert all(
        0 <= start < end <= len(text) and text[start:end].strip() == text[start:end] for text, (start, end) in spans
    )
    assert 0.1 < sum(not item.attributions for item in texts) / len(texts) < 0.25


def test_no_taught_text_is_one_that_measures() -> None:
    cases = {row["text"] for row in read_jsonl(locate("corpus/attribution/cases.jsonl"))}
    assert not cases & {item.text for item in taught_attributions(locate("corpus/attribution") / "taught")}
    taught = {row["text"] for row in polarity_sentences()}
    for split in ("dev", "test"):
        assert not taught & {row["text"] for row in read_jsonl(locate(f"corpus/challenge/{split}.jsonl"))}


def test_the_season_is_a_table_of_short_roundups_of_several_films() -> None:
    rows = list(
        csv.DictReader(locate("corpus/season/reviews.csv").read_text(encoding="utf-8").splitlines(keepends=True))
    )
    assert list(rows[0]) == ["id", "date", "work", "publisher", "title", "text"]
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows) >= 12
    assert Counter(Counter(row["work"] for row in rows).values()) == {2: 6}
    assert [row["date"] for row in rows] == sorted(date.fromisoformat(row["date"]).isoformat() for row in rows)
    assert all(120 <= len(row["text"].split()) <= 220 for row in rows)
