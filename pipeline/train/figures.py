"""Measure a saved network by itself: on annotated articles of the dev split, the treebank's dev sentences and PolNeAR's dev news."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score

from pipeline.attribute import find_mentions
from pipeline.encoder import POLARITIES, Encoder, SpanReading
from pipeline.evaluate import source_matches
from pipeline.gold import GoldOpinion
from pipeline.resolve import Resolver
from pipeline.schema import Content, Span
from pipeline.segment import Segmenter
from pipeline.speech import read_speech
from pipeline.train.clauses import Lined, alias_names
from pipeline.train.datasets import news_attributions, polarity_examples


def gold_figures(encoder: Encoder, lined: Sequence[Lined]) -> dict[str, float]:
    """Measure on the clauses that rules cut.

    Args:
        encoder: The network.
        lined: Articles with their clauses.

    Returns:
        F1 of "evaluates" at probability 0.5; and of the clauses that cover an annotated opinion the shares whose
        polarity, first aspect and holder are right.
    """
    said: list[bool] = []
    true: list[bool] = []
    right: dict[str, list[bool]] = {"polarity": [], "aspect": [], "holder": []}
    for article in lined:
        proposals = article.proposals
        encoded = encoder.encode(article.gold.text, proposals.sentences, proposals.accounts.mentions)
        readings = encoded.read([(c.start, c.end) for c in proposals.candidates])
        for reading, covered in zip(readings, article.covered, strict=True):
            firm = [opinion for opinion in covered if not opinion.optional]
            if covered and not firm:
                continue
            said.append(reading.opinion >= 0.5)
            true.append(bool(firm))
            for opinion in firm[:1]:
                right["polarity"].append(_polarity(reading) in opinion.polarity_ok)
                right["aspect"].append(
                    max(reading.aspects, key=lambda label: reading.aspects[label]) in opinion.aspects | opinion.also_ok
                )
                right["holder"].append(_holder_right(reading, opinion, proposals.accounts.resolver))
    figures = {f"gold {name} accuracy": sum(marks) / max(1, len(marks)) for name, marks in right.items()}
    return {"gold opinion F1": float(f1_score(true, said)), **figures}


def _polarity(reading: SpanReading) -> str:
    """Return the likeliest polarity that an opinion can have."""
    sides = [(p, name) for p, name in zip(reading.polarity, POLARITIES, strict=True) if name != "neutral"]
    return max(sides)[1]


def _holder_right(reading: SpanReading, opinion: GoldOpinion, resolver: Resolver) -> bool:
    """Tell whether the likeliest source, or the author, is the annotated one."""
    chances: dict[str, float] = {}
    known = {mention.start: source for mention, (source, _) in resolver.sources.items()}
    for start, chance in reading.holders.items():
        chances[known[start].name] = chances.get(known[start].name, 0.0) + chance
    best = max(chances, key=lambda name: chances[name], default="")
    if not best or chances[best] <= reading.author:
        return opinion.source_type == "author"
    return any(source_matches(opinion, source, alias_names()) for source in known.values() if source.name == best)


def treebank_figures(encoder: Encoder, data: Path) -> dict[str, float]:
    """Measure polarity on the treebank's dev sentences: accuracy without the neutral ones, macro-F1 with them."""
    dev = [example for example in polarity_examples(data) if example.split == "dev"]
    readings = encoder.read_snippets([example.text for example in dev])
    three = [POLARITIES[max(range(3), key=reading.feeling.__getitem__)] for reading in readings]
    gold = [example.label for example in dev]
    two = ["positive" if r.feeling[2] >= r.feeling[0] else "negative" for r in readings]
    polar = [(g, t) for g, t in zip(gold, two, strict=True) if g != "neutral"]
    return {
        "SST dev accuracy, two classes": float(accuracy_score(*zip(*polar, strict=True))),
        "SST dev macro-F1, three classes": float(f1_score(gold, three, average="macro")),
    }


def attribution_figures(encoder: Encoder, path: Path) -> dict[str, float]:
    """Measure who says what in news by the network alone.

    Args:
        encoder: The network.
        path: ``polnear_dev.jsonl.gz``; content spans are measured one by one.

    Returns:
        F1 of contents whose characters are shared by half or more (intersection over union, one to one), and of those the
        share whose source overlaps an annotated one.
    """
    segment = Segmenter()
    gold = read = found = sourced = right = 0
    for article in news_attributions(path):
        text, sentences = article.text, segment(article.text)
        mentions = find_mentions(text)
        contents = read_speech(text, sentences, mentions, encoder.encode(text, sentences, mentions))
        annotated = [(span, speakers) for spans, speakers, _ in article.attributions for span in spans]
        pairs = _paired([span for span, _ in annotated], contents)
        gold, read, found = gold + len(annotated), read + len(contents), found + len(pairs)
        for i, j in pairs:
            where, speakers = contents[j].source or (0, 0), annotated[i][1]
            sourced += bool(speakers)
            right += any(where[0] < end and start < where[1] for start, end in speakers)
    return {
        "PolNeAR dev F1 of contents": 2 * found / max(1, gold + read),
        "PolNeAR dev source accuracy": right / max(1, sourced),
    }


def _paired(gold: Sequence[Span], read: Sequence[Content]) -> list[tuple[int, int]]:
    """Pair annotated spans with contents one to one, best overlap first."""
    ranked = []
    for i, (start, end) in enumerate(gold):
        for j, content in enumerate(read):
            shared = min(end, content.end) - max(start, content.start)
            union = max(end, content.end) - min(start, content.start)
            if shared >= union / 2:
                ranked.append((shared / union, i, j))
    taken: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for _, i, j in sorted(ranked, reverse=True):
        if i not in taken[0] and j not in taken[1]:
            pairs.append((i, j))
            taken[0].add(i)
            taken[1].add(j)
    return pairs
