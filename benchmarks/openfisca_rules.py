"""Seventeen Korean programmes as OpenFisca variables, written apart from simlib's own rules.

They share nothing with simlib but the numbers of the month, which come as a mapping, and the
population's columns. Run by ``peer_openfisca.py`` with the Python of an environment that has
openfisca-core; simlib never needs it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

NUMBERS: dict[str, Any] = {}
"""Parameters of the month by simlib's paths, and the month itself; filled before use."""
HEAD, SPOUSE, CHILD, PARENT = range(4)
RENT_FREE, OWN_HOME = 4, 0
MILD, SEVERE = 1, 2
SCHOOLS = ("none", "elementary", "middle", "high", "university")
RECIPIENTS = ("livelihood_benefit", "medical_aid", "housing_benefit", "education_benefit")
AREAS, REGION_CLASSES = (
    ("metropolitan", "city", "rural"),
    ("seoul", "gyeonggi", "metropolitan", "other"),
)

person_entity = build_entity("person", "persons", "A person", is_person=True)
household_entity = build_entity(
    "household",
    "households",
    "A household",
    roles=[
        {"key": "couple", "plural": "couples", "subroles": ["head_role", "spouse_role"]},
        {"key": "elders", "plural": "elders_all", "subroles": ["elder_1", "elder_2"]},
        {"key": "other", "plural": "others"},
    ],
)
system = TaxBenefitSystem([person_entity, household_entity])


def _add(entity: Any, name: str, kind: type, formula: Callable[..., Any] | None = None) -> None:
    """Add a variable; numbers have 64 bits, so that results can be compared exactly."""

    def start(self: Variable, baseline_variable: Any = None) -> None:
        Variable.__init__(self, baseline_variable)
        if kind is float:
            self.dtype = np.float64

    body: dict[str, Any] = {
        "value_type": kind,
        "entity": entity,
        "definition_period": DateUnit.MONTH,
        "label": name,
        "__init__": start,
    }
    if formula is not None:
        body["formula"] = formula
    system.add_variable(type(name, (Variable,), body))


def rule(entity: Any, kind: type = float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a variable of a formula of (population, period)."""

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        def formula(population: Any, period: Any) -> Any:
            return function(population, period)

        _add(entity, function.__name__, kind, formula)
        return function

    return made


PERSON_INPUTS = {
    "relation": int,
    "birth_month": int,
    "disability": int,
    "student": int,
    "in_daycare": bool,
    "pregnant": bool,
    "chronic_illness": bool,
    "occupational_pension": bool,
    "veteran": int,
    "earnings_krw_m": float,
    "pension_krw_m": float,
}
HOUSEHOLD_INPUTS = {
    **dict.fromkeys(("region", "region_class", "area_class", "size", "tenure", "head_age"), int),
    **dict.fromkeys(("city_gas", "single_parent"), bool),
    **dict.fromkeys(("rent_krw_m", "deposit_krw", "household_pension_krw_m"), float),
    **dict.fromkeys(("other_income_krw_m", "housing_krw", "general_krw", "financial_krw"), float),
    **dict.fromkeys(("vehicle_krw", "debt_krw", "obligor_income_krw_y"), float),
    **dict.fromkeys(("vehicle_years", "vehicle_cc"), int),
    **dict.fromkeys(("obligor_assets_krw", "household_earnings_krw_m"), float),
}
for each, its_kind in PERSON_INPUTS.items():
    _add(person_entity, each, its_kind)
for each, its_kind in HOUSEHOLD_INPUTS.items():
    _add(household_entity, each, its_kind)


def number(path: str) -> Any:
    return NUMBERS[path]


def of(programme: str) -> Callable[[str], Any]:
    return lambda name: NUMBERS[f"programmes.{programme}.{name}"]


def by_class(path: str, names: tuple[str, ...], codes: Any) -> Any:
    table = NUMBERS[path]
    return np.array([table[name] for name in names], dtype=np.float64)[codes]


def up_to(table: dict[str, Any], values: Any) -> Any:
    """Take the entry of the first key that is not below a value; the last for larger ones."""
    keys = sorted(int(key) for key in table)
    places = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return np.array([table[str(key)] for key in keys], dtype=np.float64)[places]


def half_up(values: Any) -> Any:
    return np.floor(values + 0.5)


def partner_of(person: Any, values: Any) -> Any:
    """Give the value of the partner: head and spouse, or two parents; 0 for others."""
    household = person.household
    numbers = np.asarray(values, dtype=np.float64)
    couple, elders = household_entity.COUPLE, household_entity.ELDERS
    both = person.value_from_partner(numbers, household, couple)
    old = person.value_from_partner(numbers, household, elders)
    return both + old


# Persons


@rule(person_entity, int)
def age_months(person: Any, period: Any) -> Any:
    return number("month") - person("birth_month", period)


@rule(person_entity, int)
def age(person: Any, period: Any) -> Any:
    return person("age_months", period) // 12


@rule(person_entity, bool)
def of_couple(person: Any, period: Any) -> Any:
    return person("relation", period) <= SPOUSE


@rule(person_entity, bool)
def has_spouse(person: Any, _: Any) -> Any:
    return partner_of(person, np.ones(person.count)) > 0


@rule(household_entity)
def home_krw(household: Any, period: Any) -> Any:
    return np.floor(household("housing_krw", period) * number("national.official_price_share"))


@rule(household_entity)
def median_income(household: Any, period: Any) -> Any:
    table = number("national.median_income_krw_m")
    size = household("size", period)
    beyond = np.maximum(0, size - max(int(key) for key in table))
    extra = number("national.median_income_extra_person_krw_m")
    return up_to(table, size) + extra * beyond


@rule(household_entity)
def pension_assets(household: Any, period: Any) -> Any:
    vehicle = household("vehicle_krw", period)
    dear = vehicle >= number("national.bp.luxury_vehicle_krw")
    held = household("home_krw", period) + household("general_krw", period)
    held = held + np.where(dear, 0.0, vehicle)
    table = "national.bp.asset_deduction_krw"
    kept = np.maximum(0.0, held - by_class(table, AREAS, household("area_class", period)))
    free = number("national.bp.financial_deduction_krw")
    kept = kept + np.maximum(0.0, household("financial_krw", period) - free)
    rest = np.maximum(0.0, kept - household("debt_krw", period))
    return rest * number("national.bp.conversion_share_y") / 12 + np.where(dear, vehicle, 0.0)


def _pension_income(person: Any, period: Any, kind: str) -> Any:
    shared = person.household("pension_assets", period)
    shared = shared + person.household("other_income_krw_m", period)
    pension = person("pension_krw_m", period)
    held = np.where(person("of_couple", period), shared, 0.0)
    held = held + (pension + partner_of(person, pension))
    left = person("earnings_krw_m", period) - number(f"national.{kind}.earnings_deduction_krw_m")
    earned = np.maximum(0.0, left) * (1.0 - number("national.bp.earnings_deduction_share"))
    return np.floor(earned + partner_of(person, earned) + held)


@rule(person_entity)
def income_bp(person: Any, period: Any) -> Any:
    return _pension_income(person, period, "bp")


@rule(person_entity)
def income_dp(person: Any, period: Any) -> Any:
    return _pension_income(person, period, "dp")


# Households: members and means


def _members(name: str, condition: Callable[[Any, Any], Any]) -> None:
    def formula(household: Any, period: Any) -> Any:
        return household.sum(condition(household.members, period))

    _add(household_entity, name, int, formula)


def _children(person: Any, period: Any, years: int) -> Any:
    young = person("age_months", period) < 12 * years
    return ~person("of_couple", period) & young & (person("age_months", period) >= 0)


_members("children_n", lambda p, t: _children(p, t, 18))
_members("young_children_n", lambda p, t: _children(p, t, 8))
_members("infants_n", lambda p, t: (p("age_months", t) < 36) & (p("age_months", t) >= 0))
_members("older_n", lambda p, t: p("age", t) >= 65)
_members("older70_n", lambda p, t: p("age", t) >= 70)
_members("disabled_n", lambda p, t: p("disability", t) > 0)
_members("severe_n", lambda p, t: p("disability", t) == SEVERE)
_members("merit_n", lambda p, t: p("veteran", t) == 2)
_members("chronic_n", lambda p, t: p("chronic_illness", t))
_members("pregnant_n", lambda p, t: p("pregnant", t))
_members(
    "able_n",
    lambda p, t: (
        (p("age", t) >= 18)
        & (p("age", t) < 65)
        & (p("disability", t) != SEVERE)
        & (p("student", t) == 0)
    ),
)


@rule(household_entity)
def assessed_income(household: Any, period: Any) -> Any:
    person = household.members
    years, disabled = person("age", period), person("disability", period) > 0
    young = (years >= number("national.young_age_min")) & (
        years <= number("national.young_age_max")
    )
    old = (years >= number("national.old_age_min")) | disabled
    flat = np.maximum(
        young * number("national.young_deduction_krw_m"),
        old * number("national.old_deduction_krw_m"),
    )
    rest = np.maximum(0.0, person("earnings_krw_m", period) - flat)
    earned = household.sum(rest * (1.0 - number("national.earned_deduction_share")))
    other = household("household_pension_krw_m", period)
    return np.floor(np.maximum(0.0, earned + other + household("other_income_krw_m", period)))


def _spared_car(household: Any, period: Any, whom: str) -> Any:
    """Tell whose car is small enough, and old or cheap."""
    limit = {name: number(f"national.vehicle.{whom}_{name}") for name in ("below_cc", "below_krw")}
    cheap = household("vehicle_krw", period) < limit["below_krw"]
    aged = household("vehicle_years", period) >= number("national.vehicle.years_min")
    return (cheap | aged) & (household("vehicle_cc", period) < limit["below_cc"])


def _cars(household: Any, period: Any, test: str) -> tuple[Any, Any]:
    """Give what of the car counts like other property, and what in full."""
    car = household("vehicle_krw", period)
    of_many = household("size", period) >= number("national.vehicle.family_persons_min")
    of_many |= household("children_n", period) >= number("national.vehicle.family_children_min")
    fit = household("vehicle_cc", period) < number("national.vehicle.disabled_below_cc")
    spared = _spared_car(household, period, test) | (fit & (household("disabled_n", period) > 0))
    spared |= of_many & _spared_car(household, period, "family")
    car = np.where(fit & (household("severe_n", period) > 0), 0.0, car)
    return np.where(spared, car, 0.0), np.where(spared, 0.0, car)


@rule(household_entity)
def asset_income(household: Any, period: Any) -> Any:
    return _asset_income(household, period, "livelihood")


@rule(household_entity)
def asset_income_housing(household: Any, period: Any) -> Any:
    return _asset_income(household, period, "housing")


def _asset_income(household: Any, period: Any, test: str) -> Any:
    where = household("region_class", period)

    def here(name: str) -> Any:
        return by_class(f"national.{name}", REGION_CLASSES, where)

    deposit = household("deposit_krw", period)
    spared, dear = _cars(household, period, test)
    home = household("home_krw", period) + number("national.deposit_counted_share") * deposit
    lived_in = np.minimum(home, here("residential_cap_krw"))
    general = np.maximum(0.0, household("general_krw", period) - deposit) + (home - lived_in)
    general = general + spared
    free = number("national.living_reserve_krw")
    financial = np.maximum(0.0, household("financial_krw", period) - free)
    left = here("basic_asset_deduction_krw") + household("debt_krw", period)
    income = dear * number("national.conversion_vehicle_share_m")
    classes = (("residential", lived_in), ("general", general), ("financial", financial))
    for kind, asset in classes:
        rate = number(f"national.conversion_{kind}_share_m")
        income = income + np.maximum(0.0, asset - left) * rate
        left = np.maximum(0.0, left - asset)
    return np.floor(income)


@rule(household_entity)
def recognized_base(household: Any, period: Any) -> Any:
    return household("assessed_income", period) + household("asset_income", period)


@rule(household_entity)
def total_assets(household: Any, period: Any) -> Any:
    held = household("home_krw", period) + household("general_krw", period)
    return held + household("vehicle_krw", period) + household("financial_krw", period)


@rule(household_entity)
def couple_earnings_y(household: Any, period: Any) -> Any:
    person = household.members
    return 12 * household.sum(person("earnings_krw_m", period) * person("of_couple", period))


@rule(household_entity)
def couple_income_y(household: Any, period: Any) -> Any:
    person = household.members
    pension = household.sum(person("pension_krw_m", period) * person("of_couple", period))
    other = 12 * household("other_income_krw_m", period)
    return household("couple_earnings_y", period) + 12 * pension + other


@rule(household_entity, bool)
def couple(household: Any, period: Any) -> Any:
    return household.any(household.members("relation", period) == SPOUSE)


@rule(household_entity, bool)
def two_earner(household: Any, period: Any) -> Any:
    person = household.members
    enough = 12 * person("earnings_krw_m", period) >= number("national.second_earner_krw_y")
    earners = household.sum(enough & person("of_couple", period))
    return household("couple", period) & (earners >= 2)


@rule(household_entity, bool)
def one_earner(household: Any, period: Any) -> Any:
    older, pair = household("older70_n", period) > 0, household("couple", period)
    kin = pair | (household("children_n", period) > 0) | older
    alone = older & (household("size", period) == 1) & ~pair
    return ~household("two_earner", period) & kin & ~alone
