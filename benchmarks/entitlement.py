"""How fast entitlement is: a million households, the country, what changed, one household, a peer.

Run ``python benchmarks/entitlement.py``; ``--json`` ends with one JSON object. ``--peers PYTHON``
names the Python of an environment with openfisca-core, which then works out the same rules for
the same households; it is no part of simlib. Frames are in memory when the clock starts; the
country is made block by block (a region each) outside the clock. ``--national 0`` leaves it out.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from entitlement_changes import Group, changed_groups
from entitlement_peer import compare_with_openfisca
from rich.console import Console
from rich.table import Table

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.entitlement import entitle
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.population import fit_table, synthesize
from simlib.population.population import Population
from simlib.population.synthesis import make_blocks

MONTH = parse_month("2025-03")
ONE = """
date: 2025-03
municipality: 청양군
tenure: monthly_rent
rent_krw_m: 250000
persons:
  - {age: 71, sex: female, relation: head}
"""


def seconds(call: Callable[[], object], rounds: int) -> float:
    """Time a call: the median of some rounds after one to warm up."""
    call()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def check_seconds(rounds: int) -> float:
    """Time the whole command ``simlib check`` for one household."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "household.yaml"
        path.write_text(ONE, encoding="utf-8")
        command = [sys.executable, "-m", "simlib.cli", "check", str(path), "--json"]
        return seconds(lambda: subprocess.run(command, check=True, capture_output=True), rounds)


def national_seconds(
    households_n: int, catalogue: Catalogue, parameters: Parameters
) -> dict[str, float]:
    """Time the country region by region: seconds, and those of the processors."""
    taken, worked = 0.0, 0.0
    for _, block in make_blocks(households_n, 2025, 1, parameters, fit_table(parameters)):
        start, begin = time.perf_counter(), time.process_time()
        entitle(catalogue, block.households, block.persons, MONTH, parameters)
        taken += time.perf_counter() - start
        worked += time.process_time() - begin
    return {"national_s": taken, "national_cpu_s": worked}


def reevaluation_seconds(
    made: Population, catalogue: Catalogue, parameters: Parameters, rounds: int, table: Table
) -> dict[str, float]:
    """Time the 5 per cent that changed, for the programmes touched: the mean over kinds of change.

    Gives seconds, those of the processors, and seconds of the costliest kind of change.
    """
    taken, worked = [], []
    for group in changed_groups(made, catalogue, MONTH, parameters):

        def run(group: Group = group) -> object:
            frames = group.households, group.persons
            return entitle(
                catalogue, *frames, MONTH, parameters, only=group.touched, evaluator="machine"
            )

        begin = time.process_time()
        taken.append(seconds(run, rounds))
        worked.append((time.process_time() - begin) / (rounds + 1))
        name = f"changed: {group.name}, {len(group.touched)} programmes"
        table.add_row(name, f"{group.households.height:,}", f"{taken[-1]:.4f}")
    return {
        "reevaluation_s": statistics.mean(taken),
        "reevaluation_cpu_s": statistics.mean(worked),
        "reevaluation_most_s": max(taken),
    }


def in_memory(
    options: argparse.Namespace, catalogue: Catalogue, parameters: Parameters, table: Table
) -> dict[str, float]:
    """Time what is done with one population in memory."""
    made = synthesize(options.households, 2025, 1, parameters)
    households, persons, n = made.households, made.persons, made.households.height
    table.title = f"{len(catalogue.ids)} programmes, {persons.height:,} persons, {machine()}"

    def whole() -> object:
        return entitle(catalogue, households, persons, MONTH, parameters, evaluator="machine")

    start = time.perf_counter()
    whole()
    result = {"first_s": time.perf_counter() - start}
    begin = time.process_time()
    full_s = result["full_s"] = seconds(whole, options.rounds)
    result["full_cpu_s"] = (time.process_time() - begin) / (options.rounds + 1)
    result["one_million_s"] = full_s * 1e6 / n
    table.add_row("first call, compiles if never done", f"{n:,}", f"{result['first_s']:.2f}")
    table.add_row("all programmes", f"{n:,}", f"{full_s:.3f}")
    few = min(100_000, n)
    first, some = households.head(few), persons.head(int(households["size"].head(few).sum()))

    def by_polars() -> object:
        return entitle(catalogue, first, some, MONTH, parameters, evaluator="polars")

    result["polars_ratio"] = seconds(by_polars, 1) / few / (full_s / n)
    table.add_row("polars takes times as long", f"{few:,}", f"x {result['polars_ratio']:.1f}")
    result |= reevaluation_seconds(made, catalogue, parameters, options.rounds, table)
    result["reevaluation_share"] = result["reevaluation_s"] / full_s
    result["reevaluation_cpu_share"] = result["reevaluation_cpu_s"] / result["full_cpu_s"]
    table.add_row("re-evaluation, share of all", "", f"{result['reevaluation_share']:.1%}")
    if options.peers:
        result |= compare_with_openfisca(
            options.peers, made, catalogue, MONTH, parameters, options.rounds
        )
        ratio = f"x {result['openfisca_ratio']:.1f}"
        table.add_row("openfisca-core takes times as long", f"{n:,}", ratio)
    return result


def machine() -> str:
    """Say on what machine this runs."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--national", type=int, default=22_290_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="Python of an environment with openfisca-core")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    parameters = load_parameters()
    start = time.perf_counter()
    catalogue = load_catalogue(parameters)
    result: dict[str, float] = {"load_s": time.perf_counter() - start}
    table = Table()
    for head in ("what", "households", "seconds"):
        table.add_column(head, justify="right")
    result |= in_memory(options, catalogue, parameters, table)
    result["check_s"] = check_seconds(options.rounds)
    table.add_row("the command simlib check", "1", f"{result['check_s']:.2f}")
    if options.national:
        result |= national_seconds(options.national, catalogue, parameters)
        table.add_row("the country", f"{options.national:,}", f"{result['national_s']:.1f}")
    result["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    Console().print(table)
    if options.json:
        result["programmes"] = len(catalogue.ids)
        print(json.dumps({name: round(value, 5) for name, value in result.items()}))


if __name__ == "__main__":
    main()
