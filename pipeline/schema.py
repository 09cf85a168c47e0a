"""The plain values that travel between stages, and the columns of every table.

All offsets are 0-based, end-exclusive code points into `Article.text`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Span = tuple[int, int]
SourceType = Literal["outlet", "critic", "cast_crew", "audience", "aggregator", "author", "other"]
Polarity = Literal["positive", "negative", "mixed", "neutral"]
SentenceKind = Literal["heading", "body", "list", "caption", "boilerplate"]
MentionKind = Literal["outlet", "aggregator", "person", "group", "anaphor", "handle", "description"]
SpeechKind = Literal["direct", "indirect", "mixed"]

NON_VOTING: frozenset[str] = frozenset({"cast_crew", "aggregator", "author"})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """Return a text with U+FFFD for every lone surrogate, which is no character and cannot be encoded; the length stays."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def encodable(value: Any) -> Any:
    """Spell out what UTF-8 cannot hold in a name, such as the undecodable bytes of a file's name; other values stay."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Article:
    """One text to read; `extra` holds columns of the input table that pass through."""

    id: str
    text: str
    title: str = ""
    publisher: str = ""
    work: str = ""
    path: str = ""
    extracted: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave no lone surrogate in the text, nor in the id, by which the rows of tables find each other."""
        object.__setattr__(self, "text", whole(self.text))
        object.__setattr__(self, "id", encodable(self.id))


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be read or analysed, the stage it failed in, and what to do."""

    input: str
    stage: str
    error: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, heading, list item or caption; `paragraph` counts the lines or unwrapped blocks of the text."""

    start: int
    end: int
    kind: SentenceKind = "body"
    section: str = ""
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that can be a source: an outlet's name, a person, a group, or a word that refers back to one."""

    start: int
    end: int
    kind: MentionKind
    name: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Who holds an opinion: the name shown, its type, and the outlet and speaker behind it (empty when there is none)."""

    name: str
    type: SourceType
    outlet: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """An attributed stretch of text before its source is resolved.

    `source` and `cue` are the offsets of the words that name the speaker and introduce the speech, None where the text
    has none; `rule` names what decided; `confidence` is in [0, 1].
    """

    start: int
    end: int
    source: tuple[int, int] | None
    cue: tuple[int, int] | None
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """A content with its resolved source."""

    content: Content
    source: Source
    kind: SpeechKind
    confidence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause that may be an opinion.

    `attribution` is None for the article's own voice; `rating` is a stated rating in [0, 1]; `probability` is that of
    being an opinion.
    """

    start: int
    end: int
    attribution: Attribution | None
    quoted: bool
    probability: float
    rating: float | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Polarity of a span: label, score in [-1, 1], calibrated confidence in [0, 1], VADER's compound in [-1, 1]."""

    label: Polarity
    score: float
    confidence: float
    vader: float


@dataclass(frozen=True, slots=True)
class Aspect:
    """A taxonomy label with its probability."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """One source evaluating one thing in one clause.

    Attributes:
        probability: That it is an opinion at all.
        confidence: That all of the row is right.
        number: Its place among the article's opinions, from 1; 0 where it has none yet.
    """

    start: int
    end: int
    section: str
    sentence: int
    source: Source
    cue: str
    rule: str
    attribution_confidence: float
    quoted: bool
    aspects: tuple[Aspect, ...]
    sentiment: Sentiment
    rating: float | None = None
    probability: float = 1.0
    confidence: float = 0.0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything read from one article.

    `subjectivity` and `vader` run parallel to `sentences`; `dropped` counts unsure opinions; `skipped` is the language, not
    English, because of which the article was not read.
    """

    article: Article
    sentences: tuple[Sentence, ...]
    subjectivity: tuple[float, ...]
    vader: tuple[float, ...]
    attributions: tuple[Attribution, ...]
    opinions: tuple[Opinion, ...]
    dropped: int = 0
    skipped: str = ""


COLUMNS: dict[str, tuple[str, ...]] = {
    "opinions": (
        "article_id", "opinion_id", "sentence_id", "start", "end", "text", "section", "source", "source_type", "outlet",
        "speaker", "cue", "attribution", "attribution_confidence", "quoted", "aspect", "aspect_confidence", "sentiment",
        "score", "confidence", "vader", "rating",
    ),
    "attributions": (
        "article_id", "attribution_id", "start", "end", "text", "kind", "source", "source_type", "outlet", "speaker",
        "source_start", "source_end", "cue", "cue_start", "cue_end", "attribution", "attribution_confidence",
    ),
    "sentences": (
        "article_id", "sentence_id", "start", "end", "text", "section", "kind", "subjectivity", "vader",
    ),
    "articles": (
        "article_id", "path", "title", "publisher", "work", "n_chars", "n_words", "n_sentences", "n_opinions", "status",
        "sha256", "text",
    ),
    "summary": ("source", "source_type", "aspect", "n", "positive", "mixed", "negative", "mean_score"),
    "consensus": (
        "work", "aspect", "n_sources", "positive", "mixed", "negative", "positive_share", "wilson_low", "wilson_high",
        "consensus_score", "divisiveness",
    ),
    "errors": ("input", "stage", "error", "hint"),
}  # fmt: skip
"""Table name to its columns, in order; `articles` ends with the columns passed through from an input table."""

REPORT_COLUMNS: dict[str, tuple[str, ...]] = {
    "matrix": ("work", "source", "source_type", "votes", "all", "all_score"),
    "quotes": (
        "work", "aspect", "sentiment", "rank", "source", "speaker", "words", "quoted", "text", "score", "confidence",
        "article_id", "opinion_id", "start", "end", "also_in",
    ),
    "lean": (
        "source", "source_type", "aspect", "n_works", "mean_score", "others_score", "gap", "gap_low", "gap_high",
    ),
    "audit": (
        "article_id", "work", "publisher", "n_author", "author_score", "n_sources", "critics_score", "tone_gap",
        "positive_share", "n_others", "others_positive_share", "share_gap", "n_ratings", "rating_gap", "n_conflicts",
        "conflicts",
    ),
}  # fmt: skip
"""The tables of a report (see `pipeline.digest`) to their columns; `matrix` goes on with the aspects, then their scores."""
