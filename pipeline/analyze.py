"""Read one article: the stages in the order in which the data flows through them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pipeline import aspects, clauses, confidence, cues, holders, opinions, resources, sentiment
from pipeline.attribute import Accounts, Attributor
from pipeline.encoder import SpanReading
from pipeline.invisible import read_visible
from pipeline.language import ENGLISH, language_of
from pipeline.lexical import vader_compound
from pipeline.outlets import load_gazetteer
from pipeline.polarity import polarity_model
from pipeline.resolve import AUTHOR
from pipeline.schema import (
    Analysis,
    Article,
    Aspect,
    Attribution,
    Candidate,
    Opinion,
    Sentence,
    Sentiment,
    Source,
)
from pipeline.segment import Segmenter
from pipeline.settings import Settings
from pipeline.spans import at
from pipeline.stretches import read_long

_WORD = re.compile(r"(?<![’'\w])\w")
"""Where a word begins, not the s of a possessive."""


@dataclass(frozen=True)
class Proposals:
    """The clauses of a text before they are judged, and the possible holders of each.

    Attributes:
        accounts: Who says what.
        cut: How what one source says is cut into clauses; None: where the network does.
    """

    text: str
    sentences: tuple[Sentence, ...]
    accounts: Accounts
    cut: clauses.Cut | None

    @cached_property
    def around(self) -> holders.Surroundings:
        """The possible holders, by place."""
        told = self.accounts
        return holders.Surroundings(self.text, self.sentences, told.mentions, told.resolver, told.spoken)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The clauses, in order."""
        encoded = self.accounts.encoded
        cut = self.cut or (clauses.cut_where(encoded.joints) if encoded else clauses.split_clauses)
        return opinions.propose(self.text, self.sentences, self.accounts.ruled, cut=cut)

    @cached_property
    def options(self) -> list[list[holders.Option]]:
        """The possible holders of each candidate."""
        return [self.around.options(candidate) for candidate in self.candidates]

    @cached_property
    def readings(self) -> list[SpanReading]:
        """What the network reads of each candidate."""
        encoded = self.accounts.encoded
        return encoded.read([(c.start, c.end) for c in self.candidates]) if encoded else []

    def settle(self, chances: Sequence[Sequence[float]]) -> list[Candidate]:
        """Give each candidate its likeliest holder; `chances` has a probability for each option."""
        return [
            holders.settle(candidate, group, scores, self.around)
            for candidate, group, scores in zip(self.candidates, self.options, chances, strict=True)
        ]


@dataclass(frozen=True)
class Reader:
    """The stages, configured. Stateless between articles: the same article gives the same analysis."""

    settings: Settings

    @cached_property
    def _segment(self) -> Segmenter:
        return Segmenter()

    @cached_property
    def _attribute(self) -> Attributor:
        return Attributor(Path(self.settings.outlets) if self.settings.outlets else None)

    def read(self, article: Article) -> Analysis:
        """Read one article from raw text to opinions."""
        return read_visible(article, self._seen)

    def _seen(self, article: Article) -> Analysis:
        """Read an article of which every character is to be seen, if it is in English."""
        language = ENGLISH if self.settings.any_language else language_of(article.text)
        if language != ENGLISH:
            return Analysis(article, (), (), (), (), (), skipped=language)
        with resources.one_thread():
            classify = aspects.classifier_for(self.settings.taxonomy, article.text)
            return read_long(article, partial(self._read, classify=classify))

    def _read(self, article: Article, *, classify: aspects.AspectClassifier) -> Analysis:
        """Read a text that is no longer than a stretch, stage by stage."""
        text = article.text
        proposals = self.propose(text)
        sentences, readings = proposals.sentences, proposals.readings
        held = proposals.settle(self._chances(proposals))
        judged = list(_of_each_source(self._judge(text, sentences, held, readings), proposals.accounts))
        found = self._opinions(article, sentences, judged, classify)
        vader = tuple(round(vader_compound(text[s.start : s.end]), 4) for s in sentences)
        subjective = tuple(round(value, 4) for value in self._subjectivity(text, sentences, proposals.accounts))
        kept = tuple(o for o in found if o.confidence >= self.settings.min_confidence)
        carried = _carried(text, [c.attribution for c, _ in judged if c.attribution], proposals.accounts.said)
        said = sorted(
            [*proposals.accounts.said, *proposals.accounts.relayed, *carried],
            key=lambda a: (a.content.start, a.content.end),
        )
        return Analysis(article, sentences, subjective, vader, tuple(said), kept, len(found) - len(kept))

    def propose(self, text: str, *, cut: clauses.Cut | None = None, network: bool = True) -> Proposals:
        """Find who says what in a text, its clauses and their possible holders.

        Args:
            text: Raw text.
            cut: How what one source says is cut into clauses; None: where the network does.
            network: False reads by rules alone, as the network's own lessons are made.
        """
        sentences = self._segment(text)
        return Proposals(text, sentences, self._attribute(text, sentences, network=network), cut)

    @staticmethod
    def _chances(proposals: Proposals) -> list[list[float]]:
        """Return for each candidate the probability of each possible holder."""
        sources = {mention.start: source for mention, (source, _) in proposals.accounts.resolver.sources.items()}
        ranked = holders.holder_ranker()(proposals.options)
        return [
            holders.weigh(scores, options, reading, sources)
            for scores, options, reading in zip(ranked, proposals.options, proposals.readings, strict=True)
        ]

    @staticmethod
    def described(
        text: str, sentences: Sequence[Sentence], proposed: Sequence[Candidate], readings: Sequence[SpanReading]
    ) -> list[dict[str, Any]]:
        """Describe candidates for the opinion classifier; its features do not depend on the sentiment model chosen."""
        texts = [text[c.start : c.end] for c in proposed]
        told = zip(opinions.subjectivity_classifier()(texts), (r.subjectivity for r in readings), strict=True)
        return opinions.describe(
            text, sentences, proposed, owners=[at(sentences, c.start) for c in proposed],
            subjectivity=[(small + network) / 2 for small, network in told], odds=polarity_model("small").texts(texts),
        )  # fmt: skip

    def _subjectivity(self, text: str, sentences: Sequence[Sentence], accounts: Accounts) -> list[float]:
        """Return of each sentence the probability that it is criticism, by the network where the sentiment model reads it."""
        if accounts.encoded and polarity_model(self.settings.sentiment_model).reads:
            return [r.subjectivity for r in accounts.encoded.read([(s.start, s.end) for s in sentences])]
        return opinions.subjectivity_classifier()([text[s.start : s.end] for s in sentences])

    def _judge(
        self, text: str, sentences: Sequence[Sentence], proposed: Sequence[Candidate], readings: Sequence[SpanReading]
    ) -> list[tuple[Candidate, SpanReading]]:
        """Keep the candidates that evaluate, each with what the network reads of it."""
        small = opinions.opinion_classifier()(self.described(text, sentences, proposed, readings))
        weighed = [opinions.weigh(p, reading) for p, reading in zip(small, readings, strict=True)]
        least = resources.rules("reader")["opinion"]["threshold"]
        return [
            (replace(candidate, probability=round(p, 4)), reading)
            for candidate, p, reading in zip(proposed, weighed, readings, strict=True)
            if p >= least or candidate.rating is not None
        ]

    def _opinions(
        self, article: Article, sentences: Sequence[Sentence], judged: Sequence[tuple[Candidate, SpanReading]],
        classify: aspects.AspectClassifier,
    ) -> list[Opinion]:  # fmt: skip
        """Score and label candidates."""
        candidates, readings = [c for c, _ in judged], [reading for _, reading in judged]
        texts = [article.text[c.start : c.end] for c in candidates]
        owners = [at(sentences, c.start) for c in candidates]
        title = _title(sentences[0]) if sentences else ""
        headings = ["" if sentences[owner].section == title else sentences[owner].section for owner in owners]
        felt = sentiment.score_spans(
            texts,
            model=polarity_model(self.settings.sentiment_model),
            valences=[_valence(article.text, c) for c in candidates],
            ratings=[c.rating for c in candidates],
            readings=readings,
        )
        labels = classify(texts, headings, [c.target for c in candidates], readings=readings)
        found = [
            self._opinion(article, sentences[owner], owner, candidate, feeling, label)
            for owner, candidate, feeling, label in zip(owners, candidates, felt, labels, strict=True)
        ]
        sure = confidence.row_confidence()(found)
        return [replace(o, confidence=c, number=n) for n, (o, c) in enumerate(zip(found, sure, strict=True), start=1)]

    def _opinion(
        self, article: Article, sentence: Sentence, index: int, candidate: Candidate,
        feeling: Sentiment, labels: tuple[Aspect, ...],
    ) -> Opinion:  # fmt: skip
        """Put an opinion together."""
        attribution = candidate.attribution
        cue = attribution.content.cue if attribution else None
        return Opinion(
            start=candidate.start, end=candidate.end, section=sentence.section, sentence=index,
            source=attribution.source if attribution else self._author(article),
            cue=article.text[cue[0] : cue[1]] if cue else "",
            rule=attribution.content.rule if attribution else "author",
            attribution_confidence=attribution.confidence if attribution else 0.8,
            quoted=candidate.quoted, aspects=labels, sentiment=feeling, rating=candidate.rating,
            probability=candidate.probability,
        )  # fmt: skip

    def _author(self, article: Article) -> Source:
        """Return the source of the article's own voice: its publisher when known."""
        publisher = self.settings.publisher or article.publisher
        if not publisher:
            return Source(AUTHOR, "author")
        extra = Path(self.settings.outlets) if self.settings.outlets else None
        known = load_gazetteer(extra).find(publisher)
        name = known.name if known else publisher
        return Source(name, "author", outlet=name)


def _of_each_source(
    judged: Sequence[tuple[Candidate, SpanReading]], accounts: Accounts
) -> Iterator[tuple[Candidate, SpanReading]]:
    """Repeat a clause for every outlet named in one breath with the source of what it stands in."""
    told = {*accounts.ruled, *accounts.spoken}
    for candidate, reading in judged:
        yield candidate, reading
        if candidate.attribution in told:
            for other in accounts.resolver.shared(candidate.attribution):
                yield replace(candidate, attribution=other), reading


def _title(sentence: Sentence) -> str:
    """Return the section that a text's first line opens when it is a heading: the title, which names no aspect."""
    return sentence.section if sentence.kind == "heading" else ""


def _carried(text: str, attributions: Iterable[Attribution], said: Sequence[Attribution]) -> Iterator[Attribution]:
    """Yield what opinions are attributed to beyond what is said by any account, without the source's own name in front.

    Of two that overlap the first is told, unless several outlets share one.
    """
    taken = (0, 0)
    for attribution in dict.fromkeys(attributions):
        content = attribution.content
        span = content.start, content.end
        first = bisect_right(said, content.start, key=lambda a: a.content.end)
        free = first == len(said) or said[first].content.start >= content.end
        if free and (content.start >= taken[1] or span == taken):
            taken = span
            source = content.source
            leads = source and content.start <= source[0] and not _WORD.search(text, content.start, source[0])
            words = _WORD.search(text, source[1], content.end) if source and leads else None
            yield replace(attribution, content=replace(content, start=words.start())) if words else attribution


def _valence(text: str, candidate: Candidate) -> int:
    """Return 1 or -1 when a praising or blaming verb opens the span, else 0."""
    content = candidate.attribution.content if candidate.attribution else None
    if content is None or content.cue is None or not candidate.start <= content.cue[0] < candidate.end:
        return 0
    form = text[content.cue[0] : content.cue[1]].lower()
    return cues.valences().get(form, 0)
