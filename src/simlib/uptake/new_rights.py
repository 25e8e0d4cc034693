"""Rights that begin in a month, by programme: those who had less time to claim than others."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.rights import RightsChange
from simlib.uptake.cells import Cells
from simlib.uptake.rooms import cell_of


def new_rights(cells: Cells, change: RightsChange) -> NDArray[np.int64]:
    """Count the rights that begin with a change, (programmes,).

    Parameters
    ----------
    cells
        The cells before the change.
    change
        The rights that began, ended or changed.
    """
    counts = np.zeros(cells.programmes_n, np.int64)
    _count(cells.columns, change.row, change.programme, change.kind, counts)
    return counts


@njit(cache=True)
def _count(cells, rows, programmes, kinds, counts):  # type: ignore[no-untyped-def]
    for k in range(rows.size):
        if kinds[k] > 0:
            place, known = cell_of(cells, rows[k], programmes[k])
            if not known or cells.record[place].right == 0:
                counts[programmes[k]] += 1
