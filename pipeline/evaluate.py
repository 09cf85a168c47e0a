"""Score predicted opinions against gold articles: found, source, polarity, aspect, all of them, false alarms.

A gold opinion is found when a predicted span covers at least half of its anchor; the matching is one to one and
greedy. Full F1 counts opinions whose source, polarity and aspect are right too, over gold plus predicted opinions.
Gold marked optional counts neither way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.gold import GoldArticle, GoldOpinion
from pipeline.schema import Analysis, Opinion, Source

COVERAGE = 0.5


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
    missed: list[str] = field(default_factory=list)

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


def evaluate(pairs: Iterable[tuple[GoldArticle, Analysis]], *, fold: Sequence[tuple[str, str]] = ()) -> Score:
    """Score analyses against gold.

    Args:
        pairs: Gold articles and what was read from their texts.
        fold: Pairs of names that count as the same source, such as an alias and its outlet.
    """
    names = folded(fold)
    score = Score()
    for gold, analysis in pairs:
        score.articles += 1
        _score_article(score, gold, analysis, names)
    return score


def folded(fold: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the table of names that `source_matches` takes."""
    return {_plain(alias): _plain(name) for alias, name in fold}


def _plain(name: str) -> str:
    """Normalise a source's name."""
    plain = re.sub(r"[^\w]+", " ", name.lower().replace("’", "'")).strip()
    return re.sub(r"^(?:the|le|la|el) ", "", plain)


def source_matches(gold: GoldOpinion, source: Source, names: Mapping[str, str]) -> bool:
    """Tell whether a predicted source is the annotated one; groups of the audience count as one."""

    def same(name: str) -> str:
        return names.get(_plain(name), _plain(name))

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


def _aspect(opinion: Opinion, labels: frozenset[str]) -> bool:
    """Tell whether one of the predicted aspects is among the labels."""
    return any(aspect.label in labels for aspect in opinion.aspects)


def _score_article(score: Score, gold: GoldArticle, analysis: Analysis, names: Mapping[str, str]) -> None:
    """Add one article to the counts."""
    predicted = analysis.opinions
    pairs = match(gold.opinions, predicted, names)
    optional = {i for i, opinion in enumerate(gold.opinions) if opinion.optional}
    score.gold += len(gold.opinions) - len(optional)
    score.predicted += len(predicted) - sum(i in optional for i in pairs)
    for i, opinion in enumerate(gold.opinions):
        if i in optional:
            continue
        if i not in pairs:
            score.missed.append(f"{gold.id}: {opinion.anchor}")
            continue
        _score_pair(score, opinion, predicted[pairs[i]], names)
    for start, end in gold.facts:
        score.facts += 1
        score.false_alarms += any(
            min(end, p.end) - max(start, p.start) >= COVERAGE * (end - start) and not _touches_gold(p, gold.opinions)
            for p in predicted
        )


def _score_pair(score: Score, gold: GoldOpinion, opinion: Opinion, names: Mapping[str, str]) -> None:
    """Add one found opinion to the counts."""
    source = source_matches(gold, opinion.source, names)
    polarity = opinion.sentiment.label in gold.polarity_ok
    aspect = _aspect(opinion, gold.aspects | gold.also_ok)
    score.found += 1
    score.source += source
    score.polarity += polarity
    score.aspect += aspect
    score.source_polarity += source and polarity
    score.full += source and polarity and aspect


def _touches_gold(opinion: Opinion, gold: Sequence[GoldOpinion]) -> bool:
    """Tell whether a predicted span overlaps any annotated opinion."""
    return any(g.start < opinion.end and opinion.start < g.end for g in gold)


def by_group(
    pairs: Sequence[tuple[GoldArticle, Analysis]], key: str, *, fold: Sequence[tuple[str, str]] = ()
) -> dict[str, dict[str, float]]:
    """Score each domain, layout or split apart.

    Args:
        pairs: As for `evaluate`.
        key: ``domain``, ``layout`` or ``split``.
        fold: As for `evaluate`.
    """
    groups = Counter(getattr(gold, key) or "-" for gold, _ in pairs)
    return {
        name: evaluate((p for p in pairs if (getattr(p[0], key) or "-") == name), fold=fold).figures()
        for name in sorted(groups)
    }
