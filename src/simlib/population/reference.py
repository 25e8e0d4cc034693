"""The reference sample: households on which everything national about money is solved once."""

from collections.abc import Sequence

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.fitting.members import MemberAges
from simlib.population.households.blocks import joined, plan_blocks
from simlib.population.households.expansion import Skeleton, expand
from simlib.population.money.maps import REFERENCE_N, REFERENCE_SEED, MoneyMaps, fit_money
from simlib.population.people.conditions import single_parents
from simlib.population.people.rates import AttributeRates
from simlib.population.people.status import give_status
from simlib.population.published.cells import Cells
from simlib.population.published.tables import Floats

_MONTH = 2025 * 12


def reference_people(weights: Floats, cells: Cells, ages: MemberAges) -> list[Skeleton]:
    """Make the households and persons of the reference sample, region by region.

    Parameters
    ----------
    weights, cells, ages
        The fitted table.
    """
    draws = Draws(REFERENCE_SEED)
    plan = plan_blocks(weights, cells, REFERENCE_N, draws)
    return [expand(plan.counts, cells, ages, draws, span) for span in plan.spans]


def reference_money(
    parts: Sequence[Skeleton], attributes: AttributeRates, parameters: Parameters
) -> MoneyMaps:
    """Fit the maps of money on the reference sample.

    Parameters
    ----------
    parts
        The reference sample, region by region.
    attributes
        Chances of work, disability, illness and internet use.
    parameters
        Dated parameters.
    """
    draws = Draws(REFERENCE_SEED)
    status = joined([give_status(part, _MONTH, attributes, parameters, draws) for part in parts])
    people = joined(parts)
    return fit_money(people, status, single_parents(people), parameters, draws)
