"""The country for three years: life, rights, and the take-up of every programme, in blocks.

Every household lives ``--months`` months under a policy. The population is made region by region
and that is not timed; everything else is: what happens to people, rights, burn-in, and the months
of the funnel with its offices. Each process runs one region after the other, the largest that is
left, so that one region a process must fit in memory and not the country. What is solved on the
country (the offsets of programmes) is solved once, on households of all regions. A policy that
ranks the whole country in one list cannot be run in blocks and is refused; who moves to another
region stays with the office of the old one.

Run alone: ``python benchmarks/uptake_country.py [--households 22290000] [--json]``.
"""

import argparse
import gc
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial

from simlib.anchors import solve_anchors
from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.draws import Draws
from simlib.life.world import World, prepare_world
from simlib.model import WelfareModel
from simlib.months import parse_month
from simlib.outreach.policy import Policy, load_policy
from simlib.parameters import Parameters, load_parameters
from simlib.population import fit_table, synthesize
from simlib.population.fitted import FittedTable
from simlib.population.households.blocks import plan_blocks
from simlib.population.population import Population
from simlib.population.synthesis import make_blocks
from simlib.uptake.anchoring import Anchors

NATIONAL_HOUSEHOLDS = 22_290_000
START = parse_month("2024-01")
YEAR, SEED = 2025, 1
ANCHORING_HOUSEHOLDS = 20_000
IN_BLOCKS = ("none", "membership", "programme_guide", "online_application", "benefit_list")
"""Policies in which no household's turn depends on households of other regions."""
GIB = 2**20


class Clock:
    """Add up the seconds of each part, and those of the processors."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_s = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part."""
        start, begun = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.cpu_s += time.process_time() - begun

    def add(self, other: "Clock") -> None:
        """Add another clock's seconds."""
        for name, seconds in other.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.cpu_s += other.cpu_s

    @property
    def total_s(self) -> float:
        """Give the seconds of all parts."""
        return sum(self.seconds.values())


def run_block(
    block: Population,
    anchors: Anchors,
    policy: Policy,
    catalogue: Catalogue,
    parameters: Parameters,
    months: int,
    clock: Clock,
) -> int:
    """Run one region and give the pairs of household and programme that receive at the end."""
    with clock.part("rights at the start"):
        world = prepare_world(
            block, catalogue, parameters, START, months, Draws(SEED, 0), keeps=False
        )
    with clock.part("burn-in"):
        model = WelfareModel(world, policy, parameters, anchors, record=False)
    for step in range(months):
        with clock.part("life and changes of rights"):
            _ = world.changes[step]
        with clock.part("take-up"):
            model.step()
    return int(model.datacollector.model_vars["receiving_n"][-1])


def national_anchors(catalogue: Catalogue, parameters: Parameters) -> Anchors:
    """Solve the offsets on households of the whole country."""
    sample = synthesize(ANCHORING_HOUSEHOLDS, YEAR, SEED, parameters)
    world: World = prepare_world(sample, catalogue, parameters, START, 1, Draws(SEED, 0))
    return solve_anchors(world, parameters)


def largest_first(households: int, parameters: Parameters) -> list[str]:
    """Give the regions, those with most households first."""
    table = fit_table(parameters)
    plan = plan_blocks(table.result.weights, table.cells, households, Draws(SEED), table.margins)
    sizes = {name: plan.size_of(i)[0] for i, name in enumerate(plan.regions)}
    return sorted(sizes, key=lambda name: -sizes[name])


@cache
def made_ready(policy_name: str) -> tuple[Parameters, FittedTable, Catalogue, Policy, Anchors]:
    """Read and solve, once a process, what every region needs; compile, or load, the loops."""
    parameters = load_parameters()
    catalogue, table = load_catalogue(parameters), fit_table(parameters)
    policy, anchors = load_policy(policy_name, parameters), national_anchors(catalogue, parameters)
    small = synthesize(1_000, YEAR, SEED, parameters, table)
    run_block(small, anchors, policy, catalogue, parameters, 14, Clock())
    gc.freeze()  # what stays is not looked through whenever memory is given back
    return parameters, table, catalogue, policy, anchors


def run_region(
    region: str, households: int, months: int, policy_name: str
) -> tuple[int, Clock, int, int, float]:
    """Run a region: process, clock, households, receiving pairs, and peak GiB of the process."""
    parameters, table, catalogue, policy, anchors = made_ready(policy_name)
    clock = Clock()
    [(_, block)] = make_blocks(households, YEAR, SEED, parameters, table, [region])
    n = block.households.height
    receiving_n = run_block(block, anchors, policy, catalogue, parameters, months, clock)
    del block
    with clock.part("memory given back"):
        gc.collect()  # a model and its offices hold each other
    print(f"{region:<12}{n:>12,} households{clock.total_s:>9.1f} s", flush=True)
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    return os.getpid(), clock, n, receiving_n, peak_gib


def measure(households: int, months: int, policy_name: str, processes: int) -> dict[str, float]:
    """Run the country and give what it took; seconds are those of the process that took most."""
    regions = largest_first(households, load_parameters())
    os.environ["NUMBA_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // processes))
    run = partial(run_region, households=households, months=months, policy_name=policy_name)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(run, regions))  # whoever is free takes the largest that is left
    clocks: dict[int, Clock] = {}
    peaks: dict[int, float] = {}
    for process, clock, _, _, peak_gib in done:
        clocks.setdefault(process, Clock()).add(clock)
        peaks[process] = max(peak_gib, peaks.get(process, 0.0))
    clock = max(clocks.values(), key=lambda each: each.total_s)
    cpu_s, n = sum(each.cpu_s for each in clocks.values()), sum(each[2] for each in done)
    return {
        "households": n,
        "months": months,
        "processes": processes,
        **{f"{name.replace(' ', '_')}_s": round(each, 2) for name, each in clock.seconds.items()},
        "country_s": round(clock.total_s, 2),
        "country_cpu_s": round(cpu_s, 2),
        "ns_per_household_month": round(1e9 * clock.total_s / (n * months), 1),
        "cpu_ns_per_household_month": round(1e9 * cpu_s / (n * months), 1),
        "receiving_pairs": sum(each[3] for each in done),
        "peak_gib": round(sum(peaks.values()), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--households", type=int, default=NATIONAL_HOUSEHOLDS)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--policy", default="membership", choices=IN_BLOCKS)
    parser.add_argument("--json", action="store_true", help="end in one JSON object")
    options = parser.parse_args()
    found = measure(options.households, options.months, options.policy, options.processes)
    for name, value in found.items():
        print(f"{name:<32}{value:>18,}")
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
