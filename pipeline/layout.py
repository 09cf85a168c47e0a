"""Attribute by layout: outlet headings, lead-ins, bylines after quotes, trailing parentheses, star lines.

What a line's structure says needs no grammar; these rules come first and the reading of prose fills the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.quotes import quotations
from pipeline.ratings import find_ratings
from pipeline.schema import Content, Mention, Sentence

_FILLER = re.compile(
    r"[\s,.:;()\[\]|/–—*_#•‣▪>“”\"-]|\b(?:of|for|in|from|at|the|by|and|via|writing|critic|stars?|out|review|rating|grade|score|verdict)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*+•‣▪◦●→»]\s+|\d{1,2}[.)]\s+|#{1,6}\s+)?[*_]{0,2}")
_LEAD_END = re.compile(r"[*_”\"]{0,2}\s*(?:(?:says?|writes?|wrote|said)\s*)?(:|[–—|]|\s-\s)[*_]{0,2}\s*")
_PAREN_END = re.compile(r"\s*\)\s*[.!]?\s*$")
_SAYS_COLON = re.compile(
    r"(?:says?|said|writes?|wrote|verdict|review|take|opinion|thoughts|had this to say|weighs? in|put it|on \w[\w ]{0,40})\s*:\s*$",
    re.IGNORECASE,
)
NAME_LIMIT = 90
"""Longest byline or lead-in, in characters."""


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

    Args:
        text: Raw text.
        sentences: The text's sentences.
        mentions: Its mentions, in order.

    Returns:
        Contents without overlap, in order; at most one for each line of the layout.
    """
    lines = list(_lines(sentences, mentions))
    found: list[Content] = []
    holder: tuple[Mention, str] | None = None
    waiting: list[_Line] = []
    for index, line in enumerate(lines):
        byline = _byline(text, line)
        if byline and _closes_block(text, line, waiting):
            start = waiting[0].start
            found = [content for content in found if content.end <= start]
            found.extend(_block(waiting, byline, "dash"))
            waiting, holder = [], None
            continue
        if byline or line.kind == "heading":
            holder = (byline, "heading") if byline else _colon_holder(text, line)
            waiting = []
            continue
        lead = _lead_in(text, line)
        if lead:
            found.append(lead)
            waiting = []
            opens = lead.end - lead.start <= 1
            holder = None if not opens else holder
            continue
        opener = _colon_holder(text, line)
        if opener and index + 1 < len(lines):
            holder, waiting = opener, []
            continue
        tail = _tail(text, line)
        if tail:
            found.append(tail)
            waiting = []
            continue
        waiting = [*waiting, line] if _quote_goes_on(text, waiting) or line.kind != "list" else [line]
        waiting = waiting if _is_quote_block(text, waiting) else ([line] if _is_quote_block(text, [line]) else [])
        if holder and (holder[1] != "colon" or _near(found, line, lines, index)):
            found.append(Content(line.start, line.end, (holder[0].start, holder[0].end), None, holder[1], 0.85))
            if holder[1] == "colon":
                holder = None
    return tuple(found)


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
    residue = _FILLER.sub("", "".join(rest))
    if len(residue) > 3:
        return None
    outlets = [m for m in names if m.kind != "person"]
    dashed = re.match(r"\s*[—–-]", text[line.start : line.end]) is not None
    if not outlets and not dashed:
        return None
    return outlets[0] if outlets else names[0]


def _closes_block(text: str, line: _Line, waiting: Sequence[_Line]) -> bool:
    """Tell whether a byline belongs to the quotation above it."""
    if not waiting:
        return False
    dashed = re.match(r"\s*[—–-]", text[line.start : line.end]) is not None
    return dashed or (line.kind != "heading" and _is_quote_block(text, waiting))


def _is_quote_block(text: str, lines: Sequence[_Line]) -> bool:
    """Tell whether lines begin with a quotation mark, each of them."""
    return bool(lines) and all(
        text[line.start : line.start + 3].lstrip(" *-•>")[:1] in tuple("\"“‘'") for line in lines
    )


def _quote_goes_on(text: str, lines: Sequence[_Line]) -> bool:
    """Tell whether the last line left a quotation open."""
    return bool(lines) and lines[-1].end > lines[-1].start and text[lines[-1].end - 1] not in "\"”’'"


def _block(lines: Sequence[_Line], source: Mention, rule: str) -> Iterator[Content]:
    """Attribute whole lines to one source."""
    for line in lines:
        yield Content(line.start, line.end, (source.start, source.end), None, rule, 0.95)


def _lead_in(text: str, line: _Line) -> Content | None:
    """Read "Outlet: …", "Name, Outlet (4/5) – …" and bold lead-ins at the start of a line."""
    names = _names(line)
    if not names:
        return None
    bullet = _BULLET.match(text, line.start, line.end)
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
    end = _LEAD_END.match(text, head_end, line.end)
    lead = text[begin : names[0].start]
    if not end or end.end() >= line.end or _FILLER.sub("", lead) or text[end.end() : end.end() + 1].islower():
        return None
    outlets = [name for name in names if name.kind in ("outlet", "aggregator", "handle") and name.end <= end.end()]
    persons = [name for name in names if name.kind == "person" and name.end <= end.end()]
    if not outlets and not persons:
        return None
    source = (outlets or persons)[0]
    rule = "list" if line.kind == "list" else ("colon" if ":" in end.group(1) else "dash")
    return Content(end.end(), line.end, (source.start, source.end), None, rule, 0.95)


def _skip(text: str, position: int, end: int) -> int:
    """Move over a closing bracket."""
    match = re.compile(r"[\s)\]*_]{0,3}(?=[:–—|-])|\)").match(text, position, end)
    return match.end() if match and match.group().strip() else position


def _colon_holder(text: str, line: _Line) -> tuple[Mention, str] | None:
    """Return the source of a line such as "Variety's Ana Ruiz says:" whose words follow on the next lines."""
    names = _names(line)
    stretch = text[line.start : line.end]
    if not names or line.end - line.start > NAME_LIMIT:
        return None
    outlets = [name for name in names if name.kind != "person"]
    source = (outlets or names)[0]
    if line.kind == "heading":
        starts = source.start - line.start <= 4 or bool(re.match(r"(?:what|how|why)\b", stretch, re.IGNORECASE))
        short = len(stretch) - (source.end - source.start) <= 30
        return (source, "heading") if starts and short and outlets else None
    return (source, "colon") if _SAYS_COLON.search(stretch) else None


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
    bracketed = "(" in before and bool(_PAREN_END.match(after))
    dashed = bool(re.search(r"[—–-]\s*$", before)) and not after.strip(" .)")
    if not (bracketed or dashed):
        return None
    source = outlets[-1] if outlets and outlets[-1].start >= begin else last
    rule = "parenthesis" if bracketed else "dash"
    start, end = line.start + quotes[0].start, line.start + quotes[-1].end
    return Content(start, end, (source.start, source.end), None, rule, 0.95)


def _near(found: Sequence[Content], line: _Line, lines: Sequence[_Line], index: int) -> bool:
    """Tell whether a line stands right below the line that announced it."""
    return index > 0 and (not found or found[-1].end <= lines[index - 1].end) and line.kind in ("body", "list")
