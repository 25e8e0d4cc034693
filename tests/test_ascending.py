"""Lists of numbers in ascending order are searched from where the last value stood."""

import numpy as np
import pytest

from simlib.ascending import among, without


@pytest.mark.parametrize("sorts", [True, False])
@pytest.mark.parametrize(("values_n", "list_n"), [(0, 3), (3, 0), (1, 1), (40, 300), (300, 40)])
def test_values_are_found_where_they_stand_in_a_list(values_n: int, list_n: int, sorts: bool):
    pick = np.random.default_rng(values_n + list_n)  # plain numbers: no luck of the model
    values = pick.integers(0, 400, values_n)
    ascending = np.unique(pick.integers(0, 400, list_n))
    values = np.sort(values) if sorts else values
    assert among(values, ascending).tolist() == np.isin(values, ascending).tolist()
    assert without(values, ascending).tolist() == [x for x in values if x not in ascending]


def test_both_ends_of_a_list_are_found():
    found = among(np.array([1, 2, 9, 10, 0]), np.array([1, 3, 5, 7, 9]))
    assert found.tolist() == [True, False, True, False, False]
