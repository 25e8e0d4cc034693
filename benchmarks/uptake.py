"""How fast the month is, and how its time and memory grow with the households.

Three comparisons in one process: the compiled model against one Mesa agent a household (both
must end in the same states), against a plain compiled loop that touches every open cell once
(one draw, one hazard, one write), and against itself on more households (the exponent of the
time). The world is made before and not timed; nothing is recorded unless it is said.

Run ``python benchmarks/uptake.py``; ``--json`` ends with one JSON object. ``--many 1000000``
and ``--most 4000000`` are the sizes that the documents give.
"""

import argparse
import collections
import json
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange
from rich.console import Console
from rich.table import Table

from simlib.anchors import solve_anchors
from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws, decision_code, uniform_at
from simlib.life.world import World, prepare_world
from simlib.logit import logistic
from simlib.model import MONTH, Opening, WelfareModel
from simlib.months import parse_month
from simlib.outreach.policy import Policy, load_policy
from simlib.parameters import Parameters, load_parameters
from simlib.population import synthesize
from simlib.sizes import bytes_per_household
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import AWARE, UNAWARE

START = parse_month("2024-01")


def prepare(households_n: int, months: int, parameters: Parameters) -> World:
    """Make households and what happens to them; this is not timed."""
    population = synthesize(households_n, 2025, 1, parameters)
    catalogue = load_catalogue(parameters)
    return prepare_world(population, catalogue, parameters, START, months, Draws(1, 0))


class Job:
    """Hold a world, a policy and all that a run of them begins with."""

    def __init__(self, households_n: int, months: int, policy: Policy, numbers: Parameters) -> None:
        self.world = prepare(households_n, months, numbers)
        self.policy, self.numbers = policy, numbers
        for step in range(months):  # months are lived when first asked for, which is not timed
            self.world.changes[step]
        self.anchors = solve_anchors(self.world, numbers)
        nobody = load_policy("none", numbers)
        self.opening: Opening = WelfareModel(
            self.world, nobody, numbers, self.anchors, record=False
        ).opening()

    def model(self, engine: Any = "compiled", record: bool = False) -> WelfareModel:
        """Give the model at its start."""
        return WelfareModel(
            self.world, self.policy, self.numbers, self.anchors, opening=self.opening,
            engine=engine, record=record,
        )  # fmt: skip

    def ns(self, seconds: float) -> float:
        """Turn seconds of a run into nanoseconds a household-month."""
        return seconds * 1e9 / (self.world.households_n * self.world.months)

    def timed(self, rounds: int, **given: Any) -> tuple[float, float, WelfareModel]:
        """Give median wall and processor nanoseconds a household-month, and the last model."""
        wall, cpu = [], []
        for _ in range(rounds):
            model = self.model(**given)
            start, used = time.perf_counter(), time.process_time()
            model.run()
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - used)
        return self.ns(statistics.median(wall)), self.ns(statistics.median(cpu)), model

    def steps(self, record: bool) -> dict[str, float]:
        """Give processor nanoseconds a household-month of each step of the month."""
        self.model(record=record).step()  # loads the loops
        model, used = self.model(record=record), collections.Counter[str]()
        for step in range(self.world.months):
            model._start_month(step)
            for name, _ in MONTH:
                start = time.process_time()
                getattr(model, name)()
                used[name] += time.process_time() - start
        return {name: self.ns(seconds) for name, seconds in used.items()}


@njit(cache=True, parallel=True)
def _plain_month(cells, ids, codes, key, decision, month, logit):  # type: ignore[no-untyped-def]
    """Touch every open cell once: one draw, one hazard, one write."""
    for chunk in prange((ids.size + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(ids.size, (chunk + 1) * CHUNK)):
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                cell = cells.record[k]
                if cell.right == 0:
                    continue
                code = codes[cell.programme]
                luck = uniform_at(key[0], key[1], decision, ids[i], month, code)
                moves = luck < logistic(logit - cell.state)
                cell.state = AWARE if moves and cell.state == UNAWARE else cell.state


def plain_ns(job: Job, rounds: int) -> float:
    """Time the plain loop over the cells of the opening, wall nanoseconds a household-month."""
    model = job.model()
    cells, taken = model.funnel_state.cells.columns, []
    decision = np.uint64(decision_code("uptake.apply"))
    for _ in range(rounds + 1):
        start = time.perf_counter()
        for month in range(job.world.months):
            _plain_month(
                cells, model.traits.ids, model.programmes.code, job.world.draws.key, decision,
                START + month, -2.0,
            )  # fmt: skip
        taken.append(time.perf_counter() - start)
    return job.ns(statistics.median(taken[1:]))


def exponent(sizes: list[int], ns: list[float]) -> float:
    """Give the slope of the logarithm of a run's time on that of its households."""
    times = np.log(np.array(ns) * np.array(sizes))
    return float(np.polyfit(np.log(sizes), times, 1)[0])


def print_table(title: str, heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print rows of a name and numbers."""
    table = Table(title=title)
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*(each if isinstance(each, str) else f"{each:,.1f}" for each in row))
    Console().print(table)


def against_mesa(make: Callable[[int], Job], households_n: int, rounds: int) -> dict[str, float]:
    """Run the compiled model and one Mesa agent a household, and compare all states."""
    job = make(households_n)
    job.timed(1)  # compile first
    wall, _, model = job.timed(rounds)
    mesa, _, reference = job.timed(1, engine="reference")
    for name in ("state", "since", "read_step"):
        here, there = (each.funnel_state.cells.table(name) for each in (model, reference))
        assert np.array_equal(here, there), name
    assert np.array_equal(model.circumstances.crisis_months, reference.circumstances.crisis_months)
    return {
        "ns_per_household_month_small": wall,
        "mesa_ns_per_household_month": mesa,
        "mesa_ratio": mesa / wall,
    }


def of_many(job: Job, rounds: int) -> dict[str, Any]:
    """Time the compiled model alone, the plain loop, each step, and what is kept in memory."""
    wall, cpu, model = job.timed(rounds)
    plain = plain_ns(job, rounds)
    households_n, sizes = job.world.households_n, bytes_per_household(model)
    steps = {name: job.steps(record) for name, record in (("off", False), ("on", True))}
    title = (
        f"policy {job.policy.name}, {households_n:,} households, {len(job.anchors.ids)} programmes"
    )
    print_table(
        f"{title}: CPU ns a household-month by step",
        ("step", "recording off", "recording on"),
        [(name, steps["off"][name], steps["on"][name]) for name, _ in MONTH],
    )
    print_table(f"{title}: bytes a household", ("part", "bytes"), list(sizes.items()))
    return {
        "ns_per_household_month": wall,
        "cpu_ns_per_household_month": cpu,
        "plain_loop_ns_per_household_month": plain,
        "plain_loop_ratio": wall / plain,
        "bytes_per_household": sizes,
        "steps_cpu_ns": steps,
    }


def main() -> None:
    """Time all of it and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=30_000, help="against Mesa agents")
    parser.add_argument("--many", type=int, default=100_000, help="for the compiled model alone")
    parser.add_argument("--most", type=int, default=0, help="for the exponent; 0 leaves it out")
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--policy", default="membership")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    numbers = load_parameters()
    load_catalogue(numbers)
    policy = load_policy(options.policy, numbers)

    def make(households_n: int) -> Job:
        return Job(households_n, options.months, policy, numbers)

    result: dict[str, Any] = against_mesa(make, options.households, options.rounds)
    result |= of_many(make(options.many), options.rounds)
    if options.most:
        largest, _, _ = make(options.most).timed(options.rounds)
        result["ns_per_household_month_most"] = largest
        result["exponent"] = exponent(
            [options.many, options.most], [result["ns_per_household_month"], largest]
        )
    result["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    plain = [(name, value) for name, value in result.items() if isinstance(value, float)]
    print_table(f"policy {options.policy}, {options.months} months", ("measure", "value"), plain)
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
