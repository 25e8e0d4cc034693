"""Figures of money and of those who hold it, as a population has them."""

from collections.abc import Callable

import numpy as np
import polars as pl

from simlib.parameters import Parameters
from simlib.population.money.income_steps import gini
from simlib.population.money.transfers import disposable, members_of, with_benefits
from simlib.population.population import Population
from simlib.population.published.tables import Floats, table

Measure = Callable[[pl.DataFrame, pl.DataFrame], float]
"""Take households and persons with the columns of :func:`with_money`, give a figure."""

_AGE_GROUPS = {
    "all": (0, 200), "29-": (0, 29), "30s": (30, 39), "40s": (40, 49), "50s": (50, 59),
    "60+": (60, 200), "65+": (65, 200),
}  # fmt: skip
_ALONE = pl.col("size") == 1
_PARENT = pl.col("single_parent")
_LINE = 0.5
"""Relative poverty lies below half of the median."""


def with_money(
    population: Population, parameters: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Add what published figures speak of to households and persons.

    Parameters
    ----------
    population
        The population.
    parameters
        Dated parameters.

    Returns
    -------
    tuple of DataFrame
        Households with income_krw_y (benefits added by an approximate schedule),
        before_krw_y (the same in won of the year before), disposable_krw_y, equivalised_krw_y,
        assets_krw and net_worth_krw, then counts of members; persons with the household's
        equivalised income, poverty, region and whether they live alone.
    """
    homes = population.households.join(
        _counts(population.persons), on="household_id", maintain_order="left"
    )
    first = np.concatenate([[0], np.cumsum(homes["size"].to_numpy().astype(np.int64))])
    age = population.persons["age"].to_numpy()
    members = members_of(first, age, parameters)
    market = homes["income_krw_m"].to_numpy() * 12.0
    total = with_benefits(market, members, parameters)
    left = disposable(total, members.older_share, parameters)
    assets = pl.sum_horizontal("housing_krw", "general_krw", "financial_krw", "vehicle_krw")
    areas = dict(table("income_area").select("region", "area").iter_rows())
    region = pl.col("region").cast(pl.String)
    grown = parameters.number("population.money.income_growth")
    homes = homes.with_columns(
        region,
        region.replace_strict(areas, return_dtype=pl.String).alias("area"),
        pl.Series("income_krw_y", total),
        pl.Series("before_krw_y", total / grown),
        pl.Series("disposable_krw_y", left),
        pl.Series("equivalised_krw_y", left / members.root),
        assets.alias("assets_krw"),
        (assets - pl.col("debt_krw")).alias("net_worth_krw"),
    )
    people = population.persons.join(
        homes.select("household_id", "equivalised_krw_y", "lives_alone", "region"),
        on="household_id", maintain_order="left",
    )  # fmt: skip
    line = _LINE * float(people["equivalised_krw_y"].median())  # type: ignore[arg-type]
    return homes, people.with_columns((pl.col("equivalised_krw_y") < line).alias("poor"))


_EMPLOYED = ["employee", "temporary", "daily", "self_employed", "family_worker"]
_PAID = ["employee", "temporary", "daily"]


def _counts(persons: pl.DataFrame) -> pl.DataFrame:
    paid = pl.col("work").is_in(_PAID)
    return persons.group_by("household_id", maintain_order=True).agg(
        (pl.col("age") < 18).sum().alias("minors_n"),
        (pl.col("disability") != "none").sum().alias("disabled_n"),
        pl.col("work").first().is_in(_EMPLOYED).alias("head_employed"),
        pl.col("work").first().is_in(["temporary", "daily"]).alias("head_unsteady"),
        (pl.col("earnings_krw_m").filter(paid).sum() * 12).alias("earned_krw_y"),
        (pl.col("earnings_krw_m").filter(~paid).sum() * 12).alias("business_krw_y"),
    )


def mean(frame: pl.DataFrame, what: pl.Expr | str) -> float:
    """Give the mean of a column or expression, NaN where there is no row."""
    expression = pl.col(what) if isinstance(what, str) else what
    value = frame.select(expression.cast(pl.Float64).mean()).item()
    return float("nan") if value is None else float(value)


def median(frame: pl.DataFrame, column: str) -> float:
    """Give the median of a column, NaN where there is no row."""
    value = frame.select(pl.col(column).cast(pl.Float64).median()).item()
    return float("nan") if value is None else float(value)


def ratio(part: float, whole: float) -> float:
    """Divide two figures, NaN where there is nothing to divide by."""
    return part / whole if whole else float("nan")


def _quintile(frame: pl.DataFrame, by: str, k: int) -> pl.DataFrame:
    rank = (pl.col(by).rank("ordinal") - 1) * 5 // pl.len()
    return frame.filter(rank == k - 1)


def _heads(homes: pl.DataFrame, group: str) -> pl.DataFrame:
    low, high = _AGE_GROUPS[group]
    return homes.filter(pl.col("head_age").is_between(low, high))


def _by_head_age(
    column: str, how: Callable[[pl.DataFrame, str], float], name: str
) -> dict[str, Measure]:
    def measure(group: str) -> Measure:
        return lambda homes, _people: how(_heads(homes, group), column)

    return {f"{name}_{group}": measure(group) for group in _AGE_GROUPS}


def _of_quintile(column: str, what: pl.Expr | str, k: int, persons: bool = False) -> Measure:
    def measure(homes: pl.DataFrame, people: pl.DataFrame) -> float:
        return mean(_quintile(people if persons else homes, column, k), what)

    return measure


def _share(what: pl.Expr, among: pl.Expr | None = None, persons: bool = False) -> Measure:
    def measure(homes: pl.DataFrame, people: pl.DataFrame) -> float:
        frame = people if persons else homes
        return mean(frame if among is None else frame.filter(among), what)

    return measure


def _relative(column: str, place: pl.Expr) -> Measure:
    return lambda homes, _people: ratio(mean(homes.filter(place), column), mean(homes, column))


def _quantile(share: float) -> Measure:
    def measure(homes: pl.DataFrame, _people: pl.DataFrame) -> float:
        return float(homes["net_worth_krw"].quantile(share, "linear"))  # type: ignore[arg-type]

    return measure


def _worth(homes: pl.DataFrame) -> Floats:
    return np.sort(homes["net_worth_krw"].to_numpy().astype(np.float64))


def _tenth(k: int) -> Measure:
    def measure(homes: pl.DataFrame, _people: pl.DataFrame) -> float:
        worth = _worth(homes)
        tenth = worth[worth.size * (k - 1) // 10 : worth.size * k // 10]
        return ratio(float(tenth.sum()), tenth.size)

    return measure


def _part_of_worth(low: float, high: float) -> Measure:
    def measure(homes: pl.DataFrame, _people: pl.DataFrame) -> float:
        worth = _worth(homes)
        part = worth[int(worth.size * low) : int(worth.size * high)]
        return ratio(float(part.sum()), float(worth.sum()))

    return measure


def _ratio_of_quintiles(_homes: pl.DataFrame, people: pl.DataFrame) -> float:
    column = "equivalised_krw_y"
    top, bottom = (_quintile(people, column, k) for k in (5, 1))
    return ratio(mean(top, column), mean(bottom, column))


def _wage(place: pl.Expr | None) -> Measure:
    def measure(_homes: pl.DataFrame, people: pl.DataFrame) -> float:
        paid = people.filter(pl.col("work").is_in(_PAID))
        level = mean(paid, "earnings_krw_m")
        if place is None:
            return level
        return ratio(mean(paid.filter(place), "earnings_krw_m"), level)

    return measure


def _within(column: str, low: float, high: float) -> pl.Expr:
    return (pl.col(column) >= low) & (pl.col(column) < high)


_ENDLESS = float("inf")
_BRACKETS = {
    "<10M": (-_ENDLESS, 10e6), "10-30M": (10e6, 30e6), "30-50M": (30e6, 50e6),
    "50-100M": (50e6, 100e6), ">=100M": (100e6, _ENDLESS),
}  # fmt: skip
_WORTH_BRACKETS = {
    "<100M": (-_ENDLESS, 1e8), "100-200M": (1e8, 2e8), "200-300M": (2e8, 3e8),
    ">=1B": (1e9, _ENDLESS),
}  # fmt: skip


def measures() -> dict[str, Measure]:
    """List how each published figure is measured, by its name in published_relations.csv."""
    return {**_incomes(), **_wealth(), **_tenures(), **_others()}


def _incomes() -> dict[str, Measure]:
    found: dict[str, Measure] = {
        **_by_head_age("income_krw_y", mean, "income_mean"),
        **_by_head_age("income_krw_y", median, "income_median"),
        **_by_head_age("disposable_krw_y", mean, "disposable_mean"),
        **_by_head_age("disposable_krw_y", median, "disposable_median"),
        "one_person_income_mean": _share(pl.col("before_krw_y"), _ALONE),
        "single_parent_income_mean": _share(pl.col("income_krw_y") / 12, _PARENT),
        "poverty_all": _share(pl.col("poor"), persons=True),
        "poverty_66plus": _share(pl.col("poor"), pl.col("age") >= 66, persons=True),
        "gini_equivalised": lambda _h, p: gini(p["equivalised_krw_y"].to_numpy()),
        "quintile_ratio": _ratio_of_quintiles,
        "earned_income_mean": _share(pl.col("earned_krw_y")),
        "business_income_mean": _share(pl.col("business_krw_y")),
        "wage_mean": _wage(None),
    }
    for k in range(1, 6):
        found[f"income_quintile_{k}_mean"] = _of_quintile("income_krw_y", "income_krw_y", k)
        column = "equivalised_krw_y"
        found[f"equivalised_quintile_{k}_mean"] = _of_quintile(column, column, k, persons=True)
    for name, (low, high) in _BRACKETS.items():
        inside = _within("before_krw_y", low, high)
        found[f"one_person_income_{name}"] = _share(inside, _ALONE)
    for area in table("income_area")["area"].unique():
        found[f"income_mean_{area}"] = _relative("income_krw_y", pl.col("area") == area)
    for region in ("Seoul", "Gyeonggi", "Incheon"):
        found[f"wage_mean_{region}"] = _wage(pl.col("region") == region)
    return found


def _wealth() -> dict[str, Measure]:
    worth = pl.col("net_worth_krw")
    found: dict[str, Measure] = {
        **_by_head_age("net_worth_krw", mean, "net_worth_mean"),
        **_by_head_age("net_worth_krw", median, "net_worth_median"),
        **_by_head_age("debt_krw", mean, "debt_mean"),
        **_by_head_age("assets_krw", median, "assets_median"),
        "net_worth_gini": lambda h, _p: gini(_worth(h)),
        "net_worth_decile_1_mean": _tenth(1),
        "net_worth_decile_10_mean": _tenth(10),
        "net_worth_below_300M": _share(worth < 3e8),
        "net_worth_above_1B": _share(worth >= 1e9),
        "net_worth_top10_share": _part_of_worth(0.9, 1.0),
        "net_worth_bottom50_share": _part_of_worth(0.0, 0.5),
        "one_person_assets_mean": _share(pl.col("assets_krw"), _ALONE),
        "one_person_debt_mean": _share(pl.col("debt_krw"), _ALONE),
        "single_parent_net_worth_mean": _share(worth, _PARENT),
        "single_parent_debt_mean": _share(pl.col("debt_krw"), _PARENT),
    }
    for k in range(10, 100, 10):
        found[f"net_worth_p{k}"] = _quantile(k / 100)
    for name, (low, high) in _WORTH_BRACKETS.items():
        found[f"net_worth_{name}"] = _share(_within("net_worth_krw", low, high))
    for region in ("Seoul", "Gyeonggi", "Incheon"):
        place = pl.col("region") == region
        found[f"net_worth_mean_{region}"] = _relative("net_worth_krw", place)
    return found


def _tenures() -> dict[str, Measure]:
    kinds = {
        "owner": ["own"], "jeonse": ["jeonse"], "monthly": ["deposit_rent", "monthly_rent"],
        "free": ["rent_free"],
    }  # fmt: skip
    found: dict[str, Measure] = {
        "one_person_owner": _share(pl.col("tenure") == "own", _ALONE),
        "single_parent_owner": _share(pl.col("tenure") == "own", _PARENT),
    }
    for name, tenures in kinds.items():
        for k in range(1, 6):
            what = pl.col("tenure").is_in(tenures)
            found[f"{name}_income_quintile_{k}"] = _of_quintile("income_krw_y", what, k)
    return found


def _others() -> dict[str, Measure]:
    disabled, old = pl.col("disabled_n") > 0, pl.col("age") >= 65
    employed = pl.col("work").is_in(_EMPLOYED)
    found: dict[str, Measure] = {
        "one_person_employed": _share(pl.col("head_employed"), _ALONE),
        "single_parent_employed": _share(pl.col("head_employed"), _PARENT),
        "single_parent_temp_daily": _share(
            pl.col("head_unsteady"), _PARENT & pl.col("head_employed")
        ),
        "single_parent_mother": _share(pl.col("head_sex") == "female", _PARENT),
        "disabled_member_households": _share(disabled),
        "disabled_one_person": _share(_ALONE, disabled),
        "disability_prevalence": _share(pl.col("disability") != "none", persons=True),
        "minor_child_households": _share(pl.col("minors_n") > 0),
        "employment_rate_15_64": _share(employed, pl.col("age").is_between(15, 64), persons=True),
        "unemployment_rate": _share(
            pl.col("work") == "unemployed", pl.col("work") != "inactive", persons=True
        ),
        "elderly_alone_share": _share(pl.col("lives_alone"), old, persons=True),
    }
    for region in ("Seoul", "Gyeonggi"):
        place = old & (pl.col("region") == region)
        found[f"elderly_alone_share_{region}"] = _share(pl.col("lives_alone"), place, persons=True)
    return found
