"""Who gets which welfare benefit, how fast, and who is still missed: a workbench."""

from importlib.metadata import PackageNotFoundError, version

from simlib.compiled_cache import choose_cache
from simlib.waiting import wait_briefly

choose_cache()
wait_briefly()
try:
    __version__ = version("simlib")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
