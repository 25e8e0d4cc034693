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

    Attributes
    ----------
    names
        Stratum and group of each number.
    codes
        Number of each household's group in each stratum, (strata, households).
    """

    names: tuple[tuple[str, str], ...]
    codes: NDArray[np.uint8]

    @property
    def groups_n(self) -> int:
        """Give the number of groups over all strata."""
        return len(self.names)

    def labels(self, stratum: str) -> NDArray[np.str_]:
        """Give each household's group in a stratum, (households,)."""
        strata = list(dict.fromkeys(name for name, _ in self.names))
        names = np.asarray([group for _, group in self.names])
        return np.asarray(names[self.codes[strata.index(stratum)]])

    def count(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Count some households in every group, (groups,); a row given twice counts twice."""
        totals = np.zeros(self.groups_n)
        for codes in self.codes:
            totals += np.bincount(codes[rows], minlength=self.groups_n)
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
    names: list[tuple[str, str]] = []
    codes = []
    for stratum, groups, code in strata:
        codes.append(code + len(names))
        names += [(stratum, group) for group in groups]
    return Groups(tuple(names), np.stack(codes).astype(np.uint8))
