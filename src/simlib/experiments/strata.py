"""The groups of a run's households, and how poor they are."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.experiments.people import PART
from simlib.experiments.run import Run
from simlib.groups import AGE_GROUPS, SKILL_GROUPS, Groups, make_groups
from simlib.parameters import Parameters, load_parameters
from simlib.population.population import Population

QUINTILES = ("poorest", "second", "third", "fourth", "richest")
"""Fifths of the households by income per square root of members."""
STRATA = ("need_quintile", "age_group", "household_type", "region_class", "digital_skill")
"""Strata by which gains and losses are counted."""
ORDER: dict[str, tuple[str, ...]] = {
    "need_quintile": QUINTILES,
    "age_group": AGE_GROUPS,
    "digital_skill": SKILL_GROUPS,
}
"""Groups as a reader expects them, where their names do not sort so."""
_LIMITS = ("uptake.traits.skill_low_below", "uptake.traits.skill_high_from")


def household_strata(run: Run) -> pl.DataFrame | None:
    """Give every household of a run its group in each of :data:`STRATA`.

    Returns
    -------
    DataFrame
        household_id and a column a stratum, in the order of the population; None when the run
        folder holds no population.
    """
    folder = run.folder / PART
    if not folder.is_dir():
        return None
    households = Population.load(folder).households
    groups = make_groups(households, _parameters(run))
    columns = {name: _labels(groups, name) for name in STRATA[1:]}
    return households.select(
        pl.col("household_id").cast(pl.UInt32), _quintile(households).alias(STRATA[0]), **columns
    )


def in_order(stratum: str, groups: Iterable[str]) -> list[str]:
    """Sort groups of a stratum as a reader expects them: young to old, poor to rich."""
    known = ORDER.get(stratum, ())
    return sorted(
        set(groups), key=lambda each: (known.index(each) if each in known else len(known), each)
    )


def _labels(groups: Groups, stratum: str) -> pl.Series:
    """Give each household's group in a stratum; as numbers with names, for millions of them."""
    strata = list(dict.fromkeys(name for name, _ in groups.names))
    names = [group for name, group in groups.names if name == stratum]
    first = groups.names.index((stratum, names[0]))
    return _named(groups.codes[strata.index(stratum)].astype(np.uint32) - first, names)


def _named(codes: NDArray[np.integer[Any]], names: Sequence[str]) -> pl.Series:
    return pl.Series(names, dtype=pl.Enum(list(names))).gather(codes.astype(np.uint32))


def _quintile(households: pl.DataFrame) -> pl.Series:
    """Sort households into fifths by income per square root of members; equals by their id."""
    income = households["income_krw_m"].to_numpy() / np.sqrt(households["size"].to_numpy())
    place = np.empty(income.size, np.int64)
    place[np.argsort(income, kind="stable")] = np.arange(income.size)
    fifth = place * len(QUINTILES) // max(income.size, 1)
    return _named(fifth, QUINTILES)


def _parameters(run: Run) -> Parameters:
    """Give the parameters with the limits of the skill groups that the run read."""
    read = run.parameters_read
    limits = {
        path: float(read.filter(pl.col("path") == path)["value"][0])
        for path in _LIMITS
        if path in read["path"]
    }
    return load_parameters().override(limits, "run")
