"""`pullquote evaluate` and `pullquote benchmark`: figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, clear_errors, say, write_out
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.gold import GoldArticle
    from pipeline.schema import Analysis

_GROUPS = ("domain", "layout", "split")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: pullquote evaluate corpus/annotated --split dev")(evaluate)
    app.command(epilog="Example: pullquote benchmark speed corpus/demo")(benchmark)


def evaluate(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD", help="Annotated .json files or folders of them.")],
    split: Annotated[str, typer.Option(help="train, dev or test.")] = "",
    by: Annotated[str, typer.Option(help="Also by domain, layout or split.")] = "",
    against: Annotated[Path | None, typer.Option(help="Figures saved with --json to compare with.")] = None,
    floors: Annotated[
        Path | None, typer.Option(help="File of floors that the figures must reach; exit 1 below.")
    ] = None,
    raise_floors: Annotated[bool, typer.Option("--raise", help="Make these figures the new floors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    missed: Annotated[bool, typer.Option(help="List the opinions that were not found.")] = False,
) -> None:
    """Score the reading against annotated articles: precision and recall of every stage."""
    with clear_errors():
        from pipeline.evaluate import by_group
        from pipeline.evaluate import evaluate as score

        if by not in ("", *_GROUPS):
            raise SettingsError(f"cannot group by {by!r}", hint=f"use {', '.join(_GROUPS)}")
        base = _baseline(against)
        pairs, fold = _read(gold, split)
        total = score(pairs, fold=fold)
        figures = total.figures()
        groups = by_group(pairs, by, fold=fold) if by else {}
        short = _hold(floors, pairs, split, figures, up=raise_floors) if floors else []
    if as_json:
        write_out(json.dumps({**figures, **({by: groups} if by else {})}, indent=2) + "\n")
        _refuse(short)
        return
    lines = [f"{name:24s} {_figure(value)}{_change(value, base.get(name))}" for name, value in figures.items()]
    for name, values in groups.items():
        lines.append(
            f"{by} {name}: found F1 {values['found_f1']:.3f}, full F1 {values['full_f1']:.3f} ({values['articles']} articles)"
        )
    lines.extend(f"missed: {line}" for line in (total.missed if missed else ()))
    write_out("\n".join(lines) + "\n")
    _refuse(short)


def _refuse(short: list[str]) -> None:
    """Name figures below their floors and stop."""
    if short:
        say(f"below the floor: {'; '.join(short)}")
        raise typer.Exit(EXIT_SOME_FAILED)


def _hold(
    path: Path, pairs: list[tuple[GoldArticle, Analysis]], split: str, figures: dict[str, float], *, up: bool
) -> list[str]:
    """Compare figures with their floors, or raise these; return what falls short."""
    from pipeline.floors import corpus_hash, floor_for, raised, read_floors, shortfalls, write_floors

    entries = read_floors(path)
    corpus = corpus_hash([gold for gold, _ in pairs])
    if up:
        write_floors(path, raised(entries, figures, corpus, split))
        return []
    return shortfalls(figures, floor_for(entries, corpus, split))


def _read(gold: list[Path], split: str) -> tuple[list[tuple[GoldArticle, Analysis]], list[tuple[str, str]]]:
    """Read the gold, and every article as the main job would."""
    from pipeline.api import Analyzer
    from pipeline.gold import read_gold
    from pipeline.outlets import load_gazetteer
    from pipeline.schema import Article

    analyzer = Analyzer()
    pairs = [(article, analyzer.read(Article(article.id, article.text))) for article in read_gold(gold, split=split)]
    outlets = load_gazetteer().outlets.values()
    return pairs, [(alias, outlet.name) for outlet in outlets for alias in outlet.aliases]


def _baseline(path: Path | None) -> dict[str, float]:
    """Read figures saved before."""
    if path is None:
        return {}
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return {name: value for name, value in saved.items() if isinstance(value, int | float)}
    except (OSError, ValueError, AttributeError) as error:
        raise SettingsError(f"cannot read the baseline {path}: {error}", hint="save one with --json") from error


def _figure(value: float) -> str:
    """Format a count or a share."""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _change(value: float, base: float | None) -> str:
    """Format the difference to a baseline."""
    return "" if base is None else f"  ({value - base:+.3f})"


def benchmark(
    what: Annotated[str, typer.Argument(help="speed or accuracy.")],
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Articles for speed; a CSV of text,label for accuracy.")] = Path("corpus/demo"),
    repeat: Annotated[int, typer.Option(min=1, help="Read the articles this many times (speed).")] = 1,
) -> None:  # fmt: skip
    """Compare with plain spaCy (speed) or VADER (accuracy), side by side in one run; prints one JSON object."""
    with clear_errors():
        from pipeline.benchmark import accuracy, speed

        if what not in ("speed", "accuracy"):
            raise SettingsError(f"unknown benchmark {what!r}", hint="use speed or accuracy")
        say(f"benchmark {what} on {source}")
        result = speed(source, repeat=repeat) if what == "speed" else accuracy(source)
    write_out(json.dumps(result) + "\n")
