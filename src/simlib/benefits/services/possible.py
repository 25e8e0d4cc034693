"""At which ages, and where, a programme's rule can hold at all.

A rule is evaluated with everything unknown but age and place: SQL's logic of three values says
*false* only where the rule fails whatever the unknown facts are. So the ages are those of the
rule itself, and no second list of ages has to be kept.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.expressions import Expression, literal, to_polars
from simlib.benefits.fact_names import known_facts
from simlib.benefits.programme import Programme, parameter_path
from simlib.errors import UserError
from simlib.parameters import Parameters

OLDEST = 110
Ages = NDArray[np.bool_]


def possible_ages(
    programme: Programme,
    catalogue: Catalogue,
    parameters: Parameters,
    place: dict[str, str] | None = None,
) -> Ages:
    """Say for each age whether a person of it may be entitled, by the latest parameters.

    Parameters
    ----------
    programme
        The programme; one of households has no ages, and all are possible.
    catalogue
        Holds the programmes that it follows.
    parameters
        Dated parameters with those of the programmes.
    place
        A municipality's row (code, region, region_class, area_class); anywhere without it.

    Returns
    -------
    ndarray
        True where the rule does not fail for certain, ``(OLDEST + 1,)``; all False where the
        place alone makes it fail.
    """
    ages = np.arange(OLDEST + 1)
    known: dict[str, pl.Series] = {}
    if programme.unit == "person":
        known["age"] = pl.Series("age", ages)
        known["age_months"] = pl.Series("age_months", 12 * ages)
    for name, key in _PLACE.items():
        if place is not None:
            known[name] = _constant(name, place[key], len(ages))
    held = _evaluate(programme, programme.entitled, parameters, known)
    if programme.follows:
        linked = _evaluate(programme, programme.while_following, parameters, known)
        others = [
            possible_ages(catalogue[each], catalogue, parameters, place)
            for each in programme.follows
            if each in catalogue.ids
        ]
        held |= linked & np.logical_or.reduce(others or [np.ones_like(held)])
    return held


_PLACE = {
    "municipality": "code",
    "region": "region",
    "region_class": "region_class",
    "area_class": "area_class",
}


def _constant(name: str, value: str, n: int) -> pl.Series:
    return pl.Series(name, [value] * n).cast(known_facts()[name].dtype)


def _evaluate(
    programme: Programme, rule: Expression, parameters: Parameters, known: dict[str, pl.Series]
) -> Ages:
    """Evaluate a rule by age; everything is possible when so much unknown cannot be read."""
    n = OLDEST + 1
    facts = {*rule.names, *(key for name in rule.names for key in programme.lookups.get(name, ()))}
    if rule.names and not facts & set(known):
        return np.ones(n, dtype=np.bool_)
    replaced, columns = {}, [pl.Series("anchor", np.zeros(n, dtype=np.int8))]
    for name in rule.names:
        value = _parameter(programme, parameters, name, known)
        if value is not None:
            replaced[name] = value
        else:
            columns.append(known.get(name, pl.Series(name, [None] * n, dtype=_dtype(name))))
    try:
        condition = to_polars(rule.sql(replaced), rule.where).cast(pl.Boolean)
        made = pl.DataFrame(columns).select(condition.alias("held"))["held"]
    except (pl.exceptions.PolarsError, UserError):
        return np.ones(n, dtype=np.bool_)
    return np.array(np.broadcast_to(made.fill_null(value=True).to_numpy(), n))


def _parameter(
    programme: Programme, parameters: Parameters, name: str, known: dict[str, pl.Series]
) -> str | None:
    """Give a parameter as SQL: a number, or a table's value at the place; None when unknown."""
    path = parameter_path(programme.id, name)
    if path not in parameters:
        return None
    value = parameters.value(path)
    keys = programme.lookups.get(name, ())
    if keys:
        if len(keys) > 1 or keys[0] not in _PLACE or keys[0] not in known:
            return None
        value = value.get(known[keys[0]][0], value.get("default"))
    return None if value is None or isinstance(value, dict) else literal(value, path)


def _dtype(name: str) -> pl.DataType:
    fact = known_facts().get(name)
    if fact is not None:
        return fact.dtype
    return pl.Float64() if name.startswith("amount_") or name.endswith("_krw_m") else pl.Boolean()
