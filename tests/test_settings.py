"""Settings: values that can and cannot be used, keywords, configuration files."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import spacy

from pipeline.errors import SettingsError
from pipeline.settings import Settings, bundled_taxonomies, make_settings, read_config

REFUSED = [
    ({"sentiment_model": "large"}, "large"), ({"sentiment_model": ""}, "sentiment_model"), ({"sentiment_model": None}, "None"),
    ({"min_confidence": -0.1}, "-0.1"), ({"min_confidence": 1.1}, "1.1"), ({"min_confidence": math.nan}, "nan"),
    ({"min_confidence": "0.5"}, "'0.5'"), ({"min_confidence": True}, "True"), ({"min_confidence": None}, "None"),
    ({"taxonomy": 3}, "taxonomy"), ({"publisher": None}, "publisher"), ({"work": ["W"]}, "work"),
    ({"outlets": "no-such-file.jsonl"}, "no-such-file.jsonl"), ({"outlets": "."}, "'.'"),
    ({"taxonomy": "filmz"}, "'filmz'"), ({"taxonomy": ""}, "''"), ({"taxonomy": "."}, "'.'"), ({"taxonomy": "none.toml"}, "'none.toml'"),
    ({"taxonomy": "film.json"}, "'film.json'"), ({"sentiment_model": "."}, "'.'"), ({"sentiment_model": "none/"}, "'none/'"),
    ({"outlets": "n" * 300}, "name too long"), ({"sentiment_model": "n" * 300}, "name too long"),
    ({"langage": "en", "colour": 1}, "colour, langage"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "named"), REFUSED)
def test_what_cannot_be_used_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(values)
    assert named in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "values", [{}, {"min_confidence": 0}, {"min_confidence": 1}, {"sentiment_model": "vader"}, {"publisher": "Ü"}]
)
def test_what_can_be_used_is_kept(values: dict[str, object]) -> None:
    made = make_settings(values)
    assert {name: getattr(made, name) for name in values} == values
    assert made.as_dict() == {**Settings().as_dict(), **values}


def test_paths_become_text(tmp_path: Path) -> None:
    file = tmp_path / "outlets.jsonl"
    file.write_text("", encoding="utf-8")
    assert make_settings({"outlets": file}).outlets == str(file)
    taxonomy = _own_taxonomy(tmp_path)
    assert make_settings({"taxonomy": taxonomy}).taxonomy == str(taxonomy)


def _own_taxonomy(folder: Path) -> Path:
    """Make the files that a taxonomy of one's own has; what stands in them is read later."""
    (folder / "t").mkdir()
    (folder / "t" / "meta.json").write_text("{}", encoding="utf-8")
    (folder / "t.toml").write_text("", encoding="utf-8")
    return folder / "t.toml"


def test_a_taxonomy_without_a_classifier_is_refused_at_once(tmp_path: Path) -> None:
    taxonomy = _own_taxonomy(tmp_path)
    (tmp_path / "t" / "meta.json").unlink()
    with pytest.raises(SettingsError, match=r"t\.toml") as caught:
        make_settings({"taxonomy": taxonomy})
    assert "pullquote train aspects" in caught.value.hint


@pytest.mark.parametrize("name", ["auto", *bundled_taxonomies()])
def test_bundled_taxonomies_can_be_used(name: str) -> None:
    assert Settings(taxonomy=name).taxonomy == name


def test_settings_load_no_models_and_no_heavy_libraries() -> None:
    code = (
        "import sys; from pipeline.settings import make_settings; make_settings({'taxonomy': 'tv'});"
        "assert not {'numpy', 'pandas', 'sklearn', 'spacy', 'onnxruntime'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("outlets", ["no-such-file.jsonl", "."])
def test_one_fault_has_one_error_wherever_it_is_made(outlets: str) -> None:
    with pytest.raises(SettingsError) as of_settings:
        make_settings({"outlets": outlets})
    with pytest.raises(SettingsError) as of_spacy:
        spacy.blank("en").add_pipe("pullquote_outlets", config={"outlets": outlets})
    assert str(of_settings.value) == str(of_spacy.value)
    assert of_settings.value.hint == of_spacy.value.hint


def test_a_base_is_overridden() -> None:
    base = Settings(publisher="P", work="W")
    assert make_settings({"work": "V"}, base=base) == Settings(publisher="P", work="V")
    assert base.work == "W"


def test_settings_are_frozen_and_equal_by_value() -> None:
    assert len({Settings(), Settings(), Settings(work="W")}) == 2
    with pytest.raises(AttributeError):
        Settings().work = "W"  # type: ignore[misc]


CONFIGS = [
    ('work = "W"\nmin-confidence = 0.5\n', {"work": "W", "min_confidence": 0.5}),
    ('sentiment_model = "vader"', {"sentiment_model": "vader"}),
    ("", {}),
    ('\ufeffwork = "W"\n', {"work": "W"}),
]


@pytest.mark.parametrize(("text", "expected"), CONFIGS)
def test_a_configuration_file(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    assert read_config(path) == expected
    assert make_settings(read_config(path)) == Settings(**expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"work = ", b"\xff\xfe", None, b"x = " + b"[" * 2000])
def test_a_bad_configuration_file_is_named(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "c.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SettingsError, match=r"c\.toml") as caught:
        read_config(path)
    assert caught.value.hint
