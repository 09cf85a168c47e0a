"""Turn analyses into pandas DataFrames: the tables of the contract, summary and consensus."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Any

import pandas as pd

from pipeline.ballots import NO_RATING, Said, Wording, homes, repeats, wording
from pipeline.consensus import divisiveness, verdict, wilson
from pipeline.schema import COLUMNS, NON_VOTING, REPORT_COLUMNS, Analysis, Failure, Opinion, encodable
from pipeline.segment import words

Row = dict[str, Any]

DTYPES: dict[str, str] = {
    "start": "Int64", "end": "Int64", "source_start": "Int64", "source_end": "Int64", "cue_start": "Int64",
    "cue_end": "Int64", "n_chars": "Int64", "n_words": "Int64", "n_sentences": "Int64", "n_opinions": "Int64", "n": "Int64",
    "n_sources": "Int64", "positive": "Int64", "mixed": "Int64", "negative": "Int64", "quoted": "boolean",
    "attribution_confidence": "float64", "aspect_confidence": "float64", "score": "float64", "confidence": "float64",
    "vader": "float64", "rating": "float64", "subjectivity": "float64", "mean_score": "float64", "positive_share": "float64",
    "wilson_low": "float64", "wilson_high": "float64", "consensus_score": "float64", "divisiveness": "float64",
    "votes": "boolean", "all_score": "float64", "rank": "Int64", "n_works": "Int64", "others_score": "float64", "gap": "float64", "gap_low": "float64",
    "gap_high": "float64", "n_author": "Int64", "author_score": "float64", "critics_score": "float64", "tone_gap": "float64",
    "n_others": "Int64", "others_positive_share": "float64", "share_gap": "float64", "n_ratings": "Int64",
    "rating_gap": "float64", "n_conflicts": "Int64",
}  # fmt: skip
"""Types of the columns that do not hold text."""
TRUTH = {"true": True, "false": False}
"""How a truth value is written, in any case: spreadsheets write TRUE."""
_COLUMNS = {**COLUMNS, **REPORT_COLUMNS}


def frame(table: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Build a table with its columns of `pipeline.schema`, the types right even when empty; further keys become columns."""
    listed = list(rows)
    further = dict.fromkeys(key for row in listed for key in row)
    columns = [*_COLUMNS[table], *(key for key in further if key not in _COLUMNS[table])]
    return cast(table, pd.DataFrame(listed, columns=columns, dtype=object))


def cast(table: str, data: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a table their types, from values of any type or from their text, as in a CSV file.

    Columns that are not among the table's own pass through: a whole number beside an empty cell or a fraction stays a whole number.

    Raises:
        KeyError: A column of the table is missing, or a truth value is none.
        ValueError: A value does not fit its column.
    """
    typed: dict[str, Any] = {name: _column(data[name], DTYPES.get(name, "str")) for name in _COLUMNS[table]}
    for name in data.columns:
        if name not in typed:
            missing = data[name].isna()
            values = [None if gone else encodable(v) for v, gone in zip(data[name], missing, strict=True)]
            column = pd.Series(values, index=data.index, dtype=object)
            told = column if missing.any() else column.infer_objects()
            whole = told.dtype == "float64" and any(isinstance(value, Integral) for value in values)
            typed[name] = column if whole else told
    return pd.DataFrame(typed, index=data.index)


def texts(table: str, data: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its columns of text as texts, whatever they became where pandas read them from a file.

    `pandas.read_csv` and `pandas.read_excel` take an empty cell for NaN, and a title such as 1917 for a number; what takes
    the tables of a run from outside asks here first. Numbers, columns that are not the table's own, and columns that are
    not there stay as they are.

    Args:
        table: Which table it is.
        data: The table, or some of its columns.
    """
    lost = [
        name for name in _COLUMNS.get(table, ()) if name in data and name not in DTYPES and not _is_text(data[name])
    ]
    return data.assign(**{name: _column(data[name], "str") for name in lost}) if lost else data


def by_id(known: Mapping[Any, Any]) -> dict[str, str]:
    """Return what is known of articles by the ids that `texts` gives them, such as the works of a table that pandas read."""
    return {text_of(key): text_of(value) for key, value in known.items()}


def _is_text(values: pd.Series[Any]) -> bool:
    """Tell whether all cells of a column are texts."""
    return not values.hasnans and pd.api.types.infer_dtype(values) == "string"


def text_of(value: Any) -> str:
    """Return a cell as text, empty where it is missing; a whole number has no point, which pandas gives it beside an empty cell."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return str(encodable(str(int(value) if isinstance(value, float) and value.is_integer() else value)))


def _column(values: pd.Series[Any], kind: str) -> pd.Series[Any]:
    """Cast one column."""
    if kind == "str":
        return pd.Series([text_of(value) for value in values], index=values.index, dtype="str")
    if kind == "boolean":
        missing = values.isna() | (values.astype(object) == "")
        known = [None if gone else TRUTH[str(v).casefold()] for v, gone in zip(values, missing, strict=True)]
        return pd.Series(known, index=values.index, dtype="boolean")
    numbers = pd.to_numeric(values.astype(object).where(values.notna(), None))
    return numbers.astype(pd.api.types.pandas_dtype(kind))


def opinion_rows(analysis: Analysis) -> Iterator[Row]:
    """Yield one row for each opinion and aspect."""
    article = analysis.article
    for opinion in analysis.opinions:
        base = _opinion_base(article.id, article.text, opinion)
        for aspect in opinion.aspects:
            yield {**base, "aspect": aspect.label, "aspect_confidence": aspect.confidence}


def _opinion_base(article_id: str, text: str, opinion: Opinion) -> Row:
    """Return the columns that the rows of one opinion share."""
    source, feeling = opinion.source, opinion.sentiment
    return {
        "article_id": article_id, "opinion_id": f"{article_id}:o{opinion.number}", "sentence_id": f"{article_id}:s{opinion.sentence + 1}",
        "start": opinion.start, "end": opinion.end, "text": text[opinion.start : opinion.end], "section": opinion.section,
        "source": source.name, "source_type": source.type, "outlet": source.outlet, "speaker": source.speaker,
        "cue": opinion.cue, "attribution": opinion.rule, "attribution_confidence": round(opinion.attribution_confidence, 4),
        "quoted": opinion.quoted, "sentiment": feeling.label, "score": feeling.score, "confidence": opinion.confidence,
        "vader": round(feeling.vader, 4), "rating": opinion.rating,
    }  # fmt: skip


def attribution_rows(analysis: Analysis) -> Iterator[Row]:
    """Yield one row for each attributed content."""
    article = analysis.article
    for number, attribution in enumerate(analysis.attributions, start=1):
        content, source = attribution.content, attribution.source
        cue, where = content.cue, content.source
        yield {
            "article_id": article.id, "attribution_id": f"{article.id}:a{number}", "start": content.start, "end": content.end,
            "text": article.text[content.start : content.end], "kind": attribution.kind, "source": source.name,
            "source_type": source.type, "outlet": source.outlet, "speaker": source.speaker,
            "source_start": where[0] if where else None, "source_end": where[1] if where else None,
            "cue": article.text[cue[0] : cue[1]] if cue else "", "cue_start": cue[0] if cue else None,
            "cue_end": cue[1] if cue else None, "attribution": content.rule, "attribution_confidence": round(attribution.confidence, 4),
        }  # fmt: skip


def sentence_rows(analysis: Analysis) -> Iterator[Row]:
    """Yield one row for each sentence."""
    article = analysis.article
    scored = zip(analysis.sentences, analysis.subjectivity, analysis.vader, strict=True)
    for number, (sentence, subjectivity, vader) in enumerate(scored, start=1):
        yield {
            "article_id": article.id, "sentence_id": f"{article.id}:s{number}", "start": sentence.start, "end": sentence.end,
            "text": article.text[sentence.start : sentence.end], "section": sentence.section, "kind": sentence.kind,
            "subjectivity": subjectivity, "vader": vader,
        }  # fmt: skip


def article_row(analysis: Analysis) -> Row:
    """Return the row of an article; its text stands there when it was extracted from another format."""
    article = analysis.article
    text = article.text
    row: Row = {
        "article_id": article.id, "path": article.path, "title": article.title, "publisher": article.publisher,
        "work": article.work, "n_chars": len(text), "n_words": words(text), "n_sentences": len(analysis.sentences),
        "n_opinions": len(analysis.opinions), "status": "skipped_language" if analysis.skipped else "ok", "text": text if article.extracted else "",
        "sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    }  # fmt: skip
    skipped = {"language": analysis.skipped} if analysis.skipped else {}
    for key, value in {**skipped, **article.extra}.items():
        name = encodable(key)
        while name in row:
            name = f"input_{name}"
        row[name] = value
    return row


def error_row(failure: Failure) -> Row:
    """Return the row of a failed input."""
    return {"input": failure.input, "stage": failure.stage, "error": failure.error, "hint": failure.hint}


def summary(opinions: pd.DataFrame) -> pd.DataFrame:
    """Count the opinions of each source about each aspect.

    Args:
        opinions: An `opinions` table.

    Returns:
        The `summary` table, sorted by source and aspect; `mean_score` in [-1, 1].
    """
    if opinions.empty:
        return frame("summary", [])
    rows = []
    for (source, kind, aspect), group in texts("opinions", opinions).groupby(
        ["source", "source_type", "aspect"], sort=True
    ):
        counts = group["sentiment"].value_counts()
        rows.append({
            "source": source, "source_type": kind, "aspect": aspect, "n": len(group), "mean_score": round(math.fsum(group["score"]) / len(group), 4),
            **{label: int(counts.get(label, 0)) for label in ("positive", "mixed", "negative")},
        })  # fmt: skip
    return frame("summary", rows)


def consensus(opinions: pd.DataFrame, works: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Let the sources vote on each aspect of each work, one verdict a source.

    Args:
        opinions: An `opinions` table.
        works: Article id to the title of the work that it is about. Articles whose work is not known are summed up under
            the empty title, whatever they are about: name the work of each where there are several.

    Returns:
        The `consensus` table. Cast and crew, aggregators and the author do not vote. Within a work a critic votes once, also
        with several outlets, and the same quote in several articles counts once (see `pipeline.ballots`).
    """
    return tally(votes(opinions, works or {}))


def votes(opinions: pd.DataFrame, works: Mapping[str, str]) -> pd.DataFrame:
    """Return what `tally` counts of an `opinions` table.

    Articles about one work may lie in several tables, so their rows are all there; what the articles without a work say
    again is left out at once.

    Returns:
        Columns work, article_id, source, speaker, aspect, sentiment, score, confidence, rating, opinion, and words, more and
        quote (see `pipeline.ballots.wording`).
    """
    columns = [
        "work", "article_id", "source", "speaker", "aspect", "sentiment", "score", "confidence", "rating", "opinion", "words",
        "more", "quote",
    ]  # fmt: skip
    voters = prepared(opinions[~opinions["source_type"].isin(NON_VOTING)], works)
    unnamed = settled(voters[voters["work"] == ""])
    blank = dict.fromkeys(["speaker", "words", "more", "quote"], "")
    once = unnamed[unnamed["repeats"] == ""].assign(source=lambda table: table["voter"], **blank)
    return pd.concat([voters.loc[voters["work"] != "", columns], once[columns]])


def prepared(opinions: pd.DataFrame, works: Mapping[str, str]) -> pd.DataFrame:
    """Add to an `opinions` table what `settled` needs: work, scope (the work, else the article), votes, opinion, words, more, quote.

    A table of the bare columns of a chart may tell no ratings.
    """
    opinions, known = texts("opinions", opinions), by_id(works)
    titles = [known.get(article, "") for article in opinions["article_id"]]
    wordings = [wording(text, title) for text, title in zip(opinions["text"], titles, strict=True)]
    scopes = [title or f"\0{article}" for title, article in zip(titles, opinions["article_id"], strict=True)]
    return opinions.assign(
        work=pd.Series(titles, index=opinions.index, dtype="str"), scope=pd.Series(scopes, index=opinions.index, dtype="str"),
        votes=~opinions["source_type"].isin(NON_VOTING), opinion=opinions["opinion_id"],
        rating=opinions.get("rating", math.nan),
        **{
            name: pd.Series([getattr(found, name) for found in wordings], index=opinions.index, dtype="str")
            for name in Wording._fields
        },
    )  # fmt: skip


def settled(opinions: pd.DataFrame) -> pd.DataFrame:
    """Tell whose vote each opinion is and which says again what another says (see `pipeline.ballots`).

    Args:
        opinions: From `prepared`, or a table with columns scope, article_id, source, speaker, votes, opinion, aspect,
            sentiment, score, confidence, rating, words, more, quote.

    Returns:
        The table with columns `voter`, the source that the opinion counts for, `repeats`, the id of the opinion that it
        repeats or an empty text, and `turn`, 0 where it repeats nothing, else which of the repeats would count first if
        what they repeat were not there.
    """
    opinions = texts("opinions", opinions)
    said = opinions[["scope", "source", "speaker"]]
    home = homes(_distinct(opinions[opinions["votes"]]))
    named = zip(said.itertuples(index=False, name=None), opinions["votes"], strict=True)
    voter = [home.get((scope, speaker), source) if votes else source for (scope, source, speaker), votes in named]
    table = opinions.assign(voter=pd.Series(voter, index=opinions.index, dtype="str"))
    again: dict[str, str] = {}
    for said_by_one in _said(table, ["scope", "voter", "votes"]).values():
        again |= repeats(said_by_one)
    turns = {name: turn for turn, name in enumerate(again, start=1)}
    found = [again.get(name, "") for name in table["opinion"]]
    turn = [turns.get(name, 0) for name in table["opinion"]]
    return table.assign(
        repeats=pd.Series(found, index=table.index, dtype="str"), turn=pd.Series(turn, index=table.index, dtype="int64")
    )


def _distinct(opinions: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield scope, source and speaker of each opinion of the speakers named in full, what one says again once a source."""
    in_full = [len(speaker.split()) > 1 for speaker in opinions["speaker"]]
    named = opinions[pd.Series(in_full, index=opinions.index, dtype=bool)]
    once = named.drop_duplicates(["scope", "source", "speaker"])[["scope", "source", "speaker"]]
    several = once[once.duplicated(["scope", "speaker"], keep=False)]
    doubtful = set(zip(several["scope"], several["speaker"], strict=True))
    for scope, source, speaker in once.itertuples(index=False, name=None):
        if (scope, speaker) not in doubtful:
            yield scope, source, speaker
    pairs = zip(named["scope"], named["speaker"], strict=True)
    asked = pd.Series([pair in doubtful for pair in pairs], index=named.index, dtype=bool)
    sources = dict(zip(named["opinion"], named["source"], strict=True))
    for (scope, speaker), said in _said(named[asked], ["scope", "speaker"]).items():
        again = repeats(said)
        for source, _ in sorted({(sources[one.opinion], again.get(one.opinion, one.opinion)) for one in said}):
            yield scope, source, speaker


_COMPARED = [
    "opinion", "words", "confidence", "sentiment", "score", "aspect", "more", "quote", "article_id", "rating",
]  # fmt: skip
"""Columns of what is compared, in the order of `Said`."""


def _said(opinions: pd.DataFrame, by: list[str]) -> dict[tuple[Any, ...], list[Said]]:
    """Return what is compared: the opinions of each voter, or whatever else the columns `by` tell apart."""
    known = opinions[[*by, *_COMPARED]].fillna({"confidence": 0.0, "score": 0.0, "rating": NO_RATING})
    aspects: dict[tuple[Any, ...], list[str]] = {}
    place = len(by) + _COMPARED.index("aspect")
    for row in known.itertuples(index=False, name=None):
        aspects.setdefault((*row[:place], *row[place + 1 :]), []).append(row[place])
    found: dict[tuple[Any, ...], list[Said]] = {}
    for row, about in aspects.items():
        values = (*row[len(by) : place], tuple(sorted(about)), *row[place:])
        found.setdefault(row[: len(by)], []).append(Said(*values))
    return found


def tally(voters: pd.DataFrame) -> pd.DataFrame:
    """Count votes by work and aspect, and by work for aspect ``all``; returns the `consensus` table.

    Args:
        voters: From `votes`; those of several tables one after the other.
    """
    if voters.empty:
        return frame("consensus", [])
    named = voters[voters["work"] != ""]
    known = settled(named.assign(scope=named["work"], votes=True))
    once = known[known["repeats"] == ""].assign(source=lambda table: table["voter"])
    counted = pd.concat([once[voters.columns], voters[voters["work"] == ""]])
    whole = counted[~counted["opinion"].duplicated()].assign(aspect="all")
    polls: dict[tuple[str, str], dict[str, list[tuple[str, float]]]] = {}
    for part in (whole, counted):
        names = ["work", "aspect", "source", "sentiment", "score"]
        for work, aspect, source, label, score in part[names].itertuples(index=False, name=None):
            polls.setdefault((work, aspect), {}).setdefault(source, []).append((label, score))
    ordered = sorted(polls, key=lambda poll: (poll[0], poll[1] != "all", poll[1]))
    return frame("consensus", (_consensus_row(*poll, polls[poll]) for poll in ordered))


def _consensus_row(work: str, aspect: str, opinions: Mapping[str, Sequence[tuple[str, float]]]) -> Row:
    """Count the verdicts of one work's aspect, from each source's sentiments and scores."""
    labels: list[str] = []
    means: list[float] = []
    for said in opinions.values():
        scores = [score for _, score in said]
        labels.append(verdict(scores, [label for label, _ in said]))
        means.append(math.fsum(scores) / len(scores))
    n = len(labels)
    counts = [labels.count(label) for label in ("negative", "mixed", "positive")]
    low, high = wilson(counts[2], n)
    split = divisiveness(counts)
    return {
        "work": work, "aspect": aspect, "n_sources": n, "negative": counts[0], "mixed": counts[1], "positive": counts[2],
        "positive_share": round((counts[2] + counts[1] / 2) / n, 4), "wilson_low": round(low, 4), "wilson_high": round(high, 4),
        "consensus_score": round(50 * (1 + math.fsum(means) / n), 2), "divisiveness": None if split is None else round(split, 4),
    }  # fmt: skip
