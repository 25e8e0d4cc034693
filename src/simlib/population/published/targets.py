"""Published figures of incomes and wealth: which are controlled, and which are only compared."""

from dataclasses import dataclass

import polars as pl

from simlib.errors import SimlibError, did_you_mean
from simlib.parameters import Parameters
from simlib.population.published.tables import table

CONTROLLED, COMPARED = "money", "no"
"""What the column ``controlled`` says of figures that money is fitted to, and of those that only
serve comparison; ``table`` stands where ``controls.csv`` holds the same figure."""


@dataclass(frozen=True)
class Targets:
    """Hold the published figures that money is fitted to."""

    values: dict[str, float]
    parameters: Parameters

    def __getitem__(self, name: str) -> float:
        """Give one figure."""
        if name not in self.values:
            raise SimlibError(
                f"'{name}' is not controlled: {did_you_mean(name, self.values)} "
                "published_relations.csv lists what is"
            )
        return self.values[name]

    def number(self, name: str) -> float:
        """Give a parameter below ``population.money``."""
        return self.parameters.number(f"population.money.{name}")


def published(controlled: bool) -> pl.DataFrame:
    """List the published figures that money is fitted to, or those it is not.

    Returns
    -------
    DataFrame
        Columns relation, controlled, label, value, unit, year, source, evidence and note.
    """
    rows = table("published_relations")
    return rows.filter(pl.col("controlled") == (CONTROLLED if controlled else COMPARED))


def money_targets(parameters: Parameters) -> Targets:
    """Read the published figures that money is fitted to."""
    rows = published(controlled=True).select("relation", "value")
    return Targets({name: float(value) for name, value in rows.iter_rows()}, parameters)
