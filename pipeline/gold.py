"""Read annotated articles: the gold format of corpus/annotated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.resources import read_jsonl
from pipeline.schema import SourceType

SPLITS = ("train", "dev", "test")
_TYPES = frozenset({"outlet", "critic", "cast_crew", "audience", "aggregator", "author", "other"})
_POLARITIES = frozenset({"positive", "negative", "mixed"})


@dataclass(frozen=True, slots=True)
class GoldOpinion:
    """One annotated opinion; `start` and `end` are the offsets of its anchor."""

    start: int
    end: int
    anchor: str
    source: str
    speaker: str
    source_type: SourceType
    aspects: frozenset[str]
    also_ok: frozenset[str]
    polarity: str
    polarity_ok: frozenset[str]
    source_ok: frozenset[str]
    optional: bool


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """One annotated article; `facts` are spans in which reporting an opinion is an error."""

    id: str
    text: str
    domain: str
    layout: str
    split: str
    publisher: str
    opinions: tuple[GoldOpinion, ...]
    facts: tuple[tuple[int, int], ...]


def read_gold(paths: Iterable[Path], *, split: str = "") -> list[GoldArticle]:
    """Read gold files and folders of them.

    Args:
        paths: JSON files, or folders searched through.
        split: ``train``, ``dev`` or ``test`` to keep one split, told by the name of the file's folder.

    Raises:
        DataError: A file is no valid gold; the message names the file and the annotation.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no gold at {path}", hint="give annotated .json files or a folder of them")
        files.extend(sorted(path.rglob("*.json")) if path.is_dir() else [path])
    articles = [_article(file) for file in dict.fromkeys(file.absolute() for file in files)]
    kept = [article for article in articles if not split or article.split == split]
    if not kept:
        raise DataError("no annotated articles were found", hint="give annotated .json files or a folder of them")
    return kept


def read_judgements(folder: Path) -> list[GoldArticle]:
    """Read single judgements in context as articles of a sentence or two whose sources nobody annotated.

    Args:
        folder: JSON Lines files; a row has ``text`` and ``anchors``, an anchor ``anchor``, ``polarity`` and ``aspects``.

    Raises:
        DataError: A row lacks something, or an anchor does not occur exactly once.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in enumerate(read_jsonl(path), start=1):
            try:
                text = _text(row)
                items = [{"source": "", "source_type": "critic", **anchor} for anchor in row["anchors"]]
                opinions = tuple(_opinion(item, text, path) for item in items)
            except (KeyError, TypeError) as error:
                raise DataError(
                    f"{path}: row {number} is no judgement: {error!r}", hint="see corpus/README.md"
                ) from error
            name = f"{path.stem}-{number}"
            found.append(GoldArticle(name, text, "", "", "train", "", opinions, ()))
    return found


def _article(path: Path) -> GoldArticle:
    """Read one gold file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        text = _text(data)
        opinions = tuple(_opinion(item, text, path) for item in data["opinions"])
        facts = tuple(_locate(item["anchor"], text, path) for item in data.get("non_opinions", []))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no valid gold: {type(error).__name__} {error}", hint="see corpus/README.md"
        ) from error
    return GoldArticle(
        id=str(data.get("id") or path.stem), text=text, domain=str(data.get("domain") or ""),
        layout=str(data.get("layout") or ""), split=path.parent.name if path.parent.name in SPLITS else "",
        publisher=str(data.get("publisher") or ""), opinions=opinions, facts=facts,
    )  # fmt: skip


def _text(data: Mapping[str, Any]) -> str:
    """Return the article's text."""
    text = data["text"]
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}")
    return text


def _locate(anchor: str, text: str, path: Path) -> tuple[int, int]:
    """Find an anchor, which must occur exactly once."""
    count = text.count(anchor)
    if not anchor or count != 1:
        raise DataError(f"{path}: the anchor {anchor!r} occurs {count} times", hint="an anchor occurs exactly once")
    start = text.index(anchor)
    return start, start + len(anchor)


def _opinion(item: dict[str, Any], text: str, path: Path) -> GoldOpinion:
    """Check one annotated opinion."""
    start, end = _locate(item["anchor"], text, path)
    kind, polarity, aspects = item["source_type"], item["polarity"], _names(item, "aspects", path)
    polarities = {polarity, *_names(item, "pol_ok", path)}
    if kind not in _TYPES or not polarities <= _POLARITIES or not aspects:
        raise DataError(
            f"{path}: {item['anchor']!r} has {kind!r}, {sorted(polarities)}, {sorted(aspects)}",
            hint="see corpus/README.md",
        )
    return GoldOpinion(
        start=start, end=end, anchor=item["anchor"], source=str(item["source"]), speaker=str(item.get("speaker") or ""),
        source_type=kind, aspects=aspects, also_ok=_names(item, "also_ok", path), polarity=polarity,
        polarity_ok=frozenset(polarities), source_ok=_names(item, "source_ok", path),
        optional=bool(item.get("optional", False)),
    )  # fmt: skip


def _names(item: dict[str, Any], key: str, path: Path) -> frozenset[str]:
    """Return a list of names as a set; a name alone would be taken for its letters."""
    value = item.get(key) or []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise DataError(f"{path}: {key} of {item['anchor']!r} is {value!r}", hint="give a list of names")
    return frozenset(value)
