"""Regular expressions: none takes more than linear time where it meets text of any length."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import pipeline

PACKAGE = Path(pipeline.__file__).parent
LENGTH = 2_000
"""Characters of the shorter text."""
LEAST = 0.005
"""Seconds below which a time tells nothing."""
LONGER = 4
"""How many times as long the longer text is: enough to tell linear from quadratic through noise."""
MOST = 8.0
"""How many times as long it may take: 4 is linear, 16 quadratic."""

PLACED = {
    # tried at one place, by match or fullmatch
    "attribute._expectation()", "people.expected.pattern", "opinions._ASIDE", "ratings.attributive", "outlets.context.predicate", "people._judged()",
    "people.affiliation.judged", "people.affiliation.loose", "people.affiliation.outlet_person", "people.coordination.between", "people.coordination.two",
    "people.coordination.more", "layout.same_source", "layout.bullet", "layout.lead_end", "layout.closing", "layout.bracket_end", "layout.asks", "speech._NOUN",
    "cues.filled.pattern", "cells._FORMULA", "cells._NEUTRAL", "read.markup._KEY", "read.furniture._SENTENCE",
}  # fmt: skip
WINDOWED = {
    # see a window of at most 200 characters
    "outlets._context()", "outlets.context.before", "outlets.context.after", "outlets.context.not_after", "outlets.context.line_start", "people.roles.before",
    "people.roles.after", "people.roles.owner", "people.roles.independent", "people.coordination.before", "people.affiliation.person_outlet",
    "speech._JOINS_BEHIND", "cues._addressing()", "segment._INITIAL", "resolve._independent()",
}  # fmt: skip

USES = {f"re.{name}" for name in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")}

SEEDS = [
    "a", "a ", "A", "A.", "A. ", "Aa ", "Aa-", "a’", "a.", "a,", "x, ", "1", "1 ", "1.", " ", "\n", " \n", "\t ", "“", "“a” ", "'", "'s ", "(", "[1]", ".”",
    ". ", ";", ", ", "—", "- ", "*", "★", "#", "@a", "n’t ", "ly ", "and ", "the ",
]  # fmt: skip


def _strings(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield the strings of a rule file with where they stand."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, name)


def _of_rules() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the regular expressions of the rule files; those of frames are templates."""
    for path in sorted((PACKAGE / "rules").glob("*.toml")):
        for name, text in _strings(tomllib.loads(path.read_text(encoding="utf-8")), path.stem):
            if path.stem != "frames" and re.search(r"\\[a-zA-Z.(\[)]|\[[^\]]+\]|\(\?", text):
                yield name, re.compile(text, re.IGNORECASE)


def _patterns(value: Any) -> Iterator[re.Pattern[str]]:
    """Yield the patterns for text in a value, those in tuples and mappings too."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, tuple | list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _patterns(inner)


def _of_modules() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns of every module: its attributes, and what its functions without arguments compile."""
    for info in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if info.name.startswith("pipeline.train."):
            continue  # read our own data, and need what only training installs
        short = info.name.removeprefix("pipeline.")
        for name, value in vars(importlib.import_module(info.name)).items():
            yield from ((f"{short}.{name}", pattern) for pattern in _patterns(value))
            told = getattr(value, "__annotations__", {})
            if (
                getattr(value, "__module__", "") == info.name
                and "re.Pattern" in str(told.get("return"))
                and len(told) == 1
            ):
                yield from ((f"{short}.{name}()", pattern) for pattern in _patterns(value()))


def _in_calls() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Yield the patterns written out where they are used, and whether they are tried at one place."""
    for path in sorted({*PACKAGE.rglob("*.py")} - {*PACKAGE.glob("train/*")}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            called, first = ast.unparse(node.func), node.args[0]
            if called in USES and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield f"{path.stem}:{node.lineno}", re.compile(first.value), called in ("re.match", "re.fullmatch")


def _collected() -> dict[str, tuple[re.Pattern[str], bool]]:
    """Return every pattern that may meet a long text, by name, and whether it is tried at one place."""
    named = [(name, pattern, name in PLACED) for name, pattern in (*_of_modules(), *_of_rules())]
    found: dict[tuple[str, int, bool], tuple[str, re.Pattern[str]]] = {}
    for name, pattern, placed in (*named, *_in_calls()):
        if name not in WINDOWED:
            found.setdefault((pattern.pattern, pattern.flags, placed), (name, pattern))
    return {
        f"{name} {number}": (pattern, key[2]) for number, (key, (name, pattern)) in enumerate(found.items(), start=1)
    }


COLLECTED = _collected()


def _seeds(pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield what a hostile text repeats: marks, and the words of the pattern itself."""
    words = list(dict.fromkeys(re.findall(r"[A-Za-z]{2,}|[^\w\s\\]", re.sub(r"\\.", " ", pattern.pattern))))[:40]
    yield from SEEDS
    yield from (f"{word} " for word in words)
    yield from (f"{first} {second}, " for first, second in zip(words[::2], words[1::2], strict=False))


def _texts(seed: str, opening: str) -> tuple[str, str]:
    """Return a text that repeats a seed, and a longer one; the last character fits nothing."""
    times = LENGTH // len(seed)
    return f"{opening}{seed * times}\x00", f"{opening}{seed * times * LONGER}\x00"


def _time(use: Callable[[str], object], text: str, repeats: int) -> float:
    """Return the least time of this process that a use takes: others may keep it waiting."""
    times = []
    for _ in range(repeats):
        began = process_time()
        use(text)
        times.append(process_time() - began)
    return min(times)


def _growth(use: Callable[[str], object], short: str, long: str) -> float:
    """Return how much longer the longer text takes, 0 where that cannot be told."""
    if _time(use, long, 1) < LEAST or _time(use, long, 2) < LEAST:
        return 0
    ratios = (_time(use, long, 2) / _time(use, short, 2) for _ in range(3))
    return next((ratio for ratio in ratios if ratio < MOST), MOST)


def _slow(pattern: re.Pattern[str], *, placed: bool) -> Iterator[str]:
    """Yield the seeds on which a pattern takes more than linear time."""

    def everywhere(text: str) -> None:
        # the first step is what search does
        for _ in pattern.finditer(text):
            pass

    use: Callable[[str], object] = pattern.match if placed else everywhere
    openings = ("", ")", "A ", "'") if placed else ("",)
    for seed in _seeds(pattern):
        for opening in openings:
            short, long = _texts(seed, opening)
            if _growth(use, short, long) >= MOST:
                yield opening + seed


def test_patterns_are_found_where_they_stand() -> None:
    names = {name.partition(" ")[0] for name in COLLECTED}
    assert {
        "quotes._MARK",
        "clauses._patterns()",
        "ratings._readers()",
        "people.groups.pattern",
        "clauses.within",
    } <= names
    assert len(COLLECTED) > 150


def test_a_quadratic_pattern_is_told() -> None:
    assert next(_slow(re.compile(r"\s+x"), placed=False)) == " "
    assert not [*_slow(re.compile(r"(?<!\s)\s+x"), placed=False)]
    assert not [*_slow(re.compile(r"\s+x"), placed=True)]


@pytest.mark.parametrize("name", COLLECTED)
def test_time_grows_as_the_text_does(name: str) -> None:
    pattern, placed = COLLECTED[name]
    assert next(_slow(pattern, placed=placed), None) is None
