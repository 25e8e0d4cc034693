import numpy as np
import pytest
from numba import njit

from simlib.draws import Draws, check_registry, decision_code, philox4x32, registry, uniform_at
from simlib.errors import SimlibError

ONES = 0xFFFFFFFF
KNOWN_ANSWERS = [  # counter, key, expected: the vectors published with Random123
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_gives_the_published_known_answers(counter, key, expected):
    assert tuple(int(word) for word in philox4x32(*counter, *key)) == expected


def test_arrays_and_compiled_loops_draw_the_same_numbers():
    draws = Draws(seed=7, replicate=3)
    ids = np.array([0, 1, 12_345, 2**32 - 1])
    k0, k1 = draws.key
    code = np.uint64(decision_code("uptake.apply"))

    @njit
    def inside_a_loop(ids, month, draw):
        out = np.empty(ids.size)
        for i in range(ids.size):
            out[i] = uniform_at(k0, k1, code, ids[i], month, draw)
        return out

    assert np.array_equal(
        draws.uniform("uptake.apply", ids, 24_300, 5), inside_a_loop(ids, 24_300, 5)
    )


def test_a_draw_depends_on_nothing_but_its_name_and_place():
    draws = Draws(1, 0)
    ids = np.arange(1000)
    together = draws.uniform("uptake.apply", ids, 10)
    shuffled = draws.uniform("uptake.apply", ids[::-1], 10)[::-1]
    alone = draws.uniform("uptake.apply", 500, 10)
    assert np.array_equal(together, shuffled)
    assert alone == together[500]


@pytest.mark.parametrize(
    "other",
    [
        lambda ids: Draws(2, 0).uniform("uptake.apply", ids, 10),
        lambda ids: Draws(1, 1).uniform("uptake.apply", ids, 10),
        lambda ids: Draws(1, 0).uniform("uptake.award", ids, 10),
        lambda ids: Draws(1, 0).uniform("uptake.apply", ids, 11),
        lambda ids: Draws(1, 0).uniform("uptake.apply", ids, 10, draw=1),
    ],
)
def test_seed_replicate_decision_month_and_number_each_change_the_draw(other):
    ids = np.arange(20_000)
    first, second = Draws(1, 0).uniform("uptake.apply", ids, 10), other(ids)
    assert np.all(first != second)
    # independent uniforms: correlation is within six standard errors of zero
    assert abs(np.corrcoef(first, second)[0, 1]) < 6 / np.sqrt(ids.size)


def test_uniforms_are_uniform():
    from scipy.stats import kstest

    sample = Draws(5, 0).uniform("uptake.apply", np.arange(200_000))
    assert sample.min() > 0 and sample.max() < 1
    assert kstest(sample, "uniform").pvalue > 1e-4


def test_normals_invert_the_same_uniform():
    from scipy.stats import norm

    draws = Draws(5, 0)
    ids = np.arange(100)
    assert np.allclose(
        norm.cdf(draws.normal("uptake.apply", ids)), draws.uniform("uptake.apply", ids)
    )


def test_an_unknown_decision_is_refused_with_the_nearest_name():
    with pytest.raises(SimlibError, match=r"did you mean 'uptake\.apply'"):
        Draws(1, 0).uniform("uptake.aply", [1])


def test_a_decision_registered_twice_or_without_a_sentence_is_refused():
    with pytest.raises(SimlibError, match="twice"):
        check_registry([("a", "One."), ("a", "Two.")])
    with pytest.raises(SimlibError, match="no sentence"):
        check_registry([("a", " ")])


def test_every_registered_decision_says_what_it_decides_in_a_sentence():
    for name, sentence in registry().items():
        assert sentence.endswith("."), name
        assert sentence[0].isupper(), name
