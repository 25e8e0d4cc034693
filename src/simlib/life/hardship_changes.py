"""What the world changes of households' hardship: members, income, home, and what they need."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.life.hardship_rates import BLOCK
from simlib.life.means import need_krw_m
from simlib.loops import inner


class Changing(NamedTuple):
    """Hold what changes of some households, or of all of them.

    See :class:`~simlib.life.changes.MonthChanges`, the names are those of
    :class:`~simlib.life.hardship.Circumstances`.
    """

    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    size: NDArray[np.uint8]
    children_n: NDArray[np.uint8]
    income_krw_m: NDArray[np.float32]


class Home(NamedTuple):
    """Hold who leads some households and where, or all of them.

    See :class:`~simlib.life.changes.HomeState`, the names are those of
    :class:`~simlib.life.hardship.Circumstances`.
    """

    municipality: NDArray[np.int32]
    head_age: NDArray[np.uint8]
    single_parent: NDArray[np.bool_]
    assets_share: NDArray[np.float32]
    address_mismatch: NDArray[np.bool_]


@inner
def _settle(rows, homes, now, buffer_months, begin, end):  # type: ignore[no-untyped-def]
    for k in range(begin, end):
        i = rows[k]
        if buffer_months[i] > 0:
            buffer_months[i] *= homes.assets_share[k] / now.assets_share[i]
        now.assets_share[i] = homes.assets_share[k]
        now.municipality[i] = homes.municipality[k]
        now.head_age[i] = homes.head_age[k]
        now.single_parent[i] = homes.single_parent[k]
        now.address_mismatch[i] = homes.address_mismatch[k]


@njit(cache=True, parallel=True)
def settle(rows, homes, now, buffer_months):  # type: ignore[no-untyped-def]
    """Take over who leads some households now, where they live and are registered.

    Parameters
    ----------
    rows
        Rows of the households, each once, (changed,).
    homes, now
        :class:`Home` of these, and of all, changed in place.
    buffer_months
        Means of all, of which those who part lose a share.
    """
    for block in prange((rows.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(rows.size, (block + 1) * BLOCK)
        _settle(rows, homes, now, buffer_months, begin, end)


@inner
def _apply(rates, by_size, kept_share, rows, changes, now, need, own, fell, begin, end):  # type: ignore[no-untyped-def]
    rent_krw_m, debt_krw, assets_share = own
    for k in range(begin, end):
        i = rows[k]
        now.jobless_since[i] = changes.jobless_since[k]
        now.ill_since[i] = changes.ill_since[k]
        now.size[i] = changes.size[k]
        now.children_n[i] = changes.children_n[k]
        needed = need_krw_m(
            rates, by_size, changes.size[k], rent_krw_m[i], debt_krw[i], assets_share[i]
        )
        need[i] = needed
        lives = changes.size[k] > 0
        fell[k] = lives and changes.income_krw_m[k] < kept_share * now.income_krw_m[i]
        now.income_krw_m[i] = changes.income_krw_m[k] if lives else needed


@njit(cache=True, parallel=True)
def apply(rates, by_size, kept_share, rows, changes, now, need, own):  # type: ignore[no-untyped-def]
    """Take over what changed of some households, and tell whose income fell, (changed,).

    Parameters
    ----------
    rates, by_size
        As in :func:`need_krw_m`.
    kept_share
        Share of the income before under which the income has fallen.
    rows
        Rows of the households, each once, (changed,).
    changes, now
        :class:`Changing` of these, and of all, changed in place.
    need
        What all need a month, won, changed in place.
    own
        Rent, debt at the start, and share of it that is left, of all.
    """
    fell = np.empty(rows.size, np.bool_)
    for block in prange((rows.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(rows.size, (block + 1) * BLOCK)
        _apply(rates, by_size, kept_share, rows, changes, now, need, own, fell, begin, end)
    return fell
