"""Numbers with their nouns, as messages say them."""

from __future__ import annotations


def several(number: float, noun: str) -> str:
    """Return a number with its noun, which gets an s unless the number is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
