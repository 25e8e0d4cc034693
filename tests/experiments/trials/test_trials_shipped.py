"""The trials that ship with simlib, run with few replicates."""

import pytest

from simlib.experiments.trials.run import BurnIns
from simlib.experiments.trials.validate import load_trials, run_trial, shipped_trials, summary
from simlib.parameters import load_parameters


@pytest.mark.slow
def test_four_in_five_bands_of_acceptance_hold():
    parameters, shared = load_parameters(), BurnIns()
    made = [
        run_trial(trial, document, parameters, 5, burn_ins=shared)
        for trial, document in load_trials(shipped_trials())
        if any(each.acceptance for each in trial.published)
    ]
    counted = summary([band for each in made for band in each.bands])["acceptance_bands"]
    assert counted["n"] == 18
    assert counted["held"] >= 0.8 * counted["n"], counted["missed"]
