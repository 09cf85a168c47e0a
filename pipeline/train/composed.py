"""Compose roundups out of outside sentences: what teaches that a judgement's polarity is its own and not its neighbours'.

Frames (``rules/frames.toml``) name publications and critics; graded sentences and phrases are what they say, drawn without
regard to each other; sentences of plot stand between. Who says what is known, since the frame says so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.resources import rules
from pipeline.schema import Span
from pipeline.train.datasets import detokenize, read_rows, review_rows, subjectivity_examples

PARTS = (3, 6)
"""Fewest and most frames in a text."""
_SHARES = {"said": 5, "scrap": 4, "several": 3, "block": 1, "own": 2, "plot": 4}
_OPENS = re.compile(r"[“\"‘\n]$|[.!?] $")
"""What a sentence begins behind."""
_NOTE = re.compile(r"\[[^\]]*\]|\(in [A-Z]\w+\)", re.IGNORECASE)
"""Notes of an aggregator in a snippet."""
_SLOT = re.compile(r"\{(?P<name>[a-z]+)(?P<number>2?)\}|\[|\]")
Chances = tuple[float, float, float]
_CLASSES: tuple[Chances, ...] = ((1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1))
_VERDICTS: dict[str, Chances] = {"fresh": (0.15, 0, 0.85), "rotten": (0.85, 0, 0.15)}


@dataclass(frozen=True, slots=True)
class Said:
    """An outside sentence or phrase and the chances that it is negative, neutral, positive."""

    text: str
    chances: Chances


@dataclass(frozen=True, slots=True)
class Material:
    """What texts are composed of: criticism in sentences and phrases, sentences of plot, publications with a critic."""

    said: Sequence[Said]
    scrap: Sequence[Said]
    plot: Sequence[str]
    bylines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SaidSpan:
    """A span of a composed text: its chances (None: it judges nothing), and where its holder is named (nowhere: the author)."""

    span: Span
    chances: Chances | None
    names: tuple[Span, ...]


@dataclass(slots=True)
class _Text:
    """A text while it is composed."""

    text: str
    judged: list[SaidSpan]


def read_material(data: Path) -> Material:
    """Read what texts are composed of from the folder of outside sentiment data.

    A sentence of the treebank has one class; the verdict of a whole review is true of most of its sentences.
    """
    sentences = [
        Said(_bare(row["text"]), _CLASSES[int(row["label5"])])
        for row in read_rows(data / "sst_sentences_train_dev.csv")
        if row["split"] == "train" and _plain(row["text"])
    ]
    reviews = list(review_rows(data))
    snippets = [
        Said(_bare(r["review"]), _VERDICTS[r["fresh"]])
        for r in reviews
        if 20 < len(r["review"]) < 240 and _plain(r["review"])
    ]
    phrases = [
        Said(_bare(row["text"][0].lower() + row["text"][1:]), _CLASSES[int(row["label5"])])
        for row in read_rows(data / "sst_phrases_train.csv.gz")
        if row["text"].lower().startswith(("a ", "an ")) and 3 <= row["text"].count(" ") <= 12
    ]
    neutral = [phrase for phrase in phrases if phrase.chances[1]]
    polar = [phrase for phrase in phrases if not phrase.chances[1]]
    plot = [
        example.text.capitalize()
        for example in subjectivity_examples(data)
        if example.label == "False" and example.split == "train"
    ]
    bylines = [(r["publisher"], r["critic"]) for r in reviews if r["publisher"] and r["critic"]]
    return Material(
        [*sentences, *snippets[:: max(1, len(snippets) // len(sentences))]], [*polar, *neutral[::8]], plot, bylines
    )


def _plain(text: str) -> bool:
    """Tell whether a text quotes nobody, so that it can stand between quotation marks."""
    return not any(mark in text for mark in ('"', "“", "”", "``", "''")) and len(_bare(text)) > 1


def _bare(text: str) -> str:
    """Drop what stands around a sentence or phrase: spaces, marks of omission, the last full stop, quotation marks."""
    return detokenize(_NOTE.sub("", text)).strip(" .,;:…\"“”'‘’`")


def compose(material: Material, draw: random.Random) -> tuple[str, list[SaidSpan]]:
    """Compose one text.

    Args:
        material: What to compose it of.
        draw: Where chance comes from.

    Returns:
        The text, and what is judged in it.
    """
    frames = rules("frames")
    text = _Text("", [])
    for _ in range(draw.randint(*PARTS)):
        kind = draw.choices(list(_SHARES), weights=list(_SHARES.values()))[0]
        own_line = kind in ("block", "own") or draw.random() < 0.4
        if text.text:
            text.text += "\n" if own_line or text.text.endswith("\n") else " "
        if kind == "plot":
            start = len(text.text)
            text.text += draw.choice(material.plot)
            text.judged.append(SaidSpan((start, len(text.text)), None, ()))
        else:
            _fill(text, draw.choice(frames[kind]), material, draw)
        text.text += "\n" if own_line else ""
    return text.text, text.judged


def _fill(text: _Text, frame: str, material: Material, draw: random.Random) -> None:
    """Append a frame, its slots filled."""
    first, second = draw.choice(material.bylines), draw.choice(material.bylines)
    while second[0] == first[0]:
        second = draw.choice(material.bylines)
    bylines = {"": first, "2": second}
    begun = len(text.text)
    opened: int | None = None
    names: dict[str, list[Span]] = {"": [], "2": []}
    held: list[tuple[Span, Chances, str]] = []
    place = 0
    for slot in _SLOT.finditer(frame):
        text.text += frame[place : slot.start()]
        place = slot.end()
        start = len(text.text)
        name, number = slot["name"], slot["number"] or ""
        if slot[0] == "[":
            opened = start
        elif slot[0] == "]":
            if held and opened is not None and held[-1][0][0] >= opened and draw.random() < 0.6:
                held[-1] = ((opened, start), *held[-1][1:])
            opened = None
        elif name in ("outlet", "critic"):
            text.text += bylines[number][name == "critic"]
            names[number].append((start, len(text.text)))
        else:
            chosen = draw.choice(material.said if name == "said" else material.scrap)
            sofar = text.text[begun:]
            opens = not sofar.strip('“"‘') or (name == "said" and _OPENS.search(sofar) is not None)
            text.text += chosen.text[0].upper() + chosen.text[1:] if opens else chosen.text
            held.append(((start, len(text.text)), chosen.chances, number if "{outlet2}" in frame else ""))
    text.text += frame[place:]
    here = {number: tuple(spans) for number, spans in names.items()}
    text.judged.extend(SaidSpan(span, chances, here[number]) for span, chances, number in held)
