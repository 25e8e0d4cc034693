"""The compiled pass of a message: delivered or not, read or not, and messages turned off."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.logit import happens
from simlib.loops import inner
from simlib.uptake.rooms import CHUNK

DECISIONS_N: Final = 3
"""Decisions about a message that are drawn: delivered, read, turned off."""
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
    read, told
        Bit masks of what a contact of this month told about, (households, words), and whether
        any did, (households,).
    """

    ids: NDArray[np.int64]
    friction: NDArray[np.float64]
    contacts: NDArray[np.uint8]
    this_month: int
    opted_out: NDArray[np.bool_]
    read: NDArray[np.uint64]
    told: NDArray[np.bool_]


@njit(cache=True)
def _draw(luck, ident, drawn):  # type: ignore[no-untyped-def]
    for j in range(ident.size):  # loops that do nothing else run several at once
        drawn[0, j] = uniform_at(luck.k0, luck.k1, luck.delivered, ident[j], luck.month, luck.draw)
    for j in range(ident.size):
        drawn[1, j] = uniform_at(luck.k0, luck.k1, luck.read, ident[j], luck.month, luck.draw)
    for j in range(ident.size):
        drawn[2, j] = uniform_at(luck.k0, luck.k1, luck.opt_out, ident[j], luck.month, luck.draw)


@inner
def _count_contact(contacts, now, i):  # type: ignore[no-untyped-def]
    """Count one more contact of a household; give how many there were before."""
    before = np.int64(0)
    for month in range(contacts.shape[0]):
        before += np.int64(contacts[month, i])
    contacts[now, i] = min(np.int64(contacts[now, i]) + 1, 255)
    return before


@inner
def _becomes(rates, friction, before, drawn, j):  # type: ignore[no-untyped-def]
    """Say what becomes of a message, by contacts before and the luck of its decisions."""
    if drawn[0, j] >= rates.delivered_prob:
        return ATTEMPTED
    logit = rates.read_logit - rates.read_friction * friction - rates.read_fatigue * before
    bits = ATTEMPTED | DELIVERED | (READ if happens(drawn[1, j], logit) else 0)
    beyond = max(before - rates.opt_out_patience, 0.0)
    tired = rates.opt_out_prob * (1 + rates.opt_out_fatigue * beyond)
    return bits | (TURNED_OFF if drawn[2, j] < tired else 0)


@inner
def _settle(rates, mailbox, rows, about, begin, end, drawn, out):  # type: ignore[no-untyped-def]
    """Write down what becomes of some messages, at the households and in the list."""
    for j in range(begin, end):
        i = rows[j]
        if mailbox.opted_out[i]:
            continue
        before = _count_contact(mailbox.contacts, mailbox.this_month, i)
        bits = _becomes(rates, mailbox.friction[i], before, drawn, j - begin)
        mailbox.opted_out[i] = bits & TURNED_OFF != 0
        if bits & READ != 0:
            mailbox.told[i] = True
            for word in range(about.shape[1]):
                mailbox.read[i, word] |= about[j, word]
        out[j] = bits


@njit(cache=True, parallel=True)
def deliver(luck, rates, mailbox, rows, about):  # type: ignore[no-untyped-def]
    """Deliver a message to households, each once.

    Parameters
    ----------
    luck, rates, mailbox
        :class:`Luck`, :class:`ChannelRates` and :class:`Mailbox`; contacts are counted, messages
        turned off, and what is read noted, in place.
    rows, about
        The households, (messages,), and bit masks of what is said, (messages, words).

    Returns
    -------
    ndarray
        What becomes of each message, bits, (messages,).
    """
    out = np.zeros(rows.size, np.uint8)
    ids = mailbox.ids
    for part in prange((rows.size + CHUNK - 1) // CHUNK):
        begin, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        ident, drawn = np.empty(end - begin, np.int64), np.empty((DECISIONS_N, end - begin))
        for j in range(begin, end):
            ident[j - begin] = ids[rows[j]]
        _draw(luck, ident, drawn)
        _settle(rates, mailbox, rows, about, begin, end, drawn, out)
    return out


@njit(cache=True)
def of_stage(rows, becomes, bit):  # type: ignore[no-untyped-def]
    """Give the rows of the messages with a bit set."""
    out, n = np.empty(rows.size, np.int64), 0
    for j in range(rows.size):
        out[n] = rows[j]
        n += becomes[j] & bit != 0
    return out[:n].copy()
