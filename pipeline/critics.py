"""The directory of professional critics: which publication a critic writes for, where an article does not say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pipeline import resources
from pipeline.schema import Mention

_NO_PLACE = -1


@cache
def _directory() -> dict[str, tuple[str, ...]]:
    """Read the directory: every form of a critic's name with the ids of the publications."""
    rows = resources.read_jsonl(resources.locate("corpus/gazetteers/critics.jsonl"))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        for name in (row["name"], *row["aliases"]):
            found[name] = (*found.get(name, ()), *row["outlets"])
    return found


@cache
def _outlet_names() -> dict[str, str]:
    """Return the names of the publications by id."""
    rows = resources.read_jsonl(resources.locate("corpus/gazetteers/outlets.jsonl"))
    return {row["id"]: row["name"] for row in rows}


def known_critics(names: Iterable[str]) -> dict[str, Mention]:
    """Look persons up in the directory.

    Args:
        names: Full names.

    Returns:
        For each critic of one publication only, a mention of that publication that stands nowhere in the text.
    """
    found: dict[str, Mention] = {}
    for name in names:
        outlets = set(_directory().get(name, ()))
        if len(outlets) == 1:
            (owner,) = outlets
            found[name] = Mention(_NO_PLACE, _NO_PLACE, "outlet", _outlet_names()[owner], owner)
    return found
