"""Layers of uncertainty of made-up differences, and other worlds of a small scenario."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import t

from simlib.errors import UserError
from simlib.experiments.compare import Comparison, compare
from simlib.experiments.comparison_tables import print_comparisons
from simlib.experiments.draw_ends import draw_ends
from simlib.experiments.ground import ground_of
from simlib.experiments.loading import load_scenario
from simlib.experiments.other_worlds import drawn_values, other_ground
from simlib.experiments.pool import run_groups
from simlib.experiments.run import Run, open_run
from simlib.experiments.runner import run_scenario
from simlib.experiments.setting import prepare_setting
from simlib.experiments.store import RunStore
from simlib.experiments.uncertainty import ahead, elsewhere, layers
from simlib.experiments.whole_comparison import compare_wholly

SHARES = (0.5, 1.0, 1.5)
"""Effect of a policy under three draws of the parameters, as a share of its usual one."""
SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 1000, year: 2025, seed: 1}
start: 2024-01
months: 2
replicates: 2
policies: [none, membership]
programmes: [basic_pension, culture_card]
"""
UNCERTAINTY = "uncertainty: {parameters: 2, populations: 2}\n"


def row(table: pl.DataFrame, measure: str) -> dict[str, Any]:
    return table.filter(pl.col("measure") == measure).row(0, named=True)


def layers_of(run: Run, found: Comparison) -> pl.DataFrame:
    return layers(found, elsewhere(run, found))


def test_the_spread_over_parameters_is_that_of_the_differences(make_run):
    worlds = [(0, share) for share in SHARES]
    run = make_run(elsewhere=worlds, uncertainty={"parameters": 3, "populations": 1})
    found = compare(run, "letters")
    here = row(layers_of(run, found), "receiving_n")
    first = found.pairs.filter(pl.col("measure") == "receiving_n", pl.col("replicate") == 0)
    effect = first["difference"][0]  # with the luck that all other worlds have too
    assert here["parameters_error"] == pytest.approx(np.std(SHARES, ddof=1) * effect)
    assert here["population_error"] is None
    assert here["luck_error"] == pytest.approx(found.row("receiving_n")["mc_error"])
    assert here["lowest"] == pytest.approx(SHARES[0] * effect)
    assert here["highest"] == pytest.approx(SHARES[-1] * effect)
    assert here["same_sign_share"] == 1.0


def test_the_luck_of_populations_is_taken_off(make_run):
    """Populations that differ by luck alone add about nothing, others what they add."""
    only_luck = make_run(
        "luck", elsewhere=[(11, 1.0), (12, 1.0), (13, 1.0)],
        uncertainty={"parameters": 0, "populations": 4},
    )  # fmt: skip
    apart = make_run(
        "apart", elsewhere=[(0, share) for share in SHARES],
        uncertainty={"parameters": 0, "populations": 4},
    )  # fmt: skip
    found = compare(apart, "letters")
    pairs = found.pairs.filter(pl.col("measure") == "receiving_n")
    luck = float(pairs["difference"].var())
    effect = pairs.filter(pl.col("replicate") == 0)["difference"][0]
    spread = np.var(np.array([1.0, *SHARES]) * effect, ddof=1)
    here = row(layers_of(apart, found), "receiving_n")
    assert here["population_error"] == pytest.approx(np.sqrt(spread - luck))
    small = row(layers_of(only_luck, compare(only_luck, "letters")), "receiving_n")
    assert small["population_error"] < 0.2 * here["population_error"]


def test_the_interval_is_made_of_the_distances_of_all_layers(make_run):
    """Luck and population have one distance, draws of parameters their own on each side."""
    worlds = [(0, share) for share in (*SHARES, 0.2)]
    run = make_run(elsewhere=worlds, uncertainty={"parameters": 3, "populations": 2})
    found = compare(run, "letters")
    here = row(layers_of(run, found), "receiving_n")
    parts = [here[f"{name}_error"] ** 2 for name in ("luck", "population")]
    freedom = sum(parts) ** 2 / sum(v**2 / n for v, n in zip(parts, (3, 1), strict=True))
    width = t.ppf(0.975, freedom) * np.sqrt(sum(parts))
    first = found.pairs.filter(pl.col("measure") == "receiving_n", pl.col("replicate") == 0)
    effect = first["difference"][0]
    [[low], [high]] = draw_ends(np.array([SHARES]) * effect)
    assert here["difference"] - here["low"] == pytest.approx(np.hypot(width, effect - low))
    assert here["high"] - here["difference"] == pytest.approx(np.hypot(width, high - effect))


def test_the_interval_is_as_lopsided_as_the_draws(make_run):
    """Draws that double what they cannot more than halve: no end below every world."""
    worlds = [(0, share) for share in np.exp(np.linspace(-0.9, 1.5, 20))]
    run = make_run(elsewhere=worlds, uncertainty={"parameters": 20, "populations": 1})
    here = row(layers_of(run, compare(run, "letters")), "receiving_n")
    below, above = here["difference"] - here["low"], here["high"] - here["difference"]
    assert above > 3 * below
    assert 0 < here["low"] < here["lowest"] and here["high"] > here["highest"]
    symmetric = here["difference"] - t.ppf(0.975, 19) * here["parameters_error"]
    assert symmetric < 0  # which the one made of standard errors alone would have held


def test_a_side_without_draws_has_the_distance_of_luck_alone(make_run):
    worlds = [(0, share) for share in np.linspace(2.0, 3.0, 39)]
    run = make_run(elsewhere=worlds, uncertainty={"parameters": 39, "populations": 1})
    found = compare(run, "letters")
    here = row(layers_of(run, found), "receiving_n")
    assert here["low"] == pytest.approx(found.row("receiving_n")["low"])
    assert here["high"] - here["difference"] > 10 * (here["difference"] - here["low"])


def test_a_run_without_other_worlds_has_no_layers_and_other_worlds_no_say_in_the_rest(make_run):
    plain = make_run("plain")
    worlds = [(0, share) for share in SHARES]
    more = make_run("more", elsewhere=worlds, uncertainty={"parameters": 3, "populations": 1})
    assert layers_of(plain, compare(plain, "letters")).is_empty()
    assert compare(plain, "letters").table.equals(compare(more, "letters").table)


def test_the_order_of_policies_is_counted_world_by_world(make_run):
    worlds = [(0, share) for share in (1.0, -1.0, 0.5)]
    effects = {"none": 0.0, "letters": 5.0, "visits": 2.0}
    more = {"parameters": 3, "populations": 1}
    run = make_run(effects=effects, elsewhere=worlds, uncertainty=more)
    pairs = {name: elsewhere(run, compare(run, name)) for name in ("letters", "visits")}
    found = ahead(pairs, "receiving_n")
    assert found.rows() == [("letters", "visits", 3, 2), ("visits", "letters", 3, 1)]


def test_the_comparison_prints_the_layers(make_run, capsys):
    worlds = [(0, share) for share in SHARES]
    run = make_run(elsewhere=worlds, uncertainty={"parameters": 3, "populations": 1})
    found = compare_wholly(run)
    print_comparisons(found)
    assert "What the differences rest on" in capsys.readouterr().out
    assert {each["measure"] for each in found[0].as_dict()["uncertainty"]} >= {"paid_krw"}


def scenario(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_scenario_sets_is_not_drawn_and_the_rest_lies_where_it_may(tmp_path):
    held = "set: {claims.appeal_share: 0.11}\n"
    setting = prepare_setting(load_scenario(scenario(tmp_path, SCENARIO + UNCERTAINTY + held)))
    first, second = drawn_values(setting, 1), drawn_values(setting, 2)
    assert first == drawn_values(setting, 1) and first != second
    assert "claims.appeal_share" not in first
    assert 0.44 <= first["claims.appeal_won_prob"] <= 0.77
    assert 0.5 <= first["uptake.application.assistance"] <= 3.0  # bounds of the fit


def test_other_worlds_differ_in_what_is_drawn_and_in_nothing_else(tmp_path):
    loaded = load_scenario(scenario(tmp_path, SCENARIO + UNCERTAINTY))
    base = ground_of(RunStore(tmp_path / "run"), prepare_setting(loaded))
    drawn, moved = other_ground(base, 1), other_ground(base, 3)
    assert drawn.population is base.population
    path = "uptake.application.assistance"
    values = [each.setting.parameters.number(path) for each in (base, drawn, moved)]
    assert values[0] != values[1] and values[0] == values[2]
    assert not moved.population.households.equals(base.population.households)
    assert moved.population.households.height == base.population.households.height
    assert not np.array_equal(drawn.anchors.offset, base.anchors.offset)  # they still meet the rate


def test_microdata_of_ones_own_are_one_population(tmp_path):
    text = SCENARIO.replace("{households: 1000, year: 2025, seed: 1}", "{from: people}")
    with pytest.raises(UserError, match=r"'population.from' names one.*write 'populations: 1'"):
        load_scenario(scenario(tmp_path, text + UNCERTAINTY))


@pytest.mark.slow
def test_worlds_are_run_once_and_kept_and_leave_the_scenarios_own_alone(tmp_path, monkeypatch):
    own = run_scenario(scenario(tmp_path, SCENARIO), tmp_path / "runs", processes=1)
    path = scenario(tmp_path, SCENARIO + UNCERTAINTY)
    made = run_scenario(path, tmp_path / "runs", processes=1)
    assert made.failures_n == 0 and made.tasks_n == 2 * (2 + 3)
    assert made.other_worlds == {1: "parameters", 2: "parameters", 3: "population"}
    assert made.results("membership").equals(own.results("membership"))
    elsewhere = made.results_elsewhere("membership")
    assert elsewhere is not None and elsewhere["world"].unique().sort().to_list() == [1, 2, 3]
    names = set(made.manifest["files"])
    assert {"results/none-w3-r0.parquet", "parameter_draws.parquet"} <= names
    assert "households/none-w3-r0.parquet" not in names
    (made.folder / "results" / "none-w2-r0.parquet").unlink()
    with pytest.raises(UserError):
        open_run(made.folder).results_elsewhere("none")
    done: list[int] = []

    def noted(*given: Any) -> Any:
        done.extend(task.world for group in given[2] for task in group)
        return run_groups(*given)

    monkeypatch.setattr("simlib.experiments.runner.run_groups", noted)
    again = run_scenario(path, tmp_path / "runs", processes=1)
    assert done == [2] and again.manifest == made.manifest
