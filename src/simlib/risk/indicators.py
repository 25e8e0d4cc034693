"""Crisis indicators: the list in force, and what an agency receives about each household."""

import csv
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code
from simlib.errors import SimlibError, UserError
from simlib.files import package_data
from simlib.months import Month, format_month, parse_month
from simlib.parameters import Parameters
from simlib.risk.reception import DRIVERS, GATES, receive

SPELLS = ("event", "spell", "lasting")
"""Classes of how long a household's luck with an indicator holds."""

_LUCK = tuple(f"risk.luck_{name}" for name in SPELLS)
_DECISIONS = (*_LUCK, "risk.missing", "risk.linkage", "risk.stranger")


@dataclass(frozen=True)
class Indicator:
    """Describe one crisis indicator as ``kr/indicators.csv`` has it.

    ``shares`` says which part of the indicator's cases comes from each driver, the first part
    from none of them.
    """

    no: int
    indicator_id: str
    name_ko: str
    name_en: str
    domain: str
    supplier_en: str
    list_size: int
    since: Month
    prevalence_pct: float
    gate: str
    spell: str
    link: str
    lag_months: int
    missing_prob: float
    direction: int
    shares: tuple[float, ...]


@dataclass(frozen=True)
class IndicatorList:
    """Hold the indicators in force; bit ``no - 1`` of a record is indicator ``no``."""

    count: int
    indicators: tuple[Indicator, ...]

    def __repr__(self) -> str:
        return f"IndicatorList({self.count} indicators)"

    @property
    def ids(self) -> tuple[str, ...]:
        """Give the keys of the indicators in force, in order of their number."""
        return tuple(each.indicator_id for each in self.indicators)

    @property
    def mask(self) -> np.uint64:
        """Give the bits of the indicators in force."""
        return np.uint64(sum(1 << (each.no - 1) for each in self.indicators))

    def bits_of(self, domain: str) -> np.uint64:
        """Give the bits of the indicators in force that belong to a domain."""
        return np.uint64(sum(1 << (e.no - 1) for e in self.indicators if e.domain == domain))


@dataclass(frozen=True)
class Latents:
    """Hold the true state of households, which no agency sees.

    Every array is (households,). ``buffer_months`` are liquid means in months of need, negative
    for debt; the four ``*_months`` counts are 0 outside the state; ``isolation`` is a standard
    normal trait; ``tenure`` is the code of own, jeonse, deposit_rent, monthly_rent, rent_free.

    Raises
    ------
    SimlibError
        If the arrays differ in length.
    """

    household_id: NDArray[np.uint32]
    buffer_months: NDArray[np.float32]
    arrears_months: NDArray[np.uint8]
    jobless_months: NDArray[np.uint8]
    ill_months: NDArray[np.uint8]
    crisis_months: NDArray[np.uint8]
    isolation: NDArray[np.float32]
    head_age: NDArray[np.uint8]
    size: NDArray[np.uint8]
    children_n: NDArray[np.uint8]
    tenure: NDArray[np.uint8]
    lives_alone: NDArray[np.bool_]
    single_parent: NDArray[np.bool_]
    severe_disability: NDArray[np.bool_]
    receives_livelihood: NDArray[np.bool_]
    address_mismatch: NDArray[np.bool_]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise SimlibError(f"latent arrays differ in length: {lengths}")


@cache
def all_indicators() -> tuple[Indicator, ...]:
    """Read every indicator, in order of its number.

    Raises
    ------
    SimlibError
        If numbers have gaps, or a gate or spell is unknown.
    """
    with package_data("kr", "indicators.csv").open(encoding="utf-8", newline="") as file:
        rows = tuple(_indicator(row) for row in csv.DictReader(file))
    if [each.no for each in rows] != list(range(1, len(rows) + 1)):
        raise SimlibError("kr/indicators.csv must number its indicators 1, 2, 3, ...")
    return rows


def _indicator(row: dict[str, str]) -> Indicator:
    shares = tuple(float(row[f"share_{name}"]) for name in DRIVERS[1:])
    if row["gate"] not in GATES or row["spell"] not in SPELLS or sum(shares) > 1 + 1e-9:
        raise SimlibError(f"kr/indicators.csv: gate, spell or shares of {row['indicator_id']}")
    return Indicator(
        no=int(row["no"]),
        indicator_id=row["indicator_id"],
        name_ko=row["name_ko"],
        name_en=row["name_en"],
        domain=row["domain"],
        supplier_en=row["supplier_en"],
        list_size=int(row["list_size"]),
        since=parse_month(row["since"], "kr/indicators.csv"),
        prevalence_pct=float(row["prevalence_pct"]),
        gate=row["gate"],
        spell=row["spell"],
        link=row["link"],
        lag_months=int(row["lag_months"]),
        missing_prob=float(row["missing_prob"]),
        direction=int(row["direction"]),
        shares=(max(0.0, 1.0 - sum(shares)), *shares),
    )


def list_sizes() -> tuple[int, ...]:
    """Give the sizes the list has had, smallest first."""
    return tuple(sorted({each.list_size for each in all_indicators()}))


def indicator_list(count: int) -> IndicatorList:
    """Give the list of the time when it had ``count`` indicators.

    Raises
    ------
    UserError
        If the list never had that size.
    """
    if count not in list_sizes():
        raise UserError(
            f"there was never a list of {count} indicators",
            "indicators",
            "the list grew in steps, and only those are known by name",
            f"choose one of {', '.join(str(size) for size in list_sizes())}",
        )
    return IndicatorList(count, tuple(e for e in all_indicators() if e.list_size <= count))


def indicators_in_force(month: Month) -> IndicatorList:
    """Give the list in force in a month.

    Raises
    ------
    UserError
        If the month lies before the first list known by name.
    """
    sizes = [each.list_size for each in all_indicators() if each.since <= month]
    if not sizes:
        first = min(each.since for each in all_indicators())
        raise UserError(
            f"the indicators in force in {format_month(month)} are not known by name",
            "indicators",
            f"the first complete list is of {format_month(first)}",
            "choose a later month, or the number of indicators",
        )
    return indicator_list(max(sizes))


def observe(
    latents: Latents,
    round_month: Month,
    indicators: IndicatorList,
    draws: Draws,
    parameters: Parameters,
) -> NDArray[np.uint64]:
    """Give the indicators that an agency receives about each household in a round.

    A supplier's file is late by some months, lacks some records, and what travels by address is
    sometimes a stranger's. Rows are independent of each other.

    Parameters
    ----------
    latents
        True states at the round.
    round_month
        Month of the round.
    indicators
        The list in force.
    draws
        Draws of the replicate.
    parameters
        Model parameters (``risk.*``).

    Returns
    -------
    ndarray
        (households,) unsigned; bit ``no - 1`` stands for indicator ``no``.
    """
    table, blocks = _table(indicators, parameters, round_month)
    shape = driver_shape(parameters, round_month)
    limits = np.array([parameters.number(path, round_month) for path in _LIMITS])
    codes = np.array([decision_code(name) for name in _DECISIONS], dtype=np.uint64)
    out = np.zeros(len(latents.household_id), dtype=np.uint64)
    receive(
        draws.key, codes, round_month, latents.household_id, *_states(latents), table, blocks,
        shape, limits, _most(latents, shape), out,
    )  # fmt: skip
    return out


def _most(latents: Latents, shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the largest value of each driver that any household has; liquidity before its power."""
    isolation = max(float(latents.isolation.max(initial=0.0)), 0.0)
    return np.array([1.0, shape[1], 1.0, 1.0, 1.0 + shape[3], isolation, 1.0])


_SHAPE = (
    "comfort_months",
    "liquidity_most",
    "arrears_full_months",
    "disability_weight",
    "liquidity_power",
)
_LIMITS = (
    "risk.largest_prob",
    "risk.linkage.wrong_if_mismatch_prob",
    "risk.linkage.wrong_otherwise_prob",
)


def driver_shape(parameters: Parameters, month: Month | None = None) -> NDArray[np.float64]:
    """Give the numbers by which latent states are read as drivers, in the kernel's order."""
    drivers = parameters.group("risk.drivers", month)
    return np.array([drivers[name] for name in _SHAPE])


def _states(latents: Latents) -> tuple[tuple[NDArray[Any], ...], ...]:
    groups = (
        ("buffer_months", "arrears_months", "jobless_months", "ill_months", "crisis_months"),
        ("head_age", "size", "children_n", "tenure"),
        ("severe_disability", "address_mismatch"),
    )
    first, second, third = (
        tuple(np.ascontiguousarray(getattr(latents, name)) for name in names) for names in groups
    )
    return (*first, np.ascontiguousarray(latents.isolation)), second, third


def _table(
    indicators: IndicatorList, parameters: Parameters, month: Month
) -> tuple[tuple[NDArray[Any], ...], NDArray[np.int64]]:
    """Lay the indicators out in the order of luck: by spell class, then by number."""
    every = [each for name in SPELLS for each in all_indicators() if each.spell == name]
    spells = parameters.group("risk.spell_months", month)
    gates = parameters.group("risk.gate_share", month)
    means = parameters.group("risk.driver_mean", month)
    scale = parameters.number("risk.scale", month) / 100.0
    per_mean = np.array([1.0, *(1.0 / means[name] for name in DRIVERS[1:])])
    national = np.array([scale * each.prevalence_pct for each in every])
    table = (
        np.array([each.no - 1 for each in every], dtype=np.int64),
        national / np.array([gates[each.gate] for each in every]),
        np.array([GATES.index(each.gate) for each in every], dtype=np.int64),
        np.array([each.shares for each in every]) * per_mean,
        np.array([each.lag_months for each in every], dtype=np.int64),
        np.array([each.missing_prob for each in every]),
        np.array([each.link == "address" for each in every]),
        np.array([each.list_size <= indicators.count for each in every]),
        national,
    )
    blocks: list[tuple[int, int, int, int]] = []
    for code, name in enumerate(SPELLS):
        places = [i for i, each in enumerate(every) if each.spell == name]
        blocks += [
            (code, int(spells[name]), first, min(first + 4, places[-1] + 1))
            for first in range(places[0], places[-1] + 1, 4)
        ]
    return table, np.array(blocks, dtype=np.int64)
