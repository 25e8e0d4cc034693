"""The figures of the documents beside a run that was made up."""

from pathlib import Path

import polars as pl
import pytest

from simlib.experiments.document_checks import document_checks, published_figures
from simlib.experiments.documents import MEASURED, Simulated
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import RunStore, Task
from simlib.outreach.instruments import INSTRUMENTS
from simlib.parameters import load_parameters

START, MONTHS, HOUSEHOLDS = 24288, 6, 1000


def rows_of(policy: str) -> list[tuple[int, str, str, float]]:
    rows = []
    for month in range(START, START + MONTHS):
        awarded = 10.0 + (5.0 if policy == "membership" else 0.0)
        rows.append((month, "all", "awarded_n", awarded))
        if policy == "lists" and month % 2 == 0:
            rows += [(month, "detection", name, 8.0) for name in ("selected_n", "listed_n")]
        if policy == "lists" and month % 2 == 0 and month > START:
            rows += [
                (month, "detection", "followed_n", 8.0),
                (month, "detection", "supported_any_n", 4.0),
                (month, "detection", "supported_public_n", 1.0),
            ]
        if policy == "membership":
            rows.append((month, "membership", "notices_n", 50.0))
    if policy == "membership":
        for month, joined in ((START, 300.0), (START + 3, 100.0)):
            rows.append((month, "membership", "joined_n", joined))
    return rows


def households(policy: str) -> pl.DataFrame:
    listed = [3 if i < 8 and policy == "lists" else 0 for i in range(HOUSEHOLDS)]
    told = [2 if i < 40 and policy == "membership" else 0 for i in range(HOUSEHOLDS)]
    return pl.DataFrame(
        {
            "household_id": pl.Series(range(HOUSEHOLDS), dtype=pl.UInt32),
            "listed_n": pl.Series(listed, dtype=pl.UInt16),
            "told_programmes_n": pl.Series(told, dtype=pl.UInt16),
            "used_programmes_n": pl.Series([1 if i < 10 else 0 for i in range(HOUSEHOLDS)]),
        }
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    store = RunStore(tmp_path / "run")
    policies = {"none": [], "lists": [["detection", {}]], "membership": [["membership", {}]]}
    for policy in policies:
        frame = pl.DataFrame(
            rows_of(policy), schema=["month", "item", "measure", "value"], orient="row"
        )
        results = frame.with_columns(
            stratum=pl.lit("all"), group=pl.lit("all"), policy=pl.lit(policy),
            world=pl.lit(0, pl.Int32), replicate=pl.lit(0, pl.Int32),
        )  # fmt: skip
        store.save(Task(0, policy), results, households(policy), [])
    store.write_failures([])
    store.write_manifest(
        {
            "run": "run",
            "policies": list(policies),
            "policy_files": {name: {"instruments": each} for name, each in policies.items()},
            "replicates": 1,
            "population": "p",
            "seed": 1,
            "failures_n": 0,
            "results_hash": "0",
        }
    )
    return open_run(store.folder)


def test_every_published_figure_names_an_instrument_and_a_way_to_measure():
    figures = published_figures()
    assert figures["check_id"].is_unique().all()
    assert set(figures["instrument"]) <= set(INSTRUMENTS)
    assert {each.partition(":")[0] for each in figures["measured"]} == set(MEASURED)
    one = figures["value"].is_not_null()
    both = figures["low"].is_not_null() & figures["high"].is_not_null()
    assert (one ^ both).all()


def test_the_eight_municipalities_of_2024_have_a_row_each_and_one_together():
    rows = published_figures().filter(pl.col("check_id").str.starts_with("candidates_"))
    single = rows.filter(~pl.col("check_id").is_in(["candidates_eight", "candidates_total"]))
    assert single.height == 8
    counts = single["note"].str.extract(r"^(\d+) candidates").cast(pl.Int64)
    assert counts.sum() == 3079


def test_simulated_figures_stand_beside_the_published_ones(run):
    table = document_checks(run)
    country = load_parameters().number("national.general_households_n") / HOUSEHOLDS
    found = {(row["check_id"], row["policy"]): row for row in table.iter_rows(named=True)}

    def simulated(check: str, policy: str) -> float:
        return found[check, policy]["simulated"]

    assert simulated("round_size", "lists") == pytest.approx(8 * country)
    assert found["round_size", "lists"]["inside"]
    assert simulated("supported_any", "lists") == pytest.approx(0.5)
    assert simulated("supported_public", "lists") == pytest.approx(1 / 8)
    assert not found["supported_livelihood", "lists"]["inside"]
    # 300 members for six months, 100 for three
    assert simulated("membership_notices", "membership") == pytest.approx(12 * 300 / 2100)
    assert simulated("membership_used", "membership") == pytest.approx(10 / 40)
    assert simulated("membership_more_in_100_days", "membership") == pytest.approx(3 * 5 * country)


def test_a_figure_that_no_policy_can_show_has_a_row_without_one(run):
    rows = document_checks(run).filter(pl.col("check_id") == "app_reports")
    assert rows["policy"].to_list() == [None]
    assert rows["simulated"].to_list() == [None]


def test_candidates_are_counted_by_municipality_and_round(run):
    where = pl.DataFrame(
        {
            "household_id": pl.Series(range(HOUSEHOLDS), dtype=pl.UInt32),
            "municipality": [46110] * 100 + [46150] * 900,
        }
    )
    world = Simulated(run, "lists", 0, 1e6, where)
    assert MEASURED["listed"](world, "46110") == pytest.approx(1000 * 24 / 100 / 3)
    assert MEASURED["listed"](world, "46110+46150") == pytest.approx(24 / 3)
    assert MEASURED["listed"](world, "46150") == 0
    assert MEASURED["listed"](world, "46720") is None
