"""spaCy components: by name without an import, alone or together, saved and loaded with their pipeline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import spacy
from spacy import displacy
from spacy.tokens import Doc

import pipeline
from pipeline.displacy import COLOURS, displacy_data
from pipeline.errors import InputError, SettingsError
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
    with pytest.raises(SettingsError, match="none"):
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
    assert Doc(nlp.vocab, words=["x"])._.opinions is None


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


def _read(text: str, **config: object) -> Doc:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_opinions", config=config)
    return nlp(text)


def test_spans_lead_to_their_rows() -> None:
    doc = _read(TEXT)
    for span in doc.spans["opinions"]:
        rows = span._.opinions
        assert {row["opinion_id"] for row in rows} == {span.id_}
        assert {row["sentiment"] for row in rows} == {span.label_}
        assert all(span.start_char <= row["start"] < row["end"] <= span.end_char for row in rows)
    assert sum(len(span._.opinions) for span in doc.spans["opinions"]) == len(doc._.opinions)
    assert doc[0:1]._.opinions == []
    copy = Doc(doc.vocab).from_bytes(doc.to_bytes())
    assert [span._.opinions for span in copy.spans["opinions"]] == [span._.opinions for span in doc.spans["opinions"]]


def test_two_components_keep_their_rows_apart() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_opinions")
    nlp.add_pipe(
        "pullquote_opinions",
        name="other",
        config={"spans_key": "other", "settings": {"publisher": "The Daily Reel", "sentiment_model": "vader"}},
    )
    doc = nlp(TEXT)
    for read in (doc, Doc(nlp.vocab).from_bytes(doc.to_bytes())):
        for key, config in {
            "opinions": {},
            "other": {"publisher": "The Daily Reel", "sentiment_model": "vader"},
        }.items():
            expected = _read(TEXT, settings=config)._.opinions
            assert [row for span in read.spans[key] for row in span._.opinions] == expected


def test_a_doc_may_tell_what_it_is() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("pullquote_opinions")
    text = f"{TEXT} The plot is a dreadful mess."
    docs = [nlp.make_doc(text) for _ in range(3)]
    docs[0]._.article = {"article_id": 7, "publisher": "The Daily Reel", "work": None, "stars": 4}
    docs[1]._.article = "words of somebody else's"
    first, second, third = nlp.pipe(docs)
    assert {row["article_id"] for row in first._.opinions} == {"7"}
    assert "The Daily Reel" in {row["source"] for row in first._.opinions}
    assert second._.opinions == third._.opinions == _read(text)._.opinions


def test_the_span_group_is_named_as_told() -> None:
    doc = _read(TEXT, spans_key="sc")
    assert "opinions" not in doc.spans
    assert doc.spans["sc"]
    assert "POSITIVE" in displacy.render(doc, style="span", jupyter=False).upper()


def test_displacy_renders_the_span_group_in_our_colours() -> None:
    html = displacy.render(
        _read(TEXT), style="span", options={"spans_key": "opinions", "colors": COLOURS}, jupyter=False
    )
    assert "positive" in html
    assert "negative" in html
    assert COLOURS["POSITIVE"] in html
    assert COLOURS["NEGATIVE"] in html


def test_spacy_finds_our_colours_by_itself() -> None:
    html = displacy.render(_read(TEXT), style="span", options={"spans_key": "opinions"}, jupyter=False)
    assert COLOURS["POSITIVE"] in html


@pytest.mark.parametrize("style", ["span", "ent"])
def test_displacy_shows_who_says_it_and_of_what(style: Literal["span", "ent"]) -> None:
    doc = _read(TEXT)
    html = displacy.render(displacy_data(doc, style=style), style=style, manual=True, jupyter=False)
    shown = html.replace("\u00a0", " ")
    for row in doc._.opinions:
        assert row["source"] in shown
        assert row["aspect"] in shown
    assert "The Washington Post: music" in shown


def test_displacy_data_covers_the_words_of_each_opinion() -> None:
    doc = _read(TEXT)
    data = displacy_data(doc)
    assert data["text"] == TEXT
    assert data["tokens"] == [token.text for token in doc]
    assert [(mark["label"], mark["start_token"], mark["end_token"]) for mark in data["spans"]] == [
        (span.label_, span.start, span.end) for span in doc.spans["opinions"]
    ]


def _rows(*spans: tuple[int, int, str]) -> list[dict[str, object]]:
    """Make rows of opinions by hand."""
    return [
        {"opinion_id": f"doc:o{n}", "start": start, "end": end, "source": source, "aspect": "music", "sentiment": "mixed"}
        for n, (start, end, source) in enumerate(spans, start=1)
    ]  # fmt: skip


def test_entities_do_not_overlap_and_nothing_in_a_source_is_markup() -> None:
    doc = _read("One two three four.")
    doc._.opinions = _rows((0, 13, "<b>A</b> & Sons"), (4, 7, "B"), (8, 18, "C"), (14, 18, "D"))
    data = displacy_data(doc, style="ent")
    assert [(mark["start"], mark["end"]) for mark in data["ents"]] == [(0, 13), (14, 18)]
    html = displacy.render(data, style="ent", manual=True, jupyter=False)
    assert "<b>A" not in html
    assert "&lt;b&gt;A&lt;/b&gt; &amp; Sons: music" in html
    assert len(displacy_data(doc)["spans"]) == 4


def test_a_doc_that_nobody_read_has_nothing_to_show() -> None:
    doc = _read("")
    assert displacy_data(doc) == {"text": "", "title": None, "spans": [], "tokens": []}
    with pytest.raises(SettingsError, match="dep"):
        displacy_data(doc, style="dep")  # type: ignore[arg-type]
    code = "import spacy; from pipeline.displacy import displacy_data; displacy_data(spacy.blank('en')('x'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "InputError: no component has read this doc" in done.stderr


def test_a_doc_that_nobody_read_is_told_from_one_without_opinions() -> None:
    _read("")
    doc = spacy.blank("en")("Fans hated the music.")
    with pytest.raises(InputError, match="no component has read this doc"):
        displacy_data(doc)
    assert doc[0:2]._.opinions == []


def test_a_pipeline_without_our_components_loads_none_of_the_heavy_packages() -> None:
    code = "import sys, spacy; spacy.blank('en').add_pipe('sentencizer'); import pipeline.components; print([n for n in ('pandas', 'sklearn', 'onnxruntime') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
