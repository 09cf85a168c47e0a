"""The command line: the only place that prints or exits."""

from pipeline.cli.interrupts import end_at_once, listen

__all__ = ["main"]


def main() -> None:
    """Run the command line; an interrupt ends with 130, also while it is still being imported."""
    listen(end_at_once)
    from pipeline.cli.app import run

    run()
