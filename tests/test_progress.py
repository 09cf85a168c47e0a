"""Progress: on a terminal a line of articles, words a second, time left and errors; elsewhere nothing."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


def _stderr(tmp_path: Path, *more: str, terminal: bool) -> str:
    """Read two articles and an empty one, and return what stands on stderr."""
    for name, text in {"a": "Variety praised the score.", "b": "", "c": "Empire liked it."}.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-c", code, "analyze", str(tmp_path), "-o", str(tmp_path / "out"), *more]
    ours, theirs = pty.openpty() if terminal else os.pipe()
    with subprocess.Popen(command, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}) as started:
        os.close(theirs)
        told = b""
        try:
            while part := os.read(ours, 4096):
                told += part
        except OSError:  # how a terminal tells that nobody writes to it any more
            pass
        os.close(ours)
        assert started.wait() == 1
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode("utf-8", "replace"))


def test_a_terminal_shows_how_far_the_run_is(tmp_path: Path) -> None:
    told = _stderr(tmp_path, terminal=True)
    assert re.search(r"3/3 articles +\d+ words/s .* 1 error\b", told)


def test_a_run_that_goes_on_counts_what_was_there(tmp_path: Path) -> None:
    parts = ("--parts", "--part-size", "1")
    _stderr(tmp_path, *parts, terminal=False)
    folder = tmp_path / "out"
    for table in folder.glob("*/part-00002.csv"):
        table.unlink()
    opinions = sum(len(pd.read_csv(path)["opinion_id"].unique()) for path in folder.glob("opinions/part-*.csv"))
    told = _stderr(tmp_path, "--resume", *parts[1:], terminal=True)
    assert "2/3 articles" in told
    assert "1/3 articles" not in told
    assert re.search(r"2 articles \(1 of them there before\), (\d+) opinions, 1 error", told)
    whole = sum(len(pd.read_csv(path)["opinion_id"].unique()) for path in folder.glob("opinions/part-*.csv"))
    assert f"{whole} opinions" in told
    assert 0 < opinions < whole


@pytest.mark.parametrize(("more", "terminal"), [((), False), (("-q",), True)])
def test_nothing_is_shown_elsewhere_or_when_asked_to_be_quiet(
    tmp_path: Path, more: tuple[str, ...], terminal: bool
) -> None:
    told = _stderr(tmp_path, *more, terminal=terminal)
    assert "words/s" not in told
    assert "b.txt" in told
