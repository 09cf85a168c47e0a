"""Charts: what they draw of which rows, what they say of themselves, and files written without a browser."""

from __future__ import annotations

import builtins
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from samples import votes

from pipeline import digest, frames, plots
from pipeline.errors import InputError, OutputError, PullquoteError, SettingsError
from pipeline.plots.labels import MOST, shortened

OPINIONS = frames.frame("opinions", [
    *votes(
        ("Variety", "outlet", "story+music", "positive", 0.9), ("Variety", "outlet", "story", "negative", -0.8),
        ("Empire", "outlet", "story", "positive", 0.7), ("Slant", "outlet", "story", "negative", -0.9),
        ("Time Out", "outlet", "story", "mixed", 0.1), ("Ann Lee", "cast_crew", "story", "positive", 1.0), article="a",
    ),
    *votes(("Empire", "outlet", "music", "positive", 0.5), article="b"),
    *votes(("Slant", "outlet", "music", "negative", -0.5), article="c"),
])  # fmt: skip
WORKS = {"a": "W", "b": "W", "c": "Other"}
CONSENSUS = frames.consensus(OPINIONS, WORKS)
ARTICLES = frames.frame("articles", [
    {"article_id": "a", "work": "W", "date": "2025-09-05"}, {"article_id": "b", "work": "W", "date": "2025-09-20"},
    {"article_id": "c", "work": "Other", "date": ""},
])  # fmt: skip
LEAN = pd.DataFrame({
    "source": ["Empire", "Empire", "Slant", "Variety", "Paste"], "aspect": ["all", "story", "all", "all", "all"], "n_works": [6, 3, 5, 2, 1],
    "gap": [0.4, -0.2, -0.6, -0.1, 1.0], "gap_low": [0.1, -0.8, -0.9, None, None], "gap_high": [0.7, 0.4, -0.3, None, None],
})  # fmt: skip


def _charts() -> dict[str, Any]:
    return {
        "matrix": plots.matrix(OPINIONS), "bars": plots.bars(CONSENSUS), "lean": plots.lean(LEAN),
        "timeline": plots.timeline(OPINIONS, ARTICLES),
    }  # fmt: skip


def _values(chart: Any) -> list[dict[str, Any]]:
    """Collect the rows of every data set of a chart."""
    found: list[dict[str, Any]] = []
    waiting = [chart.to_dict()]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            found += part.get("data", {}).get("values", []) if isinstance(part.get("data"), dict) else []
            waiting += list(part.values())
        elif isinstance(part, list):
            waiting += part
    return found


def _tooltips(chart: Any) -> list[dict[str, Any]]:
    """Collect the tooltips of a chart."""
    found: list[dict[str, Any]] = []
    waiting = [chart.to_dict()]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            found += part.get("tooltip", []) if isinstance(part.get("tooltip"), list) else []
            waiting += list(part.values())
        elif isinstance(part, list):
            waiting += part
    return found


def _title(chart: Any) -> str:
    title = chart.to_dict()["title"]
    return " ".join([title["text"], *title["subtitle"]])


def test_matrix_has_a_cell_for_each_source_and_aspect() -> None:
    chart = plots.matrix(OPINIONS)
    cells = {(row["name"], row["aspect"]): (row["verdict"], row["mark"], row["score"]) for row in _values(chart)}
    assert cells == {
        ("Variety", "story"): ("mixed", "±2", 0.05), ("Variety", "music"): ("positive", "+", 0.9),
        ("Empire", "story"): ("positive", "+", 0.7), ("Empire", "music"): ("positive", "+", 0.5),
        ("Slant", "story"): ("negative", "−", -0.9), ("Slant", "music"): ("negative", "−", -0.5),
        ("Time Out", "story"): ("mixed", "±", 0.1), ("Ann Lee (no vote)", "story"): ("positive", "+", 1.0),
    }  # fmt: skip
    layers = chart.to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["rect", "text"]
    assert layers[0]["encoding"]["y"]["sort"] == ["Variety", "Empire", "Slant", "Time Out", "Ann Lee (no vote)"]
    assert layers[0]["encoding"]["x"]["sort"] == ["story", "music"]
    assert layers[0]["encoding"]["color"]["field"] == "score"
    assert layers[1]["encoding"]["text"]["field"] == "mark"


def test_matrix_leaves_out_the_least_heard_and_says_so() -> None:
    chart = plots.matrix(OPINIONS, sources=2)
    assert {row["name"] for row in _values(chart)} == {"Variety", "Empire"}
    assert "3 sources are not drawn" in _title(chart)
    assert "not drawn" not in _title(plots.matrix(OPINIONS))


def test_matrix_counts_as_the_report_and_the_consensus_do() -> None:
    said = [
        ("a", "Variety", "outlet", "", "the best film of the year", "positive", 0.8),
        ("b", "Variety", "outlet", "", "the best film of the year", "positive", 0.8),
        ("b", "Ann Lee", "critic", "Ann Lee", "it drags towards its end", "negative", -0.6),
        ("c", "Empire", "outlet", "Ann Lee", "it is of two minds throughout", "negative", -0.2),
        ("c", "Empire", "outlet", "Ann Lee", "a plot without a turn", "negative", -0.4),
        ("c", "Jo", "critic", "Jo", "a small wonder of a plot", "positive", 0.5),
    ]
    names = ("article_id", "source", "source_type", "speaker", "text", "sentiment", "score")
    rows = [
        {**dict(zip(names, row, strict=True)), "opinion_id": f"{row[0]}:o{n}", "aspect": "story", "confidence": 0.5}
        for n, row in enumerate(said)
    ]
    opinions = frames.frame("opinions", rows)
    articles = frames.frame("articles", [{"article_id": name, "work": "W"} for name in "abc"])
    drawn = {row["name"]: (row["n"], row["verdict"], row["score"]) for row in _values(plots.matrix(opinions, articles))}
    assert drawn == {"Variety": (1, "positive", 0.8), "Empire": (3, "negative", -0.4), "Jo": (1, "positive", 0.5)}
    table = digest.matrix(opinions, articles).set_index("source")
    assert table["story"].to_dict() == {"Variety": "1+", "Empire": "3−", "Jo": "1+"}
    assert table["story_score"].to_dict() == {name: score for name, (_, _, score) in drawn.items()}
    (told,) = frames.consensus(opinions, dict.fromkeys("abc", "W")).query("aspect == 'story'").itertuples()
    assert (told.positive, told.mixed, told.negative) == (2, 0, 1)
    assert "a repeated quote counted once" in _title(plots.matrix(opinions, articles))
    apart = {row["name"]: row["n"] for row in _values(plots.matrix(opinions))}
    assert apart == {"Variety": 2, "Ann Lee": 1, "Empire": 2, "Jo": 1}


def test_bars_spread_from_the_middle_of_the_mixed() -> None:
    segments = {
        row["verdict"]: (row["from"], row["to"], row["mark"])
        for row in _values(plots.bars(CONSENSUS, work="W")) if row["aspect"] == "story" and "verdict" in row
    }  # fmt: skip
    assert segments == {"− blame": (-2, -1, "−1"), "± mixed": (-1, 1, "±2"), "+ praise": (1, 2, "+1")}


def test_bars_show_the_share_that_praises_and_its_interval() -> None:
    chart = plots.bars(CONSENSUS, work="W")
    assert "not drawn" not in _title(chart)
    shares = {row["aspect"]: row for row in _values(chart) if "share" in row}
    told = CONSENSUS[CONSENSUS["work"] == "W"].set_index("aspect")
    assert shares.keys() == set(told.index)
    for aspect, row in shares.items():
        assert row["share"] == told["positive"][aspect] / told["n_sources"][aspect]
        assert (row["wilson_low"], row["wilson_high"]) == (told["wilson_low"][aspect], told["wilson_high"][aspect])
    told_of = {tip["field"]: tip.get("title") for tip in _tooltips(chart)}
    assert told_of["share"] == "share that praises"
    assert told_of["positive_share"] == "with half of the mixed"
    assert all("share" in row for row in _values(chart))
    assert shares["story"]["split"] == f"{told['divisiveness']['story']:.2f}"
    assert shares["music"]["split"] == ""
    assert "divisiveness" in chart.to_json()
    assert "W: 1 praise, 2 mixed, 1 blame" in chart.to_dict()["description"]


def test_bars_draw_each_work_of_a_table_up_to_a_dozen() -> None:
    assert [part["title"]["text"] for part in plots.bars(CONSENSUS).to_dict()["vconcat"]] == ["Other", "W"]
    many = pd.concat([CONSENSUS[CONSENSUS["work"] == "W"].assign(work=f"W{n:02}") for n in range(15)])
    chart = plots.bars(many)
    assert len(chart.to_dict()["vconcat"]) == 12
    assert "3 works are not drawn" in _title(chart)
    with pytest.raises(InputError, match="no work 'V'") as caught:
        plots.bars(CONSENSUS, work="V")
    assert "'Other', 'W'" in caught.value.hint


def test_lean_is_sorted_and_tells_kind_from_harsh() -> None:
    chart = plots.lean(LEAN, works=2)
    rows = [row for row in _values(chart) if "gap" in row]
    assert {(row["source"], row["side"], row["works"]) for row in rows} == {
        ("Empire", "kinder", "6 works"), ("Variety", "harsher", "2 works"), ("Slant", "harsher", "5 works"),
    }  # fmt: skip
    assert chart.to_dict()["layer"][1]["encoding"]["y"]["sort"] == ["Empire", "Variety", "Slant"]
    assert "1 source is not drawn" in _title(chart)
    assert "from Empire (kindest) to Slant (harshest)" in chart.to_dict()["description"]


@pytest.mark.parametrize(
    ("options", "sources"),
    [({}, {"Empire", "Slant"}), ({"sources": 1}, {"Empire"}), ({"works": 1}, {"Empire", "Slant", "Variety", "Paste"}), ({"aspect": "story"}, {"Empire"})],
)  # fmt: skip
def test_lean_draws_those_with_the_most_works(options: dict[str, Any], sources: set[str]) -> None:
    assert {row["source"] for row in _values(plots.lean(LEAN, **options)) if "gap" in row} == sources


LEAN_OF_50 = pd.DataFrame({
    "source": [f"S{n:02}" for n in range(50)], "aspect": "all", "n_works": 5, "gap": 0.1, "gap_low": 0.0, "gap_high": 0.2,
})  # fmt: skip


@pytest.mark.parametrize(
    ("table", "options", "notes"),
    [
        (LEAN_OF_50, {}, ["10 sources are not drawn: no more than 40 are drawn, those with the most works first."]),
        (LEAN_OF_50, {"sources": 50}, []),
        (LEAN, {}, ["2 sources are not drawn: fewer than 3 works with others."]),
        (LEAN, {"works": 2}, ["1 source is not drawn: fewer than 2 works with others."]),
        (LEAN, {"sources": 1}, [
            "2 sources are not drawn: fewer than 3 works with others.",
            "1 source is not drawn: no more than 1 are drawn, those with the most works first.",
        ]),
    ],
)  # fmt: skip
def test_lean_says_why_sources_are_not_drawn(table: pd.DataFrame, options: dict[str, Any], notes: list[str]) -> None:
    chart = plots.lean(table, **options).to_dict()
    assert chart["title"]["subtitle"][1:] == notes
    assert all(note in chart["description"] for note in notes)


def test_lean_names_the_aspects_where_it_has_no_such() -> None:
    with pytest.raises(InputError, match="no aspect 'acting'") as caught:
        plots.lean(LEAN, aspect="acting")
    assert "'all', 'story'" in caught.value.hint


@pytest.mark.parametrize("number", [0, -1])
@pytest.mark.parametrize(
    ("draw", "name"),
    [(lambda **n: plots.matrix(OPINIONS, **n), "sources"), (lambda **n: plots.lean(LEAN, **n), "sources"),
     (lambda **n: plots.timeline(OPINIONS, ARTICLES, **n), "days")],
)  # fmt: skip
def test_a_number_of_things_to_draw_is_one_or_more(draw: Any, name: str, number: int) -> None:
    with pytest.raises(SettingsError, match=f"{name} is {number}"):
        draw(**{name: number})


def test_timeline_draws_opinions_that_vote_and_a_running_mean() -> None:
    values = _values(plots.timeline(OPINIONS, ARTICLES, days=10))
    points = [(row["moment"], row["source"], row["score"]) for row in values if row["kind"] == "opinion"]
    assert points == [
        ("2025-09-05T00:00:00", "Variety", 0.9), ("2025-09-05T00:00:00", "Variety", -0.8), ("2025-09-05T00:00:00", "Empire", 0.7),
        ("2025-09-05T00:00:00", "Slant", -0.9), ("2025-09-05T00:00:00", "Time Out", 0.1), ("2025-09-20T00:00:00", "Empire", 0.5),
    ]  # fmt: skip
    means = [(row["moment"], row["score"], row["n"]) for row in values if row["kind"] == "mean"]
    assert means == [("2025-09-05T00:00:00", 0.0, 5), ("2025-09-20T00:00:00", 0.5, 1)]


def test_counts_are_written_on_bars_that_have_room() -> None:
    rows = votes(*((f"S{n}", "outlet", "story", "positive" if n else "negative", 1.0) for n in range(80)))
    drawn = plots.bars(frames.consensus(frames.frame("opinions", rows)))
    assert {row["mark"] for row in _values(drawn) if "mark" in row} == {"", "+79"}


def test_timeline_means_reach_as_far_back_as_told() -> None:
    means = [row["score"] for row in _values(plots.timeline(OPINIONS, ARTICLES, days=16)) if row["kind"] == "mean"]
    assert means == [0.0, round(0.5 / 6, 4)]


@pytest.mark.parametrize(("by", "panels"), [("work", ["W"]), ("aspect", ["story", "music"]), ("", None)])
def test_timeline_has_a_panel_for_each_group(by: str, panels: list[str] | None) -> None:
    chart = plots.timeline(OPINIONS, ARTICLES, by=by)
    assert _title(chart).endswith("1 opinion is not drawn: no date.")
    drawn = chart.to_dict()
    assert drawn.get("facet", {}).get("row", {}).get("sort") == panels


@pytest.mark.parametrize(
    ("date", "drawn"),
    [
        ("2025-09-05", True), ("2025-09", True), ("2025-09-05T10:00:00+02:00", True), (pd.Timestamp("2025-09-05"), True), ("2025", True),
        (2025.0, True), ("05/09/2025", False), ("soon", False), (None, False),
    ],
)  # fmt: skip
def test_dates_are_those_of_iso_8601(date: object, drawn: bool) -> None:
    articles = frames.frame("articles", [{"article_id": "a", "work": "W", "when": date}])
    chart = plots.timeline(OPINIONS, articles, date="when")
    assert any("moment" in row for row in _values(chart)) is drawn
    assert ("opinions are not drawn: no date" in _title(chart)) is drawn


WANTED = "write dates as ISO 8601 has them, 2025-09-05."


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (["2025-09-05", "20 Sep 2025", ""], [f"1 opinion is not drawn: a date that cannot be read, such as '20 Sep 2025': {WANTED}", "1 opinion is not drawn: no date."]),
        (["2025-09-05", "soon", "later"], [f"2 opinions are not drawn: a date that cannot be read, such as 'soon': {WANTED}"]),
        (["2025-09-05", "", " "], ["2 opinions are not drawn: no date."]),
        (["5 Sep 2025", "", None], [f"No date in the column 'date' can be read, such as '5 Sep 2025': {WANTED}"]),
        (["", "", None], ["No opinion comes from an article with a date in the column 'date'."]),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_read_are_not_called_missing(dates: list[Any], words: list[str]) -> None:
    drawn = plots.timeline(OPINIONS, ARTICLES.assign(date=dates)).to_dict()
    assert all(each in drawn["description"] for each in words)
    assert drawn["description"].count("not drawn") == sum("not drawn" in each for each in words)


@pytest.mark.parametrize("dates", [["2025-09-05", "2025-09-20"], ["2025-12-30", "2026-01-02"], ["2025-09-05"] * 2])
@pytest.mark.parametrize("by", ["work", ""])
def test_a_timeline_tells_the_year(dates: list[str], by: str, tmp_path: Path) -> None:
    chart = plots.timeline(OPINIONS, ARTICLES.iloc[:2].assign(date=dates), by=by)
    assert " 2025</text>" in plots.save(chart, tmp_path / "c.svg").read_text(encoding="utf-8")


def test_timeline_has_a_dozen_panels_at_most() -> None:
    opinions = pd.concat(
        [OPINIONS.query("article_id == 'b'").assign(article_id=f"a{n}", opinion_id=f"a{n}:o1") for n in range(14)]
    )
    articles = frames.frame(
        "articles", [{"article_id": f"a{n}", "work": f"W{n:02}", "date": f"2025-01-{n + 1:02}"} for n in range(14)]
    )
    chart = plots.timeline(opinions, articles)
    assert chart.to_dict()["facet"]["row"]["sort"] == [f"W{n:02}" for n in range(12)]
    assert {row["panel"] for row in _values(chart)} == {f"W{n:02}" for n in range(12)}
    assert "2 works are not drawn: the latest" in _title(chart)
    assert "no date" not in _title(chart)
    undated = plots.timeline(opinions, articles.assign(date=["", *articles["date"][1:]]))
    assert "1 opinion is not drawn: no date. 1 work is not drawn: the latest" in _title(undated)


def test_a_long_timeline_is_thinned_and_its_line_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("pipeline.plots.timeline"), "_POINTS", 3)
    chart = plots.timeline(OPINIONS, ARTICLES)
    assert sum(row["kind"] == "opinion" for row in _values(chart)) == 3
    assert [row["n"] for row in _values(chart) if row["kind"] == "mean"] == [5, 6]
    assert "One opinion in 2 is drawn" in _title(chart)


def test_timeline_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(InputError, match="'published'"):
        plots.timeline(OPINIONS, ARTICLES, date="published")
    with pytest.raises(SettingsError, match="'source'"):
        plots.timeline(OPINIONS, ARTICLES, by="source")
    with pytest.raises(SettingsError, match="days is 0"):
        plots.timeline(OPINIONS, ARTICLES, days=0)


EMPTY = frames.frame("opinions", [])


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (plots.matrix(EMPTY), "No opinions"), (plots.bars(frames.frame("consensus", [])), "No source"),
        (plots.lean(LEAN.iloc[4:]), "No source"), (plots.lean(LEAN.iloc[:0]), "No source"), (plots.timeline(EMPTY, ARTICLES), "No opinion"),
        (plots.timeline(OPINIONS, ARTICLES.iloc[:0]), "No opinion"),
    ],
)  # fmt: skip
def test_an_empty_table_gives_a_chart_that_says_so(chart: Any, words: str, tmp_path: Path) -> None:
    (row,) = _values(chart)
    assert words in row["note"]
    assert words in plots.save(chart, tmp_path / "note.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("draw", "table"),
    [(plots.matrix, "opinions"), (plots.bars, "consensus"), (plots.lean, "lean"), (lambda t: plots.timeline(t, ARTICLES), "opinions")],
)  # fmt: skip
def test_a_table_of_another_kind_is_refused(draw: Any, table: str) -> None:
    with pytest.raises(InputError, match=f"the {table} table has no column") as caught:
        draw(pd.DataFrame({"x": [1]}))
    assert "x" in caught.value.hint


@pytest.mark.parametrize("name", ["matrix", "bars", "lean", "timeline"])
def test_charts_are_titled_described_and_the_same_each_time(name: str) -> None:
    chart, again = _charts()[name], _charts()[name]
    drawn = chart.to_dict()
    assert drawn["title"]["text"]
    assert drawn["description"].startswith(drawn["title"]["text"])
    assert len(drawn["description"]) > len(drawn["title"]["text"]) + 20
    assert chart.to_json() == again.to_json()


@pytest.mark.parametrize("name", ["matrix", "bars", "lean", "timeline"])
def test_charts_are_written_without_a_browser(name: str, tmp_path: Path) -> None:
    chart = _charts()[name]
    png = plots.save(chart, tmp_path / "new" / f"{name}.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert len(png) > 5_000
    svg = plots.save(chart, tmp_path / f"{name}.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert chart.to_dict()["title"]["text"] in svg
    assert "error" not in svg.lower()


def test_the_formats_are_told_by_the_ending(tmp_path: Path) -> None:
    chart = plots.lean(LEAN)
    assert plots.save(chart, tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert '"$schema"' in plots.save(chart, tmp_path / "c.json").read_text(encoding="utf-8")
    page = plots.save(chart, tmp_path / "c.html").read_text(encoding="utf-8")
    assert "<script src=" not in page
    for name in ("c.gif", "c"):
        with pytest.raises(SettingsError, match=name):
            plots.save(chart, tmp_path / name)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write"):
        plots.save(chart, tmp_path / "file" / "c.svg")


HOSTILE = "</script><script>alert(1)</script>\u2028\n'\"\\ <b>Ann</b> & Sons"


@pytest.mark.parametrize("kind", ["svg", "html", "png"])
def test_names_cannot_break_out_of_a_chart(kind: str, tmp_path: Path) -> None:
    rows = votes((HOSTILE, "outlet", "story", "positive", 0.9), ("=1+1", "outlet", "story", "negative", -0.9))
    opinions = frames.frame("opinions", [{**row, "text": HOSTILE} for row in rows])
    articles = frames.frame("articles", [{"article_id": "a", "work": HOSTILE, "date": "2025-01-01"}])
    charts = [
        plots.matrix(opinions), plots.bars(frames.consensus(opinions, {"a": HOSTILE})), plots.timeline(opinions, articles),
        plots.lean(LEAN.assign(source=[HOSTILE, "Empire", "B", "C", "D"])),
    ]  # fmt: skip
    for chart in charts:
        page = plots.save(chart, tmp_path / f"c.{kind}").read_bytes()
        assert b"<script>alert" not in page
        assert b"<b>Ann" not in page
        assert b"alert(1)" in page or kind == "png"


LONG = [
    ("x" * MOST, "x" * MOST), ("x" * (MOST + 1), "x" * (MOST - 1) + "…"), ("a b " * 20, "a b " * 9 + "a b…"),
    ("🎬" * 20, "🎬" * 20), ("🎬" * 21, "🎬" * 19 + "…"), ("x" + "🎬" * 20, "x" + "🎬" * 19 + "…"), ("映" * 30, "映" * 19 + "…"),
    ("👩\u200d👩\u200d👧" * 21, "👩\u200d👩\u200d👧" * 19 + "…"), ("👍🏽" * 21, "👍🏽" * 19 + "…"), ("🇮🇪" * 41, "🇮🇪" * 39 + "…"),
    ("e\u0301" * 41, "e\u0301" * 39 + "…"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "short"), LONG)
def test_names_are_shortened_in_whole_characters(text: str, short: str) -> None:
    assert shortened(text) == short


@pytest.mark.parametrize("before", range(34, 42))
def test_a_name_is_never_cut_within_an_emoji(before: int, tmp_path: Path) -> None:
    name = "x" * before + "🎬🎬🎬🎬"
    opinions = frames.frame(
        "opinions", votes((name, "outlet", name, "positive", 0.9), (name, "author", name, "mixed", 0.1))
    )
    articles = frames.frame("articles", [{"article_id": "a", "work": name, "date": "2025-01-01"}])
    charts = [
        plots.matrix(opinions), plots.bars(frames.consensus(opinions, {"a": name})), plots.timeline(opinions, articles),
        plots.timeline(opinions, articles, by="aspect"), plots.lean(LEAN.assign(source=[name, "Empire", "B", "C", "D"])),
    ]  # fmt: skip
    for chart in charts:
        page = plots.save(chart, tmp_path / "c.svg").read_text(encoding="utf-8")
        assert f">{shortened(name)}</text>" in page
        assert name in chart.to_json(ensure_ascii=False)
    assert f">{shortened(name, MOST - len(' (no vote)'))} (no vote)</text>" in plots.save(
        charts[0], tmp_path / "c.svg"
    ).read_text(encoding="utf-8")


def _hide(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Make a package impossible to import."""
    real = builtins.__import__

    def hidden(name: str, *args: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", hidden)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(("package", "shown"), [("altair", "altair"), ("vl_convert", "vl-convert-python")])
def test_a_missing_package_names_the_extra(
    package: str, shown: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chart = plots.lean(LEAN)
    _hide(monkeypatch, package)
    with pytest.raises(PullquoteError, match=shown) as caught:
        plots.save(chart, tmp_path / "c.png") if package == "vl_convert" else plots.lean(LEAN)
    assert "pullquote[report]" in caught.value.hint


def test_importing_the_package_does_not_import_altair() -> None:
    code = "import sys, pipeline; assert 'pipeline.plots' not in sys.modules; pipeline.plots.lean; print('altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
