import numpy as np
import pytest

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.mesa_adapter import Model
from simlib.uptake.catchments import Catchment
from simlib.uptake.claims import Claims
from simlib.uptake.offices import OfficeRates, WelfareOffice, take_outreach, work_queues
from simlib.uptake.priorities import RULES, Priority
from simlib.uptake.waiting import Queue

RATES = OfficeRates(
    households_at_least=0.0,
    caseworkers_per_1000_households=1.0,
    hours_per_month=100.0,
    duty_share=0.1,
    outreach_share=0.5,
    wage_krw_h=25_000.0,
)


def office(households_n: int = 1000) -> WelfareOffice:
    made = WelfareOffice(Model(), Catchment((11110,), 0, households_n), RATES)
    made.open_month()
    return made


def call(made: WelfareOffice, hours: list[float], task: str = "call") -> list[bool]:
    """Let an office work down a list, and tell which cases are finished."""
    of = np.zeros(len(hours), np.int64)
    return take_outreach([made], task, of, np.array(hours))[0].tolist()


def claims(waited: list[int], days: list[float], hours: list[float]) -> Claims:
    n = len(waited)
    need, limit_days = np.zeros(n), np.full(n, 30.0)
    return Claims.of(
        np.arange(n), np.zeros(n, np.int64), np.array(waited), np.array(days), np.array(hours),
        need, limit_days,
    )  # fmt: skip


def test_an_office_has_its_caseworkers_share_of_hours():
    assert office().hours_available == pytest.approx(10.0)
    assert office(500).hours_available == pytest.approx(5.0)


def test_claims_are_decided_in_order_of_arrival_until_the_hours_are_gone():
    made = office()
    decided = made.decide(claims([2, 1, 1], [1.0, 1.0, 2.0], [4.0, 4.0, 4.0]), np.full(3, 3.0))
    assert decided.chosen.tolist() == [True, True, False]
    assert made.decisions_spent == pytest.approx(10.0)  # two hours went into the third
    assert made.queue_n == 1
    made.open_month()
    again = made.decide(claims([2], [2.0], [4.0]), np.full(1, 3.0))
    assert again.chosen.tolist() == [True]
    assert made.decisions_spent == pytest.approx(2.0)


def test_a_claim_waits_at_least_its_days_of_investigation():
    made = office()
    decided = made.decide(claims([0, 0], [5.0, 29.0], [1.0, 1.0]), np.array([14.0, 14.0]))
    assert decided.chosen.tolist() == [True, False]  # the second is not ready this month
    assert decided.wait_days[0] == 14.0


def test_a_backlog_makes_claims_wait_longer_than_their_days():
    decided = office().decide(claims([3], [1.0], [5.0]), np.full(1, 14.0))
    assert decided.wait_days[0] == pytest.approx(3 * 30 - 1 + 15)


def test_an_agency_decides_by_its_days_alone():
    made = office(0)
    decided = made.decide(claims([0], [1.0], [0.0]), np.full(1, 7.0))
    assert decided.chosen.tolist() == [True]
    assert made.decisions_spent == 0.0


def test_outreach_takes_no_more_than_its_share():
    made = office()
    assert call(made, 5 * [2.0]) == [True, True, False, False, False]
    assert made.outreach_spent == pytest.approx(5.0)
    assert call(made, 3 * [2.0]) == [False, False, False]
    assert made.outreach_left == pytest.approx(0.0)


def test_hours_put_into_a_visit_do_not_count_for_a_call():
    made = office()
    assert call(made, [9.0], "visit") == [False]  # five of nine hours
    made.open_month()
    assert all(call(made, 4 * [1.0]))
    assert made.outreach_spent == pytest.approx(4.0)
    made.open_month()
    assert call(made, [9.0], "visit") == [True]
    assert made.outreach_spent == pytest.approx(4.0)


def test_hours_left_when_the_list_is_done_stay_for_claims():
    made = office()
    assert call(made, [1.0]) == [True]
    assert made.hours_left == pytest.approx(9.0)


def test_every_office_works_down_its_own_part_of_a_list():
    made = [office(), office(500)]
    hours = np.array([2.0, 2.0, 3.0, 2.0])
    done, share = take_outreach(made, "call", np.array([1, 0, 0, 1]), hours)
    assert done.tolist() == [True, True, True, False]
    assert share.tolist() == pytest.approx([0.8, 0.4, 1.0, 1.0])
    assert [each.outreach_spent for each in made] == pytest.approx([5.0, 2.5])


@pytest.mark.parametrize("available", [0.0, 0.3, 5.0])
def test_a_long_case_is_finished_over_several_months(available):
    made, spent, done = office(), 0.0, False
    for _ in range(20):
        made.open_month()
        made.outreach_left = available
        done = call(made, [2.5])[0]
        assert made.outreach_spent <= available + 1e-9
        spent += made.outreach_spent
        if done:
            break
    assert done == (available > 0.0)
    assert spent == pytest.approx(2.5 if done else 0.0)


def test_another_priority_rule_is_a_small_class():
    class NewestFirst(Priority):
        def order(self, claims: Claims) -> np.ndarray:
            return np.argsort(claims.waited_months, kind="stable")

    made = WelfareOffice(Model(), Catchment((11110,), 0, 1000, NewestFirst()), RATES)
    made.open_month()
    decided = made.decide(claims([5, 1], [1.0, 1.0], [6.0, 6.0]), np.full(2, 3.0))
    assert decided.chosen.tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("arrival", [0, 1, 2]),
        ("need_first", [2, 0, 1]),
        ("quickest_first", [1, 2, 0]),
        ("limit_first", [0, 2, 1]),
    ],
)
def test_each_rule_orders_by_what_its_name_says(name: str, order: list[int]):
    given = Claims.of(
        np.arange(3), np.zeros(3, np.int64), np.array([3, 2, 1]), np.array([1.0, 5.0, 9.0]),
        np.array([2.0, 0.5, 1.0]), np.array([0.5, -1.0, 2.0]), np.array([60.0, 60.0, 7.0]),
    )  # fmt: skip
    assert RULES[name]().order(given).tolist() == order


def test_hours_begun_beyond_a_case_that_became_shorter_stay_with_the_next():
    made = office()
    made.outreach_left, made.outreach_begun_hours["call"] = 0.5, 3.0
    assert call(made, [1.0, 4.0]) == [True, False]
    assert made.outreach_spent == pytest.approx(0.5)
    assert made.outreach_begun_hours["call"] == pytest.approx(2.5)


def many_claims(seed: int) -> Queue:
    """Give claims of 40 households at five offices, and their days of investigation."""
    luck = Draws(seed).uniform("uptake.award", np.arange(120), draw=np.arange(6)[:, None])
    office_of = np.repeat(np.arange(5), [10, 0, 9, 1, 20])
    row = np.sort((40 * luck[0]).astype(np.int64))
    columns = (3 * luck[1]).astype(np.int64), np.ceil(30 * luck[2]), np.floor(4 * luck[3])
    made = Claims.of(row, np.arange(120) % 7, *columns, luck[4], 30 + np.floor(90 * luck[5]))
    order = np.lexsort((made.arrival_day, -made.waited_months, office_of[row]))
    days = np.array([3.0, 30.0, 45.0])[made.programme % 3]
    claims = Claims(*(column[order] for column in vars(made).values()))
    return Queue(claims, np.arange(120), office_of[claims.row], days[order])


@pytest.mark.parametrize("name", RULES)
def test_an_order_of_ones_own_does_what_the_rule_of_that_order_does(name: str):
    class Alone(RULES[name]):  # type: ignore[name-defined, misc]
        def order(self, claims: Claims) -> np.ndarray:
            return super().order(claims)

    together = [
        WelfareOffice(Model(), Catchment((k,), 0, 300 * k, RULES[name]()), RATES) for k in range(5)
    ]
    alone = [WelfareOffice(Model(), Catchment((k,), 0, 300 * k, Alone()), RATES) for k in range(5)]
    for month in range(3):
        queue = many_claims(month)
        for made in (*together, *alone):
            made.open_month()
        one, other = (work_queues(each, queue) for each in (together, alone))
        assert 0 < one.chosen.sum() < queue.claims.row.size
        assert np.array_equal(one.chosen, other.chosen)
        assert np.array_equal(one.wait_days, other.wait_days)
        for here, there in zip(together, alone, strict=True):
            ledgers = [
                (o.hours_left, o.decisions_spent, o.claim_begun_hours, o.queue_n, o.backlog_months)
                for o in (here, there)
            ]
            assert ledgers[0] == ledgers[1]


def test_an_order_that_leaves_out_a_claim_is_refused():
    class Forgetful(Priority):
        def order(self, claims: Claims) -> np.ndarray:
            return np.zeros(claims.row.size, np.int64)

    made = WelfareOffice(Model(), Catchment((11110,), 0, 1000, Forgetful()), RATES)
    with pytest.raises(UserError, match="Forgetful does not give every claim once"):
        made.decide(claims([5, 1], [1.0, 1.0], [6.0, 6.0]), np.full(2, 3.0))
