"""Weights that meet controls, and whole households made of them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from population.microdata.survey import MAPPING, frames, write_survey
from simlib.errors import UserError
from simlib.population import FitStatus, Population
from simlib.population.microdata.calibration import calibrate
from simlib.population.microdata.folders import import_to, reweight_to
from simlib.population.microdata.incidence import count_incidence
from simlib.population.microdata.reweighting import reweight, take_households
from simlib.population.population import check_together
from simlib.population.published.controls import read_controls

HEADER = "control,unit,geography,universe,expression,target,importance,source,evidence,note\n"
OWNERS = "owners,households,national,,tenure = 'own',{},{},HEDGE,assumption,\n"
ALONE = "alone,households,national,,size = 1,0.25,1000,HEDGE,assumption,\n"
OLD = "old,persons,national,,age >= 65,0.4,1000,HEDGE,assumption,\n"


def controls(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "controls.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def share(population: Population, table: str, condition: pl.Expr) -> float:
    return float(getattr(population, table).select(condition.mean()).item())


def test_weights_meet_controls_of_households_and_of_persons_together(tmp_path, small):
    rows = read_controls(controls(tmp_path, OWNERS.format(0.5, 1000), ALONE, OLD))
    counts = count_incidence(small, rows)
    result = calibrate(np.ones(small.households.height), counts)
    assert result.status is FitStatus.CONVERGED
    homes = small.households.with_columns(w=pl.Series(result.weights))
    people = small.persons.join(homes.select("household_id", "w"), on="household_id")
    assert homes.filter(pl.col("tenure") == "own")["w"].sum() == pytest.approx(0.5, abs=1e-6)
    assert homes.filter(pl.col("size") == 1)["w"].sum() == pytest.approx(0.25, abs=1e-6)
    old = people.filter(pl.col("age") >= 65)["w"].sum() / people["w"].sum()
    assert old == pytest.approx(0.4, abs=1e-6)


def test_weights_move_no_more_than_they_must(tmp_path, small):
    base = 1.0 + np.arange(small.households.height) % 3
    rows = read_controls(controls(tmp_path, OWNERS.format(0.5, 1000)))
    weights = calibrate(base, count_incidence(small, rows)).weights
    ratio = weights / base
    own = (small.households["tenure"] == "own").to_numpy()
    assert np.ptp(ratio[own]) < 1e-9
    assert np.ptp(ratio[~own]) < 1e-9


def test_whole_households_keep_the_controls_at_any_size(tmp_path, small):
    path = controls(tmp_path, OWNERS.format(0.5, 1000), ALONE, OLD)
    for n in (1_000, 7_777):
        made = reweight(small, n, 1, path).population
        check_together(made.households, made.persons, "made")
        assert made.households.height == n
        assert made.households["municipality"].is_sorted()
        assert share(made, "households", pl.col("tenure") == "own") == pytest.approx(
            0.5, abs=20 / n
        )
        assert share(made, "persons", pl.col("age") >= 65) == pytest.approx(0.4, abs=60 / n)


def test_contradictory_controls_are_refused_by_name(tmp_path, small):
    other = OWNERS.format(0.9, 1000).replace("owners", "more_owners")
    path = controls(tmp_path, OWNERS.format(0.5, 1000), other)
    with pytest.raises(UserError, match=r"cannot be met.*owners"):
        reweight(small, 1_000, 1, path)


def test_the_less_important_of_two_contradictory_controls_gives_way(tmp_path, small):
    other = OWNERS.format(0.9, 300).replace("owners", "more_owners")
    made = reweight(small, 2_000, 1, controls(tmp_path, OWNERS.format(0.5, 1000), other))
    assert made.result.status is FitStatus.RELAXED
    assert made.result.responsible == ("more_owners[national]",)
    # The weights meet it; whole households miss it by a few, as at any size.
    assert share(made.population, "households", pl.col("tenure") == "own") == pytest.approx(
        0.5, abs=20 / 2_000
    )


def test_a_category_without_households_is_refused_or_left_out_by_importance(tmp_path, small):
    nobody = small.households["tenure"] != "rent_free"
    data = take_households(small, np.flatnonzero(nobody.to_numpy()), 1)
    row = "tenure,households,region,,tenure,tables/tenure.csv,{},HOUSING2024,assumption,\n"
    with pytest.raises(UserError, match=r"no household of the data falls into tenure.*rent_free"):
        reweight(data, 1_000, 1, controls(tmp_path, row.format(1000)))
    made = reweight(data, 1_000, 1, controls(tmp_path, row.format(900)))
    assert any("rent_free" in each for each in made.result.responsible)


def test_a_control_that_leaves_households_without_a_target_is_refused(tmp_path, small):
    row = "x,households,national,,tenure,tables/head_sex.csv,1000,HEDGE,assumption,\n"
    with pytest.raises(UserError, match="no target for"):
        reweight(small, 1_000, 1, controls(tmp_path, row))


def test_the_same_seed_gives_the_same_households(tmp_path, small):
    path = controls(tmp_path, OWNERS.format(0.5, 1000), ALONE)
    first = reweight(small, 1_500, 4, path).population.hashes()
    assert reweight(small, 1_500, 4, path).population.hashes() == first
    assert reweight(small, 1_500, 5, path).population.hashes() != first


def test_a_folder_is_reweighted_from_its_survey_weights(tmp_path, small, parameters, table):
    homes, persons = frames(small)
    homes = homes.with_columns(W=pl.when(pl.col("TEN") == 1).then(3.0).otherwise(1.0))
    path = write_survey(tmp_path, homes, persons, MAPPING)
    import_to(tmp_path / "data", path, parameters=parameters, table=table)
    made = reweight_to(
        tmp_path / "out", tmp_path / "data", 2_000, controls=controls(tmp_path, ALONE),
        parameters=parameters,
    )  # fmt: skip
    loaded = Population.load(tmp_path / "out")
    assert loaded.hashes() == made.population.hashes()
    assert share(loaded, "households", pl.col("size") == 1) == pytest.approx(0.25, abs=5 / 2_000)
    before = share(small, "households", pl.col("tenure") == "own")
    assert share(loaded, "households", pl.col("tenure") == "own") > before + 0.1
    fit = pl.read_csv(tmp_path / "out" / "fit.csv")
    assert fit.filter(pl.col("control") == "alone")["error_share"].abs().max() < 0.01
    text = (tmp_path / "out" / "datasheet.md").read_text(encoding="utf-8")
    assert "The fit of weights ended converged" in text
    assert "Microdata entered" in text
    source = pl.read_parquet(tmp_path / "out" / "source_households.parquet")
    assert source["source_household_id"].max() < small.households.height


def test_municipalities_are_controlled_where_the_data_say_who_lives_there(tmp_path, korea):
    table = "municipality,category,value\n{0},true,70\n{0},false,30\n"
    code = int(korea.households["municipality"].mode()[0])
    (tmp_path / "alone.csv").write_text(table.format(code), encoding="utf-8")
    row = "here,households,municipality,,size = 1,alone.csv,1000,HEDGE,assumption,\n"
    path = controls(tmp_path, row, OWNERS.format(0.5, 1000))
    data = take_households(korea, np.arange(0, 100_000, 10), 1)
    made = reweight(data, 10_000, 1, path)
    inside = made.population.households.filter(pl.col("municipality") == code)
    assert (inside["size"] == 1).mean() == pytest.approx(0.7, abs=2 / inside.height)
    assert "used in 1 of them" in made.places
    few = reweight(take_households(korea, np.arange(0, 100_000, 2_000), 1), 1_000, 1, path)
    assert len(few.rows) == 1 and "too few households" in few.places
    drawn = reweight(data, 10_000, 1, path, placed=np.ones(data.households.height))
    assert len(drawn.rows) == 1 and "placed by residents" in drawn.places
    with pytest.raises(UserError, match="no control can be used"):
        reweight(data, 10_000, 1, controls(tmp_path, row), placed=np.ones(10_000))


def test_package_controls_are_met_as_far_as_a_small_survey_can(korea):
    rows = np.arange(0, 100_000, 40)
    data = take_households(korea, rows, 1)
    made = reweight(data, 5_000, 1, base=1.0 + np.arange(rows.size) % 4)
    assert made.result.status is FitStatus.RELAXED
    gone = {each.split("[")[0] for each in made.result.responsible}
    assert "region" not in gone
    assert made.effective_n > 0.5 * rows.size
