"""The fit: published totals are met, and controls that cannot be met are named."""

import numpy as np
import polars as pl
import pytest

from simlib.draws import Draws
from simlib.population import FitStatus
from simlib.population.fitted import FittedTable
from simlib.population.fitting.cell_persons import CellPersons, person_shares
from simlib.population.fitting.members import head_ages_within_bands
from simlib.population.fitting.proportional import fit
from simlib.population.fitting.tilting import age_model
from simlib.population.households.blocks import plan_blocks
from simlib.population.households.expansion import Skeleton, expand
from simlib.population.households.integerise import flight
from simlib.population.published.cells import TENURES, compositions, joint_cells
from simlib.population.published.controls import MUST, ControlRow, bind, read_controls
from simlib.population.published.counting import count_homes, count_persons
from simlib.population.published.tables import SEXES, region_of_place, regions
from simlib.population.quality.fit_report import add_counts, compare, fit_report, national


def extra(
    name: str, expression: str, share: float, universe: str = "", importance: float = MUST
) -> ControlRow:
    return ControlRow(
        name, "households", "national", universe, expression, str(share), importance, "HEDGE",
        "assumption", "", "mine.csv:7",
    )  # fmt: skip


def household_controls() -> list[ControlRow]:
    return [
        row
        for row in read_controls()
        if row.unit == "households" and row.geography != "municipality"
    ]


def test_the_controls_of_the_package_converge(table):
    assert table.result.status is FitStatus.CONVERGED
    assert table.result.responsible == ()
    assert table.places.result.status is FitStatus.CONVERGED
    for control in table.controls:
        gap = np.abs(control.totals(table.result.weights) - control.targets(table.result.weights))
        assert gap.max() < 1e-5, control.row.control


def test_fitted_households_hold_the_persons_wanted_in_every_region(table, parameters):
    model = age_model(head_ages_within_bands(parameters))
    counted = CellPersons("persons", model, table.cells, person_shares(table.persons_control))
    start = counted.adjust(table.cells.start.copy())
    fitted = FittedTable.measured(table)
    assert start > 0.01
    homes = counted.homes(table.result.weights)
    by_region = np.zeros_like(homes)
    np.add.at(by_region, region_of_place(), table.places.homes)
    assert np.abs(by_region - homes).max() < 1e-6
    assert {row.control for row, _ in fitted} >= {"persons_age_sex", "municipality_persons"}


def bounds(report: pl.DataFrame, share: float, units: float) -> pl.DataFrame:
    """Rows whose error is above a share of the target and above a number of whole units."""
    error = pl.col("error").abs()
    return report.filter((error > share * pl.col("target")) & (error > units))


ATTRIBUTES = ("disability", "work", "employ", "unemploy", "internet", "chronic")


def geography(report: pl.DataFrame) -> pl.DataFrame:
    """Leave out controls of attributes, which have their own tests."""
    return report.filter(~pl.col("control").str.contains("^(" + "|".join(ATTRIBUTES) + ")"))


def test_controls_are_met_but_for_whole_households_and_persons_at_100_000(korea, table):
    report = geography(fit_report(korea, table))
    assert bounds(report.filter(pl.col("geography") == "national"), 0.005, 8).is_empty()
    regional = report.filter(pl.col("geography").is_in(regions()))
    assert bounds(regional, 0.02, 5).is_empty()
    local = report.filter(pl.col("control").str.starts_with("municipality"))
    assert local["error"].abs().max() < 8
    for control in ("one_person_age_sex", "household_size", "municipality_one_person"):
        assert report.filter(pl.col("control") == control)["error"].abs().max() < 2.5, control


def test_persons_add_up_to_the_country_within_a_two_thousandth(korea, table):
    persons = national(fit_report(korea, table).filter(pl.col("control") == "persons_age_sex"))
    assert (persons["result"] / persons["target"] - 1).abs().max() < 0.005
    assert persons["error_share"].abs().max() < 0.0005


def test_even_1_000_households_meet_national_controls_within_a_percent(small, table):
    report = fit_report(small, table)
    report = report.filter((pl.col("unit") == "households") & (pl.col("geography") == "national"))
    assert report["error"].abs().max() <= 10


def test_standardised_errors_are_z_scores_of_a_draw_of_the_same_size(korea, table):
    row = fit_report(korea, table).filter(
        (pl.col("control") == "head_sex") & (pl.col("category") == "female")
    )
    n = korea.households.height
    share = row["target"][0] / n
    assert row["standardised_error"][0] == pytest.approx(
        row["error"][0] / (n * share * (1 - share)) ** 0.5
    )


def test_contradictory_controls_are_infeasible_and_named():
    rows = [*household_controls(), extra("too_many_owners", "tenure = 'own'", 0.9)]
    cells = joint_cells()
    result = fit(cells.start, [bind(row, cells) for row in rows])
    assert result.status is FitStatus.INFEASIBLE
    assert "too_many_owners" in result.responsible
    assert "tenure" in result.responsible


def test_the_less_important_of_two_contradictory_controls_gives_way_and_is_named():
    rows = [
        extra("wish", "tenure = 'own'", 0.9, importance=10),
        extra("known", "tenure = 'own'", 0.6),
        extra("women", "head_sex = 'female'", 0.4, importance=5),
    ]
    cells = joint_cells()
    controls = [bind(row, cells) for row in rows]
    result = fit(cells.start, controls)
    assert result.status is FitStatus.RELAXED
    assert result.responsible == ("wish",)
    for control, share in zip(controls[1:], (0.6, 0.4), strict=True):
        found = dict(zip(control.labels, control.totals(result.weights), strict=True))
        assert found["true"] == pytest.approx(share, abs=1e-6)


def test_a_control_that_no_household_can_meet_is_infeasible_or_gives_way():
    cells = joint_cells()
    impossible = "head_age_from < 10"
    result = fit(cells.start, [bind(extra("children_as_heads", impossible, 0.1), cells)])
    assert result.status is FitStatus.INFEASIBLE
    assert "children_as_heads[national: true]" in result.responsible
    row = extra("children_as_heads", impossible, 0.1, importance=100)
    result = fit(cells.start, [bind(row, cells), bind(extra("one", "size = 1", 0.3), cells)])
    assert result.status is FitStatus.RELAXED
    assert result.responsible == ("children_as_heads",)


def test_a_fit_that_runs_out_of_rounds_has_stalled():
    cells = joint_cells()
    result = fit(cells.start, [bind(row, cells) for row in household_controls()], rounds_max=5)
    assert result.status is FitStatus.STALLED
    assert result.responsible


def test_a_fit_moves_no_more_than_it_must():
    cells = joint_cells()
    control = bind(extra("women", "head_sex = 'female'", 0.5), cells)
    weights = fit(cells.start, [control]).weights
    ratio = weights / cells.start
    female = (cells.frame["head_sex"] == "female").to_numpy()
    assert np.ptp(ratio[female]) < 1e-12
    assert np.ptp(ratio[~female]) < 1e-12


def test_balanced_rounding_keeps_every_margin_that_can_be_kept():
    prob = np.full(12, 0.5)
    codes = np.array([[i // 4, 3 + i % 4] for i in range(12)])
    flight(prob, codes, 7, np.linspace(0.05, 0.95, 12))
    rounded = np.round(prob)
    assert np.allclose(prob, rounded, atol=0.51)
    rows = np.bincount(codes[:, 0], prob, minlength=7)[:3]
    columns = np.bincount(codes[:, 1], prob, minlength=7)[3:]
    assert np.allclose(rows, 2.0)
    assert np.allclose(columns, 1.5)


@pytest.mark.slow
def test_a_million_households_meet_controls_within_half_a_percent_and_two_by_region(table):
    draws = Draws(4)
    plan = plan_blocks(table.result.weights, table.cells, 1_000_000, draws, table.margins)
    rows = [row for row, _ in table.measured()]
    wanted = geography(pl.DataFrame({"control": [row.control for row in rows]}))[
        "control"
    ].to_list()
    rows = [row for row in rows if row.control in wanted]
    parts = []
    for span in plan.spans:
        homes, people = frames(expand(plan.counts, table.cells, table.ages, draws, span))
        parts += [*count_homes(homes, rows), *count_persons(homes, people, rows)]
    report = compare(add_counts([pl.concat(parts)]), table).filter(pl.col("control").is_in(wanted))
    assert bounds(report.filter(pl.col("geography") == "national"), 0.005, 1).is_empty()
    assert bounds(report.filter(pl.col("geography").is_in(regions())), 0.02, 4).is_empty()
    summed = national(report.filter(pl.col("geography").is_in(regions())))
    summed = summed.with_columns(error=pl.col("result") - pl.col("target"))
    assert bounds(summed, 0.005, 6).is_empty()


def frames(people: Skeleton) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lay a skeleton out in the columns that controls of households and of persons need."""

    def named(codes: np.ndarray, names: tuple[str, ...]) -> pl.Series:
        return pl.Series(codes.astype(np.uint8)).cat.to(pl.Enum(names))

    head = people.first[:-1]
    types = [kind.household_type for kind in compositions()]
    kinds = tuple(dict.fromkeys(types))
    codes = np.array([kinds.index(name) for name in types])
    homes = pl.DataFrame(
        {
            "household_id": people.household_ids,
            "municipality": people.municipality.astype(np.int32),
            "region": named(people.region, regions()),
            "size": people.sizes.astype(np.uint8),
            "household_type": named(codes[people.kind], kinds),
            "head_age": people.age[head],
            "head_sex": named(people.head_sex, SEXES),
            "tenure": named(people.tenure, TENURES),
            "lives_alone": people.sizes == 1,
        }
    )
    persons = pl.DataFrame(
        {
            "household_id": people.household + people.household_offset,
            "sex": named(people.sex, SEXES),
            "age": people.age,
        }
    )
    return homes, persons
