"""What a page needs of the tables of a run: their columns, typed, and figures that are numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.errors import InputError
from pipeline.frames import cast

_NEEDED = ("opinions", "articles", "sentences", "errors")
_RANGES = {"score": (-1.0, 1.0), "confidence": (0.0, 1.0)}
_HINT = "give the tables that `pullquote analyze` wrote, or mend what was edited"


def checked(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables that a page is made of, their columns typed and their rows numbered 0, 1, ….

    Args:
        tables: The tables of a run by name.

    Raises:
        InputError: A table or a column is missing, a value does not fit its column, an opinion has no score from -1 to 1, or
            a confidence that is not from 0 to 1.
    """
    found = {}
    for name in _NEEDED:
        if name not in tables:
            raise InputError(f"there is no table {name!r}", hint=_HINT)
        try:
            found[name] = cast(name, tables[name].reset_index(drop=True))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the table {name!r} cannot be shown: {error}", hint=_HINT) from error
    opinions = found["opinions"]
    for column, (low, high) in _RANGES.items():
        values = opinions[column]
        wrong = ~values.between(low, high) & (values.notna() | (column == "score"))
        if wrong.any():
            row = opinions[wrong].iloc[0]
            message = f"the opinion {row['opinion_id']!r} has the {column} {row[column]}, not a number from {low:g} to {high:g}"
            raise InputError(message, hint=_HINT)
    return found
