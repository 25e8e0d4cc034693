"""Twelve programmes reckoned by hand from the published tables, beside what simlib gives.

Each expected amount is worked out here in plain arithmetic from the tables named beside the
numbers, over households on both sides of each threshold; nothing of simlib's rules is used.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import entitle
from simlib.parameters import Parameters

from .conftest import case_of, together

Household = dict[str, Any]
Check = Callable[[str, str, list[Household], list[float | None]], None]

# Standard median income a month by size (ministry notices of 2025 and 2026).
MEDIAN_2025 = {1: 2392013, 2: 3932658, 3: 5025353, 4: 6097773}
MEDIAN_2026 = {1: 2564238, 2: 4199292, 3: 5359036, 4: 6494738}
# Limits of the four benefits of basic livelihood, shares of the median (2025 and 2026).
LIVELIHOOD, MEDICAL, HOUSING, EDUCATION = "0.32", "0.40", "0.48", "0.50"
COUNTY = "청양군"
SEOUL = "서울 중구"


@pytest.fixture
def holds(catalogue: Catalogue, parameters: Parameters) -> Check:
    """Compare a programme's amounts with those reckoned by hand; None is no right."""

    def check(
        programme: str, month: str, households: list[Household], expected: list[float | None]
    ) -> None:
        cases = [case_of(each, month, parameters) for each in households]
        frames = together(cases)
        result = entitle(catalogue, *frames, cases[0].month, parameters)
        column = catalogue.index(programme)
        rights = [bool(right) for right in result.right[:, column]]
        assert rights == [each is not None for each in expected]
        amounts = result.amount_krw_m[:, column].tolist()
        assert amounts == pytest.approx([each or 0.0 for each in expected], rel=2e-7)

    return check


def share_of(share: str, won: int) -> int:
    """Take a share of a sum, rounded to the won."""
    return int((Decimal(share) * won).quantize(Decimal(1), ROUND_HALF_UP))


def adults(size: int, **head: Any) -> list[dict[str, Any]]:
    """Make a household of adults in good health who do not work."""
    relations = ["head", "spouse", "other_kin", "other_kin"][:size]
    people: list[dict[str, Any]] = [
        {"age": 45, "sex": "male" if i % 2 == 0 else "female", "relation": relation}
        for i, relation in enumerate(relations)
    ]
    people[0] |= head
    return people


@pytest.mark.parametrize(("month", "median"), [("2025-03", MEDIAN_2025), ("2026-03", MEDIAN_2026)])
def test_livelihood_benefit_fills_income_up_to_the_limit(
    holds: Check, month: str, median: dict[int, int]
):
    # limit = 32 per cent of the median; published for 2026: 820,556 for one and 2,078,316 for four
    households, expected = [], []
    for size in (1, 2, 3, 4):
        limit = share_of(LIVELIHOOD, median[size])
        for income in (0, 500000, limit - 1, limit, limit + 1, limit + 100000):
            households.append(
                {"municipality": COUNTY, "other_income_krw_m": income, "persons": adults(size)}
            )
            expected.append(float(limit - income) if income <= limit else None)
    assert share_of(LIVELIHOOD, MEDIAN_2026[1]) == 820556
    assert share_of(LIVELIHOOD, MEDIAN_2026[4]) == 2078316
    holds("livelihood_benefit", month, households, expected)


def test_livelihood_benefit_counts_earnings_and_assets(holds: Check):
    # Seoul 2025, one person of 45: 30 per cent of earnings do not count; 99 million of the home
    # are deducted, the rest converts at 1.04 per cent; savings beyond 5 million at 6.26 per cent;
    # a car of 5 million and more counts in full.
    limit = share_of(LIVELIHOOD, MEDIAN_2025[1])
    households, expected = [], []
    for earnings, home, savings, car in (
        (1000000, 0, 0, 0),
        (1093000, 0, 0, 0),
        (1094000, 0, 0, 0),
        (0, 150000000, 0, 0),
        (0, 100000000, 9000000, 0),
        (0, 172000000, 5000000, 0),
        (0, 172600000, 5000000, 0),
        (0, 0, 0, 4999999),
        (0, 0, 0, 5000000),
    ):
        counted = int(Decimal(earnings) * Decimal("0.7"))
        left = 99000000 - home
        base = Decimal(max(0, home - 99000000)) * Decimal("0.0104")
        over_cap = max(0, home - 172000000)  # beyond the cap at the general rate
        base += Decimal(over_cap) * (Decimal("0.0417") - Decimal("0.0104"))
        finance = max(0, savings - 5000000)
        base += Decimal(max(0, finance - max(0, left))) * Decimal("0.0626")
        base += car if car >= 5000000 else 0
        recognized = counted + int(base)
        work = {"work": "employee", "earnings_krw_m": earnings} if earnings else {}
        households.append(
            {
                "municipality": SEOUL,
                "housing_krw": home,
                "financial_krw": savings,
                "vehicle_krw": car,
                "persons": adults(1, **work),
            }
        )
        expected.append(float(limit - recognized) if recognized <= limit else None)
    assert [each is None for each in expected] == [
        False, False, True, False, False, False, True, False, True,
    ]  # fmt: skip
    holds("livelihood_benefit", "2025-03", households, expected)


def test_housing_benefit_pays_rent_less_a_share_of_income_above_the_livelihood_limit(
    holds: Check,
):
    # standard rents of 2026: Seoul 369,000 for one and 571,000 for four; other regions 212,000
    # and 328,000; a deposit counts as rent at 4 per cent a year
    rents = {(SEOUL, 1): 369000, (SEOUL, 4): 571000, (COUNTY, 1): 212000, (COUNTY, 4): 328000}
    households, expected = [], []
    for (place, size), standard in rents.items():
        top = share_of(HOUSING, MEDIAN_2026[size])
        base = share_of(LIVELIHOOD, MEDIAN_2026[size])
        for income in (0, base, base + 100000, top, top + 1):
            for rent, deposit in ((200000, 0), (600000, 0), (150000, 12000000)):
                real = rent + deposit * 4 // 100 // 12
                paid = min(real, standard) - 0.3 * max(0, income - base)
                households.append(
                    {
                        "municipality": place,
                        "tenure": "deposit_rent" if deposit else "monthly_rent",
                        "rent_krw_m": rent,
                        "deposit_krw": deposit,
                        "other_income_krw_m": income,
                        "persons": adults(size),
                    }
                )
                expected.append(max(10000.0, paid) if income <= top else None)
    holds("housing_benefit", "2026-03", households, expected)


def test_education_benefit_pays_by_school_up_to_half_the_median(holds: Check):
    # yearly support of 2026: 502,000, 699,000 and 860,000 won; a twelfth a month
    half = share_of(EDUCATION, MEDIAN_2026[2])
    support = {"elementary": (10, 502000), "middle": (14, 699000), "high": (17, 860000)}
    households, expected = [], []
    for school, (age, won) in support.items():
        for income in (half, half + 1):
            child = {"age": age, "sex": "male", "relation": "child", "student": school}
            households.append(
                {
                    "municipality": COUNTY,
                    "other_income_krw_m": income,
                    "persons": [*adults(1), child],
                }
            )
            expected.append(won / 12 if income <= half else None)
    holds("education_benefit", "2026-03", households, expected)


def test_basic_pension_of_single_people_and_couples(holds: Check):
    # 2026: 349,700 won; limits 2,470,000 and 3,952,000; of earnings 1,160,000 and then 30 per
    # cent do not count; of assets 72.5 million in a county and 20 million of savings do not
    # count, the rest at 4 per cent a year; a couple loses a fifth each; a tenth is left
    households, expected = [], []
    for earnings, home, savings in (
        (0, 0, 0),
        (1160000, 0, 0),
        (4188571, 0, 0),
        (4688572, 0, 0),
        (0, 72500000, 20000000),
        (0, 813500000, 20000000),
        (0, 813500300, 20000000),
        (2000000, 300000000, 80000000),
    ):
        for couple in (False, True):
            counted = 0.7 * max(0, earnings - 1160000)
            assets = max(0, home - 72500000) + max(0, savings - 20000000)
            recognized = int(counted + assets * 0.04 / 12)
            limit = 3952000 if couple else 2470000
            one = 349700 * 0.8 if couple else 349700
            paid = max(0.1 * 349700, min(one, (limit - recognized) / (2 if couple else 1)))
            persons = [{"age": 70, "sex": "male", "earnings_krw_m": earnings}]
            if couple:
                persons.append({"age": 68, "sex": "female", "relation": "spouse"})
            households.append(
                {
                    "municipality": COUNTY,
                    "housing_krw": home,
                    "financial_krw": savings,
                    "persons": persons,
                }
            )
            expected.append(paid * (2 if couple else 1) if recognized <= limit else None)
    assert sum(each is None for each in expected) == 1
    holds("basic_pension", "2026-03", households, expected)


def test_basic_pension_beside_a_national_pension(holds: Check):
    # 2025: whole up to one and a half times 342,510; then 1.5 times it less two thirds of the
    # redistributive part (half of the pension), or to twice it 2.5 times it less the pension;
    # half is left, and never more than what the income limit of 2,280,000 leaves
    most = 342510
    households, expected = [], []
    for pension in (0, 513765, 513766, 600000, 685020, 685021, 1027530, 1900000, 2245749, 2280001):
        whole = float(most)
        if 2 * pension > 3 * most:
            first = 1.5 * most - pension / 3
            second = 2.5 * most - pension if pension <= 2 * most else 0.0
            whole = max(0.5 * most, min(most, max(first, second)))
        paid = max(0.1 * most, min(whole, 2280000 - pension))
        person = {"age": 70, "sex": "male", "pension_krw_m": pension}
        households.append({"municipality": COUNTY, "persons": [person]})
        expected.append(paid if pension <= 2280000 else None)
    holds("basic_pension", "2025-03", households, expected)


def test_disability_pension_has_a_base_and_a_supplement(holds: Check):
    # 2025: base 342,510; limits 1,380,000 and 2,208,000; supplements 90,000 up to 40 per cent
    # of the median, 80,000 up to half, else 30,000; from 65 on 432,510, 80,000 and 50,000
    households, expected = [], []
    for age in (17, 18, 64, 65):
        for income in (0, 956805, 956806, 1196006, 1196007, 1380000, 1380001):
            poor, near = income * 10 <= MEDIAN_2025[1] * 4, income * 2 <= MEDIAN_2025[1]
            if age < 65:
                paid = 342510 + (90000 if poor else 80000 if near else 30000)
            else:
                paid = 432510 if poor else 80000 if near else 50000
            person = {"age": age, "sex": "male", "disability": "severe", "student": "none"}
            households.append(
                {"municipality": COUNTY, "other_income_krw_m": income, "persons": [person]}
            )
            expected.append(float(paid) if age >= 18 and income <= 1380000 else None)
    holds("disability_pension", "2025-03", households, expected)


def test_emergency_aid_tests_income_property_and_savings(holds: Check):
    # 2025: 75 per cent of the median; property of 130 million in a county, of which a home of up
    # to 35 million does not count; savings of 6 million and one median; 730,500 to 1,872,700 won
    paid = {1: 730500, 2: 1205000, 3: 1541700, 4: 1872700}
    households, expected = [], []
    for size, won in paid.items():
        top = share_of("0.75", MEDIAN_2025[size])
        for income, home, other, savings, right in (
            (top, 0, 0, 0, True),
            (top + 1, 0, 0, 0, False),
            (0, 165000000, 0, 0, True),
            (0, 165000001, 0, 0, False),
            (0, 20000000, 130000000, 0, True),
            (0, 20000000, 130000001, 0, False),
            (0, 0, 0, 6000000 + MEDIAN_2025[size], True),
            (0, 0, 0, 6000001 + MEDIAN_2025[size], False),
        ):
            households.append(
                {
                    "municipality": COUNTY,
                    "flags": ["in_crisis"],
                    "other_income_krw_m": income,
                    "assets": {
                        "housing_krw": home,
                        "general_krw": other,
                        "financial_krw": savings,
                    },
                    "persons": adults(size),
                }
            )
            expected.append(float(won) if right else None)
    holds("emergency_livelihood", "2025-03", households, expected)


def test_long_term_care_pays_the_limit_of_the_grade_less_the_copayment(holds: Check):
    # monthly limits of home care in 2025, grades 1 to 5 and cognitive support; 15 per cent are
    # paid by the person, nothing by recipients of medical aid (up to 40 per cent of the median)
    grades = [(95, 2306400), (75, 2083400), (60, 1485700), (51, 1370600), (45, 1177000)]
    households, expected = [], []
    for score in (0, 44, 45, 50, 51, 59, 60, 74, 75, 94, 95, 100):
        for dementia in (False, True):
            for income in (900000, 1500000):
                limit = next((won for since, won in grades if score >= since), 657400)
                right = dementia or score >= 51
                person = {"age": 82, "sex": "female", "care_score": score, "dementia": dementia}
                # without a basic pension, which would count as income
                person["occupational_pension"] = True
                households.append(
                    {"municipality": COUNTY, "other_income_krw_m": income, "persons": [person]}
                )
                expected.append((limit if income <= 956805 else 0.85 * limit) if right else None)
    holds("long_term_care", "2025-03", households, expected)


def test_out_of_pocket_ceilings_of_2025(holds: Check):
    # 0.89, 1.10, 1.70, 3.20, 4.37, 5.25 and 8.26 million won by tenth of the premium; the tenths
    # begin above 0.3, 0.6, 0.9, 1.3, 1.55 and 2 times the median; a rich son rules out medical aid
    ceilings = [890000, 1100000, 1700000, 3200000, 4370000, 5250000, 8260000]
    shares = ["0.3", "0.6", "0.9", "1.3", "1.55", "2.0"]
    households, expected = [], []
    for i, ceiling in enumerate(ceilings):
        top = share_of(shares[i], MEDIAN_2025[1]) if i < len(shares) else 9000000
        for cost in (ceiling, ceiling + 1200, ceiling + 6000000):
            households.append(
                {
                    "municipality": SEOUL,
                    "other_income_krw_m": top,
                    "medical_cost_krw_y": cost,
                    "obligor": {"income_krw_y": 200000000},
                    "persons": adults(1),
                }
            )
            expected.append((cost - ceiling) / 12 if cost > ceiling else None)
    holds("copay_ceiling", "2025-03", households, expected)


def test_child_rearing_allowance_of_single_parents(holds: Check):
    # 2026: up to 65 per cent of the median (published: 2,729,540, 3,483,373 and 4,221,580 for two
    # to four) 230,000 won a child under 18, 100,000 more with a parent of 25 to 34, instead
    # 400,000 to the second birthday and then 370,000 with one of 24 and under; 100,000 a year
    # for pupils
    limits = {size: share_of("0.65", median) for size, median in MEDIAN_2026.items()}
    assert [limits[size] for size in (2, 3, 4)] == [2729540, 3483373, 4221580]
    households, expected = [], []
    for parent in (24, 25, 34, 35):
        for child, pupil in (
            (1, False),
            (2, False),
            (5, False),
            (6, False),
            (10, True),
            (15, True),
        ):
            for income in (limits[2], limits[2] + 1):
                if child >= parent - 15:
                    continue
                paid = 230000.0
                if parent <= 24:
                    paid = 400000.0 if child < 2 else 370000.0
                paid += 100000 if 25 <= parent <= 34 else 0
                paid += 100000 / 12 if pupil else 0
                school = {True: "elementary" if child < 13 else "middle", False: "none"}[pupil]
                young = {"age": child, "sex": "female", "relation": "child", "student": school}
                households.append(
                    {
                        "municipality": COUNTY,
                        "other_income_krw_m": income,
                        "persons": [{"age": parent, "sex": "female"}, young],
                    }
                )
                expected.append(paid if income <= limits[2] else None)
    holds("single_parent_child_support", "2026-03", households, expected)


def test_parental_benefit_is_what_the_daycare_voucher_leaves_over(holds: Check):
    # 2026: one million won to 11 months, half a million to 23; vouchers of 584,000 and 515,000
    households, expected = [], []
    for months in (0, 11, 12, 23, 24):
        for daycare in (False, True):
            whole, voucher = (1000000, 584000) if months < 12 else (500000, 515000)
            left = whole - (voucher if daycare else 0)
            baby = {"age_months": months, "sex": "male", "relation": "child", "in_daycare": daycare}
            households.append({"municipality": COUNTY, "persons": [*adults(2), baby]})
            expected.append(float(left) if months < 24 and left > 0 else None)
    holds("parental_benefit", "2026-03", households, expected)


def test_dementia_treatment_and_the_energy_voucher_by_size(holds: Check):
    # 2025: treatment of 30,000 won a month up to 1.4 times the median; voucher of 295,200, 407,500,
    # 532,700 and 701,300 won a year for recipients (up to 48 per cent) with an older member
    voucher = {1: 295200, 2: 407500, 3: 532700, 4: 701300}
    households, treated, warmed = [], [], []
    for size, won in voucher.items():
        top, poor = share_of("1.4", MEDIAN_2025[size]), share_of(HOUSING, MEDIAN_2025[size])
        for income in (poor, poor + 1, top, top + 1):
            head = {"age": 66, "dementia": True, "occupational_pension": True}
            households.append(
                {
                    "municipality": COUNTY,
                    "other_income_krw_m": income,
                    "persons": adults(size, **head),
                }
            )
            treated.append(30000.0 if income <= top else None)
            warmed.append(won / 12 if income <= poor else None)
    holds("dementia_treatment_cost", "2025-03", households, treated)
    holds("energy_voucher", "2025-03", households, warmed)
