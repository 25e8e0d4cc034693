"""Debt leads to arrears: its service is part of what must be spent each month."""

import numpy as np

from simlib.model import WelfareModel
from worlds import numbers, plain_anchors, policy, run, world


def test_of_those_in_debt_the_heavily_indebted_are_in_arrears_more_often():
    of = world(5000, 12)
    model = run("none", of)
    households = of.population.households
    debt = households["debt_krw"].to_numpy()
    income = np.maximum(12 * households["income_krw_m"].to_numpy(), 1)
    late = model.hardship.is_in_arrears(model.circumstances)
    burden = debt / income
    light = late[(burden > 0) & (burden < 1)].mean()
    heavy = late[burden >= 3].mean()
    assert heavy > 3 * light


def test_at_the_same_income_class_more_debt_means_more_arrears():
    of = world(5000, 12)
    model = run("none", of)
    households = of.population.households
    income = households["income_krw_m"].to_numpy()
    burden = households["debt_krw"].to_numpy() / np.maximum(12 * income, 1)
    late = model.hardship.is_in_arrears(model.circumstances)
    poor = income < np.median(income)
    for group in (poor, ~poor):
        assert late[group & (burden >= 3)].mean() > late[group & (burden > 0) & (burden < 1)].mean()


def test_households_begin_in_arrears_in_about_the_share_that_stays():
    of = world(5000, 12)
    begun = run("none", of, {"uptake.burn_in_months": 12}, record=False)
    parameters = numbers().override({"uptake.burn_in_months": 12}, "test")
    opening = WelfareModel(of, policy("none"), parameters, plain_anchors(of), record=False)
    shares = [each.hardship.is_in_arrears(each.circumstances).mean() for each in (opening, begun)]
    assert 0.03 < shares[0] < 0.07
    assert abs(shares[1] - shares[0]) < 0.02
