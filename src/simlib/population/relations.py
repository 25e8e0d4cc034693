"""Published relations that were not controlled, set beside what the population says."""

from collections.abc import Callable

import numpy as np
import polars as pl

from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.population.tables import Floats, table

Measure = Callable[[pl.DataFrame, pl.DataFrame], float]

_AGE_GROUPS = {
    "29-": (0, 29), "30s": (30, 39), "40s": (40, 49), "50s": (50, 59), "60+": (60, 200),
    "65+": (65, 200),
}  # fmt: skip
_BRACKETS = {
    "<10M": (-1.0, 10e6), "10-30M": (10e6, 30e6), "30-50M": (30e6, 50e6),
    "50-100M": (50e6, 100e6), ">=100M": (100e6, float("inf")),
}  # fmt: skip


def relations_report(population: Population, parameters: Parameters) -> pl.DataFrame:
    """Compare a population with published relations that it was not fitted to.

    Parameters
    ----------
    population
        The population.
    parameters
        Dated parameters.

    Returns
    -------
    DataFrame
        Columns relation, label, published, result, ratio (result over published), unit, year,
        source, evidence and note; the list was chosen before fitting and is printed whole.

    Notes
    -----
    Income with benefits adds a basic pension to the poorer part of people of 65 and over;
    disposable income also takes off taxes and contributions by an approximate schedule. Both
    serve this comparison only.
    """
    homes = _with_money(population, parameters)
    people = population.persons.join(
        homes.select("household_id", "equivalised_krw_y", "lives_alone", "region"),
        on="household_id",
    )
    measures = _measures()
    rows = []
    for row in table("published_relations").iter_rows(named=True):
        result = measures[row["relation"]](homes, people)
        rows.append(
            {
                "relation": row["relation"],
                "label": row["label"],
                "published": float(row["value"]),
                "result": result,
                "ratio": result / float(row["value"]),
                "unit": row["unit"],
                "year": str(row["year"]),
                "source": row["source"],
                "evidence": row["evidence"],
                "note": row["note"] or "",
            }
        )
    return pl.DataFrame(rows)


def gini(values: Floats, weights: Floats | None = None) -> float:
    """Give the Gini index of values, shape ``(units,)``, with optional weights."""
    order = np.argsort(values, kind="stable")
    held = np.asarray(values, dtype=np.float64)[order]
    share = np.ones(held.size) if weights is None else np.asarray(weights)[order]
    people = np.cumsum(share) / share.sum()
    wealth = np.cumsum(held * share) / (held * share).sum()
    below = np.concatenate([[0.0], wealth[:-1]])
    step = np.diff(people, prepend=0.0)
    return float(1.0 - ((wealth + below) * step).sum())


def _with_money(population: Population, parameters: Parameters) -> pl.DataFrame:
    """Add yearly income with an approximate basic pension, and disposable income."""
    number = parameters.number
    elders = population.persons.group_by("household_id").agg(
        (pl.col("age") >= 65).sum().alias("elders_n"),
        (pl.col("age") < 18).sum().alias("minors_n"),
        (pl.col("disability") != "none").sum().alias("disabled_n"),
        (pl.col("work").first().is_in(_EMPLOYED)).alias("head_employed"),
    )
    homes = population.households.join(elders, on="household_id", maintain_order="left")
    market = homes["income_krw_m"].to_numpy() * 12.0
    root = np.sqrt(homes["size"].to_numpy().astype(np.float64))
    n = homes["elders_n"].to_numpy().astype(np.float64)
    means = (
        market / root + 0.04 * homes["net"].to_numpy() if "net" in homes.columns else market / root
    )
    limit = _weighted_quantile(means, n, number("population.basic_pension_check_share"))
    pension = np.where(
        means <= limit, n * number("population.basic_pension_check_krw_m") * 12.0, 0.0
    )
    income = market + pension
    relative = np.log(np.maximum(market, 1.0) / max(float(np.median(market)), 1.0))
    rate = number("population.tax.at_median") + number("population.tax.slope") * relative
    disposable = income - market * np.clip(rate, 0.0, 0.4)
    assets = pl.sum_horizontal("housing_krw", "general_krw", "financial_krw", "vehicle_krw")
    return homes.with_columns(
        pl.col("region").cast(pl.String),
        income_krw_y=pl.Series(income),
        disposable_krw_y=pl.Series(disposable),
        equivalised_krw_y=pl.Series(disposable / root),
        assets_krw=assets,
        net_worth_krw=assets - pl.col("debt_krw"),
    )


_EMPLOYED = ["employee", "temporary", "daily", "self_employed", "family_worker"]


def _weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[order])
    if running[-1] == 0:
        return float("inf")
    return float(values[order][np.searchsorted(running, share * running[-1])])


def _poverty(age_min: int) -> Measure:
    def measure(_homes: pl.DataFrame, people: pl.DataFrame) -> float:
        line = 0.5 * float(people["equivalised_krw_y"].median())  # type: ignore[arg-type]
        group = people.filter(pl.col("age") >= age_min)
        return _mean(group, pl.col("equivalised_krw_y") < line)

    return measure


def _mean(frame: pl.DataFrame, what: pl.Expr | str) -> float:
    expression = pl.col(what) if isinstance(what, str) else what
    value = frame.select(expression.cast(pl.Float64).mean()).item()
    return float("nan") if value is None else float(value)


def _median(frame: pl.DataFrame, column: str) -> float:
    return float(frame.select(pl.col(column).cast(pl.Float64).median()).item())


def _quintile(frame: pl.DataFrame, by: str, k: int) -> pl.DataFrame:
    rank = (pl.col(by).rank("ordinal") - 1) * 5 // pl.len()
    return frame.filter(rank == k - 1)


def _quintile_ratio(_homes: pl.DataFrame, people: pl.DataFrame) -> float:
    column = "equivalised_krw_y"
    return _mean(_quintile(people, column, 5), column) / _mean(_quintile(people, column, 1), column)


def _top_tenth(homes: pl.DataFrame, _people: pl.DataFrame) -> float:
    worth = np.sort(homes["net_worth_krw"].to_numpy().astype(np.float64))
    return float(worth[int(worth.size * 0.9) :].sum() / worth.sum())


_ALONE = pl.col("size") == 1
_PARENT = pl.col("single_parent")
_DISABLED = pl.col("disabled_n") > 0


def _measures() -> dict[str, Measure]:
    found: dict[str, Measure] = {
        "poverty_all": _poverty(0),
        "poverty_66plus": _poverty(66),
        "gini_equivalised": lambda _h, p: gini(p["equivalised_krw_y"].to_numpy()),
        "quintile_ratio": _quintile_ratio,
        "income_mean_all": lambda h, _p: _mean(h, "income_krw_y"),
        "income_median_all": lambda h, _p: _median(h, "income_krw_y"),
        "income_65plus_mean": lambda h, _p: _mean(_heads(h, "65+"), "income_krw_y"),
        "income_65plus_median": lambda h, _p: _median(_heads(h, "65+"), "income_krw_y"),
        "one_person_income_mean": lambda h, _p: _mean(h.filter(_ALONE), "income_krw_y"),
        "one_person_debt_mean": lambda h, _p: _mean(h.filter(_ALONE), "debt_krw"),
        "one_person_assets_mean": lambda h, _p: _mean(h.filter(_ALONE), "assets_krw"),
        "one_person_owner": lambda h, _p: _mean(h.filter(_ALONE), pl.col("tenure") == "own"),
        "one_person_employed": lambda h, _p: _mean(h.filter(_ALONE), "head_employed"),
        "net_worth_gini": lambda h, _p: gini(h["net_worth_krw"].to_numpy()),
        "net_worth_below_300M": lambda h, _p: _mean(h, pl.col("net_worth_krw") < 300e6),
        "net_worth_top10_share": _top_tenth,
        "single_parent_employed": lambda h, _p: _mean(h.filter(_PARENT), "head_employed"),
        "single_parent_income_mean": lambda h, _p: _mean(h.filter(_PARENT), "income_krw_y") / 12,
        "single_parent_mother": lambda h, _p: _mean(
            h.filter(_PARENT), pl.col("head_sex") == "female"
        ),
        "single_parent_owner": lambda h, _p: _mean(h.filter(_PARENT), pl.col("tenure") == "own"),
        "disabled_member_households": lambda h, _p: _mean(h, _DISABLED),
        "disabled_one_person": lambda h, _p: _mean(h.filter(_DISABLED), _ALONE),
        "disability_prevalence": lambda _h, p: _mean(p, pl.col("disability") != "none"),
        "minor_child_households": lambda h, _p: _mean(h, pl.col("minors_n") > 0),
        "employment_rate_15_64": lambda _h, p: _mean(
            p.filter(pl.col("age").is_between(15, 64)), pl.col("work").is_in(_EMPLOYED)
        ),
        "unemployment_rate": lambda _h, p: _mean(
            p.filter(pl.col("work") != "inactive"), pl.col("work") == "unemployed"
        ),
    }
    found |= _grouped_measures()
    return found


def _grouped_measures() -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for k in (1, 5):
        found[f"income_quintile_{k}_mean"] = _quintile_mean(k)
    for k in range(1, 6):
        found[f"owner_income_quintile_{k}"] = _quintile_owner(k)
    for group in _AGE_GROUPS:
        found[f"net_worth_mean_{group}"] = _of_heads(group, "net_worth_krw", _mean)
        found[f"net_worth_median_{group}"] = _of_heads(group, "net_worth_krw", _median)
        found[f"debt_mean_{group}"] = _of_heads(group, "debt_krw", _mean)
    for bracket in _BRACKETS:
        found[f"one_person_income_{bracket}"] = _in_bracket(bracket)
    for region in ("Seoul", "Gyeonggi", "Incheon"):
        found[f"net_worth_mean_{region}"] = _regional_worth(region)
    found["elderly_alone_share"] = _elderly_alone(None)
    for region in ("Seoul", "Gyeonggi"):
        found[f"elderly_alone_share_{region}"] = _elderly_alone(region)
    return found


def _heads(homes: pl.DataFrame, group: str) -> pl.DataFrame:
    low, high = _AGE_GROUPS[group]
    return homes.filter(pl.col("head_age").is_between(low, high))


def _of_heads(group: str, column: str, how: Callable[[pl.DataFrame, str], float]) -> Measure:
    return lambda h, _p: how(_heads(h, group), column)


def _quintile_mean(k: int) -> Measure:
    return lambda h, _p: _mean(_quintile(h, "income_krw_y", k), "income_krw_y")


def _quintile_owner(k: int) -> Measure:
    return lambda h, _p: _mean(_quintile(h, "income_krw_y", k), pl.col("tenure") == "own")


def _in_bracket(bracket: str) -> Measure:
    low, high = _BRACKETS[bracket]
    inside = (pl.col("income_krw_y") >= low) & (pl.col("income_krw_y") < high)
    return lambda h, _p: _mean(h.filter(_ALONE), inside)


def _regional_worth(region: str) -> Measure:
    def measure(homes: pl.DataFrame, _people: pl.DataFrame) -> float:
        here = homes.filter(pl.col("region") == region)
        return _mean(here, "net_worth_krw") / _mean(homes, "net_worth_krw")

    return measure


def _elderly_alone(region: str | None) -> Measure:
    def measure(_homes: pl.DataFrame, people: pl.DataFrame) -> float:
        old = people.filter(pl.col("age") >= 65)
        if region is not None:
            old = old.filter(pl.col("region") == region)
        return _mean(old, "lives_alone")

    return measure
