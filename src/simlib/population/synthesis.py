"""Make a synthetic population: fit, round, expand, then give status, money and traits."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import numba
import polars as pl

from simlib.beside import beside
from simlib.draws import Draws
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.furnishing import furnish
from simlib.population.households.blocks import Plan, plan_blocks
from simlib.population.households.expansion import Skeleton, Span, expand
from simlib.population.people.status import Status, give_status
from simlib.population.population import Population

HOUSEHOLDS_MIN = 1_000
HOUSEHOLDS_MAX = 50_000_000
YEARS = (2024, 2025, 2026)
"""Reference years for which the published tables can stand."""
_MANY = 20_000
"""Households of a block from which several threads are worth their start."""


def synthesize(
    households_n: int,
    year: int,
    seed: int,
    parameters: Parameters,
    table: FittedTable | None = None,
) -> Population:
    """Make a synthetic population.

    Parameters
    ----------
    households_n
        Number of households, 1,000 to 50 million; they stand for all general households.
    year
        Reference year; ages are completed years at its January.
    seed
        Seed; the same seed gives the same population on any machine and thread count.
    parameters
        Dated parameters.
    table
        A fitted table to use again; fitted when not given.

    Returns
    -------
    Population
        Households sorted by municipality, persons by household with the head first.

    Raises
    ------
    UserError
        If the number of households or the year is out of range, or controls cannot be met.
    """
    check_request(households_n, year, seed)
    fitted = table or fit_table(parameters)
    blocks = [block for _, block in make_blocks(households_n, year, seed, parameters, fitted)]
    return Population(
        pl.concat([block.households for block in blocks], rechunk=True),
        pl.concat([block.persons for block in blocks], rechunk=True),
        year * 12,
        seed,
    )


def make_blocks(
    households_n: int,
    year: int,
    seed: int,
    parameters: Parameters,
    table: FittedTable,
    only: Collection[str] | None = None,
) -> Iterator[tuple[str, Population]]:
    """Make a population region by region: each region's name, households and persons.

    A block is the same whichever others are made, and has the ids that it has in the whole;
    ``only`` names the regions to make (all by default).
    """
    month = year * 12
    draws = Draws(seed)
    plan = plan_blocks(table.result.weights, table.cells, households_n, draws, table.margins)
    for region, people in _skeletons(plan, table, draws, only):
        with _threads(people.households_n):
            frames = make_block(people, month, parameters, table, draws)
        yield region, Population(*frames, month, seed)


def _skeletons(
    plan: Plan, table: FittedTable, draws: Draws, only: Collection[str] | None
) -> Iterator[tuple[str, Skeleton]]:
    """Expand each wanted region while the one before it is furnished."""
    wanted = [
        (region, span)
        for region, span in zip(plan.regions, plan.spans, strict=True)
        if (only is None or region in only) and plan.counts[span.start : span.stop].any()
    ]

    def made(span: Span) -> Skeleton:
        return expand(plan.counts, table.cells, table.ages, draws, span)

    with beside() as pool:
        ahead = [pool.submit(made, span) for _, span in wanted[:1]]
        for i, (region, _) in enumerate(wanted):
            people = ahead.pop().result()
            ahead += [pool.submit(made, span) for _, span in wanted[i + 1 : i + 2]]
            yield region, people


@contextmanager
def _threads(households_n: int) -> Iterator[None]:
    """Use one thread for a small block: starting more takes longer than its work."""
    before = numba.get_num_threads()
    numba.set_num_threads(before if households_n >= _MANY else 1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def make_block(
    people: Skeleton,
    month: Month,
    parameters: Parameters,
    table: FittedTable,
    draws: Draws,
    given: Callable[[Status], Status] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the households and persons of one region status, money and traits.

    Parameters
    ----------
    people
        Households and persons.
    month
        Reference month; ages are completed years at it.
    parameters
        Dated parameters.
    table
        What was solved at the fit.
    draws
        Luck of this population.
    given
        Puts what is known of persons in the place of what was modelled, before money is given.

    Returns
    -------
    tuple of DataFrame
        Households and persons in the columns of the schema.
    """
    status = give_status(people, month, table.attributes, parameters, draws)
    known = given(status) if given else status
    return furnish(people, known, table.money, parameters, draws)


def check_request(households_n: int, year: int, seed: int) -> None:
    """Check the numbers that ask for a population.

    Raises
    ------
    UserError
        If one is out of range.
    """
    if not HOUSEHOLDS_MIN <= households_n <= HOUSEHOLDS_MAX:
        raise UserError(
            f"{households_n:,} households are asked for",
            "households",
            "fewer than 1,000 cannot represent 17 regions; more than 50 million do not exist",
            f"choose {HOUSEHOLDS_MIN:,} to {HOUSEHOLDS_MAX:,}",
        )
    if year not in YEARS:
        raise UserError(
            f"there are no tables for the year {year}",
            "year",
            "the published tables are of 2022 to 2025",
            f"choose {YEARS[0]} to {YEARS[-1]}",
        )
    if not 0 <= seed < 2**63:
        raise UserError(f"the seed {seed} is out of range", "seed", mend="choose 0 or more")
