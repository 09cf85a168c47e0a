"""Names beside a chart, shortened where they are long.

Vega shortens by halves of characters: an emoji cut in the middle is no text, and no file can be written of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import category, east_asian_width

MOST = 40
"""Most columns that a name takes, an emoji or a Chinese character two of them."""
_FLAGS = range(0x1F1E6, 0x1F200)
"""Letters that make a flag in twos."""
_JOINER = "\u200d"


def named(names: Iterable[str], *, tail: str = "") -> dict[str, Any]:
    """Return options of an axis or a header whose labels are these names, the long ones shortened; the data keep them whole.

    Args:
        names: Each on one line.
        tail: What stands behind some of the names and is never cut.
    """
    shown = {name: _shown(name, tail) for name in names}
    long = {name: label for name, label in shown.items() if name != label}
    if not long:
        return {"labelLimit": 0}
    whole, short = (json.dumps([*part]) for part in (long, long.values()))
    place = f"indexof({whole}, datum.label)"
    return {"labelLimit": 0, "labelExpr": f"{place} < 0 ? datum.label : {short}[{place}]"}


def _shown(name: str, tail: str) -> str:
    """Shorten what stands before the tail."""
    end = tail if tail and name.endswith(tail) else ""
    return shortened(name.removesuffix(end), MOST - len(end)) + end


def shortened(text: str, most: int = MOST) -> str:
    """Return a text of so many columns at most: whole characters, and an ellipsis where it was cut."""
    found, columns, cut = "", 0, 0
    for character in _characters(text):
        columns += 2 if east_asian_width(character[0]) in "WF" else 1
        if columns > most:
            return f"{found[:cut].rstrip()}…"
        found += character
        cut = len(found) if columns < most else cut
    return text


def _characters(text: str) -> Iterator[str]:
    """Yield characters as they are seen, with their marks, joined emoji and flags in one piece."""
    seen = ""
    for char in text:
        if seen and not _goes_on(seen, char):
            yield seen
            seen = ""
        seen += char
    if seen:
        yield seen


def _goes_on(seen: str, char: str) -> bool:
    """Tell whether a character belongs to the one before it."""
    flag = len(seen) == 1 and ord(seen) in _FLAGS and ord(char) in _FLAGS
    return flag or seen[-1] == _JOINER or category(char)[0] == "M" or category(char) in ("Cf", "Sk")
