"""Find outlets in text: a gazetteer compiled to a spaCy matcher, with context rules for ambiguous names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from spacy.lang.en.stop_words import STOP_WORDS
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from pipeline import cues, resources
from pipeline.errors import DataError
from pipeline.schema import Mention, MentionKind
from pipeline.settings import gazetteer_file
from pipeline.spans import overlapping

LABEL = "OUTLET"
_LEAST_CAPITALS = 7
"""Letters of a name that may stand in capitals, at least."""
_NO_LOWER_CASE = re.compile(rf"[^a-z]{{{_LEAST_CAPITALS},}}")
_CROWD = 2
"""Outlets named beyond doubt that make an article one that quotes outlets."""
_REQUIRED = ("id", "name", "kind", "country", "domain", "aliases", "ambiguous", "provenance")
_SHAPE = f"a gazetteer is a .jsonl file, one JSON object a line with {', '.join(_REQUIRED)}"
_PUNCTUATION = re.compile(r"[^\w]+")
_WORD = re.compile(r"[^\W_]+")
"""One for the process: a matcher's own could not be pickled."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One publication of the gazetteer."""

    id: str
    name: str
    kind: str
    country: str | None
    domain: str | None
    aliases: tuple[str, ...]
    ambiguous_aliases: tuple[str, ...]
    ambiguous: bool
    provenance: str


class Gazetteer:
    """Outlets by id and by every name people write.

    Args:
        outlets: The outlets; a later one with an id seen before replaces the earlier.

    Raises:
        DataError: An alias that is not marked ambiguous belongs to two outlets.
    """

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self.outlets: dict[str, Outlet] = {outlet.id: outlet for outlet in outlets}
        self.sure: dict[str, str] = {}
        self.shared: dict[str, list[str]] = {}
        for outlet in self.outlets.values():
            names = [outlet.name, *outlet.aliases]
            for name in names:
                if outlet.ambiguous and name == outlet.name:
                    self.shared.setdefault(name, []).append(outlet.id)
                elif self.sure.setdefault(name, outlet.id) != outlet.id:
                    other = self.sure[name]
                    raise DataError(
                        f"outlets {other!r} and {outlet.id!r} share the alias {name!r}",
                        hint="move it to ambiguous_aliases in both",
                    )
            for name in outlet.ambiguous_aliases:
                for form in {name, f"The {name[4:]}" if name.startswith("the ") else name}:
                    self.shared.setdefault(form, []).append(outlet.id)
        self.shared = {name: list(dict.fromkeys(owners)) for name, owners in self.shared.items()}
        for name in set(self.sure) & set(self.shared):
            owners = self.shared[name]
            if self.sure[name] not in owners:
                owners.insert(0, self.sure[name])
            del self.sure[name]
        self._folded = {_fold(name): owner for name, owner in self.sure.items()}
        for name, owners in self.shared.items():
            self._folded.setdefault(_fold(name), owners[0])

    def find(self, name: str) -> Outlet | None:
        """Look an outlet up by id, name or alias; case, punctuation and a leading article do not matter."""
        key = self._folded.get(_fold(name)) or (name if name in self.outlets else None)
        return self.outlets[key] if key else None

    def aliases(self) -> list[tuple[str, str]]:
        """Return pairs of another name and the outlet's own name, of those that one outlet has to itself."""
        sure = [(name, self.outlets[owner].name) for name, owner in self.sure.items()]
        sole = [(name, self.outlets[owners[0]].name) for name, owners in self.shared.items() if len(owners) == 1]
        return [(alias, name) for alias, name in (*sure, *sole) if alias != name]

    def coverage(self, counts: Mapping[str, int]) -> tuple[float, list[tuple[str, int]]]:
        """Measure the share of review mass whose publisher is known.

        Args:
            counts: Publisher name to number of reviews.

        Returns:
            The share in [0, 1], and the unknown publishers with their counts, largest first.
        """
        unknown = [(name, count) for name, count in counts.items() if self.find(name) is None]
        total = sum(counts.values())
        known = total - sum(count for _, count in unknown)
        return (known / total if total else 0.0), sorted(unknown, key=lambda item: (-item[1], item[0]))


def _fold(name: str) -> str:
    """Normalise a name for lookup."""
    folded = _PUNCTUATION.sub(" ", name.casefold().replace("’", "'")).strip()
    return re.sub(r"^the ", "", folded)


def read_outlets(path: Path) -> list[Outlet]:
    """Read a gazetteer file.

    Raises:
        DataError: The file cannot be read; or a line is no JSON object, lacks a field, holds the wrong type or an id given
            before, and the message names the line or the id.
    """
    try:
        rows = list(resources.read_jsonl(path))
    except DataError as error:
        raise DataError(str(error), hint=_SHAPE) from error
    found = [_outlet(row, path) for row in rows]
    twice = [owner for owner, number in Counter(outlet.id for outlet in found).items() if number > 1]
    if twice:
        raise DataError(f"{path}: the id {twice[0]!r} is given to two outlets", hint="give each outlet its own id")
    return found


def _outlet(row: Mapping[str, Any], path: Path) -> Outlet:
    """Check one gazetteer line."""
    missing = [key for key in _REQUIRED if key not in row]
    if missing:
        raise DataError(f"{path}: outlet {row.get('id')!r} lacks {', '.join(missing)}", hint=_SHAPE)
    lists = (row["aliases"], row.get("ambiguous_aliases", []))
    if not all(isinstance(item, list) and all(isinstance(x, str) and x for x in item) for item in lists):
        raise DataError(f"{path}: aliases of {row['id']!r} must be lists of names", hint=_SHAPE)
    if not all(isinstance(row[key], str) and row[key].strip() for key in ("id", "name")):
        raise DataError(f"{path}: outlet {row['id']!r} has the name {row['name']!r}", hint="give each an id and a name")
    return Outlet(
        id=str(row["id"]), name=str(row["name"]), kind=str(row["kind"]), country=row["country"], domain=row["domain"],
        aliases=tuple(row["aliases"]), ambiguous_aliases=tuple(row.get("ambiguous_aliases", [])),
        ambiguous=bool(row["ambiguous"]), provenance=str(row["provenance"]),
    )  # fmt: skip


def read_counts(path: Path) -> dict[str, int]:
    """Read a tab-separated list of publishers and numbers of reviews, its first line a header.

    Raises:
        DataError: The file cannot be read, or a line does not hold a publisher and a number; the message names the line.
    """
    hint = f"give a header and lines of publisher, tab, number of reviews; {_SHAPE}"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}", hint=hint) from error
    counts: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            publisher, _, rest = unescape(line).partition("\t")
            count = rest.partition("\t")[0].strip()
            if not count.isdecimal():
                raise DataError(f"{path}:{number} gives no number of reviews", hint=hint)
            counts[publisher] = int(count)
    return counts


@cache
def load_gazetteer(extra: Path | None = None) -> Gazetteer:
    """Load the bundled gazetteer, and a user's file on top of it.

    Raises:
        SettingsError: There is no such file.
        DataError: The file is malformed.
    """
    outlets = read_outlets(resources.locate("corpus/gazetteers/outlets.jsonl"))
    if extra is not None:
        outlets += read_outlets(gazetteer_file(extra))
    return Gazetteer(outlets)


class OutletMatcher:
    """A spaCy component: sets `doc.ents` to outlets, label ``OUTLET``, `kb_id_` the outlet's id.

    A name is compiled when a text first holds its longest word: one article then waits for a few hundred names and not
    for ten thousand.

    Args:
        nlp: The pipeline whose vocabulary and tokenizer it shares.
        gazetteer: The outlets to find.
    """

    def __init__(self, nlp: Language, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._nlp = nlp
        self._matcher, self._capitals = PhraseMatcher(nlp.vocab), PhraseMatcher(nlp.vocab)
        self._waiting: dict[str, list[str]] = {}
        for name in (*gazetteer.sure, *gazetteer.shared):
            self._waiting.setdefault(_key_word(name), []).append(name)

    def prepare(self, text: str) -> None:
        """Compile the names that a text may hold."""
        words = {found.casefold() for found in _WORD.findall(text)}
        with resources.SHARED:
            for word in words & self._waiting.keys():
                for name in self._waiting[word]:
                    forms = sorted({name, name.replace("'", "’"), name.replace("’", "'")})
                    self._matcher.add(name, [self._nlp.make_doc(form) for form in forms])
                    if len(name) >= _LEAST_CAPITALS and name.upper() != name:
                        self._capitals.add(name, [self._nlp.make_doc(name.upper())])
                del self._waiting[word]

    def __call__(self, doc: Doc) -> Doc:
        """Add the outlets of a doc to its entities; an entity that overlaps one gives way."""
        found = self.spans(doc)
        taken = {token.i for span in found for token in span}
        kept = [span for span in doc.ents if not any(token.i in taken for token in span)]
        doc.set_ents([*found, *kept])
        return doc

    def spans(self, doc: Doc) -> list[Span]:
        """Return the outlets of a doc as spans, in order."""
        self.prepare(doc.text)
        found = self._matcher(doc)
        if _holds_capitals(doc.text):
            found = [*found, *self._capitals(doc)]
        matches = filter_spans([Span(doc, start, end, label=key) for key, start, end in found])
        names = [doc.vocab.strings[span.label] for span in matches]
        owners = self._decide(doc.text, matches, names)
        return [
            Span(doc, span.start, span.end, label=LABEL, kb_id=owner)
            for span, owner in zip(matches, owners, strict=True)
            if owner
        ]

    def named(self, doc: Doc, known: Mapping[str, int]) -> list[Span]:
        """Return every name of an outlet in a doc as a span, ambiguous ones too; `known` counts ids named elsewhere in the text."""
        self.prepare(doc.text)
        matches = filter_spans([Span(doc, start, end, label=key) for key, start, end in self._matcher(doc)])
        owners = [
            self.gazetteer.sure.get(n) or self._owner(n, known) for n in (doc.vocab.strings[m.label] for m in matches)
        ]
        return [Span(doc, m.start, m.end, label=LABEL, kb_id=owner) for m, owner in zip(matches, owners, strict=True)]

    def _decide(self, text: str, matches: Sequence[Span], names: Sequence[str]) -> list[str]:
        """Choose the outlet id of each match, empty where an ambiguous name is no outlet here."""
        sure = [self.gazetteer.sure.get(name, "") for name in names]
        named = Counter(owner for owner in sure if owner)
        fits = [bool(owner) or _in_context(text, span) for owner, span in zip(sure, matches, strict=True)]
        confirmed = {name for name, fit in zip(names, fits, strict=True) if fit}
        crowd = len(named) >= _CROWD
        result: list[str] = []
        for index, (span, name) in enumerate(zip(matches, names, strict=True)):
            beside = _beside(text, matches, fits, index)
            again = name in confirmed and (
                not _starts_sentence(text, span.start_char) or _third_person(text, span.end_char)
            )
            short = name[:4].lower() == "the " and any(named[owner] for owner in self.gazetteer.shared.get(name, ()))
            counts = fits[index] or beside or again or short or (crowd and _stands_as_name(text, span))
            result.append((sure[index] or self._owner(name, named)) if counts else "")
        return result

    def _owner(self, name: str, named: Mapping[str, int]) -> str:
        """Choose among the outlets that share a short form: one named in full here, else the name's own, else the default."""
        owners = self.gazetteer.shared[name]
        here = [owner for owner in owners if named.get(owner)]
        if here:
            return max(here, key=lambda owner: named[owner])
        own = [owner for owner in owners if self.gazetteer.outlets[owner].name == name]
        default = resources.rules("outlets")["defaults"].get(name.lower())
        if own:
            return own[0]
        return default if default in self.gazetteer.outlets else owners[0]


def _key_word(name: str) -> str:
    """Return the longest word of a name, folded."""
    return max((word.casefold() for word in _WORD.findall(name)), key=len, default="")


def _holds_capitals(text: str) -> bool:
    """Tell whether a text has a stretch in which a name in capitals could stand."""
    return any(sum(map(str.isupper, match.group())) > _LEAST_CAPITALS // 2 for match in _NO_LOWER_CASE.finditer(text))


@cache
def _context() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the context patterns, the cue verbs filled in."""
    rules = resources.rules("outlets")["context"]
    cue = f"(?:{cues.strong_verb()})"
    before = "|".join(f"(?:{pattern})" for pattern in rules["before"])
    after = "|".join(f"(?:{pattern})" for pattern in rules["after"]).replace("CUE", cue)
    return re.compile(before), re.compile(after)


def _in_context(text: str, span: Span) -> bool:
    """Tell whether the words around an ambiguous name make it a publication."""
    before, after = _context()
    window = int(resources.rules("outlets")["context"]["window"])
    left = text[max(0, span.start_char - window) : span.start_char]
    right = text[span.end_char : span.end_char + window]
    if _goes_on(left) or any(
        re.match(pattern, right) for pattern in resources.rules("outlets")["context"]["not_after"]
    ):
        return False
    if re.search(resources.rules("outlets")["context"]["line_start"], left):
        return bool(after.search(right))
    return bool(before.search(left) or after.search(right))


def _goes_on(left: str) -> bool:
    """Tell whether a capitalised word right before a name makes it part of a longer one: "Ballymoney Herald"."""
    word = re.search(r"(?:^|[\s(“\"‘'])([A-Z][\w’'-]+) $", left)
    return word is not None and word.group(1).lower() not in STOP_WORDS and word.group(1).lower() not in ("via", "per")


def _stands_as_name(text: str, span: Span) -> bool:
    """Tell whether a name stands alone in capitals where an ordinary word would not.

    It does mid-sentence, or with several words, or as the subject of a verb unless it is an everyday word.
    """
    rules = resources.rules("outlets")["context"]
    left, right = text[max(0, span.start_char - 40) : span.start_char], text[span.end_char : span.end_char + 40]
    if span.text in rules["strict"] or _goes_on(left):
        return False
    name = re.sub(r"^the ", "", span.text)
    if re.match(r"\s+[A-Z]", right) or any(map(str.islower, (name[:1], span[-1].text[:1]))):
        return False
    if any(re.match(pattern, right) for pattern in rules["not_after"]):
        return False
    if len(span) > 1 or not _starts_sentence(text, span.start_char):
        return True
    return span.text not in rules["everyday"] and re.match(rules["predicate"], right) is not None


def _beside(text: str, matches: Sequence[Span], fits: Sequence[bool], index: int) -> bool:
    """Tell whether a name stands in a list beside a sure outlet."""
    for other in (index - 1, index + 1):
        if 0 <= other < len(matches) and fits[other]:
            first, second = sorted((index, other))
            gap = text[matches[first].end_char : matches[second].start_char]
            if gap.strip() in (",", "and", "or", ", and", ", or", "/", "&", "and the", ", the", "nor"):
                return True
    return False


def _starts_sentence(text: str, start: int) -> bool:
    """Tell whether a position follows a sentence end or line start."""
    before = text[max(0, start - 3) : start].rstrip(" \"“‘'")
    return not before or before[-1] in ".!?\n"


@cache
def _matcher(extra: Path | None) -> OutletMatcher:
    """Compile the matcher once a process and gazetteer."""
    return OutletMatcher(resources.shared_model(), load_gazetteer(extra))


def _prepared(text: str, extra: Path | None) -> OutletMatcher:
    """Return the matcher, ready for a text before a memory zone of spaCy begins."""
    with resources.SHARED:
        matcher = _matcher(extra)
        matcher.prepare(text)
    return matcher


def find_outlets(text: str, *, extra: Path | None = None) -> tuple[Mention, ...]:
    """Find the outlets of a text, known ones by gazetteer and unknown ones by the shape of their name.

    Args:
        text: Raw text.
        extra: A user's gazetteer file added to the bundled one.

    Returns:
        Mentions in order, without overlap; `id` is empty for outlets that the gazetteer does not have.
    """
    matcher = _prepared(text, extra)
    found: list[Mention] = []
    with resources.reading() as nlp:
        for span in matcher.spans(nlp.make_doc(text)):
            outlet = matcher.gazetteer.outlets[span.kb_id_]
            kind: MentionKind = "aggregator" if outlet.kind == "aggregator" else "outlet"
            found.append(Mention(span.start_char, span.end_char, kind, outlet.name, outlet.id))
    taken = list(found)
    found.extend(
        Mention(match.start(), match.end(), "outlet", match.group())
        for match in _unknown_pattern().finditer(text)
        if not overlapping(taken, match.start(), match.end())
    )
    return tuple(sorted(found, key=lambda mention: mention.start))


def find_speaking(
    text: str, stretches: Sequence[tuple[int, int]], mentions: Sequence[Mention], *, extra: Path | None = None
) -> tuple[Mention, ...]:
    """Find outlets with ambiguous names in stretches that are known to name a source, where none was found before.

    Args:
        text: Raw text.
        stretches: What names the source of a content, such as "Uncut" in "Uncut thought it too long".
        mentions: The mentions found before.
        extra: As for `find_outlets`.
    """
    taken = [m for m in mentions if m.kind != "anaphor"]
    named = Counter(m.id for m in mentions if m.id)
    matcher = _prepared(text, extra)
    found: dict[int, Mention] = {}
    with resources.reading() as nlp:
        for start, end in stretches:
            for span in matcher.named(nlp.make_doc(text[start:end]), named):
                begins, ends = start + span.start_char, start + span.end_char
                opens = _starts_sentence(text, begins) and not _third_person(text, ends)
                if span.text[:1].isupper() and not opens and not _belongs_to_another(taken, begins, ends):
                    outlet = matcher.gazetteer.outlets[span.kb_id_]
                    found[begins] = Mention(begins, ends, "outlet", outlet.name, outlet.id)
    return tuple(found[start] for start in sorted(found))


def _belongs_to_another(taken: Sequence[Mention], start: int, end: int) -> bool:
    """Tell whether a span overlaps a mention that it must not displace: any but a person's name of its own length."""
    return any(m.kind != "person" or (m.start, m.end) != (start, end) for m in overlapping(taken, start, end))


def _third_person(text: str, position: int) -> bool:
    """Tell whether what follows a name makes it one thing that acts: a comma, or a verb in the singular or the past."""
    predicate = resources.rules("outlets")["context"]["predicate"]
    return re.match(rf",\s|{predicate}", text[position : position + 40]) is not None


@cache
def _unknown_pattern() -> re.Pattern[str]:
    """Compile the shape of an outlet that the gazetteer does not have."""
    rules = resources.rules("outlets")["outlet_like"]
    heads = "|".join(re.escape(head) for head in rules["heads"])
    return re.compile(rf"(?<![\w-])(?:The |the )?(?:[A-Z][\w’'-]+ ){{1,3}}(?:{heads})\b(?! [A-Z])|{rules['domain']}")
