"""The loops of hardship: what a month's changes and money do to means, unpaid bills and crises.

Small functions of plain numbers, and loops over the columns of households that call them. Blocks
of households run side by side.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import draw_same, uniform_at
from simlib.life.people import NOT
from simlib.logit import happens, logistic, logistic_bounds
from simlib.loops import inner

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


@inner
def crisis_logit(rates, arrears_months, ill, jobless, isolation):  # type: ignore[no-untyped-def]
    """Give the chance that a crisis begins in a household this month, logit.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    arrears_months
        Months of unpaid bills; beyond a cap they count no more.
    ill, jobless
        1.0 if a member is seriously ill, or lost the job, else 0.0.
    isolation
        Isolation, about standard normal.
    """
    return (
        rates.crisis_base_logit
        + rates.crisis_arrears * min(arrears_months, rates.arrears_cap_months)
        + rates.crisis_illness * ill
        + rates.crisis_jobless * jobless
        + rates.crisis_isolation * isolation
    )


@njit(cache=True)
def crisis_prob(*of):  # type: ignore[no-untyped-def]
    """Give the probability of :func:`crisis_logit`."""
    return logistic(crisis_logit(*of))


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


class Means(NamedTuple):
    """Hold what households have and need, see :class:`~simlib.life.hardship.Circumstances`."""

    income_krw_m: NDArray[np.float32]
    need_krw_m: NDArray[np.float32]
    buffer_months: NDArray[np.float32]
    arrears_months: NDArray[np.uint8]


class Trouble(NamedTuple):
    """Hold what crises come of, see :class:`~simlib.life.hardship.Circumstances`."""

    size: NDArray[np.uint8]
    arrears_months: NDArray[np.uint8]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    isolation: NDArray[np.float32]
    crisis_months: NDArray[np.uint8]
    crisis_began: NDArray[np.bool_]


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
    """Hold who leads households and where, see :class:`~simlib.life.changes.HomeState`."""

    municipality: NDArray[np.int32]
    head_age: NDArray[np.uint8]
    single_parent: NDArray[np.bool_]
    assets_share: NDArray[np.float32]
    address_wrong: NDArray[np.bool_]


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
        now.address_wrong[i] = homes.address_wrong[k]


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


@inner(error_model="numpy")
def _carry_means(rates, paid_krw_m, now, begin, end):  # type: ignore[no-untyped-def]
    """Carry means into the month; a loop without branches, for several households at once."""
    for i in range(begin, end):
        got_krw_m = np.float64(now.income_krw_m[i]) + paid_krw_m[i]
        surplus_share = got_krw_m / now.need_krw_m[i] - 1.0
        now.buffer_months[i] = next_buffer(rates, now.buffer_months[i], surplus_share)


@inner
def _leave_bills(rates, codes, key, month, ids, now, begin, end):  # type: ignore[no-untyped-def]
    """Let those without means leave bills unpaid, and others pay theirs at some time."""
    arrears = now.arrears_months
    for i in range(begin, end):
        if now.buffer_months[i] < 0.0:
            grows = arrears[i] > 0
            if not grows:
                u = uniform_at(key[0], key[1], codes.arrears, ids[i], month, 0)
                grows = u < rates.arrears_prob_m
            if grows:
                arrears[i] = min(arrears[i] + 1, LONGEST_MONTHS)
        elif arrears[i] > 0:
            u = uniform_at(key[0], key[1], codes.arrears_clear, ids[i], month, 0)
            cleared = u < rates.arrears_clear_prob_m
            arrears[i] = 0 if cleared else min(arrears[i] + 1, LONGEST_MONTHS)


@njit(cache=True, parallel=True)
def strain(rates, codes, key, month, ids, paid_krw_m, now):  # type: ignore[no-untyped-def]
    """Let income, benefits and needs act on means and unpaid bills of all households.

    Parameters
    ----------
    rates, codes, key, month
        Numbers, decisions, key of the draws, and month.
    ids, paid_krw_m
        Ids of the households, and benefits that they got, won, (households,).
    now
        :class:`Means`, changed in place.
    """
    for block in prange((ids.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(ids.size, (block + 1) * BLOCK)
        _carry_means(rates, paid_krw_m, now, begin, end)
        _leave_bills(rates, codes, key, month, ids, now, begin, end)


@inner
def _crisis_logits(rates, now, logits, begin, end):  # type: ignore[no-untyped-def]
    """Reckon the logit of a crisis for some households, and give the highest."""
    highest = -np.inf
    for i in range(begin, end):
        ill = 1.0 if now.ill_since[i] != NOT else 0.0
        jobless = 1.0 if now.jobless_since[i] != NOT else 0.0
        arrears_months = float(now.arrears_months[i])
        logit = crisis_logit(rates, arrears_months, ill, jobless, now.isolation[i])
        logits[i - begin] = logit
        highest = max(highest, logit)
    return highest


@inner
def _end_crisis(rates, codes, key, month, ident, months, helped):  # type: ignore[no-untyped-def]
    """Give the months of a crisis a month later, 0 if it is over."""
    over_prob = rates.crisis_end_helped_prob_m if helped else rates.crisis_end_prob_m
    over = uniform_at(key[0], key[1], codes.crisis_end, ident, month, 0) < over_prob
    return 0 if over else min(months + 1, LONGEST_MONTHS)


@inner
def _crises(rates, codes, key, month, ids, now, helped_from, helped_step, luck, logits, begin, end):  # type: ignore[no-untyped-def]
    most = logistic_bounds(_crisis_logits(rates, now, logits, begin, end))[1]
    for i in range(begin, end):
        now.crisis_began[i] = False
        if now.crisis_months[i] > 0:
            helped = helped_step[i] > helped_from
            months = np.int64(now.crisis_months[i])
            now.crisis_months[i] = _end_crisis(rates, codes, key, month, ids[i], months, helped)
        elif luck[i - begin] < most and happens(luck[i - begin], logits[i - begin]):
            now.crisis_began[i] = now.size[i] > 0
            now.crisis_months[i] = now.crisis_began[i]


@njit(cache=True, parallel=True)
def crises(rates, codes, key, month, ids, now, helped_from, helped_step):  # type: ignore[no-untyped-def]
    """Let crises of all households begin and end.

    Parameters
    ----------
    rates, codes, key, month, ids
        As in :func:`strain`.
    now
        :class:`Trouble`, changed in place.
    helped_from, helped_step
        Who was helped after this step, and when each was helped last, (households,).
    """
    draws = np.zeros(BLOCK, np.int64)
    for block in prange((ids.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(ids.size, (block + 1) * BLOCK)
        luck, logits = np.empty(BLOCK), np.empty(BLOCK)
        draw_same(key, codes.crisis, ids[begin:end], month, draws, luck, end - begin)
        _crises(
            rates, codes, key, month, ids, now, helped_from, helped_step, luck, logits, begin, end
        )  # fmt: skip
