from simlib.uptake.catchments import catchments
from simlib.uptake.priorities import BY_ARRIVAL, NeedFirst
from worlds import run, world

SEOUL, BUSAN, SEJONG = [11110, 11140, 11170], [26110, 26140], [36110]


def served(municipalities, sizes, at_least, rules=None):
    bounds = [sum(sizes[:k]) for k in range(len(sizes) + 1)]
    rules = rules or [BY_ARRIVAL] * len(sizes)
    made = catchments(municipalities, bounds, rules, at_least)
    assert [each.first for each in made] == [0, *(each.last for each in made[:-1])]
    assert made[-1].last == bounds[-1]
    return [list(each.municipalities) for each in made]


def test_a_municipality_with_enough_households_has_an_office_of_its_own():
    assert served(SEOUL, [100, 100, 100], 100) == [[each] for each in SEOUL]


def test_municipalities_share_within_their_region_first():
    # a rest of Seoul joins Seoul, not Busan
    assert served(SEOUL + BUSAN, [60, 60, 60, 60, 60], 100) == [SEOUL, BUSAN]


def test_regions_that_are_too_small_as_a_whole_share_too():
    assert served(SEOUL + BUSAN + SEJONG, [10] * 6, 45) == [SEOUL + BUSAN + SEJONG]
    assert served(SEOUL + BUSAN + SEJONG, [20, 20, 20, 20, 20, 5], 45) == [
        SEOUL,
        BUSAN + SEJONG,
    ]


def test_a_municipality_with_a_rule_of_its_own_shares_with_nobody():
    own = NeedFirst()
    rules = [BY_ARRIVAL, own, BY_ARRIVAL]
    assert served(SEOUL, [10, 10, 10], 100, rules) == [[each] for each in SEOUL]


def test_waits_do_not_depend_on_how_many_households_are_simulated():
    def wait_days(households_n: int, at_least: float) -> float:
        hours = {"offices.caseworkers_per_1000_households": 2.0}  # half of them are needed
        options = {"offices.households_at_least": at_least} | hours
        results = run("none", world(households_n, 12), options).results().filter(stratum="all")
        days, decided = (
            results.filter(measure=name)["value"].sum() for name in ("wait_days_sum", "decisions_n")
        )
        return float(days / decided)

    assert abs(wait_days(500, 2_000) / wait_days(5_000, 2_000) - 1) < 0.1
    assert wait_days(500, 0) > 1.5 * wait_days(500, 2_000)
