"""What happened to the pool of a trial in one arm, month by month."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.uptake.states import RECEIVING

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """Hold one arm of a trial, all of shape (months, pool) unless said otherwise.

    Attributes
    ----------
    state
        State at the end of each month.
    entitled
        Whether the household was entitled then.
    applied
        Whether it began a claim in the month.
    awarded
        Whether a claim was awarded in the month, or payment began unasked.
    due
        Whether a renewal was due.
    read, helped
        Whether it read a notice, and was helped, in the month.
    opted_out
        Whether it has turned messages off at the end of the trial, (pool,).
    amount_krw_m
        What the household is entitled to, (pool,).
    started_receiving
        Whether it received when the trial began, (pool,).
    frame
        Columns of the pool's households, one row each.
    """

    state: NDArray[np.uint8]
    entitled: Bools
    applied: Bools
    awarded: Bools
    due: Bools
    read: Bools
    helped: Bools
    opted_out: Bools
    amount_krw_m: Floats
    started_receiving: Bools
    frame: pl.DataFrame

    @property
    def months(self) -> int:
        """Give the number of months."""
        return int(self.state.shape[0])

    @property
    def receiving(self) -> Bools:
        """Tell who received at the end of each month, (months, pool)."""
        return np.asarray(self.state == RECEIVING)

    def until(self, month: int | None) -> "History":
        """Give the first months alone."""
        if month is None or month == self.months:
            return self
        columns = {
            name: value[:month] if getattr(value, "ndim", 0) == 2 and name != "frame" else value
            for name, value in vars(self).items()
        }
        return History(**columns)

    def among(self, inside: Bools) -> "History":
        """Give some households of the pool alone, by (pool,)."""
        columns = {
            name: value.filter(pl.Series(inside)) if name == "frame" else value[..., inside]
            for name, value in vars(self).items()
        }
        return History(**columns)


def alike(histories: Mapping[str, History]) -> set[tuple[str, str]]:
    """Give pairs of arms, the later one first, in which everybody did exactly the same."""
    names = list(histories)
    return {
        (name, other)
        for i, name in enumerate(names)
        for other in names[:i]
        if all(
            np.array_equal(getattr(histories[name], column), getattr(histories[other], column))
            for column in ("state", "applied", "read", "helped", "amount_krw_m")
        )
    }


class Recorder:
    """Collect the months of an arm.

    Parameters
    ----------
    months, pool_n
        Months and households.
    """

    def __init__(self, months: int, pool_n: int) -> None:
        shape = (months, pool_n)
        self.state = np.zeros(shape, np.uint8)
        self.entitled, self.applied, self.awarded, self.due, self.read, self.helped = (
            np.zeros(shape, np.bool_) for _ in range(6)
        )

    def history(
        self, opted_out: Bools, amount_krw_m: Floats, started: Bools, frame: pl.DataFrame
    ) -> History:
        """Close the record."""
        return History(**vars(self), opted_out=opted_out, amount_krw_m=amount_krw_m,
                       started_receiving=started, frame=frame)  # fmt: skip
