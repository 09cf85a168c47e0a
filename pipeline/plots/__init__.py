"""Charts of a run's tables, in Altair: who says what, praise and blame by aspect, houses compared, a season in time.

Each function takes tables and returns an Altair chart, which shows itself in a notebook and can be changed further; `save`
writes it to a file without a browser. Blame is orange and praise is blue, and a symbol says the same: −, ± and +. A table
without rows gives a chart that says so. Needs the extra ``report``; importing this package does not.
"""

from pipeline.plots.bars import bars
from pipeline.plots.canvas import FORMATS, save
from pipeline.plots.lean import lean
from pipeline.plots.matrix import matrix
from pipeline.plots.timeline import timeline

__all__ = ["FORMATS", "bars", "lean", "matrix", "save", "timeline"]
