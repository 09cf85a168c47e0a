"""A run over the demo articles through the command line: every row of every table, and the same rows however it is run."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster

from pipeline import frames
from pipeline.aspects import read_taxonomy
from pipeline.lexical import vader_compound
from pipeline.schema import COLUMNS
from pipeline.stored import read_tables

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "corpus" / "demo"
ASPECTS = {label.name for label in read_taxonomy("film").labels}
SOURCE_TYPES = {"outlet", "critic", "cast_crew", "audience", "aggregator", "author", "other"}
SETS = {
    "opinions": {"source_type": SOURCE_TYPES, "quoted": {"True", "False"}, "aspect": ASPECTS, "sentiment": {"positive", "negative", "mixed"}},
    "attributions": {"source_type": SOURCE_TYPES, "kind": {"direct", "indirect", "mixed"}},
    "sentences": {"kind": {"heading", "body", "list", "caption", "boilerplate"}},
    "articles": {"status": {"ok"}},
    "summary": {"source_type": SOURCE_TYPES, "aspect": ASPECTS},
    "consensus": {"aspect": ASPECTS | {"all"}},
}  # fmt: skip
RANGES = {
    "opinions": {"attribution_confidence": (0, 1), "aspect_confidence": (0, 1), "score": (-1, 1), "confidence": (0, 1), "vader": (-1, 1), "rating": (0, 1)},
    "attributions": {"attribution_confidence": (0, 1)},
    "sentences": {"subjectivity": (0, 1), "vader": (-1, 1)},
    "articles": {"n_chars": (1, 1e6), "n_words": (1, 1e6), "n_sentences": (1, 1e5), "n_opinions": (0, 1e5)},
    "summary": {"n": (1, 1e5), "positive": (0, 1e5), "mixed": (0, 1e5), "negative": (0, 1e5), "mean_score": (-1, 1)},
    "consensus": {
        "n_sources": (1, 1e5), "positive": (0, 1e5), "mixed": (0, 1e5), "negative": (0, 1e5), "positive_share": (0, 1), "wilson_low": (0, 1),
        "wilson_high": (0, 1), "consensus_score": (0, 100), "divisiveness": (0, 1),
    },
}  # fmt: skip
OPTIONAL = {"rating", "divisiveness"}
Rows = list[dict[str, str]]


def _analyze(*arguments: str | Path) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "analyze", *map(str, arguments), "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _rows(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    _analyze(DEMO, "-o", out, "--report")
    return out


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, Rows]:
    return {name: _rows(folder, name) for name in COLUMNS}


@pytest.fixture(scope="module")
def texts(tables: dict[str, Rows]) -> dict[str, str]:
    found = {}
    for row in tables["articles"]:
        is_text = row["path"].endswith(".txt")
        assert (row["text"] == "") == is_text
        found[row["article_id"]] = Path(row["path"]).read_bytes().decode("utf-8") if is_text else row["text"]
    return found


def test_every_input_is_there(tables: dict[str, Rows]) -> None:
    assert tables["errors"] == []
    stems = {path.stem for path in DEMO.iterdir() if path.suffix != ".csv"}
    with (DEMO / "reviews.csv").open(encoding="utf-8", newline="") as handle:
        ids = {row["id"] for row in csv.DictReader(handle)}
    assert {row["article_id"] for row in tables["articles"]} == stems | ids
    assert len(tables["articles"]) == len(stems | ids)


def test_the_readmes_table_is_of_this_run(tables: dict[str, Rows]) -> None:
    columns = ("source", "speaker", "aspect", "sentiment", "attribution", "text")
    head = "| " + " | ".join(columns) + " |\n"
    lines = (ROOT / "README.md").read_text(encoding="utf-8").split(head)[1].split("\n\n")[0].splitlines()[1:]
    shown = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert len(shown) > 5
    assert set(shown) <= {tuple(row[column] for column in columns) for row in tables["opinions"]}


@pytest.mark.parametrize("name", ["opinions", "attributions", "sentences"])
def test_offsets_give_the_text(tables: dict[str, Rows], texts: dict[str, str], name: str) -> None:
    assert tables[name]
    for row in tables[name]:
        text = texts[row["article_id"]]
        start, end = int(row["start"]), int(row["end"])
        assert 0 <= start < end <= len(text)
        assert text[start:end] == row["text"]
        assert row["text"] == row["text"].strip() != ""


def test_cues_and_mentions_stand_where_the_table_says(tables: dict[str, Rows], texts: dict[str, str]) -> None:
    for row in tables["attributions"]:
        text = texts[row["article_id"]]
        assert (row["cue"] == "") == (row["cue_start"] == "") == (row["cue_end"] == "")
        assert (row["source_start"] == "") == (row["source_end"] == "")
        if row["cue"]:
            assert text[int(row["cue_start"]) : int(row["cue_end"])] == row["cue"]
        if row["source_start"]:
            assert text[int(row["source_start"]) : int(row["source_end"])].strip()
    for row in tables["opinions"]:
        assert row["cue"] in texts[row["article_id"]]


@pytest.mark.parametrize(("name", "key", "letter"), [("opinions", "opinion_id", "o"), ("attributions", "attribution_id", "a"), ("sentences", "sentence_id", "s")])  # fmt: skip
def test_ids_count_the_rows_of_an_article(tables: dict[str, Rows], name: str, key: str, letter: str) -> None:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for row in tables[name]:
        match = re.fullmatch(rf"{re.escape(row['article_id'])}:{letter}([1-9]\d*)", row[key])
        assert match
        numbers[row["article_id"]].append(int(match[1]))
    for found in numbers.values():
        assert list(dict.fromkeys(found)) == list(range(1, found[-1] + 1))
        assert name == "opinions" or len(set(found)) == len(found)


def test_rows_of_an_opinion_differ_in_aspect_alone(tables: dict[str, Rows]) -> None:
    seen = Counter((row["opinion_id"], row["aspect"]) for row in tables["opinions"])
    assert max(seen.values()) == 1
    groups: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in tables["opinions"]:
        groups[row["opinion_id"]].add(tuple(v for k, v in row.items() if k not in ("aspect", "aspect_confidence")))
    assert all(len(group) == 1 for group in groups.values())


def test_opinions_lie_in_their_sentences(tables: dict[str, Rows]) -> None:
    sentences = {row["sentence_id"]: row for row in tables["sentences"]}
    for row in tables["opinions"]:
        sentence = sentences[row["sentence_id"]]
        assert sentence["article_id"] == row["article_id"]
        assert int(sentence["start"]) <= int(row["start"]) < int(sentence["end"])
        assert sentence["section"] == row["section"]


def test_sentences_are_in_order_and_cover_the_text(tables: dict[str, Rows], texts: dict[str, str]) -> None:
    ends: dict[str, int] = dict.fromkeys(texts, 0)
    for row in tables["sentences"]:
        assert not texts[row["article_id"]][ends[row["article_id"]] : int(row["start"])].strip()
        ends[row["article_id"]] = int(row["end"])
    assert not any(texts[name][end:].strip() for name, end in ends.items())


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, sets in SETS.items() for column in sets])
def test_named_values_are_within_their_sets(tables: dict[str, Rows], name: str, column: str) -> None:
    assert {row[column] for row in tables[name]} <= SETS[name][column]


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, ranges in RANGES.items() for column in ranges])
def test_numbers_are_within_their_ranges(tables: dict[str, Rows], name: str, column: str) -> None:
    low, high = RANGES[name][column]
    values = [row[column] for row in tables[name]]
    assert column in OPTIONAL or "" not in values
    assert all(low <= float(value) <= high for value in values if value)


def test_sources_follow_the_contract(tables: dict[str, Rows]) -> None:
    for row in [*tables["opinions"], *tables["attributions"]]:
        assert row["source"]
        if row["source_type"] == "outlet":
            assert row["source"] == row["outlet"]
        elif row["source_type"] in ("critic", "cast_crew"):
            assert row["source"] == (row["outlet"] or row["speaker"])
    for row in tables["opinions"]:
        assert row["attribution"]
        assert (row["attribution"] == "author") == (row["source_type"] == "author")


def test_sentiment_agrees_with_the_score(tables: dict[str, Rows]) -> None:
    for row in tables["opinions"]:
        score = float(row["score"])
        assert row["sentiment"] != "positive" or score >= 0
        assert row["sentiment"] != "negative" or score <= 0


def test_vader_is_that_of_the_text(tables: dict[str, Rows]) -> None:
    for name in ("opinions", "sentences"):
        for row in tables[name]:
            assert float(row["vader"]) == pytest.approx(vader_compound(row["text"]), abs=1e-4)


def test_articles_count_their_rows(tables: dict[str, Rows], texts: dict[str, str]) -> None:
    sentences = Counter(row["article_id"] for row in tables["sentences"])
    opinions = Counter(name for name, _ in {(row["article_id"], row["opinion_id"]) for row in tables["opinions"]})
    for row in tables["articles"]:
        name = row["article_id"]
        assert int(row["n_chars"]) == len(texts[name])
        assert int(row["n_sentences"]) == sentences[name]
        assert int(row["n_opinions"]) == opinions[name]
        assert row["sha256"] == hashlib.sha256(texts[name].encode("utf-8")).hexdigest()


def test_summary_is_counted_from_the_opinions(tables: dict[str, Rows]) -> None:
    groups: defaultdict[tuple[str, ...], Rows] = defaultdict(list)
    for row in tables["opinions"]:
        groups[row["source"], row["source_type"], row["aspect"]].append(row)
    assert [(row["source"], row["source_type"], row["aspect"]) for row in tables["summary"]] == sorted(groups)
    for row in tables["summary"]:
        group = groups[row["source"], row["source_type"], row["aspect"]]
        assert int(row["n"]) == len(group)
        for label in ("positive", "mixed", "negative"):
            assert int(row[label]) == sum(r["sentiment"] == label for r in group)
        assert float(row["mean_score"]) == pytest.approx(sum(float(r["score"]) for r in group) / len(group), abs=1e-4)


def test_consensus_is_recomputed_from_the_opinions(folder: Path, tables: dict[str, Rows]) -> None:
    works = {row["article_id"]: row["work"] for row in tables["articles"]}
    voters = [row for row in tables["opinions"] if row["source_type"] not in ("cast_crew", "aggregator", "author")]
    sources: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in voters:
        for aspect in ("all", row["aspect"]):
            sources[works[row["article_id"]], aspect].add(row["source"])
    assert {(row["work"], row["aspect"]) for row in tables["consensus"]} == set(sources)
    assert len(tables["consensus"]) == len(sources)
    for row in tables["consensus"]:
        n, positive, mixed, negative = (int(row[k]) for k in ("n_sources", "positive", "mixed", "negative"))
        assert n == len(sources[row["work"], row["aspect"]]) == positive + mixed + negative
        assert float(row["positive_share"]) == pytest.approx((positive + mixed / 2) / n, abs=1e-4)
        assert float(row["wilson_low"]) <= positive / n + 1e-4
        assert float(row["wilson_high"]) >= positive / n - 1e-4
        assert (row["divisiveness"] == "") == (n < 4)
    found = read_tables(folder)
    pd.testing.assert_frame_equal(frames.consensus(found["opinions"], works), found["consensus"])
    pd.testing.assert_frame_equal(frames.summary(found["opinions"]), found["summary"])


def test_run_json_counts_the_rows(folder: Path, tables: dict[str, Rows]) -> None:
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["counts"] == {name: len(rows) for name, rows in tables.items()}


def test_the_report_is_written_and_whole(folder: Path, tables: dict[str, Rows]) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(
        f'<h2 id="{name}-title">' in page for name in ("matrix", "aspects", "quotes", "articles", "rows", "method")
    )
    assert page.rstrip().endswith("</html>")
    assert f"{len(tables['articles'])} articles" in page


@pytest.mark.parametrize("engine", [(), ("--engine", "dask")], ids=["local", "dask"])
def test_two_workers_give_the_same_bytes(folder: Path, tmp_path: Path, engine: tuple[str, ...]) -> None:
    _analyze(DEMO, "-o", tmp_path / "out", "--report", "--workers", "2", *engine)
    assert _files(tmp_path / "out") == _files(folder)


def test_a_cluster_that_is_there_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    with LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL"
    ) as cluster:
        address = cluster.scheduler_address
        _analyze(DEMO, "-o", tmp_path / "out", "--report", "--engine", "dask", "--scheduler", address)
    assert _files(tmp_path / "out") == _files(folder)


def test_the_order_of_inputs_does_not_matter_to_an_article(tables: dict[str, Rows], tmp_path: Path) -> None:
    _analyze(*sorted(DEMO.iterdir(), reverse=True), "-o", tmp_path / "out")
    for name in ("opinions", "attributions", "sentences", "articles"):
        groups: list[defaultdict[str, Rows]] = []
        for rows in (tables[name], _rows(tmp_path / "out", name)):
            groups.append(defaultdict(list))
            for row in rows:
                groups[-1][row["article_id"]].append(row)
        assert groups[0] == groups[1]
    for name in ("summary", "consensus"):
        assert tables[name] == _rows(tmp_path / "out", name)


def test_attributed_contents_overlap_only_where_they_are_shared_or_relayed(tables: dict[str, Rows]) -> None:
    spans = sorted({(row["article_id"], int(row["start"]), int(row["end"])) for row in tables["attributions"]})
    overlaps = [b for a, b in zip(spans, spans[1:], strict=False) if a[0] == b[0] and b[1] < a[2] < b[2]]
    assert spans
    assert overlaps == []
