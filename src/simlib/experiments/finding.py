"""Find the run that a user names: by its folder, or by the scenario it was run from."""

from collections.abc import Sequence
from pathlib import Path

from simlib.command import command
from simlib.errors import UserError, did_you_mean
from simlib.experiments.earlier import refuse_lacking
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import MANIFEST, run_name

ENDINGS = (".yaml", ".yml")


def find_run(named: Path | Sequence[Path], runs: Path) -> Run:
    """Open the one run that is named.

    Parameters
    ----------
    named
        Folder of a run, or a scenario file. Several, as a shell makes of ``runs/mine-*``, are
        refused.
    runs
        Folder in which the run of a scenario is looked for.

    Raises
    ------
    UserError
        If there is no such run, it has not ended, several are named, or another version of
        simlib made it and it lacks what this one reads.
    """
    paths = [named] if isinstance(named, Path) else list(named)
    if len(paths) > 1:
        raise _several(paths)
    [path] = paths
    if path.is_dir():
        run = open_run(path)
        refuse_lacking(path, run.manifest)
        return run
    if not path.exists():
        near = [each.name for each in path.parent.glob("*") if _is_named_by(each)]
        raise UserError(
            "there is no such run folder or scenario file",
            str(path),
            "results are read from a run that has ended",
            did_you_mean(path.name, near)
            if near
            else f"run a scenario first: {command('run FILE')}",
        )
    return _run_of(path, runs)


def _is_named_by(path: Path) -> bool:
    return (path / MANIFEST).is_file() or path.suffix in ENDINGS


def _several(paths: Sequence[Path]) -> UserError:
    ended = [path for path in paths if (path / MANIFEST).is_file()]
    newest = max(ended, key=lambda path: (path / MANIFEST).stat().st_mtime, default=None)
    last = "" if newest is None else f"; the newest is {newest}"
    return UserError(
        f"{len(paths)} runs are named",
        ", ".join(map(str, paths)),
        "one is read at a time",
        f"name one of them, or its scenario file{last}. To set one beside another: "
        f"{command('compare ONE --against OTHER')}",
    )


def _run_of(scenario: Path, runs: Path) -> Run:
    from simlib.experiments.loading import load_scenario
    from simlib.experiments.people import population_key
    from simlib.experiments.setting import run_key

    loaded = load_scenario(scenario)
    folder = runs / run_name(loaded.name, run_key(loaded, population_key(loaded)))
    if not (folder / MANIFEST).is_file():
        earlier = [path for path in runs.glob(f"{loaded.name}-*") if (path / MANIFEST).is_file()]
        names = ", ".join(map(str, sorted(earlier)))
        raise UserError(
            "this scenario, as it is now, has no finished run by this version of simlib",
            str(folder),
            "results are read from a run that has ended",
            f"run it first: {command(f'run {scenario}')}"
            + (f"; or name an earlier run of it: {names}" if earlier else ""),
        )
    return open_run(folder)
