"""Twelve programmes reckoned by hand from the published tables, on both sides of each limit.

Every expectation is plain arithmetic with the figures of the announcements it names; nothing of
simlib is called but the entitlement that is compared.
"""

import math
from typing import Any

import pytest

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import entitle
from simlib.parameters import Parameters

from .conftest import case_of, together

MEDIAN_2025 = {1: 2392013, 2: 3932658, 3: 5025353, 4: 6097773}
"""Standard median income of 2025 by household size, won a month (announcement of July 2024)."""
Household = dict[str, Any]


class Office:
    """Ask simlib for the amounts of one programme for many households."""

    def __init__(self, catalogue: Catalogue, parameters: Parameters) -> None:
        self.catalogue, self.parameters = catalogue, parameters

    def amounts(self, programme: str, date: str, households: list[Household]) -> list[float | None]:
        """Give won a month, None without a right."""
        made = [case_of(each, date, self.parameters) for each in households]
        frames = together(made)
        result = entitle(self.catalogue, *frames, made[0].month, self.parameters)
        column = self.catalogue.index(programme)
        return [
            float(amount) if right else None
            for right, amount in zip(
                result.right[:, column], result.amount_krw_m[:, column], strict=True
            )
        ]

    def agrees(self, programme: str, date: str, expected: list[tuple[Household, float | None]]):
        """Compare with what was reckoned by hand; both kinds of answer must occur."""
        answers = [answer for _, answer in expected]
        assert None in answers
        assert any(answer is not None for answer in answers)
        found = self.amounts(programme, date, [household for household, _ in expected])
        for (household, answer), given in zip(expected, found, strict=True):
            assert given == (
                None if answer is None else pytest.approx(answer, rel=2e-7, abs=0.01)
            ), household


@pytest.fixture(scope="module")
def office(catalogue: Catalogue, parameters: Parameters) -> Office:
    return Office(catalogue, parameters)


def alone(**person: Any) -> Household:
    return {"municipality": "청양군", "persons": [{"age": 40, "sex": "male"} | person]}


def of_income(amount: int, **person: Any) -> Household:
    return alone(**person) | {"other_income_krw_m": amount}


def couple(first: int, second: int, *children: int) -> Household:
    persons: list[dict[str, Any]] = [
        {"age": 40, "sex": "male", "earnings_krw_m": first},
        {"age": 39, "sex": "female", "relation": "spouse", "earnings_krw_m": second},
    ]
    persons += [{"age": age, "sex": "male", "relation": "child"} for age in children]
    return {"municipality": "청양군", "persons": persons}


def trapezoid(income: int, top: int, flat_from: int, flat_to: int, end: int) -> float | None:
    """Reckon an earned income credit a month: rising, flat, falling (tax law, art. 100-5)."""
    if income == 0 or income >= end:
        return None
    if income < flat_from:
        credit = income * top / flat_from
    elif income <= flat_to:
        credit = float(top)
    else:
        credit = top - (income - flat_to) * top / (end - flat_to)
    return credit / 12


@pytest.mark.parametrize(
    ("date", "single", "two"),
    [
        ("2021-05", (1500000, 4000000, 9000000, 20000000), (3000000, 8000000, 17000000, 36000000)),
        ("2022-05", (1500000, 4000000, 9000000, 22000000), (3000000, 8000000, 17000000, 38000000)),
        ("2025-05", (1650000, 4000000, 9000000, 22000000), (3300000, 8000000, 17000000, 44000000)),
    ],
)
def test_earned_income_credit(
    office: Office, date: str, single: tuple[int, ...], two: tuple[int, ...]
):
    monthly = (0, 100000, 333333, 333334, 749999, 750001, 1300000, 1666666, 1666667, 1833334)
    expected = [(alone(earnings_krw_m=m), trapezoid(12 * m, *single)) for m in monthly]
    for first, second in (
        (500000, 250000),
        (1000000, 416666),
        (2000000, 999999),
        (3000000, 999999),
    ):
        pair = couple(first, second)
        expected.append((pair, trapezoid(12 * (first + second), *two)))
    office.agrees("eitc", date, expected)


def test_child_credit_with_its_assets(office: Office):
    """A million a child to 21 million won a year, half at 70; assets of 170 million halve it."""
    expected: list[tuple[Household, float | None]] = []
    for monthly in (1500000, 1750000, 1750001, 3000000, 4500000, 5833333, 5833334):
        for assets in (0, 169999999, 170000000, 239999999, 240000000):
            income = 12 * monthly
            a_child = 1000000 - 500000 * max(0, income - 21000000) / (70000000 - 21000000)
            due = 2 * a_child / (2 if assets >= 170000000 else 1) / 12
            out = income >= 70000000 or assets >= 240000000
            household = couple(monthly, 0, 9, 12) | {"financial_krw": assets}
            expected.append((household, None if out else due))
    office.agrees("ctc", "2025-05", expected)


@pytest.mark.parametrize(
    ("date", "lowest", "highest"), [("2024-03", 63104, 66000), ("2026-03", 66048, 68100)]
)
def test_job_seeking_benefit(office: Office, date: str, lowest: int, highest: int):
    """Three fifths of the daily wage between two bounds, for 120 to 270 days by age and years."""
    days = {  # months insured: days before 50, days from 50 on
        6: (120, 120),
        11: (120, 120),
        12: (150, 180),
        36: (180, 210),
        60: (210, 240),
        120: (240, 270),
    }
    expected: list[tuple[Household, float | None]] = [
        (alone(work="unemployed", insured=True, insured_months=5), None),
        (alone(work="unemployed", insured=False), None),
    ]
    for insured, lengths in days.items():
        for age, length in zip((49, 50), lengths, strict=True):
            for wage in (0, 3200000, 3300000, 5000000):
                a_day = min(highest, max(lowest, 0.6 * wage / 30))
                for jobless in (math.ceil(length / 30) - 1, math.ceil(length / 30)):
                    household = alone(
                        age=age,
                        work="unemployed",
                        insured=True,
                        insured_months=insured,
                        jobless_months=jobless,
                        last_wage_krw_m=wage,
                    )
                    expected.append((household, 30 * a_day if 30 * jobless < length else None))
    office.agrees("job_seeking_benefit", date, expected)


def test_parental_leave_benefit(office: Office):
    """From 2025: the wage to 2.5 million for three months, to 2.0 for three, then 80 % to 1.6."""
    expected: list[tuple[Household, float | None]] = []
    for month in (0, 1, 3, 4, 6, 7, 18, 19):
        for wage in (600000, 1900000, 2000001, 2500001, 4000000):
            share, most = (1.0, 2500000) if month <= 3 else (1.0, 2000000)
            if month > 6:
                share, most = 0.8, 1600000
            due = max(700000, min(most, share * wage))
            mother = {"age": 33, "sex": "female", "work": "employee"}
            mother |= {"leave_months": month, "last_wage_krw_m": wage}
            child = {"age": 8, "sex": "male", "relation": "child"}
            household = {"municipality": "청양군", "persons": [mother, child]}
            expected.append((household, due if 1 <= month <= 18 else None))
    office.agrees("parental_leave_benefit", "2025-03", expected)


def test_national_scholarship(office: Office):
    """Brackets of 2025 in shares of the median of four; assets beyond 69 million at 1.39 %."""
    brackets = ((0.7, 5700000), (0.9, 4200000), (1.3, 4200000), (2.0, 3500000), (3.0, 1000000))
    expected: list[tuple[Household, float | None]] = []
    for share, _ in brackets:
        for more in (0, 1):
            for assets in (0, 69000000, 169000000):
                converted = 0.0139 * max(0, assets - 69000000)
                earned = int(share * MEDIAN_2025[4] - converted) + more
                income = earned + converted
                due = next((sum_ for s, sum_ in brackets if income <= s * MEDIAN_2025[4]), None)
                father = {"age": 50, "sex": "male", "earnings_krw_m": earned}
                child = {"age": 20, "sex": "male", "relation": "child", "student": "university"}
                household = {"municipality": "청양군", "persons": [father, child]}
                household["financial_krw"] = assets
                expected.append((household, None if due is None else due / 12))
    office.agrees("national_scholarship_1", "2025-03", expected)


def test_youth_rent_support(office: Office):
    """Own income to 60 %, with the parents' to the median of three, who do not count from 30."""
    expected: list[tuple[Household, float | None]] = []
    for age in (18, 19, 29, 30, 34, 35):
        for own in (1150000, 1190000, 1435207, 1435208):
            for parents in (0, 46504236, 46504248, 90000000):
                apart = age >= 30 or own >= MEDIAN_2025[1] / 2
                origin = own + parents / 12 <= MEDIAN_2025[3]
                held = 19 <= age <= 34 and own <= 0.6 * MEDIAN_2025[1] and (apart or origin)
                household = of_income(own, age=age) | {
                    "tenure": "monthly_rent",
                    "rent_krw_m": 180000,
                    "obligor": {"income_krw_y": parents},
                }
                expected.append((household, 180000 if held else None))
    office.agrees("youth_rent_support", "2025-03", expected)


def test_youth_tomorrow_savings(office: Office):
    """Earnings less 400,000 and 30 % (19 to 29) or 30 % (others) against half and whole median."""
    expected: list[tuple[Household, float | None]] = []
    for age in (14, 15, 19, 25, 29, 30, 34, 35, 39, 40):
        for earned in (99999, 100000, 500000, 1708000, 1709000, 2108000, 2109000, 2500000, 2500001):
            flat = 400000 if 19 <= age <= 29 else 0
            recognized = math.floor(0.7 * max(0, earned - flat))
            poor = recognized <= round(MEDIAN_2025[1] / 2 + 0.1)
            if poor:
                due = 300000 if 15 <= age <= 39 and earned >= 100000 else None
            else:
                due = 100000 if 19 <= age <= 34 and 500000 < earned <= 2500000 else None
            if age >= 15:
                expected.append((alone(age=age, earnings_krw_m=earned), due))
    office.agrees("youth_tomorrow_savings", "2025-03", expected)


def test_childcare_at_home(office: Office):
    """Sixty hours at 12,180 won; 85, 60, 30 and 15 % up to 75, 120, 150 and 200 % of the median."""
    shares = ((0.75, 0.85), (1.2, 0.6), (1.5, 0.3), (2.0, 0.15))
    expected: list[tuple[Household, float | None]] = []
    for limit, _ in shares:
        for more in (0, 1):
            total = int(limit * MEDIAN_2025[4]) + more
            share = next((s for top, s in shares if total <= top * MEDIAN_2025[4]), None)
            due = None if share is None else 60 * 12180 * share
            expected.append((couple(total - 1000000, 1000000, 5, 3), due))
    expected.append((couple(3000000, 0, 5, 3), None))
    expected.append((couple(3000000, 1000000, 13, 14), None))
    office.agrees("childcare_home_service", "2025-03", expected)


@pytest.mark.parametrize(("month", "summer"), [("2025-05", False), ("2025-06", True)])
def test_electricity_discount(office: Office, month: str, summer: bool):
    """Poor 16,000 (summer 20,000), housing benefit 10,000 (12,000), near-poor 8,000 (10,000)."""
    poor, middle, near = (20000, 12000, 10000) if summer else (16000, 10000, 8000)
    expected: list[tuple[Household, float | None]] = []
    for income in (0, 956805, 956806, 1148166, 1148167, 1196007, 1196008):
        due: int | None = None
        if income <= round(0.4 * MEDIAN_2025[1]):
            due = poor
        elif income <= round(0.48 * MEDIAN_2025[1]):
            due = middle
        elif income <= 1196007:
            due = near
        expected.append((of_income(income), due))
        expected.append((of_income(income, disability="severe"), poor))
    office.agrees("electricity_discount", month, expected)


def test_national_rental_and_jeonse_loan(office: Office):
    """Of urban workers' income 90, 80, 70 % by size for the one, 70, 60, 50 % for the other."""
    urban = {1: 3598164, 2: 5477003, 4: 8578088}
    rental: list[tuple[Household, float | None]] = []
    loan: list[tuple[Household, float | None]] = []
    for size, extra in ((1, 0.2), (2, 0.1), (4, 0.0)):
        for base in (0.5, 0.7):
            for more in (0, 1):
                income = int((base + extra) * urban[size] + 1e-6) + more
                household = {1: alone(), 2: couple(0, 0), 4: couple(0, 0, 20, 19)}[size] | {
                    "tenure": "jeonse",
                    "other_income_krw_m": income,
                }
                fits = income <= (0.7 + extra) * urban[size] + 1e-6
                rent = 350000 if size == 1 else 550000
                rental.append((household, 0.3 * rent if fits else None))
                fits = income <= (0.5 + extra) * urban[size] + 1e-6
                loan.append((household, 70000000 * 0.03 / 12 if fits else None))
    office.agrees("national_rental", "2025-03", rental)
    office.agrees("jeonse_purchase_rental", "2025-03", loan)


@pytest.mark.parametrize(
    ("date", "share", "limit", "due"),
    [("2022-03", 0.6, 400000000, 500000), ("2026-03", 0.6, 400000000, 600000)],
)
def test_employment_support(office: Office, date: str, share: float, limit: int, due: int):
    """Up to 60 % of the median (young: 120 %), property to 400 million (young: 400, later 500)."""
    median = {"2022-03": 1944812, "2026-03": 2564238}[date]
    young_limit = {"2022-03": 400000000, "2026-03": 500000000}[date]
    expected: list[tuple[Household, float | None]] = []
    for age in (34, 35, 69, 70):
        for times in (share, 2 * share):
            for more in (0, 1):
                for held in (limit, limit + 1, young_limit + 1):
                    income = int(times * median) + more
                    top, most = (1.2, young_limit) if age <= 34 else (share, limit)
                    fits = age <= 69 and income <= top * median and held <= most
                    household = of_income(income, age=age, work="unemployed")
                    expected.append((household | {"general_krw": held}, due if fits else None))
    office.agrees("national_employment_support_1", date, expected)


def test_forest_jobs(office: Office):
    """The minimum wage for 174 hours, up to 70 % of the median, from February to November."""
    wages = {2021: 8720, 2022: 9160, 2023: 9620, 2024: 9860, 2025: 10030}
    medians = {2021: 1827831, 2022: 1944812, 2023: 2077892, 2024: 2228445, 2025: 2392013}
    for year, wage in wages.items():
        below = int(0.7 * medians[year])
        expected = [(of_income(below), 174.0 * wage), (of_income(below + 1), None)]
        office.agrees("public_forest_tending", f"{year}-02", expected)
        office.agrees("public_forest_tending", f"{year}-12", [(expected[0][0], 0.0), expected[1]])
