"""The network: spans in context -> opinion, polarity, aspects, holder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import encoder
from pipeline.encoder import Encoder, bundled_encoder, shared_out
from pipeline.errors import ModelError
from pipeline.outlets import find_outlets
from pipeline.resources import locate
from pipeline.schema import Sentence
from pipeline.segment import Segmenter
from pipeline.windows import cut_windows, snippet_window

ROUNDUP = locate("corpus/demo/the-glass-orchard-1.txt").read_text(encoding="utf-8")
TEXT = "Variety praised the haunting score. IndieWire found the middle hour a dreadful bore. It opens on Friday in 300 cinemas."


def _span(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


SPANS = [_span("praised the haunting score"), _span("found the middle hour a dreadful bore"), _span("It opens on Friday in 300 cinemas")]  # fmt: skip


def test_what_it_reads_of_clauses() -> None:
    outlets = find_outlets(TEXT)
    praise, blame, fact = bundled_encoder().encode(TEXT, Segmenter()(TEXT), outlets).read(SPANS)
    assert min(praise.opinion, blame.opinion) > fact.opinion
    assert min(praise.evaluative, blame.evaluative) > fact.evaluative
    assert praise.polarity[2] > praise.polarity[0]
    assert blame.polarity[0] > blame.polarity[2]
    assert max(praise.aspects, key=lambda label: praise.aspects[label]) == "music"
    assert max(blame.holders, key=lambda start: blame.holders[start]) == TEXT.index("IndieWire")


def test_probabilities_are_probabilities() -> None:
    for reading in bundled_encoder().encode(TEXT, Segmenter()(TEXT), find_outlets(TEXT)).read(SPANS):
        assert sum(reading.polarity) == pytest.approx(1, abs=1e-5)
        assert sum(reading.feeling) == pytest.approx(1, abs=1e-5)
        assert -1 <= reading.intensity <= 1
        assert 0 <= reading.subjectivity <= 1
        assert reading.author + sum(reading.holders.values()) == pytest.approx(1, abs=1e-5)
        assert all(0 <= p <= 1 for p in (reading.opinion, reading.evaluative, *reading.aspects.values()))


def test_a_span_reads_the_same_alone_and_in_company() -> None:
    sentences, outlets = Segmenter()(TEXT), find_outlets(TEXT)
    together = bundled_encoder().encode(TEXT, sentences, outlets).read(SPANS)
    for span, reading in zip(SPANS, together, strict=True):
        (alone,) = bundled_encoder().encode(TEXT, sentences, outlets).read([span])
        assert alone.opinion == pytest.approx(reading.opinion, abs=1e-5)
        assert alone.polarity == pytest.approx(reading.polarity, abs=1e-5)


def test_texts_without_a_word_are_read() -> None:
    assert bundled_encoder().encode("\n", [], []).read([]) == []
    (reading,) = bundled_encoder().encode("\u200b\u200b", [Sentence(0, 2)], []).read([(0, 2)])
    assert reading.opinion == 0
    assert len(bundled_encoder().read_snippets(["", "fun"])) == 2


def test_each_span_goes_to_the_window_that_shows_most_around_it() -> None:
    text = "\n\n".join([ROUNDUP] * 6)
    sentences = Segmenter()(text)
    windows = cut_windows(text, sentences, [], bundled_encoder()._tokenizer)
    spans = [(s.start, s.end) for s in sentences]
    given = dict(shared_out([(w.start, w.end) for w in windows], spans))
    assert sorted(i for indices in given.values() for i in indices) == list(range(len(spans)))
    for number, indices in given.items():
        window = windows[number]
        assert all(window.start <= spans[i][0] and spans[i][1] <= window.end for i in indices)


def test_a_window_that_comes_again_is_remembered_until_others_push_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "WINDOWS", 2)
    network = Encoder(locate("models/reader"))
    asked: list[bytes] = []
    run = network._trunk.run

    def counted(names: list[str], given: dict[str, Any]) -> list[Any]:
        asked.append(given["ids"].tobytes())
        found: list[Any] = run(names, given)
        return found

    monkeypatch.setattr(network, "_trunk", SimpleNamespace(run=counted))
    once = network.read_snippets(["A joy."])
    assert network.read_snippets(["A joy.", "A bore."])[:1] == once
    assert len(asked) == 2
    assert network.read_snippets(["A joy."], targets=["The score"]) != once
    assert network.read_snippets(["A bore.", "A joy."])[1:] == once
    assert len(asked) == 4, "of three windows the one asked for longest ago was forgotten"
    with pytest.raises(ValueError, match="read-only"):
        network.states(snippet_window("A joy.", network._tokenizer)).inside[0] = 1.0


@pytest.mark.parametrize("name", ["reader.onnx", "heads.onnx", "tokenizer.json"])
def test_a_changed_or_missing_file_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(locate("models/reader"), folder)
    with (folder / name).open("ab") as handle:
        handle.write(b" ")
    with pytest.raises(ModelError, match="SHA-256"):
        Encoder(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match="missing"):
        Encoder(folder)


def test_a_folder_without_metadata_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta\.json"):
        Encoder(tmp_path)
    (tmp_path / "meta.json").write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(ModelError, match=r"meta\.json"):
        Encoder(tmp_path)


def test_nothing_is_sent_or_left_behind(tmp_path: Path) -> None:
    code = "from pipeline.encoder import bundled_encoder; bundled_encoder().read_snippets(['A joy.'])"
    places = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **places, "ORT_DISABLE_TELEMETRY": "0"})
    assert list(tmp_path.iterdir()) == []
