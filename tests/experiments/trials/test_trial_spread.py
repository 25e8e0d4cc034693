"""Draws of parameters from a fit: centred on the parameters, within bounds, correlated."""

from pathlib import Path

import numpy as np
import pytest

import small_trials as small
from simlib.errors import UserError
from simlib.experiments.trials import spread
from simlib.experiments.trials.validate import run_trial
from simlib.parameters import load_parameters
from small_trials import LETTER

SALIENCE, READ = "uptake.application.salience", "outreach.channel.letter_read_logit"


@pytest.fixture
def fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spread, "package_data", lambda *parts: tmp_path / parts[-1])
    (tmp_path / "uptake_fit.csv").write_text(
        "path,value,spread,low,high\n"
        f"{SALIENCE},0.9,0.3,0.0,2.0\n{READ},0.4,0.3,-1.0,1.2\n"
        "offsets.older.awareness_logit,-1.2,0.3,-4.0,0.5\n",
        encoding="utf-8",
    )
    (tmp_path / "correlation.csv").write_text(
        f"path,other_path,correlation\n{READ},{SALIENCE},-0.9\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.usefixtures("fit")
def test_draws_lie_about_the_parameters_within_bounds_and_go_together():
    parameters = load_parameters()
    drawn = [spread.parameter_draw(parameters, 7, draw).parameters for draw in range(1, 400)]
    values = np.array([[each.number(path) for path in (SALIENCE, READ)] for each in drawn])
    centre = [parameters.number(path) for path in (SALIENCE, READ)]
    assert np.abs(values.mean(axis=0) - centre).max() < 4 * 0.3 / np.sqrt(399)
    assert (values.min(axis=0) >= [0.0, -1.0]).all()
    assert (values.max(axis=0) <= [2.0, 1.2]).all()
    assert np.corrcoef(values.T)[0, 1] < -0.8
    assert spread.parameter_draw(parameters, 7, 0).parameters is parameters


@pytest.mark.usefixtures("fit")
def test_the_fitted_values_are_used_when_asked_for_offsets_of_a_pool_too():
    at_fit = spread.at_fit(load_parameters())
    assert at_fit.number(SALIENCE) == 0.9
    offsets = {"awareness_logit": -1.6, "application_logit": -2.15}
    data = small.trial_data({"control": []}, programme={"offsets": offsets})
    own, _ = small.read(data)
    assert spread.trial_at_fit(own) == own
    data["programme"] = {"offsets": offsets | {"fitted_as": "older"}}
    older, _ = small.read(data)
    moved = spread.trial_at_fit(older).programme.offsets
    assert moved is not None
    assert (moved.awareness_logit, moved.application_logit) == (-1.2, -2.15)


def test_offsets_of_a_fitted_pool_move_along_and_what_is_switched_off_stays_off(fit):
    table = fit / "uptake_fit.csv"
    off = "uptake.awareness.peers,0.1,0.05,0.1,0.3\n"
    table.write_text(table.read_text(encoding="utf-8") + off, encoding="utf-8")
    spread._read.cache_clear()
    parameters = load_parameters()
    assert [each.path for each in spread.drawn_from(parameters)] == [
        SALIENCE,
        READ,
        "offsets.older.awareness_logit",
    ]
    data = small.trial_data({"control": []})
    data["programme"] = {"offsets": {"awareness_logit": -1.6, "fitted_as": "older"}}
    trial, _ = small.read(data)
    drawn = spread.parameter_draw(parameters, 7, 1)
    moved = drawn.of(trial).programme.offsets
    assert moved is not None
    assert moved.awareness_logit == -1.6 + drawn.shifts["offsets.older.awareness_logit"] != -1.6
    assert drawn.parameters.number("uptake.awareness.peers") == 0.1


@pytest.mark.usefixtures("fit")
def test_intervals_widen_when_parameters_are_drawn_too():
    data = small.trial_data({"control": [], "letter": [LETTER]})
    data["pool"]["standard"]["households"] = 4000  # so that luck alone spreads little
    trial, document = small.read(data)
    width = []
    for drawn in (False, True):
        made = run_trial(trial, document, load_parameters(), 12, parameter_draws=drawn)
        found = {(arm, name): each for arm, name, each in made.arms}
        width.append(found["letter", "applied"].high - found["letter", "applied"].low)
    assert width[1] > width[0]


def test_without_a_fit_there_are_no_draws_and_no_fitted_values(tmp_path, monkeypatch):
    monkeypatch.setattr(spread, "package_data", lambda *parts: tmp_path / parts[-1])
    parameters = load_parameters()
    assert spread.drawn_from(parameters) == ()
    assert spread.parameter_draw(parameters, 1, 5).parameters is parameters
    with pytest.raises(UserError, match="no fit"):
        spread.at_fit(parameters)
