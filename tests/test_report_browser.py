"""The report in a real browser: accessible, still, and every filter, sort, dialog and download does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from samples import result
from test_report import hostile

from pipeline import digest, frames
from pipeline.api import Result
from pipeline.report import write_report
from pipeline.report.figures import figure
from pipeline.report.page import MANY_WORKS
from pipeline.report.rows import work_of
from pipeline.schema import Analysis, Article, Aspect, Opinion, Sentence, Sentiment, Source, SourceType
from pipeline.write import csv_text

CHROMIUM = "/usr/bin/chromium"  # Debian's package
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
WORDS = {"positive": "loved", "mixed": "was torn over", "negative": "hated"}
SCORES = {"positive": 0.8, "mixed": 0.05, "negative": -0.7}

Said = tuple[str, SourceType, str, str, float]
"""Source, its type, aspects joined by ``+``, sentiment, confidence."""
ORCHARD: list[Said] = [
    ("Variety", "outlet", "visuals+music", "positive", 0.91), ("Variety", "outlet", "pacing", "negative", 0.55),
    ("Empire", "outlet", "visuals", "positive", 0.72), ("Empire", "outlet", "pacing", "positive", 0.66),
    ("Slate", "outlet", "pacing", "negative", 0.81), ("The Herald", "outlet", "pacing", "positive", 0.35),
    ("The Times", "outlet", "visuals", "mixed", 0.42), ("The Times", "outlet", "overall", "negative", 0.61),
    ("Ann Lee", "critic", "visuals", "positive", 0.77), ("Petra Lund", "cast_crew", "visuals", "positive", 0.7),
    ("author", "author", "overall", "positive", 0.5), ("=Gazette", "outlet", "music", "mixed", 0.3),
]  # fmt: skip
RUST: list[Said] = [
    ("Variety", "outlet", "story", "negative", 0.62), ("Slate", "outlet", "story", "positive", 0.45),
    ("Empire", "outlet", "music", "positive", 0.93), ("Metacritic", "aggregator", "overall", "mixed", 0.8),
]  # fmt: skip


def article(name: str, work: str, said: list[Said], quotes: Mapping[str, str] | None = None) -> Analysis:
    """Write an article that says these things, with the words of a source, and read it by hand."""
    text, opinions, sentences = "", [], []
    for n, (source, kind, aspects, label, sure) in enumerate(said):
        start = len(text)
        text += f"{source} {WORDS[label]} the {aspects.replace('+', ' and ')} of it, in sentence {n}{(quotes or {}).get(source, '')}."
        opinions.append(Opinion(
            start, len(text), "", n, Source(source, kind), WORDS[label], "verb", 0.9, quoted=n % 2 == 0,
            aspects=tuple(Aspect(aspect, 0.75) for aspect in aspects.split("+")),
            sentiment=Sentiment(label, SCORES[label], sure, 0.25), confidence=sure, number=n + 1, rating=1.0 if n == 3 else None,  # type: ignore[arg-type]
        ))  # fmt: skip
        sentences.append(Sentence(start, len(text), paragraph=n))
        text += "\r\n\r\n" if n == 0 else "\n"
    scores = (0.5,) * len(sentences)
    made = Article(name, text, title=f"On {work}", work=work, path=f"{name}.txt", extracted=True)
    return Analysis(made, tuple(sentences), scores, scores, (), tuple(opinions))


def roundups() -> Result:
    """Make a result of four roundups of one work that quote the same, each with other sureness, aspects and feeling around it."""
    lines: list[list[Said]] = [
        [("Variety", "outlet", "overall", "positive", 0.9), ("Slate", "outlet", "story", "positive", 0.3), ("Empire", "outlet", "pacing", "negative", 0.6)],
        [("Variety", "outlet", "overall+music", "positive", 0.6), ("Slate", "outlet", "story", "negative", 0.8), ("Jo Kay", "cast_crew", "story", "positive", 0.4)],
        [("Variety", "outlet", "pacing", "negative", 0.7), ("Slate", "outlet", "story+pacing", "positive", 0.5), ("Empire", "outlet", "pacing", "negative", 0.4)],
        [("Variety", "outlet", "pacing", "positive", 0.2), ("Empire", "outlet", "story", "mixed", 0.35), ("Jo Kay", "cast_crew", "story", "positive", 0.7)],
    ]  # fmt: skip
    quotes = {"Variety": "a slow and stately kind of marvel", "Slate": "lush", "Empire": "sap", "Jo Kay": "ours"}
    return Result(
        tuple(
            article(f"r{n}", "Salt Harbour", said, {name: f" “{quote}”" for name, quote in quotes.items()})
            for n, said in enumerate(lines)
        )
    )


def read() -> Result:
    """Make a result of two works, an article without a work, an error, and an article in another language."""
    skipped = replace(article("le-film", "", []), skipped="fr")
    return Result(
        (article("orchard", "The Glass Orchard", ORCHARD), article("rust", "Nine Kinds of Rust", RUST), skipped),
        result().failures,
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read().report(tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a window of its own; an error of the page's script fails the test."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    errors: list[str] = []
    made.on("weberror", lambda error: errors.append(str(error.error)))
    made.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield made
    made.close()
    assert errors == []


@pytest.fixture
def page(context: BrowserContext, file: Path) -> Page:
    return visit(context, file)


def visit(context: BrowserContext, file: Path, fragment: str = "") -> Page:
    """Open the report."""
    page = context.new_page()
    page.goto(file.as_uri() + fragment)
    return page


def violations(page: Page) -> list[str]:
    """Return what axe finds, with the elements; what is laid out only when near is laid out first."""
    page.add_style_tag(content=".long, .many .work { content-visibility: visible !important }")
    page.evaluate(f"{AXE}; null")
    found = page.evaluate("axe.run()")
    return [f"{item['id']}: {[node['html'][:120] for node in item['nodes'][:3]]}" for item in found["violations"]]


def texts(page: Page, selector: str) -> list[str]:
    """Return the texts of the visible elements."""
    return [str(text).strip() for text in page.locator(f"{selector}:visible").all_inner_texts()]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, file: Path, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = visit(context, file)
    assert violations(page) == []
    page.locator("footer details summary").click()
    if width < 500:
        page.locator("#fold").click()
    assert violations(page) == []
    page.locator("a.m").first.focus()
    expect(page.locator("#tip")).to_be_visible()
    assert violations(page) == []
    page.locator("table.matrix td a").first.click()
    expect(page.locator("#behind")).to_be_visible()
    assert violations(page) == []
    context.close()


def test_a_chosen_theme_is_accessible_too(page: Page) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(background) != light
    assert violations(page) == []
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(background) == light


def test_nothing_is_asked_for_but_the_file(context: BrowserContext, file: Path) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = visit(context, file)
    page.locator("select[name=source]").select_option("Variety")
    page.locator("table.matrix td a:visible").first.click()
    page.keyboard.press("Escape")
    page.wait_for_load_state("networkidle")
    assert asked == [file.as_uri()]


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_does_not_scroll_sideways(browser: Browser, file: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = visit(context, file)
    if width == 360:
        page.locator("#fold").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for region in page.locator(".scroll").all():
        assert region.get_attribute("tabindex") == "0"
        assert region.get_attribute("aria-label")
    context.close()


def test_a_source_filter_leaves_its_rows_everywhere(page: Page) -> None:
    page.locator("select[name=source]").select_option("Variety")
    assert set(texts(page, "table.rows tbody th")) == {"Variety"}
    assert len(texts(page, "table.rows tbody tr")) == 4
    assert texts(page, "table.matrix tr[data-s] th") == ["Variety"]
    assert {text.splitlines()[-1].split(" ", 1)[1] for text in texts(page, "#quotes .said")} == {"Variety"}
    assert {text.split(" ", 2)[1] for text in texts(page, "a.m:not(.off)")} == {"Variety"}
    assert texts(page, "#aspects .work tbody:last-child th") == ["story", "visuals", "pacing", "music"]
    assert texts(page, "#shown") == ["4 of 17 rows"]
    page.get_by_role("button", name="Reset").click()
    assert len(texts(page, "table.rows tbody tr")) == 17


@pytest.mark.parametrize(
    ("fragment", "rows"),
    [
        ("#?work=Nine+Kinds+of+Rust", 4), ("#?aspect=pacing", 4), ("#?voice=author", 1), ("#?voice=others", 2), ("#?voice=critics", 14),
        ("#?feeling=mixed", 3), ("#?feeling=positive%2Cnegative", 14), ("#?sure=0.8", 5), ("#?aspect=pacing&feeling=negative&sure=0.6", 1),
        ("#?source=none", 0), ("#?sure=x&feeling=", 0), ("#?nothing=1", 17), ("#matrix", 17),
    ],
)  # fmt: skip
def test_the_address_keeps_the_filters(context: BrowserContext, file: Path, fragment: str, rows: int) -> None:
    page = visit(context, file, fragment)
    assert len(texts(page, "table.rows tbody tr")) == rows


def test_filters_write_the_address_and_go_with_the_keyboard(page: Page) -> None:
    page.get_by_role("checkbox", name="blame").focus()
    page.keyboard.press("Space")
    page.get_by_label("Confidence").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#?feeling=positive%2Cmixed&sure=0.5"
    assert set(texts(page, "table.rows tbody td:nth-child(3)")) == {"+ positive", "± mixed"}
    assert min(float(text) for text in texts(page, "table.rows tbody td:nth-child(5)")) >= 0.5


def test_a_filter_that_leaves_all_changes_no_figure(page: Page) -> None:
    parts = ["table.matrix td", "table.bars td", "#quotes .said", ".verdict"]
    before = [page.locator(part).all_inner_texts() for part in parts]
    bars = shapes(page)
    page.get_by_label("Confidence").fill("0.05")
    assert [page.locator(part).all_inner_texts() for part in parts] == before
    names, places = shapes(page)
    assert names == bars[0]
    assert places == pytest.approx(bars[1], abs=0.02)


def shapes(page: Page) -> tuple[list[str], list[float]]:
    """Return what parts the bars have, and their places and widths in per cent."""
    found = page.locator("table.bars svg *").evaluate_all(
        "shapes => shapes.map(at => ['class', 'd', 'x', 'width'].map(name => at.getAttribute(name) ?? ''))"
    )
    return [kind for kind, *_ in found], [
        float(n) for _, *where in found for part in where for n in re.findall(r"[\d.]+", part)
    ]


def test_filtered_bars_are_the_consensus_of_the_rows_left(page: Page) -> None:
    page.get_by_label("Confidence").fill("0.5")
    tables = read().tables()
    left = tables["opinions"][tables["opinions"]["confidence"] >= 0.5]
    assert bars_on(page) == bars_of(frames.consensus(left, work_of(tables["articles"])))


Bars = dict[tuple[str, str], list[int | str]]


def bars_on(page: Page) -> Bars:
    """Return the figures of the bars on the page, by work and aspect."""
    found: Bars = {}
    for work in page.locator("#aspects .work:visible").all():
        for line in work.locator("tr[data-a]:visible").all():
            cells = line.locator("td").all_inner_texts()
            key = (work.get_attribute("data-work") or "", line.get_attribute("data-a") or "")
            found[key] = [*(int(cell or 0) for cell in cells[1:5]), cells[6]]
    return found


def bars_of(consensus: pd.DataFrame) -> Bars:
    """Return the same of the table."""
    return {
        (row["work"], row["aspect"]): [row["n_sources"], row["negative"], row["mixed"], row["positive"], figure(row["consensus_score"], 0)]
        for row in consensus.to_dict("records")
    }  # fmt: skip


@pytest.mark.parametrize("sure", [0.0, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85])
def test_what_a_filter_leaves_counts_as_in_a_run_of_it(context: BrowserContext, tmp_path: Path, sure: float) -> None:
    tables = roundups().tables()
    opinions, of_work = tables["opinions"], work_of(tables["articles"])
    repeats = frames.settled(frames.prepared(opinions, of_work))["repeats"]
    assert (repeats != "").sum() > 5
    page = visit(context, roundups().report(tmp_path / "r.html"), f"#?sure={sure}")
    left = opinions[opinions["confidence"] >= sure]
    assert bars_on(page) == bars_of(frames.consensus(left, of_work))
    counts = digest.matrix(left, tables["articles"]).set_index("source")["all"]
    expected = {source: sum(int(part[:-1]) for part in told.split()) for source, told in counts.items()}
    assert {
        line.get_attribute("data-s"): int((line.locator("td").first.inner_text()).split()[-1])
        for line in page.locator("table.matrix tr[data-s]:visible").all()
    } == expected
    known = frames.settled(frames.prepared(left, of_work))
    assert len(texts(page, "table.rows .again")) == (known["repeats"] != "").sum()


def test_a_dialog_tells_of_repeats(context: BrowserContext, tmp_path: Path) -> None:
    page = visit(context, roundups().report(tmp_path / "r.html"))
    page.locator('table.matrix tr[data-s="Slate"] a').nth(1).click()
    assert "Slate on story" in texts(page, "#behind-title")[0]
    assert texts(page, "#behind-note") == [
        "2 opinions: 1 praise, 1 blame. On the page these are 3 rows, 1 of which says again what another says and does not count."
    ]
    page.get_by_role("button", name="Show only these").click()
    assert texts(page, "#shown") == ["3 of 14 rows"]
    expect(page.locator('table.matrix tr[data-s="Slate"] a').nth(1)).to_be_focused()


def test_a_cell_opens_the_quotes_behind_it(page: Page) -> None:
    cell = page.locator('table.matrix tr[data-s="Variety"] a').first
    assert cell.inner_text() == "− 3"
    cell.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Variety")
    assert "3 opinions: 1 praise, 2 blame." in dialog.inner_text()
    quotes = dialog.locator("li")
    assert quotes.count() == 3
    assert "Variety hated the pacing of it, in sentence 1." in quotes.nth(1).inner_text()
    assert "rule verb · cue “hated” · confidence 0.55" in quotes.nth(1).inner_text()
    quotes.nth(1).get_by_role("button").click()
    expect(dialog).to_be_hidden()
    mark = page.locator("a.m:focus")
    assert mark.inner_text().endswith("Variety hated the pacing of it, in sentence 1.")
    assert mark.evaluate("mark => mark.getBoundingClientRect().top") > 0


@pytest.mark.parametrize(
    ("selector", "note", "quotes"),
    [
        ('.works li[data-work="The Glass Orchard"] a.n', "2 sources whose verdict is blame", 3),
        ('.works li[data-work="The Glass Orchard"] [data-a=pacing]', "4 sources,", 4),
        ('.work[data-work="Nine Kinds of Rust"] tr[data-a=story] a.p', "1 source whose verdict is praise", 1),
        ('.work[data-work="The Glass Orchard"] tr[data-a=all] td:nth-of-type(2) a', "7 sources,", 10),
    ],
)  # fmt: skip
def test_figures_open_the_verdicts_behind_them(page: Page, selector: str, note: str, quotes: int) -> None:
    link = page.locator(selector)
    figure = int("".join(char for char in link.inner_text() if char.isdigit()) or note.split(maxsplit=1)[0])
    assert figure == int(note.split(maxsplit=1)[0])
    link.click()
    dialog = page.get_by_role("dialog")
    assert note in dialog.inner_text()
    assert dialog.locator("li").count() == quotes
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


@pytest.mark.parametrize("table", ["matrix", "bars", "rows"])
def test_columns_sort_and_say_so(page: Page, table: str) -> None:
    place = {"matrix": 1, "bars": 7, "rows": 3}[table]
    whole = page.locator(f"table.{table}").first
    head = whole.locator("thead th").nth(place)
    body = whole.locator("tbody").nth(1 if table == "bars" else 0)
    cells = body.locator(f"tr:not(.group) :nth-child({place + 1})")
    values = []
    for expected in ("ascending", "descending"):
        while head.get_attribute("aria-sort") != expected:
            head.get_by_role("button").click()
        numbers = [float(text.lstrip("+±− ")) for text in cells.locator("xpath=self::td").all_inner_texts()]
        assert numbers == sorted(numbers, reverse=expected == "descending")
        assert whole.locator("[aria-sort]").count() == 1
        values.append(numbers)
    assert sorted(values[0]) == sorted(values[1])
    name = whole.locator("thead th").first
    name.get_by_role("button").press("Enter")
    assert name.get_attribute("aria-sort") == "ascending"
    names = body.locator("tr:not(.group) th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)


@pytest.mark.parametrize("chosen", ["", "Variety", "=Gazette"])
def test_the_download_is_the_table_of_the_rows_shown(page: Page, chosen: str) -> None:
    page.locator("select[name=source]").select_option(f"={chosen}" if chosen else "")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    opinions = read().opinions
    expected = opinions[opinions["source"] == chosen] if chosen else opinions
    assert Path(download.value.path()).read_bytes().decode() == csv_text(expected)
    assert download.value.suggested_filename == "opinions.csv"


CELLS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x y", "---", "- The lead is stiff", "- a(b", "- a|b", "- a=b", "- A!B", "@fan22", "@fan 2",
    "\u00a0=1", "-\u00a0é(", "=", "+-", "a,b", 'say "so"', "a\nb", "a\rb", "", " ", "é=1", "@é", "@日本", "-\u00a0日!本", "'", "'x", "−1",
    "- WEBSERVICE (\"x\")", "- 'x'!A", "- A1", "- a1", "- 1a", "- A:A", "- a: b", "- a! b", "- 2+3", "- 2 - 3", "- 2-3", "- a -b", "- a- b", "- a-b", "- a–b", "+ $A$1", "- 5", "- 5 a",
    "- a_b", "- a/b", "- ½ a", "- a½", "- ½", "- a٣", "- é-日", "- 5%", "＝1", "＋1", "－1", "＠x", "－－", "'＝1", "\n=1", "\nx", "- a\n=1", "- a\nb", "- a\u2028b", "- a…", "- \"a\" ‘b’ “c”",
    "- a\U0001f3ad", "- Ａ１", "- e\u0301",
]  # fmt: skip


def test_cells_are_kept_from_being_formulas_as_in_the_tables(page: Page) -> None:
    expected = csv_text(pd.DataFrame({"x": CELLS, "y": "0"}))
    lines = page.evaluate("cells => ['x,y', ...cells.map(cell => csvCell(cell) + ',0')].join('\\n') + '\\n'", CELLS)
    assert lines == expected


def test_an_aspect_or_its_bar_opens_all_verdicts_on_it(page: Page) -> None:
    line = page.locator('.work[data-work="The Glass Orchard"] tr[data-a=pacing]')
    for target in (line.locator("th a"), line.locator("svg")):
        target.click()
        assert "The Glass Orchard: pacing" in page.get_by_role("dialog").inner_text()
        assert page.locator("#behind-rows li").count() == 4
        page.keyboard.press("Escape")


def test_what_a_dialog_shows_can_be_kept(page: Page) -> None:
    page.locator('table.matrix tr[data-s="Variety"] td:nth-of-type(4) a').click()
    assert texts(page, "#behind-title") == ["Variety on pacing"]
    page.get_by_role("button", name="Show only these").click()
    assert texts(page, "table.rows tbody th") == ["Variety"]
    assert page.locator("select[name=source]").input_value() == "=Variety"
    assert texts(page, "article h3") == ["On The Glass Orchard"]
    assert texts(page, ".tally") == ["− 1"]
    page.get_by_role("button", name="Reset").click()
    assert len(texts(page, "article h3")) == 3
    assert texts(page, ".tally")[0] == "+ 7 ± 2 − 3"


def test_a_mark_tells_rule_cue_and_confidence(page: Page) -> None:
    mark, tip = page.locator("a.m").nth(1), page.locator("#tip")
    mark.hover()
    expect(tip).to_contain_text("− Variety: negative on pacing")
    expect(tip).to_contain_text("rule verb · cue “hated” · confidence 0.55")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator("a.m").nth(0).focus()
    expect(tip).to_contain_text("positive on visuals, music")
    assert page.locator("a.m").nth(0).get_attribute("aria-describedby") == "tip"
    page.keyboard.press("Tab")
    expect(mark).to_be_focused()
    expect(tip).to_contain_text("negative on pacing")
    page.keyboard.press("Enter")
    expect(page.locator(mark.get_attribute("href") or "").get_by_role("link")).to_be_focused()


def test_the_authors_voice_and_those_who_do_not_vote_look_different(page: Page) -> None:
    styles = {
        name: page.locator(f"a.m{name}").first.evaluate("mark => [getComputedStyle(mark).fontStyle, getComputedStyle(mark).borderBottomStyle]")
        for name in (":not(.au, .nv).p", ".au", ".nv")
    }  # fmt: skip
    assert styles == {":not(.au, .nv).p": ["normal", "solid"], ".au": ["italic", "solid"], ".nv": ["normal", "dotted"]}


def test_a_link_to_a_row_that_a_filter_hides_drops_the_filter(page: Page) -> None:
    page.locator("select[name=source]").select_option("Empire")
    page.evaluate("location.hash = 'r0'")
    expect(page.locator("#r0")).to_be_visible()
    page.locator("select[name=work]").select_option("Nine Kinds of Rust")
    expect(page.locator("#m0")).to_be_hidden()
    page.evaluate("location.hash = 'm0'")
    expect(page.locator("#m0")).to_be_visible()


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(250):
        page.keyboard.press("Tab")
        kind = page.evaluate(
            "(() => { const at = document.activeElement; const style = getComputedStyle(at);"
            " return [at.closest('section, footer, form, header')?.id || at.closest('header')?.className || 'lead', style.outlineStyle]; })()"
        )
        reached.add(kind[0])
        assert kind[1] != "none"
        if kind[0] == "method":
            break
    assert {"top", "filters", "matrix", "aspects", "quotes", "articles", "rows", "errors", "method"} <= reached


def test_links_lead_somewhere_and_ids_are_unique(page: Page) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(at => at.id)")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.evaluate("[...document.links].map(link => link.getAttribute('href'))")} <= set(
        ids
    )
    rows = page.locator("table.rows tbody tr td a")
    for row in rows.all():
        href = row.get_attribute("href") or ""
        assert page.locator(href).locator("xpath=..").inner_text().endswith(row.inner_text())


def test_headings_are_in_order(page: Page) -> None:
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].filter(h => h.offsetParent).map(h => +h.localName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_the_most_divisive_aspect_is_in_the_headline(page: Page) -> None:
    (orchard,) = [text for text in texts(page, ".works li") if "Glass Orchard" in text]
    assert "7 sources" in orchard
    assert "most divisive: pacing" in orchard


def test_it_reads_without_its_script(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#download")).to_be_hidden()
    expect(page.locator("#theme")).to_be_hidden()
    for words in (
        "7 sources",
        "most divisive: pacing",
        "Variety hated the pacing of it, in sentence 1.",
        "Wilson (1927)",
        "the file is empty",
    ):
        expect(page.get_by_text(words).locator("visible=true").first).to_be_visible()
    assert len(texts(page, "table.rows tbody tr")) == 17
    page.locator("table.matrix td a").first.click()
    expect(page).to_have_url(re.compile(r"#r\d+$"))
    page.locator("table.rows tbody td a").first.click()
    expect(page).to_have_url(re.compile(r"#m0$"))
    context.close()


def test_hostile_words_do_not_run(context: BrowserContext, tmp_path: Path) -> None:
    page = visit(context, hostile().report(tmp_path / "hostile.html"))
    page.locator("table.matrix td a").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="praise").uncheck()
    page.get_by_role("checkbox", name="praise").check()
    page.locator("a.m").first.focus()
    expect(page.locator("#tip")).to_be_visible()
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


def test_nested_and_overlapping_opinions_are_all_reached(context: BrowserContext, tmp_path: Path) -> None:
    made = read()
    first = made.analyses[0]
    outer = first.opinions[1]
    inner = replace(outer, start=outer.start, end=outer.end - 5, number=90, source=Source("Inner", "outlet"))
    over = replace(outer, start=outer.end - 3, end=outer.end + 20, number=91, source=Source("Over", "outlet"))
    made = Result((replace(first, opinions=(*first.opinions, inner, over)),))
    page = visit(context, made.report(tmp_path / "nested.html"))
    assert page.locator("#articles .text").first.evaluate(
        "text => { const copy = text.cloneNode(true); copy.querySelectorAll('b[id]').forEach(label => { label.nextSibling.data = label.nextSibling.data.slice(1); label.remove(); });"
        " return copy.textContent; }"
    ) == first.article.text.replace("\r\n", "\n")  # fmt: skip
    for source in ("Variety", "Inner", "Over"):
        mark = page.locator("a.m", has=page.locator(f"b:text-is('+ {source}'), b:text-is('− {source}')")).last
        mark.focus()
        expect(page.locator("#tip")).to_contain_text(source)


def test_all_is_printed(context: BrowserContext, file: Path) -> None:
    page = visit(context, file)
    page.emulate_media(media="print")
    for hidden in ("#filters", "#theme", "#download", ".top nav"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.locator(".scroll.tall").first.evaluate("region => getComputedStyle(region).overflowY") == "visible"
    assert len(page.pdf(format="A4")) > 20_000


def test_many_works_are_folded_and_reached(context: BrowserContext, tmp_path: Path) -> None:
    made = tuple(article(f"a{n:02}", f"Work {n:02}", RUST) for n in range(MANY_WORKS + 2))
    page = visit(context, Result(made).report(tmp_path / "many.html"))
    assert violations(page) == []
    assert len(texts(page, ".works li")) == MANY_WORKS
    page.get_by_text("2 works more").click()
    assert len(texts(page, ".works li")) == MANY_WORKS + 2
    assert set(texts(page, "#quotes h4")) == {"most telling"}
    page.locator("select[name=work]").select_option("Work 13")
    assert texts(page, "#aspects h3") == ["Work 13"]
    assert texts(page, "#quotes h3") == ["Work 13"]
    assert len(texts(page, "table.rows tbody tr")) == 4


def test_an_empty_run_has_a_page(context: BrowserContext, tmp_path: Path) -> None:
    page = visit(context, write_report(Result(()).tables(), tmp_path / "empty.html"))
    assert "0 articles" in page.locator("main").inner_text()
    assert violations(page) == []


@pytest.mark.parametrize("chosen", ["td:nth-of-type(4) a", ".work tr[data-a=pacing] td:nth-of-type(2) a"])
def test_the_focus_stays_where_a_dialog_was_opened(page: Page, chosen: str) -> None:
    link = page.locator(f'table.matrix tr[data-s="Variety"] {chosen}' if chosen.startswith("td") else chosen).first
    link.click()
    page.get_by_role("button", name="Show only these").click()
    expect(link).to_be_focused()


def test_links_keep_the_filters_in_the_address(page: Page) -> None:
    sections = page.get_by_role("navigation")
    sections.get_by_role("link", name="Aspects").click()
    expect(page).to_have_url(re.compile("#aspects$"))
    page.locator("select[name=aspect]").select_option("pacing")
    expect(page).to_have_url(re.compile(r"#\?aspect=pacing$"))
    sections.get_by_role("link", name="Quotes").click()
    expect(page).to_have_url(re.compile(r"#\?aspect=pacing&at=quotes$"))
    assert page.locator("#quotes h2").evaluate("head => head === document.activeElement")
    assert 0 <= page.locator("#quotes").evaluate("section => section.getBoundingClientRect().top") < 300
    page.reload()
    assert texts(page, "#shown") == ["4 of 17 rows"]
    assert 0 <= page.locator("#quotes").evaluate("section => section.getBoundingClientRect().top") < 300
    page.locator("a.m:not(.off)").first.click()
    expect(page).to_have_url(re.compile(r"#\?aspect=pacing&at=r2$"))
    expect(page.locator("#r2 a")).to_be_focused()
    page.go_back()
    assert texts(page, "#shown") == ["4 of 17 rows"]
    page.go_back()
    expect(page).to_have_url(re.compile(r"#\?aspect=pacing$"))
    assert texts(page, "#shown") == ["4 of 17 rows"]
    page.go_back()
    expect(page.locator("#shown")).to_have_text("All 17 rows")
    assert page.locator("select[name=aspect]").input_value() == ""
    page.go_forward()
    expect(page.locator("#shown")).to_have_text("4 of 17 rows")


def test_a_link_to_what_the_filters_hide_drops_them_from_the_address_too(context: BrowserContext, file: Path) -> None:
    page = visit(context, file, "#?aspect=pacing&at=r0")
    expect(page).to_have_url(re.compile("#r0$"))
    assert texts(page, "#shown") == ["All 17 rows"]
    expect(page.locator("#r0")).to_be_in_viewport()


def test_an_address_between_the_steps_of_the_slider_is_rounded(context: BrowserContext, file: Path) -> None:
    page = visit(context, file, "#?sure=0.73")
    assert texts(page, "#sure") == ["0.75"]
    assert page.get_by_label("Confidence").input_value() == "0.75"
    assert page.evaluate("location.hash") == "#?sure=0.75"


def test_a_filtered_page_says_so_on_paper(page: Page) -> None:
    line = page.locator("#printed")
    page.emulate_media(media="print")
    expect(line).to_be_hidden()
    page.evaluate("location.hash = '?work=Nine+Kinds+of+Rust&voice=critics&feeling=positive,mixed&sure=0.4'")
    expect(line).to_be_visible()
    assert line.inner_text() == (
        "Filtered by work “Nine Kinds of Rust”, voice “Who votes”, feeling positive or mixed, confidence ≥ 0.40: 2 of 17 rows. "
        "The headline counts all rows."
    ).replace("positive", "praise")
    page.emulate_media(media="screen")
    expect(line).to_be_hidden()


@pytest.mark.parametrize("title", ["Salt\r\nHarbour", "Salt\rHarbour", "Salt\nHarbour", '"Salt" & <b>'])
def test_a_title_with_line_ends_can_be_chosen(context: BrowserContext, tmp_path: Path, title: str) -> None:
    said: list[Said] = [(title, "outlet", title, "positive", 0.9), ("Slate", "outlet", "story", "negative", 0.8)]
    made = Result((article(title, title, said), article("rust", "Nine Kinds of Rust", RUST)))
    page = visit(context, made.report(tmp_path / "r.html"))
    for name, rows in (("work", 2), ("source", 1), ("aspect", 1)):
        page.locator(f"select[name={name}]").select_option(f"={title}")
        assert len(texts(page, "table.rows tbody tr")) == rows
        assert len(texts(page, "article h3")) == 1
        for part in ("table.matrix td a", "#aspects tr[data-a]", "#quotes .said"):
            assert texts(page, part)
        page.get_by_role("button", name="Reset").click()
    page.locator(".works a").nth(1).click()
    assert page.locator("#behind-rows li").count() > 0


@pytest.mark.parametrize("name", ["The Very Long And Winding Courier of " * 3 + "X", "Longname" * 14])
@pytest.mark.parametrize("width", [360, 640])
def test_a_long_name_does_not_widen_the_page(context: BrowserContext, tmp_path: Path, name: str, width: int) -> None:
    said: list[Said] = [(name, "outlet", "story", "positive", 0.9), (name, "outlet", "music", "negative", 0.8)]
    page = visit(context, Result((article(name, name, said),)).report(tmp_path / "r.html"))
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.locator("#fold").click()
    page.locator("a.m").first.focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("table.matrix td a").first.click()
    assert page.locator("#behind").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


def test_what_is_missing_sorts_last_both_ways(page: Page) -> None:
    table = page.locator("table.matrix")
    place = texts(page, "table.matrix thead th").index("pacing")
    head = table.locator("thead th").nth(place)
    for way in ("descending", "ascending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == way
        cells = table.locator(f"tbody.critics tr[data-s] > :nth-child({place + 1})").all_inner_texts()
        assert [bool(cell) for cell in cells] == sorted((bool(cell) for cell in cells), reverse=True)
        assert "" in cells


def test_one_row_is_one_row(context: BrowserContext, tmp_path: Path) -> None:
    page = visit(context, Result((article("rust", "Nine Kinds of Rust", RUST[:1]),)).report(tmp_path / "one.html"))
    assert texts(page, "#shown") == ["1 row"]


def test_the_chosen_theme_is_kept(page: Page) -> None:
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("button", name="Light")).to_be_visible()


def test_a_browser_that_keeps_nothing_shows_the_page(context: BrowserContext, file: Path) -> None:
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })")
    page = visit(context, file)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
