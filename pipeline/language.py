"""Tell in which language a text is written, so that nothing is read as English that is not.

Letters tell the script; among languages of one script the function words do (spaCy's stop words), as in Grefenstette 1995,
"Comparing two language identification schemes".
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections import Counter
from functools import cache

ENGLISH = "en"
_SCRIPTS = {
    "CYRILLIC": ("ru", "uk", "bg", "sr"), "GREEK": ("el",), "ARABIC": ("ar", "fa", "ur"), "HEBREW": ("he",), "HANGUL": ("ko",),
    "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "CJK": ("zh",), "DEVANAGARI": ("hi",), "THAI": ("th",), "BENGALI": ("bn",),
    "TAMIL": ("ta",), "TELUGU": ("te",), "ARMENIAN": ("hy",), "GEORGIAN": ("ka",),
}  # fmt: skip
_LATIN = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "ro", "hu", "tr", "hr", "id", "ca", "vi",
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_WORDS = 400
"""Words that are looked at, at most."""
_LEAST = 25
"""Words below which a text counts as English: a title or a grade has no language."""
_SURE = 0.2
"""Share of English function words from which a text is English, whatever else it holds."""
_FOREIGN = 0.15
"""Share of a language's function words from which a text may be in it."""


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language; ``en`` where nothing speaks for another.

    Args:
        text: Raw text; its first words are looked at.
    """
    words = [match.group().lower() for match in _first(text)]
    letters = [letter for word in words for letter in word[:4]]
    scripts = Counter(unicodedata.name(letter, "UNKNOWN").partition(" ")[0] for letter in letters[: 4 * _WORDS])
    script = max(scripts, key=lambda name: scripts[name], default="LATIN")
    if {"HIRAGANA", "KATAKANA"} & scripts.keys() and script == "CJK":
        script = "HIRAGANA"
    if script in _SCRIPTS:
        return max(_SCRIPTS[script], key=lambda code: _share(words, code))
    if len(words) < _LEAST or _share(words, ENGLISH) >= _SURE:
        return ENGLISH
    best = max(_LATIN, key=lambda code: _share(words, code))
    return best if _share(words, best) >= _FOREIGN else ENGLISH


def _first(text: str) -> list[re.Match[str]]:
    """Return a text's first words."""
    found = []
    for match in _WORD.finditer(text):
        found.append(match)
        if len(found) == _WORDS:
            break
    return found


def _share(words: list[str], code: str) -> float:
    """Return the share of words that are function words of a language."""
    known = _function_words(code)
    return sum(word in known for word in words) / len(words)


@cache
def _function_words(code: str) -> frozenset[str]:
    """Load spaCy's stop words of a language."""
    return frozenset(importlib.import_module(f"spacy.lang.{code}.stop_words").STOP_WORDS)
