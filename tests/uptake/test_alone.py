"""Living alone with a right: pairs of draws made beforehand are those that are drawn on the way."""

import numpy as np

from simlib.draws import Draws, decision_code, draw_pairs
from simlib.uptake.alone import Chances, Times, live_alone
from simlib.uptake.searching import log_not
from simlib.uptake.states import RECEIVING, UNAWARE

N, MOST = 300, 6
DECISION = np.uint64(decision_code("uptake.seed_history"))
CODE = np.uint64(7)
CHANCES = Chances(0.9, 0.3, 0.98, 0.6, 0.05, 0.5, 0.5, 0.95, log_not(0.02), log_not(0.3))
TIMES = Times(1, 14.0, 12, 3, 12, 3)


def states(pairs_n: int, chances: Chances = CHANCES) -> list[tuple[int, int, int]]:
    """Live five years with so many pairs drawn before, the last 20 months beside a receipt."""
    key, idents = Draws(3, 1).key, np.arange(N)
    first, second = np.empty((pairs_n, N)), np.empty((pairs_n, N))
    for n in range(pairs_n):
        draw_pairs(key, DECISION, idents, n, np.full(N, CODE), first[n], second[n], N)
    stands = UNAWARE, -60, -60, 0
    return [
        live_alone(
            chances, TIMES, (first, second, i, key, DECISION, i, CODE), stands, 0, -20, False
        )
        for i in range(N)
    ]


def test_pairs_drawn_before_change_nothing():
    on_the_way = states(0)
    assert len({state for state, _, _ in on_the_way}) > 4
    assert max(drawn for _, _, drawn in on_the_way) > MOST
    assert states(1) == on_the_way
    assert states(MOST) == on_the_way


def test_who_never_renews_receives_until_the_renewal_is_due_and_no_longer():
    never = CHANCES._replace(renews=-60.0, breaks=0.0)
    since = [since for state, since, _ in states(2, never) if state == RECEIVING]
    assert min(since) == -TIMES.renewal
