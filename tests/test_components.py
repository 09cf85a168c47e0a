"""spaCy components: by name without an import, alone or together, saved and loaded with their pipeline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

import pipeline
from pipeline.errors import DataError, SettingsError
from pipeline.schema import COLUMNS

TEXT = "WaPo praised the score. According to IndieWire, the plot is “thin”."


def test_outlets_become_entities() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_outlets")
    doc = nlp(TEXT)
    assert [(ent.text, ent.label_, ent.kb_id_) for ent in doc.ents] == [
        ("WaPo", "OUTLET", "the-washington-post"), ("IndieWire", "OUTLET", "indiewire"),
    ]  # fmt: skip


def test_a_gazetteer_file_is_added(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        '{"id": "own", "name": "Gazeta Nova", "kind": "website", "country": "IE", "domain": null, "aliases": [], "ambiguous": false, "provenance": "own"}\n',
        encoding="utf-8",
    )
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_outlets", config={"outlets": str(path)})
    assert [ent.kb_id_ for ent in nlp("Gazeta Nova and WaPo liked it.").ents] == ["own", "the-washington-post"]
    with pytest.raises(DataError, match="none"):
        spacy.blank("en").add_pipe("pullquote_outlets", config={"outlets": str(tmp_path / "none.jsonl")})


def test_opinions_are_those_of_the_analyzer() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_opinions", config={"settings": {"publisher": "The Daily Reel"}})
    doc = nlp(TEXT)
    expected = pipeline.load(publisher="The Daily Reel").analyze({"text": TEXT, "id": "doc"}).opinions
    rows = doc._.opinions
    assert len(rows) == len(expected) > 0
    assert set(rows[0]) == set(COLUMNS["opinions"])
    assert [row["opinion_id"] for row in rows] == expected["opinion_id"].tolist()
    assert [row["text"] for row in rows] == expected["text"].tolist()
    spans = doc.spans["opinions"]
    firsts = expected.drop_duplicates("opinion_id")
    assert [span.label_ for span in spans] == firsts["sentiment"].tolist()
    for span, start, end in zip(spans, firsts["start"], firsts["end"], strict=True):
        assert span.start_char <= start < end <= span.end_char


def test_docs_do_not_share_opinions() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_opinions")
    first, second, third = nlp.pipe([TEXT, "", "Fans hated the music."])
    assert first._.opinions
    assert second._.opinions == []
    assert list(second.spans["opinions"]) == []
    assert {row["source"] for row in third._.opinions}.isdisjoint({row["source"] for row in first._.opinions})
    assert Doc(nlp.vocab, words=["x"])._.opinions == []


def test_two_pipelines_keep_their_settings_apart() -> None:
    pipelines = []
    for settings in ({"min_confidence": 1.0}, {}):
        nlp = spacy.blank("en")
        nlp.add_pipe("pullquote_opinions", config={"settings": settings})
        pipelines.append(nlp)
    assert len(pipelines[0](TEXT)._.opinions) < len(pipelines[1](TEXT)._.opinions)


def test_bad_settings_are_refused_when_added() -> None:
    with pytest.raises(SettingsError, match="wrok"):
        spacy.blank("en").add_pipe("pullquote_opinions", config={"settings": {"wrok": "W"}})


def test_a_pipeline_is_saved_and_loaded(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_outlets")
    nlp.add_pipe("pullquote_opinions", config={"settings": {"publisher": "The Daily Reel"}})
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp")
    assert again.pipe_names == ["pullquote_outlets", "pullquote_opinions"]
    one, two = nlp(TEXT), again(TEXT)
    assert one._.opinions == two._.opinions
    assert [ent.kb_id_ for ent in one.ents] == [ent.kb_id_ for ent in two.ents]
    copy = Doc(nlp.vocab).from_bytes(one.to_bytes())
    assert copy._.opinions == one._.opinions
    assert [span.text for span in copy.spans["opinions"]] == [span.text for span in one.spans["opinions"]]


@pytest.mark.parametrize("name", ["pullquote_outlets", "pullquote_opinions"])
def test_spacy_knows_the_names_without_an_import(name: str) -> None:
    code = f"import spacy; nlp = spacy.blank('en'); nlp.add_pipe({name!r}); print(nlp.pipe_names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == f"['{name}']\n", done.stderr
