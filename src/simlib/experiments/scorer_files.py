"""The scorer that a scenario names by its file: read it, and refuse what it must not rank."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from simlib.errors import UserError, did_you_mean
from simlib.experiments.loading import DEFAULT, SEPARATOR, LoadedScenario
from simlib.months import format_month
from simlib.provenance import file_hash

if TYPE_CHECKING:
    from simlib.risk.scorers import RuleOfThumb, TrainedScorer


def given_scorer(loaded: LoadedScenario) -> "RuleOfThumb | TrainedScorer | None":
    """Read the scorer of the file that a scenario names, None when it names a model.

    In results it is called by the name of the file without its ending.

    Raises
    ------
    UserError
        If the file cannot be read (see :func:`simlib.risk.storage.load_scorer`), is called like
        a scorer of simlib's own, does not say what it learned and until when, or learned after
        the month from which it would rank; with the line of the scenario.
    """
    path = loaded.scorer_path()
    if path is None:
        return None
    from simlib.risk.storage import load_scorer

    with _at_its_line(loaded):
        scorer = load_scorer(path)
    where = f"{_origin(loaded)}: {path.name}"
    _check_name(path.stem, where)
    _check_learned(scorer, loaded, where)
    return replace(scorer, name=path.stem)


def given_name(loaded: LoadedScenario) -> str | None:
    """Give the name of the scorer of a file in results, None when there is none."""
    path = loaded.scorer_path()
    return None if path is None else path.stem


def file_hashes(loaded: LoadedScenario) -> list[str] | None:
    """Give name and hashes of the named scorer, None when a scenario names a model.

    Raises
    ------
    UserError
        If one of its two files is not there.
    """
    from simlib.risk.storage import about_path, check_both_there

    path = loaded.scorer_path()
    if path is None:
        return None
    with _at_its_line(loaded):
        check_both_there(path)
    return [path.stem, *map(file_hash, (path, about_path(path)))]


@contextmanager
def _at_its_line(loaded: LoadedScenario) -> Iterator[None]:
    """Name the line of the scenario in errors about the file."""
    try:
        yield
    except UserError as error:
        where = f"{_origin(loaded)}: {error.where}"
        raise UserError(error.what, where, error.why, error.mend) from None


def _origin(loaded: LoadedScenario) -> str:
    return loaded.origins.get(SEPARATOR.join(("scorer", "file")), DEFAULT)


def _check_name(name: str, where: str) -> None:
    from simlib.risk.baselines import BASELINES
    from simlib.risk.models import MODELS

    if name in (*BASELINES, *MODELS):
        raise UserError(
            f"'{name}' is the name of a ranking that stands beside it",
            where,
            "a scorer from a file is called like the file, and the two could not be told apart",
            "copy the file and its JSON under another name",
        )


def _check_learned(
    scorer: "RuleOfThumb | TrainedScorer", loaded: LoadedScenario, where: str
) -> None:
    """Refuse a scorer that knows, or may know, what happened after it begins to rank."""
    from simlib.risk.layers import LAYERS
    from simlib.risk.scorers import RuleOfThumb

    if isinstance(scorer, RuleOfThumb):
        return
    if not scorer.trained_until or not scorer.label:
        raise UserError(
            "the scorer does not say what it learned and until when",
            where,
            "nobody could tell whether it knows the months that it ranks",
            "fit it with the rows of a ScorerBench (rows.fit), or give TrainedScorer "
            "trained_until and label, and save it again",
        )
    if scorer.label not in LAYERS:
        raise UserError(
            f"the scorer learned '{scorer.label}', which simlib has no labels of",
            where,
            "its chances could not be compared with what came",
            did_you_mean(scorer.label, LAYERS),
        )
    until = loaded.scenario.train_until_month
    if scorer.trained_until > until:
        known, first = format_month(scorer.trained_until), format_month(until + 1)
        raise UserError(
            f"the scorer knows what happened until {known}, and would rank from {first}",
            where,
            "it would foresee what it has seen",
            f"write 'train_until: {known}' or a later month, or name a scorer trained earlier",
        )
