"""Groups of households by which every result can be read."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.parameters import Parameters

AGE_GROUPS = ("under_40", "40_64", "65_74", "75_plus")
SKILL_GROUPS = ("low", "middle", "high")


@dataclass(frozen=True)
class Groups:
    """Hold the groups of all strata, numbered through.

    Households that are in the same group in every stratum are of one kind. There are far fewer
    kinds than households, so sums are made by kind, and then by group.

    Attributes
    ----------
    names
        Stratum and group of each number.
    kind
        Number of each household's kind, (households,); near ones for those of one region.
    of_kind
        Number of the group of each kind in each stratum, (kinds, strata).
    """

    names: tuple[tuple[str, str], ...]
    kind: NDArray[np.int32]
    of_kind: NDArray[np.uint8]

    @property
    def groups_n(self) -> int:
        """Give the number of groups over all strata."""
        return len(self.names)

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Give the number of each household's group in each stratum, (strata, households)."""
        return np.stack([codes[self.kind] for codes in self.of_kind.T])

    def labels(self, stratum: str) -> NDArray[np.str_]:
        """Give each household's group in a stratum, (households,)."""
        strata = list(dict.fromkeys(name for name, _ in self.names))
        names = np.asarray([group for _, group in self.names])
        return np.asarray(names[self.of_kind[:, strata.index(stratum)]][self.kind])

    def count(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Count some households in every group, (groups,); a row given twice counts twice."""
        by_kind = np.bincount(self.kind[rows], minlength=self.of_kind.shape[0])
        totals = np.zeros(self.groups_n)
        for codes in self.of_kind.T:
            totals += np.bincount(codes, by_kind, minlength=self.groups_n)
        return totals


def make_groups(households: pl.DataFrame, parameters: Parameters) -> Groups:
    """Sort households into the groups of all strata."""
    age = households["head_age"].to_numpy()
    skill = households["digital_skill"].to_numpy()
    limits = [
        parameters.number("uptake.traits.skill_low_below"),
        parameters.number("uptake.traits.skill_high_from"),
    ]
    strata: list[tuple[str, tuple[str, ...], NDArray[np.int64]]] = [
        ("all", ("all",), np.zeros(age.size, np.int64)),
        ("age_group", AGE_GROUPS, np.digitize(age, [40, 65, 75])),
        ("digital_skill", SKILL_GROUPS, np.digitize(skill, limits)),
    ]
    for name in ("household_type", "region_class", "region"):
        column = households[name]
        categories = tuple(pl.Enum(column.dtype.categories).categories)  # type: ignore[attr-defined]
        strata.append((name, categories, column.to_physical().to_numpy().astype(np.int64)))
    names = tuple((stratum, group) for stratum, groups, _ in strata for group in groups)
    sizes = np.array([len(groups) for _, groups, _ in strata])
    kind, within = _kinds([code for _, _, code in strata], sizes)
    of_kind = within + (np.cumsum(sizes) - sizes)
    return Groups(names, kind, of_kind.astype(np.uint8))


def _kinds(
    codes: list[NDArray[np.int64]], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give a number to each combination of groups that there is, near ones in the last stratum.

    Returns
    -------
    tuple
        Number of each household's combination, and its group within each stratum,
        (combinations, strata).
    """
    number = np.zeros(codes[0].size, np.int64)
    for code, size in zip(reversed(codes), reversed(sizes), strict=True):
        number = number * size + code
    there = np.flatnonzero(np.bincount(number))
    rank = np.zeros(int(sizes.prod()), np.int32)
    rank[there] = np.arange(there.size)
    return rank[number], np.stack(np.unravel_index(there, sizes[::-1])[::-1], axis=1)
