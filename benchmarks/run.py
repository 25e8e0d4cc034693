"""Measure the whole reference job: population, scorer, all runs and the report in two languages.

Run alone: ``python benchmarks/run.py [--json] [--scenario FILE] [--households N] [--no-report]``.
It works in a temporary folder, so nothing is reused. The job of the reference scenario may take
180 seconds on two cores and 4 GiB.
"""

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 180.0
LIMIT_GIB = 4.0


def peak_gib() -> float:
    """Give the largest memory of this process and of any one of its children."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind).ru_maxrss for kind in kinds]
    unit = 2**30 if platform.system() == "Darwin" else 2**20
    return sum(used) / unit


def measure(scenario: Path, options: dict[str, Any], with_report: bool) -> dict[str, Any]:
    """Do the job once and give seconds by part."""
    from simlib.experiments.loading import load_scenario
    from simlib.experiments.plan import cores
    from simlib.experiments.runner import run_scenario
    from simlib.files import read_json

    with tempfile.TemporaryDirectory(prefix="simlib-bench-") as name:
        folder = Path(name)
        loaded = load_scenario(scenario, options)
        start = time.perf_counter()
        run = run_scenario(loaded, folder / "runs")
        seconds = {"run": time.perf_counter() - start}
        if with_report:
            from simlib.reporting.build import render

            start = time.perf_counter()
            render(run.folder, folder / "report", scenario_path=scenario, languages=("ko", "en"))
            seconds["report"] = time.perf_counter() - start
        parts = read_json(run.folder / "machine.json")["seconds"]
        stored = sum(each.stat().st_size for each in run.folder.rglob("*") if each.is_file())
        households = loaded.scenario.population.households or 0
        months = run.tasks_n * loaded.scenario.months * households
        return {
            "scenario": loaded.name,
            "households": households,
            "runs_n": run.tasks_n,
            "failures_n": run.failures_n,
            "cores": cores(),
            **{f"{part}_s": round(value, 2) for part, value in parts.items()},
            **{f"{part}_total_s": round(value, 2) for part, value in seconds.items()},
            "job_s": round(sum(seconds.values()), 2),
            "ns_per_household_month": round(1e9 * parts.get("runs", 0.0) / max(months, 1), 1),
            "peak_gib": round(peak_gib(), 2),
            "run_folder_mib": round(stored / 2**20, 1),
            "results_hash": run.results_hash,
        }


def main() -> int:
    """Print a table, and with ``--json`` one JSON object at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scenario", type=Path, default=ROOT / "scenarios/outreach-2024.yaml")
    parser.add_argument("--households", type=int)
    parser.add_argument("--no-report", action="store_true")
    given = parser.parse_args()
    options = {"population.households": given.households} if given.households else {}
    found = measure(given.scenario, options, not given.no_report)
    reference = given.scenario.stem == "outreach-2024" and not given.households
    if reference:
        found["limit_s"] = LIMIT_SECONDS
        found["within_limits"] = found["job_s"] <= LIMIT_SECONDS and found["peak_gib"] <= LIMIT_GIB
    for name, value in found.items():
        print(f"{name:<24} {value}")
    if given.json:
        print(json.dumps(found))
    return 0 if found.get("within_limits", True) and not found["failures_n"] else 1


if __name__ == "__main__":
    sys.exit(main())
