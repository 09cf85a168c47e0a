"""One HTML page from the tables of a run: who says what about what, and every row behind each figure."""

from pipeline.report.page import render, write_report
from pipeline.report.texts import article_texts

__all__ = ["article_texts", "render", "write_report"]
