"""The numbers and decisions of means, unpaid bills and crises."""

from typing import Final, NamedTuple

import numpy as np

LONGEST_MONTHS: Final = 250
"""Months beyond which arrears and crises are counted no further; they fit in a byte."""
BLOCK: Final = 1024
"""Households that one thread works through at a time, and whose luck is drawn together."""


class HardshipRates(NamedTuple):
    """Hold the numbers of means, arrears and crisis; units stand in the parameter file."""

    need_share: float
    debt_service_share_m: float
    saving_share: float
    thrift_share: float
    buffer_cap_months: float
    buffer_floor_months: float
    arrears_prob_m: float
    arrears_clear_prob_m: float
    arrears_cap_months: float
    in_arrears_months: float
    crisis_base_logit: float
    crisis_arrears: float
    crisis_illness: float
    crisis_jobless: float
    crisis_isolation: float
    crisis_end_prob_m: float
    crisis_end_helped_prob_m: float


class HardshipCodes(NamedTuple):
    """Hold the codes of the decisions drawn here."""

    arrears: np.uint64
    arrears_clear: np.uint64
    crisis: np.uint64
    crisis_end: np.uint64
