"""Rights that follow what happened are those that everybody would be found to have anew."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from simlib.draws import Draws
from simlib.life.changes import MonthChanges
from simlib.life.course import LifeCourse
from simlib.life.world import prepare_world
from worlds import START, catalogue, numbers, sample, world

N, MONTHS = 1000, 14
COLUMNS = ("income_krw_m", "jobless_since", "ill_since", "size", "children_n")


def course() -> LifeCourse:
    made = LifeCourse(sample(N), catalogue(), numbers(), Draws(11, 0))
    made.events.warm_up(START, int(numbers().number("life.warm_up_months")))
    return made


@pytest.mark.parametrize("months", [1, 7, 13])
def test_followed_rights_and_columns_are_those_worked_out_anew(months: int):
    of, anew = world(N, MONTHS), course()
    kinds, amounts = of.baseline.rights.kinds(), of.baseline.rights.amounts_krw_m()
    columns = {name: getattr(of.baseline, name).copy() for name in COLUMNS}
    for step in range(months):
        now = of.changes[step]
        kinds[now.change.row, now.change.programme] = now.change.kind
        amounts[now.change.row, now.change.programme] = now.change.amount_krw_m
        for name, column in columns.items():
            column[now.rows] = getattr(now, name)
        anew.events.happen(START + step, step)
    everybody = np.arange(N)
    expected = anew.situation(everybody, START + months - 1, months - 1)
    assert_array_equal(kinds, expected.rights.kinds())
    assert_array_equal(amounts, expected.rights.amounts_krw_m())
    for name, column in columns.items():
        assert_array_equal(column, getattr(expected, name), name)


def test_only_what_differs_is_named_once_and_in_order():
    of = world(N, MONTHS)
    kinds, amounts = of.baseline.rights.kinds(), of.baseline.rights.amounts_krw_m()
    for step in range(of.months):
        change = of.changes[step].change
        place = change.row, change.programme
        differs = (kinds[place] != change.kind) | (amounts[place] != change.amount_krw_m)
        assert differs.all()
        assert np.all(np.diff(change.row * 1000 + change.programme) > 0)
        kinds[place], amounts[place] = change.kind, change.amount_krw_m


def test_months_are_the_same_whether_kept_or_passing():
    kept = world(N, MONTHS)
    passing = prepare_world(
        sample(N), catalogue(), numbers(), START, MONTHS, Draws(11, 0), keeps=False
    )
    for step in (0, 1, 5):
        same(kept.changes[step], passing.changes[step])
    with pytest.raises(RuntimeError, match="not kept"):
        _ = passing.changes[2]
    with pytest.raises(IndexError):
        _ = passing.changes[MONTHS]


def same(first: MonthChanges, second: MonthChanges) -> None:
    assert_array_equal(first.change.row, second.change.row)
    assert_array_equal(first.change.amount_krw_m, second.change.amount_krw_m)
    for name in ("rows", *COLUMNS):
        assert_array_equal(getattr(first, name), getattr(second, name))


def test_before_anything_happens_the_columns_are_those_of_the_population():
    made = LifeCourse(sample(N), catalogue(), numbers(), Draws(11, 0))
    households, persons = sample(N).households, sample(N).persons
    now = made.circumstances(np.arange(N), sample(N).reference_month, 0)
    assert now.households.select(households.columns).equals(households)
    assert now.persons.select(persons.columns).equals(persons)
