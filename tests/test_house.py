"""The rules of the house: layers, lint, types, documented commands, locked versions, a wheel that works alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipeline.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRACKED = [
    ROOT / name
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["ruff", "format", "mypy"],
)
def test_the_code_is_clean(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _commands(command: Any, name: str = "pullquote") -> list[str]:
    inner = getattr(command, "commands", {})
    return [full for key, value in inner.items() for full in _commands(value, f"{name} {key}")] if inner else [name]


def test_every_command_is_in_the_readme() -> None:
    names = _commands(get_command(app))
    assert len(names) >= 10
    assert not [name for name in names if name not in README]


def test_what_is_exported_exists() -> None:
    import pipeline

    assert all(getattr(pipeline, name) is not None for name in pipeline.__all__)
    assert pipeline.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") or "Unreleased" in (
        ROOT / "CHANGELOG.md"
    ).read_text(encoding="utf-8")


def test_constraints_pin_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;]+(?: ; .+)?", line) for line in pins)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(project["optional-dependencies"]["test"])]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[<>=\[ ]", line)[0]).lower() for line in wanted}
    assert names <= pinned


def test_models_are_never_pickled() -> None:
    assert not [path for path in TRACKED if path.suffix in {".pkl", ".pickle", ".joblib", ".pt", ".bin"}]


def test_the_readmes_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - the README's own code


def test_the_wheel_works_in_a_clean_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for part in (
        "rules/cues.toml",
        "_data/corpus/gazetteers/outlets.jsonl",
        "_data/models/opinions/model.skops",
        "templates/report.html",
        "templates/report/page.js",
    ):
        assert f"pipeline/{part}" in names
    assert not [name for name in names if name.startswith(("tests/", "corpus/", "models/")) or "annotated" in name]
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "one.txt").write_text("Variety praised the score. IndieWire found the plot thin.\n", encoding="utf-8")
    run = [str(home / "bin" / "pullquote"), "analyze", "one.txt", "-o", "out"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (tmp_path / "out" / "opinions.csv").read_text(encoding="utf-8")
    assert "Variety" in rows
    assert "IndieWire" in rows
