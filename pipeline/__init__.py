"""pullquote: who said what about which part of a work, and how they felt.

import pipeline
result = pipeline.load().analyze(text)
result.opinions        # a pandas DataFrame
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.api import Analyzer, Result, analyze_frame, load
    from pipeline.schema import Article
    from pipeline.settings import Settings

__version__ = "0.1.0"

__all__ = ["Analyzer", "Article", "Result", "Settings", "__version__", "analyze_frame", "load"]

_HOMES = {
    "Analyzer": "pipeline.api", "Result": "pipeline.api", "analyze_frame": "pipeline.api", "load": "pipeline.api", "Article": "pipeline.schema",
    "Settings": "pipeline.settings",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import public names when first used, so that the command line starts fast."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
