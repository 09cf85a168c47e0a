"""Bundled files: found wherever the package lies, checked by hash, refused when they hold anything unknown."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from pipeline import estimators, resources
from pipeline.analyze import Reader
from pipeline.errors import DataError, ModelError
from pipeline.schema import Article
from pipeline.settings import Settings

BUNDLED = [
    "corpus/gazetteers/outlets.jsonl",
    "corpus/taxonomies/film.toml",
    "models/sentiment",
    "models/spacy/manifest.json",
]


@pytest.mark.parametrize("name", BUNDLED)
def test_locate_finds_what_is_bundled(name: str) -> None:
    assert resources.locate(name).exists()


@pytest.mark.parametrize("name", ["models/none", "corpus/gazetteers/none.jsonl"])
def test_locate_names_what_is_missing(name: str) -> None:
    with pytest.raises(DataError, match=name) as caught:
        resources.locate(name)
    assert caught.value.hint


def test_locate_prefers_what_the_wheel_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, beside = tmp_path / "pipeline" / "_data" / "models" / "one", tmp_path / "models" / "one"
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "pipeline")
    beside.mkdir(parents=True)
    assert resources.locate("models/one") == beside
    inside.mkdir(parents=True)
    assert resources.locate("models/one") == inside


@pytest.mark.parametrize(
    "name", [path.stem for path in sorted((Path(resources.__file__).parent / "rules").glob("*.toml"))]
)
def test_rules_are_readable(name: str) -> None:
    assert resources.rules(name)
    assert resources.rules(name) is resources.rules(name)


@pytest.mark.parametrize("data", [b"a = ", b"\xff\xfe", None])
def test_a_bad_toml_file_is_named(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "t.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DataError, match=r"t\.toml") as caught:
        resources.read_toml(path)
    assert caught.value.hint


JSONL = [
    ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
    ('{"a": 1}\r\n\r\n  \n{"a": 2}', [{"a": 1}, {"a": 2}]),
    ('\ufeff{"a": "é"}\n', [{"a": "é"}]),
    ('{"a": "x\u2028y\u0085z"}\n{"a": "\u2029"}\n', [{"a": "x\u2028y\u0085z"}, {"a": "\u2029"}]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), JSONL)
def test_json_lines(tmp_path: Path, text: str, expected: list[dict[str, object]]) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(text.encode("utf-8"))
    assert list(resources.read_jsonl(path)) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("{", 1), ('{"a": 1}\n\n{"a": }\n', 3), ('{"a": 1}\n[1]\n', 2), ("7\n", 1), ('{"a": 1} {"b": 2}\n', 1), ('"text"\n', 1)],
)  # fmt: skip
def test_a_bad_json_line_is_named_with_its_file(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(resources.read_jsonl(path))
    assert f"{path}:{line}" in str(caught.value)
    assert caught.value.hint


def test_json_lines_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"a": "caf\xe9"}\n')
    for name in ("latin.jsonl", "none.jsonl", "."):
        with pytest.raises(DataError) as caught:
            list(resources.read_jsonl(tmp_path / name))
        assert str(tmp_path / name) in str(caught.value)


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert resources.sha256(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


def test_verify(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "w.bin").write_bytes(b"weights")
    right = {"sub/w.bin": hashlib.sha256(b"weights").hexdigest()}
    resources.verify(tmp_path, right)
    (tmp_path / "sub" / "w.bin").write_bytes(b"Weights")
    with pytest.raises(ModelError) as caught:
        resources.verify(tmp_path, right)
    found = hashlib.sha256(b"Weights").hexdigest()
    assert all(part in str(caught.value) for part in ("w.bin", found, right["sub/w.bin"]))
    with pytest.raises(ModelError, match=r"none\.bin.* missing"):
        resources.verify(tmp_path, {"none.bin": "0" * 64})


def _copy(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(resources.locate("models/sentiment"), folder)
    return folder


def test_a_model_whose_weights_changed_is_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    weights = folder / "model.skops"
    weights.write_bytes(weights.read_bytes() + b"\x00")
    with pytest.raises(ModelError, match=r"model\.skops") as caught:
        estimators.load_model(folder)
    assert resources.sha256(weights) in str(caught.value)


@pytest.mark.parametrize("name", ["model.skops", "meta.json"])
def test_a_model_that_lacks_a_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = _copy(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name) as caught:
        estimators.load_model(folder)
    assert caught.value.hint


@pytest.mark.parametrize("estimator", [FunctionTransformer(shutil.rmtree), Counter(a=1)], ids=["function", "type"])
def test_untrusted_types_are_refused_with_name_and_hash(tmp_path: Path, estimator: object) -> None:
    skops.io.dump(estimator, tmp_path / "model.skops")
    digest = resources.sha256(tmp_path / "model.skops")
    (tmp_path / "meta.json").write_text(json.dumps({"files": {"model.skops": digest}}), encoding="utf-8")
    with pytest.raises(ModelError, match="Untrusted types") as caught:
        estimators.load_model(tmp_path)
    assert digest in str(caught.value)
    assert any(name in str(caught.value) for name in ("rmtree", "Counter"))


@pytest.mark.parametrize(
    ("part", "value"),
    [("left", 99), ("right", 0), ("feature_idx", 2), ("feature_idx", -1), ("is_categorical", 1)],
)
def test_trees_that_lead_outside_themselves_are_refused(tmp_path: Path, part: str, value: int) -> None:
    rng = np.random.default_rng(1)
    rows = rng.random((200, 2))
    trees = estimators.Trees(max_iter=3, min_samples_leaf=5).fit(rows, rows.sum(axis=1) > 1)
    meta: dict[str, object] = {"task": "test"}
    estimators.save_model(Pipeline([("classify", trees)]), tmp_path / "right", meta, "")
    kept = estimators.load_model(tmp_path / "right").estimator
    assert kept.predict_proba(rows).tolist() == trees.predict_proba(rows).tolist()
    trees._predictors[1][0].nodes[part][0] = value
    estimators.save_model(Pipeline([("classify", trees)]), tmp_path / "wrong", meta, "")
    with pytest.raises(ModelError, match="leads outside") as caught:
        estimators.load_model(tmp_path / "wrong")
    assert resources.sha256(tmp_path / "wrong" / "model.skops") in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    weights = tmp_path / "model.skops"
    if content is None:
        with zipfile.ZipFile(weights, "w") as archive:
            archive.writestr("schema.json", '{"__class__": "Pipeline", "protocol": 2}')
    else:
        weights.write_bytes(content)
    digest = resources.sha256(weights)
    (tmp_path / "meta.json").write_text(json.dumps({"files": {"model.skops": digest}}), encoding="utf-8")
    with pytest.raises(ModelError, match=digest):
        estimators.load_model(tmp_path)


def test_model_hashes_are_those_of_the_files() -> None:
    hashes = resources.model_hashes()
    assert {"sentiment/model.skops", "aspects/film/model.skops"} <= set(hashes)
    for name, digest in hashes.items():
        assert resources.sha256(resources.locate("models") / name) == digest


def test_the_spacy_model_is_the_one_of_the_manifest() -> None:
    nlp = resources.spacy_model(keep=("senter",))
    assert nlp.pipe_names == ["senter"]
    assert [sent.text for sent in nlp("It is good. It is long.").sents] == ["It is good.", "It is long."]


def test_a_spacy_model_that_differs_from_the_manifest_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"files": {"tokenizer": "0" * 64}}), encoding="utf-8")
    monkeypatch.setattr(resources, "locate", lambda _: manifest)
    with pytest.raises(ModelError, match="tokenizer"):
        resources._spacy_package.__wrapped__()


def test_no_spacy_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_SPACY_PACKAGES", ("no_such_model",))
    with pytest.raises(ModelError) as caught:
        resources._spacy_package.__wrapped__()
    assert "pip install" in caught.value.hint


def test_new_words_are_forgotten_once_the_vocabulary_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"{a}{b}lummox" for a in "bcdfghjklm" for b in "aeiou"]
    text = f"Variety praised the {' '.join(words[:25])} score, and Empire wrote that the {' '.join(words[25:])} plot drags."
    kept = Reader(Settings()).read(Article("x", text))
    strings = resources.shared_model().vocab.strings
    assert all(word in strings for word in words)
    monkeypatch.setattr(resources, "VOCABULARY", 0)
    read = Reader(Settings()).read(Article("x", text))
    later = Reader(Settings()).read(Article("y", text.replace("lummox", "hummock")))
    assert (read.opinions, read.attributions, read.sentences) == (kept.opinions, kept.attributions, kept.sentences)
    assert len(later.opinions) == len(read.opinions)
    assert not any(word.replace("lummox", "hummock") in strings for word in words)


@pytest.mark.parametrize("vocabulary", [0, 100_000])
def test_threads_that_start_at_once_read_as_one_does(vocabulary: int) -> None:
    code = f"""
from concurrent.futures import ThreadPoolExecutor
from pipeline import resources
from pipeline.analyze import Reader
from pipeline.schema import Article
from pipeline.settings import Settings
resources.VOCABULARY = {vocabulary}
names = ["Variety", "The Guardian", "IndieWire", "Empire", "The Irish Times", "Slate"]
articles = [Article(name, f"{{name}} praised the score. “The plot is thin,” wrote {{name}}.") for name in names]
reader = Reader(Settings())
with ThreadPoolExecutor(4) as pool:
    many = list(pool.map(reader.read, articles))
assert many == [Reader(Settings()).read(article) for article in articles]
assert all(analysis.opinions for analysis in many)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
