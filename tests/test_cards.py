"""Model cards: those of bundled models are what their makers write, those of a user's say what holds of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.aspects import read_taxonomy
from pipeline.cli.app import app
from pipeline.encoder import bundled_encoder
from pipeline.resources import locate
from pipeline.settings import bundled_taxonomies
from pipeline.train import aspects, build, confidence, holders, opinions, subjectivity
from pipeline.train.aspects import aspect_card
from pipeline.train.card import Remarks, card
from pipeline.train.sentiment import sentiment_card

MODELS = locate("models")
TITLES = [
    ("subjectivity", "Subjectivity classifier", subjectivity),
    ("holders", "Holder ranker", holders),
    ("opinions", "Opinion classifier", opinions),
    ("confidence", "Row confidence", confidence),
]
PRAISE, BLAME = ("kind", "warm", "fresh", "brisk", "neat", "sweet"), ("rude", "cold", "stale", "slow", "drab", "sour")
SENTIMENT = [(f"the {thing} was {word}", label) for thing in ("soup", "waiter", "lamp", "chair", "queue", "bill")
             for words, label in ((PRAISE, "positive"), (BLAME, "negative")) for word in words]  # fmt: skip
ASPECTS = [(f"the {thing} was {word}", label) for thing, label in (("soup", "food"), ("waiter", "service"), ("bill", "price"))
           for word in (*PRAISE, *BLAME)]  # fmt: skip
NEUTRAL = [(f"the {thing} costs {n} crowns", "neutral") for thing in ("soup", "chair") for n in range(12)]
OF_OTHERS = ("treebank", "1990s", "film", "games", "committed", "outside data", "models/", "DATA")


def _meta(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return found


def _card(folder: Path) -> str:
    return (folder / "README.md").read_bytes().decode("utf-8")


@pytest.mark.parametrize(("name", "title", "maker"), TITLES, ids=[row[0] for row in TITLES])
def test_a_bundled_card_is_what_its_maker_writes(name: str, title: str, maker: object) -> None:
    use, limits = maker._USE, maker._LIMITS  # type: ignore[attr-defined]
    assert _card(MODELS / name).startswith(
        card(title, _meta(MODELS / name), use, Remarks(limits, build.REBUILD)).rstrip("\n")
    )


def test_the_card_of_the_bundled_sentiment_model_is_what_is_written() -> None:
    written = sentiment_card(_meta(MODELS / "sentiment"), build.SENTIMENT)
    head, tail = written.split("## Rebuild")
    assert _card(MODELS / "sentiment").startswith(head)
    assert f"## Rebuild{tail}" in _card(MODELS / "sentiment")


@pytest.mark.parametrize("name", bundled_taxonomies())
def test_the_card_of_a_bundled_aspect_model_is_what_is_written(name: str) -> None:
    meta = _meta(MODELS / "aspects" / name)
    states = not set(meta["labels"]) <= set(bundled_encoder().labels)  # type: ignore[call-overload]
    seeds = any(read_taxonomy(name).seeds.values())
    assert _card(MODELS / "aspects" / name) == aspect_card(meta, build.ASPECTS, seeds=seeds, states=states)


def _train(tmp_path: Path, what: str, rows: list[tuple[str, str]]) -> str:
    """Train with the command line and return the card."""
    lines = [f"text,{'label' if what == 'sentiment' else 'aspects'}", *(f"{text},{label}" for text, label in rows)]
    (tmp_path / "lab two.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["train", what, str(tmp_path / "lab two.csv"), "-o", str(tmp_path / "mine")])
    assert done.exit_code == 0, done.output
    return _card(tmp_path / "mine")


@pytest.mark.parametrize(
    ("what", "rows", "told"),
    [
        ("sentiment", SENTIMENT, "probabilities of negative and positive."),
        ("sentiment", [*SENTIMENT, *NEUTRAL], "probabilities of negative, neutral and positive."),
        ("aspects", ASPECTS, "n-grams of a clause, and what the network reads of it."),
    ],
    ids=["two classes", "three classes", "aspects"],
)
def test_the_card_of_a_users_model_says_what_holds_of_it(
    tmp_path: Path, what: str, rows: list[tuple[str, str]], told: str
) -> None:
    text = _train(tmp_path, what, rows)
    held_out = sum(number % 10 == 9 for number in range(len(rows)))
    assert told in text
    assert not [words for words in OF_OTHERS if words in text]
    assert str(tmp_path) not in text
    assert f"pullquote train {what} 'lab two.csv' -o mine\n" in text
    assert "| lab two.csv | the user's | " in text
    assert abs(int(text.split("measured on: ")[1].split(".")[0]) - held_out) <= 1


def test_a_card_tells_of_seeds_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[[labels]]\nname = "food"\nseeds = ["soup"]\n[[labels]]\nname = "service"\n', encoding="utf-8"
    )
    assert "seed phrases" in _train(tmp_path, "aspects", ASPECTS)


def test_a_card_shows_no_figures_where_nothing_was_kept_aside(tmp_path: Path) -> None:
    text = _train(tmp_path, "aspects", ASPECTS[10:16])
    assert "measured on: 0." in text
    assert "| | |" not in text


@pytest.mark.parametrize("relative", [True, False])
def test_the_projects_own_examples_keep_their_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(aspects, "locate", lambda _: tmp_path)
    text = _train(Path() if relative else tmp_path, "aspects", ASPECTS)
    assert "| lab two.csv | MIT | " in text
