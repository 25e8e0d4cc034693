"""How many services the households of a population meet, by the age of their head and place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.counts import ServiceCounter
from simlib.files import write_csv
from simlib.months import Month, parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.population.population import Population

AGE_BAND = 10
"""Years of a band of heads' ages."""
_KEYS = ("area_class", "head_age_from")


@dataclass(frozen=True)
class PopulationCounts:
    """Hold what a population meets.

    Parameters
    ----------
    by_service
        As :meth:`ServiceCounter.table`.
    by_group
        Columns area_class, head_age_from, households_n, and the mean number of services a
        household is entitled to (entitled_mean) and should ask about (checking_mean).
    """

    by_service: pl.DataFrame
    by_group: pl.DataFrame

    @property
    def households_n(self) -> int:
        """Give the number of households counted."""
        return int(self.by_group["households_n"].sum())

    @property
    def means(self) -> tuple[float, float]:
        """Give the mean services of a household: entitled, and to ask about."""
        weights = self.by_group["households_n"] / max(self.households_n, 1)
        entitled = (self.by_group["entitled_mean"] * weights).sum()
        return float(entitled), float((self.by_group["checking_mean"] * weights).sum())

    @property
    def certain_share(self) -> float:
        """Give the share of a household's services, met or to ask about, that are certain."""
        entitled, checking = self.means
        return entitled / max(entitled + checking, 1e-9)

    def save(self, directory: Path | str) -> None:
        """Write both tables as CSV.

        Raises
        ------
        UserError
            If the folder cannot be written to.
        """
        write_csv(self.by_service, Path(directory) / "by_service.csv")
        write_csv(self.by_group, Path(directory) / "by_group.csv")


def count_folder(
    services: Services, folder: Path | str, date: str | None = None
) -> PopulationCounts:
    """Count services over a population on disk, region by region.

    Parameters
    ----------
    services
        The services.
    folder
        Folder of the population.
    date
        Month like ``2025-03``; the population's own by default.
    """

    def blocks() -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        for part in Population.blocks(folder):
            yield part.households, part.persons

    if date is None:
        month = next(iter(Population.blocks(folder))).reference_month
    else:
        month = parse_month(date, "--date")
    made = count_population(services, blocks(), month, load_parameters())
    named = made.by_service.join(
        services.frame.select("service_id", "name_ko", "agency", "level", "decided"),
        on="service_id",
        maintain_order="left",
    )
    return PopulationCounts(named, made.by_group)


def count_population(
    services: Services,
    blocks: Iterable[tuple[pl.DataFrame, pl.DataFrame]],
    month: Month,
    parameters: Parameters,
) -> PopulationCounts:
    """Count services over the blocks of a population, by service and by group of households.

    Parameters
    ----------
    services
        The services.
    blocks
        Households with their persons; only one block is held at a time.
    month
        Month of the count.
    parameters
        Dated parameters.
    """
    counter = ServiceCounter(services, month, parameters)
    parts = []
    for households, persons in blocks:
        made = counter.add(households, persons)
        band = households["head_age"].cast(pl.Int64) // AGE_BAND * AGE_BAND
        frame = households.select(pl.col("area_class").cast(pl.String)).with_columns(
            head_age_from=band,
            entitled=made.entitled_n.astype(np.int64),
            checking=made.checking_n.astype(np.int64),
        )
        summed = frame.group_by(_KEYS).agg(pl.len().alias("households_n"), pl.exclude(_KEYS).sum())
        parts.append(summed)
    groups = pl.concat(parts).group_by(_KEYS).sum().sort(_KEYS)
    n = pl.col("households_n")
    return PopulationCounts(
        counter.table(),
        groups.select(
            *_KEYS,
            n,
            (pl.col("entitled") / n).alias("entitled_mean"),
            (pl.col("checking") / n).alias("checking_mean"),
        ),
    )
