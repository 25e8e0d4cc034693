"""The fit: moments, derivatives, a short repetition of the shipped fit, and its files."""

import csv
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simlib.errors import UserError
from simlib.experiments.calibration.calibrate import Effort, bench_of, calibrate, run_to
from simlib.experiments.calibration.fit import derivatives, fit, spread_starts
from simlib.experiments.calibration.moments import FOLDER, Bench, load_moments
from simlib.experiments.calibration.numbers import Numbers
from simlib.experiments.calibration.priors import Free, Prior, load_priors, load_structures
from simlib.experiments.calibration.writing import write
from simlib.files import package_data, read_json
from simlib.provenance import file_hash
from worlds import numbers

SHIPPED = package_data(*FOLDER)
DOUBLINGS = 9


def shipped(name: str) -> pl.DataFrame:
    return pl.read_csv(SHIPPED / name, infer_schema_length=None)


def shipped_values() -> dict[str, float]:
    return dict(shipped("uptake_fit.csv").select("path", "value").iter_rows())


def chosen() -> tuple[Free, Bench, Numbers]:
    structures = load_structures()
    structure = structures.structures[structures.chosen]
    free = Free.of(load_priors(), structure.fix)
    return free, bench_of(structure, 5, numbers()), Numbers.of(numbers())


def test_the_shipped_values_give_the_shipped_moments():
    structures = load_structures()
    structure = structures.structures[structures.chosen]
    free = Free.of(load_priors(), structure.fix)
    bench = bench_of(structure, DOUBLINGS, numbers())
    table = shipped("moments_fit.csv").filter(pl.col("used") == "fit")
    assert table["id"].to_list() == [each.id for each in bench.moments]
    found = bench.values(Numbers.of(numbers()).with_values(free.fixed | shipped_values()))
    assert np.abs(found - table["fitted"].to_numpy()).max() < 1e-4


def test_the_shipped_fit_was_made_of_the_shipped_inputs():
    recorded = read_json(SHIPPED / "provenance.json")["inputs_sha256"]
    changed = [name for name, told in recorded.items() if file_hash(SHIPPED / name) != told]
    assert not changed, f"run simlib calibrate again: {', '.join(changed)} changed"


@pytest.mark.slow
def test_a_short_fit_ends_where_the_shipped_one_did():
    free, bench, given = chosen()
    start = free.vector(shipped_values())
    low, high = free.bounds
    again = fit(bench, free, given, np.clip(start, low + 0.01, high - 0.01)[None], evaluations=6)
    table = shipped("uptake_fit.csv")
    for i, row in enumerate(table.iter_rows(named=True)):
        assert again.free.priors[i].path == row["path"]
        # fewer kinds move the point, but by little against what is known of it
        assert abs(again.values[row["path"]] - row["value"]) < 0.5 * row["spread"], row["path"]
        assert again.spread[i] == pytest.approx(row["spread"], rel=0.35)


def test_derivatives_do_not_depend_on_the_step(monkeypatch):
    free, bench, given = chosen()
    z = free.vector(shipped_values())
    low, high = free.bounds
    z = np.clip(z, low + 0.05, high - 0.05)

    def distances(at):
        return bench.distances(bench.values(given.with_values(free.values(at))))

    fine = derivatives(distances, z, free)
    monkeypatch.setattr("simlib.experiments.calibration.fit.STEP", 1e-3)
    coarse = derivatives(distances, z, free)
    rules = np.array([each.rule == "both" for each in bench.moments])
    assert np.allclose(fine[rules], coarse[rules], atol=2e-3 * np.abs(fine).max())


def test_every_fitted_parameter_has_its_row_and_honest_flags():
    table = shipped("uptake_fit.csv")
    free, _, _ = chosen()
    assert table["path"].to_list() == [each.path for each in free.priors]
    assert table["value"].is_between(table["low"], table["high"]).all()
    known = table.filter(pl.col("identified") == "yes")
    assert (known["spread"] <= 0.5 * known["prior_sd"]).all()
    assert (known["at_bound"] == "no").all()
    assert set(table.filter(pl.col("identified") == "no")["evidence"]) <= {"assumption"}


def test_correlations_are_those_of_a_covariance():
    table, paths = shipped("correlation.csv"), shipped("uptake_fit.csv")["path"].to_list()
    matrix = np.eye(len(paths))
    for row in table.iter_rows(named=True):
        i, j = paths.index(row["path"]), paths.index(row["other_path"])
        matrix[i, j] = matrix[j, i] = row["correlation"]
    assert table.height == len(paths) * (len(paths) - 1) // 2
    assert np.linalg.eigvalsh(matrix).min() > -1e-3


def test_fixed_parameters_are_those_of_the_model():
    for prior in load_priors():
        if prior.fixed:
            assert numbers().number(prior.path) == prior.default, prior.path


@pytest.mark.slow
def test_the_same_command_writes_the_same_files(tmp_path):
    effort = Effort(starts_n=2, search_doublings=3, doublings=4, evaluations=3)
    for name in ("one", "other"):
        write(calibrate(effort, ("first",), numbers()), tmp_path / name)
    names = sorted(each.name for each in (tmp_path / "one").iterdir())
    assert names == ["correlation.csv", "moments_fit.csv", "provenance.json",
                     "structures_fit.csv", "uptake_fit.csv"]  # fmt: skip
    for name in names:
        first, second = ((tmp_path / each / name).read_bytes() for each in ("one", "other"))
        assert first == second, name
        if name.endswith(".csv"):
            assert pl.read_csv(tmp_path / "one" / name).columns == shipped(name).columns


def test_a_one_sided_moment_counts_on_its_side_only():
    moment = next(each for each in load_moments() if each.id == "letter_need")
    assert moment.distance(-1.0) == 0.0
    assert moment.distance(0.02) == pytest.approx(1.0)
    assert replace(moment, rule="above").distance(0.02) == 0.0


def test_starts_keep_away_from_bounds():
    free, _, _ = chosen()
    starts = spread_starts(free, 6)
    low, high = free.bounds
    assert starts.shape == (6, len(free.priors))
    assert ((starts > low) & (starts < high)).all()
    assert np.unique(starts.round(6), axis=0).shape == starts.shape


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("design", "oldr", "no design 'oldr'"),
        ("arm", "leter", "no arm 'leter'"),
        ("statistic", "aplied", "no statistic 'aplied'"),
        ("weight_rule", "beneath", "no weight rule 'beneath'"),
    ],
)
def test_an_unknown_word_in_the_moments_is_named(tmp_path, column, value, message):
    with (SHIPPED / "moments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[2][column] = value
    path = tmp_path / "moments.csv"
    pl.DataFrame(rows).write_csv(path)
    with pytest.raises(UserError, match=message) as caught:
        load_moments(path)
    assert "moments.csv:4" in str(caught.value)


def test_a_default_outside_its_bounds_is_refused(tmp_path):
    path = tmp_path / "priors.csv"
    text = (SHIPPED / "priors.csv").read_text(encoding="utf-8")
    path.write_text(text.replace("base_logit,-1.8,-5.0,1.0", "base_logit,1.8,-5.0,1.0"), "utf-8")
    with pytest.raises(UserError, match=r"application\.base_logit"):
        load_priors(path)


@pytest.mark.parametrize("path", ["uptake.awareness.ned", "life.births", "uptake.nothing.at_all"])
def test_what_no_moment_depends_on_cannot_be_fitted(path):
    with pytest.raises(UserError, match="no moment depends"):
        Numbers.of(numbers()).with_values({path: 1.0})


def test_an_unknown_structure_is_an_error():
    with pytest.raises(UserError, match="no structure 'frst'"):
        calibrate(Effort(), ("frst",), numbers())


def test_a_folder_that_cannot_be_made_is_refused_before_fitting(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        run_to(taken, Effort())


def test_priors_are_weak():
    made = Prior("a", 0.0, -1.0, 3.0, False, "logit", "MECH", "assumption", "")
    assert made.sd == 2.0
