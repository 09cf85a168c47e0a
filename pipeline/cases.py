"""Short texts by phenomenon with what is said in them and by whom: read them and score the attributions read from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.evaluate import plain_name
from pipeline.resources import read_jsonl
from pipeline.schema import Analysis, Attribution, Span
from pipeline.spans import trimmed

_LEAST = 0.5
_EDGE = " \t\n.,;:!?“”\"'‘’—–-"


@dataclass(frozen=True, slots=True)
class CaseContent:
    """An annotated content: its span, its source's name and type, the speaker behind an outlet, the kind of speech."""

    start: int
    end: int
    source: str
    source_type: str
    speaker: str
    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """A short text; those of one `pair` differ in little and are read right together or not at all."""

    id: str
    phenomenon: str
    pair: str
    text: str
    contents: tuple[CaseContent, ...]
    not_contents: tuple[Span, ...]


def read_cases(path: Path) -> list[Case]:
    """Read a JSON Lines file of cases; the format is described in corpus/README.md.

    Raises:
        DataError: A row lacks something, or an anchor does not occur in its text; the message names the row.
    """
    cases = []
    for number, row in enumerate(read_jsonl(path), start=1):
        try:
            cases.append(_case(row))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: row {number} is no case: {error!r}", hint="see corpus/README.md") from error
    return cases


def _case(row: Mapping[str, Any]) -> Case:
    """Check one row."""
    text = row["text"]
    contents = tuple(
        CaseContent(
            *_locate(text, item["anchor"]), str(item["source"]), str(item["source_type"]), str(item.get("speaker") or ""),
            str(item["kind"]),
        )
        for item in row["contents"]
    )  # fmt: skip
    spans = tuple(_locate(text, anchor) for anchor in row.get("not_contents", ()))
    return Case(str(row["id"]), str(row["phenomenon"]), str(row.get("pair") or ""), text, contents, spans)


def _locate(text: str, anchor: str) -> Span:
    """Find an anchor, which must occur once, without the marks at its ends."""
    if not anchor or text.count(anchor) != 1:
        raise ValueError(f"{anchor!r} occurs {text.count(anchor)} times")
    start = text.index(anchor)
    return trimmed(text, start, start + len(anchor), _EDGE)


@dataclass(slots=True)
class CaseScore:
    """Counts over cases, and the figures made from them."""

    cases: int = 0
    contents: int = 0
    predicted: int = 0
    found: int = 0
    source: int = 0
    speaker: int = 0
    speakers: int = 0
    kind: int = 0
    outside: int = 0
    alarms: int = 0

    def figures(self) -> dict[str, float]:
        """Return shares in [0, 1] by the name that reports use."""
        found, both = max(1, self.found), max(1, self.contents + self.predicted)
        return {
            "cases": self.cases, "contents": self.contents, "found_recall": self.found / max(1, self.contents),
            "found_f1": 2 * self.found / both, "source_accuracy": self.source / found,
            "source_recall": self.source / max(1, self.contents), "speaker_accuracy": self.speaker / max(1, self.speakers),
            "kind_accuracy": self.kind / found, "false_alarms": self.alarms / max(1, self.outside),
        }  # fmt: skip


def score_cases(pairs: Iterable[tuple[Case, Analysis]], names: Mapping[str, str]) -> CaseScore:
    """Score the attributions read from cases.

    A content is found when an attribution shares at least half of the characters that the two cover together, one to one.

    Args:
        pairs: Cases and what was read from their texts.
        names: Names that count as others, from `evaluate.folded`.
    """
    score = CaseScore()
    for case, analysis in pairs:
        score.cases += 1
        _score_case(score, case, analysis.attributions, names)
    return score


def right(case: Case, analysis: Analysis, names: Mapping[str, str]) -> bool:
    """Tell whether every content of a case is found and has its source, and nobody is given what is annotated as nobody's."""
    score = score_cases([(case, analysis)], names)
    return score.source == score.contents and not score.alarms


def _score_case(score: CaseScore, case: Case, read: Sequence[Attribution], names: Mapping[str, str]) -> None:
    """Add one case to the counts; the author's own words, where annotated, are right when nobody else is given them."""
    said = [c for c in case.contents if c.source_type != "author"]
    own = [(c.start, c.end) for c in case.contents if c.source_type == "author"]
    ranked = [(_same(c, a, names), _overlap(c, a), i, j) for i, c in enumerate(said) for j, a in enumerate(read)]
    pairs: dict[int, int] = {}
    for _, overlap, i, j in sorted(ranked, reverse=True):
        if overlap >= _LEAST and i not in pairs and j not in pairs.values():
            pairs[i] = j
    score.contents += len(said)
    score.predicted += len(read)
    score.found += len(pairs)
    for i, j in pairs.items():
        score.source += _same(said[i], read[j], names)
        score.kind += read[j].kind == said[i].kind
        score.speakers += bool(said[i].speaker)
        score.speaker += bool(said[i].speaker) and plain_name(read[j].source.speaker) == plain_name(said[i].speaker)
    for start, end in (*case.not_contents, *own):
        score.outside += 1
        score.alarms += any(
            min(end, a.content.end) - max(start, a.content.start) >= _LEAST * (end - start) for a in read
        )


def _overlap(content: CaseContent, attribution: Attribution) -> float:
    """Return intersection over union of an annotated and a read content."""
    start, end = attribution.content.start, attribution.content.end
    shared = min(content.end, end) - max(content.start, start)
    return max(0, shared) / max(1, max(content.end, end) - min(content.start, start))


def _same(content: CaseContent, attribution: Attribution, names: Mapping[str, str]) -> bool:
    """Tell whether an attribution has the annotated source; groups of the audience count as one."""
    source = attribution.source
    if source.type == content.source_type == "audience":
        return True
    wanted, read = ({names.get(n, n) for n in map(plain_name, each)} for each in ([content.source], [source.name]))
    return bool(wanted & read)
