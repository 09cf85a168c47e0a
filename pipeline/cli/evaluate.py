"""`pullquote evaluate` and `pullquote benchmark`: figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, clear_errors, path, say, write_out
from pipeline.counts import several
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.gold import GoldArticle
    from pipeline.schema import Analysis


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: pullquote evaluate corpus/annotated --split dev")(evaluate)
    app.command(epilog="Example: pullquote benchmark speed corpus/demo")(benchmark)


def evaluate(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD", help="Annotated .json files, folders of them, or a .jsonl file of attribution cases.", parser=path)],
    split: Annotated[str, typer.Option(help="train, dev or test.")] = "",
    by: Annotated[str, typer.Option(help="Also by domain, layout, split, source_type, aspect, rule, speech or named (where the source is named); cases: by phenomenon.")] = "",
    against: Annotated[Path | None, typer.Option(help="Figures saved with --json to compare with.", parser=path)] = None,
    floors: Annotated[
        Path | None, typer.Option(help="File of floors that the figures must reach; exit 1 below.", parser=path)
    ] = None,
    raise_floors: Annotated[bool, typer.Option("--raise", help="Make these figures the new floors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    missed: Annotated[bool, typer.Option(help="List the opinions that were not found.")] = False,
    errors: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what is wrong as CSV, with the text around.", parser=path)] = None,
) -> None:  # fmt: skip
    """Score the reading against annotated articles: precision and recall of every stage."""
    with clear_errors():
        base = _baseline(against)
        if any(path.suffix == ".jsonl" for path in gold):
            if split or floors or missed or errors or any(path.suffix != ".jsonl" for path in gold):
                raise SettingsError(
                    "cases of attribution are scored alone, without --split, --floors, --missed and --errors",
                    hint="give the .jsonl files in a command of their own",
                )
            _evaluate_cases(gold, by, base, as_json=as_json)
            return
        from pipeline import evaluate as scores

        if by not in ("", *scores.GROUPS):
            raise SettingsError(f"cannot group by {by!r}", hint=f"use {', '.join(scores.GROUPS)}")
        pairs, fold = _read(gold, split)
        verdicts = scores.judge(pairs, fold=fold)
        figures = {**scores.score(verdicts).figures(), "articles": len(pairs)}
        groups = scores.by_group(verdicts, by) if by else {}
        short = _hold(floors, pairs, split, figures, up=raise_floors) if floors else []
        if errors:
            _write_errors(errors, scores.errors(verdicts))
    if as_json:
        write_out(json.dumps({**figures, **({by: groups} if by else {})}, indent=2) + "\n")
        _refuse(short)
        return
    lines = _lines(figures, base)
    for name, values in groups.items():
        lines.append(
            f"{by} {name}: found F1 {values['found_f1']:.3f}, source {values['source_accuracy']:.3f}, sentiment"
            f" {values['sentiment_accuracy']:.3f}, aspect {values['aspect_accuracy']:.3f}, full F1 {values['full_f1']:.3f}"
            f" ({several(values['articles'], 'article')}, {several(values['gold'], 'opinion')})"
        )
    lost = (v for v in verdicts if v.gold and not v.predicted)
    lines.extend(f"missed: {v.article.id}: {v.gold.anchor}" for v in lost if missed and v.gold)
    write_out("\n".join(lines) + "\n")
    _refuse(short)


def _lines(figures: dict[str, float], base: dict[str, float]) -> list[str]:
    """Format figures, each with its difference to a baseline."""
    return [f"{name:24s} {_figure(value)}{_change(value, base.get(name))}" for name, value in figures.items()]


def _evaluate_cases(paths: list[Path], by: str, base: dict[str, float], *, as_json: bool) -> None:
    """Score attribution cases."""
    from pipeline.api import Analyzer
    from pipeline.cases import read_cases, right, score_cases
    from pipeline.evaluate import folded
    from pipeline.outlets import load_gazetteer
    from pipeline.schema import Article

    if by not in ("", "phenomenon"):
        raise SettingsError(f"cannot group cases by {by!r}", hint="use phenomenon")
    analyzer = Analyzer()
    names = folded(load_gazetteer().aliases())
    read = [(case, analyzer.read(Article(case.id, case.text))) for path in paths for case in read_cases(path)]
    together: dict[str, list[bool]] = {}
    for case, analysis in read:
        together.setdefault(case.pair or case.id, []).append(right(case, analysis, names))
    figures = {
        **score_cases(read, names).figures(),
        "cases_right": sum(map(sum, together.values())) / max(1, len(read)),
        "pairs_right": sum(map(all, together.values())) / max(1, len(together)),
    }
    kinds = sorted({case.phenomenon for case, _ in read}) if by else []
    groups = {kind: score_cases([r for r in read if r[0].phenomenon == kind], names).figures() for kind in kinds}
    if as_json:
        write_out(json.dumps({**figures, **({by: groups} if by else {})}, indent=2) + "\n")
        return
    lines = _lines(figures, base)
    for name, values in groups.items():
        lines.append(
            f"{by} {name}: found F1 {values['found_f1']:.3f}, found with the right source {values['source_recall']:.3f}"
            f" ({several(values['contents'], 'content')}), false alarms {values['false_alarms']:.3f}"
        )
    write_out("\n".join(lines) + "\n")


def _write_errors(path: Path, rows: list[dict[str, object]]) -> None:
    """Write what is wrong as CSV."""
    import pandas as pd

    from pipeline.evaluate import ERROR_COLUMNS

    try:
        pd.DataFrame(rows, columns=list(ERROR_COLUMNS)).to_csv(path, index=False)
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error}", hint="name a file in a folder that exists") from error


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
    return pairs, load_gazetteer().aliases()


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
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Articles for speed; for accuracy a table of text,label (and target), or a folder of such.", parser=path)] = Path("corpus/demo"),
    articles: Annotated[int, typer.Option(min=0, help="Read so many articles of one paragraph each, drawn from the input (speed).")] = 0,
    by: Annotated[str, typer.Option(help="Column whose values group the rows (accuracy).")] = "",
) -> None:  # fmt: skip
    """Compare with plain spaCy (speed) or VADER (accuracy), side by side in one run; prints one JSON object."""
    with clear_errors():
        from pipeline.accuracy import accuracy
        from pipeline.benchmark import speed

        if what not in ("speed", "accuracy"):
            raise SettingsError(f"unknown benchmark {what!r}", hint="use speed or accuracy")
        say(f"benchmark {what} on {source}")
        result = speed(source, articles=articles) if what == "speed" else accuracy(source, by=by)
    write_out(json.dumps(result) + "\n")
