"""Measure a population against its controls and published figures, region by region."""

from dataclasses import dataclass, field

import polars as pl

from simlib.parameters import Parameters
from simlib.population.fitted import FittedTable
from simlib.population.fitting.proportional import FitStatus
from simlib.population.population import Population
from simlib.population.published.controls import ControlRow
from simlib.population.quality.fit_report import add_counts, compare_with, count_rows
from simlib.population.quality.relations import money_report, relations_report

MEASURED_MAX = 2_000_000
"""Households up to which medians, Gini indices and the like are measured on all of them."""
_MEASURED = 1_000_000


@dataclass(frozen=True)
class Yardstick:
    """Say what a population is measured against.

    Parameters
    ----------
    measured
        Controls with their targets: columns geography, category and share.
    gone
        Controls that gave way, by name, or by name and place.
    sentences
        What the datasheet says on how the fit ended.
    """

    measured: tuple[tuple[ControlRow, pl.DataFrame], ...]
    gone: tuple[str, ...]
    sentences: tuple[str, ...]


def yardstick(table: FittedTable) -> Yardstick:
    """Give the controls that a synthetic population was fitted to."""
    result, places = table.result, table.places.result
    gone = result.responsible if result.status is FitStatus.RELAXED else ()
    gave_way = f" These gave way to others of more importance: {', '.join(gone)}." if gone else ""
    return Yardstick(
        tuple(table.measured()),
        gone,
        (
            f"The fit of households and persons ended {result.status.value} after "
            f"{result.rounds} rounds.{gave_way} That of municipalities ended "
            f"{places.status.value}; persons of one sex and age band are within "
            f"{places.worst_error:.3%} of a municipality's persons before rounding.",
        ),
    )


@dataclass
class Measures:
    """Collect region by region what is needed to judge a population.

    Parameters
    ----------
    yardstick
        The controls.
    households_n
        Households in the whole population: from two million on, distributions are measured on
        every k-th household, about a million of them, so that the country need not be held.
    """

    yardstick: Yardstick
    households_n: int
    _counts: list[pl.DataFrame] = field(default_factory=list)
    _sizes: list[pl.DataFrame] = field(default_factory=list)
    _sample: list[Population] = field(default_factory=list)

    @property
    def every(self) -> int:
        """Give k, where every k-th household is measured."""
        return 1 if self.households_n <= MEASURED_MAX else self.households_n // _MEASURED

    @property
    def sizes(self) -> pl.DataFrame:
        """Count the households of each municipality: region, municipality, households_n."""
        return pl.concat(self._sizes)

    def add(self, block: Population) -> None:
        """Count a block and keep what is measured of it."""
        rows = [row for row, _ in self.yardstick.measured]
        self._counts.append(count_rows(block.households, block.persons, rows))
        self._sizes.append(
            block.households.group_by("region", "municipality", maintain_order=True)
            .agg(pl.len().alias("households_n"))
            .with_columns(pl.col("region").cast(pl.String))
        )
        self._sample.append(block if self.every == 1 else _every(block, self.every))

    def reports(self, parameters: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give the fit report, with controls of money, and the relations not controlled."""
        counted = compare_with(
            add_counts(self._counts), self.yardstick.measured, self.yardstick.gone
        )
        sample = joined(self._sample)
        fit = pl.concat([counted, money_report(sample, parameters)])
        return fit, relations_report(sample, parameters)


def _every(block: Population, k: int) -> Population:
    chosen = pl.col("household_id") % k == 0
    return Population(
        block.households.filter(chosen),
        block.persons.filter(chosen),
        block.reference_month,
        block.seed,
    )


def joined(blocks: list[Population]) -> Population:
    """Put blocks of a population together, in their order."""
    if len(blocks) == 1:
        return blocks[0]
    return Population(
        pl.concat([block.households for block in blocks], rechunk=True),
        pl.concat([block.persons for block in blocks], rechunk=True),
        blocks[0].reference_month,
        blocks[0].seed,
    )
