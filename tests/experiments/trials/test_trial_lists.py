"""Yields of detection lists, read from a run that was made up."""

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import RunStore, Task
from simlib.experiments.trials.lists import list_bands


def made_run(tmp_path, followed: float) -> Run:
    store = RunStore(tmp_path / "run")
    for replicate in range(3):
        rows = [("all", "awarded_n", 5.0)]
        if followed:
            rows += [("detection", "followed_n", followed), ("detection", "supported_any_n", 50.0),
                     ("detection", "supported_public_n", 10.0 + replicate),
                     ("detection", "supported_livelihood_n", 2.0)]  # fmt: skip
        results = pl.DataFrame(rows, schema=["item", "measure", "value"], orient="row")
        results = results.with_columns(
            month=pl.lit(24288, pl.Int32), stratum=pl.lit("all"), group=pl.lit("all"),
            policy=pl.lit("lists"), world=pl.lit(0, pl.Int32),
            replicate=pl.lit(replicate, pl.Int32),
        )  # fmt: skip
        store.save(Task(replicate, "lists"), results, pl.DataFrame({"household_id": [1]}), [])
    store.write_failures([])
    store.write_manifest({"run": "run", "policies": ["lists"], "replicates": 3, "population": "p",
                          "seed": 1, "failures_n": 0, "results_hash": "0"})  # fmt: skip
    return open_run(store.folder)


def test_yields_are_shares_of_the_followed(tmp_path):
    bands = {each.id: each for each in list_bands(made_run(tmp_path, 100.0))}
    livelihood = bands["K04.livelihood.lists"]
    assert livelihood.simulated.mean == pytest.approx(0.02)
    assert livelihood.verdict == "inside"
    ordered = bands["K04.any_above_public.lists"]
    assert ordered.simulated.mean == pytest.approx(0.39)
    assert ordered.verdict == "as published"


def test_a_run_without_lists_is_refused(tmp_path):
    with pytest.raises(UserError, match="no policy of this run followed"):
        list_bands(made_run(tmp_path, 0.0))
