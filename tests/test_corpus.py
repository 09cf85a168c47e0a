"""The corpus is as large and as balanced as its README and the models' cards suppose."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.aspects import read_taxonomy
from pipeline.gold import read_gold
from pipeline.resources import locate
from pipeline.train.datasets import aspect_examples


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
