"""Attribute by layout: outlet headings, lead-ins, bylines after quotes, trailing parentheses, star lines.

What a line's structure says needs no grammar; these rules come first and the reading of prose fills the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline import resources
from pipeline.quotes import quotations
from pipeline.ratings import find_ratings
from pipeline.schema import Content, Mention, Sentence
from pipeline.spans import overlapping

_QUOTE_OPENERS = ('"', "“", "‘", "'")
NAME_LIMIT = 90
"""Longest byline or lead-in, in characters."""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Compile a pattern of the rules."""
    return re.compile(resources.rules("layout")[name], re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """The sentences of one line, its span and the mentions in it."""

    start: int
    end: int
    kind: str
    section: str
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...]


def read_layout(text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> tuple[Content, ...]:
    """Find contents whose source is given by the layout.

    Lines between blank lines make a block. A byline that opens a block holds what follows it there, one that closes a
    block holds what precedes it; one that stands alone holds the blocks below, or the quotation above when it begins
    with a dash.

    Args:
        text: Raw text.
        sentences: The text's sentences.
        mentions: Its mentions, in order.

    Returns:
        Contents without overlap, in order; at most one for each line of the layout.
    """
    reading = _Layout(text)
    for block in _blocks(text, list(_lines(sentences, mentions))):
        reading.read(block)
    return tuple(sorted(reading.found, key=lambda content: content.start))


class _Layout:
    """Reads blocks in order; remembers the source that holds the blocks below, and the lines that wait for theirs."""

    def __init__(self, text: str) -> None:
        self.found: list[Content] = []
        self._text = text
        self._holder: tuple[Mention, str] | None = None
        self._waiting: list[_Line] = []

    def read(self, block: Sequence[_Line]) -> None:
        """Read one block."""
        bylines = [_byline(self._text, line) for line in block]
        marks = [bool(found) or _is_rating(self._text, line) for found, line in zip(bylines, block, strict=True)]
        if not any(bylines):
            self._plain(block)
        elif all(marks):
            self._names_alone(block, bylines)
        elif bylines[0] or (marks[0] and len(bylines) > 1 and bylines[1]):
            self._names_first(block, bylines)
        else:
            self._names_last(block, bylines)

    def _hold(self, line: _Line, source: Mention, rule: str, confidence: float = 0.95) -> None:
        """Attribute a whole line."""
        self.found.append(Content(line.start, line.end, (source.start, source.end), None, rule, confidence))

    def _rate(self, line: _Line, source: Mention) -> None:
        """Attribute the ratings of a line that also names their source."""
        for rating in find_ratings(self._text[line.start : line.end]):
            start, end = line.start + rating.start, line.start + rating.end
            if end <= source.start or source.end <= start:
                self.found.append(Content(start, end, (source.start, source.end), None, "heading", 0.95))

    def _names_alone(self, block: Sequence[_Line], bylines: Sequence[Mention | None]) -> None:
        """Read a block of names and ratings only: each rating goes to the name above it, to the next where none is or it leads."""
        named = [found for found in bylines if found]
        if _dashed(self._text, block[0]) or (self._waiting and not self._holder and _quoted(self._text, self._waiting)):
            for line in self._waiting:
                self._hold(line, named[0], "dash")
            self._waiting, self._holder = [], None
        else:
            self._waiting, self._holder = [], (named[-1], "heading")
        source = named[0]
        ahead = bylines[1:] if not bylines[0] else ()
        for index, (line, found) in enumerate(zip(block, bylines, strict=True)):
            source = found or next((name for name in ahead[index:] if name), source)
            if found:
                self._rate(line, found)
            else:
                self._hold(line, source, "heading")

    def _names_first(self, block: Sequence[_Line], bylines: Sequence[Mention | None]) -> None:
        """Read a block whose names stand above what they say."""
        source: Mention | None = None
        for index, (line, found) in enumerate(zip(block, bylines, strict=True)):
            following = bylines[index + 1] if index + 1 < len(block) else None
            if found:
                source = found
                self._rate(line, found)
            elif following and _is_rating(self._text, line):
                self._hold(line, following, "heading")
            elif source and line.kind == "heading" and not _is_rating(self._text, line):
                source = source if _divides(self._text, line) else None
            elif source and not self._led(line):
                self._hold(line, source, "heading")
        self._waiting, self._holder = [], None

    def _names_last(self, block: Sequence[_Line], bylines: Sequence[Mention | None]) -> None:
        """Read a block whose names stand below what they say."""
        above: list[_Line] = []
        for line, found in zip(block, bylines, strict=True):
            if found:
                for other in above:
                    self._hold(other, found, "dash")
                self._rate(line, found)
                above = []
            elif line.kind == "heading" and not _is_rating(self._text, line):
                above = []
            elif not self._led(line):
                above.append(line)
        self._waiting, self._holder = above, None

    def _plain(self, block: Sequence[_Line]) -> None:
        """Read a block without bylines: headings, lead-ins, quotations with a name behind them, and plain lines."""
        if not (_quoted(self._text, self._waiting) and _goes_on(self._text, self._waiting)):
            self._waiting = []
        for line in block:
            opener = _announced(self._text, line)
            if self._holder and not opener and _divides(self._text, line):
                continue
            if line.kind == "heading" and not _is_rating(self._text, line):
                self._holder, self._waiting = opener, []
                if opener:
                    self._rate(line, opener[0])
            elif self._led(line):
                self._waiting = []
            elif opener:
                self._holder, self._waiting = opener, []
            elif self._holder:
                self._hold(line, *self._holder, 0.85)
                self._holder = None if self._holder[1] == "colon" else self._holder
            else:
                self._waiting.append(line)

    def _led(self, line: _Line) -> bool:
        """Attribute a line that names its own source at its beginning or end; tell whether it does."""
        parts = list(_parts(self._text, line))
        found = [_lead_in(self._text, part) or (_tail(self._text, part) if len(parts) == 1 else None) for part in parts]
        self.found.extend(content for content in found if content)
        return any(found)


def _parts(text: str, line: _Line) -> Iterator[_Line]:
    """Divide a line before each sentence that names its own speaker: "Ann (Heat): “Slow.” Bo (Mojo): “Loud.”"."""
    begun = 0
    for index, sentence in enumerate((*line.sentences[1:], None), start=1):
        if sentence is not None:
            rest = _sub_line(line, index, index + 1)
            lead = _lead_in(text, rest)
            colon = lead is not None and ":" in text[rest.start : lead.start]
            if lead is None or not colon or text[lead.start] not in _QUOTE_OPENERS:
                continue
        yield _sub_line(line, begun, index)
        begun = index


def _sub_line(line: _Line, first: int, last: int) -> _Line:
    """Return some sentences of a line as a line."""
    sentences = line.sentences[first:last]
    start, end = sentences[0].start, sentences[-1].end
    mentions = tuple(overlapping(line.mentions, start, end))
    return _Line(start, end, line.kind, line.section, sentences, mentions)


def _blocks(text: str, lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Group lines between blank lines."""
    block: list[_Line] = []
    for line in lines:
        if block and text[block[-1].end : line.start].count("\n") > 1:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _lines(sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> Iterator[_Line]:
    """Group sentences by line, boilerplate and captions left out."""
    groups: dict[int, list[Sentence]] = {}
    for sentence in sentences:
        if sentence.kind not in ("boilerplate", "caption"):
            groups.setdefault(sentence.paragraph, []).append(sentence)
    position = 0
    for group in groups.values():
        start, end = group[0].start, group[-1].end
        while position < len(mentions) and mentions[position].end <= start:
            position += 1
        last = position
        while last < len(mentions) and mentions[last].start < end:
            last += 1
        yield _Line(start, end, group[0].kind, group[0].section, tuple(group), tuple(mentions[position:last]))


def _divides(text: str, line: _Line) -> bool:
    """Tell whether a line only divides what one source says, such as "Pros"."""
    return line.end - line.start <= NAME_LIMIT and bool(_pattern("same_source").fullmatch(text, line.start, line.end))


def _names(line: _Line) -> list[Mention]:
    """Return the outlets and persons of a line."""
    return [m for m in line.mentions if m.kind in ("outlet", "aggregator", "person", "handle")]


def _byline(text: str, line: _Line) -> Mention | None:
    """Return whom a line names when it says nothing but names and a rating."""
    names = _names(line)
    if not names or line.end - line.start > NAME_LIMIT:
        return None
    rest = list(text[line.start : line.end])
    stated = find_ratings(text[line.start : line.end])
    spans = [(m.start - line.start, m.end - line.start) for m in names] + [(r.start, r.end) for r in stated]
    for left, right in spans:
        rest[left:right] = " " * (right - left)
    residue = _pattern("filler").sub("", _pattern("bracketed").sub("", "".join(rest)))
    if len(residue) > 3:
        return None
    outlets = [m for m in names if m.kind != "person"]
    if not outlets and not _dashed(text, line):
        return None
    return outlets[0] if outlets else names[0]


def _is_rating(text: str, line: _Line) -> bool:
    """Tell whether a line holds nothing but a rating."""
    stated = find_ratings(text[line.start : line.end])
    if not stated or line.mentions:
        return False
    rest = text[line.start : line.end]
    for rating in reversed(stated):
        rest = rest[: rating.start] + rest[rating.end :]
    return len(_pattern("filler").sub("", rest)) <= 3


def _dashed(text: str, line: _Line) -> bool:
    """Tell whether a line begins with a dash."""
    return text[line.start : line.start + 1] in ("—", "–", "-", "―")


def _quoted(text: str, lines: Sequence[_Line]) -> bool:
    """Tell whether lines begin with a quotation mark, each of them."""
    return bool(lines) and all(
        text[line.start : line.start + 3].lstrip(" *-•>")[:1] in _QUOTE_OPENERS for line in lines
    )


def _goes_on(text: str, lines: Sequence[_Line]) -> bool:
    """Tell whether the last line leaves a quotation open."""
    return bool(lines) and text[lines[-1].end - 1] not in "\"”’'"


def _lead_in(text: str, line: _Line) -> Content | None:
    """Read "Outlet: …", "Name, Outlet (4/5) – …" and bold lead-ins at the start of a line."""
    names = _names(line)
    if not names:
        return None
    bullet = _pattern("bullet").match(text, line.start, line.end)
    begin = bullet.end() if bullet else line.start
    if names[0].start - begin > 30 or names[0].start - line.start > 40:
        return None
    head_end = names[0].end
    for name in names[1:]:
        if name.start - head_end <= 12 and "." not in text[head_end : name.start]:
            head_end = name.end
    for rating in find_ratings(text[head_end : min(head_end + 40, line.end)]):
        if rating.start <= 6:
            head_end += rating.end
            break
    head_end = _skip(text, head_end, line.end)
    end = _pattern("lead_end").match(text, head_end, line.end)
    lead = text[begin : names[0].start]
    if (
        not end
        or end.end() >= line.end
        or _pattern("filler").sub("", lead)
        or text[end.end() : end.end() + 1].islower()
    ):
        return None
    outlets = [name for name in names if name.kind in ("outlet", "aggregator", "handle") and name.end <= end.end()]
    persons = [name for name in names if name.kind == "person" and name.end <= end.end()]
    if not outlets and not persons:
        return None
    source = (outlets or persons)[0]
    rule = "list" if line.kind == "list" else ("colon" if ":" in end.group(1) else "dash")
    quotes = quotations(text[end.end() : line.end]) if text[end.end()] in _QUOTE_OPENERS else []
    closes = end.end() + quotes[-1].end if quotes else line.end
    return Content(end.end(), closes, (source.start, source.end), None, rule, 0.95)


def _skip(text: str, position: int, end: int) -> int:
    """Move over a closing bracket."""
    match = _pattern("closing").match(text, position, end)
    return match.end() if match and match.group().strip() else position


def _announced(text: str, line: _Line) -> tuple[Mention, str] | None:
    """Return the source of a line such as "Variety's Ana Ruiz says:" whose words follow on the next lines."""
    names = _names(line)
    stretch = text[line.start : line.end]
    if not names or line.end - line.start > NAME_LIMIT:
        return None
    outlets = [name for name in names if name.kind != "person"]
    source = (outlets or names)[0]
    if _pattern("says_colon").search(stretch):
        return source, "colon"
    if line.kind == "heading":
        starts = source.start - line.start <= 4 or bool(_pattern("asks").match(stretch))
        short = len(stretch) - (source.end - source.start) <= 30
        return (source, "heading") if starts and short and outlets else None
    return None


def _tail(text: str, line: _Line) -> Content | None:
    """Read a name at the end of a quoted line: "…” — Name, Outlet" or "…” (Outlet)"."""
    names = _names(line)
    if not names:
        return None
    outlets = [name for name in names if name.kind in ("outlet", "handle", "aggregator")]
    last = names[-1]
    first = next((n for n in reversed(names[:-1]) if last.start - n.end <= 12), None)
    begin = first.start if first else last.start
    before = text[max(line.start, begin - 4) : begin]
    after = text[last.end : line.end]
    quotes = [q for q in quotations(text[line.start : line.end]) if line.start + q.end <= begin]
    if not quotes or begin - (line.start + quotes[-1].end) > 4:
        return None
    bracketed = "(" in before and bool(_pattern("bracket_end").match(after))
    dashed = bool(_pattern("dash_end").search(before)) and not after.strip(" .)")
    if not (bracketed or dashed):
        return None
    source = outlets[-1] if outlets and outlets[-1].start >= begin else last
    rule = "parenthesis" if bracketed else "dash"
    start, end = line.start + quotes[0].start, line.start + quotes[-1].end
    return Content(start, end, (source.start, source.end), None, rule, 0.95)
