"""One HTML page from the tables of a run: who says what about what, and every row behind each figure."""

from pipeline.report.page import render, write_report

__all__ = ["render", "write_report"]
