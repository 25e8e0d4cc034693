"""Small trials for tests: a few hundred made households, no burn-in to speak of."""

from pathlib import Path
from typing import Any

import yaml

from simlib.experiments.trials.checks import check_trial
from simlib.experiments.trials.ground import Ground, prepare
from simlib.experiments.trials.history import History
from simlib.experiments.trials.run import arms_of, run_replicate, solve
from simlib.experiments.trials.schema import Trial
from simlib.files import parse_yaml, validate
from simlib.parameters import Parameters, load_parameters

LETTER = {"notice": {"channel": "letter", "reminders": 1}}
HELP = {"assistance": {"channel": "phone"}}


def trial_data(arms: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "id": "small",
        "title": "A small trial",
        "pool": {"standard": {"households": 400}, "receiving": False},
        "programme": {
            "renewal_months": 12,
            "offsets": {"awareness_logit": -1.6, "application_logit": -2.0},
        },
        "months": 6,
        "burn_in_months": 12,
        "arms": arms,
        "outcomes": ["applied", "enrolled", "receiving"],
    } | other


def read(data: dict[str, Any]) -> tuple[Trial, Any]:
    document = parse_yaml(yaml.safe_dump(data, sort_keys=False), "trial.yaml")
    trial = validate(Trial, document)
    check_trial(trial, document)
    return trial, document


def written(path: Path, data: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def ground_of(data: dict[str, Any], parameters: Parameters | None = None) -> Ground:
    return solve(prepare(*read(data), parameters or load_parameters()))


def run(
    data: dict[str, Any], replicate: int = 0, parameters: Parameters | None = None
) -> dict[str, History]:
    ground = ground_of(data, parameters)
    return run_replicate(ground, arms_of(ground), replicate)
