"""Rights that are followed through changes are those worked out anew for everybody."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.following import FollowedRights, Reason
from simlib.benefits.compiled.graph import HOUSEHOLD
from simlib.benefits.compiled.machine import Members
from simlib.benefits.compiled.run import read_columns
from simlib.benefits.entitlement import entitle
from simlib.months import parse_month
from simlib.parameters import Parameters
from simlib.rights import Rights
from worlds import sample

START = parse_month("2024-11")
N = 700


class Columns:
    """Households and persons whose columns a test changes."""

    def __init__(self) -> None:
        made = sample(N)
        self.households, self.persons = made.households, made.persons
        starts = np.zeros(N + 1, np.int64)
        np.cumsum(self.households["size"].to_numpy(), out=starts[1:])
        nobody = np.empty(0, np.int32)
        here = np.ones(self.persons.height, np.bool_)
        self.members = Members(starts, here, np.full(N, -1, np.int32), nobody, 20)

    def column(self, space: int, name: str) -> NDArray[Any]:
        level = "household" if space == HOUSEHOLD else "person"
        frame = self.households if space == HOUSEHOLD else self.persons
        return read_columns(frame, [name], level)[name]


def anew(of: Columns, month: int, catalogue: Catalogue, parameters: Parameters) -> Rights:
    found = entitle(catalogue, of.households, of.persons, month, parameters, evaluator="machine")
    return Rights.of(found.right, found.amount_krw_m)


def same(first: Rights, second: Rights) -> None:
    for name in ("start", "programme", "kind", "amount_krw_m"):
        assert_array_equal(getattr(first, name), getattr(second, name), name)


def held(of: FollowedRights) -> Rights:
    rows = np.arange(N)
    now = of.held.held
    first = now.first.astype(np.int64)
    at = np.concatenate([np.arange(first[r], first[r] + now.rights_n[r]) for r in rows])
    start = np.concatenate([[0], np.cumsum(now.rights_n.astype(np.int64))])
    bits = now.right[at].view(np.uint16).reshape(-1, 4)
    amounts = np.ascontiguousarray(bits[:, :2]).view(np.float32)[:, 0]
    return Rights(start, bits[:, 3], bits[:, 2].astype(np.uint8), amounts, of.programmes_n)


@pytest.fixture
def followed(catalogue: Catalogue, parameters: Parameters) -> tuple[Columns, FollowedRights]:
    of = Columns()
    made = FollowedRights(catalogue, parameters, [], of.column)
    same(made.begin(START, of.members), anew(of, START, catalogue, parameters))
    return of, made


def test_with_nothing_but_birthdays_the_date_alone_changes_rights(
    catalogue: Catalogue, parameters: Parameters, followed: tuple[Columns, FollowedRights]
):
    of, made = followed
    for month in range(START + 1, START + 15):
        change = made.proceed(month, of_birthdays(of, made, month), of.members)
        same(held(made), anew(of, month, catalogue, parameters))
        assert np.all(np.diff((change.row << 16) | change.programme) > 0)


def test_a_lost_job_touches_its_household_alone(
    catalogue: Catalogue, parameters: Parameters, followed: tuple[Columns, FollowedRights]
):
    of, made = followed
    rows = np.arange(0, N, 9)
    lost = pl.Series(np.isin(np.arange(N), rows))
    poorer = pl.when(lost).then(0).otherwise
    of.households = of.households.with_columns(
        earnings_krw_m=poorer("earnings_krw_m"), income_krw_m=poorer("income_krw_m")
    )
    mine = of.persons["household_id"].is_in(of.households["household_id"].filter(lost).implode())
    of.persons = of.persons.with_columns(
        earnings_krw_m=pl.when(mine).then(0).otherwise("earnings_krw_m")
    )
    facts = ("earnings_krw_m", "household_earnings_krw_m", "income_krw_m")
    touched = made.rules.resting_on(facts, START)
    change = made.proceed(START, [Reason(touched, rows)], of.members)
    assert set(change.row) <= set(rows)
    assert change.row.size > 0
    same(held(made), anew(of, START, catalogue, parameters))


def test_who_left_or_came_counts_and_nobody_has_no_rights(
    catalogue: Catalogue, parameters: Parameters, followed: tuple[Columns, FollowedRights]
):
    of, made = followed
    whole, size = of.persons, of.households["size"].to_numpy()
    of.members.here[: size[0]] = False  # all of the first, one of the next
    of.members.here[size[0]] = False
    second = pl.lit(of.households["household_id"][1], whole.schema["household_id"])
    twin = whole[-1].with_columns(household_id=second)
    of.persons = pl.concat([whole, twin])
    extra = of.members.extra.copy()
    extra[1] = whole.height
    here = np.append(of.members.here, True)
    members = of.members._replace(here=here, extra=extra, following=np.array([-1], np.int32))
    everything = frozenset(range(made.programmes_n))
    made.proceed(START, [Reason(everything, np.array([0, 1]))], members)
    now = held(made)
    assert now.start[1] == 0
    of.persons = of.persons.filter(here).sort("household_id", maintain_order=True)
    expected = anew(of, START, catalogue, parameters)
    assert_array_equal(now.kinds()[1:], expected.kinds()[1:])
    assert_array_equal(now.amounts_krw_m()[1:], expected.amounts_krw_m()[1:])


def test_birthdays_that_matter_are_few_and_include_those_of_the_law(
    catalogue: Catalogue, parameters: Parameters, followed: tuple[Columns, FollowedRights]
):
    found = followed[1].rules.birthdays(START)
    pension, child = catalogue.index("basic_pension"), catalogue.index("child_allowance")
    assert np.flatnonzero(found[pension]).tolist() == [12 * 18, 12 * 65]
    assert np.flatnonzero(found[child]).tolist() == [12 * 8]
    assert found.any(axis=0).sum() < 60


def of_birthdays(of: Columns, made: FollowedRights, month: int) -> list[Reason]:
    home = np.repeat(np.arange(N), np.diff(of.members.starts))
    born = of.persons["birth_month"].to_numpy()
    return made.birthdays(lambda at: np.flatnonzero(born == at), of.members.here, home, month)
