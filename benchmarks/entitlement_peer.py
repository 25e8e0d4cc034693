"""openfisca-core on the same rules and households: time and equality."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.run import first_persons
from simlib.benefits.entitlement import Entitlements, entitle
from simlib.benefits.fact_names import RENAMED, known_facts
from simlib.months import Month, month_of_year
from simlib.parameters import Parameters
from simlib.population.population import Population

HERE = Path(__file__).parent


def compare_with_openfisca(
    python: Path,
    made: Population,
    catalogue: Catalogue,
    month: Month,
    parameters: Parameters,
    rounds: int,
) -> dict[str, float]:
    """Let openfisca-core and simlib work the same rules out; print every difference."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, made, month, parameters)
        command = [str(python), str(HERE / "peer_openfisca.py"), str(folder), str(rounds)]
        environment = {**os.environ, "PYTHONPATH": str(HERE)}
        subprocess.run(command, check=True, env=environment)
        found = dict(np.load(folder / "output.npz"))
    ids = tuple(sorted(str(each) for each in found["programmes"]))
    taken, worked = [], []
    for _ in range(rounds + 1):
        start, begin = time.perf_counter(), time.process_time()
        ours = entitle(
            catalogue,
            made.households,
            made.persons,
            month,
            parameters,
            only=ids,
            evaluator="machine",
        )
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - begin)
    ours_s, (peer_s, build_s, peer_cpu_s) = min(taken[1:]), found["seconds"]
    differences = _differences(ours, found)
    persons_n = made.persons.height
    Console().print(
        f"{len(ids)} programmes: openfisca-core {persons_n / peer_s:,.0f} persons a second "
        f"({persons_n / (peer_s + build_s):,.0f} with building the simulation), simlib "
        f"{persons_n / ours_s:,.0f}; {sum(differences.values())} results differ {differences}"
    )
    return {
        "openfisca_ratio": float(peer_s / ours_s),
        "openfisca_cpu_ratio": float(peer_cpu_s / min(worked[1:])),
        "openfisca_with_building_ratio": float((peer_s + build_s) / ours_s),
        "openfisca_programmes": len(ids),
        "openfisca_differences": sum(differences.values()),
        "persons_per_s": persons_n / ours_s,
    }


def _differences(ours: Entitlements, found: dict[str, Any]) -> dict[str, int]:
    """Count households whose right, amount or persons differ, by programme where there are."""
    counted = {}
    for column, programme in enumerate(ours.ids):
        amount = found[f"amount_{programme}"].astype(np.float32)
        wrong = (
            (ours.right[:, column] != found[f"right_{programme}"])
            | (ours.amount_krw_m[:, column] != amount)
            | (ours.persons_n[:, column] != found[f"persons_{programme}"])
        )
        if wrong.any():
            counted[programme] = int(wrong.sum())
    return counted


def _write(folder: Path, made: Population, month: Month, parameters: Parameters) -> None:
    """Write the population's columns as numbers, and the parameters of the month."""
    starts, _ = first_persons(made.households, made.persons)
    columns: dict[str, Any] = {"starts": starts}
    for name, fact in known_facts().items():
        frame = made.households if fact.level == "household" else made.persons
        source = RENAMED.get(name, name) if fact.level == "household" else name
        source = {new: old for old, new in RENAMED.items()}.get(name, source)
        if fact.kind == "given" and source in frame.columns:
            column = frame[source]
            if column.dtype.is_(fact.dtype) and hasattr(fact.dtype, "categories"):
                column = column.to_physical()
            columns[name] = column.to_numpy()
    columns["birth_month"] = made.persons["birth_month"].to_numpy()
    np.savez(folder / "input.npz", **columns)
    region = known_facts()["region"].dtype
    numbers: dict[str, Any] = {
        "month": month,
        "calendar_month": month_of_year(month),
        "regions": list(region.categories),  # type: ignore[attr-defined]
    }
    for path in parameters:
        parameter = parameters.parameter(path)
        if path.startswith(("programmes.", "national.", "definitions.")) and (
            parameter.values[0][0] <= month
        ):
            numbers[path] = parameters.value(path, month)
    (folder / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")
