"""A made-up run, written once."""

from pathlib import Path

import pytest

from .made_run import write_run


@pytest.fixture(scope="session")
def made_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs"))
