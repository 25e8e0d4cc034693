"""Who gets which welfare benefit, how fast, and who is still missed: a workbench."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from simlib.compiled_cache import VARIABLE, choose_cache
from simlib.stale_code import forget_stale
from simlib.waiting import wait_briefly

choose_cache()
forget_stale(Path(__file__).parent, os.environ.get(VARIABLE, ""))
wait_briefly()
try:
    __version__ = version("simlib")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
