"""The fit: published totals are met, and controls that cannot be met are named."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simlib.errors import UserError
from simlib.files import package_data
from simlib.population import FitStatus, fit_table
from simlib.population.cells import joint_cells
from simlib.population.controls import ControlRow, bind, read_controls
from simlib.population.fitting import fit
from simlib.population.integerise import flight
from simlib.population.quality import fit_report, national


def extra(name: str, expression: str, share: float, universe: str = "") -> ControlRow:
    return ControlRow(
        name, "households", "national", universe, expression, str(share), 950.0, "HEDGE",
        "assumption", "",
    )  # fmt: skip


def household_controls() -> list[ControlRow]:
    return [row for row in read_controls() if row.unit == "households"]


def test_the_controls_of_the_package_converge(table):
    assert table.result.status is FitStatus.CONVERGED
    assert table.result.responsible == ()
    for control in table.controls:
        gap = np.abs(control.totals(table.result.weights) - control.targets(table.result.weights))
        assert gap.max() < 1e-5, control.row.control


def test_household_controls_are_met_within_a_tenth_of_a_percent_at_100_000(korea, table):
    worst = national(fit_report(korea, table).filter(pl.col("unit") == "households"))
    assert worst["error_share"].abs().max() < 0.001


def test_persons_by_age_and_sex_are_met_within_half_a_percent_of_all_persons(korea, table):
    persons = national(fit_report(korea, table).filter(pl.col("unit") == "persons"))
    assert persons["error_share"].abs().max() < 0.005


def test_regional_household_controls_are_met_within_a_few_households(korea, table):
    report = fit_report(korea, table).filter(pl.col("unit") == "households")
    assert report["error"].abs().max() < 10


def test_even_1_000_households_meet_national_controls_within_a_percent(small, table):
    report = fit_report(small, table)
    report = report.filter((pl.col("unit") == "households") & (pl.col("geography") == "national"))
    assert report["error"].abs().max() <= 10


def test_contradictory_controls_are_infeasible_and_named():
    rows = [*household_controls(), extra("too_many_owners", "tenure = 'own'", 0.9)]
    cells = joint_cells()
    result = fit(cells.start, [bind(row, cells) for row in rows])
    assert result.status is FitStatus.INFEASIBLE
    assert "too_many_owners" in result.responsible
    assert "tenure" in result.responsible


def test_a_control_that_no_household_can_meet_is_infeasible_and_named():
    row = extra("children_as_couples", "head_age_from < 10", 0.1)
    cells = joint_cells()
    result = fit(cells.start, [bind(row, cells)])
    assert result.status is FitStatus.INFEASIBLE
    assert "children_as_couples" in result.responsible[0]


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


def test_contradictory_controls_in_a_file_are_refused_by_name(tmp_path: Path, parameters):
    text = package_data("kr", "controls.csv").read_text(encoding="utf-8")
    line = "too_many_owners,households,national,,tenure = 'own',0.9,950,HEDGE,assumption,\n"
    path = tmp_path / "controls.csv"
    path.write_text(text + line, encoding="utf-8")
    with pytest.raises(UserError, match=r"infeasible.*too_many_owners"):
        fit_table(parameters, path)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("x,homes,national,,size = 1,0.3,1,HEDGE,assumption,", "homes"),
        ("x,households,county,,size = 1,0.3,1,HEDGE,assumption,", "county"),
        ("region,households,national,,size = 1,0.3,1,HEDGE,assumption,", "given twice"),
        ("x,households,national,,sise = 1,0.3,1,HEDGE,assumption,", "sise"),
        ("x,households,national,,tenure,tables/head_sex.csv,1,HEDGE,assumption,", "no target"),
    ],
)
def test_a_wrong_control_is_refused(tmp_path: Path, parameters, line: str, named: str):
    text = package_data("kr", "controls.csv").read_text(encoding="utf-8")
    path = tmp_path / "controls.csv"
    path.write_text(f"{text}{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=named):
        fit_table(parameters, path)


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
