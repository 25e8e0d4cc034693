"""What a month costs households besides what it brings them: waits, papers, refusals, fatigue."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.late import LATE

if TYPE_CHECKING:
    from simlib.model import WelfareModel

Counts = NDArray[np.uint16]
Rows = NDArray[np.int64]

COLUMNS = (
    "wait_days_sum",
    "decisions_n",
    "documents_n",
    "travel_n",
    "refused_n",
    "stopped_n",
)
"""What is summed for each household over a run."""


class SideEffects:
    """Sum up what claims asked of each household, and give the month's harms.

    Parameters
    ----------
    households_n
        Number of households.

    Attributes
    ----------
    totals
        Sums over the run by :data:`COLUMNS`, each (households,): days waited for decisions,
        decisions, documents and trips of the claims decided, claims refused, and benefits
        stopped after a false match.
    """

    def __init__(self, households_n: int) -> None:
        self.totals: dict[str, Counts] = {
            name: np.zeros(households_n, np.uint16) for name in COLUMNS
        }

    def note(self, model: "WelfareModel") -> dict[str, float]:
        """Note the month that has just ended.

        Returns
        -------
        dict
            ``no_right_n``, ``no_right_documents_n`` and ``no_right_travel_n``: claims decided
            without a right, their documents and trips. ``fatigued_n``: households with more
            contacts in six months than they put up with. ``held_n`` and ``held_krw``: payments
            that an error holds back.
        """
        decided, ways = model.decided, model.ways
        way = ways.way[decided.rows]
        documents = ways.burdens.documents[way, decided.programmes]
        travel = ways.burdens.trips[way, decided.programmes]
        self._add("wait_days_sum", decided.rows, np.rint(decided.wait_days))
        self._add("decisions_n", decided.rows)
        self._add("documents_n", decided.rows, np.rint(documents))
        self._add("travel_n", decided.rows, np.rint(travel))
        self._add("refused_n", decided.rows[~decided.awarded])
        self._add("stopped_n", model.ledger.rows("stopped"))
        without = ~decided.entitled
        harms = {
            "no_right_n": float(without.sum()),
            "no_right_documents_n": float(documents[without].sum()),
            "no_right_travel_n": float(travel[without].sum()),
        }
        if model.desk is not None:
            harms["fatigued_n"] = _fatigued_n(model)
        if LATE in model.memory:
            late = model.memory[LATE]
            harms["held_n"] = float(late.held.sum())
            harms["held_krw"] = float(late.owed_krw.sum(dtype=np.float64))
        return harms

    def _add(self, name: str, rows: Rows, values: NDArray[np.float64] | None = None) -> None:
        """Add to the sums of some households; a household given twice counts twice."""
        if rows.size:
            summed = np.ones(rows.size) if values is None else values
            np.add.at(self.totals[name], rows, summed.astype(np.uint16))


def _fatigued_n(model: "WelfareModel") -> float:
    """Count the households with more contacts in six months than they put up with."""
    contacts = model.funnel_state.contacts.sum(axis=0, dtype=np.uint16)
    return float((contacts > model.parameters.number("outreach.channel.opt_out_patience")).sum())
