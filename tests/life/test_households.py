"""Small exact stories of households that somebody leaves or that live elsewhere."""

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.life.course import LifeCourse
from simlib.life.people import HEAD, NOT
from simlib.population.frames.schema import HOUSEHOLD_TYPES
from simlib.population.households.expansion import RELATIONS
from simlib.population.population import Population
from worlds import START, catalogue, numbers, run, sample, world

NAMES = {name: code for code, name in enumerate(RELATIONS)}
SURELY = np.ones(1)
"""The chance in a month of what happens at once."""


def homes_of(kinds: list[str], **columns: object) -> LifeCourse:
    """Some households of a type from the sample, with columns set for all of them."""
    whole = sample(5000)
    households = whole.households.filter(pl.col("household_type").cast(pl.String).is_in(kinds))
    households = households.with_columns(**{k: pl.lit(v) for k, v in columns.items()})
    ids = households["household_id"].to_list()
    persons = whole.persons.filter(pl.col("household_id").is_in(ids))
    population = Population(households, persons, whole.reference_month, whole.seed)
    return LifeCourse(population, catalogue(), numbers(), Draws(1, 0))


def let_die(course: LifeCourse, relation: str) -> np.ndarray:
    """Let everybody of a relation die at the start; give the rows of their households."""
    people = course.people
    kind = np.where(people.relation == NAMES[relation], 0, -1).astype(np.int16)
    course.events.mortality.events.draw(START, people.ids, kind, SURELY)
    return course.events.mortality.happen(START).homes


def relations(course: LifeCourse, home: int) -> list[str]:
    persons, _ = course.homes.members(course.people, np.array([home]))
    return sorted(RELATIONS[each] for each in course.people.relation[persons])


def test_a_spouse_leads_a_household_whose_head_died():
    course = homes_of(["couple"])
    homes = let_die(course, "head")
    assert homes.size == course.homes.ids.size
    assert (course.homes.size == 1).all()
    assert all(HOUSEHOLD_TYPES[kind] == "one_person" for kind in course.homes.kind)
    spouses = course.people.here & (course.people.relation == HEAD)
    left = course.people.frame["relation"].cast(pl.String).to_numpy()[spouses[: spouses.size]]
    assert set(left) == {"spouse"}


def test_children_stay_with_the_parent_who_is_left():
    course = homes_of(["couple_children"])
    let_die(course, "head")
    for home in (0, 1, 2):
        found = relations(course, home)
        assert found.count("head") == 1 and "spouse" not in found
    kinds = {HOUSEHOLD_TYPES[kind] for kind in course.homes.kind}
    assert kinds == {"single_parent"}
    minors = course.homes.single_parent
    persons, place = course.homes.members(course.people, np.arange(course.homes.ids.size))
    young = START - course.people.birth_month[persons] < 216
    child = course.people.relation[persons] == NAMES["child"]
    assert np.array_equal(np.bincount(place[young & child], minlength=minors.size) > 0, minors)


def test_children_alone_do_not_go_on_as_a_household():
    course = homes_of(["single_parent"])
    homes = let_die(course, "head")
    people = course.people
    grown = np.zeros(homes.size, bool)
    old = (START - people.birth_month >= 12 * 18) & (people.frame["relation"] != "head").to_numpy()
    grown[people.household[old]] = True
    assert 0 < grown.sum() < grown.size
    assert np.array_equal(course.homes.size > 0, grown)
    assert not people.here[~grown[people.household]].any()


def test_the_last_death_ends_a_household_and_its_rights():
    course = homes_of(["one_person"])
    everybody = np.arange(course.homes.ids.size)
    before = course.situation(everybody, START, 0)
    assert before.rights.any().any()
    let_die(course, "head")
    after = course.situation(everybody, START, 0)
    assert not after.rights.any().any()
    assert (after.size == 0).all() and (after.income_krw_m == 0).all()


def test_a_widow_has_the_rights_of_somebody_alone_and_part_of_the_pension():
    poor = dict.fromkeys(("financial_krw", "housing_krw", "general_krw", "vehicle_krw"), 0)
    course = homes_of(["couple"], other_income_krw_m=0, **poor)
    people = course.people
    both_old = np.ones(course.homes.ids.size, bool)
    both_old[people.household[people.age(START) < 66]] = False
    rows = np.flatnonzero(both_old)
    pension = catalogue().index("basic_pension")
    before = course.situation(rows, START, 0).rights
    spouse_pension = people.pension_krw_m[people.relation == NAMES["spouse"]][rows].copy()
    lost = people.pension_krw_m[people.relation == HEAD][rows].copy()
    service = people.occupational[people.relation == HEAD][rows].copy()
    let_die(course, "head")
    after = course.situation(rows, START, 0).rights
    couple, alone = before.amounts_krw_m()[:, pension], after.amounts_krw_m()[:, pension]
    maximum = numbers().number("programmes.basic_pension.maximum", START)
    full = np.isclose(couple, 2 * 0.8 * maximum)
    still = full & (alone > 0) & (lost + spouse_pension == 0)
    assert still.any()
    assert np.allclose(alone[still], maximum)
    now = people.pension_krw_m[people.here][rows]
    share = np.where(service, 0.6, 0.5) * lost
    assert np.array_equal(now, np.maximum(spouse_pension + 0.3 * share, share).astype(np.int64))


def test_after_a_divorce_one_goes_on_with_the_children_and_half_of_the_assets():
    course = homes_of(["couple_children"])
    people, homes = course.people, course.homes
    course.events.separation.plan(START)
    ids = people.ids[course.events.separation.spouses]
    course.events.separation.events.draw(START, ids, np.zeros(ids.size, np.int16), SURELY)
    size = homes.size.copy()
    divorced = course.events.separation.happen(START)
    assert np.array_equal(homes.size, size - 1)
    assert (homes.assets_share == 0.5).all()
    assert not people.here[divorced.persons].any()
    staying = people.female[people.here & (people.relation == HEAD)]
    assert 0.6 < staying.mean() < 0.8  # the wife stays with 0.7 among some hundred
    money = course.frames(np.arange(size.size), START, 0).households["financial_krw"]
    assert np.array_equal(money, (course.households["financial_krw"].to_numpy() * 0.5).astype(int))


def test_a_move_loses_the_local_allowance_of_one_place_and_gains_that_of_another():
    course = homes_of(["couple_children"], municipality=11110)
    catalogue_ids = catalogue().ids
    rows = np.arange(course.homes.ids.size)
    course.homes.municipality[:] = 11110
    course.homes.changed[:] = True
    seoul = course.situation(rows, START, 0).rights.kinds()
    course.homes.municipality[:] = 51150  # Gangneung in Gangwon
    gangwon = course.situation(rows, START, 0).rights.kinds()
    local = catalogue_ids.index("childrearing_basic_gangwon")
    assert not seoul[:, local].any() and gangwon[:, local].any()
    elsewhere = catalogue_ids.index("seoul_emergency")
    assert not gangwon[:, elsewhere].any()
    region = course.frames(rows, START, 0).households["region"]
    assert (region == "Gangwon").all()


def test_pregnancies_are_known_before_every_birth():
    course = LifeCourse(sample(5000), catalogue(), numbers(), Draws(2, 0))
    known = int(numbers().number("population.pregnancy_months"))
    pregnant = {}
    for step in range(24):
        before = course.people.due.copy()
        happened = course.events.happen(START + step, step)
        mothers = np.flatnonzero(before == step)
        living = mothers[course.people.here[mothers]]
        assert set(happened.births) == set(course.people.household[living])
        for home in happened.pregnancies:
            pregnant[int(home)] = step
        for home in happened.births:
            assert step < known or step - pregnant[int(home)] == known
    facts = course.frames(np.arange(5000), START + 23, 23).persons
    waiting = facts.filter("pregnant")
    assert waiting.height == int((course.people.due != NOT).sum()) > 0
    assert (waiting["sex"] == "female").all()


def test_persons_and_households_balance():
    course = LifeCourse(sample(5000), catalogue(), numbers(), Draws(4, 0))
    persons, households = int(course.homes.size.sum()), 5000
    for step in range(18):
        happened = course.events.happen(START + step, step)
        persons += happened.births.size - happened.left.size
        households -= happened.ended.size
        assert int(course.homes.size.sum()) == persons == int(course.people.here.sum())
        assert int((course.homes.size > 0).sum()) == households
        heads = course.people.household[course.people.here & (course.people.relation == HEAD)]
        assert np.array_equal(np.sort(heads), np.flatnonzero(course.homes.size > 0))


def test_one_parent_is_single_as_long_as_a_child_is_under_18_and_nobody_else_is_there():
    course = LifeCourse(sample(5000), catalogue(), numbers(), Draws(4, 0))
    people, homes, changes_n = course.people, course.homes, 0
    start = course.reference_month  # the flags of the population are those of its own month
    for step in range(24):
        before = homes.single_parent.copy()
        course.events.happen(start + step, step)
        persons = np.flatnonzero(people.here)
        home, child = people.household[persons], people.relation[persons] == NAMES["child"]
        young = child & (start + step - people.birth_month[persons] < 12 * 18)
        others = np.bincount(home[~child], minlength=homes.size.size)
        minors = np.bincount(home[young], minlength=homes.size.size)
        assert np.array_equal(homes.single_parent, (others == 1) & (minors > 0))
        changes_n += int((homes.single_parent != before).sum())
    assert changes_n > 20


def test_ended_households_are_counted_apart():
    model = run("none", world(5000, 12))
    results = model.results().filter(pl.col("stratum") == "all")
    last = results.filter(pl.col("month") == model.month)

    def value(measure: str) -> float:
        return last.filter(pl.col("measure") == measure)["value"].item()

    assert value("ended_households_n") > 0
    assert value("households_n") + value("ended_households_n") == 5000
    ended = model.circumstances.size == 0
    assert (model.circumstances.arrears_months[ended] == 0).all()
    assert (model.circumstances.crisis_months[ended] == 0).all()
