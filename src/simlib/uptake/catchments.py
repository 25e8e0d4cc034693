"""Whom an office serves: one municipality, or several where few households are simulated.

Queues depend on size: an office with minutes a month lets a claim wait for months, whatever
the country's offices do. Municipalities of a sample can therefore share an office.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from simlib.population.published.tables import place_of, region_of_place
from simlib.uptake.priorities import BY_ARRIVAL, Priority

Numbers = list[int]


@dataclass(frozen=True)
class Catchment:
    """Say whom an office serves, and by which rule.

    Attributes
    ----------
    municipalities
        Codes of its municipalities, which stand side by side.
    first, last
        First row of its households, and one past the last.
    rule
        Which claim it decides first.
    """

    municipalities: tuple[int, ...]
    first: int
    last: int
    rule: Priority = BY_ARRIVAL

    @property
    def households_n(self) -> int:
        """Give the number of its households."""
        return self.last - self.first


def catchments(
    municipalities: Sequence[int],
    bounds: Sequence[int],
    rules: Sequence[Priority],
    households_at_least: float,
) -> list[Catchment]:
    """Give each municipality an office, or share one among neighbours that have too few.

    Municipalities of one region come together first, then those of regions that are too small
    as a whole. Those that go by a rule of their own share with nobody who does not.

    Parameters
    ----------
    municipalities
        Codes in order of rows, (municipalities,).
    bounds
        First row of each, and the end of the last, (municipalities + 1,).
    rules
        Rule of each, (municipalities,).
    households_at_least
        Households that an office of its own takes.

    Returns
    -------
    list of Catchment
        In order of rows; together they hold every municipality once.
    """
    sizes = [last - first for first, last in pairwise(bounds)]
    regions = region_of_place()[place_of(municipalities)]
    found: list[Numbers] = []
    for _, same_rule in groupby(range(len(sizes)), key=lambda k: id(rules[k])):
        parts: list[Numbers] = []
        for _, region in groupby(same_rule, key=lambda k: regions[k]):
            parts += _together([[k] for k in region], sizes, households_at_least)
        found += _together(parts, sizes, households_at_least)
    return [
        Catchment(
            tuple(municipalities[k] for k in part),
            bounds[part[0]],
            bounds[part[-1] + 1],
            rules[part[0]],
        )
        for part in found
    ]


def _together(parts: list[Numbers], sizes: Sequence[int], at_least: float) -> list[Numbers]:
    """Join neighbours until each has enough; a rest joins those before it."""
    found: list[Numbers] = []
    for part in parts:
        if found and _are_few(found[-1], sizes, at_least):
            found[-1] += part
        else:
            found.append([*part])
    if len(found) > 1 and _are_few(found[-1], sizes, at_least):
        rest = found.pop()
        found[-1] += rest
    return found


def _are_few(part: Numbers, sizes: Sequence[int], at_least: float) -> bool:
    return sum(sizes[k] for k in part) < at_least
