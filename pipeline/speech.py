"""Read who says what with the network: contents, sources and cues are tagged, and each content is linked to its source.

The tags of a word piece (outside, begins, inside, for each kind) come from the trunk; the likeliest sequence that begins
each span before it goes on is found by Viterbi's algorithm (Viterbi 1967).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline import cues, resources
from pipeline.encoder import Encoded
from pipeline.quotes import quotations
from pipeline.schema import Content, Mention, Sentence, Span
from pipeline.spans import at, overlapping, trimmed
from pipeline.windows import Floats, Ints

CONTENT, SOURCE, CUE = range(3)
OUTSIDE, BEGINS, INSIDE = range(3)
_WORD = re.compile(r"\w+")
_EDGE = " \t\r\n,;:—–-"
_BEFORE = " \t:,“\"‘'"
_ADDRESSED = re.compile(r"([”\"’'])\s+(?:to|for)\s+(?:[Tt]he\s+)?$")
_POSSESSIVE = re.compile(r"s\s+")
_JOINER = re.compile(r"[,;]?\s*(?:(?:and|but|or)\b)?\s*")
_LONGEST = 3
"""Words of a reporting verb with its particles, at most."""
_NEVER = -1e9
_NEW_CLAUSE = re.compile(r"(?:;|,\s+(?:and|but|while|whereas|though|although))\s*$")
_JOINS_BEFORE = re.compile(r"(?:for|of|about|on)\s+")
_JOINS_BEHIND = re.compile(
    r"[,;]?\s+(?:but|though|although|and|or|while|because|since|according|as|on|in|with|even|which|who|that)$"
)
_TURNS = ("former", "latter")
"""Words with which a new clause gives another source its turn, whether or not a cue follows."""
_ARTICLES = frozenset({"the", "a", "an"})
_NOUN = re.compile(r"\s+(?P<noun>\w+(?: \w+)?)\s+")
"""What stands between an article and the cue of whom it names."""
_LONGEST_NAME = 40
"""Characters from an article to the cue of whom it names, at most."""
_NAMES = ("outlet", "aggregator", "person", "handle")
_NAMED = ("outlet", "aggregator", "person", "handle", "group", "anaphor")
_FAR = 2000
"""Characters between a content and a source of another sentence, at most: more than a window holds."""
_BESIDE = 4
_THAT = " that"
"""What may part a verb of speech from what it introduces."""
_REACH = 80
"""Characters between a cue and the words that it joins, at most."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged span, and how surely its pieces belong to one in [0, 1]."""

    start: int
    end: int
    certainty: float


def read_speech(
    text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], encoded: Encoded
) -> list[Content]:
    """Find what is said in a text.

    Args:
        text: Raw text.
        sentences: Its sentences, in order.
        mentions: The possible sources named in it, in order.
        encoded: The same text, encoded.

    Returns:
        Contents in order, without overlap, each with the stretch that names its source, None where nothing does, and
        the cue beside it where there is one; rule ``network``.
    """
    rules = resources.rules("reader")["speech"]
    offsets, chances = encoded.speech()
    if not len(offsets):
        return []
    chances[:, CONTENT, OUTSIDE] -= rules["lean"]
    contents, named, tagged = (
        list(_within(text, _spans(offsets, chances[:, kind]), sentences)) for kind in (CONTENT, SOURCE, CUE)
    )
    verbs = [
        _bare_cue(text, verb)
        for verb in tagged
        if not any(m.kind in _NAMES for m in overlapping(mentions, verb.start, verb.end))
    ]
    named = [_whole_name(text, span, mentions, verbs) for span in named]
    contents = [c for content in contents if (c := _behind_source(content, named, verbs)).start < c.end]
    contents = [c for c in contents if not _is_heading(text, c, sentences)]
    contents = [part for content in contents for part in _clauses(text, content, mentions, verbs)]
    sources = _without(text, _without(text, named, contents), verbs)
    inside = 1 - np.exp(chances[:, CONTENT, OUTSIDE])
    kept = [
        content
        for content in _joined(contents, sentences, offsets, inside, mentions)
        if content.certainty >= rules["introduced" if _introduced(text, content, verbs) else "least"]
    ]
    asked = [((c.start, c.end), _sources(c, sources, sentences, mentions)) for c in kept]
    linked = encoded.linked([(span, {name: _odds(text, span, name, verbs) for name in names}) for span, names in asked])
    found: list[Content] = []
    for content, chosen in zip(kept, linked, strict=True):
        source, sure = chosen or (_last_before(sources, content.start), rules["far"])
        certainty = content.certainty * sure
        if certainty < rules["sure"] if chosen else content.certainty < rules["unnamed"]:
            continue
        start, end = _without_joiners(text, *trimmed(text, content.start, content.end, _EDGE))
        cue = None
        if source and 0 <= start - source[1] < _REACH:
            cue, start, end = _without_verb(text, start, end)
            start = _without_filler(text, cue, start, end)
        cue = cue or (_beside(text, content, source, verbs) if source else None)
        whole = Content(start, end, source, cue, "network", round(certainty, 4))
        parts = _between_sources(text, whole, mentions)
        found.extend(part for part in parts if len(_WORD.findall(text, part.start, part.end)) >= rules["words"])
    return found


def _spans(offsets: Ints, chances: Floats) -> list[Tagged]:
    """Return the spans of one kind: `chances` are log-probabilities of outside, begins, inside, shape (N, 3)."""
    found: list[Tagged] = []
    begun: int | None = None
    labels = [*_likeliest(chances), OUTSIDE]
    for index, label in enumerate(labels):
        if begun is not None and label != INSIDE:
            certainty = float(np.mean(1 - np.exp(chances[begun:index, OUTSIDE])))
            found.append(Tagged(int(offsets[begun, 0]), int(offsets[index - 1, 1]), certainty))
            begun = None
        if label == BEGINS:
            begun = index
    return found


def _likeliest(chances: Floats) -> list[int]:
    """Return the likeliest sequence of labels in which no span goes on that has not begun."""
    rows = chances.tolist()
    outside, begins, inside = rows[0][OUTSIDE], rows[0][BEGINS], _NEVER
    back: list[tuple[int, int]] = []
    for row in rows[1:]:
        within, so_far = (BEGINS, begins) if begins >= inside else (INSIDE, inside)
        last, best = (OUTSIDE, outside) if outside >= so_far else (within, so_far)
        back.append((last, within))
        outside, begins, inside = best + row[OUTSIDE], best + row[BEGINS], so_far + row[INSIDE]
    labels = [max((outside, OUTSIDE), (begins, BEGINS), (inside, INSIDE))[1]]
    for last, within in reversed(back):
        labels.append(within if labels[-1] == INSIDE else last)
    return labels[::-1]


def _within(text: str, spans: Sequence[Tagged], sentences: Sequence[Sentence]) -> Iterator[Tagged]:
    """Cut spans where a sentence ends, but for one inside a quotation; widen the parts to whole words."""
    quotes = quotations(text)
    for span in spans:
        start = span.start
        for sentence, after in pairwise(overlapping(sentences, span.start, span.end)):
            if not any(q.start < sentence.end < q.end for q in overlapping(quotes, sentence.start, after.start)):
                yield Tagged(*_whole_words(text, start, sentence.end), span.certainty)
                start = after.start
        yield Tagged(*_whole_words(text, start, span.end), span.certainty)


def _is_heading(text: str, content: Tagged, sentences: Sequence[Sentence]) -> bool:
    """Tell whether a content is all of a heading that quotes nothing: "The acting" above what is said of it."""
    sentence = sentences[at(sentences, content.start)]
    whole = content.start <= sentence.start and not _WORD.search(text, content.end, sentence.end)
    return sentence.kind == "heading" and whole and not quotations(text[sentence.start : sentence.end])


def _whole_name(text: str, source: Tagged, mentions: Sequence[Mention], verbs: Sequence[Tagged]) -> Tagged:
    """Widen a tagged source that begins a person's mention to all of it, and one that is nothing but an article.

    An article goes on to the end of the mention that it begins, "the latter", else to the cue: "the studio said".
    """
    mention = next((m for m in overlapping(mentions, source.start, source.end) if m.start <= source.start), None)
    article = text[source.start : source.end].strip().lower() in _ARTICLES
    if mention and (article or mention.kind == "person"):
        return replace(source, end=max(source.end, mention.end))
    cue = next(iter(overlapping(verbs, source.end, source.end + _LONGEST_NAME)), None) if article else None
    noun = _NOUN.fullmatch(text, source.end, cue.start) if cue else None
    return replace(source, end=noun.end("noun")) if noun else source


def _bare_cue(text: str, verb: Tagged) -> Tagged:
    """Return a tagged cue without what it introduces, where it begins with a known one."""
    first = _WORD.match(text, verb.start, verb.end)
    for form in cues.by_first_word().get(first.group().lower(), ()) if first else ():
        if text[verb.start : verb.end].lower().startswith(f"{form} "):
            return replace(verb, end=verb.start + len(form))
    return verb


def _behind_source(content: Tagged, named: Sequence[Tagged], verbs: Sequence[Tagged]) -> Tagged:
    """Cut a content that begins inside a source whose cue stands right behind it; nothing is left of one inside such a source."""
    source = next(iter(overlapping(named, content.start, content.start + 1)), None)
    cue = next(iter(overlapping(verbs, source.end, source.end + _BESIDE)), None) if source else None
    return replace(content, start=min(content.end, cue.end)) if cue else content


def _clauses(text: str, content: Tagged, mentions: Sequence[Mention], verbs: Sequence[Tagged]) -> Iterator[Tagged]:
    """Cut a content where a clause begins with its own source and cue: "the score; the latter disliked the end".

    What is nothing but part of a possible source's name, or of a cue, is no content.
    """
    start = content.start
    behind = [v for v in overlapping(verbs, start, content.end) if start < v.start and content.end <= v.end]
    if behind:
        content = replace(content, end=trimmed(text, start, behind[0].start, _EDGE)[1])
    around = overlapping(mentions, start, content.end)
    if around and around[0].start < start < around[0].end < content.end and around[0].kind == "person":
        start = around[0].end
        content = replace(content, start=start)
    names = [(m.start, m.end) for m in around] + [(v.start, v.end) for v in overlapping(verbs, start, content.end)]
    if any(first <= start and content.end <= last for first, last in names):
        return
    for mention in around:
        cue = next(iter(overlapping(verbs, mention.end, mention.end + _BESIDE)), None)
        leads = mention.start <= start or _NEW_CLAUSE.search(text, start, mention.start)
        turns = text[mention.start : mention.end].lower().endswith(_TURNS)
        if (cue or turns) and leads and start < mention.end:
            if mention.start > start:
                yield Tagged(*trimmed(text, start, mention.start, _EDGE), content.certainty)
            start = max(start, cue.end if cue else mention.end)
    if start < content.end:
        yield replace(content, start=start)


def _joined(
    spans: Sequence[Tagged], sentences: Sequence[Sentence], offsets: Ints, inside: Floats, mentions: Sequence[Mention]
) -> list[Tagged]:
    """Join spans of one sentence that few pieces part which nearly belong to them, and no possible source."""
    rules = resources.rules("reader")["speech"]
    found: list[Tagged] = []
    for span in spans:
        last = found[-1] if found else None
        if last is not None and at(sentences, last.end - 1) == at(sentences, span.start):
            begins, ends, starts, stops = np.searchsorted(offsets[:, 0], [last.start, last.end, span.start, span.end])
            between = inside[ends:starts]
            near = len(between) <= rules["gap"] and (not len(between) or between.mean() > rules["join"])
            if near and not overlapping(mentions, last.end, span.start):
                found[-1] = Tagged(last.start, span.end, float(inside[begins:stops].mean()))
                continue
        found.append(span)
    return found


def _without(text: str, spans: Sequence[Tagged], others: Sequence[Tagged]) -> list[Tagged]:
    """Cut spans where others begin and end; what belongs to the others falls out, and so does what only joins."""
    found: list[Tagged] = []
    for span in spans:
        position = span.start
        for start, end in (
            *((o.start, o.end) for o in overlapping(others, span.start, span.end)),
            (span.end, span.end),
        ):
            joiner = _JOINER.match(text, position, start)
            begins, ends = trimmed(text, joiner.end() if joiner else position, start, _EDGE + ".!?")
            if begins < ends and text[begins:ends].lower() not in _ARTICLES:
                found.append(Tagged(begins, ends, span.certainty))
            position = max(position, end)
    return found


def _sources(
    content: Tagged, tagged: Sequence[Tagged], sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> list[Span]:
    """List what may name a content's source: what is tagged in its sentence, or named there, tagged in its paragraph, or beyond."""

    def apart(spans: Sequence[Tagged] | Sequence[Mention], low: int, high: int) -> list[Tagged | Mention]:
        near: Sequence[Tagged | Mention] = overlapping(spans, low, high)
        return [span for span in near if not (content.start < span.end and span.start < content.end)]

    first, last = at(sentences, content.start), at(sentences, content.end - 1)
    low, high = sentences[first].start, sentences[last].end
    known = [m for m in apart(mentions, low, high) if isinstance(m, Mention) and m.kind in _NAMED]
    begin, end = content.start - _FAR, content.end + _FAR
    while first > 0 and sentences[first - 1].paragraph == sentences[first].paragraph and sentences[first].start > begin:
        first -= 1
    while (
        last + 1 < len(sentences)
        and sentences[last + 1].paragraph == sentences[last].paragraph
        and sentences[last].end < end
    ):
        last += 1
    around = sentences[first].start, sentences[last].end
    here, beside = apart(tagged, low, high), apart(tagged, *around)
    led = [
        m
        for m in known
        if m.end <= content.start <= m.end + _REACH and not any(o.start < m.end and m.start < o.end for o in here)
    ]
    near = (
        [*here, *led]
        if here
        else known or beside or apart(tagged, begin, content.start) or apart(tagged, content.end, end)
    )
    return [(span.start, span.end) for span in near]


def _introduced(text: str, content: Tagged, verbs: Sequence[Tagged]) -> bool:
    """Tell whether a tagged verb of speech stands right before a content: "said that …"."""
    first, last = content.start, content.start + len(_THAT)
    before = overlapping(verbs, first - _BESIDE - len(_THAT), last)
    verb = next((v for v in before if cues.kinds().get(text[v.start : v.end].lower()) == "speech"), None)
    return verb is not None and text[verb.end : content.start].strip() in ("", _THAT.strip())


def _odds(text: str, content: Span, source: Span, verbs: Sequence[Tagged]) -> float:
    """Return the odds of a source beforehand: more where a cue stands beside it, outside the content, less where it is told."""
    if cues.addressed(text, source[0]):
        return float(resources.rules("reader")["speech"]["told"])
    near = overlapping(verbs, source[0] - _BESIDE, source[1] + _BESIDE)
    told = any(
        not (content[0] < verb.end and verb.start < content[1])
        and not text[min(verb.end, source[1]) : max(verb.start, source[0])].strip(_EDGE)
        for verb in near
    )
    return float(resources.rules("reader")["speech"]["cued"]) if told else 1.0


def _last_before(sources: Sequence[Tagged], position: int) -> Span | None:
    """Return the source named last before a position, for a content whose window names none."""
    last = bisect_left(sources, position, key=lambda span: span.end)
    return (sources[last - 1].start, sources[last - 1].end) if last else None


def _between_sources(text: str, content: Content, mentions: Sequence[Mention]) -> Iterator[Content]:
    """Divide a content that runs over another source's name: “haunting” to Empire and “gorgeous” to IndieWire."""
    start = content.start
    first = bisect_left(mentions, content.start, key=lambda mention: mention.start)
    for mention in mentions[first : bisect_left(mentions, content.end, key=lambda mention: mention.start)]:
        quoted = _ADDRESSED.search(text, start, mention.start)
        if mention.kind == "outlet" and quoted and mention.end <= content.end:
            yield replace(content, start=start, end=quoted.end(1), source=(mention.start, mention.end), cue=None)
            start = _JOINER.match(text, mention.end, content.end).end()  # type: ignore[union-attr]
    if start < content.end:
        yield replace(content, start=start)


def _without_joiners(text: str, start: int, end: int) -> Span:
    """Return a content without the words that join it to what stands around it."""
    before = _JOINS_BEFORE.match(text, start, end)
    start = before.end() if before else start
    behind = _JOINS_BEHIND.search(text, max(start, end - _REACH), end)
    return start, behind.start() if behind and behind.start() > start else end


def _without_verb(text: str, start: int, end: int) -> tuple[Span | None, int, int]:
    """Return the reporting verb with which a content begins or that stands right before it, and the content without it."""
    first = text[start:end].partition(" ")[0].lower()
    for form in cues.by_first_word().get(first, ()):
        if text[start : start + len(form) + 1].lower() == f"{form} " and start + len(form) + 1 < end:
            return ((start, start + len(form)), *trimmed(text, start + len(form) + 1, end, _EDGE))
    offset = max(0, start - _REACH)
    left = text[offset:start].rstrip(_BEFORE)
    for begin in [match.start() for match in _WORD.finditer(left)][-_LONGEST:]:
        if left[begin:].lower() in cues.kinds():
            return (offset + begin, offset + len(left)), start, end
    return None, start, end


def _without_filler(text: str, cue: Span | None, start: int, end: int) -> int:
    """Return where a content begins behind what belongs to its cue: "as Wired put it in a long piece, “a bore”"."""
    rules = resources.rules("cues")["filled"]
    if cue is None or text[cue[0] : cue[1]].lower() not in rules["forms"]:
        return start
    filler = re.compile(rules["pattern"]).match(text, start, end)
    return filler.end() if filler else start


def _beside(text: str, content: Tagged, source: Span, verbs: Sequence[Tagged]) -> Span | None:
    """Return the tagged cue nearest to a content and its source together, within reach of both."""
    spans = [(content.start, content.end), source]

    def distance(cue: Tagged) -> int:
        return sum(max(0, cue.start - end, start - cue.end) for start, end in spans)

    low, high = max(start for start, _ in spans) - _REACH, min(end for _, end in spans) + _REACH
    first = bisect_left(verbs, low, key=lambda cue: cue.end)
    last = bisect_left(verbs, high, key=lambda cue: cue.start)
    near = [cue for cue in verbs[first:last] if not content.start <= cue.start < cue.end <= content.end]
    near = [cue for cue in near if "\n" not in text[min(cue.end, content.end) : max(cue.start, content.start)]]
    best = min(near, key=distance, default=None)
    return (best.start, best.end) if best and distance(best) <= _REACH else None


def _whole_words(text: str, start: int, end: int) -> Span:
    """Widen a span to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start : start + 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1 : end].isalnum():
        end += 1
    possessive = _POSSESSIVE.match(text, start, end)
    return (possessive.end() if possessive and text[start - 1 : start] in ("’", "'") else start), end
