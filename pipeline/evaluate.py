"""Score predicted opinions against gold articles: found, source, polarity, aspect, all of them, false alarms.

A gold opinion is found when a predicted span covers at least half of its anchor; the matching is one to one and
greedy. Full F1 counts opinions whose source, polarity and aspect are right too, over gold plus predicted opinions.
Gold marked optional counts neither way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.gold import GoldArticle, GoldOpinion
from pipeline.quotes import quotations, speech_kind
from pipeline.schema import Analysis, Opinion, Source, Span

COVERAGE = 0.5
_SENTENCE_END = re.compile(r"[.!?][”\"’')]*\s+(?=[A-Z“\"‘@])")
_CONTEXT = 160
"""Characters of text on either side of what an error is about."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An annotated opinion with the one that was read for it, either of them alone, or a fact; and what of it is right.

    Attributes:
        gold: The annotation; None where something was read that nobody annotated.
        predicted: What was read; None where the annotation was missed.
        fact: A span in which reading an opinion is an error; `gold` and `predicted` are then None.
        alarm: Whether an opinion was read in the fact.
    """

    article: GoldArticle
    gold: GoldOpinion | None = None
    predicted: Opinion | None = None
    source: bool = False
    polarity: bool = False
    aspect: bool = False
    fact: Span | None = None
    alarm: bool = False


@dataclass(slots=True)
class Score:
    """Counts over articles, and the figures made from them."""

    articles: int = 0
    gold: int = 0
    predicted: int = 0
    found: int = 0
    source: int = 0
    polarity: int = 0
    aspect: int = 0
    source_polarity: int = 0
    full: int = 0
    facts: int = 0
    false_alarms: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.facts += verdict.fact is not None
        self.false_alarms += verdict.alarm
        self.gold += verdict.gold is not None
        self.predicted += verdict.predicted is not None
        self.found += verdict.gold is not None and verdict.predicted is not None
        self.source += verdict.source
        self.polarity += verdict.polarity
        self.aspect += verdict.aspect
        self.source_polarity += verdict.source and verdict.polarity
        self.full += verdict.source and verdict.polarity and verdict.aspect

    def figures(self) -> dict[str, float]:
        """Return shares in [0, 1] by the name that reports use."""
        both = max(1, self.gold + self.predicted)
        found = max(1, self.found)
        return {
            "articles": self.articles, "gold": self.gold, "predicted": self.predicted,
            "found_precision": self.found / max(1, self.predicted), "found_recall": self.found / max(1, self.gold),
            "found_f1": 2 * self.found / both, "source_accuracy": self.source / found,
            "sentiment_accuracy": self.polarity / found, "aspect_accuracy": self.aspect / found,
            "source_f1": 2 * self.source / both, "source_sentiment_f1": 2 * self.source_polarity / both,
            "full_f1": 2 * self.full / both, "false_alarms_on_facts": self.false_alarms / max(1, self.facts),
        }  # fmt: skip


def judge(pairs: Iterable[tuple[GoldArticle, Analysis]], *, fold: Sequence[tuple[str, str]] = ()) -> list[Verdict]:
    """Compare analyses with gold, article by article.

    Args:
        pairs: Gold articles and what was read from their texts.
        fold: Pairs of names that count as the same source, such as an alias and its outlet.
    """
    names = folded(fold)
    return [verdict for gold, analysis in pairs for verdict in _judge_article(gold, analysis, names)]


def score(verdicts: Iterable[Verdict]) -> Score:
    """Count verdicts."""
    total = Score()
    articles = set()
    for verdict in verdicts:
        articles.add(verdict.article.id)
        total.add(verdict)
    total.articles = len(articles)
    return total


def evaluate(pairs: Sequence[tuple[GoldArticle, Analysis]], *, fold: Sequence[tuple[str, str]] = ()) -> Score:
    """Score analyses against gold; arguments as for `judge`."""
    total = score(judge(pairs, fold=fold))
    total.articles = len(pairs)
    return total


def folded(fold: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the table of names that `source_matches` takes."""
    return {plain_name(alias): plain_name(name) for alias, name in fold}


def plain_name(name: str) -> str:
    """Normalise a source's name: lower case, no punctuation, no article in front."""
    plain = re.sub(r"[^\w]+", " ", name.lower().replace("’", "'")).strip()
    return re.sub(r"^(?:the|le|la|el) ", "", plain)


def source_matches(gold: GoldOpinion, source: Source, names: Mapping[str, str]) -> bool:
    """Tell whether a predicted source is the annotated one; groups of the audience count as one."""

    def same(name: str) -> str:
        return names.get(plain_name(name), plain_name(name))

    kind = source.type
    if kind == "author" and (gold.source_type == "author" or "author" in gold.source_ok):
        return True
    if kind == gold.source_type == "audience":
        return True
    if same(source.name) in {same(name) for name in (gold.source, *gold.source_ok)}:
        return True
    return bool(gold.speaker) and gold.source_type != "outlet" and same(gold.speaker) == same(source.name)


def match(gold: Sequence[GoldOpinion], predicted: Sequence[Opinion], names: Mapping[str, str]) -> dict[int, int]:
    """Pair gold with predicted opinions one to one: best coverage first, then right labels, then the tightest span."""
    ranked = []
    for i, g in enumerate(gold):
        for j, p in enumerate(predicted):
            coverage = max(0, min(g.end, p.end) - max(g.start, p.start)) / max(1, g.end - g.start)
            if coverage >= COVERAGE:
                labels = (source_matches(g, p.source, names), p.sentiment.label in g.polarity_ok, _aspect(p, g.aspects))
                ranked.append(((not g.optional, coverage >= 0.95, *labels, p.start - p.end), i, j))
    ranked.sort(key=lambda item: item[0], reverse=True)
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in ranked:
        if i not in pairs and j not in used:
            pairs[i] = j
            used.add(j)
    return pairs


def _also_said(gold: GoldOpinion, opinion: Opinion, names: Mapping[str, str]) -> bool:
    """Tell whether an opinion beside the one matched gives an annotation's words to another source that it accepts."""
    shared = min(gold.end, opinion.end) - max(gold.start, opinion.start)
    others = {names.get(name, name) for name in map(plain_name, gold.source_ok)}
    name = plain_name(opinion.source.name)
    return shared >= COVERAGE * (gold.end - gold.start) and names.get(name, name) in others


def _aspect(opinion: Opinion, labels: frozenset[str]) -> bool:
    """Tell whether one of the predicted aspects is among the labels."""
    return any(aspect.label in labels for aspect in opinion.aspects)


def _judge_article(gold: GoldArticle, analysis: Analysis, names: Mapping[str, str]) -> Iterator[Verdict]:
    """Yield the verdicts on one article."""
    predicted = analysis.opinions
    pairs = match(gold.opinions, predicted, names)
    for i, opinion in enumerate(gold.opinions):
        if opinion.optional:
            continue
        if i not in pairs:
            yield Verdict(gold, opinion)
            continue
        read = predicted[pairs[i]]
        yield Verdict(
            gold, opinion, read, source_matches(opinion, read.source, names), read.sentiment.label in opinion.polarity_ok,
            _aspect(read, opinion.aspects | opinion.also_ok),
        )  # fmt: skip
    matched = set(pairs.values())
    for j, read in enumerate(predicted):
        if j not in matched and not any(_also_said(gold.opinions[i], read, names) for i in pairs):
            yield Verdict(gold, None, read)
    for start, end in gold.facts:
        alarm = any(
            min(end, p.end) - max(start, p.start) >= COVERAGE * (end - start) and not _touches_gold(p, gold.opinions)
            for p in predicted
        )
        yield Verdict(gold, fact=(start, end), alarm=alarm)


def _touches_gold(opinion: Opinion, gold: Sequence[GoldOpinion]) -> bool:
    """Tell whether a predicted span overlaps any annotated opinion."""
    return any(g.start < opinion.end and opinion.start < g.end for g in gold)


def _speech(verdict: Verdict) -> str:
    """Tell direct, mixed and indirect speech by the quotation marks around the annotated words, else around those read."""
    span = verdict.gold or verdict.predicted
    return speech_kind(quotations(verdict.article.text), span.start, span.end) if span else ""


def _named(verdict: Verdict) -> str:
    """Tell where an annotated opinion's source is named: in its own sentence, in its paragraph, farther off, or nowhere."""
    gold, text = verdict.gold, verdict.article.text
    if gold is None or gold.source_type in ("author", "other", "audience"):
        return ""
    names = [name for name in (gold.source, gold.speaker, re.sub(r"^The ", "", gold.source)) if name]
    paragraph = text.rfind("\n", 0, gold.start) + 1, (text.find("\n", gold.end) + 1 or len(text) + 1) - 1
    left = [m.end() for m in _SENTENCE_END.finditer(text, paragraph[0], gold.start + 1) if m.end() <= gold.start]
    right = _SENTENCE_END.search(text, gold.end, paragraph[1])
    sentence = left[-1] if left else paragraph[0], right.start() + 1 if right else paragraph[1]
    for place, (start, end) in (
        ("in the sentence", sentence),
        ("in the paragraph", paragraph),
        ("elsewhere", (0, len(text))),
    ):
        if any(name in text[start:end] for name in names):
            return place
    return "by another name"


GROUPS: dict[str, Callable[[Verdict], Iterable[str]]] = {
    "domain": lambda v: [v.article.domain or "-"],
    "layout": lambda v: [v.article.layout or "-"],
    "split": lambda v: [v.article.split or "-"],
    "source_type": lambda v: [v.gold.source_type if v.gold else v.predicted.source.type if v.predicted else ""],
    "aspect": lambda v: (
        sorted(v.gold.aspects) if v.gold else [a.label for a in v.predicted.aspects[:1]] if v.predicted else []
    ),
    "rule": lambda v: [v.predicted.rule if v.predicted else "missed" if v.gold else ""],
    "speech": lambda v: [_speech(v)],
    "named": lambda v: [_named(v)],
}
"""What verdicts are grouped by: the article's domain, layout or split; the annotated source's type or aspect; the rule that
attributed what was read; direct, mixed or indirect speech; where the source is named, seen from the opinion."""


def by_group(verdicts: Sequence[Verdict], key: str) -> dict[str, dict[str, float]]:
    """Score groups of verdicts apart; one with several aspects counts for each.

    Args:
        verdicts: From `judge`.
        key: One of `GROUPS`.
    """
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        for name in GROUPS[key](verdict):
            if name:
                groups.setdefault(name, []).append(verdict)
    return {name: score(groups[name]).figures() for name in sorted(groups)}


ERROR_COLUMNS = ("article_id", "error", "start", "end", "text", "around", "expected", "read", "attribution")


def errors(verdicts: Iterable[Verdict]) -> list[dict[str, object]]:
    """List what is wrong, in the order of the texts, to be read with the text around.

    Returns:
        Rows of `ERROR_COLUMNS`. ``error`` names what is wrong: missed, not annotated, source, sentiment, aspect, fact; in
        ``around`` the words meant stand between angle marks; ``expected`` and ``read`` give source, polarity and aspects.
    """
    rows = []
    for verdict in verdicts:
        wrong = _wrong(verdict)
        span = verdict.fact or next((o.start, o.end) for o in (verdict.gold, verdict.predicted) if o)
        if wrong:
            rows.append({
                "article_id": verdict.article.id, "error": ", ".join(wrong), "start": span[0], "end": span[1],
                "text": verdict.article.text[slice(*span)], "around": _around(verdict.article.text, *span),
                "expected": _expected(verdict.gold), "read": _read(verdict.predicted),
                "attribution": verdict.predicted.rule if verdict.predicted else "",
            })  # fmt: skip
    return sorted(rows, key=lambda row: (str(row["article_id"]), int(str(row["start"]))))


def _wrong(verdict: Verdict) -> list[str]:
    """Name what is wrong with a verdict."""
    if verdict.fact:
        return ["fact"] if verdict.alarm else []
    if verdict.predicted is None:
        return ["missed"]
    if verdict.gold is None:
        return ["not annotated"]
    checks = {"source": verdict.source, "sentiment": verdict.polarity, "aspect": verdict.aspect}
    return [name for name, right in checks.items() if not right]


def _around(text: str, start: int, end: int) -> str:
    """Return a span between angle marks with the text around it, on one line."""
    left, right = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return re.sub(r"(?<!\s)[^\S\n]*\n\s*", " / ", f"{left}«{text[start:end]}»{right}").strip()


def _expected(gold: GoldOpinion | None) -> str:
    """Describe an annotation."""
    return " | ".join([gold.source, gold.polarity, ", ".join(sorted(gold.aspects))]) if gold else ""


def _read(opinion: Opinion | None) -> str:
    """Describe an opinion that was read."""
    if opinion is None:
        return ""
    return " | ".join([opinion.source.name, opinion.sentiment.label, ", ".join(a.label for a in opinion.aspects)])
