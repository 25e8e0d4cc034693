"""What a standing population brings along when a run begins: rights of every age, and receipt.

Rights begin and end all the time, so that some of those that stand are young and their
households have had little time to claim. How many are how old is counted on households of the
baseline that live ahead for some years: rights that begin on the way are young at the end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.right_kinds import NO_RIGHT
from simlib.rights import Rights, RightsChange

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR: Final = 12
"""Months after which rights are counted, and up to which each age is counted on its own."""


@dataclass(frozen=True)
class Past:
    """Hold how old the rights of each programme are, and who receives it.

    Attributes
    ----------
    older_share
        Share of the rights that stand which are at least 0 to 12 months old, (programmes, 13).
    lasting_prob_m
        Chance of being a month older still beyond these, (programmes,).
    receiving_share
        Share of all households that receive, as a household's neighbours do, (programmes,).
    """

    older_share: Floats
    lasting_prob_m: Floats
    receiving_share: Floats

    @classmethod
    def measured(cls, rights: Rights, changes: Iterable[RightsChange], few_n: float) -> "Past":
        """Count how old rights are one year after the start, two years after, and so on.

        The rules change with the years, in some more than in others; so the counts of all years
        are put together. The share that receives is left at zero.

        Parameters
        ----------
        rights
            Rights at the start.
        changes
            What changed in each month from then on: whole years and a month, two years at least.
        few_n
            Programmes with fewer rights in all counts take the ages of all rights together.
        """
        n, span = rights.programmes_n, 0
        older, beyond = np.zeros((n, YEAR + 1)), np.zeros((n, 2))
        for span, programme, age in _counts(rights, changes):
            older += np.stack([_n(programme[age >= k], n) for k in range(YEAR + 1)], axis=1)
            kept = (_n(programme[age >= span - back], n) for back in (YEAR, 0))
            beyond = np.stack(list(kept), axis=1)
        few = older[:, 0] < few_n
        older[few], beyond[few] = older.sum(axis=0), beyond.sum(axis=0)
        share = older / np.maximum(older[:, :1], 1.0)
        lasting = beyond[:, 1] / np.maximum(beyond[:, 0], 1.0)
        return cls(share, lasting ** (1.0 / YEAR), np.zeros(n))


def _counts(rights: Rights, changes: Iterable[RightsChange]) -> Iterator[tuple[int, Ints, Ints]]:
    """Give months lived, and programme and age of every right that stands, year by year."""
    stands = rights.kinds() != NO_RIGHT
    age = np.zeros(stands.shape, np.int64)
    for month, change in enumerate(changes):
        age[stands] += 1
        at = change.row, change.programme
        age[at] *= stands[at]
        stands[at] = change.kind != NO_RIGHT
        if month > 0 and month % YEAR == 0:
            programme = np.nonzero(stands)[1]
            yield month, programme, age[stands]


def _n(programme: Ints, programmes_n: int) -> Ints:
    return np.bincount(programme, minlength=programmes_n)


class AgeColumns(NamedTuple):
    """Hold how old rights are as compiled loops take it, (programmes,) each but the first.

    Attributes
    ----------
    older_share
        As in :class:`Past`, (programmes, 13).
    log_year_old, log_lasting
        Logs of the share a year old and older, and of the chance of a month more beyond.
    """

    older_share: Floats
    log_year_old: Floats
    log_lasting: Floats

    @classmethod
    def of(cls, past: Past) -> "AgeColumns":
        """Take logs once."""
        with np.errstate(divide="ignore"):
            logs = np.log(past.older_share[:, YEAR]), np.log(past.lasting_prob_m)
        return cls(past.older_share, *logs)


@inner
def age_of(ages, programme, luck, log_luck, oldest_months):  # type: ignore[no-untyped-def]
    """Give the age of a right, months, by inverting the share that is older.

    Parameters
    ----------
    ages, programme
        :class:`AgeColumns`, and the programme.
    luck, log_luck
        A number in (0, 1), and its log.
    oldest_months
        Rights are made no older than this.
    """
    if luck >= ages.older_share[programme, YEAR]:
        age = 0
        while luck < ages.older_share[programme, age + 1]:
            age += 1
        return min(age, oldest_months)
    more, a_month = log_luck - ages.log_year_old[programme], ages.log_lasting[programme]
    if more <= a_month * (oldest_months - YEAR):
        return oldest_months
    return min(int(YEAR + more / a_month), oldest_months)
