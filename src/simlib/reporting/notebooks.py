"""Run the notebooks of the report: parameters checked first, one kernel for each language."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simlib.errors import SimlibError, UserError
from simlib.files import Document, package_data, validate
from simlib.reporting.numbers import Lang
from simlib.reporting.run_data import NEWEST

CELL_SECONDS = 600
_QUIET = ("--log-level=40",)


class NotebookParameters(BaseModel):
    """List what every notebook takes; a test holds the notebooks' own defaults equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    run: str = Field(NEWEST, min_length=1, description="Run folder, or 'newest'.")
    lang: Literal["ko", "en"] = Field("en", description="Language of the page.")


class ScorerParameters(NotebookParameters):
    """Add what only the scorer's notebook takes."""

    layer: Literal[
        "recorded_any", "recorded_public", "recorded_livelihood", "untreated", "truth"
    ] = Field("truth", description="Label layer of recall by group.")


NOTEBOOKS: dict[str, tuple[str, type[NotebookParameters]]] = {
    "population": ("01-population.ipynb", NotebookParameters),
    "uptake": ("02-uptake.ipynb", NotebookParameters),
    "policies": ("03-policies.ipynb", NotebookParameters),
    "scorer": ("04-scorer.ipynb", ScorerParameters),
}
"""Page -> its notebook file and the schema of its parameters."""


def notebooks_folder() -> Path:
    """Find the folder of the notebooks: in the source tree, or here.

    Raises
    ------
    UserError
        If there is none; an installed package without the source tree has no notebooks.
    """
    places = [package_data().parents[1] / "notebooks", Path("notebooks")]
    for place in places:
        if place.is_dir():
            return place
    raise UserError(
        "the folder of notebooks is not here",
        "notebooks/",
        "the report is made from them",
        "run this in the root of the simlib source tree",
    )


def check_parameters(page: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the parameters of a notebook before it runs, and fill in the defaults.

    papermill would only warn about a mistyped name and show the default; this refuses it.

    Raises
    ------
    UserError
        For an unknown name, with the nearest valid one, or a value of the wrong kind.
    """
    file, schema = NOTEBOOKS[page]
    document = Document(dict(given), f"parameters of {file}", {})
    return validate(schema, document).model_dump()


def own_defaults(page: str) -> dict[str, Any]:
    """Read the defaults that a notebook states in its parameters cell."""
    import ast

    import nbformat

    notebook = nbformat.read(notebooks_folder() / NOTEBOOKS[page][0], as_version=4)
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise SimlibError(f"{NOTEBOOKS[page][0]} needs exactly one cell tagged 'parameters'")
    return {
        target.id: ast.literal_eval(statement.value)
        for statement in ast.parse(cells[0].source).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


@dataclass(frozen=True)
class Kernel:
    """Hold a running kernel and the connections that were made to it."""

    manager: Any
    clients: list[Any]

    def hang_up(self) -> None:
        """Close all connections; nbclient leaves those to a borrowed kernel open."""
        while self.clients:
            self.clients.pop().stop_channels()

    def forget(self) -> None:
        """Empty the kernel's names, so that no notebook can lean on the one before it."""
        from jupyter_core.utils import run_sync

        client = self.manager.client()
        client.start_channels()

        async def reset() -> None:
            code = "get_ipython().reset(new_session=True)"
            await client.wait_for_ready(timeout=CELL_SECONDS)
            await client.execute(code, silent=True, reply=True, timeout=CELL_SECONDS)

        try:
            run_sync(reset)()
        finally:
            self.hang_up()


@contextmanager
def kernel() -> Iterator[Kernel]:
    """Start one Python kernel of this interpreter, over TCP, and shut it down at the end."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import ensure_event_loop, run_sync

    clients: list[Any] = []

    class Manager(AsyncKernelManager):  # type: ignore[misc, unused-ignore]
        def client(self, **settings: Any) -> Any:
            clients.append(super().client(**settings))
            return clients[-1]

    manager = Manager(transport="tcp", kernel_name="python3")
    # A kernel of that name registered elsewhere could be another interpreter.
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", *_QUIET, "-f", "{connection_file}"],
        display_name="simlib",
        language="python",
    )
    running = Kernel(manager, clients)
    run_sync(manager.start_kernel)()
    try:
        yield running
    finally:
        running.hang_up()
        run_sync(manager.shutdown_kernel)(now=True)
        # The loop was made for this thread by the calls above; nobody else closes it.
        ensure_event_loop().close()


def execute(page: str, parameters: Mapping[str, Any], folder: Path, running: Kernel) -> Any:
    """Run a notebook with checked parameters.

    Parameters
    ----------
    page
        Key of :data:`NOTEBOOKS`.
    parameters
        Values for its parameters cell.
    folder
        Where papermill keeps the executed notebook.
    running
        A kernel from :func:`kernel`; several notebooks may follow each other in it.

    Returns
    -------
    NotebookNode
        The executed notebook.

    Raises
    ------
    SimlibError
        If a cell fails, with the cell's own message.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    file = NOTEBOOKS[page][0]
    checked = check_parameters(page, parameters)
    running.forget()
    try:
        return papermill.execute_notebook(
            str(notebooks_folder() / file),
            str(folder / f"{checked['lang']}-{file}"),
            parameters=checked,
            kernel_name="python3",
            progress_bar=False,
            km=running.manager,
            execution_timeout=CELL_SECONDS,
            autosave_cell_every=0,
        )
    except PapermillExecutionError as error:
        raise SimlibError(
            f"notebook {file} ({checked['lang']}) failed in cell {error.exec_count}: "
            f"{error.ename}: {error.evalue}"
        ) from None
    finally:
        running.hang_up()


def run_all(run: Path, lang: Lang, folder: Path) -> dict[str, Any]:
    """Run all notebooks in one language, one after the other in one kernel.

    Returns
    -------
    dict
        Page -> executed notebook.
    """
    parameters = {"run": str(run), "lang": lang}
    with kernel() as running:
        return {page: execute(page, parameters, folder, running) for page in NOTEBOOKS}
