"""Luck of claims and of what follows them: a draw by household and programme."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws

Ints = NDArray[np.int64]


class CaseLuck(NamedTuple):
    """Draw the luck of claims.

    Attributes
    ----------
    draws
        Luck of the replicate.
    ids, code
        Ids of the households, and codes of the programmes.
    """

    draws: Draws
    ids: Ints
    code: NDArray[np.uint64]

    def of(
        self, decision: str, rows: Ints, programmes: Ints, month: int | Ints
    ) -> NDArray[np.float64]:
        """Draw a decision about some claims, (claims,).

        Parameters
        ----------
        decision
            A name in the registry.
        rows, programmes
            Household and programme of each claim, (claims,).
        month
            Month for which luck is drawn, of all or of each.
        """
        return self.draws.uniform(decision, self.ids[rows], month, self.code[programmes])
