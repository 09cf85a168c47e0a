"""The command from inputs to files: every row of every table can be checked against the text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import pipeline
from pipeline.frames import consensus, summary
from pipeline.read.decode import decode
from pipeline.report import read_tables
from pipeline.schema import COLUMNS

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "corpus" / "demo"
ROUNDUP = "Variety praised the score. IndieWire found the plot thin. “A joy from start to finish,” wrote Ana Ruiz of Collider.\n"


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    code = "from pipeline.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = run("analyze", DEMO, "-o", out, "--report", "-q")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return out


def _texts(articles: pd.DataFrame) -> dict[str, str]:
    texts = {}
    for row in articles.to_dict("records"):
        texts[row["article_id"]] = row["text"] or decode(Path(row["path"]).read_bytes())
    return texts


def _spans(table: pd.DataFrame, names: tuple[str, str]) -> Iterator[tuple[str, int, int]]:
    for row in table.to_dict("records"):
        if str(row[names[0]]) not in ("", "nan", "None", "<NA>"):
            yield row["article_id"], int(row[names[0]]), int(row[names[1]])


def test_every_table_is_written(demo: Path) -> None:
    for name, columns in COLUMNS.items():
        header = (demo / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        assert header[: len(columns)] == list(columns)
    record = json.loads((demo / "run.json").read_text(encoding="utf-8"))
    assert set(record) >= {"versions", "models", "settings", "counts", "timings"}
    assert record["counts"]["articles"] == 12
    assert "<h1>" in (demo / "report.html").read_text(encoding="utf-8")
    assert not [path for path in demo.iterdir() if path.name.startswith(".")]


def test_every_row_holds_against_the_text(demo: Path) -> None:
    tables = read_tables(demo)
    texts = _texts(tables["articles"])
    for name in ("opinions", "attributions", "sentences"):
        table = tables[name]
        assert len(table)
        for row in table.to_dict("records"):
            text = texts[row["article_id"]]
            assert 0 <= row["start"] < row["end"] <= len(text)
            assert text[row["start"] : row["end"]] == row["text"]
    for row in tables["attributions"].to_dict("records"):
        if str(row["cue_start"]) not in ("", "nan", "None", "<NA>"):
            assert texts[row["article_id"]][int(row["cue_start"]) : int(row["cue_end"])] == row["cue"]
    for article, start, end in _spans(tables["attributions"], ("source_start", "source_end")):
        assert 0 <= start < end <= len(texts[article])


def test_values_stay_within_their_sets(demo: Path) -> None:
    tables = read_tables(demo)
    opinions, sentences = tables["opinions"], tables["sentences"]
    assert set(opinions["sentiment"]) <= {"positive", "negative", "mixed"}
    types = {"outlet", "critic", "cast_crew", "audience", "aggregator", "author", "other"}
    assert set(opinions["source_type"]) | set(tables["attributions"]["source_type"]) <= types
    assert set(sentences["kind"]) <= {"heading", "body", "list", "caption", "boilerplate"}
    assert set(tables["attributions"]["kind"]) <= {"direct", "indirect", "mixed"}
    assert opinions["score"].between(-1, 1).all()
    assert opinions["vader"].between(-1, 1).all()
    for column in ("confidence", "aspect_confidence", "attribution_confidence"):
        assert opinions[column].between(0, 1).all()
    assert set(opinions["sentence_id"]) <= set(sentences["sentence_id"])
    assert sentences["sentence_id"].is_unique
    assert not opinions.duplicated(["opinion_id", "aspect"]).any()
    assert set(opinions["article_id"]) <= set(tables["articles"]["article_id"])


def test_summary_and_consensus_follow_from_the_opinions(demo: Path) -> None:
    tables = read_tables(demo)
    works = dict(zip(tables["articles"]["article_id"], tables["articles"]["work"].fillna(""), strict=True))
    again = summary(tables["opinions"])
    assert again["n"].sum() == len(tables["opinions"])
    assert len(again) == len(tables["summary"])
    votes = consensus(tables["opinions"], works)
    assert votes["n_sources"].tolist() == tables["consensus"]["n_sources"].tolist()
    assert (votes["n_sources"] == votes["positive"] + votes["mixed"] + votes["negative"]).all()


def test_bad_inputs_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(ROUNDUP, encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    done = run("analyze", tmp_path, tmp_path / "missing.txt", "-o", tmp_path / "out")
    assert done.returncode == 1
    errors = pd.read_csv(tmp_path / "out" / "errors.csv")
    assert sorted(Path(name).name for name in errors["input"]) == ["empty.txt", "missing.txt"]
    assert all(name.encode() in done.stderr for name in ("empty.txt", "missing.txt"))
    assert set(pd.read_csv(tmp_path / "out" / "opinions.csv")["source"]) == {"Variety", "IndieWire", "Collider"}


@pytest.mark.parametrize(
    "arguments",
    [["analyze"], ["analyze", "x.txt", "--taxonomy", "opera"], ["analyze", "x.txt", "--output-format", "doc"],
     ["analyze", "x.txt", "--min-confidence", "7"], ["analyze", "x.txt", "--sentiment-model", "oracle"], ["nonsense"]],
)  # fmt: skip
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "x.txt").write_text(ROUNDUP, encoding="utf-8")
    done = run(*[str(tmp_path / a) if a == "x.txt" else a for a in arguments])
    assert done.returncode == 2
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_standard_input_to_standard_output() -> None:
    done = run("analyze", "-", stdin=ROUNDUP.encode())
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].split(",") == list(COLUMNS["opinions"])
    assert any("Variety" in line for line in lines[1:])


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_reads_back(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x.txt").write_text(ROUNDUP, encoding="utf-8")
    assert run("analyze", tmp_path / "x.txt", "-o", tmp_path / "out", "--output-format", kind, "-q").returncode == 0
    tables = read_tables(tmp_path / "out")
    assert set(tables) == set(COLUMNS)
    assert set(tables["opinions"]["source"]) == {"Variety", "IndieWire", "Collider"}
    assert len(tables["errors"]) == 0
    assert run("report", tmp_path / "out", "--html", tmp_path / "r.html").returncode == 0


def test_the_same_bytes_with_two_workers(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        done = run("analyze", DEMO, "-o", tmp_path / workers, "--workers", workers, "-q")
        assert done.returncode == 0, done.stderr
    for name in COLUMNS:
        assert (tmp_path / "1" / f"{name}.csv").read_bytes() == (tmp_path / "2" / f"{name}.csv").read_bytes()


def test_a_configuration_file_and_options(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("It is a superb, moving film. The ending is dull.\n", encoding="utf-8")
    (tmp_path / "c.toml").write_text('publisher = "Variety"\nwork = "The Long Tide"\n', encoding="utf-8")
    done = run("analyze", tmp_path / "x.txt", "--config", tmp_path / "c.toml", "-o", tmp_path / "out", "-q")
    assert done.returncode == 0, done.stderr
    opinions = pd.read_csv(tmp_path / "out" / "opinions.csv")
    assert set(opinions["source"]) == {"Variety"}
    assert set(opinions["source_type"]) == {"author"}
    assert set(pd.read_csv(tmp_path / "out" / "articles.csv")["work"]) == {"The Long Tide"}


def test_classify_gives_a_row_for_a_row(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("n,review\n1,a superb and moving score\n2,\n3,the plot is dull and thin\n", encoding="utf-8")
    done = run("classify", table, "-o", tmp_path / "o.csv", "--text-column", "review", "-q")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "o.csv")
    assert list(rows.columns) == ["n", "review", "sentiment", "score", "confidence", "aspect", "aspects"]
    assert rows["n"].tolist() == [1, 2, 3]
    assert rows["sentiment"].tolist() == ["positive", "neutral", "negative"]


def test_gazetteer_commands(tmp_path: Path) -> None:
    assert json.loads(run("outlets", "find", "WaPo").stdout)["name"] == "The Washington Post"
    assert run("outlets", "find", "no such outlet at all").returncode == 1
    assert len(run("outlets", "list").stdout.splitlines()) >= 600
    counts = tmp_path / "counts.tsv"
    counts.write_text("publisher\treviews\nVariety\t3\nZed Nine Quux\t1\n", encoding="utf-8")
    assert b"75.0%" in run("outlets", "check", counts).stdout


def test_info_version_and_help() -> None:
    facts = json.loads(run("info").stdout)
    assert facts["models"]
    assert run("--version").stdout.decode().strip() == f"pullquote {pipeline.__version__}"
    for command in ("analyze", "classify", "report", "evaluate", "benchmark", "info"):
        assert b"Example:" in run(command, "--help").stdout


def test_evaluate_prints_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    gold = {
        "id": "one", "text": ROUNDUP,
        "opinions": [{"source": "Variety", "source_type": "outlet", "anchor": "praised the score", "aspects": ["music"], "polarity": "positive"}],
        "non_opinions": [],
    }  # fmt: skip
    path.write_text(json.dumps(gold), encoding="utf-8")
    figures = json.loads(run("evaluate", path, "--json").stdout)
    assert figures["gold"] == 1
    assert figures["found_recall"] == 1.0
    assert figures["source_accuracy"] == 1.0


def test_benchmark_speed_prints_one_object() -> None:
    done = run("benchmark", "speed", DEMO / "the-glass-orchard-1.txt")
    figures = json.loads(done.stdout)
    assert {"words", "pullquote_wps", "spacy_full_wps", "ratio", "peak_rss_mb", "stages"} <= set(figures)


def test_the_python_interface() -> None:
    analyzer = pipeline.load(work="The Long Tide")
    result = analyzer.analyze([{"id": "a", "text": ROUNDUP}, ROUNDUP])
    assert set(result.opinions["article_id"]) == {"a", "article-2"}
    assert result.consensus().loc[0, "work"] == "The Long Tide"
    rows = list(analyzer.stream([{"id": "a", "text": ROUNDUP}]))
    assert [row["text"] for row in rows] == result.opinions.query("article_id == 'a'")["text"].tolist()
    frame = analyzer.analyze(pd.DataFrame({"id": ["a"], "text": [ROUNDUP]}))
    assert frame.opinions.equals(result.opinions[result.opinions["article_id"] == "a"].reset_index(drop=True))
