"""Scores against gold: who matches whom, what counts, and what the figures are made of."""

from __future__ import annotations

import pytest

from pipeline.evaluate import ERROR_COLUMNS, Score, by_group, errors, evaluate, folded, judge, match, source_matches
from pipeline.gold import GoldArticle, GoldOpinion
from pipeline.schema import Analysis, Article, Aspect, Opinion, Sentiment, Source, SourceType

FOLD = [("WaPo", "The Washington Post"), ("THR", "The Hollywood Reporter")]


def gold(
    start: int, end: int, *, source: str = "Variety", speaker: str = "", kind: SourceType = "outlet", aspects: str = "story",
    also: str = "", polarity: str = "positive", also_polarity: str = "", sources: str = "", optional: bool = False,
) -> GoldOpinion:  # fmt: skip
    return GoldOpinion(
        start=start, end=end, anchor=f"{start}-{end}", source=source, speaker=speaker, source_type=kind,
        aspects=frozenset(aspects.split()), also_ok=frozenset(also.split()), polarity=polarity,
        polarity_ok=frozenset({polarity, *also_polarity.split()}), source_ok=frozenset(filter(None, sources.split("|"))),
        optional=optional,
    )  # fmt: skip


def said(
    start: int, end: int, *, source: str = "Variety", kind: SourceType = "outlet", aspects: str = "story", label: str = "positive"
) -> Opinion:  # fmt: skip
    return Opinion(
        start=start, end=end, section="", sentence=0, source=Source(source, kind), cue="", rule="verb", attribution_confidence=1.0,
        quoted=False, aspects=tuple(Aspect(name, 0.5) for name in aspects.split()),
        sentiment=Sentiment(label, 0.0, 0.5, 0.0),  # type: ignore[arg-type]
    )  # fmt: skip


def pair(
    annotated: list[GoldOpinion],
    predicted: list[Opinion],
    *,
    facts: tuple[tuple[int, int], ...] = (),
    domain: str = "film",
) -> tuple[GoldArticle, Analysis]:
    text = "x" * 400
    article = GoldArticle("g", text, domain, "", "dev", "", tuple(annotated), facts)
    return article, Analysis(Article("g", text), (), (), (), (), tuple(predicted))


SOURCES = [
    (gold(0, 1, source="The Washington Post"), Source("The Washington Post", "outlet"), True),
    (gold(0, 1, source="Washington Post"), Source("The Washington Post", "outlet"), True),
    (gold(0, 1, source="WaPo"), Source("The Washington Post", "outlet"), True),
    (gold(0, 1, source="The Washington Post"), Source("THR", "outlet"), False),
    (gold(0, 1, source="The Hollywood Reporter"), Source("THR", "outlet"), True),
    (gold(0, 1, source="Rotten Tomatoes’ critics"), Source("Rotten Tomatoes' Critics", "other"), True),
    (gold(0, 1, source="The A.V. Club"), Source("A. V. Club", "outlet"), True),
    (gold(0, 1, source="Ann Lee", speaker="Ann Lee", kind="critic"), Source("Ann Lee", "critic"), True),
    (gold(0, 1, source="Variety", speaker="Ann Lee"), Source("Ann Lee", "critic"), False),
    (gold(0, 1, source="the producer", speaker="Ann Lee", kind="cast_crew"), Source("Ann Lee", "cast_crew"), True),
    (gold(0, 1, source="fans", kind="audience"), Source("audiences", "audience"), True),
    (gold(0, 1, source="fans", kind="audience"), Source("critics", "other"), False),
    (gold(0, 1, source="author", kind="author"), Source("The Daily Reel", "author"), True),
    (gold(0, 1, source="Variety", sources="author"), Source("The Daily Reel", "author"), True),
    (gold(0, 1, source="Variety", sources="THR|IndieWire"), Source("IndieWire", "outlet"), True),
    (gold(0, 1, source="Variety"), Source("author", "author"), False),
    (gold(0, 1, source="author", kind="author"), Source("Variety", "outlet"), False),
]


@pytest.mark.parametrize(("annotated", "source", "expected"), SOURCES)
def test_source_matches(annotated: GoldOpinion, source: Source, expected: bool) -> None:
    assert source_matches(annotated, source, folded(FOLD)) is expected


PAIRINGS: list[tuple[list[GoldOpinion], list[Opinion], dict[int, int]]] = [
    # half of the anchor is enough, less is not
    ([gold(0, 10)], [said(5, 40)], {0: 0}),
    ([gold(0, 10)], [said(6, 40)], {}),
    ([gold(0, 10)], [said(10, 40)], {}),
    # one to one
    ([gold(0, 10), gold(20, 30)], [said(0, 30)], {0: 0}),
    ([gold(0, 10)], [said(0, 10), said(0, 10)], {0: 0}),
    ([gold(0, 10), gold(20, 30)], [said(20, 30), said(0, 10)], {0: 1, 1: 0}),
    # coverage first, then labels, then the tightest span
    ([gold(0, 10)], [said(0, 6), said(0, 10, source="IndieWire")], {0: 1}),
    ([gold(0, 10)], [said(0, 10, source="IndieWire"), said(0, 50)], {0: 1}),
    ([gold(0, 10)], [said(0, 50), said(0, 12)], {0: 1}),
    # optional gold takes what is left
    ([gold(0, 10, optional=True), gold(0, 10)], [said(0, 10)], {1: 0}),
]


@pytest.mark.parametrize(("annotated", "predicted", "expected"), PAIRINGS)
def test_match(annotated: list[GoldOpinion], predicted: list[Opinion], expected: dict[int, int]) -> None:
    assert match(annotated, predicted, {}) == expected


COUNTS = [
    ([gold(0, 10)], [said(0, 10)], {"gold": 1, "predicted": 1, "found": 1, "source": 1, "polarity": 1, "aspect": 1, "full": 1}),
    ([gold(0, 10)], [], {"gold": 1, "predicted": 0, "found": 0, "full": 0}),
    ([], [said(0, 10)], {"gold": 0, "predicted": 1, "found": 0}),
    ([gold(0, 10)], [said(0, 10, source="IndieWire")], {"found": 1, "source": 0, "polarity": 1, "source_polarity": 0, "full": 0}),
    ([gold(0, 10)], [said(0, 10, label="negative")], {"found": 1, "source": 1, "polarity": 0, "source_polarity": 0, "full": 0}),
    ([gold(0, 10)], [said(0, 10, aspects="music")], {"aspect": 0, "source_polarity": 1, "full": 0}),
    ([gold(0, 10)], [said(0, 10, aspects="music story")], {"aspect": 1, "full": 1}),
    ([gold(0, 10, also="music")], [said(0, 10, aspects="music")], {"aspect": 1, "full": 1}),
    ([gold(0, 10, also_polarity="mixed")], [said(0, 10, label="mixed")], {"polarity": 1, "full": 1}),
    # optional gold counts neither way, found or not
    ([gold(0, 10, optional=True)], [said(0, 10)], {"gold": 0, "predicted": 0, "found": 0}),
    ([gold(0, 10, optional=True)], [], {"gold": 0, "predicted": 0, "found": 0}),
    ([gold(0, 10, optional=True), gold(20, 30)], [said(0, 10), said(20, 30)], {"gold": 1, "predicted": 1, "found": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("annotated", "predicted", "expected"), COUNTS)
def test_counts(annotated: list[GoldOpinion], predicted: list[Opinion], expected: dict[str, int]) -> None:
    score = evaluate([pair(annotated, predicted)])
    assert {name: getattr(score, name) for name in expected} == expected


FACTS = [
    (((50, 60),), [], [], 0),
    (((50, 60),), [], [said(50, 60)], 1),
    (((50, 60),), [], [said(50, 60), said(50, 55)], 1),
    (((50, 60),), [], [said(50, 54)], 0),
    (((50, 60), (70, 80)), [], [said(50, 80)], 2),
    (((50, 60),), [gold(60, 70)], [said(50, 70)], 0),
]


@pytest.mark.parametrize(("facts", "annotated", "predicted", "alarms"), FACTS)
def test_false_alarms(
    facts: tuple[tuple[int, int], ...], annotated: list[GoldOpinion], predicted: list[Opinion], alarms: int
) -> None:
    score = evaluate([pair(annotated, predicted, facts=facts)])
    assert (score.facts, score.false_alarms) == (len(facts), alarms)
    assert score.figures()["false_alarms_on_facts"] == alarms / len(facts)


def test_figures_are_shares_of_gold_and_predicted() -> None:
    annotated = [gold(0, 10), gold(20, 30), gold(40, 50), gold(60, 70)]
    predicted = [
        said(0, 10),
        said(20, 30, label="negative"),
        said(40, 50, source="IndieWire"),
        said(100, 110),
        said(120, 130),
        said(140, 150),
    ]
    figures = evaluate([pair(annotated, predicted)]).figures()
    assert figures == pytest.approx({
        "articles": 1, "gold": 4, "predicted": 6, "found_precision": 3 / 6, "found_recall": 3 / 4, "found_f1": 2 * 3 / 10,
        "source_accuracy": 2 / 3, "sentiment_accuracy": 2 / 3, "aspect_accuracy": 1.0, "source_f1": 2 * 2 / 10,
        "source_sentiment_f1": 2 * 1 / 10, "full_f1": 2 * 1 / 10, "false_alarms_on_facts": 0.0,
    })  # fmt: skip


def test_no_articles_give_zeros() -> None:
    assert set(Score().figures().values()) == {0}


def test_groups_are_scored_apart() -> None:
    pairs = [
        pair([gold(0, 10)], [said(0, 10)], domain="film"), pair([gold(0, 10)], [], domain="game"),
        pair([gold(0, 10)], [said(0, 10)], domain=""),
    ]  # fmt: skip
    groups = by_group(judge(pairs), "domain")
    assert {name: (values["gold"], values["found_f1"]) for name, values in groups.items()} == {
        "-": (1, 1.0), "film": (1, 1.0), "game": (1, 0.0),
    }  # fmt: skip
    aliased = pair([gold(0, 10, source="The Washington Post")], [said(0, 10, source="WaPo")])
    assert by_group(judge([aliased], fold=FOLD), "split")["dev"]["source_accuracy"] == 1


TEXT = "Variety “liked” it. It was dull, too.\nNobody of that paper laughed."
GROUPED = [
    ("source_type", [gold(0, 5), gold(8, 12, source="author", kind="author")], [said(0, 5)], {"outlet": (1, 1), "author": (1, 0)}),
    ("source_type", [], [said(0, 5, kind="critic")], {"critic": (0, 0)}),
    ("aspect", [gold(0, 5, aspects="music story")], [said(0, 5)], {"music": (1, 1), "story": (1, 1)}),
    ("rule", [gold(0, 5), gold(8, 12)], [said(0, 5)], {"verb": (1, 1), "missed": (1, 0)}),
    ("speech", [gold(9, 14), gold(20, 31)], [], {"direct": (1, 0), "indirect": (1, 0)}),
    ("speech", [gold(8, 18)], [], {"mixed": (1, 0)}),
    ("named", [gold(9, 14), gold(20, 31), gold(38, 44), gold(9, 14, source="IndieWire")], [],
     {"in the sentence": (1, 0), "in the paragraph": (1, 0), "elsewhere": (1, 0), "by another name": (1, 0)}),
    ("named", [gold(9, 14, source="author", kind="author")], [], {}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "annotated", "predicted", "expected"), GROUPED)
def test_groups_of_opinions(
    key: str, annotated: list[GoldOpinion], predicted: list[Opinion], expected: dict[str, tuple[int, int]]
) -> None:
    article = GoldArticle("g", TEXT, "film", "", "dev", "", tuple(annotated), ())
    analysis = Analysis(Article("g", TEXT), (), (), (), (), tuple(predicted))
    groups = by_group(judge([(article, analysis)]), key)
    assert {n: (v["gold"], round(v["found_recall"] * v["gold"])) for n, v in groups.items()} == expected


def test_what_is_wrong_is_listed_with_the_text_around() -> None:
    annotated = [gold(0, 10), gold(20, 30), gold(40, 50), gold(60, 70, optional=True), gold(80, 90)]
    predicted = [said(20, 30, label="negative", source="IndieWire"), said(40, 50), said(100, 110)]
    rows = errors(judge([pair(annotated, predicted, facts=((102, 108), (200, 210)))]))
    assert [(row["start"], row["error"]) for row in rows] == [
        (0, "missed"), (20, "source, sentiment"), (80, "missed"), (100, "not annotated"), (102, "fact"),
    ]  # fmt: skip
    assert all(tuple(row) == ERROR_COLUMNS for row in rows)
    assert rows[1]["expected"] == "Variety | positive | story"
    assert rows[1]["read"] == "IndieWire | negative | story"
    assert rows[1]["around"] == f"{'x' * 20}«{'x' * 10}»{'x' * 160}"


def test_what_an_annotation_also_accepts_read_besides_counts_neither_way() -> None:
    annotated = [gold(0, 10, sources="IndieWire")]
    score = evaluate([pair(annotated, [said(0, 10), said(0, 10, source="IndieWire")])])
    assert (score.gold, score.predicted, score.found, score.source) == (1, 1, 1, 1)
    score = evaluate([pair(annotated, [said(0, 10), said(0, 10, source="Collider")])])
    assert score.predicted == 2
