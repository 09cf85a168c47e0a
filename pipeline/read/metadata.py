"""What a folder says about its files: ``metadata.csv`` beside them, a row for each file by its ``file_name``.

The name and the column are those of Hugging Face's datasets of files. Title, publisher and work are those of the article; other
columns, such as a date, pass through to `articles`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError
from pipeline.read.tables import Fault, Record, bounded, find_column, header, read_rows
from pipeline.schema import Failure

NAME = "metadata.csv"
KEY = "file_name"
KNOWN = ("title", "publisher", "work")
"""Columns that say what their names say, in a folder's metadata as in a table of articles."""


@dataclass
class _Folder:
    """The rows of a folder's metadata by the name of their file, and what is wrong with them."""

    rows: dict[str, Record] = field(default_factory=dict)
    faults: list[Failure] = field(default_factory=list)


class Described:
    """Looks files up in the metadata of their folders, each of which is read once."""

    def __init__(self) -> None:
        self._folders: dict[Path, _Folder] = {}

    def __call__(self, path: Path) -> Record:
        """Return what is said about a file, nothing where there is no row."""
        return self._of(path.parent).rows.get(_plain(path.name), {})

    def faults(self, folders: Iterable[Path]) -> list[Failure]:
        """Return a failure for each row of the folders' metadata that says nothing about a file beside it."""
        return [fault for folder in dict.fromkeys(folders) for fault in self._of(folder).faults]

    def _of(self, folder: Path) -> _Folder:
        """Return a folder's metadata."""
        if folder not in self._folders:
            found = self._folders[folder] = _Folder()
            if describes(folder / NAME):
                found.faults.extend(_read(folder, found.rows))
        return self._folders[folder]


def _read(folder: Path, rows: dict[str, Record]) -> Iterator[Failure]:
    """Read a folder's metadata into rows, and yield what is wrong with it."""
    path = folder / NAME
    try:
        beside = {_plain(file.name) for file in folder.iterdir() if file.is_file()}
        for record in bounded(read_rows(path, "csv")):
            if isinstance(record, Fault):
                yield Failure(str(path), "read", record.error, record.hint)
                continue
            row = _named(record)
            name = row.pop(KEY, "")
            if _plain(name) in rows:
                yield Failure(str(path), "read", f"names {name!r} twice", "keep one of the rows")
            elif _plain(name) not in beside:
                yield Failure(str(path), "read", f"names {name!r}, which is not beside it", f"correct its {KEY}")
            else:
                rows[_plain(name)] = row
    except InputError as error:
        yield Failure(str(path), "read", str(error), error.hint)
    except OSError as error:
        yield Failure(
            str(path), "read", f"cannot be read: {error.strerror or error}", "check the permissions beside it"
        )


def _named(record: Record) -> Record:
    """Return a row with the usual names for the columns whose names are those in capitals."""
    usual = {find_column(record, name): name for name in (KEY, *KNOWN)}
    return {usual.get(column, column): value for column, value in record.items()}


def _plain(name: str) -> str:
    """Return a file's name in one form of Unicode: systems differ in how they write an accent."""
    return unicodedata.normalize("NFC", name.strip())


def describes(path: Path) -> bool:
    """Tell whether a file is a folder's metadata: it has their name, and a column for the names of files."""
    try:
        return path.name == NAME and path.is_file() and bool(find_column(header(path), KEY))
    except (InputError, OSError):
        return False


def describing(files: Iterable[str]) -> list[str]:
    """Return the metadata of the folders of files, in order."""
    folders = dict.fromkeys(Path(name).parent for name in files)
    return [str(folder / NAME) for folder in folders if describes(folder / NAME)]
