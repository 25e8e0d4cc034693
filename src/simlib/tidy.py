"""Tidy rows, gathered month by month as numbers and laid out once."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.uint32]


class _Part(NamedTuple):
    """Hold values by measure, each of some groups and items; names are numbers of words."""

    month: int
    stratum: Codes
    group: Codes
    item: Codes
    measure: Codes
    values: NDArray[np.float64]


class TidyRows:
    """Gather measures as rows of month, stratum, group, item, measure and value.

    Words are kept once and rows as their numbers, so that a month costs no strings.
    """

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._parts: list[_Part] = []

    def add(
        self,
        month: int,
        names: list[tuple[str, str]],
        items: list[str],
        measured: dict[str, NDArray[np.float64]],
    ) -> None:
        """Add a month's measures.

        Parameters
        ----------
        month
            The month.
        names, items
            Stratum and group, and item, of each value, (n,).
        measured
            Values by measure, each (n,).
        """
        if not measured or not names:
            return
        values = np.concatenate([np.asarray(each, np.float64) for each in measured.values()])
        part = _Part(
            month,
            self._numbers(stratum for stratum, _ in names),
            self._numbers(group for _, group in names),
            self._numbers(items),
            self._numbers(measured),
            values,
        )
        self._parts.append(part)

    def frame(self) -> pl.DataFrame:
        """Lay all rows out, in the order in which they were added."""
        words = pl.Series(list(self._words), dtype=pl.String)
        columns: dict[str, pl.Series | NDArray[np.generic]] = {
            "month": np.repeat(
                np.array([part.month for part in self._parts], np.int32),
                [part.values.size for part in self._parts],
            )
        }
        for name in ("stratum", "group", "item"):
            numbers = [np.tile(getattr(part, name), part.measure.size) for part in self._parts]
            columns[name] = words.gather(_joined(numbers))
        numbers = [np.repeat(part.measure, part.item.size) for part in self._parts]
        columns["measure"] = words.gather(_joined(numbers))
        columns["value"] = np.concatenate([*(part.values for part in self._parts), np.empty(0)])
        return pl.DataFrame(columns)

    def _numbers(self, words: Iterable[str]) -> Codes:
        known = self._words
        return np.array([known.setdefault(word, len(known)) for word in words], np.uint32)


def _joined(numbers: list[Codes]) -> Codes:
    return np.concatenate([*numbers, np.empty(0, np.uint32)])
