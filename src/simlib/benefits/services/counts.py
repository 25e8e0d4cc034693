"""Who meets which service: counts by service and by household, block by block."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.places import all_municipalities
from simlib.benefits.services import kernel
from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.conditions import ANYONE
from simlib.benefits.services.population_words import (
    PopulationWords,
    population_words,
    view_population,
)
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters

CHUNK_HOUSEHOLDS = 16_384
"""Households of one municipality that one thread takes at a time."""
_BAR = "|"


@dataclass(frozen=True)
class HouseholdCounts:
    """Hold for each household of a block how many services it meets.

    Parameters
    ----------
    entitled_n
        Services whose codes it meets for certain, ``(households,)``.
    checking_n
        Services that it may meet and must ask about, ``(households,)``.
    """

    entitled_n: NDArray[np.uint16]
    checking_n: NDArray[np.uint16]


class ServiceCounter:
    """Count, block by block, the households and persons that meet each service.

    Parameters
    ----------
    services
        The services.
    month
        Month of the count.
    parameters
        Dated parameters, for the standard median income.
    """

    def __init__(self, services: Services, month: Month, parameters: Parameters) -> None:
        self.services = services
        self.month = month
        self.parameters = parameters
        self.households_n = 0
        self._rules = _rule_table(services.frame)
        self._lists = _lists_by_place(services.frame)
        self._counts = np.zeros((kernel.COUNT_ROWS, len(services)), dtype=np.int64)

    def add(self, households: pl.DataFrame, persons: pl.DataFrame) -> HouseholdCounts:
        """Count a block of households with all their persons.

        Raises
        ------
        UserError
            If a column is missing, a person has no household, or a municipality is unknown.
        """
        views = view_population(households, persons, self.month, self.parameters)
        return self.add_words(population_words(views))

    def add_words(self, words: PopulationWords) -> HouseholdCounts:
        """Count a block whose words are known already."""
        n = words.household.size
        sure_n, check_n = np.zeros(n, dtype=np.uint16), np.zeros(n, dtype=np.uint16)
        starts, stops, places = _chunks(words.municipality)
        lists = [self._lists.get(int(place)) for place in places]
        for place, services in zip(places, lists, strict=True):
            if services is None:
                raise _unknown_place(int(place))
        unique = {int(place): i for i, place in enumerate(np.unique(places))}
        chosen = [self._lists[place] for place in unique]
        lengths = np.array([len(each) for each in chosen], dtype=np.int64)
        list_first = np.concatenate([[0], np.cumsum(lengths)])
        chunk_list = np.array([unique[int(place)] for place in places], dtype=np.int64)
        counts_first = np.concatenate([[0], np.cumsum(lengths[chunk_list])])
        counts = np.zeros((kernel.COUNT_ROWS, counts_first[-1]), dtype=np.int64)
        members = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
        kernel.meet(
            words.household, words.person, words.age, words.first, starts, stops, chunk_list,
            list_first, members, self._rules, counts_first, counts, sure_n, check_n,
        )  # fmt: skip
        for chunk, place in enumerate(chunk_list):
            part = counts[:, counts_first[chunk] : counts_first[chunk + 1]]
            self._counts[:, chosen[place]] += part
        self.households_n += n
        return HouseholdCounts(sure_n, check_n)

    def table(self) -> pl.DataFrame:
        """Give the counts so far.

        Returns
        -------
        DataFrame
            One row a service in their order: service_id, households_n and persons_n that meet
            its codes, checking_households_n and checking_persons_n that must ask.
        """
        names = ("households_n", "persons_n", "checking_households_n", "checking_persons_n")
        columns = [pl.Series(name, row) for name, row in zip(names, self._counts, strict=True)]
        return self.services.frame.select("service_id").with_columns(columns)


def count_services(
    services: Services,
    blocks: Iterable[tuple[pl.DataFrame, pl.DataFrame]],
    month: Month,
    parameters: Parameters,
) -> pl.DataFrame:
    """Count the households and persons that meet each service, over blocks of a population.

    Returns
    -------
    DataFrame
        As :meth:`ServiceCounter.table`.
    """
    counter = ServiceCounter(services, month, parameters)
    for households, persons in blocks:
        counter.add(households, persons)
    return counter.table()


def _rule_table(frame: pl.DataFrame) -> NDArray[np.uint32]:
    anyone = pl.lit(ANYONE, pl.UInt32)
    rows = frame.select(
        pl.col("age_min").cast(pl.UInt32),
        pl.col("age_max").cast(pl.UInt32),
        "sex_mask",
        "person_mask",
        pl.when("person_open").then(anyone).otherwise("person_mask").alias("person_maybe"),
        "income_mask",
        "household_mask",
        pl.when("household_open").then(anyone).otherwise("household_mask").alias("household_maybe"),
    )
    return np.ascontiguousarray(rows.to_numpy().T.astype(np.uint32))


def _lists_by_place(frame: pl.DataFrame) -> dict[int, NDArray[np.int64]]:
    """List the services that residents of each municipality can meet: national ones first."""
    numbered = frame.with_row_index("row")
    national = numbered.filter(pl.col("level") == "national")["row"].to_numpy()
    regional: dict[str, list[int]] = {}
    local: dict[int, list[int]] = {}
    for row, level, region, place in numbered.select(
        "row", "level", "region", "municipality"
    ).iter_rows():
        if level == "region":
            for each in region.split(_BAR):
                regional.setdefault(each, []).append(row)
        elif level == "municipality":
            local.setdefault(place, []).append(row)
    lists = {}
    for each in all_municipalities():
        code = int(each["code"])
        own = [*regional.get(each["region"], []), *local.get(code, [])]
        lists[code] = np.concatenate([national, np.array(own, dtype=np.int64)]).astype(np.int64)
    return lists


def _chunks(
    municipality: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Cut households into stretches of one municipality and bounded length."""
    n = municipality.size
    if n == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), municipality
    edges = np.flatnonzero(np.diff(municipality)) + 1
    starts = np.union1d(np.concatenate([[0], edges]), np.arange(0, n, CHUNK_HOUSEHOLDS))
    stops = np.append(starts[1:], n)
    return starts.astype(np.int64), stops.astype(np.int64), municipality[starts]


def _unknown_place(place: int) -> UserError:
    return UserError(
        f"there is no municipality {place}",
        "households",
        "its local services are not known",
        "use the codes of kr/municipalities.csv",
    )
