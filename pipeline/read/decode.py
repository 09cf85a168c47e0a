"""Decode bytes to text: byte order marks, UTF-8, and a guess for the rest."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path
from typing import BinaryIO, TextIO

from charset_normalizer import from_bytes

from pipeline.errors import InputError

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_SIGNED = "utf-8-sig"
_SIGNATURES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"GIF8",
    b"\x7fELF",
    b"PAR1",
    b"\xd0\xcf\x11\xe0",
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.02
_GUESSES = (
    "cp1252",
    "utf_8",
    "cp1250",
    "cp1251",
    "mac_roman",
    "iso8859_15",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
)
_SAMPLE = 65_536
_UTF_8, _ANY = "utf-8", "latin-1"
"""What nearly every file is in, and what any bytes are in."""
_STRAYS = 0.25
"""Stray bytes for each character beyond ASCII that a text in UTF-8 may have: a cut, a slip, a row from elsewhere."""
_ENGLISH = ("cp1252", "mac_roman")
"""What English was written in before Unicode, the usual first."""
_FITTING_SHARE = 0.8
_FITTING = re.compile(
    r"""
    (?<!\w)[“‘„‚«](?=\S) | (?<=\S)[”»](?!\w) | (?<=\S)’ | ’(?=\w)     # quotation marks open, close, and stand for letters
    | — | (?<=\s)–(?=\s) | (?<=\w)–(?=[\dA-Z]) | (?<=\S)… | …(?=\S)   # dashes between words, figures and names
    | (?<=[A-Za-z])[à-öø-ÿœšžß](?![À-ÿŒœŠšŽžŸ]) | (?<!\w)[à-öø-ÿœšž](?=[a-z]) | (?<!\w)à(?!\w)
    | (?<!\w)[À-ÖØ-ÞŒŠŽ](?=[A-Za-z]) | (?<=[A-Z])[À-ÖØ-ÞŒŠŽ](?![a-z])
    | [£€](?=\d) | (?<=\d)[€°²³½¼¾] | (?<!\w)[½¼¾] | (?<=[\d\s])×(?=[\d\s]) | (?<=\w)[™®] | ©(?=\s?\d)
    | (?<!\S)[•·](?=\s) | \xa0(?=\S) | (?<=\S)\xa0
    """,
    re.VERBOSE,
)
"""Characters beyond ASCII where English has them."""
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_DECLARATION = re.compile(
    rb"""<\?xml\s[^>]*?encoding\s*=\s*["'](?P<xml>[\w.:-]+) | <meta\s[^>]*?charset\s*=\s*["']?\s*(?P<meta>[\w.:-]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_DECLARED_WITHIN = 1024
"""Bytes of a page within which browsers look for its encoding."""
_AS_BROWSERS_DO = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
} | {
    name: name for name in (
        *(f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)), *(f"cp{n}" for n in range(1250, 1259)),
        "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "gb18030", "euc_jp", "cp932", "cp949", "big5hkscs",
    )
}  # fmt: skip
"""The encodings that a page may declare, by Python's names, and what they are read as (https://encoding.spec.whatwg.org)."""
AT_ONCE = 8_000_000
"""Bytes of a table that is read at once; a longer one is read as its rows are asked for."""


def decode(data: bytes) -> str:
    """Decode the bytes of a text file; line ends stay as they are, a byte order mark is no part of the text.

    Args:
        data: The whole file.

    Returns:
        The text, U+FFFD where a few bytes are not in the encoding of the rest.

    Raises:
        InputError: The data is empty, binary, or in no encoding that can be told.
    """
    text = data.decode(_told(io.BytesIO(data)), "replace")
    if not text.strip():
        raise _empty()
    return text


def open_text(path: Path, *, newline: str, at_once: int = AT_ONCE) -> TextIO:
    """Open a text file of any length; a long one is not held in memory.

    Args:
        path: The file.
        newline: As for `open`: which line ends are seen and kept.
        at_once: Bytes of a file that is still read at once.

    Raises:
        InputError: The file is empty, binary, or in no encoding that can be told.
    """
    if path.stat().st_size <= at_once:
        return io.StringIO(decode(path.read_bytes()), newline=newline)
    with path.open("rb") as file:
        if not file.read(at_once).strip():
            raise _empty()
        encoding = _told(file)
    return path.open(encoding=encoding, errors="replace", newline=newline)


def _told(file: BinaryIO) -> str:
    """Tell the encoding of a file, by a name that takes its byte order mark for none of the text."""
    file.seek(0)
    head = file.read(_SAMPLE)
    encoding = _said(head)
    fault = _fault(file, encoding or _UTF_8)
    if not fault or (encoding in ("", _SIGNED) and _nearly(file)):
        return encoding or _UTF_8
    if encoding:
        raise _unlike(encoding)
    declared = _declared(head)
    return declared if declared and not _fault(file, declared) else _legacy(file, fault)


def _said(head: bytes) -> str:
    """Return the encoding that a file tells by its mark or its zeros, nothing where it tells none."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.startswith(_SIGNATURES):
        raise _binary()
    return _wide(head) if len(_CONTROL.findall(head)) > _CONTROL_SHARE * len(head) else ""


def _fault(file: BinaryIO, encoding: str) -> bytes:
    """Return the first stretch of a file that is not in an encoding, nothing where all of it is."""
    file.seek(0)
    decoder, data = codecs.getincrementaldecoder(encoding)(), b""
    try:
        while more := file.read(_SAMPLE):
            data = more
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return data
    return b""


def _nearly(file: BinaryIO) -> bool:
    """Tell whether a file is in UTF-8 but for a few stray bytes; a character that its end cuts says nothing."""
    file.seek(0)
    decoder, good, strays = codecs.getincrementaldecoder(_SIGNED)("replace"), 0, 0
    while data := file.read(_SAMPLE):
        text = decoder.decode(data)
        replaced = text.count("\ufffd") - data.count("\ufffd".encode())
        strays += replaced
        good += len(text) - len(text.encode("ascii", "ignore")) - replaced
    return good > 0 and strays <= _STRAYS * good


def _declared(head: bytes) -> str:
    """Return the encoding that a page declares near its beginning, nothing where it is none that pages are in."""
    found = _DECLARATION.search(_COMMENT.sub(b"", head[:_DECLARED_WITHIN])) if head.lstrip()[:1] == b"<" else None
    if not found:
        return ""
    try:
        name = codecs.lookup((found["xml"] or found["meta"]).decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return ""
    return _AS_BROWSERS_DO.get(name, "")


def _empty() -> InputError:
    """Make the error of a file without text."""
    return InputError("the file is empty", hint="give a file with text in it")


def _binary() -> InputError:
    """Make the error of a file that holds no text."""
    return InputError("the file is binary, not text", hint="convert it to text, Markdown or HTML first")


def _unlike(encoding: str) -> InputError:
    """Make the error of a file that is not what its beginning says."""
    return InputError(f"the file says it is {encoding} but is not", hint="save it as UTF-8")


def _wide(head: bytes) -> str:
    """Tell UTF-16 without a mark; data full of control bytes is binary otherwise."""
    zeros = (head[0::2].count(0), head[1::2].count(0))
    half = len(head) / 2
    if max(zeros) > 0.4 * half and min(zeros) < 0.05 * half:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    raise _binary()


def _legacy(file: BinaryIO, stretch: bytes) -> str:
    """Tell an encoding older than Unicode by a stretch of a file that is not in UTF-8."""
    encoding = max(_ENGLISH, key=lambda name: _fitting(stretch, name))
    if _fitting(stretch, encoding) < _FITTING_SHARE:
        best = from_bytes(stretch, cp_isolation=list(_GUESSES)).best()
        encoding = best.encoding if best is not None and not best.encoding.startswith("utf") else _ENGLISH[0]
    return _ANY if _fault(file, encoding) else encoding


def _fitting(stretch: bytes, encoding: str) -> float:
    """Return the share of the characters beyond ASCII that stand where English has them, read in an encoding."""
    try:
        text = stretch.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return len(_FITTING.findall(text)) / beyond if beyond else 0.0
