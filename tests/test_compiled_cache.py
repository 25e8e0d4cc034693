"""Compiled code is kept somewhere even where the usual folders are read-only."""

import os
import tempfile
from pathlib import Path

import pytest

from simlib import compiled_cache


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled_cache.VARIABLE, "")


def test_the_usual_folders_are_used_where_they_can_be_written():
    compiled_cache.choose_cache()
    assert not os.environ[compiled_cache.VARIABLE]


def test_read_only_folders_lead_to_a_temporary_one_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(compiled_cache.os, "access", lambda folder, mode: False)
    compiled_cache.choose_cache()
    first = Path(os.environ[compiled_cache.VARIABLE])
    assert first.parent == tmp_path
    assert first.stat().st_mode & 0o077 == 0
    first.chmod(0o777)
    monkeypatch.setenv(compiled_cache.VARIABLE, "")
    compiled_cache.choose_cache()
    assert Path(os.environ[compiled_cache.VARIABLE]) != first


def test_the_choice_of_the_user_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(compiled_cache.VARIABLE, "mine")
    monkeypatch.setattr(compiled_cache.os, "access", lambda folder, mode: False)
    compiled_cache.choose_cache()
    assert os.environ[compiled_cache.VARIABLE] == "mine"
