"""Markdown and HTML -> readable text."""

from __future__ import annotations

import pytest

from pipeline.errors import InputError
from pipeline.read import markup
from pipeline.read.markup import from_html, from_markdown

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


NOTICES = [
    "The Guardian’s Ada Bell called the film “a slow and beautiful thing”, and praised the sound of the harbour at night.",
    "Variety was less kind: the plot is a mess, wrote Tom Reed, and the second hour has no reason to be there at all.",
    "Empire found the acting wooden but the score superb, and gave the whole three stars out of five in its March number.",
    *(f"In {year} the same critics had found her last film {word}, as Digital Spy reminded us at {word} length this week." for year, word in ((2019, "long"), (2021, "great"), (2023, "slow"), (2025, "fair"), (2027, "kind"))),
]  # fmt: skip
PARAGRAPHS = [f"<p>{notice}</p>" for notice in NOTICES]
LINKS = "<ul><li><a href=/x>Ten great boats of television</a></li><li><a href=/y>Our spring guide to the coast</a></li></ul>"
NAV = "<nav><ul><li><a href=/a>Films</a></li><li><a href=/b>Albums</a></li></ul></nav>"
FOOT = "<footer><p>Copyright 2031 Screen Harbour.</p></footer>"
COOKIES = "<div class='cookie-banner'><p>We use cookies for you and our partners.</p><button>Accept all</button></div>"
COMMENTS = "<section id=comments><div class=comment><p>My whole family hated this film, what were they thinking.</p></div></section>"
SHARE = "<div class='social-share'><a href=#>Facebook</a> <a href=#>Mail</a></div>"
SIGN_UP = "<div class=newsletter-signup><p>Our weekly newsletter, every Friday.</p><form><input><button>Sign up</button></form></div>"
FURNITURE = [
    "Films", "Ten great boats", "spring guide", "Read next", "Copyright", "cookies", "Accept all", "whole family", "Facebook", "newsletter",
    "Sign up", "Nobody",
]  # fmt: skip
SHAPES = {
    "article": "<article><h1>Notices</h1>{}</article>",
    "body": "<h1>Notices</h1>{}",
    "news": f"{COOKIES}<header>{NAV}</header><main><article><h1>Notices</h1>{{}}{SHARE}{SIGN_UP}</article>{COMMENTS}</main>{FOOT}",
    "aside": f"<header>{NAV}</header><article><h1>Notices</h1><aside><h3>Read next</h3>{LINKS}</aside>{{}}</article>{FOOT}",
    "main": f"{NAV}<main><h1>Notices</h1>{{}}<div class=related-stories><h3>Read next</h3>{LINKS}</div></main>{FOOT}",
    "section": f"{NAV}<main><article><h1>Notices</h1>{{}}</article><section><h3>Read next</h3>{LINKS}</section></main>{FOOT}",
    "blog": f"<div id=masthead>{NAV}</div><div class='post hentry'><h1>Notices</h1><div class=entry-content>{{}}</div></div>"
    f"<div class=comments-area>{COMMENTS}</div><div id=sidebar>{LINKS}</div>{FOOT}",
}  # fmt: skip
LOOSE = {
    "a div among paragraphs": ("<div>The AV Club loathed the dialogue.</div>", ["The AV Club loathed the dialogue."]),
    "bare text": ("IGN loved <b>every</b> minute of it.", ["IGN loved every minute of it."]),
    "line breaks": ("<p>Slant: superb.<br>IGN: dull.<br/><br/>Polygon: fine.</p>", ["Slant: superb.", "IGN: dull.", "Polygon: fine."]),
    "a quotation": ("<p>Slant called it <q>a <q>superb</q> film</q> and left.</p>", ["Slant called it “a ‘superb’ film” and left."]),
    "marks of its own": ("<p>Slant called it <q>“superb”</q> and left.</p>", ["Slant called it “superb” and left."]),
    "a list": ("<ul><li>Slant: <i>superb</i>.</li><li>IGN: dull.</li></ul>", ["Slant: superb.", "IGN: dull."]),
    "a quotation in a figure": ("<figure><blockquote>A perfect film.</blockquote><figcaption>Slant</figcaption></figure>", ["A perfect film.", "Slant"]),
    "hidden text": ("<p hidden>Nobody saw this, said IGN.</p><div style='display: none'><p>Nobody saw that, said IGN.</p></div>", []),
    "control characters": ("<p>Slant called it &#12;&#x1F;\x0b superb.</p>", ["Slant called it superb."]),
}  # fmt: skip


def _lines(text: str) -> list[str]:
    return [" ".join(line.removeprefix("- ").split()) for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("what", LOOSE)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_keeps_its_text_and_drops_its_furniture(shape: str, what: str) -> None:
    loose, wanted = LOOSE[what]
    body = SHAPES[shape].format("".join([*PARAGRAPHS[:4], loose, *PARAGRAPHS[4:]]))
    page = (
        f"<!DOCTYPE html><html><head><title>Notices</title><script>let a = 1;</script></head><body>{body}</body></html>"
    )
    text = from_html(page).text
    assert [line for line in _lines(text) if line != "Notices"] == [*NOTICES[:4], *wanted, *NOTICES[4:]]
    assert not [word for word in FURNITURE if word in text]


SUPERB_PAGE = "Variety called the score superb."
SHORT = [
    (f"<div>{SUPERB_PAGE}</div>", [SUPERB_PAGE]), (f"<p>{SUPERB_PAGE}</p>", [SUPERB_PAGE]), (SUPERB_PAGE, [SUPERB_PAGE]),
    (f"<blockquote>{SUPERB_PAGE}</blockquote>IGN: dull.", [SUPERB_PAGE, "IGN: dull."]),
    ("<p>Variety: superb.<br>Empire: dull.<br/><br/>IGN: fine.</p>", ["Variety: superb.", "Empire: dull.", "IGN: fine."]),
    (f"<html><body>{NAV}<article><h1>Out</h1><p>{SUPERB_PAGE}</p><p>IGN did not.</p></article>{FOOT}</body></html>", ["Out", SUPERB_PAGE, "IGN did not."]),
    (f"<html><body>{NAV}<article><h1>Out</h1><p>{SUPERB_PAGE}</p>{SHARE}<p>IGN did not.</p><aside>{LINKS}</aside></article></body></html>", ["Out", SUPERB_PAGE, "IGN did not."]),
    (f"<html><body>{NAV}<h1>Out</h1><p>{SUPERB_PAGE}</p>{SHARE}<p>IGN did not.</p>{FOOT}</body></html>", ["Out", SUPERB_PAGE, "IGN did not."]),
    (f"<svg><path/></svg>{SUPERB_PAGE}", [SUPERB_PAGE]), (f"<article hidden>{SUPERB_PAGE}</article>", [SUPERB_PAGE]),
]  # fmt: skip


@pytest.mark.parametrize(("page", "lines"), SHORT)
def test_short_pages_and_fragments_are_read(page: str, lines: list[str]) -> None:
    assert _lines(from_html(page).text) == lines


@pytest.mark.parametrize("page", ["", "<html></html>", "<script>let a;</script>", "<noscript>Turn it on.</noscript><div id=app></div>", "<p hidden>no</p>"])  # fmt: skip
def test_a_page_that_shows_nothing_is_refused(page: str) -> None:
    with pytest.raises(InputError, match="no readable text"):
        from_html(page)


def test_an_article_beside_the_text_is_not_taken_for_it() -> None:
    teaser = "<article><h3>Boats</h3><p>Boats are everywhere this spring, says our guide.</p></article>"
    text = from_html(f"<html><body>{NAV}<div class=story>{''.join(PARAGRAPHS)}</div>{teaser}{FOOT}</body></html>").text
    assert [notice for notice in NOTICES if notice not in text] == []


def test_what_another_library_raises_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "_main_text", lambda tree: tree.index(None))
    with pytest.raises(InputError, match="the page cannot be read") as caught:
        from_html("<p>It is good.</p>")
    assert caught.value.hint
