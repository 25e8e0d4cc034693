"""Korean households of a trial: rights under the rules, and receipt of other benefits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.entitlement import entitle
from simlib.draws import Draws
from simlib.experiments.trials.households import Bools, Households, code_of, described
from simlib.experiments.trials.schema import PoolPopulation, Trial
from simlib.months import parse_month
from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.uptake.programmes import Programmes
from simlib.uptake.traits import draw_traits


@dataclass(frozen=True)
class _Rules:
    """Hold what the rules give a population: kinds of right and amounts, and the catalogue."""

    catalogue: Catalogue
    kind: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    receives: Bools


def korean_households(
    trial: Trial, parameters: Parameters, draws: Draws, beside: Path
) -> Households:
    """Give synthetic or loaded Korean households with their right to the trial's programme.

    Parameters
    ----------
    trial, parameters, draws
        As of :func:`~simlib.experiments.trials.households.households_of`.
    beside
        Folder of the trial file, in which a population's folder is looked up first.
    """
    like = trial.programme.like
    assert like is not None, "the schema asks for a programme"
    population = population_of_trial(trial.pool.population, parameters, beside)
    traits = draw_traits(population, parameters, draws)
    rules = _rules(trial, population, parameters, draws)
    column = rules.catalogue.index(like)
    right, meets = _has(rules, column), np.ones(traits.ids.size, np.bool_)
    for other in trial.pool.entitled_to:
        meets &= _has(rules, rules.catalogue.index(other))
    amount = rules.amount_krw_m[:, column].astype(np.float64)
    mean = float(amount[right].mean()) if right.any() else 1.0
    known = np.asarray(np.delete(rules.receives, column, axis=1).any(axis=1))
    benefit = np.log(np.maximum(amount, 1.0) / mean) * right
    frame = described(population.households, traits, benefit, known)
    members = population.persons.select("household_id", "age")
    return Households(traits, right, meets, amount, mean, known, frame, members, code_of(like))


def population_of_trial(
    choice: PoolPopulation | None, parameters: Parameters, beside: Path
) -> Population:
    """Make or load the Korean households of a trial.

    Parameters
    ----------
    choice
        What the file says; what it leaves out comes from the parameters.
    parameters
        Every number.
    beside
        Folder of the trial file, in which a population's folder is looked up first.
    """
    if choice is not None and choice.folder is not None:
        near = beside / choice.folder
        return Population.load(near if near.is_dir() else Path(choice.folder))
    from simlib.population import synthesize

    given = {} if choice is None else choice.model_dump(exclude_none=True)
    number = {
        name: int(given.get(name, parameters.number(f"trials.population.{name}")))
        for name in ("households", "year", "seed")
    }
    return synthesize(number["households"], number["year"], number["seed"], parameters)


def _rules(trial: Trial, population: Population, parameters: Parameters, draws: Draws) -> _Rules:
    catalogue = load_catalogue(parameters)
    start = parse_month(trial.start or str(parameters.value("trials.start")))
    given = entitle(catalogue, population.households, population.persons, start, parameters)
    programmes = Programmes.of(catalogue)
    target = np.array([0.0 if each.take_up is None else each.take_up.value
                       for each in catalogue.programmes])  # fmt: skip
    ids = population.households["household_id"].to_numpy().astype(np.int64)
    luck = draws.uniform("uptake.seed_receipt", ids[:, None], 0, programmes.code[None, :])
    receives = (given.right > 0) & (luck < target)
    return _Rules(catalogue, given.right, given.amount_krw_m, receives)


def _has(rules: _Rules, column: int) -> Bools:
    """Tell who is entitled, in its own right or by another benefit that it receives."""
    kind = rules.kind[:, column]
    right = kind == 1
    for other in rules.catalogue.programmes[column].follows:
        right = right | ((kind == 2) & rules.receives[:, rules.catalogue.index(other)])
    return np.asarray(right)


def ages(members: pl.DataFrame, ids: NDArray[np.int64], low: int, high: int) -> Bools:
    """Tell which households have a member of an age between two bounds, (households,)."""
    found = members.filter(pl.col("age").is_between(low, high))["household_id"].unique()
    return np.isin(ids, found.to_numpy())
