"""Markdown and HTML -> readable text."""

from __future__ import annotations

import pytest

from pipeline.errors import InputError
from pipeline.read.markup import from_markdown

RAW_HTML = [
    ("The roundup.\n\n<blockquote>\n<p>Variety called it superb.</p>\n</blockquote>\n\nEmpire hated it.\n", "The roundup.\n\nVariety called it superb.\n\nEmpire hated it.\n"),
    ("<p>Variety called it superb.</p>", "Variety called it superb.\n"),
    ("<p>Variety: superb.<br/>Empire: <b>dull</b>.</p>\n", "Variety: superb.\nEmpire: dull.\n"),
    ("<div>\n\nVariety *liked* it.\n\n</div>\n", "Variety liked it.\n"),
    ("<details><summary>Spoilers</summary>\n\nIt ends well.\n\n</details>", "Spoilers\n\nIt ends well.\n"),
    ("It is superb.<br>Empire hated it.", "It is superb.\nEmpire hated it.\n"),
    ("Variety called it <q>a *fine* film</q>.<!-- true? -->", "Variety called it “a fine film”.\n"),
    ("It is <span hidden>not </span>good &amp; long.", "It is good & long.\n"),
    ("- one\n- <p>two</p>\n- three <sup>3</sup>\n", "- one\n\n- two\n\n- three 3\n"),
    ("# The <em>Salt</em> Road\n\nIt is <b>good</b>.", "The Salt Road\n\nIt is good.\n"),
    ("<script>\nlet a = 1;\n\nlet b = 2;\n</script>\n\nIt is good.", "It is good.\n"),
    ("<div>\n<script>\nlet a = 1;\n\nlet b = 2;\n</script>\n</div>\n\nIt is good.", "It is good.\n"),
    ("<style>p { color: red }</style>\n<!-- a\n\ncomment -->\nIt is good.\n\n  <!-- more -->\n", "It is good.\n"),
    ("It is a `<br>` in `<q>`.\n\n    <p>code</p>\n", "It is a <br> in <q>.\n\n<p>code</p>\n"),
    ("Variety on <The Salt Road>: superb, a <3.", "Variety on : superb, a <3.\n"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text"), RAW_HTML)
def test_html_in_markdown_is_read_as_a_browser_shows_it(source: str, text: str) -> None:
    assert from_markdown(source).text == text


@pytest.mark.parametrize(
    "source", ["<script>alert()</script>", "<!-- no -->", "<p hidden>no</p>", "---\ntitle: x\n---\n"]
)
def test_markdown_that_shows_nothing_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="no text"):
        from_markdown(source)


SUPERB = "Variety called the score superb.\n"
RULES = [
    f"---\n\n{SUPERB}\n---\n\nEmpire hated it.\n", f"---\n{SUPERB}\n---\n\nEmpire hated it.\n", f"---\n\n{SUPERB}",
    f"---\n\nVariety: superb.\n\n---\n\n{SUPERB}", f"---\nThe Guardian: dull.\n---\n{SUPERB}", f"---\n# Notices\n---\n{SUPERB}",
    f"---\n- {SUPERB}\n---\n", f"---\ntitle: x\n\n{SUPERB}", f"\n---\ntitle: x\n---\n{SUPERB}", f"----\n\n{SUPERB}\n---\n",
]  # fmt: skip


@pytest.mark.parametrize("source", RULES)
def test_a_rule_opens_no_front_matter(source: str) -> None:
    text = from_markdown(source).text
    kept = {line.strip("#- ") for line in source.split("\n")} - {""}
    assert kept <= {line.strip("- ") for line in text.split("\n")}


FRONT_MATTER = [
    ("title: The Film\n", "The Film"), ("", ""), ("# a comment\ntitle: The Film # another\n", "The Film"),
    ("title: 'It''s a Film: Two'\n", "It's a Film: Two"), ('Title: "The \\"Film\\""  \n', 'The "Film"'),
    ("date: 2030-01-02\n\ntags:\n- one\n  - two\nlist: [\n  a\n]\ntitle: The Film\n", "The Film"),
    ("title: >\n  The Film\n", ""), ("title: [a, b]\n", ""), ("title:\n", ""), ('"title": x\n', ""), ("data:\n  title: x\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("yaml", "title"), FRONT_MATTER)
@pytest.mark.parametrize("end", ["---\n", "...\n", "--- \n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_front_matter_is_no_text_and_states_the_title(yaml: str, title: str, end: str, newline: str) -> None:
    source = f"---\n{yaml}{end}{SUPERB}\n---\n\nEmpire hated it.\n"
    found = from_markdown(source.replace("\n", newline))
    assert (found.text, found.title) == (f"{SUPERB}\nEmpire hated it.\n", title)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: The Film\n---\n## The score\n\nIt is good.", "The Film"), ("## The score\n\nIt is good.", "The score"),
        ("---\ntitle: x\n---\n# The Film\n\nIt is good.", "The Film"), ("It is good.", ""),
    ],
)  # fmt: skip
def test_a_title_is_a_first_heading_or_stated_or_any_heading(source: str, title: str) -> None:
    assert from_markdown(source).title == title
