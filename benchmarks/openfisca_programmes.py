"""The programmes themselves as OpenFisca variables; see ``openfisca_rules.py``.

Each programme has a right (0, 1, or 2 where it only follows another), an amount a month and a
number of entitled persons, as variables of the household.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from openfisca_rules import (
    CHILD,
    OWN_HOME,
    RECIPIENTS,
    RENT_FREE,
    SCHOOLS,
    SEVERE,
    _add,
    by_class,
    half_up,
    household_entity,
    number,
    of,
    partner_of,
    person_entity,
    rule,
    up_to,
)

PROGRAMMES: list[str] = []
PERSONAL: set[str] = set()
Formula = Callable[[Any, Any], Any]


def _received(population: Any, name: str, period: Any) -> Any:
    """Tell who is a recipient: a person of a person's benefit, else the household."""
    if not population.entity.is_person:
        return population(f"entitled_{name}", period)
    if name in PERSONAL:
        return population(f"has_{name}", period)
    return population.household(f"entitled_{name}", period)


def programme(
    name: str, entity: Any, own: Formula, amount: Formula, linked: Formula | None = None
) -> None:
    """Add a programme: who has it of its own, who by following recipients, how much."""
    PROGRAMMES.append(name)
    if entity is person_entity:
        PERSONAL.add(name)

    def followed(population: Any, period: Any) -> Any:
        if linked is None:
            return np.zeros(population.count, dtype=bool)
        found = [_received(population, each, period) for each in RECIPIENTS]
        return np.logical_or.reduce(found) & linked(population, period)

    def entitled(population: Any, period: Any) -> Any:
        return population(f"own_{name}", period) | followed(population, period)

    def paid(population: Any, period: Any) -> Any:
        worth = np.maximum(0.0, amount(population, period))
        return np.where(population(f"has_{name}", period), worth, 0.0)

    _add(entity, f"own_{name}", bool, lambda p, t: own(p, t) & np.ones(p.count, dtype=bool))
    _add(entity, f"has_{name}", bool, entitled)
    _add(entity, f"paid_{name}", float, paid)
    personal = entity is person_entity

    def total(household: Any, period: Any) -> Any:
        if personal:
            return household.sum(household.members(f"paid_{name}", period))
        return household(f"paid_{name}", period)

    def persons(household: Any, period: Any) -> Any:
        if personal:
            return household.sum(household.members(f"has_{name}", period))
        return household(f"has_{name}", period)

    def right(household: Any, period: Any) -> Any:
        if personal:
            first = household.any(household.members(f"own_{name}", period))
        else:
            first = household(f"own_{name}", period)
        return np.where(first, 1, np.where(household(f"persons_{name}", period) > 0, 2, 0))

    _add(household_entity, f"amount_{name}", float, total)
    _add(household_entity, f"persons_{name}", int, persons)
    _add(household_entity, f"right_{name}", int, right)
    _add(household_entity, f"entitled_{name}", bool, lambda h, t: h(f"persons_{name}", t) > 0)


def _poor(programme_id: str, income: str = "recognized_income") -> Formula:
    """Tell whose recognized income is up to a share of the median income."""

    def formula(household: Any, period: Any) -> Any:
        limit = of(programme_id)("threshold_share") * household("median_income", period)
        poor = household(income, period) <= half_up(limit)
        return poor & ~household("counted_with_parents", period)

    return formula


@rule(household_entity, bool)
def counted_with_parents(household: Any, period: Any) -> Any:
    """Tell who lives alone, is young, earns little and has parents to be counted with."""

    def own(name: str) -> Any:
        return number(f"definitions.counted_with_parents.{name}")

    young = household("head_age", period) < own("age_below")
    parents = household("obligor_income_krw_y", period) > 0
    parents = parents | (household("obligor_assets_krw", period) > 0)
    enough = own("earnings_share") * household("median_income", period)
    poor = household("household_earnings_krw_m", period) < enough
    return (household("size", period) == 1) & young & parents & poor


# Child and family benefits


def _child_allowance(person: Any, period: Any) -> Any:
    young = person("age", period) < of("child_allowance")("age_limit")
    return young & (person("relation", period) >= CHILD) & (person("relation", period) != 3)


def _child_amount(person: Any, period: Any) -> Any:
    table = of("child_allowance")("amount_krw")
    names = number("regions")
    values = np.array([table.get(name, table["default"]) for name in names], dtype=np.float64)
    return values[person.household("region", period)]


programme("child_allowance", person_entity, _child_allowance, _child_amount)


def _parental(person: Any, period: Any) -> Any:
    p, months = of("parental_benefit"), person("age_months", period)
    stays = ~person("in_daycare", period) | (p("toddler_krw_m") > p("toddler_daycare_krw_m"))
    return (months < p("age_limit_months")) & ((months < 12) | stays)


def _parental_amount(person: Any, period: Any) -> Any:
    p, infant = of("parental_benefit"), person("age_months", period) < 12
    full = np.where(infant, p("infant_krw_m"), p("toddler_krw_m"))
    care = np.where(infant, p("infant_daycare_krw_m"), p("toddler_daycare_krw_m"))
    return np.maximum(0.0, full - care * person("in_daycare", period))


programme("parental_benefit", person_entity, _parental, _parental_amount)


def _home_care(person: Any, period: Any) -> Any:
    p, months = of("home_care_allowance"), person("age_months", period)
    fits = (months >= p("age_min_months")) & (months < p("age_limit_months"))
    return fits & ~person("in_daycare", period) & (person("student", period) == 0)


def _home_care_amount(person: Any, period: Any) -> Any:
    p, months = of("home_care_allowance"), person("age_months", period)
    disabled = person("disability", period) > 0
    return np.where(disabled, up_to(p("disabled_krw"), months), up_to(p("amount_krw"), months))


programme("home_care_allowance", person_entity, _home_care, _home_care_amount)


# Pensions


def _disability_pension(person: Any, period: Any) -> Any:
    p = of("disability_pension")
    limit = np.where(
        person("has_spouse", period), p("threshold_couple_krw_m"), p("threshold_single_krw_m")
    )
    severe = (person("disability", period) == SEVERE) & (person("age", period) >= p("age_min"))
    return severe & (person("income_dp", period) <= limit)


def _disability_amount(person: Any, period: Any) -> Any:
    p = of("disability_pension")
    income = person.household("recognized_base", period)
    median = person.household("median_income", period)
    base = p("base_krw_m") + np.where(
        income <= p("low_extra_share") * median, p("low_extra_krw_m"), 0
    )
    both = partner_of(person, person("disability", period) == SEVERE) > 0
    base = base * np.where(both, 1 - p("couple_reduction_share"), 1)
    bands = [income <= p("poor_share") * median, income <= p("near_poor_share") * median]
    near = p("supplement_near_poor_krw_m")
    young = np.select(bands, [p("supplement_poor_krw_m"), near], p("supplement_other_krw_m"))
    old = np.select(bands, [p("supplement_poor_old_krw_m"), near], p("supplement_other_old_krw_m"))
    return np.where(person("age", period) < p("age_basic_pension"), base + young, old)


programme("disability_pension", person_entity, _disability_pension, _disability_amount)


def _basic_pension(person: Any, period: Any) -> Any:
    p = of("basic_pension")
    limit = np.where(
        person("has_spouse", period), p("threshold_couple_krw_m"), p("threshold_single_krw_m")
    )
    public = person("occupational_pension", period)
    public = public | (partner_of(person, public) > 0)
    poor = person("income_bp", period) <= limit
    return (person("age", period) >= p("age_min")) & poor & ~public


@rule(person_entity)
def basic_pension_full(person: Any, period: Any) -> Any:
    p, pension = of("basic_pension"), person("pension_krw_m", period)
    most = p("maximum")
    spared = (pension <= p("pension_free_multiple") * most) | person(
        "has_disability_pension", period
    )
    low = np.where(person("has_spouse", period), p("low_couple_krw_m"), p("low_single_krw_m"))
    extra = np.where(person("income_bp", period) <= low, p("low_extra_krw_m"), 0)
    counted = p("pension_counted_share") * p("redistributive_share") * pension
    gentle = np.where(
        pension <= p("pension_gentle_multiple") * most,
        p("pension_gentle_total") * most - pension,
        0,
    )
    cut = np.minimum(most, np.maximum((1 + p("pension_floor_share")) * most - counted, gentle))
    return np.where(spared, most + extra, np.maximum(p("pension_floor_share") * most, cut))


def _basic_amount(person: Any, period: Any) -> Any:
    p, full = of("basic_pension"), person("basic_pension_full", period)
    income, wed = person("income_bp", period), person("has_spouse", period)
    least = p("minimum_share") * p("maximum")
    both = wed & (partner_of(person, person("age", period)) >= p("age_min"))
    half = (p("threshold_couple_krw_m") - income) / 2
    shared = np.minimum((1 - p("couple_reduction_share")) * full, half)
    limit = np.where(wed, p("threshold_couple_krw_m"), p("threshold_single_krw_m"))
    return np.maximum(least, np.where(both, shared, np.minimum(full, limit - income)))


programme("basic_pension", person_entity, _basic_pension, _basic_amount)


# Basic livelihood


@rule(person_entity)
def disability_base(person: Any, period: Any) -> Any:
    p = of("disability_pension")
    young = person("age", period) < p("age_basic_pension")
    income = person.household("recognized_base", period)
    median = person.household("median_income", period)
    base = p("base_krw_m") + np.where(
        income <= p("low_extra_share") * median, p("low_extra_krw_m"), 0
    )
    both = partner_of(person, person("disability", period) == SEVERE) > 0
    base = base * np.where(both, 1 - p("couple_reduction_share"), 1)
    return np.where(person("has_disability_pension", period) & young, base, 0.0)


@rule(household_entity)
def recognized_income(household: Any, period: Any) -> Any:
    share = number("definitions.recognized_income_krw_m.disability_pension_counted_share")
    pension = household("amount_basic_pension", period)
    disabled = household.sum(household.members("disability_base", period))
    return np.floor(household("recognized_base", period) + pension + share * disabled)


@rule(household_entity)
def recognized_income_housing(household: Any, period: Any) -> Any:
    other = household("asset_income_housing", period) - household("asset_income", period)
    return household("recognized_income", period) + other


def _livelihood(household: Any, period: Any) -> Any:
    p = of("livelihood_benefit")
    kin = household("obligor_income_krw_y", period) <= p("obligor_income_limit_krw_y")
    kin = kin & (household("obligor_assets_krw", period) <= p("obligor_assets_limit_krw"))
    return _poor("livelihood_benefit")(household, period) & kin


def _livelihood_amount(household: Any, period: Any) -> Any:
    limit = half_up(
        of("livelihood_benefit")("threshold_share") * household("median_income", period)
    )
    return limit - household("recognized_income", period)


programme("livelihood_benefit", household_entity, _livelihood, _livelihood_amount)


def _medical(household: Any, period: Any) -> Any:
    p = of("medical_aid")
    wider, usual = p("severe_obligor_income_limit_krw_y"), p("obligor_income_limit_krw_y")
    limit = np.where(household("severe_n", period) > 0, wider, usual)
    kin = household("obligor_income_krw_y", period) <= limit
    kin = kin & (household("obligor_assets_krw", period) <= p("obligor_assets_limit_krw"))
    return _poor("medical_aid")(household, period) & kin


def _medical_amount(household: Any, period: Any) -> Any:
    p, able = of("medical_aid"), household("able_n", period) > 0
    worth = np.where(able, p("value_type2_krw_m"), p("value_type1_krw_m"))
    return household("size", period) * worth


programme("medical_aid", household_entity, _medical, _medical_amount)


def _housing(household: Any, period: Any) -> Any:
    return _poor("housing_benefit", "recognized_income_housing")(household, period) & (
        household("tenure", period) != RENT_FREE
    )


def _housing_amount(household: Any, period: Any) -> Any:
    p = of("housing_benefit")
    deposit = household("deposit_krw", period) * number("national.deposit_rent_share_y") / 12
    rent = np.floor(household("rent_krw_m", period) + deposit)
    classes = by_class("national.rent_class", number("regions"), household("region", period))
    tables, size = p("standard_rent_krw_m"), household("size", period)
    standard = np.select(
        [classes == int(key) for key in tables], [up_to(each, size) for each in tables.values()]
    )
    line = half_up(p("livelihood_share") * household("median_income", period))
    above = np.maximum(0, household("recognized_income_housing", period) - line)
    let = np.maximum(p("minimum_krw_m"), np.minimum(rent, standard) - p("own_share") * above)
    repair = p("repair_krw") / p("repair_cycle_months")
    return np.where(household("tenure", period) == OWN_HOME, repair, let)


programme("housing_benefit", household_entity, _housing, _housing_amount)


def _education(person: Any, period: Any) -> Any:
    pupil = (person("student", period) >= 1) & (person("student", period) <= 3)
    limit = of("education_benefit")("threshold_share") * person.household("median_income", period)
    return pupil & (person.household("recognized_income_housing", period) <= half_up(limit))


def _education_amount(person: Any, period: Any) -> Any:
    table = of("education_benefit")("support_krw_y")
    values = [table.get(name, table.get("default", 0)) for name in SCHOOLS]
    return np.array(values, dtype=np.float64)[person("student", period)] / 12


programme("education_benefit", person_entity, _education, _education_amount)


def _near_poor(household: Any, period: Any) -> Any:
    others = [household(f"entitled_{each}", period) for each in RECIPIENTS]
    return _poor("near_poor_certificate", "recognized_income_housing")(
        household, period
    ) & ~np.logical_or.reduce(others)


programme("near_poor_certificate", household_entity, _near_poor, lambda h, _: np.zeros(h.count))
