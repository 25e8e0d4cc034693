"""Run trials from files and set what they give beside what was published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simlib.errors import UserError
from simlib.experiments.trials.checks import check_trial
from simlib.experiments.trials.estimates import Band, Estimate, value_of
from simlib.experiments.trials.ground import Ground, prepare
from simlib.experiments.trials.history import alike
from simlib.experiments.trials.outcomes import OUTCOMES
from simlib.experiments.trials.run import BurnIns, arms_of, run_replicate, solve
from simlib.experiments.trials.schema import Trial
from simlib.experiments.trials.scorer_schema import ScorerTrial, is_scorer_trial
from simlib.experiments.trials.spread import parameter_draw
from simlib.files import Document, package_data, read_yaml, validate
from simlib.parameters import Parameters

AnyTrial = Trial | ScorerTrial
DRAW_ROUNDS = 3
"""Rounds in which a draw's take-up is solved anew: it begins at the offset of the centre."""


@dataclass(frozen=True)
class TrialResult:
    """Hold what a trial gave.

    Attributes
    ----------
    trial
        The trial.
    pool_n
        Mean number of households in the pool.
    arms
        Arm, outcome and estimate, of every outcome in every arm.
    bands
        Published results beside simulated ones.
    alike
        Pairs of arms in which everybody did exactly the same in all replicates.
    """

    trial: AnyTrial
    pool_n: float
    arms: list[tuple[str, str, Estimate]]
    bands: list[Band]
    alike: list[tuple[str, str]] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """Say which arms did nothing that another did not do."""
        return [
            f"Arm '{one}' of {self.trial.id} did exactly what '{other}' did: what it changes is so "
            "already, or there was nothing to change."
            for one, other in self.alike
        ]


def shipped_trials() -> list[Path]:
    """List the trials that ship with simlib."""
    return sorted(package_data("kr", "trials").glob("*.yaml"))


def load_trial(path: Path) -> tuple[AnyTrial, Document]:
    """Read a trial file, of what the state does or of scorers.

    Raises
    ------
    UserError
        If a key is unknown or missing, or a value is impossible, with its line.
    """
    document = read_yaml(path)
    if is_scorer_trial(document.data):
        return validate(ScorerTrial, document), document
    trial = validate(Trial, document)
    check_trial(trial, document)
    return trial, document


def load_trials(paths: Sequence[Path]) -> list[tuple[AnyTrial, Document]]:
    """Read several trial files; all are checked before any is run.

    Raises
    ------
    UserError
        If one is wrong, or two trials have the same id.
    """
    loaded = [load_trial(path) for path in paths]
    seen: dict[str, str] = {}
    for trial, document in loaded:
        for name in (trial.id, *trial.band_ids()):
            if name in seen:
                raise UserError(
                    f"'{name}' is given twice",
                    document.where(("id",)),
                    f"it stands in {seen[name]} too, and results could not be told apart",
                    "choose another id",
                )
            seen[name] = document.source
    return loaded


def run_trial(
    trial: AnyTrial,
    document: Document,
    parameters: Parameters,
    replicates: int,
    *,
    parameter_draws: bool = False,
    burn_ins: BurnIns | None = None,
    progress: Callable[[], None] | None = None,
) -> TrialResult:
    """Run a trial with the luck of several replicates.

    Parameters
    ----------
    trial, document
        From :func:`load_trial`.
    parameters
        Every number.
    replicates
        How often; each has luck of its own, and with ``parameter_draws`` numbers of its own.
    parameter_draws
        Whether the parameters of take-up are drawn from their calibrated spread.
    burn_ins
        Keeps what several trials begin with.
    progress
        Called after each replicate.
    """
    if isinstance(trial, ScorerTrial):
        from simlib.experiments.trials.scorers import run_scorer_trial

        return run_scorer_trial(trial, document, parameters, replicates, progress=progress)
    ground = solve(prepare(trial, document, parameters))
    shared = burn_ins if burn_ins is not None and not parameter_draws else BurnIns()
    values: dict[tuple[str, str], list[float]] = {}
    published: list[list[float]] = [[] for _ in trial.published]
    sizes, same = [], None
    for replicate in range(replicates):
        mine = _of_draw(ground, replicate) if parameter_draws else ground
        histories = run_replicate(mine, arms_of(mine), replicate, shared)
        for arm, history in histories.items():
            for name in trial.outcomes:
                values.setdefault((arm, name), []).append(OUTCOMES[name](history))
        same = alike(histories) if same is None else same & alike(histories)
        sizes.append(next(iter(histories.values())).state.shape[1])
        for row, each in enumerate(trial.published):
            published[row].append(value_of(each, histories, document, row))
        if progress is not None:
            progress()
    return TrialResult(
        trial,
        float(np.mean(sizes)),
        [(arm, name, Estimate.of(np.array(each))) for (arm, name), each in values.items()],
        [
            Band(name, trial.id, each, Estimate.of(np.array(found)))
            for name, each, found in zip(trial.band_ids(), trial.published, published, strict=True)
        ],
        sorted(same or ()),
    )


def _of_draw(ground: Ground, draw: int) -> Ground:
    """Give a trial's ground with the parameters of one draw, its take-up solved anew."""
    drawn = parameter_draw(ground.parameters, ground.seed, draw)
    return solve(ground.with_parameters(drawn.parameters, drawn.of(ground.trial)), DRAW_ROUNDS)


def as_dict(
    results: Sequence[TrialResult],
    notes: Sequence[str],
    replicates: int,
    further: Sequence[Band] = (),
) -> dict[str, Any]:
    """Give results as one plain object: ``trials``, ``bands``, ``sign_tests``, ``summary``."""
    bands = [*(band for each in results for band in each.bands), *further]
    return {
        "replicates": replicates,
        "notes": [*notes, *(note for each in results for note in each.notes)],
        "trials": [_trial_as_dict(each) for each in results],
        "sign_tests": [_band_as_dict(band) for band in bands if band.is_sign_test],
        "summary": summary(bands),
        "bands": [_band_as_dict(band) for band in bands if not band.is_sign_test],
    }


def summary(bands: Sequence[Band]) -> dict[str, Any]:
    """Count bands that hold and name those that do not, acceptance bands and others apart.

    Of the acceptance bands, those with which no number was set are counted once more.
    """
    kinds = {
        "acceptance_bands": [b for b in bands if not b.is_sign_test and b.published.acceptance],
        "acceptance_bands_not_used_for_fitting": [
            b
            for b in bands
            if not b.is_sign_test and b.published.acceptance and b.published.used == "check"
        ],
        "further_bands": [b for b in bands if not b.is_sign_test and not b.published.acceptance],
        "sign_tests": [b for b in bands if b.is_sign_test],
    }
    return {
        kind: {
            "n": len(chosen),
            "held": sum(band.inside for band in chosen),
            "missed": [band.id for band in chosen if not band.inside],
        }
        for kind, chosen in kinds.items()
    }


def _trial_as_dict(result: TrialResult) -> dict[str, Any]:
    return {
        "id": result.trial.id,
        "title": result.trial.title,
        "pool_n": result.pool_n,
        "arms": [
            {"arm": arm, "outcome": outcome, **_estimate_as_dict(estimate)}
            for arm, outcome, estimate in result.arms
        ],
    }


def _estimate_as_dict(estimate: Estimate) -> dict[str, Any]:
    return {
        "mean": _plain(estimate.mean),
        "interval_50": [_plain(estimate.low_50), _plain(estimate.high_50)],
        "interval_90": [_plain(estimate.low), _plain(estimate.high)],
        "draws_n": estimate.draws_n,
    }


def _band_as_dict(band: Band) -> dict[str, Any]:
    given, found = band.published, band.simulated
    return {
        "id": band.id,
        "trial": band.trial,
        "arm": given.arm,
        "outcome": band.measured or given.outcome,
        "published": given.value if given.sign is None else given.sign,
        "simulated": _plain(found.mean),
        "simulated_low": _plain(found.low),
        "simulated_high": _plain(found.high),
        "low": given.low,
        "high": given.high,
        "inside": band.inside,
        "acceptance": given.acceptance,
        "used": given.used,
        "source": given.source,
        "evidence": given.evidence,
        "note": given.note,
    }


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value
