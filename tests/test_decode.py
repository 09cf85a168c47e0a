"""Bytes -> text: stray bytes, declared encodings, English from before Unicode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.read import Reading, iter_articles
from pipeline.read.decode import decode, open_text
from pipeline.schema import Article

QUOTED = "Variety called the score “superb”. “The plot is a mess,” wrote The Guardian. Empire’s critic was “bored”.\n"
UTF_8 = QUOTED.encode()
CUT = [UTF_8 + b"\xe2\x80", UTF_8 + b"\xe2", UTF_8[:35] + b"\x80", UTF_8 + "🎭".encode()[:3]]
SLIPS = [UTF_8 + b"\xff\n", b"\xe9" + UTF_8, UTF_8.replace(b"mess", b"m\xc0ss"), UTF_8 * 9 + b"caf\xe9 bar\n"]


@pytest.mark.parametrize("data", [*CUT[:2], *CUT[3:], *SLIPS])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_stray_byte_costs_one_character(tmp_path: Path, mark: bytes, data: bytes) -> None:
    text = decode(mark + data)
    assert text == data.decode("utf-8", "replace")
    assert text.count("\ufffd") == 1
    path = tmp_path / "t"
    path.write_bytes(mark + data)
    with open_text(path, newline="", at_once=50) as lazily:
        assert lazily.read() == text


def test_one_bad_row_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    rows = [json.dumps({"text": QUOTED}, ensure_ascii=False).encode() for _ in range(3)]
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\n".join([*rows, b'{"text": "A caf\xe9 scene."}']))
    articles = [item for item in iter_articles([str(path)], Reading()) if isinstance(item, Article)]
    assert [article.text for article in articles] == [QUOTED] * 3 + ["A caf\ufffd scene."]


def test_a_long_table_may_go_wrong_late(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"text\n" + b"It is good.\n" * 9_000 + UTF_8 + b"\xff\n")
    with open_text(path, newline="", at_once=1000) as lazily:
        assert lazily.read().endswith(QUOTED + "\ufffd\n")


ENGLISH = [
    "Variety called it “good” – Pauline’s best.",
    "“Good”",
    "It’s fine.",
    "A café in Paris – “très chic”, à la mode.",
    "Zoë’s naïve hero… “wooden”",
    "THE CAFÉ “DELIGHTS”, says Variety.",
    "£5 well spent: 90° of heat, and ½ of it’s wit.",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_short_english_from_before_unicode(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("text", ENGLISH[:4])
def test_english_from_a_mac(text: str) -> None:
    assert decode(text.encode("mac_roman")) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Это отличный фильм, сказал критик, и он не один.", "cp1251"), ("这是一部很好的电影，评论家说。", "gb18030"),
        ("これはとても良い映画です。", "shift_jis"), ("이것은 아주 좋은 영화입니다.", "euc_kr"),
    ],
)  # fmt: skip
def test_other_languages_are_not_taken_for_english(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


PAGE = "<html><head>{}</head><body><p>Łódź</p></body></html>"
DECLARED = [
    (PAGE.format('<meta charset="iso-8859-2">'), "iso8859-2"), (PAGE.format("<META CHARSET=latin2>"), "iso8859-2"),
    (PAGE.format('<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">'), "cp1250"),
    ('<?xml version="1.0" encoding="iso-8859-2"?>\n' + PAGE.format(""), "iso8859-2"),
    ('<!-- <meta charset="koi8-r"> -->\n' + PAGE.format("<meta charset='iso-8859-2'>"), "iso8859-2"),
    ('<meta charset="iso-8859-1"><p>“Good”, it’s said</p>', "cp1252"),  # as browsers do
    ('<meta charset="koi8-r"><p>Хороший фильм</p>', "koi8-r"), ('<meta charset="shift_jis"><p>良い映画</p>', "cp932"),
    ('<meta charset="iso-8859-2"><p>Łódź</p>', "utf-8"),  # what is UTF-8 is, whatever it says
    *(
        (f'<meta charset="{label}"><p>“Good”, it’s said</p>', "cp1252")
        for label in ("nonsense", "hex", "idna", "utf-8", "utf-16", "shift_jis", "")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("page", "encoding"), DECLARED)
def test_a_page_declares_its_encoding(page: str, encoding: str) -> None:
    assert decode(page.encode(encoding)) == page


def test_only_a_page_declares_and_only_at_its_beginning() -> None:
    said = '<meta charset="koi8-r"> “Good”, it’s said'
    assert decode(("He wrote: " + said).encode("cp1252")) == "He wrote: " + said
    late = "<p>" + "Good. " * 200 + said
    assert decode(late.encode("cp1252")) == late
