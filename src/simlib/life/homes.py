"""Households of a run as columns that the events of life change, and who leads them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.compiled.machine import Members
from simlib.life.members import linked, list_members
from simlib.life.people import CHILD, HEAD, NOT, SPOUSE, Flags, People, Rows
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.frames.schema import HOUSEHOLD_TYPES
from simlib.population.households.expansion import RELATIONS

CHILD_UNDER_YEARS = 18
"""Age from which a member counts as a child no more."""

_CODE: Final = {name: code for code, name in enumerate(RELATIONS)}
_PARENT, _GRANDCHILD = _CODE["parent"], _CODE["grandchild"]
_OTHER_KIN, _NON_KIN = _CODE["other_kin"], _CODE["non_kin"]
_TYPE: Final = {name: code for code, name in enumerate(HOUSEHOLD_TYPES)}
_ALONE, _COUPLE, _WITH_CHILDREN, _SINGLE_PARENT, _THREE, _KIN, _STRANGERS = (
    _TYPE[name]
    for name in (
        "one_person", "couple", "couple_children", "single_parent", "three_generation",
        "other_kin", "non_kin",
    )
)  # fmt: skip


def _after_the_head() -> NDArray[np.uint8]:
    """Give each member's relation to a new head, by the heir's and the member's own so far."""
    same = np.arange(len(RELATIONS), dtype=np.uint8)
    kin = np.where(same == _NON_KIN, _NON_KIN, _OTHER_KIN).astype(np.uint8)
    becomes = np.tile(kin, (len(RELATIONS), 1))
    becomes[[HEAD, SPOUSE]] = same
    becomes[CHILD, _GRANDCHILD] = CHILD
    becomes[_PARENT, [CHILD, _PARENT]] = [_GRANDCHILD, SPOUSE]
    becomes[_NON_KIN] = _NON_KIN
    becomes.flags.writeable = False
    return becomes


_BECOMES = _after_the_head()


@dataclass
class Homes:
    """Hold the households of a run as columns that events change, each (households,).

    Attributes
    ----------
    ids
        Household ids.
    first
        First of each household's persons at the start, with the end, (households + 1,).
    size
        Members; 0 once the household has ended.
    kind
        Household type, code of ``HOUSEHOLD_TYPES``.
    single_parent
        Whether one parent lives with a child under 18 and nobody else.
    head_age
        Age of the head, completed years, when the head last changed.
    births_n
        Children born so far.
    municipality
        Code of the municipality in which the household lives.
    assets_share
        Share of the assets and debts of the start that is left after divorces.
    address_right_from
        Step from which the register holds the right address.
    bereft_since
        Step in which a member last died or a partner left, ``NOT`` if none did.
    changed
        Whether members or municipality ever changed.
    known
        Who lives in each household, but for persons who came since last asked for.
    """

    ids: Rows
    first: Rows
    size: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    single_parent: Flags
    head_age: NDArray[np.uint8]
    births_n: Rows
    municipality: NDArray[np.int32]
    assets_share: NDArray[np.float32]
    address_right_from: NDArray[np.int32]
    bereft_since: NDArray[np.int32]
    changed: Flags
    known: Members

    @classmethod
    def of(cls, households: pl.DataFrame, people: People) -> "Homes":
        """Start from the households of a population, all registered where they live."""
        n = households.height
        first = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(people.household, minlength=n), out=first[1:])
        return cls(
            ids=households["household_id"].to_numpy().astype(np.int64),
            first=first,
            size=households["size"].to_numpy().astype(np.uint8),
            kind=households["household_type"].to_physical().to_numpy().astype(np.uint8),
            single_parent=households["single_parent"].to_numpy().copy(),
            head_age=households["head_age"].to_numpy().astype(np.uint8),
            births_n=np.zeros(n, np.int64),
            municipality=households["municipality"].to_numpy().astype(np.int32),
            assets_share=np.ones(n, np.float32),
            address_right_from=np.full(n, -1, np.int32),
            bereft_since=np.full(n, NOT, np.int32),
            changed=np.zeros(n, np.bool_),
            known=Members(
                first,
                people.here,
                np.full(n, -1, np.int32),
                np.empty(0, np.int32),
                int(np.diff(first).max(initial=1)),
            ),
        )

    def members(self, people: People, homes: Rows) -> tuple[Rows, Rows]:
        """List who lives in some households, household by household.

        Parameters
        ----------
        people
            The persons.
        homes
            Rows of households in ascending order, (homes,).

        Returns
        -------
        tuple
            Places of the persons, and the place of each one's household in ``homes``.
        """
        persons, place, _ = list_members(homes, self.all_members(people))
        return persons, place

    def all_members(self, people: People) -> Members:
        """Say who lives in each household."""
        self.known = linked(self.known, people.household, people.here)
        return self.known

    def regroup(self, people: People, homes: Rows, month: Month, parameters: Parameters) -> None:
        """Let households go on after somebody left or was born.

        Who leads a household that lost its head is the first that there is of spouse, child,
        parent, grandchild and other kin, the oldest of several; all but a spouse must be old
        enough. Where nobody is, the household ends and the children left are not followed.

        Parameters
        ----------
        people
            The persons, changed in place.
        homes
            Rows of the households in ascending order, (homes,).
        month
            The month.
        parameters
            Age of the youngest head.
        """
        self.changed[homes] = True
        persons, _, ends = list_members(homes, self.all_members(people))
        youngest_months = int(12 * parameters.number("population.head_age_min"))
        columns = (people.here, people.relation, people.birth_month)
        outcome = (self.size, self.kind, self.single_parent, self.head_age)
        _regroup(homes, ends, persons, columns, _BECOMES, month, youngest_months, outcome)


@njit(cache=True)
def _regroup(homes, ends, persons, columns, becomes, month, youngest_months, outcome):  # type: ignore[no-untyped-def]
    here, relation, birth_month = columns
    size, kind, single_parent, head_age = outcome
    found = np.zeros(becomes.shape[0], np.int64)
    for h in range(homes.size):
        home, members = homes[h], persons[ends[h] : ends[h + 1]]
        heir = _heir(members, relation, birth_month, month - youngest_months)
        if heir < 0:
            for i in members:
                here[i] = False
            size[home], single_parent[home] = 0, False
            continue
        changed = relation[heir] != HEAD
        if changed:
            taken = relation[heir]
            for i in members:
                relation[i] = becomes[taken, relation[i]]
            relation[heir] = HEAD
            head_age[home] = (month - birth_month[heir]) // 12
        found[:] = 0
        minor = False
        for i in members:
            found[relation[i]] += 1
            young = month - birth_month[i] < 12 * CHILD_UNDER_YEARS
            minor |= young and relation[i] == CHILD
        size[home] = members.size
        kind[home] = _type_of(found)
        single_parent[home] = minor and kind[home] == _SINGLE_PARENT


@njit(cache=True)
def _heir(members, relation, birth_month, born_by):  # type: ignore[no-untyped-def]
    """Find the head, or who comes next; -1 where nobody was born by a month."""
    heir = -1
    for i in members:
        if relation[i] > SPOUSE and birth_month[i] > born_by:
            continue
        same = heir >= 0 and relation[i] == relation[heir]
        if (
            heir < 0
            or relation[i] < relation[heir]
            or (same and birth_month[i] < birth_month[heir])
        ):
            heir = i
    return heir


@njit(cache=True)
def _type_of(found):  # type: ignore[no-untyped-def]
    """Name the type of a household by how many members have each relation to the head."""
    if found.sum() == 1:
        return _ALONE
    if found[CHILD] > 0 and found[_GRANDCHILD] + found[_PARENT] > 0:
        return _THREE
    if found[_PARENT] > 0 or found[_OTHER_KIN] > 0 or found[_GRANDCHILD] > 0:
        return _KIN
    if found[_NON_KIN] > 0:
        return _STRANGERS
    if found[CHILD] > 0:
        return _WITH_CHILDREN if found[SPOUSE] > 0 else _SINGLE_PARENT
    return _COUPLE
