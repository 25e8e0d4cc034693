"""Commands are told as they can be typed."""

import sysconfig
from pathlib import Path

import pytest

from simlib.command import command


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("simlib.command.package_data", lambda: tmp_path / "src" / "simlib")
    return tmp_path


def place(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(program.parent))


def test_in_a_source_tree_the_program_is_named_as_in_the_readme(tree, monkeypatch):
    place(tree / ".venv" / "bin" / "simlib", monkeypatch)
    told = command("run scenarios/quick.yaml")
    assert told == ".venv/bin/simlib run scenarios/quick.yaml"
    assert told.replace("quick", "mine") in Path("README.md").read_text(encoding="utf-8")


def test_an_environment_elsewhere_is_somebodys_own_and_needs_no_path(tree, monkeypatch):
    place(tree.parent / "elsewhere" / "bin" / "simlib", monkeypatch)
    assert command("run mine.yaml") == "simlib run mine.yaml"
