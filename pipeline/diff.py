"""What changed between two finished runs: opinions, verdicts, articles, and what made them.

Opinions have no names that outlive a run, so they are matched: within one article by how much their spans overlap, the same
source first. Where the article's text changed, by how alike their words are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from rapidfuzz import fuzz

from pipeline.frames import Row
from pipeline.schema import COLUMNS
from pipeline.stored import read_run, read_tables

DIFFERENCES = (
    "table", "change", "work", "article_id", "opinion_id", "source", "aspect", "column", "before", "after", "text",
)  # fmt: skip
"""Columns of the table of differences."""
TOLERANCE = 0.005
"""Differences of numbers up to this are none; of a consensus score, which goes to 100, a hundred times as much."""
ALIKE = 60.0
"""Least similarity, in percent (rapidfuzz's `ratio`), of opinions that are matched by their words."""
NEAR = 25
"""Opinions of a changed text, before and after a place, that one is compared with: of all, and of those that share two words."""
_RECORDED = ("versions", "models", "settings")
_ERROR = ("input", "error", "stage")
_ARTICLE = ("title", "publisher", "work", "status", "sha256")
_OPINION = tuple(
    name for name in COLUMNS["opinions"]
    if name not in {"article_id", "opinion_id", "sentence_id", "start", "end", "aspect", "aspect_confidence"}
)  # fmt: skip


def compare(before: Path, after: Path, *, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Compare two finished runs.

    Args:
        before: Folder of a run.
        after: Folder of another.
        tolerance: Differences of numbers up to this are none.

    Returns:
        A row for each difference, none when the runs are the same. `table` is run, consensus, articles, errors or opinions; `change`
        is added, removed or changed. What was changed has a row for each column that differs, named in `column`, with its
        value `before` and `after`; of an opinion added or removed it is the sentiment, of a consensus the counts of
        verdicts, of an error its stage. Sentences and attributions are not compared. The order is that of the tables named, then works, articles and places in the text.

    Raises:
        InputError: A folder holds no finished run.
    """
    one, two = read_tables(before), read_tables(after)
    rows = chain(
        _run(read_run(before), read_run(after)),
        _consensus(one["consensus"], two["consensus"], tolerance),
        _articles(one["articles"], two["articles"]),
        _errors(one["errors"], two["errors"]),
        _opinions(one, two, tolerance),
    )
    listed = [{name: row.get(name, "") for name in DIFFERENCES} for row in rows]
    return pd.DataFrame(listed, columns=list(DIFFERENCES), dtype="str")


def counted(differences: pd.DataFrame) -> pd.DataFrame:
    """Count differences by table, change and column: how many opinions changed their source, and so on."""
    keys = ["table", "change", "column"]
    return differences.groupby(keys, sort=False).size().rename("n").reset_index()


def _run(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Row]:
    """Yield what differs in versions, models and settings."""
    for part in _RECORDED:
        one, two = before.get(part) or {}, after.get(part) or {}
        for name in sorted({*one, *two}):
            yield from _change({"table": "run"}, f"{part}.{name}", one.get(name), two.get(name), 0.0)


def _change(base: Row, column: str, before: Any, after: Any, tolerance: float) -> Iterator[Row]:
    """Yield a difference where two values differ."""
    if not _same(before, after, tolerance):
        yield {**base, "change": "changed", "column": column, "before": _shown(before), "after": _shown(after)}


def _same(before: Any, after: Any, tolerance: float) -> bool:
    """Tell whether two values are equal, numbers within the tolerance."""
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) and not pd.isna(value)
        for value in (before, after)
    )
    return abs(before - after) <= tolerance if numbers else _shown(before) == _shown(after)


def _shown(value: Any) -> str:
    """Return a value as text, empty when it is missing."""
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)


def _consensus(before: pd.DataFrame, after: pd.DataFrame, tolerance: float) -> Iterator[Row]:
    """Yield what differs in the verdicts; shares and intervals follow from their counts."""
    one, two = (_by(_with_verdicts(table), ("work", "aspect")) for table in (before, after))
    for key in sorted({*one, *two}, key=lambda key: (key[0], key[1] != "all", key[1])):
        base = {"table": "consensus", "work": key[0], "aspect": key[1]}
        if key in one and key in two:
            for name, within in (("verdicts", 0.0), ("consensus_score", tolerance * 100), ("divisiveness", tolerance)):
                yield from _change(base, name, one[key][name], two[key][name], within)
        else:
            yield _whole(base, "verdicts", one.get(key), two.get(key))


def _with_verdicts(consensus: pd.DataFrame) -> pd.DataFrame:
    """Add the counts of verdicts in one cell."""
    counts = zip(consensus["positive"], consensus["mixed"], consensus["negative"], strict=True)
    return consensus.assign(verdicts=[f"{plus}+ {mixed}± {minus}−" for plus, mixed, minus in counts])


def _whole(base: Row, column: str, before: Row | None, after: Row | None) -> Row:
    """Return the difference of a row that only one run has, with one of its columns."""
    found = {"before": _shown(before[column]) if before else "", "after": _shown(after[column]) if after else ""}
    return {**base, "change": "removed" if before else "added", "column": column, **found}


def _by(table: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[str, ...], Row]:
    """Return the rows of a table by their keys."""
    return {tuple(str(row[key]) for key in keys): row for row in _records(table)}


def _records(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _articles(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Row]:
    """Yield what differs in the articles read."""
    one, two = (_by(table, ("article_id",)) for table in (before, after))
    for key in sorted({*one, *two}):
        row = two.get(key) or one[key]
        base = {"table": "articles", "article_id": key[0], "work": row["work"], "text": row["title"]}
        if key in one and key in two:
            for name in _ARTICLE:
                yield from _change(base, name, one[key][name], two[key][name], 0.0)
        else:
            yield _whole(base, "n_opinions", one.get(key), two.get(key))


def _errors(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Row]:
    """Yield the failures that only one of the runs has, or has more often."""
    one, two = (Counter(zip(*(table[name] for name in _ERROR), strict=True)) for table in (before, after))
    for key in sorted({*one, *two}):
        row = dict(zip(_ERROR, key, strict=True))
        base = {"table": "errors", "text": f"{row['input']}: {row['error']}"}
        more = two[key] - one[key]
        for _ in range(abs(more)):
            yield _whole(base, "stage", row if more < 0 else None, row if more > 0 else None)


@dataclass(frozen=True, slots=True)
class _Opinion:
    """An opinion of one run: its place, its first row, and its aspects with their confidence."""

    start: int
    end: int
    row: Row
    aspects: Mapping[str, float]


def _opinions(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame], tolerance: float) -> Iterator[Row]:
    """Yield what differs in the opinions."""
    articles = [_by(tables["articles"], ("article_id",)) for tables in (before, after)]
    one, two = (_by_article(tables["opinions"]) for tables in (before, after))
    for article in sorted({*one, *two}):
        known = [rows.get((article,), {}) for rows in articles]
        same_text = known[0].get("sha256") == known[1].get("sha256")
        listed = one.get(article, []), two.get(article, [])
        work = str((known[1] or known[0]).get("work", ""))
        for pair in _matched(*listed, _overlaps(*listed) if same_text else _likenesses(*listed)):
            for row in _opinion(*pair, tolerance):
                yield {"table": "opinions", "article_id": article, "work": work, **row}


def _by_article(opinions: pd.DataFrame) -> dict[str, list[_Opinion]]:
    """Return the opinions of each article in the order of their places."""
    aspects: dict[str, dict[str, float]] = {}
    found: dict[str, list[_Opinion]] = {}
    for row in _records(opinions):
        name = row["opinion_id"]
        if name not in aspects:
            aspects[name] = {}
            found.setdefault(row["article_id"], []).append(
                _Opinion(int(row["start"]), int(row["end"]), row, aspects[name])
            )
        aspects[name][row["aspect"]] = row["aspect_confidence"]
    return {article: sorted(listed, key=lambda o: (o.start, o.end)) for article, listed in found.items()}


def _overlaps(before: Sequence[_Opinion], after: Sequence[_Opinion]) -> Iterator[tuple[float, int, int]]:
    """Yield the share that two spans have in common of what they cover, and the numbers of the two."""
    starts = [opinion.start for opinion in after]
    longest = max((opinion.end - opinion.start for opinion in after), default=0)
    for i, one in enumerate(before):
        for j in range(bisect_left(starts, one.start - longest), bisect_left(starts, one.end)):
            two = after[j]
            common = min(one.end, two.end) - max(one.start, two.start)
            if common > 0:
                yield common / (max(one.end, two.end) - min(one.start, two.start)), i, j


def _likenesses(before: Sequence[_Opinion], after: Sequence[_Opinion]) -> Iterator[tuple[float, int, int]]:
    """Yield how alike the words of two opinions are, and the numbers of the two.

    Only those are compared that stand at nearly the same place in the order of all, or of those that share two words in a
    row: to compare all with all takes too long for a long text.
    """
    shared: defaultdict[str, list[int]] = defaultdict(list)
    for j, two in enumerate(after):
        for words in _pairs(two.row["text"]):
            shared[words].append(j)
    for i, one in enumerate(before):
        lists: list[Sequence[int]] = [range(len(after)), *(shared.get(words, []) for words in _pairs(one.row["text"]))]
        for j in sorted({j for listed in lists for j in _around(listed, i)}):
            alike = fuzz.ratio(one.row["text"], after[j].row["text"], score_cutoff=ALIKE)
            if alike:
                yield alike / 100, i, j


def _pairs(text: str) -> set[str]:
    """Return every two words in a row, or the one word that there is."""
    words = text.split()
    return {" ".join(pair) for pair in zip(words, words[1:], strict=False)} or {text}


def _around(numbers: Sequence[int], n: int) -> Sequence[int]:
    """Return those of rising numbers that are the nearest to one."""
    place = bisect_left(numbers, n)
    return numbers[max(0, place - NEAR) : place + NEAR]


def _matched(
    before: Sequence[_Opinion], after: Sequence[_Opinion], candidates: Iterable[tuple[float, int, int]]
) -> list[tuple[_Opinion | None, _Opinion | None]]:
    """Pair opinions one to one, the closest first, of equally close ones the same source; the rest stays alone."""

    def rank(candidate: tuple[float, int, int]) -> tuple[float, bool, bool, int, int]:
        close, i, j = candidate
        one, two = before[i].row, after[j].row
        return (-close, one["source"] != two["source"], one["speaker"] != two["speaker"], i, j)

    partner: dict[int, int] = {}
    taken: dict[int, int] = {}
    for _, i, j in sorted(candidates, key=rank):
        if i not in partner and j not in taken:
            partner[i], taken[j] = j, i
    pairs: list[tuple[_Opinion | None, _Opinion | None]] = [
        (one, after[partner[i]] if i in partner else None) for i, one in enumerate(before)
    ]
    pairs += [(None, two) for j, two in enumerate(after) if j not in taken]
    return sorted(pairs, key=lambda pair: min((o.start, o.end) for o in pair if o))


def _opinion(before: _Opinion | None, after: _Opinion | None, tolerance: float) -> Iterator[Row]:
    """Yield what differs between two opinions that are matched, or what one run lacks."""
    shown = after or before
    if shown is None:
        return
    base = {
        "opinion_id": shown.row["opinion_id"], "source": shown.row["source"], "aspect": "+".join(sorted(shown.aspects)),
        "text": shown.row["text"],
    }  # fmt: skip
    if before is None or after is None:
        yield _whole(base, "sentiment", before.row if before else None, after.row if after else None)
        return
    for name in _OPINION:
        yield from _change(base, name, before.row[name], after.row[name], tolerance)
    yield from _change(base, "aspect", "+".join(sorted(before.aspects)), base["aspect"], 0.0)
    for aspect in sorted({*before.aspects} & {*after.aspects}):
        one_aspect = {**base, "aspect": aspect}
        yield from _change(one_aspect, "aspect_confidence", before.aspects[aspect], after.aspects[aspect], tolerance)
