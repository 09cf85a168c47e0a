"""Read one article: the stages in the order in which the data flows through them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import aspects, clauses, cues, encoder, holders, opinions, people, resources, sentiment
from pipeline.encoder import SpanReading
from pipeline.estimators import vader_compound
from pipeline.grammar import GrammarReader
from pipeline.layout import read_layout
from pipeline.outlets import find_outlets, load_gazetteer
from pipeline.quotes import quotations
from pipeline.resolve import AUTHOR, Resolver
from pipeline.schema import (
    Analysis,
    Article,
    Aspect,
    Attribution,
    Candidate,
    Content,
    Mention,
    Opinion,
    Sentence,
    Sentiment,
    Source,
)
from pipeline.segment import Segmenter
from pipeline.settings import Settings


@dataclass(frozen=True)
class Proposals:
    """The clauses of a text before they are judged, and the possible holders of each.

    Attributes:
        encoded: The text as the network reads it; None where rules alone are to read it.
        cut: How what one source says is cut into clauses; None: where the network does.
    """

    text: str
    sentences: tuple[Sentence, ...]
    attributions: tuple[Attribution, ...]
    mentions: tuple[Mention, ...]
    resolver: Resolver
    around: holders.Surroundings
    encoded: encoder.Encoded | None
    cut: clauses.Cut | None

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The clauses, in order."""
        cut = self.cut or (clauses.cut_where(self.encoded.joints) if self.encoded else clauses.split_clauses)
        return opinions.propose(self.text, self.sentences, self.attributions, cut=cut)

    @cached_property
    def options(self) -> list[list[holders.Option]]:
        """The possible holders of each candidate."""
        return [self.around.options(candidate) for candidate in self.candidates]

    @cached_property
    def readings(self) -> list[SpanReading]:
        """What the network reads of each candidate."""
        return self.encoded.read([(c.start, c.end) for c in self.candidates]) if self.encoded else []

    def settle(self, chances: Sequence[Sequence[float]]) -> list[Candidate]:
        """Give each candidate its likeliest holder; `chances` has a probability for each option."""
        return [
            holders.settle(candidate, group, scores, self.resolver)
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
    def _grammar(self) -> GrammarReader:
        return GrammarReader()

    def read(self, article: Article) -> Analysis:
        """Read one article from raw text to opinions."""
        text = article.text
        proposals = self.propose(text)
        sentences, attributions = proposals.sentences, proposals.attributions
        readings = proposals.readings
        held = proposals.settle(self._chances(proposals))
        judged = self._judge(text, sentences, held, readings)
        found = self._opinions(article, sentences, judged)
        texts = [text[s.start : s.end] for s in sentences]
        subjectivity = opinions.subjectivity_classifier()(texts)
        vader = tuple(round(vader_compound(t), 4) for t in texts)
        rounded = tuple(round(value, 4) for value in subjectivity)
        kept = tuple(o for o in found if o.sentiment.confidence >= self.settings.min_confidence)
        carried = [c.attribution for c, _ in judged if c.attribution and c.attribution not in attributions]
        said = sorted([*attributions, *carried], key=lambda a: (a.content.start, a.content.end))
        return Analysis(article, sentences, rounded, vader, tuple(said), kept)

    def propose(self, text: str, *, cut: clauses.Cut | None = None, network: bool = True) -> Proposals:
        """Find who says what in a text, its clauses and their possible holders.

        Args:
            text: Raw text.
            cut: How what one source says is cut into clauses; None: where the network does.
            network: False reads by rules alone, as the network's own lessons are made.
        """
        sentences = self._segment(text)
        extra = Path(self.settings.outlets) if self.settings.outlets else None
        outlets = find_outlets(text, extra=extra)
        persons = people.find_people(text, outlets)
        mentions = tuple(sorted((*outlets, *persons), key=lambda mention: mention.start))
        encoded = encoder.bundled_encoder().encode(text, sentences, mentions) if network else None
        contents = self._contents(text, sentences, mentions)
        resolver = Resolver(text, mentions, people.read_cast(text, mentions), contents)
        attributions = resolver.attributions(contents)
        around = holders.Surroundings(text, sentences, mentions, resolver)
        return Proposals(text, sentences, attributions, mentions, resolver, around, encoded, cut)

    def _contents(self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> list[Content]:
        """Find what is said: by layout, and by grammar in the rest of the prose."""
        laid_out = read_layout(text, sentences, mentions)
        prose = [s for s in opinions.judging(text, sentences) if not _inside(laid_out, s)]
        contents = [*laid_out, *self._grammar(text, prose, mentions)]
        return [*contents, *_carry_over(text, prose, contents)]

    @staticmethod
    def _chances(proposals: Proposals) -> list[list[float]]:
        """Return for each candidate the probability of each possible holder."""
        sources = {mention.start: source for mention, (source, _) in proposals.resolver.sources.items()}
        ranked = holders.holder_ranker()(proposals.options)
        return [
            holders.weigh(scores, options, reading, sources)
            for scores, options, reading in zip(ranked, proposals.options, proposals.readings, strict=True)
        ]

    def described(
        self, text: str, sentences: Sequence[Sentence], proposed: Sequence[Candidate]
    ) -> list[dict[str, Any]]:
        """Describe candidates for the opinion classifier; its features do not depend on the sentiment model chosen."""
        texts = [text[c.start : c.end] for c in proposed]
        return opinions.describe(
            text, sentences, proposed, owners=[_sentence_of(sentences, c.start) for c in proposed],
            subjectivity=opinions.subjectivity_classifier()(texts), odds=sentiment.polarity_model("small").probabilities(texts),
        )  # fmt: skip

    def _judge(
        self, text: str, sentences: Sequence[Sentence], proposed: Sequence[Candidate], readings: Sequence[SpanReading]
    ) -> list[tuple[Candidate, SpanReading]]:
        """Keep the candidates that evaluate, each with what the network reads of it."""
        small = opinions.opinion_classifier()(self.described(text, sentences, proposed))
        weighed = [opinions.weigh(p, reading) for p, reading in zip(small, readings, strict=True)]
        least = resources.rules("reader")["opinion"]["threshold"]
        return [
            (replace(candidate, probability=round(p, 4)), reading)
            for candidate, p, reading in zip(proposed, weighed, readings, strict=True)
            if p >= least or candidate.rating is not None
        ]

    def _opinions(
        self, article: Article, sentences: Sequence[Sentence], judged: Sequence[tuple[Candidate, SpanReading]]
    ) -> list[Opinion]:
        """Score and label candidates."""
        candidates, readings = [c for c, _ in judged], [reading for _, reading in judged]
        texts = [article.text[c.start : c.end] for c in candidates]
        owners = [_sentence_of(sentences, c.start) for c in candidates]
        title = _title(sentences[0]) if sentences else ""
        headings = ["" if sentences[owner].section == title else sentences[owner].section for owner in owners]
        felt = sentiment.score_spans(
            texts,
            model=sentiment.polarity_model(self.settings.sentiment_model),
            valences=[_valence(article.text, c) for c in candidates],
            ratings=[c.rating for c in candidates],
            readings=readings,
            share=sentiment.network_share(self.settings.sentiment_model),
        )
        classifier = aspects.aspect_classifier(self.settings.taxonomy)
        labels = classifier(texts, headings, [c.target for c in candidates], network=[r.aspects for r in readings])
        return [
            self._opinion(article, sentences[owner], owner, candidate, feeling, label)
            for owner, candidate, feeling, label in zip(owners, candidates, felt, labels, strict=True)
        ]

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


def _sentence_of(sentences: Sequence[Sentence], position: int) -> int:
    """Return the index of the sentence that holds a position."""
    return max(0, bisect_right(sentences, position, key=lambda sentence: sentence.start) - 1)


def _title(sentence: Sentence) -> str:
    """Return the section that a text's first line opens when it is a heading: the title, which names no aspect."""
    return sentence.section if sentence.kind == "heading" else ""


def _inside(contents: Sequence[Content], sentence: Sentence) -> bool:
    """Tell whether a sentence lies inside an attributed block."""
    return any(c.start <= sentence.start and sentence.end <= c.end for c in contents)


def _carry_over(text: str, sentences: Sequence[Sentence], contents: Sequence[Content]) -> list[Content]:
    """Attribute a quotation that names nobody to whoever spoke last in its paragraph."""
    spoken = {
        sentence.paragraph
        for sentence in sentences
        for c in contents
        if c.start < sentence.end and sentence.start < c.end
    }
    found: list[Content] = []
    quotes = quotations(text)
    for sentence in sentences:
        if sentence.paragraph not in spoken:
            continue
        for quote in quotes:
            inside = sentence.start <= quote.start < sentence.end
            if (
                inside
                and quote.end - quote.start > 25
                and not any(c.start < quote.end and quote.start < c.end for c in contents)
            ):
                earlier = any(c.start < quote.start for c in contents)
                if earlier and re.search(r"[.!?,…][”\"’']?$", text[quote.start : quote.end]):
                    end = min(quote.end, sentence.end)
                    found.append(Content(quote.start, end, None, None, "carry_over", 0.7))
    return found


def _valence(text: str, candidate: Candidate) -> int:
    """Return 1 or -1 when a praising or blaming verb opens the span, else 0."""
    content = candidate.attribution.content if candidate.attribution else None
    if content is None or content.cue is None or not candidate.start <= content.cue[0] < candidate.end:
        return 0
    form = text[content.cue[0] : content.cue[1]].lower()
    return cues.valences().get(form, 0)
