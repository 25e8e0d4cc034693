"""Small runs without the model: a folder of made-up results, paired by luck."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import worlds
from simlib.draws import Draws
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import RunStore, Task

HOUSEHOLDS = list(range(20))
MEASURES = ["receiving_n", "paid_krw"]


def luck(replicate: int, month: int, number: int) -> float:
    return float(Draws(1, replicate).uniform("uptake.apply", [number], month)[0])


def made_up_results(replicate: int, effect: float, months: int = 3) -> pl.DataFrame:
    rows = []
    for month in range(24288, 24288 + months):
        for number, measure in enumerate(MEASURES):
            value = 100 + 10 * luck(replicate, month, number)
            change = effect * (1 + 0.1 * luck(replicate, month, 50 + number))
            rows.append((month, "all", "all", "all", measure, value + change))
        rows.append((month, "all", "all", "all", "entitled_n", 500.0))
        rows.append((month, "all", "all", "all", "hours_available", 40.0 + (effect > 0)))
        if effect > 0:
            rows.append((month, "all", "all", "letters", "notices_n", 7.0 + replicate))
    names = ["month", "stratum", "group", "item", "measure", "value"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(pl.col("month").cast(pl.Int32))


def made_up_households(replicate: int, effect: float) -> pl.DataFrame:
    touched = [effect > 0 and i % 4 == 0 for i in HOUSEHOLDS]
    received = [5 + (3 if hit else 0) - (effect > 0 and i == 1) for i, hit in enumerate(touched)]
    zero = [0] * len(HOUSEHOLDS)
    return pl.DataFrame(
        {
            "household_id": pl.Series(HOUSEHOLDS, dtype=pl.UInt32),
            "entitled_cell_months": pl.Series([9] * len(HOUSEHOLDS), dtype=pl.UInt16),
            "received_cell_months": pl.Series(received, dtype=pl.UInt16),
            "paid_krw": [1000.0 * each for each in received],
            "unclaimed_krw": [1000.0 * (9 - each) for each in received],
            "crisis_months": pl.Series(zero, dtype=pl.UInt8),
            "crisis_new_n": pl.Series(zero, dtype=pl.UInt8),
            "contacts_n": pl.Series([int(hit) for hit in touched], dtype=pl.UInt16),
            "first_touched_month": pl.Series(
                [24290 if hit else 0 for hit in touched], dtype=pl.Int32
            ),
            "wait_days_sum": pl.Series(
                [40 if effect > 0 and i == 1 else 30 for i in HOUSEHOLDS], dtype=pl.UInt16
            ),
            "decisions_n": pl.Series([2] * len(HOUSEHOLDS), dtype=pl.UInt16),
            "documents_n": pl.Series([3 + hit for hit in touched], dtype=pl.UInt16),
            "travel_n": pl.Series(zero, dtype=pl.UInt16),
            "refused_n": pl.Series(zero, dtype=pl.UInt16),
            "stopped_n": pl.Series(zero, dtype=pl.UInt16),
            "opted_out": [False] * len(HOUSEHOLDS),
        }
    )


MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    def make(
        name: str = "run",
        effects: dict[str, float] | None = None,
        replicates: int = 4,
        elsewhere: Sequence[tuple[int, float]] = (),
        **about: Any,
    ) -> Run:
        effects = effects or {"none": 0.0, "letters": 5.0, "nothing": 0.0}
        store = RunStore(tmp_path / name)
        for policy, effect in effects.items():
            for replicate in range(replicates):
                results = made_up_results(replicate, effect).with_columns(
                    policy=pl.lit(policy),
                    world=pl.lit(0, pl.Int32),
                    replicate=pl.lit(replicate, pl.Int32),
                )
                households = made_up_households(replicate, effect)
                store.save(Task(replicate, policy), results, households, [])
            for world, (replicate, share) in enumerate(elsewhere, start=1):
                results = made_up_results(replicate, share * effect).with_columns(
                    policy=pl.lit(policy),
                    world=pl.lit(world, pl.Int32),
                    replicate=pl.lit(0, pl.Int32),
                )
                store.save(Task(0, policy, world), results, None, [])
        store.write_failures([])
        manifest = {
            "run": name,
            "policies": list(effects),
            "replicates": replicates,
            "population": "p",
            "seed": 1,
            "start": "2024-01",
            "months": 3,
            "failures_n": 0,
            "results_hash": "0",
        }
        store.write_manifest({**manifest, **about})
        return open_run(store.folder)

    return make


def run_worlds(folder: Path, policies: tuple[str, ...], changes: dict[str, Any]) -> Run:
    """Run policies in two small worlds, without the runner around them."""
    store = RunStore(folder)
    for replicate, policy in product(range(2), policies):
        model = worlds.run(policy, worlds.world(500, 12, replicate), changes)
        store.save(Task(replicate, policy), model.results(), model.household_summary(), [])
    about = {"run": "run", "policies": list(policies), "replicates": 2, "failures_n": 0}
    about |= {"population": "p", "seed": 11, "start": "2024-01", "months": 12}
    store.write_manifest(about)
    return open_run(store.folder)


@pytest.fixture(scope="session")
def small_world_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_worlds(tmp_path_factory.mktemp("small") / "run", ("none", "membership"), {})


@pytest.fixture(scope="session")
def crowded_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Let officers call where they have hardly time for the claims of those who come."""
    few = {"offices.caseworkers_per_1000_households": 0.8}
    return run_worlds(tmp_path_factory.mktemp("few") / "run", ("none", "officer_calls"), few)
