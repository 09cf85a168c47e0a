"""Read stated ratings: stars, grades, marks out of ten and percentages, normalised to 0-1."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pipeline import resources

_HALF = r"(?:[-\s]and[-\s]a[-\s]half)"
_FRACTION = re.compile(
    r"(?<![\w./])(\d{1,3}(?:\.\d{1,2})?)\s?(½)?\s?(?:/|out of)\s?(5|4|6|10|20|100)(?![\w/]|\.\d)(?:\s?stars?)?"
)
_STARS = re.compile(r"(?<!\w)([★✭⭐✮]{1,10}|(?<!\*)\*{2,5}(?![\w*]))(½|\s?1/2)?([☆✩]{0,9})")
_PERCENT = re.compile(r"(?<![\w.])(\d{1,3})\s?(?:%|per ?cent\b)")
_POINTS = re.compile(
    r"\b(?:Metacritic|Metascore|OpenCritic)\b[^.\n\d]{0,40}?(?<![\w.])(\d{2,3})(?![\w%./-]|\.\d|\s(?:%|per ?cent|out|critics|reviews|outlets|user))"
    r"|(?<![\w.])(\d{2,3})(?:/100)?,? on (?:Metacritic|OpenCritic)\b"
)
_GRADE_AFTER = re.compile(
    r"\b(?:grade[sd]?|CinemaScore|scored?|gave|gives|giving|awarded|awards|awarding|handed|hands|handing|marked|returned|slapped|earned|earns|got|gets)\b"
    r"[^.;\n]{0,50}?\b(?:an?|of|with|a solid|was|it)\s+[“\"‘']?([A-DF][+\-–−]|[A-DF](?=[\s.,;:)\]”\"’']|$))(?!\w)[”\"’']?"
)
_SPELLED = re.compile(r"(?<![\w-])([A-DF])-(minus|plus)(?![\w-])")
_GRADE_BEFORE = re.compile(r"(?<![\w’'])([A-DF][+\-–−]?)[”\"’']?\s+(?:grade\b|CinemaScore|from CinemaScore)")
_GRADE_ALONE = re.compile(r"(?:^|[(:–—-]\s*)([A-DF][+\-–−]?)(?=\s*(?:$|[)\n]|[–—]\s))", re.MULTILINE)
MAX_STARS = 5


_NEAR = 12
"""Characters before stars that tell whether they are people."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A stated rating: where it stands and its value in [0, 1]."""

    start: int
    end: int
    value: float


def find_ratings(text: str) -> tuple[Rating, ...]:
    """Find the ratings stated in a text.

    A bare row of stars counts out of five, or out of the stars shown filled and empty. "Four stars" counts out of
    five, or of four when the fraction says so.

    Returns:
        Ratings in order, without overlap; `value` is rounded to four digits.
    """
    found: list[Rating] = []
    for pattern, value in _readers():
        for match in pattern.finditer(text):
            worth = value(match)
            overlap = any(r.start < match.end() and match.start() < r.end for r in found)
            if worth is not None and 0 <= worth <= 1 and not overlap:
                start = match.start(1) if pattern in (_GRADE_AFTER, _POINTS) and match.group(1) else match.start()
                found.append(Rating(start, match.end(), round(worth, 4)))
    return tuple(sorted(found, key=lambda rating: rating.start))


@cache
def _readers() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], float | None]], ...]:
    """Pair each pattern with the function that values it, the surest first."""
    names = "|".join(resources.rules("ratings")["numbers"])
    spoken = re.compile(
        rf"\b({names}|\d(?:\.5)?)({_HALF})?\s+stars?\s+out of\s+(four|five|six|ten|\d+)\b"
        rf"|\b({names}|\d(?:\.5)?)({_HALF})?(?:\s+out of\s+(four|five|six|ten|\d+))?[-\s]stars?\b",
        re.IGNORECASE,
    )
    return (
        (_FRACTION, _fraction), (_POINTS, _points), (_STARS, _stars), (spoken, _spoken), (_GRADE_AFTER, _grade), (_GRADE_BEFORE, _grade),
        (_GRADE_ALONE, _grade), (_SPELLED, _spelled), (_PERCENT, _percent),
    )  # fmt: skip


def _fraction(match: re.Match[str]) -> float | None:
    """Value "3.5/4" and "7 out of 10"; dates such as 9/11 fall out because the scale is fixed."""
    value = (float(match.group(1)) + (0.5 if match.group(2) else 0)) / float(match.group(3))
    return value if value <= 1 else None


def _points(match: re.Match[str]) -> float | None:
    """Value "Metacritic: 58" and "81 on Metacritic", out of a hundred."""
    value = int(match.group(1) or match.group(2)) / 100
    return value if value <= 1 else None


def _stars(match: re.Match[str]) -> float:
    """Value "★★★½" and "★★★☆☆"."""
    filled = len(match.group(1)) + (0.5 if match.group(2) else 0)
    return filled / max(MAX_STARS, filled, len(match.group(1)) + len(match.group(3)))


def _spoken(match: re.Match[str]) -> float | None:
    """Value "four-star" and "three and a half stars out of four"; stars who are people are worth nothing."""
    rules = resources.rules("ratings")
    before = match.string[max(0, match.start() - _NEAR) : match.start()]
    if re.search(rules["people_before"], before) or re.match(rules["people_behind"], match.string[match.end() :]):
        return None
    numbers = rules["numbers"]
    first = 1 if match.group(1) else 4
    word, half, scale = (match.group(first + step) for step in range(3))
    count = float(numbers.get(word.lower(), 0) or 0) if word.isalpha() else float(word)
    total = float(numbers.get(scale.lower(), 0) or scale) if scale and scale.isalpha() else float(scale or MAX_STARS)
    count += 0.5 if half else 0
    return count / max(total, count)


def _grade(match: re.Match[str]) -> float | None:
    """Value a letter grade."""
    grade = re.sub("[–−]", "-", match.group(1))
    value = resources.rules("ratings")["grades"].get(grade)
    return None if value is None else float(value)


def _spelled(match: re.Match[str]) -> float | None:
    """Value "A-minus" and "C-plus"."""
    value = resources.rules("ratings")["grades"].get(match.group(1) + ("-" if match.group(2) == "minus" else "+"))
    return None if value is None else float(value)


def _percent(match: re.Match[str]) -> float:
    """Value a percentage."""
    return int(match.group(1)) / 100
