"""Models side by side, and whether a probability means what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.accuracy import accuracy, best_of
from pipeline.calibration import calibration_error, reliability
from pipeline.errors import InputError


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["0", "1"], ["negative", "positive"]), (["0", "2"], ["negative", "positive"]),
        (["0", "1", "2"], ["negative", "neutral", "positive"]), (["0", "3"], ["negative", "positive"]),
        (["-1", "0"], ["negative", "neutral"]), (["Rotten", "fresh"], ["negative", "positive"]),
        (["POS", "mixed"], ["positive", "mixed"]),
    ],
)  # fmt: skip
def test_labels_are_told(tmp_path: Path, labels: list[str], expected: list[str]) -> None:
    rows = [{"text": f"Text {n}.", "label": label} for n, label in enumerate(labels)]
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert set(accuracy(path)["labels"]) == set(expected)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("text,label\nx,purple\n", "purple"),
        ("text,mark\nx,1\n", "label"),
        ("text,label\n", "no rows"),
        ("words\nx\n", "text"),
    ],
)
def test_tables_that_cannot_be_measured(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=named):
        accuracy(tmp_path / "t.csv")


def test_a_folder_of_tables_is_one_table(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("text,label\nSuperb.,positive\n", encoding="utf-8")
    assert accuracy(tmp_path)["rows"] == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no table"):
        accuracy(tmp_path / "empty")


def test_a_model_chooses_among_the_labels_that_the_table_holds() -> None:
    sides = (0.3, 0.1, 0.2, 0.4)
    assert best_of(sides, ["negative", "positive"]) == ("negative", pytest.approx(0.5 / 0.9))
    assert best_of(sides, ["negative", "neutral", "positive", "mixed"]) == ("mixed", pytest.approx(0.4))


def test_calibration() -> None:
    assert calibration_error([], []) == 0
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([0.9] * 4, [False] * 4) == pytest.approx(0.9)
    low, high = reliability([0.05, 0.95, 1.0], [False, True, True])
    assert (low.n, low.right, high.n, high.right) == (1, 0, 2, 1)
    assert high.confidence == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("negative", "neutral", "positive"), ("neutral", 0.6)), (("negative", "positive"), ("positive", 0.6)),
        (("negative", "neutral", "positive", "mixed"), ("mixed", 0.5)), (("neutral", "positive"), ("neutral", 0.75)),
    ],
)  # fmt: skip
def test_what_is_mixed_is_neutral_where_only_three_are_asked(
    labels: tuple[str, ...], expected: tuple[str, float]
) -> None:
    best, sure = best_of((0.2, 0.1, 0.2, 0.5) if "neutral" in labels else (0.15, 0.0, 0.35, 0.5), labels)
    assert (best, round(sure, 4)) == expected
