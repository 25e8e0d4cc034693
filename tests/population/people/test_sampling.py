"""Pivotal sampling: counts hold in every run of the order, and everyone keeps their chance."""

from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from scipy.stats import binom

from simlib.draws import Draws
from simlib.population.people.sampling import AGES_N, STRATA_N, Strata, assign, choose, strata_of
from simlib.population.published.tables import regions

DECISION = "population.work"


def people(persons_n: int, of: tuple[int, ...] = (3,), offset: int = 0) -> Any:
    """Couples, in blocks of regions, with ages and sexes that go round."""
    each = np.arange(persons_n)
    region = np.sort(np.resize(np.array(of), persons_n // 2))
    return SimpleNamespace(
        region=region,
        household=each // 2,
        sex=(each % 2).astype(np.uint8),
        age=((each * 7) % 90).astype(np.uint8),
        person_offset=offset,
    )


def chosen(
    strata: Strata, rate: float, seed: int = 1, classes: Any = None, odds: Any = (1.0,)
) -> np.ndarray:
    out = np.zeros(strata.order.size, dtype=np.uint8)
    kinds = np.zeros(out.size, dtype=np.uint8) if classes is None else classes
    rates = np.full((len(regions()), 2, AGES_N), rate)
    choose(strata, strata.totals(rates), kinds, np.array(odds), DECISION, Draws(seed), out)
    return out


def test_strata_hold_everyone_once_by_region_sex_and_age():
    someone = people(2_000, (2, 5))
    strata = strata_of(someone)
    assert np.array_equal(np.sort(strata.order), np.arange(2_000))
    region = someone.region[someone.household]
    stratum = (region * 2 + someone.sex) * AGES_N + someone.age
    assert (np.diff(stratum[strata.order]) >= 0).all()
    assert np.array_equal(np.bincount(stratum, minlength=17 * STRATA_N), strata.counts)
    assert strata.count(someone.sex).sum() == 1_000


@pytest.mark.parametrize("rate", [0.003, 0.05, 0.37, 0.5, 0.93])
def test_every_run_of_ages_has_its_number_within_two(rate):
    someone = people(40_000)
    strata = strata_of(someone)
    out = chosen(strata, rate)
    held = out[strata.order].astype(float)
    gaps = []
    for low in range(0, 90, 10):
        inside = (someone.age >= low) & (someone.age < low + 10) & (someone.sex == 0)
        gaps.append(out[inside].sum() - rate * inside.sum())
    assert np.abs(gaps).max() <= 2.0
    assert abs(held.sum() - rate * 40_000) <= 1.0


def test_everyone_keeps_their_chance():
    strata = strata_of(people(2_000))
    seeds = 600
    often = np.sum([chosen(strata, 0.3, seed).astype(int) for seed in range(seeds)], axis=0)
    low, high = binom.ppf([1e-7, 1 - 1e-7], seeds, 0.3)
    assert often.min() >= low
    assert often.max() <= high


def test_odds_move_chances_and_not_the_total():
    someone = people(60_000)
    strata = strata_of(someone)
    classes = (someone.household % 4 == 0).astype(np.uint8)
    out = chosen(strata, 0.2, classes=classes, odds=(1.0, 3.0))
    assert abs(int(out.sum()) - 12_000) <= 1
    high, low = out[classes == 1].mean(), out[classes == 0].mean()
    assert high / (1 - high) / (low / (1 - low)) == pytest.approx(3.0, rel=0.05)


def test_a_class_without_odds_is_never_chosen_even_where_too_few_are_left():
    someone = people(20_000)
    strata = strata_of(someone)
    classes = (someone.household % 10 == 0).astype(np.uint8)
    out = chosen(strata, 0.5, classes=classes, odds=(0.0, 1.0))
    assert out[classes == 0].sum() == 0
    assert out[classes == 1].mean() > 0.99


def test_neighbours_are_not_chosen_together_more_than_by_chance():
    strata = strata_of(people(60_000))
    out = chosen(strata, 0.5)[strata.order].astype(float)
    other = chosen(strata, 0.5, seed=2)[strata.order].astype(float)
    assert np.corrcoef(out, other)[0, 1] == pytest.approx(0.0, abs=0.03)


def test_a_region_is_the_same_alone_as_among_others_and_on_any_number_of_threads():
    both = strata_of(people(20_000, (2, 5)))
    alone = strata_of(people(10_000, (2,)))
    together = chosen(both, 0.3)
    assert np.array_equal(together[:10_000], chosen(alone, 0.3))
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert np.array_equal(together, chosen(both, 0.3))
    finally:
        numba.set_num_threads(threads)


def test_codes_are_assigned_in_their_shares_to_the_eligible_alone():
    someone = people(30_000)
    strata = strata_of(someone)
    eligible = (someone.household % 3 != 0).astype(np.uint8)
    shares = np.tile(np.array([0.5, 0.3, 0.15, 0.05]), (17 * STRATA_N, 1))
    out = np.full(30_000, 9, dtype=np.uint8)
    assign(strata, shares, eligible, "population.work_kind", Draws(1), out)
    assert (out[eligible == 0] == 9).all()
    counts = np.bincount(out[eligible == 1], minlength=4) / eligible.sum()
    assert np.abs(counts - shares[0]).max() < 5.0 / eligible.sum()


def test_odds_move_codes_between_classes_and_not_the_totals_of_any_region():
    someone = people(60_000, (2, 5))
    strata = strata_of(someone)
    classes = (1 + (someone.household % 4 == 0)).astype(np.uint8)
    shares = np.tile(np.array([0.6, 0.3, 0.1]), (17 * STRATA_N, 1))
    odds = np.array([[1.0, 1.0, 1.0], [1.0, 3.0, 0.5]])
    out = np.zeros(60_000, dtype=np.uint8)
    assign(strata, shares, classes, "population.work_kind", Draws(1), out, odds)
    for part in (slice(0, 30_000), slice(30_000, 60_000)):
        counts = np.bincount(out[part], minlength=3)
        assert np.abs(counts - 30_000 * shares[0]).max() < 10
    assert (out[classes == 2] == 1).mean() > 1.5 * (out[classes == 1] == 1).mean()
    alone = strata_of(people(30_000, (2,)))
    again = np.zeros(30_000, dtype=np.uint8)
    assign(alone, shares, classes[:30_000], "population.work_kind", Draws(1), again, odds)
    assert np.array_equal(again, out[:30_000])
