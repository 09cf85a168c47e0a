"""Decide who holds each candidate clause: a ranker over the sources named around it, and the article's own voice.

Rules say who speaks where grammar or layout shows it. What stands between, "a joy from start to finish, with a score to
match", belongs to whoever the paragraph is about, or to the author; the ranker learned that from annotated articles.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline import cues, resources
from pipeline.encoder import SpanReading
from pipeline.estimators import load_model
from pipeline.resolve import AUTHOR, CRITICS, UNNAMED, Resolver
from pipeline.schema import Attribution, Candidate, Content, Mention, Sentence, Source, SpeechKind
from pipeline.spans import at

_FIRST_PERSON = re.compile(r"\b(?:we|our|us|I|my|me|we’d|we'd|I’d|I'd)\b")
LAYOUT_RULES = frozenset({"colon", "dash", "parenthesis", "heading", "list"})
_WINDOW = 3
"""Paragraphs before a candidate whose sources it may belong to."""
_REACH = 600
"""Distance in characters beyond which all sources are equally far."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible holder of a candidate: its source, the mention it comes from, and marks for the ranker."""

    source: Source
    mention: Mention | None
    marks: Mapping[str, float]


class Surroundings:
    """The sources named in a text, indexed by position.

    Args:
        text: Raw text.
        sentences: Its sentences.
        mentions: Its mentions, in order.
        resolver: What gives mentions their sources.
        spoken: What is said by the network's account, in order, without overlap.
    """

    def __init__(
        self,
        text: str,
        sentences: Sequence[Sentence],
        mentions: Sequence[Mention],
        resolver: Resolver,
        spoken: Sequence[Attribution],
    ) -> None:
        self._text = text
        self._sentences = sentences
        self._resolver = resolver
        self._spoken = spoken
        self._named = [m for m in mentions if self._can_hold(m)]
        self._starts = [m.start for m in self._named]
        paragraphs = [sentence.paragraph for sentence in sentences]
        self._bounds = {p: i for i, p in reversed(list(enumerate(paragraphs)))}
        self._order = {p: i for i, p in enumerate(dict.fromkeys(paragraphs))}

    def _can_hold(self, mention: Mention) -> bool:
        """Tell whether a mention may hold an opinion; whom somebody speaks to does not."""
        if mention.kind == "outlet" and cues.addressed(self._text, mention.start):
            return False
        if mention.kind in ("outlet", "aggregator", "handle", "group"):
            return True
        source, certainty = self._resolver.sources[mention]
        if mention.kind == "anaphor":
            return self._resolver.speaks(mention) and certainty >= 0.5
        return bool(source.outlet) or self._resolver.speaks(mention)

    def options(self, candidate: Candidate) -> list[Option]:
        """List the possible holders of a candidate: the article's author first, then sources by nearness.

        Where a line announces whose words stand below it, neither the author nor critics at large are among them.
        """
        owner = at(self._sentences, candidate.start)
        near = self._near(candidate, owner)
        spoken = self.spoken(candidate)
        best: dict[tuple[str, str], tuple[Mention, dict[str, float]]] = {}
        for rank, mention in enumerate(near):
            source = self._resolver.sources[mention][0]
            key = (source.name, source.type)
            marks = {**self._marks(candidate, owner, mention, rank), **_spoken_marks(candidate, spoken, source)}
            if key in best:
                best[key][1].update({name: value for name, value in marks.items() if name.startswith("at ")})
            else:
                best[key] = (mention, marks)
        places = {self._place(candidate, owner, mention) for mention in near}
        author = Source(AUTHOR, "author")
        marks = {**self._author_marks(candidate, owner, places), **_spoken_marks(candidate, spoken, author)}
        rule = candidate.attribution
        announced = rule is not None and self._announced(rule)
        options = [] if announced else [Option(author, None, marks)]
        if not announced and (CRITICS.name, CRITICS.type) not in best and not (rule and rule.source == CRITICS):
            marks = {**self._crowd_marks(candidate, owner, places), **_spoken_marks(candidate, spoken, CRITICS)}
            options.append(Option(CRITICS, None, marks))
        told = [a.source for a in (rule, spoken) if a and a.source.type != "author" and a.source != UNNAMED]
        unseen = {(source.name, source.type): source for source in told}
        for source in (source for key, source in unseen.items() if key not in best):
            marks = {**self._rule_marks(candidate, source), **_spoken_marks(candidate, spoken, source)}
            options.append(Option(source, None, {"unseen": 1.0, **marks}))
        for mention, marks in best.values():
            options.append(
                Option(self._resolver.sources[mention][0], mention, {**marks, "sources": min(len(best), 6) / 6})
            )
        return options

    def _announced(self, rule: Attribution) -> bool:
        """Tell whether a content stands below a line that announces it, as "Variety's Ana Ruiz says:" does."""
        source = rule.content.source
        above = source is not None and "\n" in self._text[source[1] : rule.content.start]
        return above and rule.content.rule == "colon" and rule.source.type != "author"

    def spoken(self, candidate: Candidate) -> Attribution | None:
        """Return what the network takes most of a candidate for, None where it takes none of it as said."""
        first = bisect_left(self._spoken, candidate.start + 1, key=lambda a: a.content.end)
        last = bisect_left(self._spoken, candidate.end, key=lambda a: a.content.start)
        return max(self._spoken[first:last], key=lambda a: _shared(a, candidate), default=None)

    def kind(self, candidate: Candidate) -> SpeechKind:
        """Tell how a candidate is said."""
        return self._resolver.kind(candidate.start, candidate.end)

    def _near(self, candidate: Candidate, owner: int) -> list[Mention]:
        """Return the mentions around a candidate, nearest first."""
        here = self._order[self._sentences[owner].paragraph]
        first = next(i for i, s in enumerate(self._sentences) if self._order[s.paragraph] >= here - _WINDOW)
        after = self._sentences[min(owner + 1, len(self._sentences) - 1)]
        low = bisect_left(self._starts, self._sentences[first].start)
        high = bisect_right(self._starts, after.end)
        found = self._named[low:high]
        return sorted(found, key=lambda m: (self._distance(candidate, m), m.start))[:12]

    @staticmethod
    def _distance(candidate: Candidate, mention: Mention) -> int:
        """Return the characters between a mention and a candidate; what follows counts double."""
        if mention.end <= candidate.start:
            return candidate.start - mention.end
        return 0 if mention.start < candidate.end else 2 * (mention.start - candidate.end)

    def _place(self, candidate: Candidate, owner: int, mention: Mention) -> str:
        """Name where a mention stands, seen from a candidate."""
        if candidate.start <= mention.start < candidate.end:
            return "inside"
        other = at(self._sentences, mention.start)
        side = "before" if mention.start < candidate.start else "after"
        if other == owner:
            return f"sentence {side}"
        apart = self._order[self._sentences[owner].paragraph] - self._order[self._sentences[other].paragraph]
        if self._sentences[other].kind == "heading":
            return "heading above" if apart == 1 else "heading"
        if apart == 0:
            return f"{'next' if abs(other - owner) == 1 else 'far'} sentence {side}"
        return f"paragraph {max(-1, min(apart, 3))}"

    def _marks(self, candidate: Candidate, owner: int, mention: Mention, rank: int) -> dict[str, float]:
        """Describe a mention as the holder of a candidate."""
        source = self._resolver.sources[mention][0]
        place = self._place(candidate, owner, mention)
        sentence = self._sentences[owner]
        speaks = "speaks" if self._resolver.speaks(mention) else "silent"
        voice = "quoted" if candidate.quoted else "plain"
        ruled = "ruled" if candidate.attribution else "free"
        first = self._sentences[self._bounds[sentence.paragraph]].start
        return {
            f"at {place}": 1.0, f"at {place} {speaks}": 1.0, f"at {place} {voice}": 1.0, f"at {place} {ruled}": 1.0,
            f"at {place} {mention.kind}": 1.0, f"kind {mention.kind}": 1.0, f"type {source.type}": 1.0, f"type {source.type} {ruled}": 1.0,
            f"{speaks} {voice} {ruled}": 1.0, "nearest": float(rank == 0), f"nearest {ruled}": float(rank == 0), "rank": min(rank, 6) / 6,
            "distance": min(self._distance(candidate, mention), _REACH) / _REACH,
            "opens line": float(mention.start - first < 6), f"list {place}": float(sentence.kind == "list"),
            **self._rule_marks(candidate, source),
        }  # fmt: skip

    @staticmethod
    def _rule_marks(candidate: Candidate, source: Source) -> dict[str, float]:
        """Describe what the rules say of a source."""
        rule = candidate.attribution
        if rule is None:
            return {"no rule": 1.0}
        same = (rule.source.name, rule.source.type) == (source.name, source.type)
        verdict = "rule" if same else "against"
        return {f"{verdict} {rule.content.rule}": 1.0, verdict: 1.0, f"{verdict} sure": rule.confidence}

    def _author_marks(self, candidate: Candidate, owner: int, places: Collection[str]) -> dict[str, float]:
        """Describe the author as the holder of a candidate."""
        sentence = self._sentences[owner]
        voice = "quoted" if candidate.quoted else "plain"
        rule = candidate.attribution.content.rule if candidate.attribution else "none"
        here = _in_sentence(places)
        around = here or any("sentence" in place or place.startswith("heading") for place in places)
        company = "company" if here else "paragraph" if around else "alone"
        return {
            "author": 1.0, f"author {voice}": 1.0, f"author rule {rule}": 1.0, f"author {company}": 1.0, f"author {company} {voice}": 1.0,
            f"author {company} {'ruled' if candidate.attribution else 'free'}": 1.0, f"author in {sentence.kind}": 1.0,
            "author says I": float(bool(_FIRST_PERSON.search(self._text[candidate.start : candidate.end]))),
            "author silent article": float(not self._named), "author crowd": math.log1p(len(self._named)) / 4,
            "author opening": float(self._order[sentence.paragraph] < 2), "author sectioned": float(bool(sentence.section)),
        }  # fmt: skip

    def _crowd_marks(self, candidate: Candidate, owner: int, places: Collection[str]) -> dict[str, float]:
        """Describe critics whom nobody names as the holders of a candidate: "The score was widely admired"."""
        told = bool(_reception().search(self._text[candidate.start : candidate.end]))
        company = "company" if _in_sentence(places) else "alone"
        return {
            "crowd": 1.0, "crowd told": float(told), f"crowd {company}": 1.0, f"crowd told {company}": float(told),
            f"crowd told {'ruled' if candidate.attribution else 'free'}": float(told),
            "crowd told quoted": float(told and candidate.quoted), f"crowd in {self._sentences[owner].kind}": 1.0,
        }  # fmt: skip


def _shared(attribution: Attribution, candidate: Candidate) -> int:
    """Return how many characters a content shares with a candidate."""
    return min(attribution.content.end, candidate.end) - max(attribution.content.start, candidate.start)


def _spoken_marks(candidate: Candidate, spoken: Attribution | None, source: Source) -> dict[str, float]:
    """Describe what the network's account says of a source."""
    kind = "author" if source.type == "author" else "crowd" if source == CRITICS else "named"
    if spoken is None or spoken.source == UNNAMED:
        return {f"{'said by nobody' if spoken else 'unsaid'} {kind}": 1.0}
    same = (spoken.source.name, spoken.source.type) == (source.name, source.type)
    share = _shared(spoken, candidate) / (candidate.end - candidate.start)
    verdict = f"{'says' if same else 'another says'} {kind}"
    return {verdict: 1.0, f"{verdict} share": share, f"{verdict} sure": spoken.confidence}


def _in_sentence(places: Collection[str]) -> bool:
    """Tell whether one of the places of mentions is in the candidate's own sentence."""
    return any(place.startswith(("sentence", "inside")) for place in places)


@cache
def _reception() -> re.Pattern[str]:
    """Compile the words that tell how a work was received and not by whom."""
    return re.compile(resources.rules("people")["reception"]["pattern"], re.IGNORECASE)


class HolderRanker:
    """Scores the options of a candidate.

    Args:
        folder: A model folder whose classes are False and True.
    """

    def __init__(self, folder: Path) -> None:
        self._estimator = load_model(folder).estimator

    def __call__(self, options: Sequence[Sequence[Option]]) -> list[list[float]]:
        """Return for each candidate the probability of each of its options, summing to 1."""
        return rank(self._estimator, options)


def rank(estimator: Any, options: Sequence[Sequence[Option]]) -> list[list[float]]:
    """Score options with an estimator of marks; the probabilities of a candidate's options sum to 1."""
    rows = [option.marks for group in options for option in group]
    if not rows:
        return []
    chances = [float(row[1]) for row in estimator.predict_proba(rows)]
    edges = [0]
    for group in options:
        edges.append(edges[-1] + len(group))
    split = [chances[a:b] for a, b in pairwise(edges)]
    return [[value / max(1e-9, sum(group)) for value in group] for group in split]


@cache
def holder_ranker() -> HolderRanker:
    """Load the bundled ranker once a process."""
    return HolderRanker(resources.locate("models/holders"))


def weigh(
    chances: Sequence[float], options: Sequence[Option], reading: SpanReading, sources: Mapping[int, Source]
) -> list[float]:
    """Weigh a ranker's chances by what the network reads.

    Args:
        chances: A probability for each option.
        options: The possible holders of one candidate.
        reading: What the network reads of the candidate.
        sources: The source of every mention, by the mention's start.

    Returns:
        A probability for each option, summing to 1.
    """
    rules = resources.rules("reader")["holder"]
    mass: dict[tuple[str, str], float] = {(AUTHOR, "author"): reading.author}
    for start, chance in reading.holders.items():
        if start not in sources:  # a name that gave way to an outlet's
            continue
        key = (sources[start].name, sources[start].type)
        mass[key] = mass.get(key, 0.0) + chance
    mass.setdefault((CRITICS.name, CRITICS.type), reading.author)
    found = [
        chance * max(rules["least"], mass.get((option.source.name, option.source.type), 0.0)) ** rules["weight"]
        for chance, option in zip(chances, options, strict=True)
    ]
    return [value / max(1e-12, sum(found)) for value in found]


def settle(
    candidate: Candidate, options: Sequence[Option], chances: Sequence[float], around: Surroundings
) -> Candidate:
    """Give a candidate its likeliest holder; the account that agrees gives its attribution: layout, the network, grammar."""
    best = max(range(len(options)), key=lambda index: (chances[index], -index))
    chosen = options[best]
    if chosen.source.type == "author":
        return replace(candidate, attribution=None)
    rule = candidate.attribution
    laid_out = rule is not None and rule.content.rule in LAYOUT_RULES
    for told in (rule if laid_out else None, around.spoken(candidate), rule):
        if told and (told.source.name, told.source.type) == (chosen.source.name, chosen.source.type):
            return replace(candidate, attribution=told)
    mention = chosen.mention
    where = (mention.start, mention.end) if mention else None
    name = "anaphora" if mention and mention.kind == "anaphor" else "carry_over"
    name = "reception" if mention is None and chosen.source == CRITICS else name
    content = Content(candidate.start, candidate.end, where, None, name, round(chances[best], 4))
    attribution = Attribution(content, chosen.source, around.kind(candidate), round(chances[best], 4))
    return replace(candidate, attribution=attribution)
