"""A report's folder: made beside its place, and moved there only when complete."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simlib.errors import UserError


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty folder beside the target, removed when the report was not kept."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace(folder: Path, target: Path) -> None:
    """Move the finished report to its name, keeping the earlier one until then."""
    folder.chmod(0o755)
    old = target.with_name(f".{target.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        folder.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise _unwritable(target, error) from None
    shutil.rmtree(old, ignore_errors=True)


def check_target(target: Path) -> None:
    """Refuse to replace a folder that is not a report."""
    if not target.exists():
        return
    files = {path.name for path in target.iterdir()} if target.is_dir() else {"a file"}
    if files and not files >= {"manifest.json", "index.html"}:
        raise UserError(
            "this folder is not a report",
            str(target),
            "making a report there would remove what is in it",
            "choose another folder with --out",
        )


def _unwritable(target: Path, error: OSError) -> UserError:
    return UserError(
        f"cannot be written ({error.strerror})",
        str(target),
        "the report needs a place; an earlier report there is untouched",
        "free space, or choose another folder with --out",
    )
