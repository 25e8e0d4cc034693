"""Who is entitled to what, and to how much.

Two evaluators read the same rules and find the same to the last bit: polars expressions for
few households and for explanations, the compiled machine for many.
"""

import sys
from collections.abc import Collection
from typing import Literal

import polars as pl

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.evaluation import (
    Entitlements,
    Evaluation,
    bring_to_persons,
    chosen_ids,
    evaluate,
)
from simlib.months import Month
from simlib.parameters import Parameters

MANY_HOUSEHOLDS, SOME_HOUSEHOLDS = 20_000, 500
"""From how many households on the machine is used, and from how many once it is loaded."""
_MACHINE = "simlib.benefits.compiled.run"


def entitle(
    catalogue: Catalogue,
    households: pl.DataFrame,
    persons: pl.DataFrame,
    month: Month,
    parameters: Parameters,
    *,
    only: Collection[str] | None = None,
    evaluator: Literal["polars", "machine"] | None = None,
) -> Entitlements:
    """Compute the entitlements of any households in a month.

    Parameters
    ----------
    catalogue
        The programmes.
    households, persons
        Households in any order with all their persons; rows do not influence each other.
    month
        Month of the evaluation.
    parameters
        The parameters the catalogue was loaded with, or an override of them.
    only
        Programmes to compute, with whatever they rest on; all by default.
    evaluator
        Which evaluator to use; by default polars for few households and the machine for many.
        Where the machine has no steps for a rule, polars is used.

    Returns
    -------
    Entitlements
        Rights, amounts and persons, one row a household in the order given.

    Raises
    ------
    UserError
        If a column is missing, a programme is unknown, or a parameter has no value at the month.
    """
    for programme in only or ():
        catalogue.index(programme)
    if evaluator is None:
        enough = SOME_HOUSEHOLDS if _MACHINE in sys.modules else MANY_HOUSEHOLDS
        evaluator = "machine" if households.height >= enough else "polars"
    if evaluator == "machine":
        found = _by_machine(catalogue, households, persons, month, parameters, only)
        if found is not None:
            return found
    return evaluate(catalogue, households, persons, month, parameters, only).result


def _by_machine(
    catalogue: Catalogue,
    households: pl.DataFrame,
    persons: pl.DataFrame,
    month: Month,
    parameters: Parameters,
    only: Collection[str] | None,
) -> Entitlements | None:
    """Compute with the machine; None where it has no steps for something."""
    from simlib.benefits.compiled.graph import NotCompiledError
    from simlib.benefits.compiled.run import run

    try:
        found = run(catalogue, households, persons, month, parameters, only)
    except NotCompiledError:
        return None
    ids = chosen_ids(catalogue, only)
    return Entitlements(found.right.T, found.amount_krw_m.T, found.persons_n.T, ids)


__all__ = [
    "MANY_HOUSEHOLDS",
    "SOME_HOUSEHOLDS",
    "Entitlements",
    "Evaluation",
    "bring_to_persons",
    "entitle",
    "evaluate",
]
