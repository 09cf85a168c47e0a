"""Reporting verbs: their forms, what kind each is, and patterns made of them. The verbs themselves are in ``rules/cues.toml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from pipeline import resources

JUDGING = frozenset({"praise", "blame", "opinion"})
"""Kinds of verbs that judge by themselves or report a judgement."""
_ADDRESS = 24
"""Characters of a verb that addresses somebody, and an article, at most."""


@cache
def kinds() -> dict[str, str]:
    """Map every form of a reporting verb to its kind: speech, opinion, praise or blame."""
    return {form: verb["kind"] for verb in resources.rules("cues")["verbs"] for form in verb["forms"]}


@cache
def valences() -> dict[str, int]:
    """Map every form of a reporting verb to 1 for praise, -1 for blame, else 0."""
    return {form: int(verb["valence"]) for verb in resources.rules("cues")["verbs"] for form in verb["forms"]}


@cache
def of_makers() -> frozenset[str]:
    """Return the forms that prove no speech when a person is their subject: actors give, directors open."""
    rules = resources.rules("cues")
    return frozenset(form for verb in rules["verbs"] if verb["lemma"] in rules["maker_verbs"] for form in verb["forms"])


@cache
def by_first_word() -> dict[str, list[str]]:
    """Group the forms of reporting verbs by their first word, the longest first."""
    forms: dict[str, list[str]] = {}
    for form in kinds():
        forms.setdefault(form.split()[0], []).append(form)
    return {first: sorted(group, key=len, reverse=True) for first, group in forms.items()}


def any_verb() -> str:
    """Return a pattern of every form."""
    return _alternatives(kinds())


def strong_verb() -> str:
    """Return a pattern of the forms whose subject is a source more often than a work."""
    return _of(lambda lemma, rules: lemma not in rules["weak_verbs"])


def verb_of_it() -> str:
    """Return a pattern of the forms that take "it" for a publication."""
    return _of(lambda lemma, rules: lemma in rules["it_verbs"])


def _of(wanted: Callable[[str, dict[str, Any]], bool]) -> str:
    """Return a pattern of the forms of some verbs."""
    rules = resources.rules("cues")
    chosen = [verb for verb in rules["verbs"] if wanted(verb["lemma"], rules)]
    return _alternatives(form for verb in chosen for form in verb["forms"])


def _alternatives(forms: Iterable[str]) -> str:
    """Join forms, the longest first."""
    return "|".join(map(re.escape, sorted(set(forms), key=lambda form: (-len(form), form))))


def addressed(text: str, position: int) -> bool:
    """Tell whether somebody speaks to whom a text names at a position, as in "told Deadline"."""
    return _addressing().search(text, max(0, position - _ADDRESS), position) is not None


@cache
def _addressing() -> re.Pattern[str]:
    """Compile what stands before whom somebody speaks to."""
    verbs = "|".join(resources.rules("cues")["addressing"])
    return re.compile(rf"\b(?:{verbs})\s+(?:the\s+)?$", re.IGNORECASE)
