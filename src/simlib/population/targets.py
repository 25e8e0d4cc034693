"""Published figures of incomes and wealth: which are controlled, and which are only compared."""

from dataclasses import dataclass

import polars as pl

from simlib.errors import SimlibError, did_you_mean
from simlib.parameters import Parameters
from simlib.population.tables import table

CONTROLLED = "money"
"""Figures that the money of households is fitted to say this in the column ``controlled``."""


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
    fitted = pl.col("controlled") == CONTROLLED
    return rows.filter(fitted if controlled else ~fitted)


def money_targets(parameters: Parameters) -> Targets:
    """Read the published figures that money is fitted to."""
    rows = published(controlled=True).select("relation", "value")
    return Targets({name: float(value) for name, value in rows.iter_rows()}, parameters)
