"""Run a trial: the same households and the same luck in all arms, replicate by replicate."""

from dataclasses import dataclass

import numpy as np

from simlib.draws import Draws
from simlib.experiments.trials.funnel import Before, TrialFunnel, few_threads, unaware_state
from simlib.experiments.trials.ground import Ground
from simlib.experiments.trials.history import History, Recorder
from simlib.experiments.trials.pool import fixed_pool, of_luck
from simlib.experiments.trials.settings import ArmSetting, arm_setting
from simlib.provenance import hash_of
from simlib.uptake.anchoring import next_offsets
from simlib.uptake.states import APPLYING, AWARE, LAPSED, NEVER, RECEIVING, UNAWARE

DAMPING = 0.8
"""Share of the gap in log odds that a round of solving closes: offsets act twice."""
STARTS = {
    "unaware": UNAWARE,
    "aware": AWARE,
    "applying": APPLYING,
    "receiving": RECEIVING,
    "lapsed": LAPSED,
}


@dataclass(frozen=True)
class Arms:
    """Hold the arms of a trial as they are run."""

    control: ArmSetting
    before: ArmSetting
    settings: dict[str, ArmSetting]


def arms_of(ground: Ground) -> Arms:
    """Work out what each arm changes; nothing but the file decides it."""
    trial = ground.trial
    always = trial.programme.parts
    return Arms(
        arm_setting(ground, "control", always),
        arm_setting(ground, "before", (*always, *trial.pool.before)),
        {name: arm_setting(ground, name, (*always, *parts)) for name, parts in trial.arms.items()},
    )


def solve(ground: Ground, rounds_n: int | None = None) -> Ground:
    """Solve the programme's offset for its take-up without any arm, if there is one.

    Parameters
    ----------
    ground
        The trial; its present offset is where solving begins.
    rounds_n
        Rounds; default: those of the parameters.
    """
    if ground.target is None:
        return ground
    if rounds_n is None:
        rounds_n = int(ground.parameters.number("uptake.anchoring.rounds_n"))
    target, offset = np.array([ground.target]), ground.columns.offset[:1]
    base = ground.as_catalogued()
    always = ground.trial.programme.parts if base is ground else ()
    for _ in range(rounds_n):
        trying = base.with_offset(float(offset[0]))
        with few_threads(ground.households.right.size):
            setting = arm_setting(trying, "control", always)
            before = _burnt_in(trying, setting, Draws(ground.seed, 0))
        mine, cells = before.cell[before.pool], before.state.cells
        entitled = mine[cells.right[mine] > 0]  # of those whose right comes and goes, who has it
        reached = np.array([float((cells.state[entitled] == RECEIVING).mean())])
        offset = next_offsets(offset, target, reached, DAMPING)
    return ground.with_offset(float(offset[0]))


def _burnt_in(ground: Ground, setting: ArmSetting, draws: Draws) -> Before:
    """Run the months before the pool is chosen; here the pool is all that have the right."""
    state, cell = unaware_state(ground, ground.households.amount_krw_m)
    everybody = np.flatnonzero(cell >= 0)
    funnel = TrialFunnel(ground, setting, draws, state, cell, everybody)
    months = ground.burn_in_months + ground.trial.pool.before_months
    for step in range(-months, -ground.trial.pool.before_months):
        funnel.month(step)
    return Before(state, cell, everybody)


class BurnIns:
    """Keep the burn-ins that several trials of one pool and programme have in common."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Before] = {}

    def of(self, ground: Ground, setting: ArmSetting, replicate: int) -> Before:
        """Give the state after a trial's burn-in, as a copy that may be changed."""
        key = _key(ground), replicate
        if key not in self._kept:
            self._kept[key] = _burnt_in(ground, setting, Draws(ground.seed, replicate))
        kept = self._kept[key]
        return Before(kept.state.copy(), kept.cell, kept.pool)


def _key(ground: Ground) -> str:
    """Hash what decides a burn-in."""
    trial, pool = ground.trial, ground.trial.pool
    deciding = {
        "population",
        "standard",
        "entitled_to",
        "launch",
        "entitlement_loss_prob_m",
        "entitlement_return_prob_m",
        "before_months",
    }
    return hash_of(
        [
            trial.programme.model_dump(),
            pool.model_dump(include=deciding),
            [ground.burn_in_months, ground.start, ground.columns.offset.tolist()],
            [str(each) for each in ground.rates],
        ]
    )


def prepared(ground: Ground, arms: Arms, replicate: int, burn_ins: BurnIns) -> Before:
    """Run the burn-in and what went before the trial, and choose the pool.

    Raises
    ------
    UserError
        If nobody is in the pool.
    """
    trial, households = ground.trial, ground.households
    inside = fixed_pool(trial.pool, households, ground.document)
    made, draws = burn_ins.of(ground, arms.control, replicate), Draws(ground.seed, replicate)
    state, cell = made.state, made.cell
    moved = np.zeros(inside.size, np.bool_)
    if trial.pool.before_months:
        rows = np.flatnonzero(inside)
        funnel = TrialFunnel(ground, arms.before, draws, state, cell, rows)
        for step in range(-trial.pool.before_months, 0):
            moved[rows] |= funnel.month(step)
    receives = np.zeros(inside.size, np.bool_)
    receives[made.pool] = state.cells.state[cell[made.pool]] == RECEIVING
    chosen = of_luck(trial.pool, inside, receives, moved, ground.document)
    before = Before(state, cell, np.flatnonzero(chosen))
    if trial.pool.starts is not None:
        _put(before, STARTS[trial.pool.starts])
    return before


def _put(before: Before, into: int) -> None:
    """Put the whole pool into one state, entered in the month before the trial."""
    cells, at = before.state.cells, before.cell[before.pool]
    cells.state[at] = into
    cells.since[at] = -1
    cells.right[at] = 1
    cells.read_step[at] = NEVER
    mask = before.state.receiving[before.pool, 0] & ~np.uint64(1)
    before.state.receiving[before.pool, 0] = mask | np.uint64(into == RECEIVING)


def run_arm(ground: Ground, setting: ArmSetting, before: Before, draws: Draws) -> History:
    """Run one arm from the common beginning.

    Parameters
    ----------
    ground, setting, draws
        The trial, the arm, and the luck of the replicate.
    before
        The common beginning; it is not changed.
    """
    state, pool = before.state.copy(), before.pool
    started = state.cells.state[before.cell[pool]] == RECEIVING
    funnel = TrialFunnel(ground, setting, draws, state, before.cell, pool)
    recorder = Recorder(ground.trial.months, pool.size)
    for step in range(ground.trial.months):
        funnel.month(step, recorder)
    frame = ground.households.frame[pool]
    return recorder.history(state.opted_out[pool], setting.amount_krw_m[pool], started, frame)


def run_replicate(
    ground: Ground, arms: Arms, replicate: int, burn_ins: BurnIns | None = None
) -> dict[str, History]:
    """Run all arms of a trial with the luck of one replicate.

    Parameters
    ----------
    ground, arms
        The trial, and what its arms change.
    replicate
        Number of the replicate; its luck does not depend on how many are run.
    burn_ins
        Burn-ins that other trials may share.
    """
    draws = Draws(ground.seed, replicate)
    with few_threads(ground.households.right.size):
        before = prepared(ground, arms, replicate, BurnIns() if burn_ins is None else burn_ins)
        return {name: run_arm(ground, each, before, draws) for name, each in arms.settings.items()}
