"""Read articles from files, folders, globs, tables and standard input."""

from pipeline.read.inputs import STDIN, Reading, holds_many, iter_articles, list_inputs
from pipeline.read.metadata import describing

__all__ = ["STDIN", "Reading", "describing", "holds_many", "iter_articles", "list_inputs"]
