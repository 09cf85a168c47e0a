"""List inputs and turn each into articles or a named failure."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pipeline.cells import shown
from pipeline.errors import InputError
from pipeline.read import markup, tables
from pipeline.read.decode import decode
from pipeline.read.metadata import KNOWN, Described, describes
from pipeline.schema import Article, Failure

FORMATS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip
OTHERS = {
    ".json": "JSON", ".xml": "XML", ".rtf": "rich text", ".doc": "a Word document", ".docx": "a Word document",
    ".odt": "an OpenDocument text", ".pdf": "PDF", ".epub": "an e-book", ".xls": "a workbook", ".xlsx": "a workbook",
    ".ods": "a workbook", ".zip": "an archive", ".gz": "compressed",
}  # fmt: skip
"""Endings of formats that are not read."""
TABLES = frozenset({"csv", "jsonl", "parquet"})
STDIN = "-"
SIZE_LIMIT = 50_000_000
"""Largest single text file, in bytes."""
TEXT_LIMIT = 5_000_000
"""Longest text of one article, in characters: a million take some 130 megabytes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How inputs are read: a format for all of them (empty: by ending), and the columns of tables."""

    input_format: str = ""
    text_column: str = ""
    id_column: str = ""


def list_inputs(names: Sequence[str], reading: Reading) -> tuple[list[str], list[Failure]]:
    """Expand files, folders and globs.

    Args:
        names: What the user named; ``-`` is standard input.
        reading: A forced format lets a folder's files of any ending in.

    Returns:
        Files in the order named, folders sorted, each once however it is named; and a failure for each name that gives nothing.
    """
    found: dict[str, str] = {}
    failures: list[Failure] = []
    for name in names:
        for item in [Path(STDIN)] if name == STDIN else _named(name, reading):
            if isinstance(item, Failure):
                failures.append(item)
            else:
                found.setdefault(STDIN if name == STDIN else str(item.resolve()), str(item))
    files = list(found.values())
    if not files and not failures:
        failures.append(Failure(names[0], "read", "no articles, only what describes them", "give the folder"))
    failures.extend(Described().faults(Path(name).parent for name in files if name != STDIN))
    return files, failures


def _named(name: str, reading: Reading) -> list[Path | Failure]:
    """Return the files that a name stands for, as a path or as a pattern, and what of it cannot be read."""
    path = Path(name)
    there = bool(name) and not isinstance(_mode(path), FileNotFoundError | NotADirectoryError)
    matching = [path] if there else _matching(name)
    found = [item for match in matching for item in _at(match, reading)]
    if found or (matching and all(map(describes, matching))):  # a shell that expands folder/* names it too
        return found
    what = "the folder has no readable files" if matching else "no such file"
    return [Failure(name or "''", "read", what, "give .txt, .md, .html, .csv, .jsonl or .parquet files")]


def _matching(pattern: str) -> list[Path]:
    """Return what a pattern matches, but pipes and devices."""
    paths = map(Path, sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207 - absolute patterns too
    modes = ((path, _mode(path)) for path in paths)
    return [path for path, mode in modes if isinstance(mode, OSError) or stat.S_ISREG(mode) or stat.S_ISDIR(mode)]


def _at(path: Path, reading: Reading) -> list[Path | Failure]:
    """Return a file itself, the files of a folder, or what is wrong with either."""
    mode = _mode(path)
    if isinstance(mode, OSError):
        return [_unreadable(path, mode)]
    if stat.S_ISDIR(mode):
        return _inside(path, reading)
    return [] if describes(path) else [path]


def _inside(root: Path, reading: Reading) -> list[Path | Failure]:
    """Return the files of a folder that are inputs, sorted, and what in it cannot be looked at; hidden folders are passed over.

    Links to folders are followed after what is no link, to each folder once, so that no link leads round in a circle.
    """
    files: list[Path] = []
    faults: list[OSError] = []
    seen = {_identity(parent) for parent in root.resolve().parents} - {None}
    waiting = [root]
    for start in waiting:
        for name, below, names in os.walk(start, onerror=faults.append):
            folder = Path(name)
            known = _identity(folder) in seen
            seen.add(_identity(folder))
            below[:] = [] if known else [each for each in sorted(below) if not each.startswith(".")]
            waiting += [folder / each for each in below if os.path.islink(folder / each)]  # noqa: PTH114 - never raises
            files += [] if known else [folder / each for each in names if not each.startswith(".")]
    modes = {file: _mode(file) for file in sorted(files)}
    told = [_unreadable(file, mode) for file, mode in modes.items() if isinstance(mode, OSError)]
    told += [_unreadable(Path(error.filename), error) for error in faults]
    regular = [file for file, mode in modes.items() if isinstance(mode, int) and stat.S_ISREG(mode)]
    return [*(file for file in regular if _wanted(file, reading)), *told]


def _mode(path: Path) -> int | OSError:
    """Return what kind of file a path is, or why that cannot be told."""
    try:
        return path.stat().st_mode
    except OSError as error:
        return error


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from all others, whatever it is called."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _unreadable(path: Path | str, error: OSError) -> Failure:
    """Return the failure of a path that the system does not let be read."""
    return Failure(
        str(path), "read", f"cannot be read: {error.strerror or error}", "check the path and its permissions"
    )


def holds_many(name: str, reading: Reading) -> bool:
    """Tell whether an input is a table, each of whose rows is an article."""
    return _kind(name, reading) in TABLES


def _kind(name: str, reading: Reading) -> str:
    """Return the format of an input: the forced one, or by its ending."""
    return reading.input_format or ("text" if name == STDIN else FORMATS.get(Path(name).suffix.lower(), "text"))


def _wanted(path: Path, reading: Reading) -> bool:
    """Tell whether a folder's file is an input; one of another ending, or the folder's metadata, is not."""
    return (bool(reading.input_format) or path.suffix.lower() in FORMATS) and not describes(path)


def iter_articles(inputs: Iterable[str], reading: Reading) -> Iterator[Article | Failure]:
    """Read every input, one article or failure after the other.

    Args:
        inputs: What `list_inputs` gave.
        reading: Format and columns.

    Returns:
        Articles with unique ids; a failure instead of an article that cannot be read.
    """
    listed = list(inputs)
    ids = _unique_ids(listed)
    described = Described()
    seen: dict[str, int] = {}
    for name in listed:
        for item in _read_one(name, ids[name], reading, described):
            if isinstance(item, Failure):
                yield item
            elif len(item.text) > TEXT_LIMIT:
                told = f"the text has {len(item.text):,} characters, more than {TEXT_LIMIT:,}"
                yield Failure(item.path or name, "read", told, "split it into articles")
            else:
                yield replace(item, id=_unused(item.id, seen))


def _unused(article_id: str, seen: dict[str, int]) -> str:
    """Return an id, or the id with the first number that makes it new; remember it in `seen`."""
    unique = article_id
    while unique in seen:
        seen[article_id] += 1
        unique = f"{article_id}#{seen[article_id]}"
    seen[unique] = 1
    return unique


def _unique_ids(names: Sequence[str]) -> dict[str, str]:
    """Give each file its stem, or its relative path where stems agree."""
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault("stdin" if name == STDIN else Path(name).stem, []).append(name)
    ids: dict[str, str] = {}
    for stem, same in stems.items():
        if len(same) == 1:
            ids[same[0]] = stem
            continue
        parts = [Path(name).with_suffix("").parts for name in same]
        shared = 0
        while all(len(p) > shared + 1 for p in parts) and len({p[shared] for p in parts}) == 1:
            shared += 1
        short = ["/".join(p[shared:]) for p in parts]
        for name, label in zip(same, short, strict=True):
            ids[name] = label if short.count(label) == 1 else label + Path(name).suffix
    return ids


def _read_one(name: str, article_id: str, reading: Reading, described: Described) -> Iterator[Article | Failure]:
    """Read one input."""
    try:
        kind = _kind(name, reading)
        _check(name, reading)
        if kind in TABLES:
            yield from _table(name, article_id, kind, reading)
        else:
            yield _document(name, article_id, kind, {} if name == STDIN else described(Path(name)))
    except InputError as error:
        yield Failure(name, "read", str(error), error.hint)
    except OSError as error:
        yield _unreadable(name, error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not lose the other articles; it is named in `errors`
        yield Failure(name, "read", f"{type(error).__name__}: {error}", "report this file")


def _check(name: str, reading: Reading) -> None:
    """Refuse a file whose ending says that it is in a format that is not read."""
    other = OTHERS.get(Path(name).suffix.lower())
    if other and not reading.input_format:
        hint = "convert it to text, Markdown, HTML or CSV; `input_format` text reads it as it is"
        raise InputError(f"the file is {other}, by its ending", hint=hint)


def _bytes(name: str) -> bytes:
    """Read a file or standard input whole."""
    if name == STDIN and sys.stdin is None:
        raise InputError("standard input is closed", hint="name a file, or pipe the text in")
    with nullcontext(sys.stdin.buffer) if name == STDIN else Path(name).open("rb") as file:
        data: bytes = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise InputError(f"the file has more than {SIZE_LIMIT:,} bytes", hint="split it, or give a table in a file")
    return data


def _document(name: str, article_id: str, kind: str, said: Mapping[str, str]) -> Article:
    """Read a file that holds one article; what is said about it in its folder's metadata comes first."""
    text = decode(_bytes(name))
    title = publisher = ""
    if kind != "text":
        found = markup.from_html(text) if kind == "html" else markup.from_markdown(text)
        text, title, publisher = found.text, found.title, found.publisher
    return Article(
        article_id, text, title=said.get("title") or title or _title(text), publisher=said.get("publisher") or publisher,
        work=said.get("work", ""), path="" if name == STDIN else Path(name).as_posix(), extracted=kind != "text",
        extra={key: value for key, value in said.items() if key not in KNOWN},
    )  # fmt: skip


def _title(text: str) -> str:
    """Take the first line for the title when it is short and no sentence."""
    first = text.lstrip().split("\n", 1)[0].strip().lstrip("#").strip()
    return first if 0 < len(first) <= 150 and first[-1] not in ".;," and "\n" in text.strip() else ""


def _table(name: str, stem: str, kind: str, reading: Reading) -> Iterator[Article | Failure]:
    """Read a table whose rows hold one article each; a row that holds none is a failure of its own."""
    rows = tables.read_rows_text(decode(_bytes(name)), kind) if name == STDIN else tables.read_rows(Path(name), kind)
    number = 0
    identified = False
    for number, row in enumerate(tables.bounded(_parted(row, kind, reading) for row in rows), start=1):
        if isinstance(row, tables.Fault):
            yield Failure(f"{name}:{number}", "read", row.error, row.hint)
            continue
        record, columns = row
        identified = identified or bool(columns["id"])
        yield _row(name, stem, number, record, columns)
    if number == 0:
        raise InputError("the table has no rows", hint="give a table with a header and rows")
    if reading.id_column and not identified:
        raise InputError(
            f"no row has a column {reading.id_column!r}", hint="the rows are numbered; correct `id_column`"
        )


def _parted(row: tables.Row, kind: str, reading: Reading) -> tuple[tables.Record, Mapping[str, str]] | tables.Fault:
    """Return a row with its columns by what they hold; in JSON Lines each row has columns of its own, and may be at fault."""
    if isinstance(row, tables.Fault):
        if row.columns:
            _columns(row.columns, reading, own=False)
        return row
    own = kind == "jsonl"
    try:
        return row, _columns(tuple(row), reading, own=own)
    except InputError as error:
        if own:
            return tables.Fault(str(error), error.hint)
        raise


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...], reading: Reading, *, own: bool) -> Mapping[str, str]:
    """Tell which columns hold text, id, title, publisher and work; only a row with columns of its own may lack a named id."""
    text = tables.pick_column(names, reading.text_column, tables.TEXT_COLUMNS, "text")
    lacks = own and reading.id_column and reading.id_column not in names
    key = "" if lacks else tables.pick_column(names, reading.id_column, tables.ID_COLUMNS, "id")
    return {"text": text, "id": key, **{name: tables.find_column(names, name) for name in KNOWN}}


def _row(name: str, stem: str, number: int, record: tables.Record, columns: Mapping[str, str]) -> Article | Failure:
    """Turn a record into an article; its title, publisher and work come from columns of that name."""
    text = record[columns["text"]]
    if not isinstance(text, str) or not text.strip():
        got = "empty" if not shown(text).strip() else f"a {type(text).__name__}"
        return Failure(
            f"{name}:{number}", "read", f"the text in column {columns['text']!r} is {got}", "fill it or drop the row"
        )
    named = {what: column for what, column in columns.items() if column}
    article_id = shown(record[named["id"]]).strip() if "id" in named else ""
    known = {key: shown(record[named[key]]) for key in KNOWN if key in named}
    extra = {key: value for key, value in record.items() if key not in named.values()}
    return Article(
        article_id or f"{stem}-{number}", text, path=f"{name}:{number}", extracted=True, extra=extra, **known
    )
