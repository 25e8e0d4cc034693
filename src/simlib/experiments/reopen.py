"""Open what a finished run was made of, to run a part of it again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from simlib.errors import UserError
from simlib.experiments.ground import ground_of
from simlib.experiments.loading import LoadedScenario, load_scenario, policy_key
from simlib.experiments.run import Run
from simlib.experiments.setting import prepare_setting
from simlib.experiments.store import RunStore
from simlib.experiments.worlds import Ground
from simlib.files import read_yaml, write_text

SCENARIO = "scenario.yaml"


@contextmanager
def reopened(run: Run) -> Iterator[Ground]:
    """Give what all worlds of a run stand on: setting, population and anchors.

    The run folder holds the population and the anchors, and its manifest the policy and programme
    files as they were; the user's own files may have changed since.
    """
    with tempfile.TemporaryDirectory(prefix="simlib-again-") as scratch:
        try:
            loaded = _load(run, Path(scratch))
        except UserError as error:
            raise UserError(
                f"the scenario of this run is none for this version of simlib: {error.what}",
                str(run.folder / SCENARIO),
                "the run cannot be made again from it",
                "run the scenario anew, from its own file",
            ) from None
        yield ground_of(RunStore(run.folder), prepare_setting(loaded))


def _load(run: Run, scratch: Path) -> LoadedScenario:
    data: dict[str, Any] = {"policies": [], **(read_yaml(run.folder / SCENARIO).data or {})}
    policies, programmes = (
        run.manifest.get(key, {}) for key in ("policy_files", "programme_files")
    )
    # the run folder has the scorer itself, which need not be named
    data.get("scorer", {}).pop("file", None)
    own = [text for text in data["policies"] if policy_key(text) != text]
    data["policies"] = [
        f"{policy_key(text)}.yaml" if text in own else text for text in data["policies"]
    ]
    files = {policy_key(text): policies[policy_key(text)] for text in own}
    for name, file in files.items():
        entries = [{instrument: settings} for instrument, settings in file["instruments"]]
        _write(scratch / f"{name}.yaml", {**file, "instruments": entries})
    if programmes:
        shipped = [text for text in data["programmes"] if not text.endswith((".yaml", ".yml"))]
        data["programmes"] = [*shipped, *(f"programmes/{name}.yaml" for name in programmes)]
    for name, file in programmes.items():
        _write(scratch / "programmes" / f"{name}.yaml", file)
    _write(scratch / SCENARIO, data)
    return load_scenario(scratch / SCENARIO)


def _write(path: Path, data: Any) -> None:
    """Write a file as a user would; what was left out is null in a manifest."""
    write_text(path, yaml.safe_dump(_said(data), allow_unicode=True))


def _said(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _said(each) for key, each in data.items() if each is not None}
    return [_said(each) for each in data] if isinstance(data, list) else data
