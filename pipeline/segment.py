"""Cut raw text into sentences, headings, list items, captions and boilerplate, with exact offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline import resources
from pipeline.schema import Sentence, SentenceKind

_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_WORD = re.compile(r"[^\W_]+(?:[’'.&-][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]»]*(?:\[\d{1,3}\])*$")
_MISSED = re.compile(
    r"[.!?…][\"”’')»]*(?:\[\d{1,3}\])+\s+(?=[\"“‘'(]?[A-Z])"  # a footnote mark behind the full stop
    r"|(?<=\w)(?<!\bNo)\s\d{1,4}\.\s+(?=[A-Z][a-z])"  # a number that ends a sentence
)
"""Sentence ends that the model misses."""
_LETTER = re.compile(r"[^\W\d_]")
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+")
_INITIAL = re.compile(r"(?:^|[\s.(“\"‘'])[A-Z]\.$")
_OPENING = "\"“‘'«(["
MAX_PIECE = 20_000
"""Longest stretch, in characters, handed to the sentence model at once."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A line, or several hard-wrapped lines taken together."""

    start: int
    end: int


_NOT_SENTENCES = ("tok2vec", "tagger", "parser")


class Segmenter:
    """Sentence segmentation by spaCy's `senter`, with line structure and quotation marks respected."""

    def __call__(self, text: str) -> tuple[Sentence, ...]:
        """Segment one text.

        Returns:
            Sentences in order; they do not overlap, carry no outer white space, and cover every other character.
        """
        blocks = list(_blocks(text))
        kinds = [_kind(text, blocks, index) for index in range(len(blocks))]
        bodies = [index for index, kind in enumerate(kinds) if kind in ("body", "list")]
        pieces = [(index, piece) for index in bodies for piece in _pieces(blocks[index])]
        cuts: dict[int, list[int]] = {index: [] for index in bodies}
        flat = (_flat(text[piece.start : piece.end]) for _, piece in pieces)
        with resources.reading() as nlp:
            docs = nlp.pipe(flat, batch_size=32, disable=_NOT_SENTENCES)
            for (index, piece), doc in zip(pieces, docs, strict=True):
                cuts[index].extend(piece.start + sentence.start_char for sentence in doc.sents)
        section = ""
        result: list[Sentence] = []
        for index, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
            if kind == "heading":
                section = _heading_text(text[block.start : block.end])
            noted = [match.end() for match in _MISSED.finditer(text, block.start, block.end)]
            starts = _keep(text, block, sorted({*cuts[index], *noted})) if index in cuts else []
            for start, end in _spans(text, block, starts):
                result.append(Sentence(start, end, kind, section, index))
        return tuple(result)


def words(text: str) -> int:
    """Count the words of a text."""
    return sum(1 for _ in _WORD.finditer(text))


def _flat(text: str) -> str:
    """Turn line breaks into spaces, length unchanged."""
    return text.replace("\r", " ").replace("\n", " ")


def _blocks(text: str) -> Iterator[_Block]:
    """Yield lines that are not blank, hard-wrapped lines joined."""
    group: list[_Block] = []
    for match in _LINE.finditer(text):
        line = match.group()
        if not line.strip():
            yield from _unwrap(text, group)
            group = []
            continue
        lead = len(line) - len(line.lstrip())
        block = _Block(match.start() + lead, match.start() + len(line.rstrip()))
        if group and text[group[-1].end : block.start].count("\n") > 1:
            yield from _unwrap(text, group)
            group = []
        group.append(block)
    yield from _unwrap(text, group)


def _unwrap(text: str, group: Sequence[_Block]) -> Iterator[_Block]:
    """Yield one block for hard-wrapped lines, else each line."""
    limits = resources.rules("segment")["wrapped"]
    lengths = [block.end - block.start for block in group[:-1]]
    wrapped = (
        len(group) >= limits["min_lines"]
        and all(limits["min_length"] <= length <= limits["max_length"] for length in lengths)
        and sum(bool(_SENTENCE_END.search(text[b.start : b.end])) for b in group[:-1]) * 2 < len(group)
    )
    if wrapped:
        yield _Block(group[0].start, group[-1].end)
    else:
        yield from group


def _pieces(block: _Block) -> Iterator[_Block]:
    """Split a huge block so that the model's memory stays bounded."""
    for start in range(block.start, block.end, MAX_PIECE):
        yield _Block(start, min(start + MAX_PIECE, block.end))


@cache
def _patterns(section: str) -> re.Pattern[str]:
    """Compile the patterns of one rule section into one."""
    return re.compile("|".join(f"(?:{p})" for p in resources.rules("segment")[section]["patterns"]), re.IGNORECASE)


def _kind(text: str, blocks: Sequence[_Block], index: int) -> SentenceKind:
    """Decide what sort of line a block is."""
    rules = resources.rules("segment")
    block = blocks[index]
    line = text[block.start : block.end]
    count = words(line[:600])
    if count <= rules["boilerplate"]["max_words"] and _patterns("boilerplate").search(line):
        return "boilerplate"
    if count <= rules["caption"]["max_words"] and _patterns("caption").search(line):
        return "caption"
    if _MARKDOWN_HEADING.match(line):
        return "heading"
    if _patterns("list").match(line):
        return "list"
    return "heading" if _is_heading(text, blocks, index, count) else "body"


def _is_heading(text: str, blocks: Sequence[_Block], index: int, count: int) -> bool:
    """Tell a heading: short, no closing punctuation, and something longer or another line below it."""
    rules = resources.rules("segment")["heading"]
    line = text[blocks[index].start : blocks[index].end]
    if not 0 < count <= rules["max_words"] or index + 1 == len(blocks):
        return False
    if line[-1] in "?!" and line[0] not in _OPENING:
        return count <= int(rules["final_mark_max_words"]) and not re.search(r"[.!?]\s", line[:-1])
    if line[-1] in rules["closing"]:
        quoted = line[-1] in "\"”’'" and line[0] not in _OPENING
        return quoted and not re.search(r"[.!?,…][\"”’']$", line) and ":" not in line
    return not line[0].islower()


def _heading_text(line: str) -> str:
    """Strip Markdown marks and a trailing colon from a heading."""
    return _MARKDOWN_HEADING.sub("", line).strip(" *_#").rstrip(":").strip()


def _keep(text: str, block: _Block, starts: Sequence[int]) -> list[int]:
    """Drop cuts inside an unfinished sentence, after an abbreviation, or before a lower-case continuation."""
    kept: list[int] = []
    for start in starts:
        if start > block.start and _is_cut(text, kept[-1] if kept else block.start, start):
            kept.append(start)
    return kept


def _is_cut(text: str, previous: int, start: int) -> bool:
    """Tell whether a sentence may begin at `start`, given where the one before it begins."""
    before = text[max(previous, start - 40) : start].rstrip()
    after = text[start : start + 40].lstrip(_OPENING + " ")
    if not before or not after:
        return bool(before) and text[start : start + 1] not in "\"”’'»)]"
    if after[0].islower() or text[start] in "”»)],;:.—–" or not _LETTER.search(before):
        return False
    return bool(_SENTENCE_END.search(before)) and not _is_abbreviation(before, after)


def _is_abbreviation(before: str, after: str) -> bool:
    """Tell whether the full stop that ends `before` belongs to an abbreviation or initial."""
    rules = resources.rules("segment")["abbreviations"]
    last = before.rsplit(maxsplit=1)[-1].lower().lstrip("\"“‘'(")
    if last not in rules["words"]:
        return bool(_INITIAL.search(before)) and last != "i."
    following = re.match(r"[\w’']+", after)
    if last == "no.":
        return bool(following and following.group()[0].isdigit())
    opener = following is not None and following.group().lower() in rules["sentence_openers"]
    return not (last in rules["may_end"] and opener)


def _spans(text: str, block: _Block, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stripped spans between cuts."""
    edges = [block.start, *starts, block.end]
    for start, end in zip(edges, edges[1:], strict=False):
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if right > left:
            yield left, right
