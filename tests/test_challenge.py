"""Sentences by phenomenon: enough of them, in pairs, and none of what is measured among what is taught."""

from __future__ import annotations

from collections import Counter

from pipeline.encoder import POLARITIES
from pipeline.resources import locate, read_jsonl
from pipeline.train.datasets import polarity_sentences

MEASURED = [row for name in ("dev", "test") for row in read_jsonl(locate(f"corpus/challenge/{name}.jsonl"))]
TAUGHT = list(polarity_sentences())


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha())


def test_there_are_enough() -> None:
    assert len(MEASURED) >= 500
    assert len(TAUGHT) >= 1500
    kinds = Counter(row["phenomenon"] for row in MEASURED)
    assert len(kinds) >= 20
    assert min(kinds.values()) >= 15


def test_labels_and_ids() -> None:
    for rows in (MEASURED, TAUGHT):
        assert {row["label"] for row in rows} == set(POLARITIES)
        assert len({row["id"] for row in rows}) == len(rows)
        assert len({(row["text"], row.get("target")) for row in rows}) == len(rows)


def test_sides_of_a_pair_differ() -> None:
    for rows in (MEASURED, TAUGHT):
        pairs: dict[str, list[str]] = {}
        for row in rows:
            if row["pair"]:
                pairs.setdefault(row["pair"], []).append(row["label"])
        assert len(pairs) >= 100
        assert all(len(labels) > 1 for labels in pairs.values())
        assert sum(len(set(labels)) > 1 for labels in pairs.values()) >= 0.95 * len(pairs)


def test_nothing_measured_is_taught() -> None:
    assert not {_plain(row["text"]) for row in MEASURED} & {_plain(row["text"]) for row in TAUGHT}
