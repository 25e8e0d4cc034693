"""How fast entitlement is: all households, the share that changed in a month, one household.

Run ``python benchmarks/entitlement.py``; ``--json`` ends with one JSON object.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from simlib.benefits.catalogue import load_catalogue
from simlib.benefits.entitlement import entitle
from simlib.months import parse_month
from simlib.parameters import load_parameters
from simlib.population import synthesize

MONTH = parse_month("2025-03")


def seconds(call: Callable[[], object], rounds: int) -> float:
    """Time a call: the median of some rounds after one to warm up."""
    call()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    parameters = load_parameters()
    start = time.perf_counter()
    catalogue = load_catalogue(parameters)
    load_s = time.perf_counter() - start
    made = synthesize(options.households, 2025, 1, parameters)

    def run(rows: np.ndarray | slice) -> Callable[[], object]:
        households = made.households[rows]
        ids = households["household_id"].implode()
        persons = made.persons.filter(pl.col("household_id").is_in(ids))
        return lambda: entitle(catalogue, households, persons, MONTH, parameters)

    n = made.households.height
    sizes = {"all": slice(None), "one in seven": np.arange(0, n, 7), "one": slice(0, 1)}
    table = Table(title=f"{len(catalogue.ids)} programmes, {made.persons.height:,} persons")
    for head in ("households", "seconds", "ns a household", "households a second"):
        table.add_column(head, justify="right")
    taken: dict[str, float] = {}
    for name, rows in sizes.items():
        count = made.households[rows].height
        taken[name] = seconds(run(rows), options.rounds)
        each_ns = taken[name] / count * 1e9
        table.add_row(
            f"{count:,}", f"{taken[name]:.4f}", f"{each_ns:,.0f}", f"{count / taken[name]:,.0f}"
        )
    Console().print(table)
    if options.json:
        result = {
            "households": n,
            "programmes": len(catalogue.ids),
            "ns_per_household": taken["all"] / n * 1e9,
            "households_per_s": n / taken["all"],
            "subset_s": taken["one in seven"],
            "call_s": taken["one"],
            "load_s": load_s,
            "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
