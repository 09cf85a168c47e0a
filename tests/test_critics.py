"""The directory of critics: names -> the publication of those who have one."""

from __future__ import annotations

from pipeline.critics import known_critics
from pipeline.outlets import load_gazetteer
from pipeline.resources import locate, read_jsonl

ROWS = list(read_jsonl(locate("corpus/gazetteers/critics.jsonl")))


def test_every_publication_is_in_the_gazetteer() -> None:
    outlets = load_gazetteer().outlets
    assert [row["name"] for row in ROWS if not row["outlets"] or not set(row["outlets"]) <= outlets.keys()] == []


def test_names_are_unique_and_have_provenance() -> None:
    names = [name for row in ROWS for name in (row["name"], *row["aliases"])]
    assert len(names) == len(set(names)) > 2000
    assert all(row["provenance"] and row["field"] for row in ROWS)


def test_only_who_writes_for_one_publication_is_known() -> None:
    for row in ROWS:
        found = known_critics([row["name"]])
        assert bool(found) == (len(row["outlets"]) == 1)
        assert all(mention.id == row["outlets"][0] for mention in found.values())
    assert known_critics(["Nobody Atall"]) == {}
