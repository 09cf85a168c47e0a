"""Find the clauses that evaluate: split what each source says into clauses and keep those that judge."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from spacy.lang.en.stop_words import STOP_WORDS

from pipeline import cues, resources
from pipeline.calibration import log_odds
from pipeline.clauses import Cut
from pipeline.encoder import Sides, SpanReading
from pipeline.estimators import Remembered, load_model
from pipeline.lexical import vader_compound
from pipeline.quotes import Quotation, quotations
from pipeline.ratings import find_ratings
from pipeline.schema import Attribution, Candidate, Sentence, Span

_QUOTES = ('"', "“")
READ_KINDS = frozenset({"body", "list"})
_LEAST = 6
_GLUE = 12
"""Characters that may stand between a judging verb and what it judges."""
_RATING_REACH = 40
"""Characters between a verb and the rating that it gives, at most."""
_BARE = 8
"""Characters of a rating that stands alone, and between it and its source's name, at most."""
_HEADLINE = 4
"""Words of a heading that may judge, at least."""
_FLOOR = 1e-4
"""Least distance of a probability from 0 and 1 before its log-odds are taken."""
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_OPENERS = re.compile(r"(?:(?:that|as|how)\s+)?", re.IGNORECASE)
"""Words between a verb and what it reports."""
_LAST_WORDS = re.compile(r"(?:[ \u00a0][\w’'-]+){1,2}(?=[.,;:!?”\"])")
_ASIDE = re.compile(r"\s*[,(—–].{4}", re.DOTALL)
"""How words between a source and its verb begin that may judge."""
_CAPITAL = re.compile(r"\b[A-Z]")


def propose(
    text: str, sentences: Sequence[Sentence], attributions: Sequence[Attribution], *, cut: Cut
) -> list[Candidate]:
    """Propose every clause as a candidate, with the source it falls under; probabilities are left at 0.

    Args:
        text: Raw text.
        sentences: The text's sentences.
        attributions: Attributed contents in order of start.
        cut: How what one source says is cut: `clauses.cut_where`, `split_clauses`, or `runs` for every stretch that
            may be one judgement.

    Returns:
        Candidates in order of start; they overlap as what `cut` gives does. A bare rating takes in its source's name.
    """
    quotes = quotations(text)
    ends = [quote.end for quote in quotes]
    found: list[Candidate] = []
    for sentence, inside, parts in stretches(text, sentences, attributions):
        here: list[Candidate] = []
        for start, end, attribution in parts:
            for left, right in cut(text, start, end):
                if right - left >= _LEAST and _LETTER.search(text, left, right):
                    rating = _stated_in(text, left, right, sentence)
                    quoted = _is_quoted(quotes, ends, left, right)
                    here.append(Candidate(left, right, attribution, quoted, 0.0, rating))
        here.extend(_stated(text, sentence, inside, here))
        found.extend(_with_names(text, sentence, here))
    return sorted(found, key=lambda candidate: (candidate.start, candidate.end))


def judging(text: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences in which opinions are looked for: prose, lists, and headings that may judge.

    A heading may when it has words enough and stands above all prose, as "Critics warm to a slow thriller", or quotes.
    """
    body = next((s.start for s in sentences if s.kind in READ_KINDS), len(text))
    found: list[Sentence] = []
    for sentence in sentences:
        words = text[sentence.start : sentence.end]
        heads = sentence.start < body or any(mark in words for mark in _QUOTES)
        headline = sentence.kind == "heading" and heads and len(_WORD.findall(words)) >= _HEADLINE
        if headline or sentence.kind in READ_KINDS:
            found.append(sentence)
    return found


def _with_names(text: str, sentence: Sentence, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Add to a bare rating the name beside it that it comes from, as in "Heat: ****"; the first of a name only."""
    taken: set[Span] = set()
    for candidate in candidates:
        source = candidate.attribution.content.source if candidate.attribution else None
        bare = candidate.rating is not None and candidate.end - candidate.start <= _BARE
        if not bare or source is None or source in taken or not sentence.start <= source[0] < sentence.end:
            yield candidate
            continue
        gap = text[min(source[1], candidate.end) : max(source[0], candidate.start)]
        if len(gap) > _BARE or _LETTER.search(gap):
            yield candidate
            continue
        taken.add(source)
        end = max(candidate.end, source[1])
        end += "(" in gap and text[end : end + 1] == ")"
        yield replace(candidate, start=min(candidate.start, source[0]), end=end)


def stretches(
    text: str, sentences: Sequence[Sentence], attributions: Sequence[Attribution]
) -> Iterator[tuple[Sentence, list[Attribution], list[tuple[int, int, Attribution | None]]]]:
    """Yield every sentence with the attributions in it and the stretches that one source says, None the author.

    Args:
        text: Raw text.
        sentences: The text's sentences.
        attributions: Attributed contents in order of start.
    """
    position = 0
    read = set(judging(text, sentences))
    for sentence in sentences:
        while position < len(attributions) and attributions[position].content.end <= sentence.start:
            position += 1
        near = takewhile(lambda a: a.content.start < sentence.end, attributions[position:])  # noqa: B023 - used at once
        inside = [a for a in near if sentence.start < a.content.end]
        judges = sentence in read and not _is_byline(sentence, attributions)
        yield sentence, inside, list(_divide(text, sentence, inside)) if judges else []


def _is_byline(sentence: Sentence, attributions: Sequence[Attribution]) -> bool:
    """Tell whether a heading is laid out as the source of what stands below it."""
    return sentence.kind == "heading" and any(
        sentence.start <= a.content.source[0] < sentence.end <= a.content.start
        for a in attributions
        if a.content.source and a.content.rule == "heading"
    )


def _divide(
    text: str, sentence: Sentence, attributions: Sequence[Attribution]
) -> Iterator[tuple[int, int, Attribution | None]]:
    """Divide a sentence between the sources that speak in it; what is left over is the author's.

    A judging verb belongs to the judgement ("praised the score"), so does one that gives a rating ("graded it B"), so
    does an aside between a source and its verb, and so do the last words of a clause that a content nearly reaches.
    """
    position = sentence.start
    following = [a.content.start for a in attributions[1:]] + [sentence.end]
    for attribution, limit in zip(attributions, following, strict=False):
        start, end = max(attribution.content.start, sentence.start), min(attribution.content.end, sentence.end)
        cue, source = attribution.content.cue, attribution.content.source
        lead = min([start, *(span[0] for span in (cue, source) if span and span[0] >= position)])
        if lead - position > _LEAST:
            yield position, lead, None
        if cue and source and lead == source[0] and cue[0] <= start and _ASIDE.match(text, source[1], cue[0]):
            yield source[1], cue[0], attribution
        if cue and _judges(text, cue, end) and position <= cue[0] < start < cue[1] + _GLUE:
            start = cue[0]
        start = max(start, position)
        rest = _LAST_WORDS.match(text, end, min([limit, *(s[0] for s in (cue, source) if s and s[0] >= end)]))
        end = rest.end() if rest else end
        opener = _OPENERS.match(text, start, end) if start < end else None
        if opener:
            yield opener.end(), end, attribution
        position = max([position, end, *(span[1] for span in (cue, source) if span and span[1] <= limit)])
    if sentence.end - position > _LEAST:
        yield position, sentence.end, None


def _judges(text: str, cue: tuple[int, int], end: int) -> bool:
    """Tell whether a reporting verb judges by itself, reports a judgement, or gives a rating."""
    judging = cues.kinds().get(text[cue[0] : cue[1]].lower()) in cues.JUDGING
    return judging or bool(find_ratings(text[cue[0] : min(end, cue[1] + _RATING_REACH)]))


def _is_quoted(quotes: Sequence[Quotation], ends: Sequence[int], start: int, end: int) -> bool:
    """Tell whether a span stands inside quotation marks or holds quoted words."""
    index = bisect_left(ends, start + 1)
    return index < len(quotes) and quotes[index].start < end


def _stated_in(text: str, start: int, end: int, sentence: Sentence) -> float | None:
    """Return the rating that a clause states, None when it states none.

    A percentage counts only where its sentence speaks of reviews; "a four-star notice" rates, but what it says decides.
    """
    rules = resources.rules("ratings")
    for rating in find_ratings(text[start:end]):
        right = text[start + rating.end : end]
        percent = (
            "%" in text[start + rating.start : start + rating.end]
            or "cent" in text[start + rating.start : start + rating.end]
        )
        if percent and not re.search(rules["percent_context"], text[sentence.start : sentence.end]):
            continue
        if not re.match(rules["attributive"], right):
            return rating.value
    return None


def _stated(
    text: str, sentence: Sentence, attributions: Sequence[Attribution], found: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Yield ratings that stand outside every clause, such as a star line or a heading's "(4/5)"."""
    taken = [(candidate.start, candidate.end) for candidate in found]
    for rating in find_ratings(text[sentence.start : sentence.end]):
        start, end = sentence.start + rating.start, sentence.start + rating.end
        if not any(left < end and start < right for left, right in taken):
            holder = next((a for a in attributions if a.content.start <= start < a.content.end), None) or next(
                (a for a in attributions if a.content.source and 0 <= start - a.content.source[1] < _LEAST), None
            )
            if holder is not None:
                yield Candidate(start, end, holder, False, 0.0, rating.value)


def describe(
    text: str,
    sentences: Sequence[Sentence],
    candidates: Sequence[Candidate],
    *,
    owners: Sequence[int],
    subjectivity: Sequence[float],
    odds: Sequence[Sides],
) -> list[dict[str, Any]]:
    """Turn candidates into what the opinion classifier reads: their words, and marks of their setting.

    Args:
        text: Raw text.
        sentences: The text's sentences.
        candidates: What `propose` gave.
        owners: For each candidate the index of its sentence.
        subjectivity: For each candidate the probability that its words evaluate.
        odds: For each candidate the probabilities of negative, neutral, positive and mixed.

    Returns:
        A row of ``text`` and ``marks`` for each candidate.
    """
    shared = Counter(owners)
    first = {owner: index for index, owner in reversed(list(enumerate(owners)))}
    rows = []
    for index, (candidate, owner) in enumerate(zip(candidates, owners, strict=True)):
        words = text[candidate.start : candidate.end]
        plain = [word for word in _WORD.findall(words) if word.islower() and word not in STOP_WORDS]
        negative, neutral, positive, _ = odds[index]
        marks = {
            **_setting(text, candidate, sentences[owner]),
            "vader": abs(vader_compound(words)), "subjective": subjectivity[index], "polar": max(negative, positive),
            "neutral": neutral, "length": math.log1p(len(words)) / 6, "alone": float(shared[owner] == 1),
            "opens": float(first[owner] == index), "digits": float(any(c.isdigit() for c in words)),
            "capitals": len(_CAPITAL.findall(words)) / (1 + words.count(" ")), "plain words": min(len(plain), 8) / 8,
            "no plain words": float(not plain), **_edges(words), **_beside(index, owners, subjectivity, odds),
        }  # fmt: skip
        rows.append({"text": words, "marks": marks})
    return rows


def _edges(words: str) -> dict[str, float]:
    """Mark the first and the last word of a clause when they are function words, and a closing question mark."""
    found = [word.lower() for word in _WORD.findall(words)]
    marks = {"asks": float(words.rstrip("”’\"' ").endswith("?"))}
    if found and found[0] in STOP_WORDS:
        marks[f"first={found[0]}"] = 1.0
    if found and found[-1] in STOP_WORDS:
        marks[f"last={found[-1]}"] = 1.0
    return marks


def _beside(
    index: int, owners: Sequence[int], subjectivity: Sequence[float], odds: Sequence[Sides]
) -> dict[str, float]:
    """Mark how the clauses before and after one read, those of its own sentence apart."""
    marks: dict[str, float] = {}
    for name, other in (("before", index - 1), ("after", index + 1)):
        if 0 <= other < len(owners):
            same = "same" if owners[other] == owners[index] else "other"
            marks[f"{name} {same} polar"] = max(odds[other][0], odds[other][2])
            marks[f"{name} {same} subjective"] = subjectivity[other]
    return marks


def _setting(text: str, candidate: Candidate, sentence: Sentence) -> dict[str, float]:
    """Return marks of a candidate's source, cue, quotation and line."""
    attribution = candidate.attribution
    rule = attribution.content.rule if attribution else "author"
    kind = attribution.source.type if attribution else "author"
    cue = attribution.content.cue if attribution else None
    verb = cues.kinds().get(text[cue[0] : cue[1]].lower(), "other") if cue else "none"
    near = cue is not None and -2 <= candidate.start - cue[1] < 40
    return {
        f"rule={rule}": 1.0, f"type={kind}": 1.0, f"kind={sentence.kind}": 1.0, f"cue={verb}": 1.0, f"near={verb}": float(near),
        "quoted": float(candidate.quoted), "quoted author": float(candidate.quoted and attribution is None),
        "rated": float(candidate.rating is not None),
    }  # fmt: skip


class OpinionClassifier:
    """Gives candidates the probability that they evaluate.

    Args:
        folder: A model folder whose classes are False and True.
    """

    def __init__(self, folder: Path) -> None:
        model = load_model(folder)
        self._estimator = model.estimator
        self.threshold = float(model.meta["threshold"])

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> list[float]:
        """Return a probability for each row made by `describe`."""
        if not rows:
            return []
        return [float(row[1]) for row in self._estimator.predict_proba(list(rows))]


def weigh(probability: float, reading: SpanReading) -> float:
    """Weigh the classifier's probability that a candidate evaluates with what the network reads of it."""
    rules = resources.rules("reader")["opinion"]
    total = sum(
        rules[name] * log_odds(value, _FLOOR)
        for name, value in (("small", probability), ("clause", reading.opinion), ("pieces", reading.evaluative))
    )
    return 1 / (1 + math.exp(-total))


class SubjectivityClassifier:
    """Tells evaluation from plot and fact, sentence by sentence.

    Args:
        folder: A model folder whose classes are False (objective) and True (subjective).
    """

    def __init__(self, folder: Path) -> None:
        self._classify = Remembered(load_model(folder).estimator)

    def __call__(self, texts: Sequence[str]) -> list[float]:
        """Return the probability that each text evaluates, in [0, 1]."""
        return [row[1] for row in self._classify(texts)]


@cache
def opinion_classifier() -> OpinionClassifier:
    """Load the bundled opinion classifier once a process."""
    return OpinionClassifier(resources.locate("models/opinions"))


@cache
def subjectivity_classifier() -> SubjectivityClassifier:
    """Load the bundled subjectivity classifier once a process."""
    return SubjectivityClassifier(resources.locate("models/subjectivity"))
