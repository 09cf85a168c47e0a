"""The main job needs no network, and writes nowhere but into its folder, whatever its inputs are called."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_TEXT = "Variety praised the score. “The plot is thin,” wrote IndieWire."
_ALONE = """
import sys
def refuse(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"}:
        raise RuntimeError(f"network: {event} {args}")
sys.addaudithook(refuse)
from pipeline.cli import main
main()
"""


def _without_network() -> list[str]:
    """Return what starts a command in a network of its own, which leads nowhere, where the system allows it."""
    tool = shutil.which("unshare")
    prefix = [tool, "-rn"] if tool else []
    return (
        prefix if prefix and subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0 else []
    )


def _run(*args: object) -> subprocess.CompletedProcess[str]:
    """Run a command with sockets refused, and without a network at all where the system allows that."""
    command = [*_without_network(), sys.executable, "-c", _ALONE, *map(str, args)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_guard_itself_refuses_a_connection() -> None:
    code = _ALONE.split("from pipeline", maxsplit=1)[0] + "import socket\nsocket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, "network: socket." in done.stderr) == (1, True)


def test_the_main_job_runs_with_the_network_off(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(_TEXT, encoding="utf-8")
    workers = 2 if _without_network() else 1  # a worker's own sockets are not refused
    done = _run("analyze", tmp_path / "a.txt", "-o", tmp_path / "out", "--report", "--workers", workers)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").stat().st_size > 0
    assert (tmp_path / "out" / "opinions.csv").read_text(encoding="utf-8").count("Variety") > 0


@pytest.mark.parametrize("more", [(), ("--parts", "--part-size", "1")])
def test_names_in_a_table_write_nowhere_else(tmp_path: Path, more: tuple[str, ...]) -> None:
    given = tmp_path / "in" / "t.jsonl"
    given.parent.mkdir()
    names = ["../../evil", "/tmp/evil", "..", "a/b", "C:\\evil", "evil\0name", "~", "x" * 300]  # noqa: S108 - nothing is written there
    rows = [{"id": n, "path": n, "work": n, "title": n, "publisher": n, "opinions": n, "text": _TEXT} for n in names]
    given.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = _run("analyze", given, "-o", tmp_path / "deep" / "out", "--report", *more)
    assert done.returncode == 0, done.stderr
    top = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    inside = {path.relative_to(tmp_path).parts[:2] for path in (tmp_path / "deep").rglob("*")}
    assert (top, inside) == ({"in", "deep"}, {("deep", "out")})
    assert not any("evil" in path.name for path in tmp_path.rglob("*"))
