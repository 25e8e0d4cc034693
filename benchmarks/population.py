"""Time the synthesis of households with their persons, incomes and assets.

Runs alone: ``python benchmarks/population.py``; ``--json`` ends in one JSON object.
"""

import argparse
import json
import os
import platform
import resource
import time

from simlib.parameters import load_parameters
from simlib.population import fit_table, synthesize

SIZES = (5_000, 100_000, 1_000_000)
GIB = 1024**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--json", action="store_true", help="end in one JSON object")
    options = parser.parse_args()
    parameters = load_parameters()
    synthesize(1_000, 2025, 1, parameters)  # compiles the loops, or loads them from the cache
    start = time.perf_counter()
    table = fit_table(parameters)
    fit_s = time.perf_counter() - start
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"fit of {table.cells.frame.height:,} cells: {fit_s:.2f} s   ({machine})")
    print(f"{'households':>12} {'persons':>12} {'seconds':>9} {'households/s':>13} {'peak GiB':>9}")
    rows = []
    for n in options.households:
        start = time.perf_counter()
        made = synthesize(n, 2025, 1, parameters, table)
        seconds = time.perf_counter() - start
        peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
        rows.append((n, seconds, peak_gib))
        persons = made.persons.height
        print(f"{n:>12,} {persons:>12,} {seconds:>9.2f} {n / seconds:>13,.0f} {peak_gib:>9.2f}")
        del made
    if options.json:
        n, seconds, peak_gib = rows[-1]
        result = {
            "fit_s": round(fit_s, 3),
            "households": n,
            "households_per_s": round(n / seconds),
            "peak_gib": round(peak_gib, 2),
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
