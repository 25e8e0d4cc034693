"""What follows from events, worked out anew for the households to which something happened.

Earnings after a lost job or in an illness, sums over members, and recent crises: plain loops over
the columns that :class:`~simlib.life.columns.RuleColumns` keeps.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.compiled.machine import first_member, next_member
from simlib.life.homes import CHILD_UNDER_YEARS
from simlib.life.people import NOT
from simlib.loops import fetch, inner
from simlib.months import Month

_AHEAD = 16
"""Persons further on whose memory is asked for."""
_AT_ONCE = 1024
"""Households whose facts one thread works out at a time."""
_GROWN_MONTHS = 12 * CHILD_UNDER_YEARS
Column = NDArray[Any]


class Now(NamedTuple):
    """Say when it is, and what incomes and crises depend on then.

    Attributes
    ----------
    month, step
        Calendar month and number of the month in the run.
    growth
        Growth of incomes since the population's reference month.
    ill_share
        Share of earnings kept while ill.
    recent_months
        Months in which an event counts as a crisis of the law.
    """

    month: Month
    step: int
    growth: float
    ill_share: float
    recent_months: float


class PersonColumns(NamedTuple):
    """Hold columns of persons: what events leave, then the facts that follow, (persons,) each.

    Attributes
    ----------
    birth_month, jobless_since, ill_since, due
        As in :class:`~simlib.life.people.People`.
    base_earnings_krw_m, base_pension_krw_m, base_work
        What a person has who is healthy and not out of work, in money of the start.
    work, earnings_krw_m, ...
        Facts by their names in the rules, changed in place.
    """

    birth_month: Column
    jobless_since: Column
    ill_since: Column
    due: Column
    base_earnings_krw_m: Column
    base_pension_krw_m: Column
    base_work: Column
    work: Column
    earnings_krw_m: Column
    pension_krw_m: Column
    pregnant: Column
    jobless_months: Column
    last_wage_krw_m: Column
    serious_illness: Column


class HomeColumns(NamedTuple):
    """Hold columns of households: what events leave, then what follows, (households,) each.

    Attributes
    ----------
    bereft_since
        As in :class:`~simlib.life.homes.Homes`.
    base_other_krw_m
        Other income, in money of the start.
    jobless_since, ill_since
        Latest step in which a member lost the job or fell ill, changed in place.
    children_n
        Members under 18, changed in place.
    lives_alone, household_earnings_krw_m, ...
        Facts by their names in the rules, changed in place.
    """

    bereft_since: Column
    base_other_krw_m: Column
    jobless_since: Column
    ill_since: Column
    children_n: Column
    lives_alone: Column
    household_earnings_krw_m: Column
    household_pension_krw_m: Column
    other_income_krw_m: Column
    income_krw_m: Column
    in_crisis: Column


@njit(cache=True, parallel=True)
def refresh(rows, members, persons, homes, now, unemployed):  # type: ignore[no-untyped-def]
    """Work out what follows from the events of some households.

    Parameters
    ----------
    rows
        Rows of the households, each once.
    members
        :class:`~simlib.benefits.compiled.machine.Members` of all.
    persons, homes
        :class:`PersonColumns` and :class:`HomeColumns` of all.
    now
        :class:`Now`.
    unemployed
        Code of the kind of work of who lost the job.
    """
    for part in prange((rows.size + _AT_ONCE - 1) // _AT_ONCE):
        end = min(rows.size, (part + 1) * _AT_ONCE)
        _refresh_some(rows, part * _AT_ONCE, end, members, persons, homes, now, unemployed)


@inner
def _refresh_some(rows, begin, end, members, persons, homes, now, unemployed):  # type: ignore[no-untyped-def]
    for k in range(begin, end):
        if k + 2 * _AHEAD < end:
            fetch(members.starts, rows[k + 2 * _AHEAD])
        if k + _AHEAD < end:
            _fetch_person(members.starts[rows[k + _AHEAD]], persons)
            _fetch_home(rows[k + _AHEAD], homes)
        _refresh_home(rows[k], members, persons, homes, now, unemployed)


@inner
def _fetch_person(person, persons):  # type: ignore[no-untyped-def]
    fetch(persons.birth_month, person)
    fetch(persons.base_earnings_krw_m, person)
    fetch(persons.base_pension_krw_m, person)
    fetch(persons.jobless_since, person)
    fetch(persons.ill_since, person)
    fetch(persons.due, person)
    fetch(persons.earnings_krw_m, person)
    fetch(persons.pension_krw_m, person)
    fetch(persons.last_wage_krw_m, person)
    fetch(persons.jobless_months, person)


@inner
def _fetch_home(row, homes):  # type: ignore[no-untyped-def]
    fetch(homes.bereft_since, row)
    fetch(homes.base_other_krw_m, row)
    fetch(homes.household_earnings_krw_m, row)
    fetch(homes.household_pension_krw_m, row)
    fetch(homes.other_income_krw_m, row)
    fetch(homes.income_krw_m, row)
    fetch(homes.jobless_since, row)
    fetch(homes.ill_since, row)


@inner
def _refresh_home(row, members, persons, homes, now, unemployed):  # type: ignore[no-untyped-def]
    jobless, ill = np.int32(NOT), np.int32(NOT)
    earnings, pension, here_n, children_n = 0, 0, 0, 0
    p = first_member(row, members)
    while p >= 0:
        if members.here[p]:
            _refresh_person(p, persons, now, unemployed)
            earnings += persons.earnings_krw_m[p]
            pension += persons.pension_krw_m[p]
            jobless = max(jobless, persons.jobless_since[p])
            ill = max(ill, persons.ill_since[p])
            children_n += now.month - persons.birth_month[p] < _GROWN_MONTHS
            here_n += 1
        p = next_member(p, row, members)
    other = np.int64(homes.base_other_krw_m[row] * now.growth) if here_n > 0 else 0
    latest = max(jobless, ill, homes.bereft_since[row])
    homes.lives_alone[row] = here_n == 1
    homes.household_earnings_krw_m[row], homes.household_pension_krw_m[row] = earnings, pension
    homes.other_income_krw_m[row] = other
    homes.income_krw_m[row] = earnings + pension + other
    homes.in_crisis[row] = latest != NOT and now.step - latest < now.recent_months
    homes.jobless_since[row], homes.ill_since[row] = jobless, ill
    homes.children_n[row] = children_n


@inner
def _refresh_person(p, persons, now, unemployed):  # type: ignore[no-untyped-def]
    jobless, ill = persons.jobless_since[p] != NOT, persons.ill_since[p] != NOT
    wage = persons.base_earnings_krw_m[p] * now.growth
    kept = wage * (now.ill_share if ill else 1.0)
    persons.earnings_krw_m[p] = 0 if jobless else np.int64(kept)
    persons.last_wage_krw_m[p] = np.int64(wage) if jobless else 0
    persons.pension_krw_m[p] = np.int64(persons.base_pension_krw_m[p] * now.growth)
    persons.work[p] = unemployed if jobless else persons.base_work[p]
    persons.pregnant[p] = persons.due[p] != NOT
    persons.jobless_months[p] = now.step - persons.jobless_since[p] + 1 if jobless else 0
    persons.serious_illness[p] = ill


@njit(cache=True)
def count_jobless(persons, since, household, step, out):  # type: ignore[no-untyped-def]
    """Count how long persons are out of work; give the months, and their households' rows.

    Parameters
    ----------
    persons
        Places of the persons, (jobless,).
    since, household
        Step in which each person lost the job, and row of the household, (persons,).
    step
        Number of the month.
    out
        Months of all persons, changed in place.
    """
    months, home = np.empty(persons.size, np.int64), np.empty(persons.size, np.int64)
    for k in range(persons.size):
        fetch(since, persons[min(k + _AHEAD, persons.size - 1)])
        fetch(out, persons[min(k + _AHEAD, persons.size - 1)])
        fetch(household, persons[min(k + _AHEAD, persons.size - 1)])
        person = persons[k]
        months[k], home[k] = step - since[person] + 1, household[person]
        out[person] = months[k]
    return months, home
