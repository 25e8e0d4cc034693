"""Facts of households and persons that the rules of programmes name."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits import recognized as rec
from simlib.benefits.fact_names import RENAMED, facts_of, known_facts
from simlib.errors import UserError
from simlib.months import Month, month_of_year
from simlib.parameters import Parameters

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Facts:
    """Hold the facts of a month.

    Parameters
    ----------
    households, persons
        One row each, in the order they were given.
    rows
        Position of each person's household, ``(persons,)``.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    rows: Rows


def household_facts(
    households: pl.DataFrame, persons: pl.DataFrame, month: Month, parameters: Parameters
) -> Facts:
    """Compute every fact of a month that rules may name.

    Parameters
    ----------
    households, persons
        Any households of a population with all their persons; supplied facts
        (``in_crisis``, ``jobless_months`` ...) may be added as columns.
    month
        Month of the evaluation; ages move with it.
    parameters
        Dated parameters.

    Returns
    -------
    Facts
        Frames with the columns of ``kr/facts.csv``.

    Raises
    ------
    UserError
        If a column is missing, a person has no household, or the month lies before the
        first value of a standard.
    """
    rows = household_rows(households, persons)
    people = _Persons(persons, rows, households.height, month)
    house = _household_frame(households)
    counted = _count_members(people)
    assets = _assets(house, parameters, month)
    money = _livelihood(house, people, assets, parameters, month)
    family = _family(house, people, counted, parameters, month)
    derived = {
        "calendar_month": np.full(house.height, month_of_year(month), dtype=np.int64),
        **counted,
        **assets,
        **money,
        **family,
    }
    wanted = [name for name, fact in facts_of("household").items() if fact.kind == "derived"]
    frame = house.with_columns([pl.Series(name, derived[name]) for name in wanted])
    return Facts(frame, _person_frame(persons, people, house, parameters, month), rows)


def household_rows(households: pl.DataFrame, persons: pl.DataFrame) -> Rows:
    """Find the position of each person's household, ``(persons,)``.

    Raises
    ------
    UserError
        If a person names a household that is not there, or an id appears twice.
    """
    ids = households["household_id"].to_numpy().astype(np.int64)
    named = persons["household_id"].to_numpy().astype(np.int64)
    if len(ids) == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.arange(len(ids)) if bool(np.all(ids[1:] > ids[:-1])) else np.argsort(ids)
    ranked = ids[order]
    if bool(np.any(ranked[1:] == ranked[:-1])):
        twice = int(ranked[1:][ranked[1:] == ranked[:-1]][0])
        raise UserError(f"household {twice} appears twice", "households", mend="remove one")
    if int(ranked[-1]) - int(ranked[0]) + 1 == len(ids):
        place = np.clip(named - ranked[0], 0, len(ids) - 1)
    else:
        place = np.minimum(np.searchsorted(ranked, named), len(ids) - 1)
    wrong = ranked[place] != named
    if bool(wrong.any()):
        lost = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"person in row {lost} belongs to household {int(named[lost])}, which is not there",
            "persons",
            "incomes and members could not be added up",
            "give every person's household, or leave the person out",
        )
    found: Rows = order[place]
    return found


class _Persons:
    """Hold the persons as arrays, with partners and per-household sums."""

    def __init__(self, frame: pl.DataFrame, rows: Rows, households_n: int, month: Month) -> None:
        self.rows = rows
        self.households_n = households_n
        self.birth_month = frame["birth_month"].to_numpy().astype(np.int64)
        self.age_months = month - self.birth_month
        self.age = self.age_months // 12
        self.earnings = frame["earnings_krw_m"].to_numpy().astype(np.float64)
        self.pension = frame["pension_krw_m"].to_numpy().astype(np.float64)
        self._codes = {
            name: _codes(frame, name) for name in ("relation", "sex", "disability", "work")
        }
        self.student = _codes(frame, "student")
        self.pregnant = frame["pregnant"].to_numpy()
        self.chronic = frame["chronic_illness"].to_numpy()
        self.occupational = frame["occupational_pension"].to_numpy()
        self.head = self.has("relation", "head")
        self.spouse = self.has("relation", "spouse")
        self.couple_member = self.head | self.spouse
        self.partner = self._partners()

    def has(self, column: str, value: str) -> Flags:
        """Mark persons with a value of a text column."""
        dtype = known_facts()[column].dtype
        assert isinstance(dtype, pl.Enum)
        code = dtype.categories.to_list().index(value)
        flags: Flags = self._codes[column] == code
        return flags

    def codes(self, column: str) -> NDArray[np.int64]:
        """Give the category numbers of a text column."""
        return self._codes[column]

    def count(self, flags: Flags) -> NDArray[np.int64]:
        """Count the marked persons of each household."""
        return np.bincount(self.rows[flags], minlength=self.households_n).astype(np.int64)

    def total(self, amounts: Numbers, flags: Flags | None = None) -> Numbers:
        """Add up an amount over (the marked) persons of each household."""
        if flags is not None:
            return np.bincount(self.rows[flags], amounts[flags], self.households_n)
        return np.bincount(self.rows, amounts, self.households_n)

    def with_partner(self, amounts: Numbers) -> Numbers:
        """Add the partner's amount to each person's own."""
        own: Numbers = amounts + np.where(self.partner >= 0, amounts[self.partner], 0.0)
        return own

    def _partners(self) -> Rows:
        partner = np.full(len(self.rows), -1, dtype=np.int64)
        first = np.full(self.households_n, -1, dtype=np.int64)
        second = first.copy()
        first[self.rows[self.head]] = np.flatnonzero(self.head)
        second[self.rows[self.spouse]] = np.flatnonzero(self.spouse)
        both = (first >= 0) & (second >= 0)
        _pair(partner, first[both], second[both])
        parents = np.flatnonzero(self.has("relation", "parent"))
        parents = parents[np.argsort(self.rows[parents], kind="stable")]
        two = self.count(self.has("relation", "parent"))[self.rows[parents]] == 2
        pairs = parents[two].reshape(-1, 2)
        sex = self._codes["sex"]
        pairs = pairs[sex[pairs[:, 0]] != sex[pairs[:, 1]]]
        _pair(partner, pairs[:, 0], pairs[:, 1])
        return partner


def _pair(partner: Rows, first: Rows, second: Rows) -> None:
    partner[first] = second
    partner[second] = first


def _codes(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    dtype = known_facts()[name].dtype
    column = frame[name]
    if column.dtype != dtype:
        column = column.cast(pl.String).cast(dtype)
    return column.to_physical().to_numpy().astype(np.int64)


def _require(frame: pl.DataFrame, names: list[str], what: str) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise UserError(
            f"{what} lack the columns {', '.join(missing)}",
            what,
            "entitlement cannot be computed without them",
            "use frames of a simlib population",
        )


def _household_frame(households: pl.DataFrame) -> pl.DataFrame:
    """Take the given and supplied facts from the population's columns."""
    back = {new: old for old, new in RENAMED.items()}
    facts = facts_of("household")
    given = [fact for fact in facts.values() if fact.kind == "given"]
    _require(households, [back.get(fact.name, fact.name) for fact in given], "households")
    columns = [
        pl.col(back.get(fact.name, fact.name)).cast(fact.dtype).alias(fact.name) for fact in given
    ]
    return households.select(columns + _supplied(households, "household"))


def _supplied(frame: pl.DataFrame, level: str) -> list[pl.Expr]:
    expressions = []
    for fact in known_facts().values():
        if fact.kind == "supplied" and fact.level == level:
            there = fact.name in frame.columns
            source = pl.col(fact.name).fill_null(fact.default) if there else pl.lit(fact.default)
            expressions.append(source.cast(fact.dtype).alias(fact.name))
    return expressions


def _count_members(people: _Persons) -> dict[str, NDArray[np.int64]]:
    age, months = people.age, people.age_months
    disabled = ~people.has("disability", "none")
    severe = people.has("disability", "severe")
    minor = age < 18
    dependent = ~people.couple_member
    studying = people.student > 0
    return {
        "children_n": people.count(minor & dependent),
        "children12_n": people.count((age <= 12) & dependent),
        "young_children_n": people.count((age <= 7) & dependent),
        "infants_n": people.count(months < 36),
        "young_adults_n": people.count((age >= 19) & (age <= 34)),
        "older_n": people.count(age >= 65),
        "older70_n": people.count(age >= 70),
        "disabled_n": people.count(disabled),
        "severe_n": people.count(severe),
        "chronic_n": people.count(people.chronic),
        "pregnant_n": people.count(people.pregnant),
        "work_capable_n": people.count((age >= 18) & (age < 65) & ~severe & ~studying),
    }


def _money(house: pl.DataFrame, name: str) -> Numbers:
    return house[name].to_numpy()


def _by_category(house: pl.DataFrame, column: str, table: dict[str, float]) -> Numbers:
    dtype = house.schema[column]
    assert isinstance(dtype, pl.Enum)
    values = np.array([table[name] for name in dtype.categories], dtype=np.float64)
    return values[house[column].to_physical().to_numpy()]


def _assets(house: pl.DataFrame, parameters: Parameters, month: Month) -> dict[str, Numbers]:
    property_krw = sum(
        (_money(house, f"{name}_krw") for name in ("general", "vehicle")),
        start=_money(house, "housing_krw"),
    )
    total = property_krw + _money(house, "financial_krw")
    share_y = parameters.number("national.deposit_rent_share_y", month)
    rent = _money(house, "rent_krw_m") + _money(house, "deposit_krw") * share_y / 12
    classes = parameters.value("national.rent_class", month)
    return {
        "total_assets_krw": total,
        "net_assets_krw": total - _money(house, "debt_krw"),
        "net_property_krw": property_krw - _money(house, "debt_krw"),
        "rent_equivalent_krw_m": np.floor(rent),
        "rent_class": _by_category(house, "region", classes).astype(np.int64),
    }


def _livelihood(
    house: pl.DataFrame,
    people: _Persons,
    assets: dict[str, Numbers],
    parameters: Parameters,
    month: Month,
) -> dict[str, Numbers]:
    """Compute recognized income of basic livelihood before counted pensions."""
    size = house["size"].to_numpy()
    share = parameters.number("national.earned_deduction_share", month)
    flat = rec.flat_work_deduction(people.age, ~people.has("disability", "none"), parameters, month)
    earned = people.total(rec.earned_after_deduction(people.earnings, flat, share))
    assessed = np.maximum(
        0.0, earned + _money(house, "household_pension_krw_m") + _money(house, "other_income_krw_m")
    )
    converted = _livelihood_assets(house, parameters, month)
    origin = parameters.number("national.origin_household_size", month)
    return {
        "median_income_krw_m": rec.median_income(size, parameters, month),
        "origin_median_income_krw_m": rec.median_income(
            np.full(len(size), int(origin)), parameters, month
        ),
        "assessed_income_krw_m": np.floor(assessed),
        "asset_income_krw_m": np.floor(converted),
        "recognized_base_krw_m": np.floor(assessed) + np.floor(converted),
    }


def _livelihood_assets(house: pl.DataFrame, parameters: Parameters, month: Month) -> Numbers:
    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    def regional(name: str) -> Numbers:
        return _by_category(house, "region_class", parameters.value(f"national.{name}", month))

    deposit = _money(house, "deposit_krw")
    residential, excess = rec.residential_and_excess(
        _money(house, "housing_krw"),
        deposit,
        number("deposit_counted_share"),
        regional("residential_cap_krw"),
    )
    small, large = rec.split_vehicles(
        _money(house, "vehicle_krw"), number("vehicle_as_general_below_krw")
    )
    general = np.maximum(0.0, _money(house, "general_krw") - deposit) + excess + small
    financial = np.maximum(0.0, _money(house, "financial_krw") - number("living_reserve_krw"))
    deducted = regional("basic_asset_deduction_krw") + _money(house, "debt_krw")
    rates = rec.livelihood_rates(parameters, month)
    return rec.livelihood_asset_income(residential, general, financial, large, deducted, rates)


def _family(
    house: pl.DataFrame,
    people: _Persons,
    counted: dict[str, NDArray[np.int64]],
    parameters: Parameters,
    month: Month,
) -> dict[str, NDArray[np.generic]]:
    """Compute who earns and which kind of family the tax credits see."""
    working_above = parameters.number("national.worker_earnings_krw_m", month)
    second = parameters.number("national.second_earner_krw_y", month)
    works = people.earnings > working_above
    earner_at_law = people.couple_member & (12 * people.earnings >= second)
    couple = people.count(people.spouse) > 0
    two = couple & (people.count(earner_at_law) >= 2)
    one = ~two & (couple | (counted["children_n"] > 0) | (counted["older70_n"] > 0))
    alone_70 = (counted["older70_n"] > 0) & (house["size"].to_numpy() == 1)
    earnings_y = 12 * people.total(people.earnings, people.couple_member)
    grandchild = people.count(people.has("relation", "grandchild") & (people.age < 18)) > 0
    return {
        "earners_n": people.count(works & (people.age >= 18)),
        "couple": couple,
        "couple_earnings_krw_y": earnings_y,
        "couple_income_krw_y": earnings_y
        + 12 * people.total(people.pension, people.couple_member)
        + 12 * _money(house, "other_income_krw_m"),
        "both_work": couple & (people.count(works & people.couple_member) >= 2),
        "two_earner": two,
        "one_earner": one & ~(alone_70 & ~couple),
        "grandparent_family": grandchild & (people.count(people.has("relation", "child")) == 0),
    }


def _person_frame(
    frame: pl.DataFrame, people: _Persons, house: pl.DataFrame, parameters: Parameters, month: Month
) -> pl.DataFrame:
    given = [fact for fact in facts_of("person").values() if fact.kind == "given"]
    _require(frame, [fact.name for fact in given], "persons")
    partner, paired = people.partner, people.partner >= 0
    disability = known_facts()["disability"].dtype
    assert isinstance(disability, pl.Enum)
    spouse_disability = np.where(paired, people.codes("disability")[partner], 0)
    derived = [
        pl.Series("age", people.age),
        pl.Series("age_months", people.age_months),
        pl.Series("has_spouse", paired),
        pl.Series("spouse_age", np.where(paired, people.age[partner], 0)),
        pl.Series("spouse_disability", disability.categories, disability).gather(spouse_disability),
        pl.Series("spouse_occupational_pension", paired & people.occupational[partner]),
        pl.Series("child_order", _child_order(people)),
        *_pension_incomes(people, house, parameters, month),
    ]
    columns = [pl.col(fact.name).cast(fact.dtype) for fact in given]
    return frame.select(columns + _supplied(frame, "person")).with_columns(derived)


def _child_order(people: _Persons) -> NDArray[np.int64]:
    """Rank the head's children of a household by birth, first-born 1; grandchildren apart."""
    order = np.zeros(len(people.rows), dtype=np.int64)
    for relation in ("child", "grandchild"):
        members = np.flatnonzero(people.has("relation", relation))
        members = members[np.lexsort((people.birth_month[members], people.rows[members]))]
        rows = people.rows[members]
        starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
        lengths = np.diff(np.r_[starts, len(rows)])
        order[members] = np.arange(len(rows)) - np.repeat(starts, lengths) + 1
    return order


def _pension_incomes(
    people: _Persons, house: pl.DataFrame, parameters: Parameters, month: Month
) -> list[pl.Series]:
    """Compute recognized income of each person with the spouse.

    Assets and other income belong to the head and the spouse; other members have none.
    """

    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    small, luxury = rec.split_vehicles(
        _money(house, "vehicle_krw"), number("bp.luxury_vehicle_krw")
    )
    converted = rec.pension_asset_income(
        _money(house, "housing_krw") + _money(house, "general_krw") + small,
        _money(house, "financial_krw"),
        _money(house, "debt_krw"),
        luxury,
        _by_category(
            house, "area_class", parameters.value("national.bp.asset_deduction_krw", month)
        ),
        number("bp.financial_deduction_krw"),
        number("bp.conversion_share_y"),
    )
    shared = (converted + _money(house, "other_income_krw_m"))[people.rows]
    held = np.where(people.couple_member, shared, 0.0) + people.with_partner(people.pension)
    share = number("bp.earnings_deduction_share")
    series = []
    for kind in ("bp", "dp"):
        flat = number(f"{kind}.earnings_deduction_krw_m")
        earned = rec.earned_after_deduction(people.earnings, flat, share)
        income = np.floor(people.with_partner(earned) + held)
        series.append(pl.Series(f"recognized_income_{kind}_krw_m", income))
    return series
