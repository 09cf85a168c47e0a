"""What an analyst opens first: who judged what, the most telling quotes, which outlets lean, and which articles pick.

Pure functions on the tables of a run. Repeats of a quote count once and a critic votes once a work, as in the consensus
(see `pipeline.ballots`). The columns are those of `pipeline.schema.REPORT_COLUMNS`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

import pandas as pd
from scipy.special import stdtrit

from pipeline.consensus import Ballot, Vote
from pipeline.frames import Row, frame, prepared, settled, texts
from pipeline.quotes import quotations
from pipeline.schema import REPORT_COLUMNS, SourceType

SIGNS = {"positive": "+", "mixed": "±", "negative": "−"}
"""Signs of a cell of the matrix, in their order; each follows its count, so that no cell begins like a formula."""
TELLING_WORDS = (4, 35)
"""Fewest and most words of a quote that is neither a scrap nor a speech."""
OTHERS_LEAST = 2
"""Fewest other voting sources that an outlet is compared with on a work."""
LEAN_LEAST = 3
"""Fewest works from which the interval of a lean is given."""
CONFLICT = 0.5
"""Least distance between a stated rating and the words beside it, on different sides of zero, that is a conflict."""
EVEN = 0.1
"""Least distance from zero that is on a side of it: words that praise as much as they blame contradict no rating."""


def digest(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return every table of a report from the tables of a run."""
    opinions, articles = tables["opinions"], tables["articles"]
    return {
        "matrix": matrix(opinions, articles), "quotes": quotes(opinions, articles), "lean": lean(opinions, articles),
        "audit": audit(opinions, articles),
    }  # fmt: skip


def matrix(opinions: pd.DataFrame, articles: pd.DataFrame | None = None) -> pd.DataFrame:
    """Cross sources with aspects, a row for each work and source.

    Args:
        opinions: An `opinions` table.
        articles: The `articles` table, which tells the work; without it there is one work, the empty title.

    Returns:
        Columns work, source, source_type, votes (whether it counts in the consensus); ``all`` and `all_score`: how many
        opinions are positive, mixed and negative ("2+ 1−"), each counted once, and their mean score in [-1, 1]; then the
        same of each aspect, first the counts of all aspects, then their scores, named ``pacing_score`` and so on; empty
        where there is no opinion. Voters come first.
    """
    kept = _kept(opinions, articles)
    cells: dict[tuple[str, bool, str, str], dict[str, list[tuple[str, float]]]] = {}
    for part in (kept[~kept["opinion"].duplicated()].assign(aspect="all"), kept):
        names = ["work", "votes", "voter", "voter_type", "aspect", "sentiment", "score"]
        for *row, aspect, label, score in part[names].itertuples(index=False, name=None):
            cells.setdefault((row[0], not row[1], row[2], row[3]), {}).setdefault(aspect, []).append((label, score))
    aspects = sorted(set(kept["aspect"]))
    columns = dict(zip(("all", *aspects), ("all", *_free(aspects)), strict=True))
    rows = [
        {"work": work, "source": source, "source_type": kind, "votes": not silent, **_cells(found, columns)}
        for (work, silent, source, kind), found in sorted(cells.items())
    ]
    further = [columns[aspect] for aspect in aspects] if rows else []
    types = {**dict.fromkeys(further, "str"), **{f"{name}_score": "float64" for name in further}}
    return frame("matrix", rows).astype(types)


def _cells(found: Mapping[str, Sequence[tuple[str, float]]], columns: Mapping[str, str]) -> Row:
    """Return one source's counts of every aspect, then its mean scores."""
    counts = {name: _counts([label for label, _ in found.get(aspect, ())]) for aspect, name in columns.items()}
    scores = {f"{name}_score": _mean([score for _, score in found.get(aspect, ())]) for aspect, name in columns.items()}
    return {**counts, **scores}


def _free(aspects: Sequence[str]) -> Iterator[str]:
    """Name the columns of aspects so that none is named like another column."""
    taken = {*REPORT_COLUMNS["matrix"], *(f"{aspect}_score" for aspect in ("all", *aspects))}
    for aspect in aspects:
        name = aspect
        while name in taken:
            name = f"aspect_{name}"
        yield name


def _counts(labels: Sequence[str]) -> str:
    """Write how many opinions there are of each sentiment."""
    return " ".join(f"{n}{sign}" for label, sign in SIGNS.items() if (n := labels.count(label)))


def quotes(opinions: pd.DataFrame, articles: pd.DataFrame | None = None) -> pd.DataFrame:
    """List the opinions of those who vote, the most telling first.

    Args:
        opinions: An `opinions` table.
        articles: The `articles` table, which tells the work.

    Returns:
        A row for each work, aspect (and ``all``) and opinion. `rank` counts from 1 within work, aspect and sentiment: each
        source's first quote before the second of any; among these words in quotation marks, then a length within
        `TELLING_WORDS`, then confidence times strength of the score. `words` are the words in quotation marks, else the
        whole text; `start` and `end` are the offsets of `text`; `also_in` names the other articles with the same quote.
    """
    every = _joined(opinions, articles)
    elsewhere = _elsewhere(every)
    kept = every[(every["repeats"] == "") & every["votes"]]
    rows = [
        {**row, "aspect": aspect, "rank": rank, "also_in": "; ".join(sorted(elsewhere.get(row["opinion_id"], ())))}
        for part, name in ((kept[~kept["opinion"].duplicated()], "all"), (kept, ""))
        for (aspect, row, rank) in _ranked(part, name)
    ]
    rows.sort(
        key=lambda row: (
            row["work"],
            row["aspect"] != "all",
            row["aspect"],
            _ORDER.get(row["sentiment"], len(SIGNS)),
            row["rank"],
        )
    )
    return frame("quotes", ({name: row[name] for name in REPORT_COLUMNS["quotes"]} for row in rows))


_ORDER = {label: n for n, label in enumerate(SIGNS)}


def _elsewhere(opinions: pd.DataFrame) -> dict[str, set[str]]:
    """Return for each opinion that is repeated the ids of the other articles that repeat it."""
    home = dict(zip(opinions["opinion_id"], opinions["article_id"], strict=True))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for article, kept in zip(opinions["article_id"], opinions["repeats"], strict=True):
        if kept and home[kept] != article:
            found[kept].add(article)
    return found


def _ranked(opinions: pd.DataFrame, aspect: str) -> Iterator[tuple[str, Row, int]]:
    """Yield rows with their rank within work, aspect and sentiment."""
    groups: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for record in opinions.to_dict("records"):
        row: Row = {str(name): value for name, value in record.items()}
        said = _quoted_words(row["text"]) if row["quoted"] is True else ""
        row |= {"words": said or row["text"], "telling": _telling(row, said)}
        groups[row["work"], aspect or row["aspect"], row["sentiment"]].append(row)
    for (_, name, _), rows in groups.items():
        turns: defaultdict[str, int] = defaultdict(int)
        for row in sorted(rows, key=lambda row: row["telling"]):
            turns[row["voter"]] += 1
            row["turn"] = turns[row["voter"]]
        for rank, row in enumerate(sorted(rows, key=lambda row: (row["turn"], row["telling"])), start=1):
            yield name, row, rank


def _telling(row: Row, said: str) -> tuple[bool, bool, float, str, int]:
    """Return what a quote is ordered by, the most telling first."""
    least, most = TELLING_WORDS
    strength = row["confidence"] * (1.0 if row["sentiment"] == "mixed" else abs(row["score"]))
    fits = least <= len((said or row["text"]).split()) <= most
    return (not said, not fits, -strength, row["article_id"], row["start"])


def _quoted_words(text: str) -> str:
    """Return the words of a text within quotation marks; a text without marks stands within those of a longer quotation."""
    marks = " \t\"“”„«»'‘’`"
    inner = [text[quote.start : quote.end].strip(marks) for quote in quotations(text)] or [text.strip(marks)]
    return " … ".join(words for part in inner if (words := part.rstrip(",;:—–- ")))


def lean(opinions: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    """Compare each outlet with the others on the same works.

    Args:
        opinions: An `opinions` table.
        articles: The `articles` table; those without a work are passed over.

    Returns:
        A row for each voting outlet or critic and aspect (``all`` first), over works on which `OTHERS_LEAST` other sources
        vote. On each work its score is the mean of its opinions in [-1, 1], that of the others the mean of their scores.
        `mean_score` and `others_score` are means over works, `gap` the mean difference, above 0 where it is kinder;
        `gap_low` and `gap_high` the 95 % interval by Student's t with `n_works` - 1 degrees of freedom (Student 1908), empty
        below `LEAN_LEAST` works.
    """
    kept = _kept(opinions, articles)
    kept = kept[kept["votes"] & (kept["work"] != "")]
    kinds = dict(zip(kept["voter"], kept["voter_type"], strict=True))
    scores: dict[tuple[str, str], dict[str, list[float]]] = {}
    for part in (kept[~kept["opinion"].duplicated()].assign(aspect="all"), kept):
        for work, aspect, source, score in part[["work", "aspect", "voter", "score"]].itertuples(
            index=False, name=None
        ):
            scores.setdefault((aspect, work), {}).setdefault(source, []).append(score)
    pairs: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for (aspect, _), found in sorted(scores.items()):
        means = {source: math.fsum(own) / len(own) for source, own in found.items()}
        total = math.fsum(means.values())
        if len(means) > OTHERS_LEAST:
            for source, own in means.items():
                pairs[source, aspect].append((own, (total - own) / (len(means) - 1)))
    named = [key for key in pairs if kinds[key[0]] in {"outlet", "critic"}]
    ordered = sorted(named, key=lambda key: (key[0], key[1] != "all", key[1]))
    return frame(
        "lean", (_lean_row(source, kinds[source], aspect, pairs[source, aspect]) for source, aspect in ordered)
    )


def _lean_row(source: str, kind: str, aspect: str, pairs: Sequence[tuple[float, float]]) -> Row:
    """Return the mean gap over works, with its interval."""
    n = len(pairs)
    gaps = [own - others for own, others in pairs]
    mean = math.fsum(gaps) / n
    margin = None
    if n >= LEAN_LEAST:
        deviation = math.sqrt(math.fsum((gap - mean) ** 2 for gap in gaps) / (n - 1))
        margin = float(stdtrit(n - 1, 0.975)) * deviation / math.sqrt(n)
    return {
        "source": source, "source_type": kind, "aspect": aspect, "n_works": n,
        "mean_score": round(math.fsum(own for own, _ in pairs) / n, 4),
        "others_score": round(math.fsum(others for _, others in pairs) / n, 4), "gap": round(mean, 4),
        "gap_low": None if margin is None else round(mean - margin, 4),
        "gap_high": None if margin is None else round(mean + margin, 4),
    }  # fmt: skip


def audit(opinions: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    """Tell of each article whether its author, its choice of critics and the stars it states agree with the rest.

    Args:
        opinions: An `opinions` table.
        articles: The `articles` table.

    Returns:
        A row for each article. The author: `n_author` opinions in the article's own voice and their mean `author_score`;
        `n_sources` that vote in it, their mean `critics_score` (each source's mean first), `tone_gap` = author_score -
        critics_score, scores in [-1, 1]. The choice: `positive_share` of the sources' verdicts, (positive + mixed/2)/n,
        and that of the `n_others` sources quoted on the same work by other articles; `share_gap` above 0 means that the
        article quotes more praise than the others. The stars: `n_ratings` with other words of the same source in the
        article, `rating_gap` the mean of those words' score minus the rating as [-1, 1], `n_conflicts` on different
        sides of zero (`EVEN` from it, and `CONFLICT` apart), each told in `conflicts`. What cannot be compared is empty.
    """
    articles = texts("articles", articles)
    every = _joined(opinions, articles)
    said: defaultdict[str, list[_Said]] = defaultdict(list)
    once = every[~every.duplicated(["article_id", "opinion"])]
    names = [
        "article_id", "scope", "voter", "votes", "source_type", "opinion", "repeats", "sentiment", "score", "rating",
    ]  # fmt: skip
    for row in once[names].itertuples(index=False, name=None):
        said[row[0]].append(_Said(*row))
    rest = _Rest(row for listed in said.values() for row in listed if row.votes)
    rows = []
    for article, work, publisher in zip(articles["article_id"], articles["work"], articles["publisher"], strict=True):
        own = said.get(article, [])
        votes = [row for row in own if row.votes]
        rows.append({
            "article_id": article, "work": work, "publisher": publisher, **_tone(own), **rest.shares(work, article, votes),
            **_ratings(votes),
        })  # fmt: skip
    return frame("audit", rows)


class _Said(NamedTuple):
    """One opinion: where it stands, whose it is, what it repeats (or nothing), and how it feels."""

    article: str
    scope: str
    voter: str
    votes: bool
    source_type: str
    opinion: str
    repeats: str
    label: str
    score: float
    rating: float

    @property
    def vote(self) -> Vote:
        """What counts of it."""
        return Vote(self.article, self.repeats or self.opinion, self.label, self.score)


def _by_voter(votes: Iterable[_Said]) -> dict[str, list[_Said]]:
    """Return the votes of each voter."""
    found: defaultdict[str, list[_Said]] = defaultdict(list)
    for vote in votes:
        found[vote.voter].append(vote)
    return found


def _tone(opinions: Sequence[_Said]) -> Row:
    """Compare the author's scores with those of the sources in one article."""
    own = [row.score for row in opinions if row.source_type == "author"]
    author = _mean(own)
    voters = _by_voter(row for row in opinions if row.votes).values()
    critics = _mean([math.fsum(row.score for row in votes) / len(votes) for votes in voters])
    return {"n_author": len(own), "author_score": author, "critics_score": critics, "tone_gap": _less(author, critics)}


def _ballot(votes: Iterable[_Said]) -> Ballot:
    """Return the ballot of one voter."""
    return Ballot(row.vote for row in votes)


class _Rest:
    """Shares of positive verdicts in one article and in all others about the same work."""

    def __init__(self, votes: Iterable[_Said]) -> None:
        scopes: defaultdict[str, list[_Said]] = defaultdict(list)
        for vote in votes:
            scopes[vote.scope].append(vote)
        self._ballots = {
            scope: {voter: _ballot(own) for voter, own in _by_voter(listed).items()} for scope, listed in scopes.items()
        }
        self._sums = {scope: sum(one.value for one in ballots.values()) for scope, ballots in self._ballots.items()}

    def shares(self, work: str, article: str, votes: Iterable[_Said]) -> Row:
        """Compare the votes of an article with those of the others; halves can be added and taken away without a rest."""
        scope = work or f"\0{article}"
        ballots = self._ballots.get(scope, {})
        here, others, total = [], len(ballots), self._sums.get(scope, 0.0)
        for voter, own in _by_voter(votes).items():
            here.append(_ballot(own).value)
            elsewhere = ballots[voter].without(row.vote for row in own)
            others -= elsewhere is None
            total += (elsewhere or 0.0) - ballots[voter].value
        inside, outside = _mean(here), round(total / others, 4) if others else None
        return {
            "n_sources": len(here), "positive_share": inside, "n_others": others, "others_positive_share": outside,
            "share_gap": _less(inside, outside),
        }  # fmt: skip


def _ratings(votes: Sequence[_Said]) -> Row:
    """Compare the stated ratings of one article with the other words of the same source."""
    gaps, conflicts = [], []
    stars = [vote for vote in votes if not math.isnan(vote.rating)]
    voters = _by_voter(vote for vote in votes if math.isnan(vote.rating)) if stars else {}
    for vote in stars:
        stated = 2 * vote.rating - 1
        said = _mean(other.score for other in voters.get(vote.voter, ()))
        if said is None:
            continue
        gaps.append(said - stated)
        if stated * said < 0 and min(abs(stated), abs(said)) >= EVEN and abs(said - stated) >= CONFLICT:
            conflicts.append(f"{vote.voter} ({vote.opinion}): rating {stated:+.2f}, words {said:+.2f}")
    return {
        "n_ratings": len(gaps), "rating_gap": _mean(gaps), "n_conflicts": len(conflicts), "conflicts": "; ".join(conflicts),
    }  # fmt: skip


def _mean(scores: Iterable[float]) -> float | None:
    """Return the mean, rounded and the same whatever the order; of nothing there is none."""
    listed = list(scores)
    return round(math.fsum(listed) / len(listed), 4) if listed else None


def _less(one: float | None, other: float | None) -> float | None:
    """Return a difference where both are there."""
    return None if one is None or other is None else round(one - other, 4)


def _joined(opinions: pd.DataFrame, articles: pd.DataFrame | None) -> pd.DataFrame:
    """Return opinions with their work, whose vote each is (`voter`, `voter_type`), and what each repeats.

    Where rows of one voter differ in type, the first in the order of `SourceType` holds: an outlet stays an outlet.
    """
    works = {} if articles is None else dict(zip(articles["article_id"], articles["work"], strict=True))
    table = settled(prepared(opinions, works))
    own = table[table["votes"] & (table["source"] == table["voter"])]
    pairs = set(zip(own["voter"], own["source_type"], strict=True))
    ranks = {kind: rank for rank, kind in enumerate(get_args(SourceType))}
    kinds = dict(sorted(pairs, key=lambda pair: (ranks.get(pair[1], len(ranks)), pair), reverse=True))
    types = [
        kinds.get(voter, kind) if votes else kind
        for voter, kind, votes in zip(table["voter"], table["source_type"], table["votes"], strict=True)
    ]
    return table.assign(voter_type=pd.Series(types, index=table.index, dtype="str"))


def _kept(opinions: pd.DataFrame, articles: pd.DataFrame | None) -> pd.DataFrame:
    """Return opinions without the repeats."""
    table = _joined(opinions, articles)
    return table[table["repeats"] == ""]
