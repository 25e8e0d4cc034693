import numpy as np

from simlib.draws import Draws
from simlib.life.course import LifeCourse
from simlib.life.crises import crisis_logit
from simlib.life.growing import appended
from simlib.life.hardship import Hardship
from simlib.life.means import next_buffer
from simlib.uptake.states import ENDED_UNKNOWN, IN_ERROR
from worlds import START, catalogue, numbers, run, sample, world


def course(replicate: int = 0, households_n: int = 5000) -> LifeCourse:
    return LifeCourse(sample(households_n), catalogue(), numbers(), Draws(11, replicate))


def test_some_households_alone_are_judged_as_within_all():
    made = course(households_n=500)
    made.events.warm_up(START, 6)
    everybody = np.arange(500)
    rows = np.arange(3, 500, 7)
    whole, part = made.situation(everybody, START, 0), made.situation(rows, START, 0)
    for name in ("income_krw_m", "jobless_since", "size", "children_n"):
        assert np.array_equal(getattr(whole, name)[rows], getattr(part, name)), name
    assert np.array_equal(whole.rights.kinds()[rows], part.rights.kinds())
    assert np.array_equal(whole.rights.amounts_krw_m()[rows], part.rights.amounts_krw_m())


def test_what_happens_does_not_depend_on_the_policy():
    of = world()
    none, everything = run("none", of), run("everything", of)
    for name in ("income_krw_m", "jobless_since", "ill_since", "size", "municipality"):
        first = getattr(none.circumstances, name)
        assert np.array_equal(first, getattr(everything.circumstances, name))
    rights = [each.funnel_state.cells.table("right") for each in (none, everything)]
    # what is paid by mistake, or on until an end is noticed, is no right and rests on receipt
    ruled = [np.where(np.isin(each, (ENDED_UNKNOWN, IN_ERROR)), 0, each) for each in rights]
    assert np.array_equal(*ruled)


def test_nobody_becomes_entitled_because_thresholds_rise_alone():
    made = course(households_n=500)
    rows = np.arange(500)
    first, later = made.situation(rows, START, 0), made.situation(rows, START + 24, 24)
    growth = later.income_krw_m.sum() / first.income_krw_m.sum()
    medians = numbers().value("national.median_income_krw_m", START + 24)[1]
    expected = medians / numbers().value("national.median_income_krw_m", START)[1]
    assert abs(growth - expected) < 1e-4


def test_means_grow_with_a_surplus_and_shrink_with_a_deficit():
    rates = Hardship(world(), numbers(), Draws(1)).rates
    assert next_buffer(rates, 1.0, 0.5) == 1.0 + rates.saving_share * 0.5
    assert next_buffer(rates, 1.0, -0.5) == 0.5
    assert next_buffer(rates, rates.buffer_cap_months, 9.0) == rates.buffer_cap_months
    # without means, most of a deficit is cut from spending, and debt has an end
    assert next_buffer(rates, 0.0, -0.5) == -0.5 * (1 - rates.thrift_share)
    assert next_buffer(rates, -2.9, -9.0) >= -3.0


def test_every_burden_of_life_makes_a_crisis_likelier():
    rates = Hardship(world(), numbers(), Draws(1)).rates
    calm = crisis_logit(rates, 0.0, 0.0, 0.0, 0.0)
    for worse in ((3.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)):
        assert crisis_logit(rates, *worse) > calm
    assert crisis_logit(rates, 0.0, 0.0, 0.0, 1.0) > calm
    assert crisis_logit(rates, 6.0, 0.0, 0.0, 0.0) == crisis_logit(rates, 20.0, 0.0, 0.0, 0.0)


def test_means_stay_within_their_bounds_and_a_crisis_begins_with_its_first_month():
    model = run("none", world(5000, 12))
    now, rates = model.circumstances, model.hardship.rates
    means = now.buffer_months
    assert means.min() == np.float32(rates.buffer_floor_months)
    assert means.max() == np.float32(rates.buffer_cap_months)
    assert now.crisis_began.any()
    assert np.array_equal(now.crisis_began, now.crisis_months == 1)


def test_a_growing_column_is_copied_only_when_its_room_is_full():
    column = np.arange(10_000)
    copies, held = 0, None
    for k in range(200):
        column = appended(column, np.array([k]))
        copies += held is not None and not np.shares_memory(held, column)
        held = column
    assert np.array_equal(column[:10_000], np.arange(10_000))
    assert np.array_equal(column[10_000:], np.arange(200))
    assert copies == 0
