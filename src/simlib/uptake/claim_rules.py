"""The numbers by which offices decide claims, hear appeals, pay, and find their errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.parameters import Parameters

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ClaimRules:
    """Hold the rules of claims; units stand in ``kr/parameters/claims.yaml``.

    What is left out is off: no errors but refusals, no appeals, payment in the month of the
    decision, nobody withdraws.

    Attributes
    ----------
    award_prob
        Chance that a complete and entitled claim is awarded.
    wrong_award_prob
        Chance that a complete claim without a right is.
    mistaken_prob_m, mistaken_months
        Chance a month of a claim by mistake, and how long after a right ended.
    error_found_prob_m, recovered_share, recovery_months
        Chance a month that a wrong award is found, the share of the money that is paid back,
        and in how many months.
    appeal_share, appeal_limit_days, appeal_days, appeal_hours_share, appeal_won_prob
        Who appeals, within which limit, how many days and hours it takes, and how it ends.
    payment_day, payment_lead_days
        Day on which offices pay, and days before it until which a decision counts.
    withdraw_prob_m
        Chance a month that a claim undecided after the legal limit is given up.
    refused_months
        Months until a household claims again after a refusal; claims within as many calendar
        months have one luck.
    overload_error
        How much overload adds to the log odds of a wrong refusal, a month of backlog.
    """

    award_prob: float
    wrong_award_prob: float = 0.0
    mistaken_prob_m: float = 0.0
    mistaken_months: float = 0.0
    error_found_prob_m: float = 1.0
    recovered_share: float = 0.0
    recovery_months: float = 1.0
    appeal_share: float = 0.0
    appeal_limit_days: float = 0.0
    appeal_days: float = 0.0
    appeal_hours_share: float = 1.0
    appeal_won_prob: float = 0.0
    payment_day: float = 30.0
    payment_lead_days: float = 0.0
    withdraw_prob_m: float = 0.0
    overload_error: float = 0.0
    refused_months: float = 1.0

    def luck_month(self, claimed_month: Ints) -> Ints:
        """Give the month for which the luck of claims is drawn, (claims,).

        Luck belongs to a claim, not to the month in which it happens to be handed in or decided:
        a policy that only brings claims forward must not change how they end. A refused
        household claims again with new luck, since its next claim comes later than this.

        Parameters
        ----------
        claimed_month
            Calendar month in which each was handed in.
        """
        return np.asarray(claimed_month // max(int(self.refused_months), 1))


def read_claim_rules(parameters: Parameters) -> ClaimRules:
    """Read the rules from the parameters."""
    award_prob = parameters.number("uptake.completion.award_prob")
    refused_months = parameters.number("uptake.pause.denied_months")
    return ClaimRules(award_prob, **parameters.group("claims"), refused_months=refused_months)
