"""Ages of rights: counted exactly, drawn as counted."""

import numpy as np

from simlib.rights import Rights, RightsChange
from simlib.uptake.past import YEAR, AgeColumns, Past, age_of

LASTING, YOUNG, ENDED = range(3)


def lived(begins_month: int, months: int = 25) -> tuple[Rights, list[RightsChange]]:
    """Two households: one has two rights at the start, of which one ends; one begins later."""
    kind = np.zeros((2, 3), np.uint8)
    kind[0, [LASTING, ENDED]] = 1
    changes = [RightsChange.none()] * months
    one = np.ones(1, np.uint8)
    amount = one.astype(np.float32)
    changes[3] = RightsChange(
        np.array([0]), np.array([ENDED], np.uint16), 0 * one, np.zeros(1, np.float32)
    )
    changes[begins_month] = RightsChange(np.array([1]), np.array([YOUNG], np.uint16), one, amount)
    return Rights.of(kind, kind.astype(np.float32)), changes


def test_ages_are_counted_a_year_and_two_years_after_the_start():
    past = Past.measured(*lived(begins_month=20), few_n=1)
    assert (past.older_share[LASTING] == 1.0).all()
    assert past.lasting_prob_m[LASTING] == 1.0
    # stands in the second count only, and began four months before it
    assert past.older_share[YOUNG].tolist() == [1.0] * 5 + [0.0] * (YEAR - 4)
    assert past.lasting_prob_m[YOUNG] == 0.0


def test_a_change_of_a_right_that_stands_makes_it_no_younger():
    rights, changes = lived(begins_month=5)
    again = RightsChange(*(getattr(changes[5], name) for name in vars(changes[5])))
    changes[24] = again
    assert Past.measured(rights, changes, few_n=1).older_share[YOUNG, YEAR] == 0.5


def test_programmes_with_few_rights_take_the_ages_of_all():
    past = Past.measured(*lived(begins_month=20), few_n=2)
    # three counts in all: twice the lasting right, once the young one
    for few in (YOUNG, ENDED):
        assert past.older_share[few, 4] == 1.0
        assert past.older_share[few, 5] == 2 / 3


def ages_of(lasting_prob_m: float, older: np.ndarray, luck: np.ndarray) -> np.ndarray:
    past = Past(older[None], np.array([lasting_prob_m]), np.zeros(1))
    columns = AgeColumns.of(past)
    return np.array([age_of(columns, 0, each, np.log(each), 60) for each in luck])


def test_ages_are_drawn_as_counted_and_go_on_beyond():
    older = np.concatenate([[1.0, 0.9], np.full(YEAR - 1, 0.6)])
    luck = (np.arange(10_000) + 0.5) / 10_000
    ages = ages_of(0.9, older, luck)
    assert (ages == 0).mean() == 0.1
    assert ((ages > 0) & (ages < 12)).sum() == (ages == 1).sum() == 3000
    for month in (13, 20, 40):
        assert abs((ages >= month).mean() - 0.6 * 0.9 ** (month - YEAR)) <= 1e-4
    assert ages.max() == 60
    assert ages_of(1.0, older, luck[5000:5001]) == 60
    assert ages_of(0.0, older, luck[5000:5001]) == YEAR
