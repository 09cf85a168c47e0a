"""Find who says what in a text: names, then contents by layout, by the network and by grammar, then whose each content is."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

from spacy.lang.en.stop_words import STOP_WORDS

from pipeline import encoder, opinions, people, resources
from pipeline.encoder import Encoded
from pipeline.grammar import GrammarReader
from pipeline.layout import read_layout
from pipeline.outlets import find_outlets, find_speaking
from pipeline.quotes import quotations
from pipeline.resolve import Resolver
from pipeline.schema import Attribution, Content, Mention, Sentence
from pipeline.spans import overlapping
from pipeline.speech import read_speech

_WORD = re.compile(r"[^\W_]+")
_ENDS_SPEECH = re.compile(r"[.!?,…][”\"’']?$")
_ENDS = " .!?\n\r\t"
_LEAST_QUOTED = 25
"""Characters of a quotation that may go on with what somebody said before, more than."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who says what in a text.

    Attributes:
        mentions: The possible sources, in order.
        resolver: What gives them their sources.
        ruled: What is said by the rules of layout and grammar; contents of different rules may overlap.
        spoken: What is said by the network's account, without overlap.
        said: What is said by all accounts, the rows of the table: contents do not overlap unless several outlets share one.
        relayed: What an outlet reports in whose words somebody else speaks: "According to Yahoo, Smith said …"; each holds
            one or more of `said`.
        encoded: The text as the network reads it; None where rules alone are to read it.
    """

    mentions: tuple[Mention, ...]
    resolver: Resolver
    ruled: tuple[Attribution, ...]
    spoken: tuple[Attribution, ...]
    said: tuple[Attribution, ...]
    relayed: tuple[Attribution, ...]
    encoded: Encoded | None


@dataclass(frozen=True)
class Attributor:
    """The stages of attribution.

    Attributes:
        outlets: A user's gazetteer file added to the bundled one.
    """

    outlets: Path | None

    @cached_property
    def _grammar(self) -> GrammarReader:
        return GrammarReader()

    def __call__(self, text: str, sentences: Sequence[Sentence], *, network: bool = True) -> Accounts:
        """Find who says what.

        Layout comes first, then the network. Grammar, which errs more, has its say where both are silent and
        an outlet or a group speaks.

        Args:
            text: Raw text.
            sentences: Its sentences, in order.
            network: False reads by rules alone, as the network's own lessons are made.
        """
        mentions = find_mentions(text, extra=self.outlets)
        encoded = encoder.bundled_encoder().encode(text, sentences, mentions) if network else None
        laid_out = read_layout(text, sentences, mentions)
        prose = self._prose(text, sentences, mentions, laid_out)
        spoken = read_speech(text, sentences, mentions, encoded) if encoded else []
        spoken = [c for c in _gone_on(text, spoken) if not (_expected(text, c, mentions) or _nobodys(c, prose))]
        named = find_speaking(text, [c.source for c in spoken if c.source], mentions, extra=self.outlets)
        mentions = _in_order([*(m for m in mentions if not overlapping(named, m.start, m.end)), *named])
        ruled = [*laid_out, *prose]
        resolver = Resolver(text, mentions, people.read_cast(text, mentions), [*ruled, *spoken])
        certain = _merged(laid_out, spoken)
        relayed = list(_relayed(text, sentences, mentions, certain))
        silent = [
            c for c in prose if not overlapping(certain, c.start, c.end) and not overlapping(relayed, c.start, c.end)
        ]
        rest = [a for a in resolver.attributions(_merged(silent)) if a.source.outlet or _of_group(a, mentions)]
        told = [*resolver.attributions(certain), *rest]
        said = sorted(
            (each for a in told for each in (a, *resolver.shared(a))), key=lambda a: (a.content.start, a.content.end)
        )
        return Accounts(
            mentions, resolver, resolver.attributions(ruled), resolver.attributions(spoken), tuple(said), resolver.attributions(relayed),
            encoded,
        )  # fmt: skip

    def _prose(
        self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], laid_out: Sequence[Content]
    ) -> list[Content]:
        """Find what is said by grammar where the layout does not tell."""
        prose = [s for s in opinions.judging(text, sentences) if not _inside(laid_out, s)]
        found = [c for c in self._grammar(text, prose, mentions) if _says(text, c, mentions)]
        return [*found, *_carry_over(text, prose, [*laid_out, *found])]


def find_mentions(text: str, *, extra: Path | None = None) -> tuple[Mention, ...]:
    """Find every possible source of a text, in order: outlets first, then persons, groups and words that refer back.

    Args:
        text: Raw text.
        extra: A user's gazetteer file added to the bundled one.
    """
    outlets = find_outlets(text, extra=extra)
    return _in_order([*outlets, *people.find_people(text, outlets)])


def _in_order(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Sort mentions."""
    return tuple(sorted(mentions, key=lambda mention: mention.start))


def _merged(*accounts: Sequence[Content]) -> list[Content]:
    """Join accounts of what is said, in order; where two overlap, the first has its say."""
    found: list[Content] = []
    for content in (content for contents in accounts for content in contents):
        if not overlapping(found, content.start, content.end):
            insort(found, content, key=lambda c: c.start)
    return found


def _relayed(
    text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], said: Sequence[Content]
) -> Iterator[Content]:
    """Yield what a sentence that opens with "According to OUTLET," relays, where somebody else speaks in it."""
    for sentence in sentences:
        opening = _opening().match(text, sentence.start, sentence.end)
        outlet = next((m for m in overlapping(mentions, opening.end(), opening.end() + 1)), None) if opening else None
        if opening is None or outlet is None or outlet.kind != "outlet" or text[outlet.end : outlet.end + 2] != ", ":
            continue
        start = outlet.end + 2
        spoken = overlapping(said, start, sentence.end)
        if spoken and all(
            c.cue and c.source and start <= c.source[0] and start < c.start and c.end <= sentence.end for c in spoken
        ):
            words = (opening.start(), opening.end() - 1)
            yield Content(start, sentence.end, (outlet.start, outlet.end), words, "according_to", 0.9)


@cache
def _opening() -> re.Pattern[str]:
    """Compile the phrases that open a sentence and name its source."""
    phrases = "|".join(map(re.escape, resources.rules("cues")["prepositions"]))
    return re.compile(rf"(?:{phrases})\s+(?:the\s+)?(?=\S)", re.IGNORECASE)


def _of_group(attribution: Attribution, mentions: Sequence[Mention]) -> bool:
    """Tell whether critics or audiences at large say something."""
    where = attribution.content.source
    return where is not None and any(m.kind == "group" for m in overlapping(mentions, *where))


def _nobodys(content: Content, prose: Sequence[Content]) -> bool:
    """Tell whether the network names nobody for a content in which grammar finds somebody's."""
    return content.source is None and any(c.source for c in prose if content.start <= c.start and c.end <= content.end)


def _expected(text: str, content: Content, mentions: Sequence[Mention]) -> bool:
    """Tell whether a content is what a group is expected to say and has not said: "Fans may want to sit down"."""
    groups = [m for m in overlapping(mentions, *content.source) if m.kind == "group"] if content.source else []
    return any(_expectation().match(text, group.end) for group in groups)


@cache
def _expectation() -> re.Pattern[str]:
    """Compile what follows a group of which something is expected."""
    return re.compile(resources.rules("people")["expected"]["pattern"])


def _inside(contents: Sequence[Content], sentence: Sentence) -> bool:
    """Tell whether a sentence lies inside an attributed block."""
    return any(
        c.start <= sentence.start and sentence.end <= c.end for c in overlapping(contents, sentence.start, sentence.end)
    )


def _says(text: str, content: Content, mentions: Sequence[Mention]) -> bool:
    """Tell whether a content has a word of its own, beside names of sources and function words."""
    words = list(text[content.start : content.end])
    for mention in overlapping(mentions, content.start, content.end):
        if mention.kind != "anaphor":
            first, last = max(0, mention.start - content.start), mention.end - content.start
            words[first:last] = " " * len(words[first:last])
    return any(word.lower() not in STOP_WORDS for word in _WORD.findall("".join(words)))


def _gone_on(text: str, contents: Iterable[Content]) -> Iterator[Content]:
    """Give the paragraphs of a long quotation, each with its opening mark and only the last closed, one source.

    It is that of the paragraph with a cue, the last of them, else that of the first paragraph.
    """
    opened = {quote.start: quote for quote in quotations(text)}
    run: list[Content] = []
    goes_on = False
    for content in contents:
        quote = opened.get(content.start) or opened.get(content.start - 1)
        if not (goes_on and quote and not text[run[-1].end : quote.start].strip(_ENDS)):
            yield from _of_one_source(run)
            run = []
        run.append(content)
        goes_on = quote is not None and not quote.closed and quote.end <= content.end + 1
    yield from _of_one_source(run)


def _of_one_source(run: Sequence[Content]) -> Iterator[Content]:
    """Spread the source of the last content with a cue, else of the first with a source, over contents."""
    told = [c for c in run if c.source and c.cue][-1:] or [c for c in run if c.source][:1]
    for content in run:
        yield (
            replace(content, source=told[0].source, cue=None) if told and content.source != told[0].source else content
        )


def _carry_over(text: str, sentences: Sequence[Sentence], contents: Sequence[Content]) -> Iterator[Content]:
    """Attribute a quotation that names nobody to whoever spoke last in its paragraph."""
    quotes = quotations(text)
    told = sorted(contents, key=lambda content: content.start)
    reached = list(accumulate((content.end for content in told), max))
    begun: dict[int, int] = {}
    for sentence in sentences:
        begun.setdefault(sentence.paragraph, sentence.start)
        for quote in overlapping(quotes, sentence.start, sentence.end):
            before = bisect_left(told, quote.start, key=lambda content: content.start)
            earlier = before > 0 and told[before - 1].start >= begun[sentence.paragraph]
            free = not (before and reached[before - 1] > quote.start) and (
                before == len(told) or told[before].start >= quote.end
            )
            whole = quote.start >= sentence.start and quote.end - quote.start > _LEAST_QUOTED
            if earlier and free and whole and _ENDS_SPEECH.search(text[quote.start : quote.end]):
                yield Content(quote.start, min(quote.end, sentence.end), None, None, "carry_over", 0.7)
