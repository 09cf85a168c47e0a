"""Annotated articles: what is read, what is refused and how it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.aspects import read_taxonomy
from pipeline.errors import DataError
from pipeline.gold import SPLITS, read_gold, read_judgements

ROOT = Path(__file__).parent.parent
TEXT = "Variety praised the score. Directed by Ann Lee. Fans loved it."
OPINION: dict[str, Any] = {
    "source": "Variety", "speaker": None, "source_type": "outlet", "anchor": "praised the score", "aspects": ["music"],
    "polarity": "positive",
}  # fmt: skip
GOLD: dict[str, Any] = {"text": TEXT, "opinions": [OPINION], "non_opinions": [{"anchor": "Directed by Ann Lee"}]}


def _write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_an_article_is_read(tmp_path: Path) -> None:
    more = {
        **OPINION,
        "also_ok": ["emotion"],
        "pol_ok": ["mixed"],
        "source_ok": ["author"],
        "optional": True,
        "speaker": "Ann Lee",
    }
    path = _write(
        tmp_path / "dev" / "film-1.json", {**GOLD, "domain": "film", "layout": "prose", "opinions": [OPINION, more]}
    )
    (article,) = read_gold([path])
    assert (article.id, article.domain, article.layout, article.split, article.publisher) == (
        "film-1",
        "film",
        "prose",
        "dev",
        "",
    )
    plain, rich = article.opinions
    assert TEXT[plain.start : plain.end] == plain.anchor == "praised the score"
    assert (plain.speaker, plain.aspects, plain.also_ok) == ("", {"music"}, frozenset())
    assert (plain.polarity_ok, plain.source_ok, plain.optional) == ({"positive"}, frozenset(), False)
    assert (rich.speaker, rich.also_ok, rich.optional) == ("Ann Lee", {"emotion"}, True)
    assert (rich.polarity_ok, rich.source_ok) == ({"positive", "mixed"}, {"author"})
    assert [TEXT[start:end] for start, end in article.facts] == ["Directed by Ann Lee"]


def test_folders_splits_and_repeats(tmp_path: Path) -> None:
    for split, name in (("train", "b"), ("train", "a"), ("test", "c"), ("elsewhere", "d")):
        _write(tmp_path / split / f"{name}.json", GOLD)
    (tmp_path / "train" / "notes.txt").write_text("x", encoding="utf-8")
    assert [(a.id, a.split) for a in read_gold([tmp_path])] == [
        ("d", ""),
        ("c", "test"),
        ("a", "train"),
        ("b", "train"),
    ]
    assert [a.id for a in read_gold([tmp_path], split="train")] == ["a", "b"]
    assert [a.id for a in read_gold([tmp_path / "train", tmp_path / "train" / "a.json"])] == ["a", "b"]


def test_the_split_is_told_from_within_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "dev" / "a.json", GOLD)
    monkeypatch.chdir(tmp_path / "dev")
    assert [a.split for a in read_gold([Path("a.json")])] == ["dev"]


def _with(**changes: object) -> dict[str, Any]:
    return {**GOLD, "opinions": [{**OPINION, **changes}]}


REFUSED = [
    ([], "no valid gold"),
    ({}, "text"),
    ({"text": TEXT}, "opinions"),
    ({**GOLD, "text": None}, "text"),
    ({**GOLD, "text": 5}, "text"),
    ({**GOLD, "opinions": None}, "no valid gold"),
    ({**GOLD, "opinions": ["praised"]}, "no valid gold"),
    ({**GOLD, "non_opinions": [{"anchor": "not there"}]}, "not there"),
    (_with(anchor="e"), "occurs"),
    (_with(anchor=""), "occurs"),
    (_with(anchor="Praised the score"), "Praised the score"),
    (_with(anchor=None), "no valid gold"),
    (_with(source_type="paper"), "praised the score"),
    (_with(source_type=None), "praised the score"),
    (_with(polarity="neutral"), "praised the score"),
    (_with(polarity="good"), "praised the score"),
    (_with(aspects=[]), "praised the score"),
    (_with(aspects="music"), "praised the score"),
    (_with(aspects=[1]), "praised the score"),
    (_with(also_ok="music"), "also_ok"),
    (_with(pol_ok="mixed"), "pol_ok"),
    (_with(pol_ok=["good"]), "praised the score"),
    (_with(source_ok="author"), "source_ok"),
]


@pytest.mark.parametrize(("data", "named"), REFUSED)
def test_what_is_no_gold_is_named(tmp_path: Path, data: object, named: str) -> None:
    path = _write(tmp_path / "bad.json", data)
    with pytest.raises(DataError) as caught:
        read_gold([path])
    assert "bad.json" in str(caught.value)
    assert named in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b""])
def test_what_is_no_json_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(data)
    with pytest.raises(DataError, match=r"bad\.json"):
        read_gold([tmp_path])


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read_gold([tmp_path / "nowhere"])
    with pytest.raises(DataError, match="no annotated"):
        read_gold([tmp_path])
    _write(tmp_path / "dev" / "a.json", GOLD)
    with pytest.raises(DataError, match="no annotated"):
        read_gold([tmp_path], split="test")


def test_the_corpus_is_valid() -> None:
    articles = read_gold([ROOT / "corpus" / "annotated"])
    assert {article.split for article in articles} == set(SPLITS)
    assert len({article.id for article in articles}) == len(articles)
    labels = {label.name for label in read_taxonomy("film").labels}
    used = {name for a in articles for o in a.opinions for name in o.aspects | o.also_ok}
    assert used <= labels


def test_judgements_are_articles_of_a_sentence(tmp_path: Path) -> None:
    row = {
        "text": "It sings. It opens in May.",
        "anchors": [{"anchor": "It sings", "polarity": "positive", "aspects": ["music"]}],
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (article,) = read_judgements(tmp_path)
    assert (article.id, article.text, [o.anchor for o in article.opinions]) == ("a-1", row["text"], ["It sings"])


@pytest.mark.parametrize(
    "row",
    [{"text": "It sings."}, {"text": 3, "anchors": []}, {"text": "It sings.", "anchors": [{"anchor": "It sinks"}]}],
)
def test_what_is_no_judgement_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl"):
        read_judgements(tmp_path)
