"""Decode bytes to text: byte order marks, UTF-8, and a guess for the rest."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from pipeline.errors import InputError

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
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


def decode(data: bytes) -> str:
    """Decode the bytes of a text file; line ends stay as they are, a byte order mark is no part of the text.

    Args:
        data: The whole file.

    Raises:
        InputError: The data is empty, binary, or in no encoding that can be told.
    """
    if not data.strip():
        raise InputError("the file is empty", hint="give a file with text in it")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if data.startswith(_SIGNATURES):
        raise InputError("the file is binary, not text", hint="convert it to text, Markdown or HTML first")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)
    if len(_CONTROL.findall(data[:_SAMPLE])) > _CONTROL_SHARE * min(len(data), _SAMPLE):
        return _wide(data)
    return text


def _strict(data: bytes, encoding: str) -> str:
    """Decode with the encoding that the byte order mark names."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"the file says it is {encoding} but is not: {error}", hint="save it as UTF-8") from error
    if not text.strip():
        raise InputError("the file is empty", hint="give a file with text in it")
    return text


def _wide(data: bytes) -> str:
    """Try UTF-16 without a mark; data full of control bytes is binary otherwise."""
    zeros = (data[0:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0))
    half = min(len(data), _SAMPLE) / 2
    if max(zeros) > 0.4 * half and min(zeros) < 0.05 * half:
        return _strict(data, "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be")
    raise InputError("the file is binary, not text", hint="convert it to text, Markdown or HTML first")


def _guess(data: bytes) -> str:
    """Detect a legacy encoding."""
    if len(_CONTROL.findall(data[:_SAMPLE])) > _CONTROL_SHARE * min(len(data), _SAMPLE):
        return _wide(data)
    best = from_bytes(data[:_SAMPLE], cp_isolation=list(_GUESSES)).best()
    encoding = best.encoding if best is not None else "cp1252"
    if encoding.startswith("utf"):
        encoding = "cp1252"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")
