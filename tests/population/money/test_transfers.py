"""The approximate way between incomes without benefits and published ones."""

import numpy as np
import pytest

from simlib.population.money.transfers import (
    benefits_at,
    disposable,
    market_at,
    members_of,
    schedule,
    with_benefits,
)


@pytest.mark.parametrize("older", [0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("child", [0.0, 1_200_000.0])
def test_income_without_benefits_leads_back_to_income_with_them(parameters, older, child):
    v, root = schedule(parameters), np.sqrt(max(older, 1.0))
    for total in np.geomspace(25e6, 4e8, 40):
        market = market_at(total, root, older, child, v)
        assert market + benefits_at(market, root, older, child, v) == pytest.approx(total, abs=1.0)


def test_more_income_is_never_less_with_benefits(parameters):
    v = schedule(parameters)
    market = np.linspace(0.0, 1.5e8, 3_001)
    for older in (0.0, 1.0, 2.0):
        total = market + [benefits_at(m, 1.0, older, 0.0, v) for m in market]
        assert (np.diff(total) > 0).all()


def test_who_has_less_than_benefits_alone_has_no_other_income(parameters):
    v = schedule(parameters)
    assert market_at(1e6, 1.0, 1.0, 0.0, v) == pytest.approx(0.0, abs=1.0)


def test_members_are_counted_by_household(parameters):
    first = np.array([0, 1, 4])
    age = np.array([70, 66, 64, 0], dtype=np.uint8)
    members = members_of(first, age, parameters)
    assert members.root == pytest.approx([1.0, np.sqrt(3.0)])
    assert members.older_n == pytest.approx([1.0, 1.0])
    value = parameters.group("population.transfers")
    assert members.child_krw_y == pytest.approx([0.0, value["child_krw_y"] + value["infant_krw_y"]])
    rich = with_benefits(np.array([9e8, 9e8]), members, parameters)
    assert rich == pytest.approx(9e8 + members.child_krw_y)


def test_taxes_take_a_rising_share_and_leave_the_order(parameters):
    total = np.linspace(1e6, 5e8, 2_000)
    left = disposable(total, np.zeros(total.size), parameters)
    share = 1.0 - left / total
    assert (np.diff(left) > 0).all()
    assert (np.diff(share) >= -1e-12).all()
    assert share.min() >= 0.0
    assert (disposable(total, np.ones(total.size), parameters) >= left).all()
