import numpy as np
from numpy.testing import assert_array_equal

from simlib.row_sets import RowSet


def test_rows_of_lists_are_given_once_and_in_order_and_others_are_told_apart():
    among = RowSet(200)
    assert among.rows().size == 0
    among.add([np.array([199, 63, 64, 0]), np.array([64, 128, 63])])
    assert_array_equal(among.rows(), [0, 63, 64, 128, 199])
    assert_array_equal(among.without(np.array([198, 64, 1, 128, 127])), [198, 1, 127])
    among.add([np.arange(200)])
    assert_array_equal(among.rows(), np.arange(200))
