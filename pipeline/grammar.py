"""Attribute by grammar: reporting verbs, "according to" and possessive nouns over spaCy's dependency parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Token

from pipeline import cues, resources
from pipeline.quotes import quotations
from pipeline.schema import Content, Mention, Sentence

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_SHORTEST = 2
_EDGE = " \t\r\n,;:—–-"
_BELONGS = frozenset({"of", "at", "for", "from", "in", "with"})
_ABOUT = frozenset({"of", "about", "like"})
"""Prepositions that lead to what is said."""
_CUE_TAGS = frozenset({"VB", "NN", "JJ"})
"""Beginnings of the tags that the tagger gives reporting verbs, its usual mistakes included."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A reporting verb in a sentence and the mention that is its subject."""

    token: Token
    length: int
    source: Mention


class GrammarReader:
    """Finds contents in prose by rules over the parse."""

    def __call__(self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> tuple[Content, ...]:
        """Find attributed contents.

        Args:
            text: Raw text.
            sentences: Sentences to read; only those with a mention are parsed.
            mentions: The mentions of the text, in order.

        Returns:
            Contents in order of their sentences; contents of one sentence do not overlap.
        """
        inside = [(s, [m for m in mentions if s.start <= m.start and m.end <= s.end]) for s in sentences]
        wanted = [(sentence, names) for sentence, names in inside if names]
        flat = (_flat(text[s.start : s.end]) for s, _ in wanted)
        found: list[Content] = []
        with resources.reading() as nlp:
            docs = nlp.pipe(flat, batch_size=32, disable=["senter"])
            for (sentence, names), doc in zip(wanted, docs, strict=True):
                local = [Mention(m.start - sentence.start, m.end - sentence.start, m.kind, m.name, m.id) for m in names]
                contents = _disjoint(_read_sentence(doc, doc.text, local))
                found.extend(_shift(content, sentence.start) for content in contents)
        return tuple(found)


def _cue_length(text: str, token: Token) -> int:
    """Return how many characters the reporting verb at a token has, its particle included; 0 when there is none."""
    rest = text[token.idx : token.idx + 40].lower()
    for form in cues.by_first_word().get(token.lower_, ()):
        if rest.startswith(form) and not rest[len(form) : len(form) + 1].isalpha():
            return len(form)
    return 0


def _flat(text: str) -> str:
    """Turn line breaks into spaces, length unchanged."""
    return text.replace("\r", " ").replace("\n", " ")


def _shift(content: Content, offset: int) -> Content:
    """Move a content from sentence to text offsets."""
    source = (content.source[0] + offset, content.source[1] + offset) if content.source else None
    cue = (content.cue[0] + offset, content.cue[1] + offset) if content.cue else None
    return Content(content.start + offset, content.end + offset, source, cue, content.rule, content.confidence)


def _disjoint(contents: Iterator[Content]) -> list[Content]:
    """Keep contents in order of start; one that overlaps an earlier found one keeps what stands before or after it."""
    kept: list[Content] = []
    for content in contents:
        start, end = content.start, content.end
        for other in kept:
            if other.start < end and start < other.end:
                left, right = other.start - start, end - other.end
                start, end = (start, other.start) if left >= right else (other.end, end)
                lead = [span[0] for span in (other.cue, other.source) if span and start < span[0] < end]
                end = min([end, *lead])
        if end - start > _SHORTEST and not any(k.start < end and start < k.end for k in kept):
            kept.append(replace(content, start=start, end=end))
    return sorted(kept, key=lambda content: content.start)


def _read_sentence(doc: Doc, text: str, mentions: Sequence[Mention]) -> Iterator[Content]:
    """Yield contents of one sentence, the surest rule first."""
    found = [cue for token in doc if (cue := _as_cue(text, token, mentions))]
    taken = [cue.token.i for cue in found]
    for cue in found:
        yield from _verb_contents(doc, text, cue, taken)
    yield from _prepositional(text, mentions)
    yield from _nominal(text, mentions)


def _as_cue(text: str, token: Token, mentions: Sequence[Mention]) -> _Cue | None:
    """Return a reporting verb with its source."""
    length = _cue_length(text, token) if token.tag_[:2] in _CUE_TAGS else 0
    if not length:
        return None
    subject = _subject(token)
    if subject is None:
        return None
    source = _who(subject, mentions)
    if source is None or source.start <= token.idx < source.end:
        return None
    personal = source.kind == "person" or (source.kind == "anaphor" and source.name == "person")
    form = text[token.idx : token.idx + length].lower()
    return None if personal and form in cues.of_makers() else _Cue(token, length, source)


def _who(subject: Token, mentions: Sequence[Mention]) -> Mention | None:
    """Return the mention that a subject stands for: its head, or a name beside a noun such as "critic" or "review"."""
    left, right = subject.left_edge.idx, subject.right_edge.idx + len(subject.right_edge)
    inside = [m for m in mentions if m.start < right and left < m.end]
    if subject.lower_ not in resources.rules("cues")["source_nouns"]:
        inside = [m for m in inside if _heads(subject, m)]
    named = [m for m in inside if m.kind in ("outlet", "aggregator")] or inside
    return named[0] if named else None


def _heads(subject: Token, mention: Mention) -> bool:
    """Tell whether a mention holds the subject's head, or a name coordinated with it, beside it, or behind "of" or "at"."""
    if mention.start <= subject.idx < mention.end:
        return True
    inner = [token for token in subject.subtree if mention.start <= token.idx < mention.end]
    root = next((token for token in inner if token.head not in inner), None)
    if root is None:
        return False
    if root.dep_ == "pobj":
        return root.head.head == subject and root.head.lower_ in _BELONGS
    return root.dep_ in ("appos", "conj") and root.head == subject


def _subject(token: Token) -> Token | None:
    """Find the subject of a verb, through coordination, participles, control and relative clauses."""
    for _ in range(4):
        own = next((child for child in token.children if child.dep_ in _SUBJECTS), None)
        if own is not None and own.tag_ in ("WDT", "WP"):
            return token.head if token.dep_ == "relcl" else None
        if own is not None:
            if own.dep_ == "nsubjpass":
                return next((obj for agent in token.children if agent.dep_ == "agent" for obj in agent.children), None)
            return own
        if token.dep_ in ("conj", "advcl", "xcomp", "ccomp", "parataxis", "pcomp", "prep"):
            token = token.head
        elif token.dep_ == "acl":
            return token.head if token.tag_ == "VBG" else None
        else:
            return None
    return None


def _verb_contents(doc: Doc, text: str, cue: _Cue, taken: Sequence[int]) -> Iterator[Content]:
    """Yield what stands before an inverted cue and what follows it."""
    token, source = cue.token, cue.source
    where = (source.start, source.end)
    words = (token.idx, token.idx + cue.length)
    first, last = min(where[0], words[0]), max(where[1], words[1])
    subject = _subject(token)
    if subject is not None and token.i < subject.i and token.idx < source.start:
        last = max(last, subject.right_edge.idx + len(subject.right_edge))
    confidence = 0.9 if source.kind != "anaphor" else 0.8
    quotes = quotations(text)
    before = [q for q in quotes if q.end <= first]
    if before and not text[before[-1].end : first].strip(_EDGE) and text[before[-1].end - 2] in ",?!.…—":
        yield Content(before[-1].start, before[-1].end, where, words, "verb", 0.95)
    passive = next((child for child in token.children if child.dep_ == "nsubjpass"), None)
    if passive is not None and source.start > token.idx:
        left, right = passive.left_edge.idx, passive.right_edge.idx + len(passive.right_edge)
        yield Content(left, right, where, words, "verb", confidence)
    end = _right_end(doc, text, token, taken)
    end = next((q.end for q in quotes if last <= q.start < end < q.end), end)
    start = last
    while start < end and text[start] in _EDGE:
        start += 1
    start = _skip_openers(text, start, end)
    if end - start > _SHORTEST and not _circumstance(doc, text, cue, start, end):
        yield Content(start, end, where, words, "verb", confidence)


def _circumstance(doc: Doc, text: str, cue: _Cue, start: int, end: int) -> bool:
    """Tell whether what follows a verb of speech is when, where or to whom: "said on Friday", "told her last month"."""
    if cues.kinds().get(text[cue.token.idx : cue.token.idx + cue.length].lower()) != "speech":
        return False
    told = [token for token in doc if start <= token.idx < end]
    if not told or any(token.dep_ in _SUBJECTS for token in told) or quotations(text[start:end]):
        return False
    first = told[1] if told[0].tag_ == "PRP" and len(told) > 1 else told[0]
    placed = first.tag_ == "IN" and first.lower_ not in _ABOUT
    timed = any(token.dep_ == "npadvmod" for token in (first, first.head))
    return placed or timed


def _skip_openers(text: str, start: int, end: int) -> int:
    """Move past "that" and the like."""
    match = re.compile(r"(?:that|as|how)\s+", re.IGNORECASE).match(text, start, end)
    return match.end() if match else start


def _right_end(doc: Doc, text: str, token: Token, taken: Sequence[int]) -> int:
    """Find where the clause of a cue ends: before the next cue with a subject of its own, or a contrast."""
    limit = max(child.i for child in token.subtree) + 1
    for other in taken:
        if other > token.i and other < limit:
            subject = _subject(doc[other])
            if subject is not None and subject.i > token.i:
                limit = min(limit, subject.left_edge.i)
    for child in token.children:
        contrast = child.dep_ in ("advcl", "conj") and child.i > token.i
        if contrast and any(grand.dep_ in _SUBJECTS for grand in child.children):
            mark = min([child.left_edge.i, *[g.i for g in child.children if g.dep_ == "mark"]])
            if mark > token.i and doc[mark].lower_ in ("while", "whereas", "although", "though", "but"):
                limit = min(limit, mark)
    end = doc[limit - 1].idx + len(doc[limit - 1])
    return len(text[:end].rstrip(_EDGE + ".")) if text[end - 1 : end] in ".,;" else end


def _prepositional(text: str, mentions: Sequence[Mention]) -> Iterator[Content]:
    """Read "According to Variety, …" and "For The Guardian's critic, …"."""
    phrases = "|".join(re.escape(phrase) for phrase in resources.rules("cues")["prepositions"])
    for match in re.finditer(rf"\b(?:{phrases})\s+(?:the\s+)?", text, re.IGNORECASE):
        source = next((m for m in mentions if match.end() - 4 <= m.start <= match.end() + 25), None)
        if source is None:
            continue
        where, words = (source.start, source.end), (match.start(), match.end() - 1)
        comma = text.find(",", source.end)
        named_later = next((m for m in mentions if m.start > source.end and m.start - source.end < 4), None)
        opens = not text[: match.start()].strip(_EDGE + "“\"‘'")
        if opens and comma >= 0 and comma - source.end < 60 and named_later is None:
            start = comma + 1
            start += len(text[start:]) - len(text[start:].lstrip())
            yield Content(start, len(text.rstrip(" .")), where, words, "according_to", 0.9)
        elif not opens and match.group().lower().startswith(("according", "per", "in the")):
            yield Content(0, len(text[: match.start()].rstrip(_EDGE)), where, words, "according_to", 0.85)


def _nominal(text: str, mentions: Sequence[Mention]) -> Iterator[Content]:
    """Read "Variety's review was glowing" and "praise from Empire"."""
    nouns = set(resources.rules("cues")["nouns"])
    for mention in mentions:
        if mention.kind not in ("outlet", "aggregator", "person"):
            continue
        after = re.compile(r"[’']s?\s+(?:[\w-]+\s+){0,3}?([\w-]+)\b").match(text, mention.end)
        if after and after.group(1).lower() in nouns:
            words = (after.start(1), after.end(1))
            end = len(text.rstrip(" ."))
            yield Content(min(after.end() + 1, end), end, (mention.start, mention.end), words, "possessive", 0.75)
