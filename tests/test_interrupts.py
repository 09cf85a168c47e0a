"""An interrupt, whenever it comes: one line and 130, and nothing goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

IMPORTING = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == WHEN:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""
STARTING = """
from multiprocessing.context import SpawnProcess
start = SpawnProcess.start
def started(self):
    start(self)
    os.killpg(0, signal.SIGINT)
SpawnProcess.start = started
"""
TWICE = """
from pipeline.engines import local
def interrupted(*_):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
local._Workers.take = local._Workers.__exit__ = interrupted
"""


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        *[(f"WHEN = {name!r}{IMPORTING}", ()) for name in ("typer", "pipeline.cli.console", "pipeline.cli.analyze")],
        *[(f"WHEN = {name!r}{IMPORTING}", ()) for name in ("pipeline.settings", "pipeline.engines", "spacy.language")],
        (STARTING, ("--workers", "2")),
        (STARTING, ("--engine", "dask", "--workers", "2")),
        (TWICE, ("--workers", "2")),
    ],
)
def test_an_interrupt_is_one_line(tmp_path: Path, begun: str, more: tuple[str, ...]) -> None:
    (tmp_path / "a.txt").write_text("Variety praised the score.")
    code = f"import os, signal, sys, time\nfrom pipeline.cli import main\n{begun}\nmain()"
    command = [sys.executable, "-c", code, "analyze", str(tmp_path), "-o", str(tmp_path / "out"), *more]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        _, said = run.communicate(timeout=120)
    assert (run.returncode, said) == (130, "pullquote: interrupted\n")
    assert not list(tmp_path.glob("out/*"))


def test_an_interrupt_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    code = f"import os, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nWHEN = 'typer'{IMPORTING}\nfrom pipeline.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
