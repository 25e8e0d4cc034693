"""Compiled code does not outlive a change of what it was made of."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simlib.stale_code import NOTE, forget_stale

SOURCES = {
    "__init__.py": "",
    "leaf.py": "LIMIT = 1\n",
    "branch.py": "from tree.leaf import LIMIT\n",
    "deep/__init__.py": "",
    "deep/root.py": "from tree import branch\nimport numpy\n",
    "other.py": "import tree.deep\n",
}


@pytest.fixture(params=["beside the modules", "in a folder of its own"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    package, cache = tmp_path / "tree", tmp_path / "cache"
    for name, text in SOURCES.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        inside = request.param == "beside the modules"
        kept = path.parent / "__pycache__" if inside else cache / f"{path.parent.name}_1"
        kept.mkdir(parents=True, exist_ok=True)
        for kind in ("nbi", "1.nbc"):
            (kept / f"{path.stem}.loop-3.py311.{kind}").write_text("compiled")
    yield package, "" if request.param == "beside the modules" else str(cache)


def _kept(package: Path) -> set[str]:
    return {each.name.split(".")[0] for each in package.parent.rglob("*.nb[ic]")}


def _change(path: Path) -> None:
    at = path.stat()
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns + 1))


def test_what_rests_on_a_changed_file_is_forgotten_and_nothing_else(tree: tuple[Path, str]):
    package, cache = tree
    forget_stale(package, cache)
    assert not _kept(package)  # nobody knows from what this was compiled
    for path in package.rglob("*.py"):
        folder = Path(cache) / "x_1" if cache else path.parent / "__pycache__"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.stem}.loop-3.py311.nbi").write_text("compiled")
    assert forget_stale(package, cache) == []
    _change(package / "leaf.py")
    assert forget_stale(package, cache) == ["branch.py", "deep/root.py", "leaf.py"]
    assert _kept(package) == {"__init__", "other"}
    assert forget_stale(package, cache) == []


def test_a_file_that_is_gone_counts_as_changed(tree: tuple[Path, str]):
    package, cache = tree
    forget_stale(package, cache)
    (package / "leaf.py").unlink()
    assert "branch.py" in forget_stale(package, cache)


def test_a_note_that_cannot_be_read_counts_as_none(tree: tuple[Path, str]):
    package, cache = tree
    forget_stale(package, cache)
    (Path(cache) if cache else package / "__pycache__").joinpath(NOTE).write_text("{half")
    assert len(forget_stale(package, cache)) == len(SOURCES)


def test_folders_that_cannot_be_written_are_left_alone(
    tree: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    package, cache = tree
    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)
    forget_stale(package, cache)
    assert _kept(package)
