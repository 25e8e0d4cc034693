"""More programmes as OpenFisca variables: those that follow others, and tax credits."""

from collections.abc import Callable
from typing import Any

import numpy as np
from openfisca_programmes import PROGRAMMES, programme
from openfisca_rules import (
    HEAD,
    MILD,
    SPOUSE,
    household_entity,
    number,
    of,
    person_entity,
    up_to,
)

# What follows


def _mild(person: Any, period: Any) -> Any:
    adult = person("age", period) >= of("disability_allowance")("age_min")
    pension = person("has_disability_pension", period)
    return adult & (person("disability", period) == MILD) & ~pension


programme(
    "disability_allowance",
    person_entity,
    lambda p, t: _mild(p, t) & p.household("entitled_near_poor_certificate", t),
    lambda p, _: np.full(p.count, of("disability_allowance")("amount_krw"), dtype=np.float64),
    _mild,
)


def _vulnerable(household: Any, period: Any) -> Any:
    p = of("energy_voucher")
    kinds = ("older_n", "young_children_n", "disabled_n", "pregnant_n", "chronic_n")
    found = household("single_parent", period) | (
        household("children_n", period) >= p("children_min")
    )
    for kind in kinds:
        found = found | (household(kind, period) > 0)
    poor = household("entitled_livelihood_benefit", period)
    poor = poor | household("entitled_medical_aid", period) | bool(p("all_recipients"))
    return poor & found


programme(
    "energy_voucher",
    household_entity,
    lambda h, _: np.zeros(h.count, dtype=bool),
    lambda h, t: up_to(of("energy_voucher")("amount_krw_y"), h("size", t)) / 12,
    _vulnerable,
)


def _bands(population: Any, period: Any, names: tuple[Any, Any, Any]) -> Any:
    """Give an amount by standing: the poorest, others with a benefit, the near-poor."""
    first = population("entitled_livelihood_benefit", period)
    first = first | population("entitled_medical_aid", period)
    first = first | (population("severe_n", period) > 0) | (population("merit_n", period) > 0)
    second = population("entitled_housing_benefit", period)
    second = second | population("entitled_education_benefit", period)
    third = population("entitled_near_poor_certificate", period)
    return [first, second, third], list(names)


def _electricity(household: Any, period: Any) -> Any:
    p = of("electricity_discount")
    many = household("children_n", period) >= p("many_children_n")
    large = household("size", period) >= p("large_household_n")
    found = many | large | (household("infants_n", period) > 0)
    found = found | (household("severe_n", period) > 0) | (household("merit_n", period) > 0)
    return found | household("entitled_near_poor_certificate", period)


def _electricity_amount(household: Any, period: Any) -> Any:
    p, month = of("electricity_discount"), number("calendar_month")
    summer = p("summer_first_month") <= month <= p("summer_last_month")
    names = [
        f"{each}{'_summer' if summer else ''}_krw_m" for each in ("poor", "middle", "near_poor")
    ]
    conditions, values = _bands(household, period, tuple(map(p, names)))
    return np.select(conditions, values, p(f"family{'_summer' if summer else ''}_krw_m"))


programme(
    "electricity_discount",
    household_entity,
    _electricity,
    _electricity_amount,
    lambda h, _: np.ones(h.count, dtype=bool),
)


def _gas(household: Any, period: Any) -> Any:
    many = household("children_n", period) >= of("gas_discount")("many_children_n")
    found = many | (household("severe_n", period) > 0) | (household("merit_n", period) > 0)
    found = found | household("entitled_near_poor_certificate", period)
    return found & household("city_gas", period)


def _gas_amount(household: Any, period: Any) -> Any:
    p, month = of("gas_discount"), number("calendar_month")
    cold = month >= p("winter_first_month") or month <= p("winter_last_month")
    poor, middle, family = (
        p(f"{each}{'_winter' if cold else ''}_krw_m") for each in ("poor", "middle", "family")
    )
    schooling = np.where(household("entitled_housing_benefit", period), middle, family)
    conditions, values = _bands(household, period, (poor, schooling, middle))
    return np.select(conditions, values, family)


programme("gas_discount", household_entity, _gas, _gas_amount, lambda h, t: h("city_gas", t))


def _adult(person: Any, period: Any) -> Any:
    return person("age", period) >= of("telecom_discount_poor")("age_min")


def _telecom_amount(person: Any, period: Any) -> Any:
    p, home = of("telecom_discount_poor"), person.household
    poor = home("entitled_livelihood_benefit", period) | home("entitled_medical_aid", period)
    return np.where(poor, p("poor_krw_m"), p("middle_krw_m"))


programme(
    "telecom_discount_poor",
    person_entity,
    lambda p, t: _adult(p, t) & p.household("entitled_near_poor_certificate", t),
    _telecom_amount,
    _adult,
)


# Tax credits


def _halved(total: Any, p: Callable[[str], Any]) -> Any:
    return np.where(total >= p("asset_half_from_krw"), p("asset_half_share"), 1)


def _tax_unit(person: Any, period: Any) -> tuple[Any, Any, Any, Any]:
    """Give earnings and income of a tax unit, and whether two or one of it earn."""
    home, head = person.household, person("relation", period) == HEAD
    own, pension = person("earnings_krw_m", period), person("pension_krw_m", period)
    earned = np.where(head, home("couple_earnings_y", period), 12 * own)
    income = np.where(head, home("couple_income_y", period), 12 * (own + pension))
    two, one = head & home("two_earner", period), head & home("one_earner", period)
    return earned, income, two, one


def _eitc(person: Any, period: Any) -> Any:
    p, (earned, income, two, one) = of("eitc"), _tax_unit(person, period)
    limits = [p("two_earner_limit_krw_y"), p("one_earner_limit_krw_y")]
    limit = np.select([two, one], limits, p("single_limit_krw_y"))
    claims = (person("relation", period) != SPOUSE) & (person("age", period) >= p("age_min"))
    rich = person.household("total_assets", period) >= p("asset_limit_krw")
    return claims & (earned > 0) & (income < limit) & ~rich


def _eitc_amount(person: Any, period: Any) -> Any:
    p, (earned, _, two, one) = of("eitc"), _tax_unit(person, period)

    def trapezoid(kind: str) -> Any:
        most, limit = p(f"{kind}_max_krw_y"), p(f"{kind}_limit_krw_y")
        up = earned * most / p(f"{kind}_plateau_from_krw_y")
        down = most * (limit - earned) / (limit - p(f"{kind}_plateau_to_krw_y"))
        return np.minimum(most, np.minimum(up, down))

    shape = np.where(two, trapezoid("two_earner"), trapezoid("one_earner"))
    shape = np.maximum(0, np.where(two | one, shape, trapezoid("single")))
    return shape * _halved(person.household("total_assets", period), p) / 12


programme("eitc", person_entity, _eitc, _eitc_amount)


def _ctc(household: Any, period: Any) -> Any:
    p = of("ctc")
    found = (household("children_n", period) > 0) & (household("couple_earnings_y", period) > 0)
    found = found & (household("couple_income_y", period) < p("income_limit_krw_y"))
    return found & (household("total_assets", period) < p("asset_limit_krw"))


def _ctc_amount(household: Any, period: Any) -> Any:
    p, two = of("ctc"), household("two_earner", period)
    start = np.where(two, p("two_earner_from_krw_y"), p("one_earner_from_krw_y"))
    most, least = p("max_krw_y"), p("min_krw_y")
    above = household("couple_income_y", period) - start
    cut = most - (most - least) * above / (p("income_limit_krw_y") - start)
    each = np.minimum(most, np.maximum(least, cut))
    return (
        household("children_n", period) * each * _halved(household("total_assets", period), p) / 12
    )


programme("ctc", household_entity, _ctc, _ctc_amount)

__all__ = ["PROGRAMMES"]
