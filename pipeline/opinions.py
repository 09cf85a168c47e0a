"""Find the clauses that evaluate: split what each source says into clauses and keep those that judge."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pipeline import resources
from pipeline.clauses import split_clauses
from pipeline.estimators import load_model, vader_compound
from pipeline.quotes import Quotation, quotations
from pipeline.ratings import find_ratings
from pipeline.schema import Attribution, Candidate, Sentence

READ_KINDS = frozenset({"body", "list"})
_LEAST = 6
_LETTER = re.compile(r"[^\W\d_]")


def propose(text: str, sentences: Sequence[Sentence], attributions: Sequence[Attribution]) -> list[Candidate]:
    """Propose every clause as a candidate, with the source it falls under; probabilities are left at 0.

    Args:
        text: Raw text.
        sentences: The text's sentences.
        attributions: Attributed contents in order of start.

    Returns:
        Candidates in order of start, without overlap.
    """
    quotes = quotations(text)
    ends = [quote.end for quote in quotes]
    found: list[Candidate] = []
    position = 0
    for sentence in sentences:
        while position < len(attributions) and attributions[position].content.end <= sentence.start:
            position += 1
        inside = [
            a for a in attributions[position:] if a.content.start < sentence.end and sentence.start < a.content.end
        ]
        if sentence.kind in READ_KINDS:
            for start, end, attribution in _stretches(sentence, inside):
                for left, right in split_clauses(text, start, end):
                    if right - left >= _LEAST and _LETTER.search(text, left, right):
                        found.append(Candidate(left, right, attribution, _is_quoted(quotes, ends, left, right), 0.0))
        found.extend(_stated(text, sentence, inside, found))
    return sorted(found, key=lambda candidate: candidate.start)


def _stretches(
    sentence: Sentence, attributions: Sequence[Attribution]
) -> Iterator[tuple[int, int, Attribution | None]]:
    """Divide a sentence between the sources that speak in it; what is left over is the author's."""
    position = sentence.start
    for attribution in attributions:
        start, end = max(attribution.content.start, sentence.start), min(attribution.content.end, sentence.end)
        cue, source = attribution.content.cue, attribution.content.source
        lead = min([start, *(span[0] for span in (cue, source) if span and span[0] >= position)])
        if lead - position > _LEAST:
            yield position, lead, None
        if cue and _governs(attribution, cue) and position <= cue[0] < start:
            start = cue[0]
        if end > max(start, position):
            yield max(start, position), end, attribution
        position = max([position, end, *(span[1] for span in (cue, source) if span and span[1] <= sentence.end)])
    if sentence.end - position > _LEAST:
        yield position, sentence.end, None


def _governs(attribution: Attribution, cue: tuple[int, int]) -> bool:
    """Tell whether a cue stands right before its content, so that a praising verb is part of the judgement."""
    return attribution.content.rule == "verb" and 0 <= attribution.content.start - cue[1] < 12


def _is_quoted(quotes: Sequence[Quotation], ends: Sequence[int], start: int, end: int) -> bool:
    """Tell whether a span stands inside quotation marks or holds quoted words."""
    index = bisect_left(ends, start + 1)
    return index < len(quotes) and quotes[index].start < end


def _stated(
    text: str, sentence: Sentence, attributions: Sequence[Attribution], found: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Yield ratings that stand outside every clause, such as a star line or a heading's "(4/5)"."""
    taken = [(candidate.start, candidate.end) for candidate in found[-8:]]
    for rating in find_ratings(text[sentence.start : sentence.end]):
        start, end = sentence.start + rating.start, sentence.start + rating.end
        if not any(left < end and start < right for left, right in taken):
            holder = next((a for a in attributions if a.content.start <= start < a.content.end), None)
            if holder is not None:
                yield Candidate(start, end, holder, False, 0.0, rating.value)


def describe(candidate: Candidate, text: str, sentence: Sentence) -> str:
    """Turn a candidate into the text that the opinion classifier reads: its words, then marks of its setting."""
    attribution = candidate.attribution
    compound = vader_compound(text[candidate.start : candidate.end])
    tone = "x_pos" if compound > 0.3 else "x_neg" if compound < -0.3 else "x_flat"
    marks = [
        f"x_rule_{attribution.content.rule if attribution else 'author'}",
        f"x_type_{attribution.source.type if attribution else 'author'}",
        "x_quoted" if candidate.quoted else "x_plain",
        f"x_kind_{sentence.kind}",
        "x_rated" if candidate.rating is not None else "x_unrated",
        tone,
        f"{tone}_{attribution.source.type if attribution else 'author'}",
    ]
    return " ".join([text[candidate.start : candidate.end], *marks])


class OpinionClassifier:
    """Gives candidates the probability that they evaluate.

    Args:
        folder: A model folder whose classes are False and True.
    """

    def __init__(self, folder: Path) -> None:
        model = load_model(folder)
        self._estimator = model.estimator
        self.threshold = float(model.meta["threshold"])

    def __call__(self, descriptions: Sequence[str]) -> list[float]:
        """Return a probability for each description made by `describe`."""
        if not descriptions:
            return []
        return [float(row[1]) for row in self._estimator.predict_proba(list(descriptions))]


class SubjectivityClassifier:
    """Tells evaluation from plot and fact, sentence by sentence.

    Args:
        folder: A model folder whose classes are False (objective) and True (subjective).
    """

    def __init__(self, folder: Path) -> None:
        self._estimator = load_model(folder).estimator

    def __call__(self, texts: Sequence[str]) -> list[float]:
        """Return the probability that each text evaluates, in [0, 1]."""
        if not texts:
            return []
        return [float(row[1]) for row in self._estimator.predict_proba(list(texts))]


@cache
def opinion_classifier() -> OpinionClassifier:
    """Load the bundled opinion classifier once a process."""
    return OpinionClassifier(resources.locate("models/opinions"))


@cache
def subjectivity_classifier() -> SubjectivityClassifier:
    """Load the bundled subjectivity classifier once a process."""
    return SubjectivityClassifier(resources.locate("models/subjectivity"))
