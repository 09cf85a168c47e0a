"""Floors of quality: raising allowed, lowering refused, and the committed ones reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.api import Analyzer
from pipeline.errors import DataError
from pipeline.evaluate import evaluate
from pipeline.floors import HIGHER, LOWER, corpus_hash, floor_for, raised, read_floors, shortfalls, write_floors
from pipeline.gold import read_gold
from pipeline.outlets import load_gazetteer
from pipeline.schema import Article

CORPUS = Path(__file__).parent.parent / "corpus" / "annotated"
FLOORS = CORPUS.parent / "floors.json"
FIGURES = {**dict.fromkeys(HIGHER, 0.5), **dict.fromkeys(LOWER, 0.1)}


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_committed_floors_are_reached(split: str) -> None:
    gold = read_gold([CORPUS], split=split)
    floor = floor_for(read_floors(FLOORS), corpus_hash(gold), split)
    assert floor, "no floor for this corpus: pullquote evaluate corpus/annotated --split SPLIT --floors FILE --raise"
    analyzer = Analyzer()
    pairs = [(article, analyzer.read(Article(article.id, article.text))) for article in gold]
    fold = load_gazetteer().aliases()
    assert shortfalls(evaluate(pairs, fold=fold).figures(), {k: _slack(k, v) for k, v in floor.items()}) == []


def _slack(name: str, value: float) -> float:
    """Allow for the last digit of floating point on other machines."""
    return value + (0.002 if name in LOWER else -0.002)


@pytest.mark.parametrize(("name", "value", "short"), [(n, 0.4, True) for n in HIGHER] + [(n, 0.6, False) for n in HIGHER]
                         + [(n, 0.2, True) for n in LOWER] + [(n, 0.0, False) for n in LOWER])  # fmt: skip
def test_shortfalls(name: str, value: float, short: bool) -> None:
    assert bool(shortfalls({**FIGURES, name: value}, FIGURES)) is short


def test_floors_are_raised_and_never_lowered(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert read_floors(path) == []
    write_floors(path, raised([], FIGURES, "abc", "dev"))
    higher = {**FIGURES, "full_f1": 0.7}
    write_floors(path, raised(read_floors(path), higher, "abc", "dev"))
    assert floor_for(read_floors(path), "abc", "dev")["full_f1"] == 0.7
    assert floor_for(read_floors(path), "abc", "test") == {}
    with pytest.raises(DataError, match="full_f1"):
        raised(read_floors(path), FIGURES, "abc", "dev")
    write_floors(path, [*read_floors(path), {"corpus": "abc", "split": "dev", "figures": FIGURES}])
    with pytest.raises(DataError, match="lowers"):
        read_floors(path)


@pytest.mark.parametrize("value", [1 / 3, 2 / 3, 0.62466, 0.62474])
def test_a_reading_reaches_its_own_floor(value: float) -> None:
    figures = {**dict.fromkeys(HIGHER, value), **dict.fromkeys(LOWER, value)}
    assert shortfalls(figures, raised([], figures, "abc", "dev")[-1]["figures"]) == []


def test_another_corpus_has_floors_of_its_own(tmp_path: Path) -> None:
    entries = raised(raised([], {**FIGURES, "full_f1": 0.9}, "abc", "dev"), FIGURES, "def", "dev")
    write_floors(tmp_path / "floors.json", entries)
    assert floor_for(read_floors(tmp_path / "floors.json"), "def", "dev")["full_f1"] == 0.5


def test_the_hash_sees_every_change() -> None:
    gold = read_gold([CORPUS], split="dev")
    assert corpus_hash(gold) == corpus_hash(gold[::-1])
    assert corpus_hash(gold) != corpus_hash(gold[1:])
