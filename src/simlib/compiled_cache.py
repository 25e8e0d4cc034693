"""Where compiled code is kept when neither the package's folder nor the user's can be written."""

import os
from collections.abc import Iterable
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def choose_cache() -> None:
    """Let compiled code be kept in a temporary folder where no usual one can be written.

    numba keeps it beside the modules or in the user's cache folder and cannot be used where both
    are read-only. A folder chosen by the user (``NUMBA_CACHE_DIR``) stays.
    """
    if not os.environ.get(VARIABLE) and not any(map(_can_write, _usual_folders())):
        os.environ[VARIABLE] = str(_own_temporary_folder())


def _own_temporary_folder() -> Path:
    """Give a temporary folder that nobody else can write to: compiled code is run."""
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"simlib-compiled-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.stat()
    if hasattr(os, "getuid") and (found.st_uid != user or found.st_mode & 0o022):
        return Path(tempfile.mkdtemp(prefix="simlib-compiled-"))
    return folder


def _usual_folders() -> Iterable[Path]:
    yield Path(__file__).parent
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(variable):
            yield Path(os.environ[variable])
            return
    yield Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111


def _can_write(folder: Path) -> bool:
    """Tell whether a folder, or the first one above it that exists, can be written."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    return os.access(there, os.W_OK)
