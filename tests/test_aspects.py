"""Aspects: clause, heading, target -> the part of the work that it judges; taxonomies as files."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.aspects import (
    FALLBACK,
    aspect_classifier,
    classifier_for,
    read_taxonomy,
    taxonomy_for,
)
from pipeline.encoder import bundled_encoder
from pipeline.errors import DataError, SettingsError
from pipeline.resources import locate
from pipeline.schema import Aspect
from pipeline.settings import bundled_taxonomies
from pipeline.train.aspects import own_seeds, train_aspects, write_taxonomy
from pipeline.train.datasets import aspect_examples

FILM = {
    "action", "performance", "story", "dialogue", "characters", "direction", "visuals", "music", "pacing", "humor",
    "emotion", "world", "overall",
}  # fmt: skip
CLAUSES = [
    ("the fight choreography is superb", "", "action"),
    ("her performance is flat", "", "performance"),
    ("the plot is thin", "", "story"),
    ("the dialogue is underwhelming", "", "dialogue"),
    ("the villain is underwritten", "", "characters"),
    ("sure-handed direction", "", "direction"),
    ("the cinematography is ravishing", "", "visuals"),
    ("a haunting score", "", "music"),
    ("the pacing drags and it is far too long", "", "pacing"),
    ("the jokes land and the gags are funny", "", "humor"),
    ("tense and genuinely scary", "", "emotion"),
    ("deepens the lore of the franchise", "", "world"),
    ("a masterpiece", "", "overall"),
    ("thin", "Plot and Narrative", "story"),
    ("flat in places", "The Acting", "performance"),
]


def _read(text: str, heading: str = "") -> tuple[Aspect, ...]:
    readings = bundled_encoder().read_snippets([text], targets=[heading])
    return aspect_classifier("film")([text], [heading], [""], readings=readings)[0]


def test_the_network_counts_by_label_and_only_where_it_knows_the_taxonomy() -> None:
    classify = aspect_classifier("film")
    alone = classify(["zzz"], [""], [""])
    sure = {label: float(label == "music") for label in reversed(classify.labels)}
    (reading,) = bundled_encoder().read_snippets(["zzz"])
    known, unknown = replace(reading, aspects=sure), replace(reading, aspects={"dessert": 1.0})
    assert classify(["zzz"], [""], [""], readings=[known])[0][0].label == "music"
    assert classify(["zzz"], [""], [""], readings=[unknown]) == alone


@pytest.mark.parametrize(("text", "heading", "expected"), CLAUSES)
def test_film(text: str, heading: str, expected: str) -> None:
    found = _read(text, heading)
    assert found[0].label == expected
    assert all(a.label in FILM and 0 <= a.confidence <= 1 for a in found)


def test_a_clause_about_two_things_has_two_labels() -> None:
    found = _read("great acting and a gorgeous musical score")
    assert {"performance", "music"} <= {a.label for a in found}


def test_what_names_nothing_is_overall_with_low_confidence() -> None:
    (found,) = aspect_classifier("film")(["zzz"], [""], [""])
    assert found[0].label == "overall"
    assert found[0].confidence < 0.7


def test_the_film_taxonomy_is_complete() -> None:
    taxonomy = read_taxonomy("film")
    assert {label.name for label in taxonomy.labels} == FILM
    assert all(label.description and label.seeds and label.examples for label in taxonomy.labels)


@pytest.mark.parametrize("name", ["opera", "no/such.toml"])
def test_an_unknown_taxonomy_is_refused(name: str) -> None:
    with pytest.raises((SettingsError, DataError)) as caught:
        read_taxonomy(name)
    assert caught.value.hint


def test_a_user_trains_a_taxonomy_from_a_few_examples(tmp_path: Path) -> None:
    rows = [
        ("service", f"the waiter was {w}") for w in ("kind", "slow", "rude", "warm", "brisk", "cold", "sweet", "late")
    ]
    rows += [("food", f"the soup was {w}") for w in ("hot", "bland", "rich", "thin", "salty", "fresh", "sour", "sweet")]
    path = tmp_path / "mine.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "aspects"])
        writer.writerows((text, label) for label, text in rows)
    train_aspects(path, tmp_path / "mine")
    taxonomy = write_taxonomy(tmp_path / "mine")
    found = aspect_classifier(str(taxonomy))(["our waiter was lovely", "the soup was lovely"], ["", ""], ["", ""])
    assert [row[0].label for row in found] == ["service", "food"]


def test_the_seeds_of_a_taxonomy_that_is_there_are_used(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert own_seeds(folder) == {}
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[[labels]]\nname = "food"\nseeds = ["soup"]\n[[labels]]\nname = "price"\n', encoding="utf-8"
    )
    assert own_seeds(folder) == {"food": ("soup",), "price": ()}


def test_one_label_is_too_few(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,aspects\nfine soup,food\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"1 label$"):
        train_aspects(path, tmp_path / "mine")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The album opens with its best song; the lyrics sag later.", "music"),
        ("The chef sends out dishes that the menu undersells.", "restaurant"),
        ("Players will love the boss fights, and the game runs well on PC.", "game"),
        ("The novel loses its readers by chapter nine.", "book"),
        ("Season two of the series ends with its best episode.", "tv"),
        ("A film by a director who trusts the cinema.", "film"),
        ("Nothing is said here.", "film"),
        ("", "film"),
    ],
)
def test_auto_chooses_by_the_text(text: str, name: str) -> None:
    assert taxonomy_for(text) == name
    assert classifier_for("auto", text) is aspect_classifier(name)


@pytest.mark.parametrize("name", bundled_taxonomies())
def test_every_bundled_taxonomy_has_its_classifier_and_labels(name: str) -> None:
    taxonomy = read_taxonomy(name)
    examples = Counter(label for e in aspect_examples(locate(f"corpus/aspects/{name}")) for label in e.aspects)
    assert {label.name for label in taxonomy.labels} == set(examples)
    assert min(examples.values()) >= 40
    assert set(aspect_classifier(name).labels) == set(examples)
    assert FALLBACK in examples
    assert all(label.description and label.seeds for label in taxonomy.labels if label.name != FALLBACK)


@pytest.mark.parametrize("column", ["aspects", "aspect", "category", "label"])
def test_rows_of_one_text_are_one_example_and_val_measures(tmp_path: Path, column: str) -> None:
    rows = "Great food,food,train\nGreat food,price,train\nRude staff,staff | service,val\n"
    (tmp_path / "t.csv").write_text(f"text,{column},split\n{rows}", encoding="utf-8")
    found = [(e.text, e.aspects, e.split) for e in aspect_examples(tmp_path / "t.csv")]
    assert found == [("Great food", ("food", "price"), "train"), ("Rude staff", ("staff", "service"), "dev")]
