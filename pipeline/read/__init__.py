"""Read articles from files, folders, globs, tables and standard input."""

from pipeline.read.inputs import STDIN, Reading, holds_many, iter_articles, list_inputs

__all__ = ["STDIN", "Reading", "holds_many", "iter_articles", "list_inputs"]
