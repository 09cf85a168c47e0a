"""Settings of a run: checked once, the same for the command line, the Python interface and configuration files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.resources import locate

SENTIMENT_MODELS = ("auto", "encoder", "small", "vader")
AUTO = "auto"
"""The taxonomy that suits each text."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes the reading of an article.

    Attributes:
        taxonomy: Name of a bundled taxonomy, the path of a TOML file, or ``auto``: the one that suits each article.
        sentiment_model: ``auto``, ``encoder``, ``small``, ``vader``, or the folder of a model of one's own.
        outlets: Path of a gazetteer file added to the bundled one, or empty.
        publisher: Who publishes the articles; holds the author's opinions when given.
        work: Title of the work that the articles are about.
        min_confidence: Opinions whose row is less likely to be right than this are dropped; in [0, 1].
        any_language: Read texts as English whatever language they are in.
    """

    taxonomy: str = "film"
    sentiment_model: str = "auto"
    outlets: str = ""
    publisher: str = ""
    work: str = ""
    min_confidence: float = 0.0
    any_language: bool = False

    def __post_init__(self) -> None:
        """Refuse values that cannot be used."""
        _check_sentiment_model(self.sentiment_model)
        if isinstance(self.min_confidence, bool) or not isinstance(self.min_confidence, int | float):
            raise SettingsError(f"min_confidence is {self.min_confidence!r}", hint="use a number between 0 and 1")
        if not 0 <= self.min_confidence <= 1:
            raise SettingsError(f"min_confidence is {self.min_confidence}", hint="use a number between 0 and 1")
        if not isinstance(self.any_language, bool):
            raise SettingsError(f"any_language is {self.any_language!r}", hint="use true or false")
        for name in ("taxonomy", "outlets", "publisher", "work"):
            if not isinstance(getattr(self, name), str):
                raise SettingsError(f"{name} is {getattr(self, name)!r}", hint="use text")
        if self.taxonomy != AUTO:
            classifier_folder(taxonomy_file(self.taxonomy))
        if self.outlets:
            gazetteer_file(self.outlets)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)


def _check_sentiment_model(name: object) -> None:
    """Refuse what is neither the name of a sentiment model nor the folder of one."""
    if name in SENTIMENT_MODELS:
        return
    hint = f"use one of {', '.join(SENTIMENT_MODELS)}, or a model folder"
    if not isinstance(name, str) or not name or not Path(name).is_dir():
        raise SettingsError(f"sentiment_model is {name!r}", hint=hint)
    if not (Path(name) / "meta.json").is_file():
        raise SettingsError(f"sentiment_model is {name!r}, a folder without meta.json", hint=hint)


@cache
def bundled_taxonomies() -> tuple[str, ...]:
    """Return the names of the bundled taxonomies."""
    return tuple(sorted(path.stem for path in locate("corpus/taxonomies").glob("*.toml")))


def taxonomy_file(name_or_path: str) -> Path:
    """Return the file of a bundled taxonomy, or a user's own.

    Raises:
        SettingsError: There is neither.
    """
    path = Path(name_or_path)
    if name_or_path in bundled_taxonomies():
        return locate(f"corpus/taxonomies/{name_or_path}.toml")
    if path.suffix == ".toml" and path.is_file():
        return path
    known = ", ".join(bundled_taxonomies())
    raise SettingsError(f"there is no taxonomy {name_or_path!r}", hint=f"use {AUTO}, {known} or a .toml file")


def classifier_folder(taxonomy: Path) -> Path:
    """Return the folder of the classifier of a taxonomy file: bundled, or beside the file.

    Raises:
        SettingsError: None has been trained.
    """
    bundled = taxonomy.resolve().parent == locate("corpus/taxonomies").resolve()
    folder = locate("models/aspects") / taxonomy.stem if bundled else taxonomy.with_suffix("")
    if not (folder / "meta.json").is_file():
        raise SettingsError(
            f"the taxonomy {str(taxonomy)!r} has no classifier",
            hint=f"train one into {str(folder)!r}: pullquote train aspects",
        )
    return folder


def gazetteer_file(path: str | Path) -> Path:
    """Return a user's gazetteer file.

    Raises:
        SettingsError: There is none.
    """
    if not Path(path).is_file():
        raise SettingsError(f"the gazetteer file {str(path)!r} does not exist", hint="check `outlets`")
    return Path(path)


def make_settings(values: Mapping[str, Any], *, base: Settings | None = None) -> Settings:
    """Build settings from keywords.

    Raises:
        SettingsError: A keyword is unknown or a value unusable.
    """
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}", hint=f"known: {', '.join(sorted(known))}")
    clean: dict[str, Any] = {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}
    try:
        return replace(base or Settings(), **clean)
    except OSError as error:
        told = f"{error.filename!r} cannot be used: {error.strerror or error}"
        raise SettingsError(told, hint="check the path and its permissions") from error


def read_config(path: Path) -> dict[str, Any]:
    """Read a TOML configuration file; dashes in names count as underscores.

    Raises:
        SettingsError: The file is missing or no valid TOML.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"cannot read the configuration {path}: {error}", hint="give a TOML file") from error
    return {key.replace("-", "_"): value for key, value in data.items()}
