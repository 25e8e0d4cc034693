import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from simlib.errors import UserError
from simlib.reporting.context import open_report
from simlib.reporting.notebooks import (
    NOTEBOOKS,
    check_parameters,
    notebooks_folder,
    own_defaults,
)
from simlib.reporting.run_data import NoRunError, open_run


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_notebooks_defaults_are_those_of_its_schema(page: str) -> None:
    assert own_defaults(page) == NOTEBOOKS[page][1]().model_dump()


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_notebook_is_thin_and_has_no_outputs(page: str) -> None:
    notebook = nbformat.read(notebooks_folder() / NOTEBOOKS[page][0], as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
            assert len(cell.source.splitlines()) <= 4
            assert not any(word in cell.source for word in ("def ", "for ", "lambda", "pl."))


def test_a_mistyped_parameter_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UserError, match=r"unknown key 'langg'.*did you mean 'lang'\?"):
        check_parameters("uptake", {"langg": "ko"})


@pytest.mark.parametrize("given", [{"lang": "jp"}, {"run": 1}, {"run": ""}])
def test_a_parameter_of_the_wrong_kind_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(UserError):
        check_parameters("uptake", given)


def test_an_unknown_language_is_one_message_in_a_notebook(made_run: Path) -> None:
    with pytest.raises(UserError, match="unknown language 'kr'") as caught:
        open_report(made_run, "kr")  # type: ignore[arg-type]
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_without_a_run_a_notebook_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoRunError, match=r"simlib run scenarios/quick\.yaml") as caught:
        open_run()
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no manifest\.json"):
        open_run(tmp_path / "nothing")


def test_the_newest_run_is_found(
    made_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").symlink_to(made_run.parent)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert open_run().run_id == made_run.name


def test_importing_the_model_prints_nothing_in_a_notebook() -> None:
    """It is imported for a run of another version, to see what such a run must hold."""
    code = "import ipykernel.zmqshell, sys; sys.modules['ipywidgets'] = None  # as in our .venv\n"
    code += "import simlib.observation; assert 'tqdm' in sys.modules"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
