"""Means of households: what they need a month, what is left over, and how that adds up."""

import numpy as np
from numba import njit

from simlib.loops import inner


@inner
def need_krw_m(rates, by_size, size, rent_krw_m, debt_krw, assets_share):  # type: ignore[no-untyped-def]
    """Give what a household must spend a month: a floor by size, rent and debt service, won.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    by_size
        Standard median income by household size from 1 on, won a month.
    size
        Members.
    rent_krw_m, debt_krw
        Rent, won a month, and debt at the start, won.
    assets_share
        Share of the assets and debts of the start that is left.
    """
    floor = rates.need_share * by_size[min(max(np.int64(size), 1), by_size.size) - 1]
    return floor + rent_krw_m + rates.debt_service_share_m * debt_krw * assets_share


@njit(cache=True)
def needs_krw_m(rates, by_size, size, rent_krw_m, debt_krw, assets_share):  # type: ignore[no-untyped-def]
    """Give :func:`need_krw_m` of many households, each argument but the first two (households,)."""
    out = np.empty(size.size)
    for i in range(size.size):
        out[i] = need_krw_m(rates, by_size, size[i], rent_krw_m[i], debt_krw[i], assets_share[i])
    return out


@inner
def next_buffer(rates, buffer_months, surplus_share):  # type: ignore[no-untyped-def]
    """Carry a household's means into the next month.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    buffer_months
        Liquid means in months of need; negative when bills are unpaid.
    surplus_share
        Income and benefits less need, as a share of need.
    """
    cut = 1.0 - rates.thrift_share if buffer_months <= 0.0 else 1.0
    less = max(buffer_months + cut * surplus_share, rates.buffer_floor_months)
    more = min(buffer_months + rates.saving_share * surplus_share, rates.buffer_cap_months)
    return more if surplus_share >= 0.0 else less


@njit(cache=True, error_model="numpy")
def carry_means(rates, income_krw_m, paid_krw_m, needs_krw_m, buffer_months):  # type: ignore[no-untyped-def]
    """Carry the means of some households into the next month, (households,) each.

    A loop without branches over columns of its own: one that processors run for several at once.

    Parameters
    ----------
    rates
        :class:`~simlib.life.hardship_rates.HardshipRates`.
    income_krw_m, paid_krw_m, needs_krw_m
        Income, benefits got, and need, won a month.
    buffer_months
        Means in months of need, changed in place.
    """
    for i in range(buffer_months.size):
        got_krw_m = np.float64(income_krw_m[i]) + paid_krw_m[i]
        surplus_share = got_krw_m / needs_krw_m[i] - 1.0
        buffer_months[i] = next_buffer(rates, buffer_months[i], surplus_share)
