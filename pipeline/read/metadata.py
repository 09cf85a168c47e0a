"""What a folder says about its files: ``metadata.csv`` beside them, a row for each file by its ``file_name``.

The name and the column are those of Hugging Face's datasets of files. Title, publisher and work are those of the article; other
columns, such as a date, pass through to `articles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import InputError
from pipeline.read.tables import Record, read_table
from pipeline.schema import Failure

NAME = "metadata.csv"
KEY = "file_name"


class Described:
    """Looks files up in the metadata of their folders, each of which is read once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, Record]] = {}

    def __call__(self, path: Path) -> Record:
        """Return what is said about a file, nothing where there is no row."""
        return self._rows(path.parent).get(path.name, {})

    def missing(self, folders: Iterable[Path]) -> list[Failure]:
        """Return a failure for each file that the metadata of folders names and that is not there."""
        return [
            Failure(f"{folder / NAME}", "read", f"names {name!r}, which is not there", f"correct its {KEY}")
            for folder in sorted(set(folders))
            for name in self._rows(folder)
            if not (folder / name).is_file()
        ]

    def _rows(self, folder: Path) -> dict[str, Record]:
        """Return the rows of a folder's metadata by the name of their file."""
        if folder not in self._folders:
            path = folder / NAME
            rows = read_table(path, "csv") if describes(path) else ()
            self._folders[folder] = {row[KEY]: {k: v for k, v in row.items() if k != KEY} for row in rows}
        return self._folders[folder]


def describes(path: Path) -> bool:
    """Tell whether a file is a folder's metadata: it has their name, and a column for the names of files."""
    if path.name != NAME or not path.is_file():
        return False
    try:
        return all(KEY in row for row in read_table(path, "csv"))
    except (InputError, OSError):
        return False


def describing(files: Iterable[str]) -> list[str]:
    """Return the metadata of the folders of files, in order."""
    folders = dict.fromkeys(Path(name).parent for name in files)
    return [str(folder / NAME) for folder in folders if describes(folder / NAME)]
