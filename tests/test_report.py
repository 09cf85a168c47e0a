"""Reports: tables read back from every format, a page that shows them and escapes what articles say."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from samples import TEXT, Vote, analysis, empty, result, votes

from pipeline import frames
from pipeline.api import Result
from pipeline.cli.job import report_on
from pipeline.consensus import wilson
from pipeline.digest import quotes
from pipeline.errors import InputError, OutputError, SettingsError
from pipeline.report import render, write_report
from pipeline.report.figures import Bar, works
from pipeline.report.matrix import GROUPS
from pipeline.report.rows import embedded, work_of
from pipeline.report.telling import LAST, pairs, ranked
from pipeline.report.texts import article_texts
from pipeline.schema import Analysis, Article, Aspect, Failure, Opinion, Sentence, Sentiment, Source
from pipeline.stored import read_tables
from pipeline.write import FORMATS


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_tables_are_read_back(tmp_path: Path, kind: str, filled: bool) -> None:
    made = result({"note": "n"}, {"note": "m"}) if filled else empty()
    made.write(tmp_path, output_format=kind)
    found = read_tables(tmp_path)
    for name, table in made.tables().items():
        pd.testing.assert_frame_equal(found[name], table, check_dtype=kind != "xlsx")
    assert render(found)


ESCAPES = ["_x000D_", "x005F_", "a\rb", "a\x01b_x0041_", "_x0041_", "_x005F_", "plain"]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_looks_like_an_escape_comes_back(tmp_path: Path, kind: str) -> None:
    made = result(*({"note": text, "": text, "_x0041_": text} for text in ESCAPES))
    made.write(tmp_path, output_format=kind)
    found = read_tables(tmp_path)["articles"]
    pd.testing.assert_frame_equal(found, made.articles, check_dtype=kind != "xlsx")


def test_the_latest_run_is_read_whatever_lies_beside_it(tmp_path: Path) -> None:
    result({"note": "n"}, {"note": "m"}).write(tmp_path, output_format="csv")
    result().write(tmp_path, output_format="parquet")
    assert len(read_tables(tmp_path)["articles"]) == 1


def _no_run(folder: Path) -> None:
    (folder / "run.json").unlink()


def _broken_run(folder: Path) -> None:
    (folder / "run.json").write_text("{", encoding="utf-8")


def _list_run(folder: Path) -> None:
    (folder / "run.json").write_text("[]", encoding="utf-8")


def _no_table(folder: Path) -> None:
    (folder / "opinions.csv").unlink()


def _no_column(folder: Path) -> None:
    (folder / "opinions.csv").write_text("article_id,score\na,1\n", encoding="utf-8")


def _bad_number(folder: Path) -> None:
    path = folder / "opinions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.5,0.8", "high,0.8"), encoding="utf-8")


def _bad_bytes(folder: Path) -> None:
    (folder / "opinions.csv").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_run, "no finished run"), (_broken_run, "no finished run"), (_list_run, "no finished run"), (_no_table, "opinions"),
        (_no_column, "opinions"), (_bad_number, "opinions"), (_bad_bytes, "opinions"),
    ],
)  # fmt: skip
def test_a_spoilt_run_is_named(tmp_path: Path, spoil: object, message: str) -> None:
    result().write(tmp_path)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        read_tables(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "xlsx"])
def test_a_spoilt_table_is_named(tmp_path: Path, kind: str) -> None:
    result().write(tmp_path, output_format=kind)
    (tmp_path / f"opinions.{kind}").write_bytes(b"{nothing")
    with pytest.raises(InputError, match=f"opinions.{kind}"):
        read_tables(tmp_path)


def test_a_missing_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result().write(tmp_path, output_format="xlsx")

    def read_excel(*args: object, **options: object) -> None:
        raise ImportError("Missing optional dependency 'openpyxl'")

    monkeypatch.setattr(pd, "read_excel", read_excel)
    with pytest.raises(InputError, match="openpyxl"):
        read_tables(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished run"):
        read_tables(tmp_path / "none")


HOSTILE = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>\u2028\u2029\"'&<!--{{ 7*7 }}"


def hostile() -> Result:
    """Make a result whose every text is an attack."""
    source = Source(HOSTILE, "outlet", outlet=HOSTILE, speaker=f"Ann {HOSTILE}")
    said = Opinion(
        0, len(HOSTILE), HOSTILE, 0, source, HOSTILE, HOSTILE, 0.9, quoted=True, aspects=(Aspect(HOSTILE, 0.5),),
        sentiment=Sentiment("positive", 0.5, 0.8, 0.25), confidence=0.8, number=1,
    )  # fmt: skip
    article = Article(HOSTILE, HOSTILE, title=HOSTILE, publisher=HOSTILE, work=HOSTILE, path=HOSTILE)
    failure = Failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    sentence = Sentence(0, len(HOSTILE), "heading", HOSTILE)
    return Result((Analysis(article, (sentence,), (0.5,), (0.1,), (), (said,)),), (failure,))


def test_the_page_escapes_what_articles_say(tmp_path: Path) -> None:
    page = hostile().report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.lower().count("<script") == 2
    assert page.lower().count("</script>") == 2
    assert "<img" not in page
    assert "49" not in page.split("<main", 1)[1].split("<footer", 1)[0]
    data = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["titles"] == {HOSTILE: HOSTILE}


def test_the_script_is_the_one_that_the_policy_names() -> None:
    page = render(result().tables())
    script = page.rsplit("<script>", 1)[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
    assert not re.search(r"(src|href)=(?!\"#)|url\(|@import", page.replace(script, ""))


def page_of(*rows: Vote, works: dict[str, str] | None = None) -> str:
    """Render votes, all of one article unless told otherwise."""
    opinions = frames.frame("opinions", votes(*rows))
    return render({**empty().tables(), "opinions": opinions, "consensus": frames.consensus(opinions, works or {})})


def test_the_matrix_tells_voters_from_others() -> None:
    page = page_of(
        ("author", "author", "story", "mixed", 0.0), ("Director", "cast_crew", "story", "positive", 1.0),
        ("Variety", "outlet", "story", "positive", 1.0), ("Variety", "outlet", "story", "negative", -1.0),
        ("Variety", "outlet", "music", "positive", 1.0), ("Empire", "outlet", "music", "negative", -1.0),
    )  # fmt: skip
    table = page[page.index('<table class="matrix">') : page.index("</table>")]
    titles = [*GROUPS.values()]
    places = [
        table.index(text) for text in (titles[0], "Variety", "Empire", titles[1], "Director", titles[2], ">author<")
    ]
    assert places == sorted(places)
    assert 'aria-label="1 praise, 1 blame">± 2</a>' in table
    assert 'aria-label="1 blame">− 1</a>' in table
    assert "Director <small>cast crew</small>" in table


def test_a_label_that_no_run_writes_is_shown_all_the_same() -> None:
    assert "neutral" in page_of(("Variety", "outlet", "story", "neutral", 0.0))


SPLIT = [
    *[(f"F{n}", "outlet", "music", "positive", 1.0) for n in range(4)], ("M", "outlet", "pacing", "mixed", 0.0),
    *[(f"P{n}", "outlet", "pacing", "positive", 1.0) for n in range(2)],
    *[(f"N{n}", "outlet", "pacing", "negative", -1.0) for n in range(3)],
    ("N0", "outlet", "story", "negative", -1.0),
]  # fmt: skip


def test_the_headline_names_what_is_praised_blamed_and_divisive() -> None:
    opinions = frames.frame("opinions", votes(*SPLIT))
    (work,) = works(frames.consensus(opinions, {"a": "W"}), ["music", "pacing", "story"])
    named = [bar and bar.aspect for bar in (work.praised, work.blamed, work.divisive)]
    assert named == ["music", "story", "pacing"]
    assert [count for _, count in work.whole.counts] == [3, 1, 6]
    page = page_of(*SPLIT)
    told = re.sub(r"<[^>]+>", "", page[page.index('class="verdict"') : page.index("</ul>")])
    assert (
        "10 sources: + 6 praise, ± 1 mixed, − 3 blame; most praised: music; most blamed: story; most divisive: pacing."
        in told
    )
    callout = re.sub(r"</?a\b[^>]*>", "", page)
    assert "Of its parts, <strong>pacing</strong> divides most: 2 for, 3 against, 1 in between" in callout


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ((0, 0, 2), [("positive", 50, 38)]),
        ((2, 0, 2), [("negative", 31, 19), ("positive", 50, 19)]),
        ((1, 2, 1), [("negative", 31, 9.5), ("mixed", 40.5, 19), ("positive", 59.5, 9.5)]),
        ((0, 1, 0), [("mixed", 31, 38)]),
    ],
)
def test_bars_stand_around_the_middle_and_fit(
    counts: tuple[int, int, int], parts: list[tuple[str, float, float]]
) -> None:
    negative, mixed, positive = counts
    low, high = wilson(positive, sum(counts))
    bar = Bar("a", sum(counts), positive, mixed, negative, low, high, 50.0, None)
    assert bar.parts == parts
    assert 50 <= bar.whisker[0] <= bar.whisker[1] <= 100


def test_the_best_quotes_are_those_of_the_table_of_quotes() -> None:
    tables = result({"n": 1}, {"n": 2}).tables()
    opinions, articles = tables["opinions"], tables["articles"]
    ranks = ranked(opinions, articles)
    listed = quotes(opinions, articles)
    first = listed[(listed["rank"] == 1) & (listed["aspect"] == "performance")]
    (found,) = pairs(opinions, work_of(articles), ranks, ["performance"]).values()
    assert [pair[0] for pair in found] == ["", "performance"]
    assert opinions["opinion_id"].iloc[list(found[1][1:])].tolist() == first["opinion_id"].tolist()
    assert LAST in ranks["all"]  # the second article says the same again


def test_the_rows_are_embedded_whole(tmp_path: Path) -> None:
    table = result({"n": 1}, {"n": 2}).opinions
    table.loc[0, "opinion_id"] = "other"
    data = json.loads(embedded(frames.settled(frames.prepared(table, {})), {}, aspects=[], ranks={}, titles={}))
    values = data["values"]
    assert values["opinion_id"] == ["other", 1, 2, 1, 1, 2]
    assert [values["text"]["texts"][n] for n in values["text"]["rows"]] == table["text"].tolist()
    assert values["rating"] == [None, None, 0.8] * 2
    assert values["quoted"] == [True, True, False] * 2
    assert values["start"] == table["start"].tolist()


def test_texts_come_from_the_tables_the_files_or_the_sentences(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_bytes(TEXT.encode())
    tables = Result((analysis(Article("one", TEXT, path=str(path))),)).tables()
    assert article_texts(tables) == {"one": (TEXT, True)}
    extracted = Result((analysis(Article("one", TEXT, path="gone.html", extracted=True)),)).tables()
    assert article_texts(extracted) == {"one": (TEXT, True)}
    for change in ("changed", "gone"):
        path.write_text("something else") if change == "changed" else path.unlink()
        (text, whole) = article_texts(tables)["one"]
        assert not whole
        assert all(text[row.start : row.end] == row.text for row in tables["sentences"].itertuples())
        assert all(text[row.start : row.end] == row.text for row in tables["opinions"].itertuples())
        assert "The whole text was not found again" in render(tables)


@pytest.mark.parametrize("text", [TEXT[:-5], TEXT + " ", "x"])
def test_a_text_of_the_tables_that_is_not_what_was_read_is_not_taken(text: str) -> None:
    tables = Result((analysis(Article("one", TEXT, path="gone.html", extracted=True)),)).tables()
    tables["articles"]["text"] = text
    (found, whole) = article_texts(tables)["one"]
    assert not whole
    assert all(found[row.start : row.end] == row.text for row in tables["opinions"].itertuples())


@pytest.mark.parametrize("out", ["out", "../elsewhere/out", "deep/er/out"])
def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.txt").write_bytes(TEXT.encode())
    monkeypatch.chdir(tmp_path / "in")
    folder = (tmp_path / "in" / out).resolve()
    Result((analysis(Article("one", TEXT, path="one.txt")),)).write(out)
    assert str(tmp_path) not in (folder / "run.json").read_text(encoding="utf-8")
    for place in (tmp_path / "in", tmp_path, folder):
        monkeypatch.chdir(place)
        assert "not found again" not in report_on(Path(os.path.relpath(folder))).read_text(encoding="utf-8")
    (tmp_path / "in" / "one.txt").unlink()
    assert "not found again" in report_on(folder).read_text(encoding="utf-8")


OF_A_RUN = ["opinions.csv", "opinions.parquet", "run.json", "plan.json", "matrix.csv", "opinions/part-00000.csv", "./deep/../errors.csv"]  # fmt: skip


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_page_takes_the_place_of_no_file_of_its_run(tmp_path: Path, name: str) -> None:
    folder = result().write(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "link.html").symlink_to(tmp_path / name)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if path.is_file()}
    for path in (tmp_path / name, tmp_path / "link.html"):
        with pytest.raises(SettingsError, match="of the run itself") as caught:
            report_on(folder, path)
        assert caught.value.hint
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if path.is_file()} == before
    report_on(folder, tmp_path / "deep" / "opinions.csv.html")


def test_a_path_that_is_no_file_is_not_read(tmp_path: Path) -> None:
    for path in ("", str(tmp_path), "/dev/zero", "no\0such", "t.csv:1"):
        tables = Result((analysis(Article("one", TEXT, path=path)),)).tables()
        assert article_texts(tables)["one"][1] is False


def test_opinions_are_marked_where_they_stand(tmp_path: Path) -> None:
    page = result().report(tmp_path / "r.html").read_text(encoding="utf-8")
    text = page[page.index('<div class="text">') : page.index("</details>")]
    assert '<b class="h">The \U0001f3ad Acting</b>' in text
    assert '<a class="m p" href="#r0" data-m="0"><b id="m0">+ Variety</b> a triumph, truly”' in text
    assert '<a class="m n" href="#r2" data-m="2"><b id="m2">− Ann Lee</b> =1+1</a>, writes &lt;b&gt;Ann' in text


def test_what_was_not_read_is_named(tmp_path: Path) -> None:
    skipped = replace(analysis(Article("fr", TEXT, title="Le film")), skipped="fr")
    page = Result((skipped,), result().failures).report(tmp_path / "r.html").read_text(encoding="utf-8")
    part = page[page.index('<section id="errors"') :]
    assert "caf\\udce9.txt" in part
    assert "give a file with text in it" in part
    assert "Le film" in part
    assert '<section id="errors"' not in render(empty().tables())


def test_the_foot_tells_versions_models_and_settings(tmp_path: Path) -> None:
    folder = result().write(tmp_path)
    told = {"versions": {"pullquote": "9.9"}, "models": {"reader": "abc123"}, "settings": {"taxonomy": "game"}}
    assert all(word in render(read_tables(folder), run=told) for word in ("9.9", "abc123", "game"))
    page = result().report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "reader/reader.onnx" in page
    assert "sentiment_model" in page


def test_a_hundred_articles_stay_below_three_megabytes() -> None:
    demo = Path(__file__).parent.parent / "corpus" / "demo"
    texts = [path.read_text(encoding="utf-8") for path in sorted(demo.glob("*.txt"))]
    sources = [Source(f"Outlet {n}", "outlet", outlet=f"Outlet {n}", speaker=f"Critic {n}") for n in range(300)]
    feelings = [Sentiment("positive", 0.8123, 0.9, 0.1234), Sentiment("negative", -0.4321, 0.9, -0.4321)]
    analyses = []
    for n in range(100):
        text = texts[n % len(texts)]
        starts = [m.start() for m in re.finditer(r"\b\w", text)][::9][:25]
        said = tuple(
            Opinion(
                start, min(start + 50, len(text)), "", 0, sources[(25 * n + k) % 300], "called", "network", 0.7512, quoted=False,
                aspects=(Aspect("story", 0.75), Aspect("music", 0.25))[: 1 + k % 2], sentiment=feelings[k % 2], confidence=0.7531, number=k + 1,
            )
            for k, start in enumerate(starts)
        )  # fmt: skip
        article = Article(f"article-{n}", text, title=f"Title {n}", work=f"Work {n % 5}", extracted=True)
        analyses.append(Analysis(article, (Sentence(0, len(text)),), (0.5,), (0.1,), (), said))
    tables = Result(tuple(analyses)).tables()
    assert len(tables["opinions"]) > 3500
    assert len(render(tables).encode()) < 3_000_000


def test_the_page_is_written_or_refused(tmp_path: Path) -> None:
    path = write_report(result().tables(), tmp_path / "new" / "report.html")
    page = path.read_bytes().decode("utf-8")
    assert page.startswith("<!doctype html>")
    assert page == render(result().tables())
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError):
        write_report(result().tables(), tmp_path / "file" / "report.html")


def test_numbers_that_are_words_stay_words(tmp_path: Path) -> None:
    rows = votes(("1917", "outlet", "story", "positive", 1.0), article="007")
    opinions = frames.frame("opinions", rows)
    tables = {**empty().tables(), "opinions": opinions, "consensus": frames.consensus(opinions, {"007": "300"})}
    for kind in FORMATS:
        folder = tmp_path / kind
        folder.mkdir()
        from pipeline.settings import Settings
        from pipeline.write import write_tables

        write_tables(tables, folder, output_format=kind, settings=Settings())
        found = read_tables(folder)
        assert found["opinions"]["article_id"].tolist() == ["007"]
        assert found["opinions"]["source"].tolist() == ["1917"]
        assert found["consensus"]["work"].tolist() == ["300", "300"]
        assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["output_format"] == kind


def test_the_consensus_on_the_page_is_that_of_the_opinions() -> None:
    tables = result({"n": 1}, {"n": 2}).tables()
    page = render(tables)
    for consensus in (frames.frame("consensus", []), frames.consensus(tables["opinions"].assign(sentiment="mixed"))):
        assert render({**tables, "consensus": consensus}) == page
    without = tables["opinions"][tables["opinions"]["source"] != "Ann Lee"]
    told = re.sub(r"<[^>]+>", "", render({**tables, "opinions": without}))
    assert "1 source: + 1 praise, ± 0 mixed, − 0 blame" in told


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sentiment", "angry"), ("sentiment", ""), ("source_type", ""), ("source_type", "nobody"), ("confidence", None), ("rating", float("inf")),
        ("aspect", ""), ("source", ""), ("speaker", None), ("article_id", "elsewhere"), ("start", None), ("text", ""), ("quoted", None), ("score", 1),
    ],
)  # fmt: skip
def test_odd_values_have_a_page(column: str, value: object) -> None:
    tables = result().tables()
    opinions = tables["opinions"].astype(object)
    opinions.loc[0, column] = value
    assert "</html>" in render({**tables, "opinions": opinions})


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("opinions", "score", float("inf"), "score inf"), ("opinions", "score", None, "score nan"), ("opinions", "score", -1.5, "score -1.5"),
        ("opinions", "score", "high", "'opinions'.*high"), ("opinions", "confidence", 7.0, "confidence 7"), ("opinions", "start", "x", "'opinions'"),
        ("opinions", "aspect", ..., "'opinions'.*aspect"), ("articles", "title", ..., "'articles'.*title"), ("sentences", ..., ..., "'sentences'"),
    ],
)  # fmt: skip
def test_what_no_page_can_show_is_named_and_leaves_no_file(
    tmp_path: Path, table: str, column: object, value: object, message: str
) -> None:
    tables = result().tables()
    odd = tables[table].astype(object)
    if column is ...:
        del tables[table]
    elif value is ...:
        tables[table] = odd.drop(columns=[column])
    else:
        odd[column] = [value, *odd[column][1:]]
        tables[table] = odd
    with pytest.raises(InputError, match=message) as caught:
        write_report(tables, tmp_path / "r.html")
    assert caught.value.hint
    assert not list(tmp_path.iterdir())


def test_the_index_of_the_opinions_does_not_matter() -> None:
    tables = result().tables()
    assert render({**tables, "opinions": tables["opinions"].set_axis([7, 7, 7])}) == render(tables)
