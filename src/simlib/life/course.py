"""The course of households' lives: what happened to them, and what rules ask about them then."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import entitle
from simlib.draws import Draws
from simlib.life.changes import HomeState, MonthChanges
from simlib.life.events import Happenings, LifeEvents
from simlib.life.homes import CHILD_UNDER_YEARS, Homes
from simlib.life.moves import Mobility, place_codes
from simlib.life.people import NOT, UNEMPLOYED, People
from simlib.months import Month, month_of_year
from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.rights import Rights

SIZES_N = 7
"""Household sizes with a standard median income of their own."""
_ASSETS = ("deposit_krw", "housing_krw", "general_krw", "financial_krw", "vehicle_krw", "debt_krw")


@dataclass(frozen=True)
class Circumstances:
    """Hold what rules ask about some households in a month.

    Attributes
    ----------
    households, persons
        Frames with the columns of the population and the supplied facts.
    home
        Place of each person's household among the households, (persons,).
    jobless_since, ill_since
        Step in which a member lost the job or fell ill, (households,).
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    home: NDArray[np.int64]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]


class LifeCourse:
    """Follow households through events and tell their situation when asked."""

    def __init__(
        self, population: Population, catalogue: Catalogue, parameters: Parameters, draws: Draws
    ) -> None:
        self.households = population.households
        self.reference_month = population.reference_month
        self.catalogue = catalogue
        self.parameters = parameters
        ids = self.households["household_id"].to_numpy().astype(np.int64)
        self.people = People.of(population.persons, ids)
        self.homes = Homes.of(self.households, self.people)
        mobility = Mobility(self.homes, self.households, parameters, draws)
        self.events = LifeEvents(self.people, self.homes, mobility, parameters, draws)

    def season_changes(self, month: Month) -> bool:
        """Tell whether some amounts change with this month's season; rights change in January."""
        return month_of_year(month) in _season_months(self.catalogue, self.parameters, month)

    def situation(self, rows: NDArray[np.int64], month: Month, step: int) -> MonthChanges:
        """Work out incomes, members and rights of some households after a month's events."""
        lives = self.homes.size[rows] > 0
        now = self.circumstances(rows[lives], month, step)
        rights = entitle(self.catalogue, now.households, now.persons, month, self.parameters)
        young = (month - now.persons["birth_month"].to_numpy()) // 12 < CHILD_UNDER_YEARS
        children_n = np.bincount(now.home[young], minlength=int(lives.sum()))
        return MonthChanges(
            rows=rows,
            rights=Rights.of(_spread(rights.right, lives), _spread(rights.amount_krw_m, lives)),
            income_krw_m=_spread(now.households["income_krw_m"].to_numpy(), lives, np.float32),
            jobless_since=_spread(now.jobless_since, lives, otherwise=NOT),
            ill_since=_spread(now.ill_since, lives, otherwise=NOT),
            size=self.homes.size[rows],
            children_n=_spread(children_n, lives, np.uint8),
        )

    def home_state(self, happened: Happenings, step: int) -> HomeState:
        """Tell how the households stand that changed their members, home or address."""
        rows = np.union1d(happened.regrouped, np.union1d(happened.moves, happened.readdressed))
        return HomeState.of(self.homes, rows, step)

    def circumstances(self, rows: NDArray[np.int64], month: Month, step: int) -> "Circumstances":
        """Work out what rules ask about some households and their members after the events."""
        people = self.people
        members, home = self.homes.members(people, rows)
        growth = self._income_growth(month)
        persons = self._persons(members, step, growth)
        jobless = _latest(people.jobless_since[members], home, rows.size)
        ill = _latest(people.ill_since[members], home, rows.size)
        earnings = persons["earnings_krw_m"].to_numpy()
        pensions = persons["pension_krw_m"].to_numpy()
        fixed = self._households(rows)
        other = fixed["other_income_krw_m"].to_numpy() * growth
        households = fixed.with_columns(
            pl.Series("size", self.homes.size[rows]),
            pl.Series("earnings_krw_m", _sum(earnings, home, rows.size)),
            pl.Series("pension_krw_m", _sum(pensions, home, rows.size)),
            pl.Series("other_income_krw_m", other.astype(np.int64)),
            pl.Series("in_crisis", self._in_crisis(rows, jobless, ill, step)),
        )
        households = households.with_columns(
            income_krw_m=pl.sum_horizontal("earnings_krw_m", "pension_krw_m", "other_income_krw_m")
        )
        return Circumstances(households, persons, home, jobless, ill)

    def _in_crisis(
        self, rows: NDArray[np.int64], jobless: NDArray[np.int32], ill: NDArray[np.int32], step: int
    ) -> NDArray[np.bool_]:
        """Tell who lost a job, the health, a member or a partner not long ago."""
        recent = self._recent(jobless, step) | self._recent(ill, step)
        return recent | self._recent(self.homes.bereft_since[rows], step)

    def _recent(self, since: NDArray[np.int32], step: int) -> NDArray[np.bool_]:
        """Tell whose event is recent enough to count as a crisis event of the law."""
        limit = self.parameters.number("life.event_recent_months")
        return np.asarray((since != NOT) & (step - since < limit))

    def _income_growth(self, month: Month) -> float:
        """Give the growth of incomes since the population's reference month.

        Incomes are taken to grow with the standard median income, so that nobody becomes
        entitled merely because thresholds rise.
        """
        now = median_incomes(self.parameters, month)
        return float(now[0] / median_incomes(self.parameters, self.reference_month)[0])

    def _households(self, rows: NDArray[np.int64]) -> pl.DataFrame:
        """Give the households of the start with what has changed since in who leads and where."""
        homes, frame = self.homes, self.households[rows]
        if not homes.changed[rows].any():
            return frame
        place = place_codes(homes.municipality[rows])
        share = homes.assets_share[rows].astype(np.float64)
        return frame.with_columns(
            pl.Series("municipality", homes.municipality[rows]),
            *(
                _named(name, place[name], frame)
                for name in ("region", "region_class", "area_class")
            ),
            _named("household_type", homes.kind[rows], frame),
            pl.Series("head_age", homes.head_age[rows]),
            pl.Series("lives_alone", homes.size[rows] == 1),
            pl.Series("single_parent", homes.single_parent[rows]),
            *(
                pl.Series(name, (frame[name].to_numpy() * share).astype(np.int64))
                for name in _ASSETS
            ),
        )

    def _persons(self, members: NDArray[np.int64], step: int, growth: float) -> pl.DataFrame:
        people = self.people
        jobless = people.jobless_since[members] != NOT
        ill = people.ill_since[members] != NOT
        kept = self.parameters.number("life.illness_earnings_share")
        earnings = people.earnings_krw_m[members] * growth * np.where(ill, kept, 1.0) * ~jobless
        months_out = np.where(jobless, step - people.jobless_since[members] + 1, 0)
        last_wage = people.earnings_krw_m[members] * growth * jobless
        frame = people.frame[members]
        return frame.with_columns(
            pl.when(pl.Series(jobless))
            .then(pl.lit(UNEMPLOYED, frame.schema["work"]))
            .otherwise("work")
            .alias("work"),
            pl.Series("earnings_krw_m", earnings.astype(np.int64)),
            _named("relation", people.relation[members], frame),
            pl.Series("pension_krw_m", (people.pension_krw_m[members] * growth).astype(np.int64)),
            pl.Series("occupational_pension", people.occupational[members]),
            pl.Series("pregnant", people.due[members] != NOT),
            pl.Series("jobless_months", months_out.astype(np.int64)),
            pl.Series("last_wage_krw_m", last_wage.astype(np.int64)),
            pl.Series("serious_illness", ill),
        )


def _season_months(catalogue: Catalogue, parameters: Parameters, month: Month) -> set[int]:
    """Collect the first month, and the month after the last, of every programme's season."""
    changes: set[int] = set()
    for programme in catalogue.programmes:
        path = f"programmes.{programme.id}"
        if not programme.in_force(month) or f"{path}.first_month" not in parameters:
            continue
        changes.add(int(parameters.number(f"{path}.first_month", month)))
        changes.add(int(parameters.number(f"{path}.last_month", month)) % 12 + 1)
    return changes


def _named(name: str, codes: NDArray[Any], frame: pl.DataFrame) -> pl.Series:
    """Write codes as the words of a frame's column."""
    kind = frame.schema[name]
    words: list[str] = pl.Enum(kind.categories).categories.to_list()  # type: ignore[attr-defined]
    return pl.Series(name, words, dtype=kind).gather(codes.astype(np.int64))


def _spread(
    values: NDArray[Any], lives: NDArray[np.bool_], kind: Any = None, otherwise: int = 0
) -> NDArray[Any]:
    """Give values of living households a place among all, the ended ones with nothing."""
    kind = kind or values.dtype
    if lives.all():
        return values.astype(kind, copy=False)
    out = np.full((lives.size, *values.shape[1:]), otherwise, kind)
    out[lives] = values
    return out


def _latest(since: NDArray[np.int32], home: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """Give each household the latest of its members' steps."""
    latest = np.full(n, NOT, np.int32)
    np.maximum.at(latest, home, since)
    return latest


def _sum(values: NDArray[np.int64], home: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.bincount(home, weights=values, minlength=n).astype(np.int64)


def median_incomes(parameters: Parameters, month: Month) -> NDArray[np.float64]:
    """Give the standard median income by household size 1 to 7 in a month, won a month, (7,)."""
    table = parameters.value("national.median_income_krw_m", month)
    return np.asarray([float(table[size]) for size in sorted(table)][:SIZES_N], dtype=np.float64)
