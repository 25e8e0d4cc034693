"""Run the OpenFisca rules on a population that simlib wrote; needs openfisca-core.

Started by ``entitlement.py --peers PYTHON``; not for use alone. Reads ``input.npz`` and
``numbers.json`` from a folder and writes ``output.npz`` there: results and seconds.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import openfisca_rules as rules
from openfisca_core.simulations import SimulationBuilder
from openfisca_follows import PROGRAMMES

PERIOD = "2025-03"


def roles_of(relation: Any, sex: Any, starts: Any) -> Any:
    """Give each person a role: head and spouse, two parents of different sex, others."""
    keys = np.full(len(relation), 4)
    home = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    spouse_there = np.bincount(home[relation == rules.SPOUSE], minlength=len(starts) - 1) > 0
    keys[(relation == rules.HEAD) & spouse_there[home]] = 0
    keys[relation == rules.SPOUSE] = 1
    parents = np.flatnonzero(relation == rules.PARENT)
    number = np.bincount(home[parents], minlength=len(starts) - 1)
    pairs = parents[number[home[parents]] == 2].reshape(-1, 2)
    pairs = pairs[sex[pairs[:, 0]] != sex[pairs[:, 1]]]
    keys[pairs[:, 0]], keys[pairs[:, 1]] = 2, 3
    return keys


def build(data: Any, roles: Any) -> Any:
    """Make a simulation of the population."""
    builder = SimulationBuilder()
    builder.create_entities(rules.system)
    starts = data["starts"]
    households_n, persons_n = len(starts) - 1, int(starts[-1])
    builder.declare_person_entity("person", np.arange(persons_n))
    household = builder.declare_entity("household", np.arange(households_n))
    home = np.repeat(np.arange(households_n), np.diff(starts))
    builder.join_with_persons(household, home, roles)
    simulation = builder.build(rules.system)
    for name in (*rules.PERSON_INPUTS, *rules.HOUSEHOLD_INPUTS):
        simulation.set_input(name, PERIOD, data[name])
    return simulation


def main() -> None:
    folder = Path(sys.argv[1])
    rounds = int(sys.argv[2])
    rules.NUMBERS.update(json.loads((folder / "numbers.json").read_text()))
    data = dict(np.load(folder / "input.npz"))
    roles = roles_of(data["relation"], data["sex"], data["starts"])
    built, taken, worked, results = [], [], [], {}
    for _ in range(rounds):
        start = time.perf_counter()
        simulation = build(data, roles)
        built.append(time.perf_counter() - start)
        start, begin = time.perf_counter(), time.process_time()
        for name in PROGRAMMES:
            for kind in ("right", "amount", "persons"):
                results[f"{kind}_{name}"] = simulation.calculate(f"{kind}_{name}", PERIOD)
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - begin)
    np.savez(
        folder / "output.npz",
        seconds=np.array([min(taken), min(built), min(worked)]),
        programmes=np.array(PROGRAMMES),
        **results,
    )


if __name__ == "__main__":
    main()
