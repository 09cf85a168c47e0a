"""Coverage-guided fuzzing of what reads foreign bytes; pytest does not collect it.

Run it where atheris is installed: ``python tests/fuzz_reading.py -max_total_time=60``. Anything but an `InputError` is a fault.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["pipeline"]):
    from pipeline.errors import InputError
    from pipeline.language import language_of
    from pipeline.layout import read_layout
    from pipeline.quotes import quotations
    from pipeline.ratings import find_ratings
    from pipeline.read.decode import decode, open_text
    from pipeline.read.markup import from_html, from_markdown
    from pipeline.read.tables import read_rows_text
    from pipeline.schema import whole
    from pipeline.segment import Segmenter

_SEGMENT = Segmenter()
_FOLDER = Path(mkdtemp())


def _read(data: bytes) -> None:
    """Read bytes in every way in which an input is read, and text through the stages that look at its characters."""
    path = _FOLDER / "t"
    path.write_bytes(data)
    try:
        with open_text(path, newline="", at_once=64) as handle:
            handle.read()
    except InputError:
        pass
    try:
        text = whole(decode(data))
    except InputError:
        return
    for work in (
        from_html,
        from_markdown,
        lambda t: list(read_rows_text(t, "csv")),
        lambda t: list(read_rows_text(t, "jsonl")),
    ):
        try:
            work(text)
        except InputError:
            continue
    language_of(text)
    sentences = _SEGMENT(text)
    ends = [0]
    for sentence in sentences:
        if not ends[-1] <= sentence.start < sentence.end <= len(text):
            raise ValueError(f"sentences overlap or are empty: {sentence}")
        ends.append(sentence.end)
    read_layout(text, sentences, ())
    quotations(text)
    list(find_ratings(text))


if __name__ == "__main__":
    atheris.Setup(sys.argv, _read)
    atheris.Fuzz()
