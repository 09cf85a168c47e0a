"""Read articles from files, folders, globs, tables and standard input."""

from pipeline.read.inputs import Reading, iter_articles, list_inputs

__all__ = ["Reading", "iter_articles", "list_inputs"]
