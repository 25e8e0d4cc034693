"""The compiled pass of a message: delivered or not, read or not, and messages turned off."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.logit import logistic
from simlib.loops import inner
from simlib.uptake.rooms import CHUNK

ATTEMPTED: Final = 1
DELIVERED: Final = 2
READ: Final = 4
TURNED_OFF: Final = 8
"""Bits of what becomes of a message; none where the household turned messages off before."""


class Luck(NamedTuple):
    """Say how luck is drawn: words of the key, codes of decisions, month, number of the draw."""

    k0: np.uint64
    k1: np.uint64
    delivered: np.uint64
    read: np.uint64
    opt_out: np.uint64
    month: int
    draw: int


class ChannelRates(NamedTuple):
    """Hold a channel's numbers, see :func:`~simlib.outreach.messages.channel_numbers`."""

    delivered_prob: float
    read_logit: float
    read_friction: float
    read_fatigue: float
    opt_out_prob: float
    opt_out_fatigue: float
    opt_out_patience: float


class Mailbox(NamedTuple):
    """Hold what a message meets at the households, columns of the funnel and of traits.

    Attributes
    ----------
    ids, friction
        Household ids, and how hard forms are for them, (households,).
    contacts, this_month
        Contacts in each of the last months, (months, households), and which row is this one's.
    opted_out
        Whether messages are turned off, (households,).
    """

    ids: NDArray[np.int64]
    friction: NDArray[np.float64]
    contacts: NDArray[np.uint8]
    this_month: int
    opted_out: NDArray[np.bool_]


@inner
def _count_contact(contacts, now, i):  # type: ignore[no-untyped-def]
    """Count one more contact of a household; give how many there were before."""
    before = np.int64(0)
    for month in range(contacts.shape[0]):
        before += np.int64(contacts[month, i])
    contacts[now, i] = min(np.int64(contacts[now, i]) + 1, 255)
    return before


@inner
def _becomes(rates, friction, before, delivered, read, opt_out):  # type: ignore[no-untyped-def]
    """Say what becomes of a message: luck with each of its decisions, and contacts before."""
    if delivered >= rates.delivered_prob:
        return ATTEMPTED
    logit = rates.read_logit - rates.read_friction * friction - rates.read_fatigue * before
    bits = ATTEMPTED | DELIVERED | (READ if read < logistic(logit) else 0)
    beyond = max(before - rates.opt_out_patience, 0.0)
    tired = rates.opt_out_prob * (1 + rates.opt_out_fatigue * beyond)
    return bits | (TURNED_OFF if opt_out < tired else 0)


@njit(cache=True, parallel=True)
def deliver(luck, rates, mailbox, rows):  # type: ignore[no-untyped-def]
    """Deliver a message to households, each once.

    Parameters
    ----------
    luck, rates, mailbox
        :class:`Luck`, :class:`ChannelRates` and :class:`Mailbox`; contacts are counted, and
        messages turned off, in place.
    rows
        The households, (messages,).

    Returns
    -------
    ndarray
        What becomes of each message, bits, (messages,).
    """
    out = np.zeros(rows.size, np.uint8)
    contacts = mailbox.contacts  # a name each, or the parallel loop would lose what it writes
    opted_out = mailbox.opted_out
    for part in prange((rows.size + CHUNK - 1) // CHUNK):
        mine = rows[part * CHUNK : min(rows.size, (part + 1) * CHUNK)]
        drawn = np.empty((3, mine.size))
        for j in range(mine.size):
            ident = mailbox.ids[mine[j]]
            drawn[0, j] = uniform_at(luck.k0, luck.k1, luck.delivered, ident, luck.month, luck.draw)
            drawn[1, j] = uniform_at(luck.k0, luck.k1, luck.read, ident, luck.month, luck.draw)
            drawn[2, j] = uniform_at(luck.k0, luck.k1, luck.opt_out, ident, luck.month, luck.draw)
        for j in range(mine.size):
            i = mine[j]
            if opted_out[i]:
                continue
            before = _count_contact(contacts, mailbox.this_month, i)
            friction = mailbox.friction[i]
            bits = _becomes(rates, friction, before, drawn[0, j], drawn[1, j], drawn[2, j])
            opted_out[i] = bits & TURNED_OFF != 0
            out[part * CHUNK + j] = bits
    return out
