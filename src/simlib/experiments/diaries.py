"""Run a replicate again and write the diaries of some households, with and without a policy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.diary import Diary
from simlib.errors import UserError, did_you_mean
from simlib.experiments.reopen import reopened
from simlib.experiments.run import Run
from simlib.experiments.training import scorer_file
from simlib.experiments.twins import Twin
from simlib.experiments.worlds import Ground, Replicate, model_of, world_of

if TYPE_CHECKING:
    from simlib.risk.scorers import Scorer

Rows = NDArray[np.int64]


def twin_diaries(
    run: Run, asked: Mapping[str, Sequence[int]], replicate: int = 0, baseline: str | None = None
) -> list[Twin]:
    """Write the twin diaries of some households.

    The replicate is run again, which gives the same worlds; that it does is checked for every
    household asked for. Policies that are not asked for are not run.

    Parameters
    ----------
    run
        A finished run.
    asked
        Ids of households by policy.
    replicate
        Which replicate.
    baseline
        The policy of the other world; the first of the run by default.

    Returns
    -------
    list of Twin
        One for every policy and household, in the order asked for.

    Raises
    ------
    UserError
        If a policy, replicate or household is not in the run, or if this version of simlib does
        not give the same world again.
    """
    baseline = baseline or run.baseline
    check_worlds(run, [*asked, baseline], replicate)
    everyone = sorted({each for ids in asked.values() for each in ids})
    with reopened(run) as ground:
        rows = _rows(ground, everyone)
        world = world_of(ground, replicate)
        diaries = {
            policy: _diary(ground, world, run.folder, policy, rows)
            for policy in dict.fromkeys([baseline, *asked])
        }
    for policy, diary in diaries.items():
        _check_same(run, policy, replicate, diary, everyone)
    return [
        Twin(
            each, replicate, policy, baseline, diaries[policy].of(each), diaries[baseline].of(each)
        )
        for policy, ids in asked.items()
        for each in ids
    ]


def check_worlds(run: Run, policies: Sequence[str], replicate: int) -> None:
    """Refuse policies and replicates that a run does not have."""
    for policy in policies:
        if policy not in run.policies:
            raise UserError(
                f"this run has no policy '{policy}'",
                "--policy",
                "there is no such world to write a diary of",
                did_you_mean(policy, run.policies),
            )
        if replicate not in run.replicates(policy):
            raise UserError(
                f"policy '{policy}' has no replicate {replicate}",
                "--replicate",
                mend=f"choose one of {', '.join(map(str, run.replicates(policy)))}",
            )


def _rows(ground: Ground, ids: Sequence[int]) -> Rows:
    known = ground.population.households["household_id"].to_numpy().astype(np.int64)
    wanted = np.asarray(ids, np.int64)
    rows = np.searchsorted(known, wanted)
    found = (rows < known.size) & (known[np.minimum(rows, known.size - 1)] == wanted)
    if not found.all():
        raise UserError(
            f"there is no household {wanted[~found][0]}",
            "--household",
            "it does not live in the population of this run",
            f"choose an id from {known[0]} to {known[-1]}",
        )
    return rows


def _diary(ground: Ground, world: Replicate, folder: Path, policy: str, rows: Rows) -> Diary:
    from simlib.diary_recorder import DiaryRecorder

    scorer: Scorer | None = None
    file = scorer_file(folder, ground.setting, policy)
    if file is not None:
        from simlib.risk.storage import load_scorer

        scorer = load_scorer(file)
    chosen = ground.setting.policies[policy]
    model = model_of(ground, world, chosen, scorer=scorer, record=False)
    return DiaryRecorder(model, rows).run(model)


def _check_same(run: Run, policy: str, replicate: int, diary: Diary, ids: Sequence[int]) -> None:
    """Hold the diaries against what the run recorded of the same households."""
    kept = run.households(policy, replicate).filter(pl.col("household_id").is_in(list(ids)))
    during = diary.months.filter(pl.col("month") > diary.months["month"].min())
    sums = during.group_by("household_id").agg(
        paid=pl.col("paid_krw_m").sum(), crisis=(pl.col("crisis_months") > 0).sum()
    )
    both = kept.join(sums, on="household_id")
    same_money = np.allclose(both["paid"], both["paid_krw"], rtol=1e-9, atol=0.5)
    if not (same_money and (both["crisis"] == both["crisis_months"]).all()):
        raise UserError(
            "this version of simlib does not give the worlds of this run again",
            str(run.folder),
            "a diary of another world would not explain the results of the run",
            "run the scenario again, then ask for the diary",
        )
