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
_SAID = frozenset(encoding for _, encoding in _MARKS) | {"utf-16-le", "utf-16-be"}
"""Encodings that a file itself tells by its mark or its zeros."""
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
AT_ONCE = 8_000_000
"""Bytes of a table that is read at once; a longer one is read as its rows are asked for."""


def decode(data: bytes) -> str:
    """Decode the bytes of a text file; line ends stay as they are, a byte order mark is no part of the text.

    Args:
        data: The whole file.

    Raises:
        InputError: The data is empty, binary, or in no encoding that can be told.
    """
    encoding = _told(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unlike(encoding) from error
    if not text.strip():
        raise _empty()
    return text


def open_text(path: Path, *, newline: str, at_once: int = AT_ONCE) -> TextIO:
    """Open a text file of any length; a long one is not held in memory, its encoding is told from its beginning.

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
        head = file.read(at_once)
        encoding = _told(head[: head.rfind(b"\n") + 1] or head)
        fault = _fault(file, encoding)
        if fault and encoding in _SAID:
            raise _unlike(encoding)
        if fault and encoding == _UTF_8:
            encoding = _legacy(fault)
        if fault and _fault(file, encoding):
            encoding = _ANY
    return path.open(encoding=encoding, newline=newline)


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


def _told(data: bytes) -> str:
    """Tell the encoding of data, by a name that takes its byte order mark for none of the text."""
    if not data.strip():
        raise _empty()
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if data.startswith(_SIGNATURES):
        raise _binary()
    controls = len(_CONTROL.findall(data[:_SAMPLE])) > _CONTROL_SHARE * min(len(data), _SAMPLE)
    if controls:
        return _wide(data)
    return _legacy(data) if _fault(io.BytesIO(data), _UTF_8) else _UTF_8


def _empty() -> InputError:
    """Make the error of a file without text."""
    return InputError("the file is empty", hint="give a file with text in it")


def _binary() -> InputError:
    """Make the error of a file that holds no text."""
    return InputError("the file is binary, not text", hint="convert it to text, Markdown or HTML first")


def _unlike(encoding: str) -> InputError:
    """Make the error of a file that is not what its beginning says."""
    return InputError(f"the file says it is {encoding} but is not", hint="save it as UTF-8")


def _wide(data: bytes) -> str:
    """Tell UTF-16 without a mark; data full of control bytes is binary otherwise."""
    zeros = (data[0:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0))
    half = min(len(data), _SAMPLE) / 2
    if max(zeros) > 0.4 * half and min(zeros) < 0.05 * half:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    raise _binary()


def _legacy(data: bytes) -> str:
    """Detect an encoding older than Unicode."""
    best = from_bytes(data[:_SAMPLE], cp_isolation=list(_GUESSES)).best()
    encoding = best.encoding if best is not None else "cp1252"
    if encoding.startswith("utf"):
        encoding = "cp1252"
    return _ANY if _fault(io.BytesIO(data), encoding) else encoding
