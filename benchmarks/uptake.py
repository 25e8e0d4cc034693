"""How fast the month is: the compiled model against one Mesa agent a household.

Both run the same households, months and policy in one process, and must end in the same states.
Run ``python benchmarks/uptake.py``; ``--json`` ends with one JSON object.
"""

import argparse
import json
import resource
import statistics
import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from simlib.anchors import solve_anchors
from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws
from simlib.life.world import World, prepare_world
from simlib.model import Opening, WelfareModel
from simlib.months import parse_month
from simlib.outreach.policy import Policy, load_policy
from simlib.parameters import Parameters, load_parameters
from simlib.population import synthesize

START = parse_month("2024-01")


def prepare(households_n: int, months: int, parameters: Parameters) -> World:
    """Make households and what happens to them; this is not timed."""
    population = synthesize(households_n, 2025, 1, parameters)
    catalogue = load_catalogue(parameters)
    world = prepare_world(population, catalogue, parameters, START, months, Draws(1, 0))
    _ = world.changes[months - 1]  # months are lived when they are first asked for
    return world


def timed(
    world: World, policy: Policy, parameters: Parameters, anchors: Any, opening: Opening,
    engine: str, rounds: int,
) -> tuple[float, WelfareModel]:  # fmt: skip
    """Give the median nanoseconds a household-month, and the last model that ran."""
    taken = []
    for _ in range(rounds):
        model = WelfareModel(
            world, policy, parameters, anchors, opening=opening, engine=engine, record=False
        )
        start = time.perf_counter()
        model.run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e9 / (world.households_n * world.months), model


def main() -> None:
    """Time both models on the same households, and the compiled one on many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=30_000, help="for the comparison")
    parser.add_argument("--many", type=int, default=100_000, help="for the compiled model alone")
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--policy", default="membership")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    parameters = load_parameters()
    load_catalogue(parameters)
    policy = load_policy(options.policy, parameters)
    rows = []
    for households_n in (options.households, options.many):
        world = prepare(households_n, options.months, parameters)
        anchors = solve_anchors(world, parameters)
        nobody = load_policy("none", parameters)
        opening = WelfareModel(world, nobody, parameters, anchors, record=False).opening()
        fixed = (world, policy, parameters, anchors, opening)
        timed(*fixed, "compiled", 1)  # compile first
        ns, model = timed(*fixed, "compiled", options.rounds)
        rows.append(("compiled", households_n, ns))
        if households_n == options.households:
            reference_ns, reference = timed(*fixed, "reference", 1)
            rows.append(("Mesa agents", households_n, reference_ns))
            assert np.array_equal(
                model.funnel_state.cells.state, reference.funnel_state.cells.state
            )
            compiled_ns = ns

    table = Table(title=f"policy {options.policy}, {len(anchors.ids)} programmes")
    for head in ("model", "households", "ns a household-month"):
        table.add_column(head, justify="right")
    for name, n, ns in rows:
        table.add_row(name, f"{n:,}", f"{ns:,.0f}")
    Console().print(table)
    result = {
        "ns_per_household_month": rows[-1][2],
        "ns_per_household_month_small": compiled_ns,
        "mesa_ns_per_household_month": reference_ns,
        "mesa_ratio": reference_ns / compiled_ns,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
