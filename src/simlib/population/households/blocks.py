"""Divide a population into blocks, one for each region, that are made apart from each other."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.population.households.expansion import Span, household_sizes
from simlib.population.households.integerise import Margins, margins_of, whole_households
from simlib.population.published.cells import Cells
from simlib.population.published.tables import Floats, Ints, municipalities

ArraysT = TypeVar("ArraysT")


@dataclass(frozen=True)
class Plan:
    """Say how many households each cell holds and where each region's ids start.

    Parameters
    ----------
    counts
        Households in each cell, shape ``(cells,)``.
    regions
        Regions in the order of their blocks, which is that of municipality codes.
    spans
        Cells and first ids of each block.
    households_n, persons_n
        Size of the whole population.
    """

    counts: Ints
    regions: tuple[str, ...]
    spans: tuple[Span, ...]
    households_n: int
    persons_n: int

    def size_of(self, block: int) -> tuple[int, int]:
        """Count the households and persons of a block."""
        span = self.spans[block]
        if block + 1 == len(self.spans):
            end = (self.households_n, self.persons_n)
        else:
            after = self.spans[block + 1]
            end = (after.household_offset, after.person_offset)
        return end[0] - span.household_offset, end[1] - span.person_offset


def plan_blocks(
    weights: Floats,
    cells: Cells,
    households_n: int,
    draws: Draws,
    margins: Margins | None = None,
) -> Plan:
    """Round the fitted cells to whole households and number the blocks.

    Parameters
    ----------
    weights
        Fitted share of households in each cell, shape ``(cells,)``.
    cells
        The cells, each region's in one run.
    households_n
        Households to make.
    draws
        Luck of this population.
    margins
        What rounding keeps; what it keeps without any control by default.
    """
    kept = margins or margins_of(cells.frame)
    counts = whole_households(weights, kept, households_n, draws)
    persons = counts * household_sizes(cells)
    region = cells.frame["region"]
    names = block_regions()
    spans = []
    household, person = 0, 0
    for name in names:
        inside = np.flatnonzero((region == name).to_numpy())
        start, stop = int(inside[0]), int(inside[-1]) + 1
        if stop - start != inside.size:
            raise ValueError(f"the cells of {name} are not one run")
        spans.append(Span(start, stop, household, person))
        household += int(counts[start:stop].sum())
        person += int(persons[start:stop].sum())
    return Plan(counts, names, tuple(spans), household, person)


def block_regions() -> tuple[str, ...]:
    """List the regions in the order of their municipalities' codes."""
    first = municipalities().group_by("region").agg(pl.col("code").min()).sort("code")
    return tuple(first["region"])


def joined(parts: Sequence[ArraysT]) -> ArraysT:
    """Put blocks together again, in their order."""
    blocks: Sequence[Any] = parts
    held: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(blocks[0])
        if isinstance(getattr(parts[0], field.name), np.ndarray)
    }
    if "first" in held:
        sizes = np.concatenate([np.diff(part.first) for part in blocks])
        held["first"] = np.concatenate([[0], np.cumsum(sizes)])
        held["household"] = np.repeat(np.arange(sizes.size), sizes)
    return type(parts[0])(**held)
