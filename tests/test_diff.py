"""Two runs compared: which opinions are the same, what changed in them, in the verdicts, and in what made the run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rapidfuzz import fuzz
from samples import analysis, empty, result

from pipeline import diff, frames
from pipeline.api import Result
from pipeline.diff import DIFFERENCES, compare, counted
from pipeline.errors import InputError
from pipeline.schema import COLUMNS
from pipeline.settings import Settings
from pipeline.write import FORMATS, write_tables


def _tables(*opinions: dict[str, Any], sha256: str = "same", **article: str) -> dict[str, pd.DataFrame]:
    """Make the tables of a run of one article, ``a``, from its opinions; ``at`` is a span, ``on`` aspects joined by ``+``."""
    rows = []
    for n, given in enumerate(opinions, start=1):
        row = {
            "source": "V",
            "source_type": "outlet",
            "speaker": "",
            "sentiment": "positive",
            "score": 0.5,
            "confidence": 0.5,
            **given,
        }
        row["start"], row["end"] = row.pop("at", (0, 10))
        row.setdefault("text", f"words at {row['start']}")
        aspects = row.pop("on", "story").split("+")
        rows += [
            {**row, "article_id": "a", "opinion_id": f"a:o{n}", "aspect": aspect, "aspect_confidence": 0.5}
            for aspect in aspects
        ]
    made = {name: frames.frame(name, []) for name in COLUMNS}
    articles = [{"article_id": "a", "work": "W", "sha256": sha256, "n_opinions": len(opinions), **article}]
    table = frames.frame("opinions", rows)
    return {**made, "opinions": table, "articles": frames.frame("articles", articles)}


def _compare(
    folder: Path, before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame], **options: float
) -> pd.DataFrame:
    for name, tables in (("before", before), ("after", after)):
        write_tables(tables, folder / name, output_format="csv", settings=Settings())
    return compare(folder / "before", folder / "after", **options)


def _cells(found: pd.DataFrame, *names: str) -> list[list[str]]:
    return found[list(names)].to_numpy().tolist()


CHANGES = [
    # nothing
    ([{}], [{}], []),
    # its own columns
    ([{}], [{"sentiment": "negative", "score": -0.5}], [("changed", "sentiment", "positive", "negative"), ("changed", "score", "0.5", "-0.5")]),
    ([{}], [{"source": "W"}], [("changed", "source", "V", "W")]),
    ([{}], [{"on": "story+music"}], [("changed", "aspect", "story", "music+story")]),
    ([{"rating": 0.4}], [{}], [("changed", "rating", "0.4", "")]),
    # a little more or less is nothing
    ([{}], [{"score": 0.504, "confidence": 0.496}], []),
    ([{}], [{"score": 0.506}], [("changed", "score", "0.5", "0.506")]),
    # its place
    ([{"at": (0, 10)}], [{"at": (5, 12)}], [("changed", "text", "words at 0", "words at 5")]),
    ([{"at": (0, 10)}], [{"at": (10, 20)}], [("removed", "sentiment", "positive", ""), ("added", "sentiment", "", "positive")]),
    # one more, one less
    ([], [{}], [("added", "sentiment", "", "positive")]),
    ([{}, {"at": (20, 30)}], [{"at": (20, 30)}], [("removed", "sentiment", "positive", "")]),
    # the closest two are one: a long span cut in two
    ([{"at": (0, 30), "text": "x"}], [{"at": (0, 20), "text": "x"}, {"at": (21, 30)}], [("added", "sentiment", "", "positive")]),
    # two sources in one place, in another order
    ([{"source": "V"}, {"source": "W"}], [{"source": "W"}, {"source": "V"}], []),
    ([{"source": "V", "speaker": "A"}, {"source": "V", "speaker": "B"}], [{"source": "V", "speaker": "B"}, {"source": "V", "speaker": "A"}], []),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES)
def test_opinions_are_matched(tmp_path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]], expected: list[tuple[str, ...]]) -> None:  # fmt: skip
    found = _compare(tmp_path, _tables(*before), _tables(*after))
    assert list(found.columns) == list(DIFFERENCES)
    opinions = found[found["table"] == "opinions"]
    assert _cells(opinions, "change", "column", "before", "after") == [list(row) for row in expected]
    back = compare(tmp_path / "after", tmp_path / "before")
    swap = {"added": "removed", "removed": "added", "changed": "changed"}
    mirrored = back[back["table"] == "opinions"]
    assert sorted(_cells(mirrored, "change", "column", "after", "before")) == sorted(
        [swap[change], *cells] for change, *cells in expected
    )


def test_a_changed_text_is_matched_by_its_words(tmp_path: Path) -> None:
    before = _tables({"text": "a grown-up ghost story"}, {"text": "a handsome bore", "at": (20, 30)})
    after = _tables({"text": "a handsome bore"}, {"text": "a grown-up ghost story!", "at": (120, 130)}, sha256="other")
    found = _compare(tmp_path, before, after)
    assert _cells(found, "table", "change", "column", "before", "after") == [
        ["articles", "changed", "sha256", "same", "other"],
        ["opinions", "changed", "text", "a grown-up ghost story", "a grown-up ghost story!"],
    ]


def test_verdicts_and_articles(tmp_path: Path) -> None:
    def consensus(*rows: tuple[str, int, int, int, float]) -> pd.DataFrame:
        return frames.frame("consensus", [
            {"work": "W", "aspect": aspect, "n_sources": a + b + c, "positive": a, "mixed": b, "negative": c, "consensus_score": score,
             "positive_share": 0.5, "wilson_low": 0.1, "wilson_high": 0.9}
            for aspect, a, b, c, score in rows
        ])  # fmt: skip

    before = {
        **_tables(status="ok"),
        "consensus": consensus(("all", 2, 0, 1, 60.0), ("music", 1, 0, 0, 80.0), ("story", 1, 0, 0, 80.0)),
    }
    after = {
        **_tables(status="skipped_language"),
        "consensus": consensus(("all", 1, 1, 1, 60.4), ("music", 1, 0, 0, 81.0), ("world", 0, 0, 1, 20.0)),
    }
    found = _compare(tmp_path, before, after)
    assert _cells(found, "table", "change", "aspect", "column", "before", "after") == [
        ["consensus", "changed", "all", "verdicts", "2+ 0± 1−", "1+ 1± 1−"],
        ["consensus", "changed", "music", "consensus_score", "80.0", "81.0"],
        ["consensus", "removed", "story", "verdicts", "1+ 0± 0−", ""],
        ["consensus", "added", "world", "verdicts", "", "0+ 0± 1−"],
        ["articles", "changed", "", "status", "ok", "skipped_language"],
    ]  # fmt: skip


def test_articles_of_one_run_only(tmp_path: Path) -> None:
    result().write(tmp_path / "one")
    result({}, {}).write(tmp_path / "two")
    found = compare(tmp_path / "one", tmp_path / "two")
    assert _cells(found[found["table"] != "consensus"], "table", "change", "article_id") == [
        ["articles", "added", "002"], ["opinions", "added", "002"], ["opinions", "added", "002"],
    ]  # fmt: skip
    assert set(compare(tmp_path / "two", tmp_path / "one")["change"]) <= {"removed", "changed"}


def test_failures(tmp_path: Path) -> None:
    def errors(*inputs: str) -> dict[str, pd.DataFrame]:
        rows = [{"input": name, "stage": "read", "error": "the file is empty"} for name in inputs]
        return {**_tables(), "errors": frames.frame("errors", rows)}

    found = _compare(tmp_path, errors("a.txt", "b.txt"), errors("b.txt", "c.txt"))
    assert _cells(found, "table", "change", "column", "before", "after", "text") == [
        ["errors", "removed", "stage", "read", "", "a.txt: the file is empty"],
        ["errors", "added", "stage", "", "read", "c.txt: the file is empty"],
    ]


def test_equal_failures_are_counted(tmp_path: Path) -> None:
    def errors(*stages: str) -> dict[str, pd.DataFrame]:
        rows = [{"input": "a.txt", "stage": stage, "error": "the file is empty"} for stage in stages]
        return {**_tables(), "errors": frames.frame("errors", rows)}

    found = _compare(tmp_path, errors("read", "read", "read"), errors("read", "frames"))
    assert _cells(found, "change", "before", "after", "text") == [
        ["added", "", "frames", "a.txt: the file is empty"], *([["removed", "read", "", "a.txt: the file is empty"]] * 2),
    ]  # fmt: skip


def test_no_tolerance_hides_a_yes_or_a_no(tmp_path: Path) -> None:
    before, after = _tables({"quoted": True, "score": 1.0}), _tables({"quoted": False, "score": 0.0})
    assert _cells(_compare(tmp_path, before, after, tolerance=2.0), "column", "before", "after") == [
        ["quoted", "True", "False"]
    ]


def test_settings_may_be_lists(tmp_path: Path) -> None:
    for name, languages in (("one", ["en"]), ("two", ["en", "cy"])):
        result().write(tmp_path / name)
        path = tmp_path / name / "run.json"
        run = json.loads(path.read_text(encoding="utf-8"))
        run["settings"]["languages"] = languages
        path.write_text(json.dumps(run), encoding="utf-8")
    found = compare(tmp_path / "one", tmp_path / "two")
    assert _cells(found, "column", "before", "after") == [["settings.languages", "['en']", "['en', 'cy']"]]


def test_a_long_text_that_changed_is_not_compared_all_with_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, plain = 0, fuzz.ratio

    def ratio(*args: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return plain(*args, **options)

    monkeypatch.setattr(diff.fuzz, "ratio", ratio)
    rng = random.Random(1)
    texts = [f"{rng.randbytes(8).hex()} has a plot that {rng.randbytes(8).hex(' ', 3)}" for _ in range(500)]
    said = [{"text": text, "at": (n * 10, n * 10 + 9)} for n, text in enumerate(texts)]
    moved = [{"text": text.replace("plot", "story"), "at": (n * 10, n * 10 + 9)} for n, text in enumerate([*texts[250:], *texts[:250]])]  # fmt: skip
    found = _compare(tmp_path, _tables(*said), _tables(*moved, sha256="other"))
    changed = found[found["table"] == "opinions"]
    assert set(changed["change"]) == {"changed"}
    assert [text.replace("plot", "story") for text in changed["before"]] == changed["after"].tolist()
    assert len(changed) == 500
    assert asked < 500 * 500 / 2


def test_what_made_the_run(tmp_path: Path) -> None:
    result().write(tmp_path / "one")
    result().write(tmp_path / "two")
    path = tmp_path / "two" / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    run["settings"]["taxonomy"] = "tv"
    run["versions"]["spacy"] = "1"
    run["models"]["own/model"] = "f00"
    del run["settings"]["work"]
    run["timings"] = {"total": 99.0}
    path.write_text(json.dumps(run), encoding="utf-8")
    found = compare(tmp_path / "one", tmp_path / "two")
    assert set(found["table"]) == {"run"}
    assert _cells(found, "column", "after") == [
        ["versions.spacy", "1"], ["models.own/model", "f00"], ["settings.taxonomy", "tv"],
    ]  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_the_format_makes_no_difference(tmp_path: Path, kind: str) -> None:
    made = Result((analysis(),))
    made.write(tmp_path / "one")
    made.write(tmp_path / "two", output_format=kind)
    assert compare(tmp_path / "one", tmp_path / "two").empty
    assert compare(tmp_path / "two", tmp_path / "one").empty


def test_empty_runs_and_none(tmp_path: Path) -> None:
    empty().write(tmp_path / "none")
    assert compare(tmp_path / "none", tmp_path / "none").empty
    with pytest.raises(InputError, match="no finished run"):
        compare(tmp_path / "none", tmp_path)


def test_the_tolerance_is_a_choice(tmp_path: Path) -> None:
    before, after = _tables({}), _tables({"score": 0.6})
    assert len(_compare(tmp_path, before, after, tolerance=0.0)) == 1
    assert _compare(tmp_path, before, after, tolerance=0.2).empty


def test_differences_are_counted(tmp_path: Path) -> None:
    before = _tables({}, {"at": (20, 30)}, {"at": (40, 50)})
    after = _tables({"score": 0.1}, {"at": (20, 30), "score": 0.1})
    found = _compare(tmp_path, before, after)
    assert _cells(counted(found), "table", "change", "column", "n") == [
        ["opinions", "changed", "score", 2], ["opinions", "removed", "sentiment", 1],
    ]  # fmt: skip
    assert counted(found[:0]).empty
