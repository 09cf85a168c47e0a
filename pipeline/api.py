"""The Python interface: `load` gives an `Analyzer`, whose `analyze` gives a `Result` of DataFrames."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import frames
from pipeline.analyze import Reader
from pipeline.cells import shown
from pipeline.counts import several
from pipeline.errors import DataError, InputError, ModelError, PullquoteError, SettingsError
from pipeline.read.tables import ID_COLUMNS, TEXT_COLUMNS, pick_column
from pipeline.schema import COLUMNS, Analysis, Article, Failure
from pipeline.settings import Settings, make_settings, read_config

_KNOWN = frozenset({"text", "title", "publisher", "work", "path"})
_ONE = (str, Mapping, Article)
Input = str | Mapping[str, Any] | Article | pd.DataFrame | Iterable[Any]


def load(config: str | Path | None = None, **settings: Any) -> Analyzer:
    """Load an analyzer.

    Args:
        config: A TOML file of settings; keywords override it.
        **settings: The fields of `pipeline.settings.Settings`, such as ``taxonomy="film"`` or ``publisher="Variety"``.

    Raises:
        SettingsError: A setting is unknown or has a value that cannot be used.
    """
    values = read_config(Path(config)) if config is not None else {}
    return Analyzer(make_settings({**values, **settings}))


def analyze_frame(data: pd.DataFrame, *, text: str = "text", **settings: Any) -> pd.DataFrame:
    """Read a column of texts and return the opinions beside the columns of the frame.

    Example:
        ``opinions = pipeline.analyze_frame(reviews, text="review", taxonomy="film")``

    Args:
        data: A frame with a text in each row; it stays as it is. Columns title, publisher and work tell what their names say.
        text: The column of the texts. A row where it is missing or blank has no opinions.
        **settings: As for `load`.

    Returns:
        The `opinions` table, a row for each opinion and aspect, under the index of the row it comes from (an index that
        occurs twice stays so; a row without opinions is not there). Behind stand the frame's other columns as they are; one
        that is named like a column of `opinions` has ``input_`` before its name. `article_id` is the index as text, numbered
        where it occurs twice.

    Raises:
        InputError: The column is missing or occurs twice, or holds something that is no text.
        SettingsError: A setting is unknown or has a value that cannot be used.
    """
    return load(**settings).analyze_frame(data, text=text)


@dataclass(frozen=True, repr=False)
class Result:
    """What was read from one or more articles, as pandas DataFrames with the columns of the file tables.

    Attributes:
        analyses: What was read, article by article.
        failures: Inputs that could not be read.
        settings: What shaped the reading.
        types: The types of columns that pass through to `articles`, where they came from a DataFrame.
    """

    analyses: tuple[Analysis, ...]
    failures: tuple[Failure, ...] = ()
    settings: Settings = field(default_factory=Settings)
    types: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Tell how much was read."""
        return f"Result({self._counts()})"

    @cached_property
    def opinions(self) -> pd.DataFrame:
        """One row for each opinion and aspect."""
        return frames.frame("opinions", (row for a in self.analyses for row in frames.opinion_rows(a)))

    @cached_property
    def attributions(self) -> pd.DataFrame:
        """One row for each attributed content, evaluative or not."""
        return frames.frame("attributions", (row for a in self.analyses for row in frames.attribution_rows(a)))

    @cached_property
    def sentences(self) -> pd.DataFrame:
        """One row for each sentence, heading, list item, caption and line of boilerplate."""
        return frames.frame("sentences", (row for a in self.analyses for row in frames.sentence_rows(a)))

    @cached_property
    def articles(self) -> pd.DataFrame:
        """One row for each article."""
        table = frames.frame("articles", (frames.article_row(a) for a in self.analyses))
        for name in self.types.keys() & (set(table) - set(COLUMNS["articles"])):
            with suppress(TypeError, ValueError):  # a type without missing values: the column stays as it is
                table[name] = table[name].astype(self.types[name])
        return table

    @cached_property
    def errors(self) -> pd.DataFrame:
        """One row for each input that could not be read."""
        return frames.frame("errors", map(frames.error_row, self.failures))

    def summary(self) -> pd.DataFrame:
        """Count opinions by source and aspect."""
        return frames.summary(self.opinions)

    def consensus(self) -> pd.DataFrame:
        """Let the sources vote by work and aspect."""
        return frames.consensus(self.opinions, {a.article.id: a.article.work for a in self.analyses})

    def matrix(self) -> pd.DataFrame:
        """Cross sources with aspects (see `pipeline.digest.matrix`)."""
        from pipeline.digest import matrix

        return matrix(self.opinions, self.articles)

    def quotes(self) -> pd.DataFrame:
        """List what voters say, the most telling first (see `pipeline.digest.quotes`)."""
        from pipeline.digest import quotes

        return quotes(self.opinions, self.articles)

    def lean(self) -> pd.DataFrame:
        """Compare each outlet with the others over works (see `pipeline.digest.lean`)."""
        from pipeline.digest import lean

        return lean(self.opinions, self.articles)

    def audit(self) -> pd.DataFrame:
        """Tell of each article whether author, choice of critics and stars agree with the rest (see `pipeline.digest.audit`)."""
        from pipeline.digest import audit

        return audit(self.opinions, self.articles)

    def rows(self) -> dict[str, pd.DataFrame]:
        """Return the tables of which each row comes from one article or input, by the name of their files."""
        return {
            "opinions": self.opinions, "attributions": self.attributions, "sentences": self.sentences,
            "articles": self.articles, "errors": self.errors,
        }  # fmt: skip

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file."""
        rows = self.rows()
        errors = rows.pop("errors")
        return {**rows, "summary": self.summary(), "consensus": self.consensus(), "errors": errors}

    def write(self, folder: str | Path, *, output_format: str = "csv", raw_cells: bool = False) -> Path:
        """Write every table and `run.json` into a folder.

        Args:
            folder: Made when missing.
            output_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
            raw_cells: Leave cells that a spreadsheet takes for formulas as they are; else an apostrophe stands before them.

        Raises:
            OutputError: The folder cannot be written.
            SettingsError: The format is unknown.
        """
        from pipeline.write import write_tables

        write_tables(
            self.tables(), Path(folder), output_format=output_format, settings=self.settings, raw_cells=raw_cells
        )
        return Path(folder)

    def report(self, path: str | Path) -> Path:
        """Write an HTML report.

        Raises:
            OutputError: The file cannot be written.
        """
        from pipeline.report import write_report

        texts = {a.article.id: a.article.text for a in self.analyses}
        return write_report(self.tables(), Path(path), texts=texts, run={"settings": self.settings.as_dict()})

    def _repr_html_(self) -> str:
        """Show the articles with their opinions marked, and the consensus, in a notebook."""
        from pipeline.highlight import result_html

        rows = dict(tuple(self.opinions.groupby("article_id", sort=False)))
        articles = [
            (a.article.title or a.article.id, a.article.text, rows.get(a.article.id, self.opinions[:0]))
            for a in self.analyses
        ]
        return result_html(articles, self.consensus(), counts=self._counts())

    def _counts(self) -> str:
        """Count articles, opinions and errors in words."""
        opinions = sum(len(analysis.opinions) for analysis in self.analyses)
        found = {"article": len(self.analyses), "opinion": opinions, "error": len(self.failures)}
        return ", ".join(several(n, noun) for noun, n in found.items())


class Analyzer:
    """Reads articles. Loading models is put off until the first article.

    Args:
        settings: What shapes the reading.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._reader = Reader(self.settings)

    def __repr__(self) -> str:
        """Show the settings that are not the usual ones."""
        usual = Settings().as_dict()
        told = (f"{name}={value!r}" for name, value in self.settings.as_dict().items() if value != usual[name])
        return f"Analyzer({', '.join(told)})"

    def read(self, article: Article) -> Analysis:
        """Read one article into plain values."""
        return self._reader.read(self._titled(article))

    def analyze(self, data: Input) -> Result:
        """Read a text, an article, or many.

        Args:
            data: A text; a mapping or DataFrame with a ``text`` column; an `Article`; or an iterable of those.

        Returns:
            What was read. Of many, one that cannot be read is in `Result.errors`, and the others are read.

        Raises:
            InputError: `data`, or everything in it, is none of these.
        """
        if isinstance(data, _ONE):
            return Result((self.read(_as_article(data, "item 1", 1)),), settings=self.settings)
        outcomes = [item if isinstance(item, Failure) else attempt(self.read, item) for item in as_items(data)]
        failures = tuple(outcome for outcome in outcomes if isinstance(outcome, Failure))
        analyses = tuple(outcome for outcome in outcomes if not isinstance(outcome, Failure))
        if failures and not analyses:
            raise InputError(failures[0].error, hint=failures[0].hint)
        return Result(analyses, failures, self.settings, _types(data))

    def stream(self, data: Input) -> Iterator[dict[str, Any]]:
        """Yield opinion rows, one article in memory at a time; of what cannot be read, warn.

        Raises:
            InputError: `data` holds no articles at all.
        """
        for item in as_items(data):
            outcome = item if isinstance(item, Failure) else attempt(self.read, item)
            if isinstance(outcome, Failure):
                warnings.warn(f"{outcome.error} ({outcome.hint})", stacklevel=2)
            else:
                yield from frames.opinion_rows(outcome)

    def analyze_frame(self, data: pd.DataFrame, *, text: str = "text") -> pd.DataFrame:
        """Read a column of texts; see `pipeline.analyze_frame`.

        Raises:
            InputError: The column is missing or occurs twice, or holds something that is no text.
        """
        if not isinstance(data, pd.DataFrame):
            raise InputError(f"cannot read a {type(data).__name__} as a frame", hint="give a DataFrame")
        names = data.columns.tolist()
        if names.count(text) != 1:
            there = "occurs twice" if text in names else "is missing"
            raise InputError(f"the column {text!r} {there}", hint=f"name one of {', '.join(map(str, names))}")
        rows: list[frames.Row] = []
        places: list[int] = []
        for place, article in _frame_articles(data, text):
            found = list(frames.opinion_rows(self.read(article)))
            rows += found
            places += [place] * len(found)
        others = data.iloc[:, [place for place, name in enumerate(names) if name != text]].take(places)
        table = pd.concat([frames.frame("opinions", rows), _renamed(others).reset_index(drop=True)], axis=1)
        index = data.index.take(places)
        return table.set_axis(index.set_names([_free(name, table.columns) for name in index.names]), axis=0)

    def _titled(self, article: Article) -> Article:
        """Fill in publisher and work from the settings."""
        publisher = self.settings.publisher or article.publisher
        work = self.settings.work or article.work
        if (publisher, work) == (article.publisher, article.work):
            return article
        return replace(article, publisher=publisher, work=work)


def attempt(read: Callable[[Article], Analysis], article: Article) -> Analysis | Failure:
    """Read one article; what goes wrong with it stays with it.

    Raises:
        SettingsError: A setting cannot be used: no article could be read with it.
        DataError: A gazetteer or taxonomy is malformed.
        ModelError: A model is missing or damaged.
    """
    try:
        return read(article)
    except (SettingsError, DataError, ModelError, MemoryError):
        raise
    except PullquoteError as error:
        return Failure(article.path or article.id, "analyze", str(error), error.hint)
    except Exception as error:  # noqa: BLE001 - a bug must not lose the other articles; it is named in `errors`
        return Failure(article.path or article.id, "analyze", f"{type(error).__name__}: {error}", "report this article")


def as_items(data: Input) -> Iterator[Article | Failure]:
    """Turn anything that `Analyzer.analyze` takes into articles with unique ids, and failures of what is no article.

    Raises:
        InputError: `data` holds no articles at all.
    """
    taken: set[str] = set()
    numbers: defaultdict[str, Iterator[int]] = defaultdict(partial(count, 2))
    for number, (name, item) in enumerate(_named(data), start=1):
        try:
            article = _as_article(item, name, number)
        except InputError as error:
            yield Failure(name, "read", str(error), error.hint)
            continue
        if article.id in taken:
            free = (f"{article.id}#{n}" for n in numbers[article.id])
            article = replace(article, id=next(key for key in free if key not in taken))
        taken.add(article.id)
        yield article


def _named(data: Input) -> Iterator[tuple[str, Any]]:
    """Yield what stands in the input, each with what to call it where it cannot be read."""
    if isinstance(data, _ONE):
        yield "item 1", data
    elif isinstance(data, pd.DataFrame):
        yield from _frame_items(data)
    elif isinstance(data, Iterable) and not isinstance(data, bytes | bytearray):
        for number, item in enumerate(data, start=1):
            key = shown(item.get(_key(item))) if isinstance(item, Mapping) else ""
            yield key or f"item {number}", item
    else:
        raise InputError(
            f"cannot read a {type(data).__name__}", hint="give text, a mapping, a DataFrame or a list of them"
        )


def _frame_articles(data: pd.DataFrame, text: str) -> Iterator[tuple[int, Article]]:
    """Yield the rows of a frame that have a text, with their place, as articles with unique ids."""
    known = {key: data[key].tolist() for key in ("title", "publisher", "work") if data.columns.tolist().count(key) == 1}
    places: list[int] = []
    items: list[dict[str, Any]] = []
    for place, (label, value) in enumerate(zip(data.index, data[text].tolist(), strict=True)):
        if not shown(value).strip():
            continue
        if not isinstance(value, str):
            raise InputError(f"row {label!r} holds a {type(value).__name__}", hint=f"give texts in column {text!r}")
        article_id = "/".join(map(str, label)) if isinstance(label, tuple) else str(label)
        places.append(place)
        items.append({"text": value, "article_id": article_id, **{key: values[place] for key, values in known.items()}})
    for place, item in zip(places, as_items(items), strict=True):
        if isinstance(item, Article):
            yield place, item


def _renamed(columns: pd.DataFrame) -> pd.DataFrame:
    """Rename columns that are named like those of `opinions`."""
    names: list[Any] = []
    for name in columns.columns:
        taken = {*COLUMNS["opinions"], *columns.columns} if name in COLUMNS["opinions"] else set()
        names.append(_free(name, taken))
    return columns.set_axis(pd.Index(names, dtype=object), axis=1)


def _free(name: Any, taken: Collection[Any]) -> Any:
    """Put ``input_`` before a name until it is not taken."""
    while name is not None and name in taken:
        name = f"input_{name}"
    return name


def _frame_items(data: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a DataFrame with its text and id columns renamed, each with its id or its place in the index."""
    columns = [str(column) for column in data.columns]
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise InputError(f"the column {twice[0]!r} occurs twice", hint="rename one")
    text = pick_column(columns, "", TEXT_COLUMNS, "text")
    key = pick_column(columns, "", ID_COLUMNS, "id")
    for label, values in zip(data.index, data.itertuples(index=False, name=None), strict=True):
        row = dict(zip(columns, values, strict=True))
        row["text"] = row.pop(text)
        if key:
            row = {"article_id": row.pop(key), **row}
        yield shown(row.get("article_id")) or f"row {label}", row


def _types(data: Input) -> dict[str, Any]:
    """Return the types of a DataFrame's columns."""
    return {str(name): data[name].dtype for name in data.columns} if isinstance(data, pd.DataFrame) else {}


def _key(item: Mapping[Any, Any]) -> str:
    """Return under which name an item has its id, or nothing."""
    return next((name for name in ID_COLUMNS if name in item), "")


def _as_article(item: Any, name: str, number: int) -> Article:
    """Turn one item into an article; `name` tells which it is where that does not go."""
    if isinstance(item, Article):
        return item
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, Mapping):
        missing = shown(item) == "" if pd.api.types.is_scalar(item) else False
        what = "has no text" if missing else f"is a {type(item).__name__}"
        raise InputError(f"{name} {what}", hint="give text, a mapping with text, or an Article")
    text = item.get("text")
    if not isinstance(text, str):
        raise InputError(f"{name} has no text", hint="give each article its text under the key 'text'")
    title, publisher, work, path = (shown(item.get(key)) for key in ("title", "publisher", "work", "path"))
    key = _key(item)
    article_id = shown(item.get(key)) or f"article-{number}"
    extra = {str(k): v for k, v in item.items() if k not in _KNOWN and k != key}
    return Article(article_id, text, title, publisher, work, path, extra=extra)
