"""What annotated articles teach about joints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.clauses import runs
from pipeline.gold import read_judgements
from pipeline.train.clauses import line_up
from pipeline.train.joints import BESIDE, BETWEEN, gold_joints

TEXTS = [
    ("The jokes land, the songs soar and nobody is bored.", ["jokes land", "songs soar", "nobody is bored"], [1.0, 1.0]),
    ("It is patient, humane and very funny.", ["patient, humane and very funny"], [0.0, 0.0]),
    ("The score is dull, in the first hour, and the ending is a joy.", ["score is dull", "ending is a joy"], [1.0, BETWEEN]),
    ("A widow robs a bank, and the film sags.", ["film sags"], [BESIDE]),
    ("They all rated it highly, 9/10 with a bow.", ["9/10"], [BESIDE]),
    ("A widow robs a bank, and a clerk falls in love.", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "anchors", "expected"), TEXTS)
def test_a_joint_parts_two_judgements_and_no_single_one(
    text: str, anchors: list[str], expected: list[float], tmp_path: Path
) -> None:
    judged = [{"anchor": anchor, "polarity": "positive", "aspects": ["overall"]} for anchor in anchors]
    (tmp_path / "x.jsonl").write_text(json.dumps({"text": text, "anchors": judged}) + "\n", encoding="utf-8")
    (article,) = line_up(list(read_judgements(tmp_path)), cut=runs, network=False)
    assert [joint.parts for joint in gold_joints(article)] == expected
