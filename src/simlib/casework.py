"""What offices owe and are owed: mistaken claims, wrong receipt, first payments, debts."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simlib.rights import RightsChange
from simlib.uptake.case_luck import CaseLuck
from simlib.uptake.cells import EndedRights
from simlib.uptake.claim_rules import ClaimRules, read_claim_rules
from simlib.uptake.modes import is_fixed_rate
from simlib.uptake.payments import hold_back
from simlib.uptake.states import DENIED, PENDING, RECEIVING
from simlib.uptake.wrong_receipt import (
    claim_by_mistake,
    collect_debts,
    note_lost_rights,
    settle_wrong_receipt,
)

if TYPE_CHECKING:
    from simlib.model import WelfareModel

Floats = NDArray[np.float64]


class Casework:
    """Follow what is open between the households and the offices of a model.

    Parameters
    ----------
    model
        The model; its funnel is changed month by month.

    Attributes
    ----------
    rules
        How claims are decided; in the mode ``fixed_rate`` nothing is.
    held_krw, wrong_n, wrong_krw
        Of the month that has ended, by programme: first payments that wait for the next payment
        day, households that receive without a right, and what they were paid, won.
    recovered_krw
        What was paid back this month, by programme, won.
    """

    def __init__(self, model: "WelfareModel") -> None:
        rules = read_claim_rules(model.parameters)
        fixed = is_fixed_rate(model.parameters)
        self.rules = ClaimRules(rules.award_prob) if fixed else rules
        zeros = np.zeros(model.programmes.programmes_n)
        self.held_krw, self.wrong_n, self.wrong_krw, self.recovered_krw = (zeros,) * 4

    def note_ends(self, model: "WelfareModel", change: RightsChange, was: EndedRights) -> None:
        """Remember rights that ended, and what they were."""
        if is_fixed_rate(model.parameters):
            return
        luck = CaseLuck(model.world.draws, model.traits.ids, model.programmes.code)
        state, month, step = model.funnel_state, model.month, model.step_n
        note_lost_rights(state, change, was, month, step, luck, self.rules)

    def claim_by_mistake(self, model: "WelfareModel") -> None:
        """Let some households claim what they lost the right to."""
        claim_by_mistake(model.funnel_state, model.step_n)

    def take_debts_off(self, model: "WelfareModel") -> NDArray[np.float32]:
        """Take this month's instalments off what households got last month; give what is left."""
        state = model.funnel_state
        due = collect_debts(state)
        n = state.cells.programmes_n
        self.recovered_krw = np.bincount(due.programme, due.krw_m, minlength=n).astype(np.float64)
        np.subtract.at(state.paid_krw_m, due.row, due.krw_m.astype(np.float32))
        return state.paid_krw_m

    def after_payments(self, model: "WelfareModel") -> None:
        """Hold back what waits for the next payment day, and count what was paid wrongly."""
        self.held_krw = hold_back(model.funnel_state)
        self.wrong_n, self.wrong_krw = settle_wrong_receipt(model.funnel_state, self.rules)
        if model.rates.renewal.end_noticed_prob_m < 1.0:
            self._count_all_wrong(model)

    def _count_all_wrong(self, model: "WelfareModel") -> None:
        """Count also what follows a benefit that ended and is paid on unnoticed."""
        cells, n = model.funnel_state.cells, self.wrong_n.size
        wrong = (cells.state == RECEIVING) & ~model.entitled()
        programmes, krw = cells.programme[wrong], cells.amount_krw_m[wrong].astype(np.float64)
        self.wrong_n = np.bincount(programmes, minlength=n).astype(np.float64)
        self.wrong_krw = np.bincount(programmes, krw, minlength=n).astype(np.float64)

    def measures(
        self, model: "WelfareModel", stocks: NDArray[np.int64], flows: dict[str, Floats]
    ) -> dict[str, Floats]:
        """Give the month's errors of both kinds, appeals, late decisions and first payments.

        Parameters
        ----------
        model
            The model, at the end of a month.
        stocks
            Entitled cells by programme and state, (programmes, states).
        flows
            The month's moves by name, appeals among them.

        Returns
        -------
        dict
            Measures by programme, each (programmes,). ``type_1a_n``: entitled, without an award
            and without a claim that waits; ``type_1b_n``: entitled and refused; ``wrong_n``:
            receiving without a right; what :data:`~simlib.uptake.decisions.COUNTED` lists; and
            ``applied_n`` and ``refused_n`` without appeals.
        """
        answered = stocks[:, [RECEIVING, PENDING, DENIED]].sum(axis=1)
        counted = model.decided.counted
        return {
            **counted,
            "applied_n": flows["applied_n"] - counted["appeals_filed_n"],
            "refused_n": flows["refused_n"] - counted["appeals_lost_n"],
            "type_1a_n": (stocks.sum(axis=1) - answered).astype(np.float64),
            "type_1b_n": stocks[:, DENIED].astype(np.float64),
            "wrong_n": self.wrong_n,
            "wrong_krw": self.wrong_krw,
            "recovered_krw": self.recovered_krw,
        }
