"""List inputs and turn each into articles or a named failure."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import InputError
from pipeline.read import markup, tables
from pipeline.read.decode import decode
from pipeline.read.metadata import Described, describes
from pipeline.schema import Article, Failure

FORMATS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip
TABLES = frozenset({"csv", "jsonl", "parquet"})
STDIN = "-"
_KNOWN = ("title", "publisher", "work")
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
        if name == STDIN:
            found[STDIN] = STDIN
            continue
        path = Path(name)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and _wanted(p, path, reading))
        elif describes(path):
            continue  # a shell that expands folder/* names it too
        elif path.exists():
            inside = [path]
        else:
            matching = map(Path, sorted(glob.glob(name, recursive=True)))  # noqa: PTH207 - absolute patterns too
            inside = [p for p in matching if p.is_file() and not describes(p)]
        if not inside:
            what = "the folder has no readable files" if path.is_dir() else "no such file"
            failures.append(Failure(name, "read", what, "give .txt, .md, .html, .csv, .jsonl or .parquet files"))
        for file in inside:
            found.setdefault(str(file.resolve()), str(file))
    files = list(found.values())
    if not files and not failures:
        failures.append(Failure(names[0], "read", "no articles, only what describes them", "give the folder"))
    failures.extend(Described().faults(Path(name).parent for name in files if name != STDIN))
    return files, failures


def holds_many(name: str, reading: Reading) -> bool:
    """Tell whether an input is a table, each of whose rows is an article."""
    return _kind(name, reading) in TABLES


def _kind(name: str, reading: Reading) -> str:
    """Return the format of an input: the forced one, or by its ending."""
    return reading.input_format or ("text" if name == STDIN else FORMATS.get(Path(name).suffix.lower(), "text"))


def _wanted(path: Path, root: Path, reading: Reading) -> bool:
    """Tell whether a folder's file is an input; hidden files, unknown endings and the folder's metadata are not."""
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return not hidden and (bool(reading.input_format) or path.suffix.lower() in FORMATS) and not describes(path)


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
        if kind in TABLES:
            yield from _table(name, article_id, kind, reading)
        else:
            yield _document(name, article_id, kind, {} if name == STDIN else described(Path(name)))
    except InputError as error:
        yield Failure(name, "read", str(error), error.hint)
    except OSError as error:
        yield Failure(name, "read", f"cannot be read: {error.strerror or error}", "check the path and its permissions")


def _bytes(name: str) -> bytes:
    """Read a file or standard input whole."""
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
        extra={key: value for key, value in said.items() if key not in _KNOWN},
    )  # fmt: skip


def _title(text: str) -> str:
    """Take the first line for the title when it is short and no sentence."""
    first = text.lstrip().split("\n", 1)[0].strip().lstrip("#").strip()
    return first if 0 < len(first) <= 150 and first[-1] not in ".;," and "\n" in text.strip() else ""


def _table(name: str, stem: str, kind: str, reading: Reading) -> Iterator[Article | Failure]:
    """Read a table whose rows hold one article each."""
    records = (
        tables.read_table_text(decode(_bytes(name)), kind) if name == STDIN else tables.read_table(Path(name), kind)
    )
    text_column = id_column = ""
    number = 0
    for number, record in enumerate(records, start=1):
        if number == 1:
            columns = list(record)
            text_column = tables.pick_column(columns, reading.text_column, tables.TEXT_COLUMNS, "text")
            id_column = tables.pick_column(columns, reading.id_column, tables.ID_COLUMNS, "id")
        yield _row(name, stem, number, record, text_column, id_column)
    if number == 0:
        raise InputError("the table has no rows", hint="give a table with a header and rows")


def _row(
    name: str, stem: str, number: int, record: tables.Record, text_column: str, id_column: str
) -> Article | Failure:
    """Turn a record into an article; its title, publisher and work come from columns of that name."""
    text = record.get(text_column)
    if not isinstance(text, str) or not text.strip():
        got = "empty" if text is None or text == "" or isinstance(text, str) else f"a {type(text).__name__}"
        return Failure(
            f"{name}:{number}", "read", f"the text in column {text_column!r} is {got}", "fill it or drop the row"
        )
    named = record.get(id_column) if id_column else None
    article_id = "" if named is None else str(named).strip()
    known = {key: str(record.get(key) or "") for key in _KNOWN}
    extra = {key: value for key, value in record.items() if key not in (text_column, id_column, *known)}
    return Article(
        article_id or f"{stem}-{number}", text, path=f"{name}:{number}", extracted=True, extra=extra, **known
    )
