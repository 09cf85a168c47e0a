"""Every exception of the library: each says what was received and what to do about it."""

from __future__ import annotations


class PullquoteError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: What was received and why it cannot be used.
        hint: What the user can do about it. A setting stands in it as in Python, between backticks; the command line shows its option.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputError(PullquoteError):
    """An input cannot be read: missing, empty, binary, undecodable, or without the named column."""


class SettingsError(PullquoteError):
    """A setting, option or configuration file has a value that cannot be used."""


class DataError(PullquoteError):
    """A gazetteer, taxonomy, rule or gold file is malformed."""


class ModelError(PullquoteError):
    """A trained model is missing, damaged, or does not match its manifest."""


class OutputError(PullquoteError):
    """Results cannot be written where they were asked for."""


class CutWarning(UserWarning):
    """A text is longer than the format that was asked for holds; the rest of it is left out."""
