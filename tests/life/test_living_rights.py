"""Rights that follow what happened are those that everybody would be found to have anew."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws
from simlib.life.changes import MonthChanges
from simlib.life.course import LifeCourse
from simlib.life.world import prepare_world
from simlib.months import format_month
from simlib.parameters import Parameters
from simlib.population.population import Population
from worlds import START, catalogue, numbers, sample, world

N, MONTHS = 1000, 14
EVERY_MONTH = 36
COLUMNS = ("income_krw_m", "jobless_since", "ill_since", "size", "children_n")
OF_HOMES = (
    *("tenure", "rent_krw_m", "deposit_krw", "housing_krw", "general_krw", "financial_krw"),
    *("vehicle_krw", "debt_krw", "obligor_income_krw_y", "obligor_assets_krw", "city_gas"),
    *("district_heating", "public_rental", "medical_cost_krw_y"),
)
OF_PERSONS = ("disability", "chronic_illness", "veteran", "insured", "infertility", "care_score")


def mixed() -> Population:
    """A population in which facts that law asks about meet as they seldom do."""
    of, draws = sample(2 * N), Draws(23)

    def shuffled(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        rows = np.arange(frame.height)
        orders = [np.argsort(draws.uniform("life.death", rows, 0, k)) for k in range(len(names))]
        return frame.with_columns(
            frame[name].gather(order) for name, order in zip(names, orders, strict=True)
        )

    return replace(
        of, households=shuffled(of.households, OF_HOMES), persons=shuffled(of.persons, OF_PERSONS)
    )


def restless() -> Parameters:
    """Numbers with which households move often, and to other places."""
    rates = numbers().group("life.moves")
    often = {f"life.moves.{name}": 0.6 for name in rates if name.startswith("prob_y")}
    return numbers().override(often | {"life.moves.within_share": 0.05}, "test")


@pytest.mark.slow
def test_in_every_month_rights_and_columns_are_those_worked_out_anew():
    """Dated changes, events and birthdays of three years meet all kinds of households."""
    of, given, luck = mixed(), restless(), Draws(11, 0)
    programmes = load_catalogue(given)
    anew = LifeCourse(of, programmes, given, luck)
    anew.events.warm_up(START, int(given.number("life.warm_up_months")))
    lived = prepare_world(of, programmes, given, START, EVERY_MONTH, luck)
    kinds, amounts = lived.baseline.rights.kinds(), lived.baseline.rights.amounts_krw_m()
    columns = {name: getattr(lived.baseline, name).copy() for name in COLUMNS}
    everybody, changed = np.arange(of.households.height), np.zeros(len(programmes.ids), np.bool_)
    for step in range(EVERY_MONTH):
        now = lived.changes[step]
        kinds[now.change.row, now.change.programme] = now.change.kind
        amounts[now.change.row, now.change.programme] = now.change.amount_krw_m
        changed[now.change.programme] = True
        for name, column in columns.items():
            column[now.rows] = getattr(now, name)
        anew.events.happen(START + step, step)
        expected = anew.situation(everybody, START + step, step)
        assert_array_equal(kinds, expected.rights.kinds(), format_month(START + step))
        assert_array_equal(amounts, expected.rights.amounts_krw_m(), format_month(START + step))
        for name, column in columns.items():
            assert_array_equal(column, getattr(expected, name), name)
    assert changed.sum() > 0.9 * changed.size


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
    now = made.frames(np.arange(N), sample(N).reference_month, 0)
    assert now.households.select(households.columns).equals(households)
    assert now.persons.select(persons.columns).equals(persons)
