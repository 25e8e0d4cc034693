"""Which programmes a change of some facts can touch."""

from collections.abc import Collection

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.program import program_of
from simlib.benefits.fact_names import known_facts
from simlib.errors import UserError, did_you_mean
from simlib.months import Month
from simlib.parameters import Parameters


def touched_programmes(
    catalogue: Catalogue, changed_facts: Collection[str], month: Month, parameters: Parameters
) -> tuple[str, ...]:
    """Find the programmes whose rights or amounts can change when some facts change.

    A programme is touched if its results rest on one of the facts through whatever derived
    facts, recognized incomes, definitions and other programmes in the month. Members that come
    or go change ``size`` and every fact of persons.

    Parameters
    ----------
    catalogue, month, parameters
        As for :func:`~simlib.benefits.entitlement.entitle`.
    changed_facts
        Given or supplied facts by their names in ``kr/facts.csv``, or ``birth_month``.

    Returns
    -------
    tuple
        Programmes in the order of the catalogue, for ``only`` of ``entitle``.

    Raises
    ------
    UserError
        If a fact is unknown or is not a column of the population.
    """
    known = [name for name, fact in known_facts().items() if fact.kind != "derived"]
    for name in changed_facts:
        if name not in known and name != "birth_month":
            raise UserError(
                f"'{name}' is no fact that a population gives",
                "changed_facts",
                "what it touches cannot be told",
                did_you_mean(name, known),
            )
    program = program_of(catalogue, month, parameters)
    rest_on = catalogue.bound.setdefault("rest_on", {})
    if id(program) not in rest_on:
        rest_on[id(program)] = {each: program.columns_of(each) for each in program.ids}
    columns = rest_on[id(program)]
    changed = set(changed_facts)
    return tuple(each for each in program.ids if columns[each] & changed)
