"""Compiled code is forgotten when anything that it was made of has changed.

numba keeps compiled loops and makes those of a file anew when that file changes. But what a loop
calls from other files becomes part of it, and a change there goes unnoticed: after an update of
the sources the old behaviour would run on. So the sources that loops were compiled from are
noted, and when one has changed, the loops of its module and of all that import it are forgotten.
"""

import ast
import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

NOTE = "compiled-from.json"
"""Notes date and size of every source file, beside the compiled code."""
_KINDS = ("nbi", "nbc")


def forget_stale(package: Path, cache: str = "") -> list[str]:
    """Forget the compiled code of modules that rest on a source file that has changed.

    Parameters
    ----------
    package
        Folder of the package.
    cache
        Folder in which numba keeps compiled code, if it is not beside the modules.

    Returns
    -------
    list of str
        Names of the modules whose compiled code was forgotten, in order. Where the folder of
        compiled code cannot be written, nothing is.
    """
    note = (Path(cache) if cache else package / "__pycache__") / NOTE
    now, then = _dates(package), _read(note)
    changed = {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}
    if not changed:
        return []
    stale = sorted(_resting_on(package, changed))
    with contextlib.suppress(OSError):
        for name in stale:
            for path in _compiled(package / name, cache):
                path.unlink(missing_ok=True)
        note.parent.mkdir(parents=True, exist_ok=True)
        part = note.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(now), encoding="utf-8")
        part.replace(note)
    return stale


def _dates(package: Path) -> dict[str, list[int]]:
    """Give date and size of every source file by its path in the package.

    This is asked at every start, of some hundred files; the plain functions are the fastest.
    """
    found: dict[str, list[int]] = {}
    for folder, _, files in os.walk(package):
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(folder, name)  # noqa: PTH118
                at = os.stat(path)  # noqa: PTH116
                found[os.path.relpath(path, package)] = [at.st_mtime_ns, at.st_size]
    return found


def _read(note: Path) -> dict[str, list[int]]:
    try:
        made: dict[str, list[int]] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return made


def _resting_on(package: Path, changed: set[str]) -> set[str]:
    """Give the files of the package that are, or import at some remove, a changed one."""
    importers: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        for module in _imported(path, package.name):
            for file in (f"{module}.py", f"{module}/__init__.py"):
                importers.setdefault(file, set()).add(name)
    found, open_ = set(changed), list(changed)
    while open_:
        for name in importers.get(open_.pop(), set()) - found:
            found.add(name)
            open_.append(name)
    return found


def _imported(path: Path, package: str) -> Iterable[str]:
    """Give the modules of the package that a file imports, as paths without an ending."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        for name in names:
            if name.startswith(f"{package}."):
                yield name.removeprefix(f"{package}.").replace(".", "/")


def _compiled(module: Path, cache: str) -> Iterable[Path]:
    """Give the files in which numba keeps the compiled loops of a module."""
    for kind in _KINDS:
        if cache:
            yield from Path(cache).glob(f"*/{module.stem}.*.{kind}")
        else:
            yield from (module.parent / "__pycache__").glob(f"{module.stem}.*.{kind}")
