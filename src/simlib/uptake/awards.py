"""The compiled pass of a month's decisions: who is entitled, and who is awarded or refused."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.loops import fetch, inner
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.entitlement import is_entitled
from simlib.uptake.rooms import NEAR

BLOCK = 1024
"""Claims that one thread decides at a time, and whose luck is drawn together."""
Bools = NDArray[np.bool_]


class Judged(NamedTuple):
    """Hold what becomes of claims, (claims,) each.

    Attributes
    ----------
    entitled, awarded, wrongly
        Whether the household is entitled, is awarded the benefit, and is so without a right.
    amount_krw_m
        What it is worth, won a month.
    """

    entitled: Bools
    awarded: Bools
    wrongly: Bools
    amount_krw_m: NDArray[np.float32]

    @classmethod
    def blank(cls, n: int) -> "Judged":
        """Make room for so many claims."""
        flag = np.zeros(n, np.bool_)
        return cls(flag, flag.copy(), flag.copy(), np.empty(n, np.float32))


class Asked(NamedTuple):
    """Hold the claims to be decided, (claims,) each.

    Attributes
    ----------
    row, programme, place
        Household, programme, and place of the cell.
    is_appeal
        Whether it appeals against a refusal.
    luck_month
        Month for which its luck is drawn, see
        :meth:`~simlib.uptake.claim_rules.ClaimRules.luck_month`.
    award_prob
        Chance that it is awarded if the household is entitled.
    """

    row: NDArray[np.int64]
    programme: NDArray[np.int64]
    place: NDArray[np.int64]
    is_appeal: Bools
    luck_month: NDArray[np.int64]
    award_prob: NDArray[np.float64]


@inner
def _list_luck(cells, record, asked, begin, end, idents, codes):  # type: ignore[no-untyped-def]
    """List what the luck of some claims is drawn for, and have their cells at hand soon."""
    receiving, _, ids, code = record
    for k in range(begin, end):
        fetch(cells.record, asked.place[k])
        fetch(receiving, asked.row[k])
        if k + NEAR < end:
            fetch(ids, asked.row[k + NEAR])
        idents[k - begin] = ids[asked.row[k]]
        codes[k - begin] = code[asked.programme[k]]


@inner
def _draw(key, decision, asked, begin, end, idents, codes, luck):  # type: ignore[no-untyped-def]
    """Draw the luck of some claims; a loop that does nothing else does several at once."""
    for k in range(begin, end):
        j = k - begin
        month = asked.luck_month[k]
        luck[j] = uniform_at(key[0], key[1], decision, idents[j], month, codes[j])


@inner
def _judge(  # type: ignore[no-untyped-def]
    cells, record, asked, key, decisions, wrong_prob, idents, codes, luck, begin, end, out
):
    """Decide some claims by their luck; appeals have their own."""
    receiving, follows, _, _ = record
    for k in range(begin, end):
        cell, drawn, appeal = cells.record[asked.place[k]], luck[k - begin], asked.is_appeal[k]
        if appeal:
            ident, code = idents[k - begin], codes[k - begin]
            drawn = uniform_at(key[0], key[1], decisions[1], ident, asked.luck_month[k], code)
        entitled = is_entitled(cell.right, receiving, follows, asked.row[k], asked.programme[k])
        lost = (cell.right == NO_RIGHT) & (cell.amount_krw_m > 0)
        wrongly = lost & (not appeal) & (drawn < wrong_prob)
        out.entitled[k], out.wrongly[k] = entitled, wrongly
        out.awarded[k] = (entitled & (drawn < asked.award_prob[k])) | wrongly
        out.amount_krw_m[k] = cell.amount_krw_m


@njit(cache=True, parallel=True)
def judge(cells, record, asked, key, decisions, wrong_prob, out):  # type: ignore[no-untyped-def]
    """Decide claims.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    record
        Masks of what is received and of what each programme follows, ids of the households and
        codes of the programmes.
    asked
        :class:`Asked`.
    key, decisions
        Key of the draws, and codes of those of claims and of appeals.
    wrong_prob
        Chance that a claim without a right, where there was one, is awarded.
    out
        :class:`Judged`, to be filled.
    """
    for block in prange((asked.row.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(asked.row.size, (block + 1) * BLOCK)
        n = end - begin
        idents, codes, luck = np.empty(n, np.int64), np.empty(n, np.uint64), np.empty(n)
        _list_luck(cells, record, asked, begin, end, idents, codes)
        _draw(key, decisions[0], asked, begin, end, idents, codes, luck)
        _judge(
            cells, record, asked, key, decisions, wrong_prob, idents, codes, luck, begin, end, out
        )
