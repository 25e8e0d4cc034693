"""The columns of households and persons, what they may hold, and where each comes from."""

import dataframely as dy
import polars as pl

from simlib.population.households.expansion import RELATIONS
from simlib.population.people.conditions import VETERANS
from simlib.population.people.rates import DISABILITIES, DISABILITY_TYPES, WORKS
from simlib.population.people.status import STUDENTS
from simlib.population.published.cells import TENURES
from simlib.population.published.tables import SEXES, regions

REGION_CLASSES = ("seoul", "gyeonggi", "metropolitan", "other")
AREA_CLASSES = ("metropolitan", "city", "rural")
HOUSEHOLD_TYPES = (
    "one_person", "couple", "couple_children", "single_parent", "three_generation", "other_kin",
    "non_kin",
)  # fmt: skip


YOUNGEST_HEAD = 15
"""Youngest age in years at which a person can lead a household, or be the spouse of its head."""
IMPOSSIBLE = {
    "primary_key": ("has an id that stands in another row too", "give every row an id of its own"),
    "income_is_the_sum_of_its_parts": (
        "has an income_krw_m that is not earnings, pension and other income together",
        "let income_krw_m be the sum of its parts",
    ),
    "one_person_lives_alone": (
        "has a lives_alone that does not go with its size",
        "let lives_alone be true where size is 1, and only there",
    ),
    "head_and_spouse_are_grown": (
        f"is a head or spouse below {YOUNGEST_HEAD} years",
        "correct the age, or the relation to the head",
    ),
    "a_registered_disability_has_a_type": (
        "has a disability_type that does not go with its disability",
        "let both be none, or neither",
    ),
    "only_women_are_pregnant": ("is a man and pregnant", "correct sex or pregnant"),
}
"""Reason and mend of each rule that a row can break by itself."""


class Households(dy.Schema):
    """Describe the frame of households, one row each, sorted by municipality."""

    household_id = dy.UInt32(primary_key=True)
    municipality = dy.Int32()
    region = dy.Enum(regions())
    region_class = dy.Enum(REGION_CLASSES)
    area_class = dy.Enum(AREA_CLASSES)
    size = dy.UInt8(min=1)
    household_type = dy.Enum(HOUSEHOLD_TYPES)
    head_age = dy.UInt8(min=YOUNGEST_HEAD, max=120)
    head_sex = dy.Enum(SEXES)
    tenure = dy.Enum(TENURES)
    rent_krw_m = dy.Int64(min=0)
    deposit_krw = dy.Int64(min=0)
    earnings_krw_m = dy.Int64(min=0)
    pension_krw_m = dy.Int64(min=0)
    other_income_krw_m = dy.Int64(min=0)
    income_krw_m = dy.Int64(min=0)
    housing_krw = dy.Int64(min=0)
    general_krw = dy.Int64(min=0)
    financial_krw = dy.Int64(min=0)
    vehicle_krw = dy.Int64(min=0)
    vehicle_years = dy.UInt8()
    vehicle_cc = dy.UInt16()
    debt_krw = dy.Int64(min=0)
    digital_skill = dy.Float32(min=0, max=1)
    lives_alone = dy.Bool()
    single_parent = dy.Bool()
    obligor_income_krw_y = dy.Int64(min=0)
    obligor_assets_krw = dy.Int64(min=0)
    city_gas = dy.Bool()
    district_heating = dy.Bool()
    public_rental = dy.Bool()
    medical_cost_krw_y = dy.Int64(min=0)

    @dy.rule()
    def income_is_the_sum_of_its_parts(cls) -> pl.Expr:  # noqa: N805
        """Hold income to earnings, pension and other income."""
        parts = pl.col("earnings_krw_m") + pl.col("pension_krw_m") + pl.col("other_income_krw_m")
        return pl.col("income_krw_m") == parts

    @dy.rule()
    def one_person_lives_alone(cls) -> pl.Expr:  # noqa: N805
        """Hold living alone to a size of one."""
        return pl.col("lives_alone") == (pl.col("size") == 1)


class Persons(dy.Schema):
    """Describe the frame of persons, sorted by household, head first."""

    person_id = dy.UInt32(primary_key=True)
    household_id = dy.UInt32()
    relation = dy.Enum(RELATIONS)
    sex = dy.Enum(SEXES)
    birth_month = dy.Int32()
    age = dy.UInt8(max=120)
    disability = dy.Enum(DISABILITIES)
    chronic_illness = dy.Bool()
    work = dy.Enum(WORKS)
    earnings_krw_m = dy.Int64(min=0)
    pension_krw_m = dy.Int64(min=0)
    occupational_pension = dy.Bool()
    student = dy.Enum(STUDENTS)
    in_daycare = dy.Bool()
    pregnant = dy.Bool()
    disability_type = dy.Enum(DISABILITY_TYPES)
    care_score = dy.UInt8(min=0, max=100)
    dementia = dy.Bool()
    veteran = dy.Enum(VETERANS)
    insured = dy.Bool()
    infertility = dy.Bool()
    uses_internet = dy.Bool()

    @dy.rule()
    def head_and_spouse_are_grown(cls) -> pl.Expr:  # noqa: N805
        """Hold heads and spouses to an age at which they can be one."""
        leads = pl.col("relation").is_in(["head", "spouse"])
        return ~leads | (pl.col("age") >= YOUNGEST_HEAD)

    @dy.rule()
    def only_women_are_pregnant(cls) -> pl.Expr:  # noqa: N805
        """Hold pregnancy to women."""
        return ~pl.col("pregnant") | (pl.col("sex") == "female")

    @dy.rule()
    def a_registered_disability_has_a_type(cls) -> pl.Expr:  # noqa: N805
        """Hold type and severity of a disability together."""
        return (pl.col("disability") == "none") == (pl.col("disability_type") == "none")
