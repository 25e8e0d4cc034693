"""Recognized income step by step, against numbers worked out by hand."""

import numpy as np
import pytest

from simlib.benefits import recognized as rec
from simlib.errors import UserError
from simlib.months import parse_month
from simlib.parameters import Parameters

MONTH = parse_month("2025-03")
RATES = rec.LivelihoodRates(0.0104, 0.0417, 0.0626, 1.0)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_earnings_lose_the_flat_part_and_then_the_share():
    earned = rec.earned_after_deduction(column(1_000_000, 300_000, 0), 400_000, 0.3)
    assert earned.tolist() == pytest.approx([420_000, 0, 0])


def test_young_and_old_workers_have_flat_deductions(parameters: Parameters):
    age = np.array([18, 19, 29, 30, 64, 65, 40])
    disabled = np.array([False] * 6 + [True])
    flat = rec.flat_work_deduction(age, disabled, parameters, MONTH)
    assert flat.tolist() == [0, 400_000, 400_000, 0, 0, 200_000, 200_000]


def test_the_home_beyond_the_cap_counts_as_general_property():
    residential, excess = rec.residential_and_excess(
        column(200e6, 0), column(0, 100e6), 0.95, column(112e6, 112e6)
    )
    assert residential.tolist() == [112e6, 95e6]
    assert excess.tolist() == [88e6, 0]


def test_a_luxury_car_counts_in_full_and_an_ordinary_one_as_property():
    small, large = rec.split_vehicles(column(39_999_999, 40_000_000), 4e7)
    assert small.tolist() == [39_999_999, 0]
    assert large.tolist() == [0, 40_000_000]


@pytest.mark.parametrize(
    ("residential", "general", "financial", "deducted", "income"),
    [
        (53e6, 0, 0, 53e6, 0),
        (63e6, 0, 0, 53e6, 104_000),
        (50e6, 10e6, 0, 53e6, 7e6 * 0.0417),
        (50e6, 1e6, 4e6, 53e6, 2e6 * 0.0626),
        (0, 0, 10e6, 0, 626_000),
        (10e6, 10e6, 10e6, 100e6, 0),
    ],
)
def test_deductions_are_used_up_on_home_then_general_then_financial(
    residential: float, general: float, financial: float, deducted: float, income: float
):
    made = rec.livelihood_asset_income(
        column(residential),
        column(general),
        column(financial),
        column(0),
        column(deducted),
        RATES,
    )
    assert made[0] == pytest.approx(income)


def test_pension_assets_lose_both_deductions_and_debt_and_convert_at_four_per_cent():
    made = rec.pension_asset_income(
        column(372.5e6, 372.5e6, 50e6),
        column(20e6, 50e6, 25e6),
        column(0, 30e6, 10e6),
        column(0, 0, 45e6),
        column(72.5e6, 72.5e6, 72.5e6),
        20e6,
        0.04,
    )
    assert made.tolist() == pytest.approx([1_000_000, 1_000_000, 45e6])


def test_the_median_grows_by_the_same_step_beyond_seven_persons(parameters: Parameters):
    median = rec.median_income(np.array([1, 4, 7, 8, 10]), parameters, MONTH)
    step = 923_623
    expected = [2_392_013, 6_097_773, 8_988_428, 8_988_428 + step, 8_988_428 + 3 * step]
    assert median.tolist() == expected


@pytest.mark.parametrize(
    ("size", "threshold"),
    [(1, 820_556), (2, 1_343_773), (3, 1_714_892), (4, 2_078_316), (5, 2_418_150), (6, 2_737_905)],
)
def test_the_published_livelihood_thresholds_of_2026(
    parameters: Parameters, size: int, threshold: int
):
    median = rec.median_income(np.array([size]), parameters, parse_month("2026-01"))
    share = parameters.number("programmes.livelihood_benefit.threshold_share")
    assert abs(round(share * median[0]) - threshold) <= 1


def test_a_month_before_the_first_standard_is_refused(parameters: Parameters):
    with pytest.raises(UserError, match="has no value for 2018-12"):
        rec.median_income(np.array([1]), parameters, parse_month("2018-12"))
