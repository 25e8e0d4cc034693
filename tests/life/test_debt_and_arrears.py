"""Debt leads to arrears: its service is part of what must be spent each month."""

import numpy as np

from worlds import run, world


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
