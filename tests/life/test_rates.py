"""Events of life happen as often as the tables say, within the luck of so many draws."""

import numpy as np
import pytest
from scipy.stats import binom

from simlib.draws import Draws
from simlib.life.course import LifeCourse
from simlib.life.deaths import death_prob_y
from simlib.life.moves import destinations
from simlib.life.people import NOT, SPOUSE
from simlib.life.plans import EventPlan, monthly
from simlib.population.published.tables import by_age, municipalities
from worlds import START, catalogue, numbers, sample

SURE = 1 - 1e-6


def course(seed: int = 11, households_n: int = 5000) -> LifeCourse:
    return LifeCourse(sample(households_n), catalogue(), numbers(), Draws(seed, 0))


def holds(count: int, expected: float, n: int) -> None:
    low, high = binom.interval(SURE, n, expected / n)
    assert low <= count <= high


def test_a_plan_meets_people_at_their_hazard_in_every_month_and_nobody_twice():
    ids = np.arange(200_000)
    plan = EventPlan("life.death", Draws(3, 0))
    plan.draw(START, ids, np.zeros(ids.size, np.int16), np.array([0.01]))
    left = ids.size
    year = range(START, START + 12)
    everybody_met = np.concatenate([plan.due(month) for month in year])
    assert np.unique(everybody_met).size == everybody_met.size
    for month in year:
        met = plan.due(month).size
        low, high = binom.interval(SURE, left, 0.01)
        assert low <= met <= high
        left -= met


def test_a_sure_event_happens_at_once_and_an_impossible_one_never():
    ids = np.arange(1000)
    plan = EventPlan("life.death", Draws(3, 0))
    plan.draw(START, ids, np.zeros(1000, np.int16), np.array([1.0]))
    assert plan.due(START).size == 1000
    plan.draw(START, ids, np.zeros(1000, np.int16), np.array([0.0]))
    assert sum(plan.due(START + k).size for k in range(12)) == 0
    plan.draw(START, ids, np.full(1000, -1, np.int16), np.array([1.0]))
    assert plan.due(START).size == 0


def test_jobs_are_lost_at_their_rate():
    made = course()
    regular = made.people.job == 1
    made.events.jobs.plan(START)
    made.events.jobs.happen(START, 0)
    lost = int((made.people.jobless_since[regular] != NOT).sum())
    holds(lost, 0.011 * regular.sum(), int(regular.sum()))


@pytest.fixture(scope="module")
def years():
    """Three years of five seeds, with what was to be expected at the start of each."""
    counts = dict.fromkeys(("deaths", "divorces", "moves", "births"), 0)
    expected = dict.fromkeys(counts, 0.0)
    at_risk = dict.fromkeys(counts, 0)
    wrong, homes_n = 0, 0
    for seed in range(5):
        made = course(seed)
        people, homes = made.people, made.homes
        prob_y = death_prob_y()
        for step in range(36):
            month = START + step
            if step % 12 == 0:
                age = np.clip(people.age(month), 0, 100)
                old = people.here & (people.age(month) >= 0)
                chance = prob_y[age + 101 * people.female][old]
                couples = np.clip(people.age(month), 0, 100)[
                    people.here & (people.relation == SPOUSE)
                ]
                moves = made.events.mobility.prob_y()[homes.size > 0]
                for name, each in (
                    ("deaths", chance),
                    ("divorces", by_age("life", "divorce")[couples] / 1000),
                    ("moves", moves),
                ):
                    expected[name] += float(each.sum())
                    at_risk[name] += each.size
            happened = made.events.happen(month, step)
            counts["divorces"] += happened.divorces.size
            counts["moves"] += happened.moves.size
            counts["births"] += happened.births.size
            counts["deaths"] += happened.dead_n
        wrong += int((homes.address_right_from > 35).sum())
        homes_n += homes.ids.size
    return counts, expected, at_risk, wrong / homes_n


@pytest.mark.parametrize("name", ["deaths", "divorces", "moves"])
def test_people_die_part_and_move_at_their_rates(years, name):
    counts, expected, at_risk, _ = years
    # a few whom an event would have met later in the year left their households before
    low, high = binom.interval(SURE, at_risk[name], expected[name] / at_risk[name])
    assert 0.98 * low <= counts[name] <= high


def test_wrong_addresses_keep_their_share(years):
    assert years[3] == pytest.approx(0.108, abs=0.004)


def test_a_chance_in_a_month_makes_the_chance_in_a_year():
    prob_y = np.array([0.0, 0.1, 0.5, 1.0])
    assert np.allclose(1 - (1 - monthly(prob_y)) ** 12, prob_y)


def test_moves_go_within_the_municipality_the_region_or_beyond_in_their_shares():
    n = 200_000
    luck = Draws(5, 0).uniform("life.move_to", np.arange(n))
    known = municipalities().sort("code")
    region = dict(known.select("code", "region").iter_rows())
    residents = dict(known.select("code", "residents").iter_rows())
    seoul = destinations(np.full(n, 11110, np.int32), luck, 0.4, 0.26)
    inside = np.array([region[code] == "Seoul" for code in seoul.tolist()])
    low, high = binom.interval(SURE, n, 0.4)
    assert low <= (seoul == 11110).sum() <= high
    low, high = binom.interval(SURE, n, 0.66)
    assert low <= inside.sum() <= high
    # within the region and beyond it, by the residents of where it goes
    others = sum(r for code, r in residents.items() if region[code] == "Seoul" and code != 11110)
    low, high = binom.interval(SURE, n, 0.26 * residents[11680] / others)
    assert low <= (seoul == 11680).sum() <= high
    beyond = sum(r for code, r in residents.items() if region[code] != "Seoul")
    low, high = binom.interval(SURE, n, 0.34 * residents[51150] / beyond)
    assert low <= (seoul == 51150).sum() <= high
    # a region of one municipality: whoever leaves it leaves the region
    sejong = destinations(np.full(n, 36110, np.int32), luck, 0.4, 0.26)
    low, high = binom.interval(SURE, n, 0.4)
    assert low <= (sejong == 36110).sum() <= high
    assert not any(region[code] == "Sejong" for code in set(sejong.tolist()) - {36110})
