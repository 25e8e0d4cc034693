"""Rights that begin in a month, by programme: those who had less time to claim than others."""

import numpy as np
from numpy.typing import NDArray

from simlib.rights import RightsChange
from simlib.uptake.cells import Cells
from simlib.uptake.open_matters import pair_places


def new_rights(cells: Cells, change: RightsChange) -> NDArray[np.int64]:
    """Count the rights that begin with a change, (programmes,).

    Parameters
    ----------
    cells
        The cells before the change.
    change
        The rights that began, ended or changed.
    """
    places = pair_places(cells.columns, change.row, change.programme)
    had = (places >= 0) & (cells.right[places] != 0)
    begins = change.programme[(change.kind > 0) & ~had]
    return np.bincount(begins, minlength=cells.programmes_n)
