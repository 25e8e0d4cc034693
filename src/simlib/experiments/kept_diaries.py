"""Keep twin diaries in a run folder, for a report to show."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from simlib.diary import SCHEMAS, Diary
from simlib.errors import UserError
from simlib.experiments.diaries import check_worlds, twin_diaries
from simlib.experiments.gainers import household_tables
from simlib.experiments.instructive import instructive_households
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import RunStore
from simlib.experiments.twins import Twin
from simlib.files import read_parquet, write_parquet

PART = "diaries"
"""Name of the record and the folder of a run's diaries."""
REPLICATE = 0
"""Replicate whose households are shown."""

_CHOICES = {
    "rule": pl.String,
    "policy": pl.String,
    "baseline": pl.String,
    "household_id": pl.UInt32,
    "replicate": pl.Int32,
}


def keep_diaries(run: Run) -> Run:
    """Write the diaries of instructive households into a run folder, if they are not there.

    Returns
    -------
    Run
        The run with the files of the diaries in its manifest.
    """
    store = RunStore(run.folder)
    if store.is_finished(PART):
        return run
    with store.lock():
        _write(store, instructive_twins(run) if len(run.policies) > 1 else [])
        store.write_manifest({key: each for key, each in run.manifest.items() if key != "files"})
    return open_run(run.folder)


def instructive_twins(
    run: Run, policy: str | None = None, replicate: int = REPLICATE
) -> list[Twin]:
    """Write the diaries of households chosen by the rules of a report.

    Parameters
    ----------
    run
        A finished run.
    policy
        The policy of the other world; by default each rule chooses one.
    replicate
        Where the households are looked for.

    Raises
    ------
    UserError
        If there is no other policy, or the run has no such policy or replicate.
    """
    names = [policy] if policy else [each for each in run.policies if each != run.baseline]
    if names in ([], [run.baseline]):
        raise UserError(
            f"there is no policy beside '{run.baseline}' to choose households by",
            str(run.folder),
            "the rules choose those who fare differently under another policy",
            "choose households with --household, or another policy of the run",
        )
    check_worlds(run, [*names, run.baseline], replicate)
    tables = [household_tables(run, each) for each in names]
    chosen = instructive_households(run, tables, replicate)
    asked: dict[str, list[int]] = {}
    for each in chosen:
        asked.setdefault(each.policy, []).append(each.household_id)
    twins = twin_diaries(run, asked, replicate) if asked else []
    by_key = {(each.policy, each.household_id): each for each in twins}
    return [replace(by_key[each.policy, each.household_id], rule=each.rule) for each in chosen]


def _write(store: RunStore, twins: list[Twin]) -> None:
    choices = [{name: getattr(each, name) for name in _CHOICES} for each in twins]
    frames = {"choices": pl.DataFrame(choices, schema=_CHOICES)}
    for name, schema in SCHEMAS.items():
        parts = [pl.DataFrame(schema=schema | {"policy": pl.String})]
        for policy, diary in _worlds(twins):
            frame: pl.DataFrame = getattr(diary, name)
            parts.append(frame.with_columns(policy=pl.lit(policy)))
        frames[name] = pl.concat(parts).unique(maintain_order=True)
    folder = store.folder / PART
    for name, frame in frames.items():
        write_parquet(frame, folder / f"{name}.parquet")
    store.record(PART, [folder / f"{name}.parquet" for name in frames], [])


def _worlds(twins: Iterable[Twin]) -> Iterable[tuple[str, Diary]]:
    for twin in twins:
        yield twin.baseline, twin.without
        yield twin.policy, twin.with_policy


def kept_diaries(run: Run) -> list[Twin]:
    """Read the diaries that a run folder keeps, in the order of the rules; none if it has none."""
    folder = run.folder / PART
    if not (folder / "choices.parquet").is_file():
        return []
    frames = {name: read_parquet(folder / f"{name}.parquet") for name in SCHEMAS}

    def diary(policy: str, household_id: int) -> Diary:
        mine = (pl.col("policy") == policy) & (pl.col("household_id") == household_id)
        return Diary(**{name: each.filter(mine).drop("policy") for name, each in frames.items()})

    return [
        Twin(
            row["household_id"],
            row["replicate"],
            row["policy"],
            row["baseline"],
            diary(row["policy"], row["household_id"]),
            diary(row["baseline"], row["household_id"]),
            row["rule"],
        )
        for row in read_parquet(folder / "choices.parquet").iter_rows(named=True)
    ]
