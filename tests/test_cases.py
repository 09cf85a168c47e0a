"""Cases of attribution: the file, and how what is read of them is scored."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.cases import Case, CaseContent, read_cases, right, score_cases
from pipeline.evaluate import folded
from pipeline.resources import locate
from pipeline.schema import Analysis, Article, Attribution, Content, Source, SourceType

CASES = Path(locate("corpus/attribution/cases.jsonl"))
NAMES = folded([("WaPo", "The Washington Post")])


def test_the_cases_cover_their_phenomena_in_minimal_pairs() -> None:
    cases = read_cases(CASES)
    assert len(cases) >= 150
    assert len({case.id for case in cases}) == len({case.text for case in cases}) == len(cases)
    assert min(Counter(case.phenomenon for case in cases).values()) >= 5
    pairs = Counter(case.pair for case in cases if case.pair)
    assert len(pairs) >= 40
    assert set(pairs.values()) == {2}


def case(*contents: tuple[int, int, str, str], outside: tuple[tuple[int, int], ...] = ()) -> Case:
    return Case(
        "c", "p", "", "x" * 100, tuple(CaseContent(a, b, source, "outlet", speaker, "direct") for a, b, source, speaker in contents), outside
    )  # fmt: skip


def read(*said: tuple[int, int, str, str], kind: SourceType = "outlet") -> Analysis:
    found = tuple(
        Attribution(Content(a, b, None, None, "verb", 0.9), Source(source, kind, source, speaker), "direct", 0.9)
        for a, b, source, speaker in said
    )
    return Analysis(Article("c", "x" * 100), (), (), (), found, ())


SCORED = [
    (case((0, 10, "Variety", "")), read((0, 10, "Variety", "")), {"found_recall": 1, "source_accuracy": 1, "found_f1": 1}, True),
    (case((0, 10, "Variety", "")), read((0, 21, "Variety", "")), {"found_recall": 0}, False),
    (case((0, 10, "Variety", "")), read((0, 10, "Collider", "")), {"found_recall": 1, "source_accuracy": 0}, False),
    (case((0, 10, "The Washington Post", "")), read((0, 10, "WaPo", "")), {"source_accuracy": 1}, True),
    (case((0, 10, "A", ""), (0, 10, "B", "")), read((0, 10, "B", ""), (0, 10, "A", "")), {"source_recall": 1}, True),
    (case((0, 10, "A", ""), (0, 10, "B", "")), read((0, 10, "A", "")), {"source_recall": 0.5}, False),
    (case((0, 10, "A", "Ann Lee")), read((0, 10, "A", "Ann Lee")), {"speaker_accuracy": 1}, True),
    (case((0, 10, "A", "Ann Lee")), read((0, 10, "A", "")), {"speaker_accuracy": 0}, True),
    (case(outside=((0, 10), (20, 30))), read((0, 10, "A", "")), {"false_alarms": 0.5}, False),
    (case(outside=((0, 10),)), read(), {"false_alarms": 0}, True),
]  # fmt: skip


@pytest.mark.parametrize(("given", "analysis", "figures", "whole"), SCORED)
def test_scores(given: Case, analysis: Analysis, figures: dict[str, float], whole: bool) -> None:
    found = score_cases([(given, analysis)], NAMES).figures()
    assert {name: found[name] for name in figures} == pytest.approx(figures)
    assert right(given, analysis, NAMES) is whole


def test_the_authors_own_words_must_be_given_to_nobody_else() -> None:
    own = Case("c", "p", "", "x" * 100, (CaseContent(0, 10, "author", "author", "", "indirect"),), ())
    assert right(own, read(), NAMES)
    assert not right(own, read((0, 10, "Variety", "")), NAMES)
