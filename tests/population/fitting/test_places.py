"""Municipalities: their residents by sex and age, living alone, and whole households."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.population import FitStatus
from simlib.population.fitting.members import head_ages_within_bands, sum_bands
from simlib.population.fitting.places import fit_places
from simlib.population.fitting.tilting import Tilting, age_model, codes_of
from simlib.population.households.apportion import divide_cells
from simlib.population.households.blocks import plan_blocks
from simlib.population.households.expansion import expand
from simlib.population.published.cells import TENURES, compositions, group_frame
from simlib.population.published.controls import ControlRow
from simlib.population.published.place_controls import long_targets
from simlib.population.published.tables import (
    HEAD_BANDS,
    PERSON_BANDS,
    SEXES,
    by_municipality,
    municipalities,
    municipality_residents,
    region_of_place,
    regions,
)
from simlib.population.published.tables import table as table_of


@pytest.fixture(scope="module")
def model(parameters):
    return age_model(head_ages_within_bands(parameters))


def share_of(homes: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (homes * mask).sum(axis=(1, 2, 3)) / homes.sum(axis=(1, 2, 3))


def test_every_municipality_has_its_residents_sex_and_age(table, model):
    places = table.places
    flat = places.tilt.reshape(229, -1)
    found = model.persons(places.homes, flat, model.mean_tilts(flat))
    shares = found / found.sum(axis=1, keepdims=True)
    assert np.abs(shares - places.persons.reshape(229, -1)).max() < 1e-4
    residents = municipality_residents()
    old = residents[:, :, 13:].sum(axis=(1, 2)) / residents.sum(axis=(1, 2))
    assert np.corrcoef(old, places.persons[:, :, 13:].sum(axis=(1, 2)))[0, 1] > 0.99


def test_the_capital_keeps_the_published_order_of_living_alone(table):
    alone = np.zeros(table.places.homes.shape[1:])
    alone[0] = 1.0
    found = share_of(table.places.homes, alone)
    rows = table_rows("municipality_one_person", "GI2024")
    here = np.isin(municipalities()["code"].to_numpy(), rows["municipality"].to_numpy())
    assert here.sum() == 66
    logit = np.log(found[here] / (1 - found[here]))
    published = rows["value"].to_numpy() / 100
    moved = logit - np.log(published / (1 - published))
    owner = region_of_place()[here]
    for region in np.unique(owner):
        assert np.ptp(moved[owner == region]) < 0.02


def table_rows(name: str, source: str) -> pl.DataFrame:
    return table_of(name).filter((pl.col("category") == "true") & (pl.col("source") == source))


def test_counties_are_older_and_live_alone_more_often_than_cities(korea):
    people = korea.persons.join(
        korea.households.select("household_id", "area_class"), on="household_id"
    )
    old = dict(people.group_by("area_class").agg((pl.col("age") >= 65).mean()).iter_rows())
    assert old["rural"] > 1.4 * old["city"]
    alone = dict(
        korea.households.group_by("area_class").agg(pl.col("lives_alone").mean()).iter_rows()
    )
    assert alone["rural"] > alone["city"] + 0.03


def test_people_of_65_to_79_in_seoul_are_as_many_as_published(korea):
    people = korea.persons.join(
        korea.households.select("household_id", "region"), on="household_id"
    ).filter(pl.col("region") == "Seoul")
    here = people["age"].is_between(65, 79).mean()
    rows = table_of("persons_age_sex").filter(pl.col("region") == "Seoul")
    bands = ("65-69", "70-74", "75-79")
    wanted = rows.filter(pl.col("category").str.split("|").list.get(1).is_in(bands))
    assert here == pytest.approx(wanted["value"].sum() / rows["value"].sum(), rel=0.01)


def test_dividing_cells_keeps_counts_and_is_within_a_few_households_of_the_fit(table):
    draws = Draws(3)
    for households_n in (3_000, 60_000):
        plan = plan_blocks(table.result.weights, table.cells, households_n, draws)
        span = plan.spans[plan.regions.index("Gyeonggi")]
        frame = table.cells.frame[span.start : span.stop]
        counts = plan.counts[span.start : span.stop]
        place = np.flatnonzero(region_of_place() == regions().index("Gyeonggi"))
        divided = divide_cells(frame, counts, table.ages.homes, place, draws)
        assert (divided.sum(axis=0) == counts).all()
        weights = table.ages.homes[place][
            :,
            frame["composition"].to_numpy(),
            codes_of(frame["head_sex"], SEXES),
            codes_of(frame["head_age_band"], HEAD_BANDS),
        ]
        expected = weights / weights.sum(axis=0) * counts
        gap = divided - expected
        assert np.abs(gap.sum(axis=1)).max() < 3
        for column, names in (("tenure", TENURES), ("head_age_band", HEAD_BANDS)):
            codes = codes_of(frame[column], names)
            by_code = gap @ np.equal.outer(codes, np.arange(len(names)))
            assert np.abs(by_code).max() < 6, column


def test_two_seeds_place_households_left_over_differently(table):
    plan = plan_blocks(table.result.weights, table.cells, 1_000, Draws(1))
    span = plan.spans[plan.regions.index("Gangwon")]
    made = [expand(plan.counts, table.cells, table.ages, Draws(s), span) for s in range(6)]
    assert len({tuple(each.municipality) for each in made}) > 1


def test_a_block_holds_one_region_only(table):
    with pytest.raises(ValueError, match="one region"):
        expand(np.zeros(table.cells.frame.height, np.int64), table.cells, table.ages, Draws(1))


def test_places_without_published_shares_follow_from_residents_alone(table, model):
    homes = by_region(table)
    tilt = np.ones((len(regions()), len(SEXES) * len(PERSON_BANDS)))
    free = fit_places(homes, tilt, model, ())
    assert free.result.status is FitStatus.CONVERGED
    back = np.zeros_like(homes)
    np.add.at(back, region_of_place(), free.homes)
    assert np.abs(back - homes).max() < 1e-9
    assert list(free.targets) == ["residents"]


def test_a_share_of_a_place_that_cannot_be_gives_way_or_is_refused(table, model, tmp_path):
    (tmp_path / "alone.csv").write_text(
        "municipality,category,value\n11110,true,99.9\n11110,false,0.1\n", encoding="utf-8"
    )
    homes, tilt = by_region(table), np.ones((len(regions()), len(SEXES) * len(PERSON_BANDS)))
    residents = next(row for row in table.place_rows if row.unit == "persons" and not row.universe)
    for importance, status in ((400.0, FitStatus.RELAXED), (1000.0, None)):
        row = ControlRow(
            "all_alone", "households", "municipality", "", "size = 1", "alone.csv", importance,
            "HEDGE", "assumption", "", f"{tmp_path / 'controls.csv'}:9",
        )  # fmt: skip
        result = fit_places(homes, tilt, model, (residents, row)).result
        assert "all_alone" in result.responsible
        assert result.status is status or status is None
        if status is None:
            assert result.status in {FitStatus.INFEASIBLE, FitStatus.STALLED}


def test_residents_of_a_list_of_controls_are_those_of_its_table(table, model, tmp_path):
    rows = list(table.place_rows)
    mine = tmp_path / "residents.csv"
    source = table_of("municipality_residents").select("municipality", "category", "value")
    old = pl.col("category").str.contains("85")
    doubled = (pl.col("municipality") == 11110) & old
    value = pl.when(doubled).then(pl.col("value") * 2).otherwise(pl.col("value"))
    source.with_columns(value).write_csv(mine)
    at = next(i for i, row in enumerate(rows) if row.control == "municipality_persons")
    rows = [replace(rows[at], target="residents.csv", where=f"{tmp_path / 'controls.csv'}:2")]
    homes, tilt = by_region(table), np.ones((len(regions()), len(SEXES) * len(PERSON_BANDS)))
    found = fit_places(homes, tilt, model, rows).persons
    place = municipalities()["code"].to_list().index(11110)
    assert found[place, :, -1].sum() > 1.5 * table.places.persons[place, :, -1].sum()
    source.filter(pl.col("municipality") != 11110).write_csv(mine)
    with pytest.raises(UserError, match="lacks residents"):
        fit_places(homes, tilt, model, rows)


def by_region(table) -> np.ndarray:
    homes = np.zeros((len(regions()), *table.places.homes.shape[1:]))
    np.add.at(homes, region_of_place(), table.places.homes)
    return homes


def test_places_whose_rounds_run_out_have_stalled_and_name_the_controls(table, model):
    homes = by_region(table)
    tilt = np.ones((len(regions()), len(SEXES) * len(PERSON_BANDS)))
    result = fit_places(homes, tilt, model, table.place_rows, rounds_max=2).result
    assert result.status is FitStatus.STALLED
    assert {"municipality_persons", "municipality_one_person"} <= set(result.responsible)


def test_tilts_move_households_and_members_towards_the_persons_wanted(model):
    homes = np.full((1, *model.shape), 1.0 / np.prod(model.shape))
    start = model.persons(homes, np.ones((1, 36)), model.mean_tilts(np.ones((1, 36))))
    wanted = start / start.sum()
    wanted[0, :3] *= 1.1
    wanted /= wanted.sum()
    tilting = Tilting(model, wanted)
    _, before = tilting.gap(homes)
    for _ in range(200):
        homes = homes * tilting.step(homes)
    _, after = tilting.gap(homes)
    assert np.abs(after).max() < 1e-4 * np.abs(before).max()


def test_groups_of_households_are_numbered_by_kind_sex_and_band():
    frame = group_frame()
    shape = (len(compositions()), len(SEXES), len(HEAD_BANDS))
    assert frame.height == np.prod(shape)
    at = np.ravel_multi_index((3, 1, 5), shape)
    row = frame.row(int(at), named=True)
    assert (row["composition"], row["head_sex"], row["head_age_band"]) == (
        3, "female", HEAD_BANDS[5],
    )  # fmt: skip


def test_no_member_lives_outside_the_reach_of_the_role(table):
    by_band = sum_bands(table.ages.base)
    limits = table.ages.reaches
    bands = np.arange(len(PERSON_BANDS))
    outside = (bands < limits[..., :1]) | (bands >= limits[..., 1:])
    adults = slice(18, None)
    assert (by_band.sum(axis=3) * outside)[:, :, adults].max() < 1e-6


def test_targets_of_places_leave_out_what_is_not_published():
    shares = np.full((229, 2), np.nan)
    shares[4] = (0.3, 0.7)
    rows = long_targets(shares, ("true", "false"))
    assert rows["share"].to_list() == [0.3, 0.7]
    assert rows["region"].n_unique() == 1


def test_the_factor_of_recipients_averages_to_the_national_rate():
    factor = by_municipality("nbls_factor")
    residents = municipality_residents().sum(axis=(1, 2))
    assert factor.shape == (229,)
    assert np.average(factor, weights=residents) == pytest.approx(1.0, abs=0.001)
