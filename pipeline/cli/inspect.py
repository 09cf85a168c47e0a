"""`pullquote outlets` and `pullquote info`: look at what is bundled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import EXIT_SOME_FAILED, check_choice, clear_errors, path, say, write_out
from pipeline.counts import several

_SHOWN_UNKNOWN = 15


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Look into the gazetteer of outlets.", epilog="Example: pullquote outlets find WaPo"
    )
    group.command("list", epilog="Example: pullquote outlets list --kind trade")(list_outlets)
    group.command("find", epilog='Example: pullquote outlets find "AV Club"')(find)
    group.command("check", epilog="Example: pullquote outlets check publishers.tsv")(check)
    app.add_typer(group, name="outlets")
    app.command(epilog="Example: pullquote info")(info)


def list_outlets(kind: Annotated[str, typer.Option(help="Only this kind, such as newspaper or trade.")] = "") -> None:
    """List outlets: id, name, kind, country."""
    with clear_errors():
        from pipeline.outlets import load_gazetteer

        outlets = load_gazetteer().outlets.values()
        check_choice("kind", kind, ("", *sorted({o.kind for o in outlets})))
        rows = [o for o in outlets if kind in ("", o.kind)]
    write_out("".join(f"{o.id}\t{o.name}\t{o.kind}\t{o.country or ''}\n" for o in rows))


def find(name: Annotated[str, typer.Argument(metavar="NAME", help="A name, alias or id.")]) -> None:
    """Show the outlet that a name stands for."""
    with clear_errors():
        from pipeline.outlets import load_gazetteer

        outlet = load_gazetteer().find(name)
    if outlet is None:
        say(f"pullquote: no outlet is called {name!r} (add it with --outlets FILE)")
        raise typer.Exit(EXIT_SOME_FAILED)
    fields = ("id", "name", "kind", "country", "domain", "aliases", "ambiguous_aliases", "ambiguous", "provenance")
    write_out(json.dumps({field: getattr(outlet, field) for field in fields}, ensure_ascii=False, indent=2) + "\n")


def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="TSV of publisher and number of reviews, with a header; or a gazetteer .jsonl.",
            parser=path,
        ),
    ],
) -> None:
    """Measure how much of a list of publishers is known, or check a gazetteer file alone and beside the bundled one."""
    with clear_errors():
        from pipeline.outlets import Gazetteer, load_gazetteer, read_counts, read_outlets

        if file.suffix == ".jsonl":
            outlets = Gazetteer(read_outlets(file)).outlets
            load_gazetteer(file)
            write_out(f"{several(len(outlets), 'outlet')}, no errors\n")
            return
        share, unknown = load_gazetteer().coverage(read_counts(file))
    lines = [f"{share:.1%} of the reviews are by known outlets"]
    lines += [f"unknown: {name} ({count})" for name, count in unknown[:_SHOWN_UNKNOWN]]
    write_out("\n".join(lines) + "\n")


def info() -> None:
    """Print versions, models with their hashes, and sizes of the bundled data."""
    with clear_errors():
        from pipeline.outlets import load_gazetteer
        from pipeline.resources import model_hashes
        from pipeline.write import versions

        facts = {"versions": versions(), "models": model_hashes(), "outlets": len(load_gazetteer().outlets)}
    write_out(json.dumps(facts, indent=2) + "\n")
