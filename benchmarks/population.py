"""Time the synthesis of households with their persons, incomes and assets.

Runs alone: ``python benchmarks/population.py``. It makes the whole country, too, written to
Parquet region by region in a process of its own (not with ``--no-national``); ``--peers PYTHON``
adds other libraries, run by an interpreter that has them (``benchmarks/peers.txt``); ``--json``
ends in one JSON object.
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
from pathlib import Path
from typing import Any

from simlib.parameters import load_parameters
from simlib.population import fit_table, synthesize, synthesize_to

SIZES = (5_000, 100_000, 1_000_000, 4_000_000)
NATIONAL = 22_290_000
RUNS = 3
GIB = 1024**2
PEERS = Path(__file__).with_name("population_peers.py")


def main() -> None:
    options = arguments()
    if options.write_to is not None:
        print(json.dumps(write_country(options.households[0], options.write_to)))
        return
    parameters = load_parameters()
    start = time.perf_counter()
    table = fit_table(parameters)
    fit_s = time.perf_counter() - start
    synthesize(1_000, 2025, 1, parameters, table)  # compiles the loops, or loads them
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"fit of {table.cells.frame.height:,} cells: {fit_s:.2f} s   ({machine})")
    print(f"{'households':>12} {'persons':>12} {'seconds':>9} {'households/s':>13} {'peak GiB':>9}")
    result: dict[str, Any] = {"fit_s": round(fit_s, 3)}
    for n in options.households:
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            made = synthesize(n, 2025, 1, parameters, table)
            times.append(time.perf_counter() - start)
        seconds, persons = statistics.median(times), made.persons.height
        peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
        print(f"{n:>12,} {persons:>12,} {seconds:>9.2f} {n / seconds:>13,.0f} {peak_gib:>9.2f}")
        result |= {"households": n, "households_per_s": round(n / seconds)}
        result["peak_gib"] = round(peak_gib, 2)
    if options.peers is not None:
        result |= peers(options.peers, options.peer_households, parameters, table)
    else:
        print("peers skipped: name an interpreter that has them with --peers")
    if options.national:
        result |= national()
    if options.json:
        print(json.dumps(result))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, nargs="*", default=list(SIZES))
    parser.add_argument(
        "--national", action=argparse.BooleanOptionalAction, default=True,
        help="make and write the whole country too",
    )  # fmt: skip
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter that has the peers")
    parser.add_argument("--peer-households", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="end in one JSON object")
    parser.add_argument("--write-to", metavar="DIR", help=argparse.SUPPRESS)
    return parser.parse_args()


def write_country(households_n: int, folder: str) -> dict[str, float]:
    """Make a population and write it; give seconds and the peak memory of this process."""
    parameters = load_parameters()
    start = time.perf_counter()
    table = fit_table(parameters)
    fitted = time.perf_counter()
    synthesize_to(folder, households_n, 2025, 1, parameters, table)
    done = time.perf_counter()
    return {
        "national_fit_s": round(fitted - start, 1),
        "national_s": round(done - fitted, 1),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB, 2),
        "national_gib_on_disk": round(
            sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 2**30,
            2,
        ),
    }


def national() -> dict[str, float]:
    """Make and write the whole country in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, __file__, "--households", str(NATIONAL),
            "--write-to", str(Path(folder) / "country"),
        ]  # fmt: skip
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(shown.splitlines()[-1])
    print(
        f"{NATIONAL:>12,} households made and written in {found['national_s']} s after a fit of "
        f"{found['national_fit_s']} s: {found['national_gib_on_disk']} GiB of Parquet, peak "
        f"{found['peak_gib']} GiB"
    )
    return found


def peers(python: str, households_n: int, parameters: Any, table: Any) -> dict[str, float]:
    """Time other libraries on as many households, learnt from a sample of 5,000."""
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "households.csv"
        homes = synthesize(5_000, 2025, 1, parameters, table).households
        homes.drop("household_id").write_csv(sample)
        command = [python, str(PEERS), str(sample), str(households_n)]
        try:
            ran = subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"peers skipped: {python} cannot run them ({type(error).__name__})")
            return {}
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    if "sdv_s" in found:
        start = time.perf_counter()
        synthesize(households_n, 2025, 1, parameters, table)
        ours = time.perf_counter() - start
        found["sdv_ratio"] = round(found["sdv_s"] / ours, 2)
        print(
            f"{households_n:,} households: {ours:.2f} s with persons; SDV Gaussian copula "
            f"{found['sdv_s']:.2f} s without ({found['sdv_ratio']} times as long; "
            f"its fit {found['sdv_fit_s']:.1f} s)"
        )
    else:
        print("SDV skipped: it is not installed there")
    if "ipfn_s" in found:
        print(f"ipfn, a table of {found['ipfn_cells']:,} cells: {found['ipfn_s']:.2f} s")
    return found


if __name__ == "__main__":
    main()
