"""Which households are in the pool, and what to say when none is."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from simlib.errors import UserError
from simlib.experiments.trials.households import Bools, Households
from simlib.experiments.trials.named import region_of
from simlib.experiments.trials.schema import Pool
from simlib.files import Document

OLDEST = 200
CHILD_UNDER_YEARS = 18


def fixed_pool(pool: Pool, households: Households, document: Document) -> Bools:
    """Tell who meets every condition that luck does not change, (households,).

    Raises
    ------
    UserError
        If nobody is left, with the condition after which nobody was.
    """
    inside = households.right.copy()
    if not inside.any():
        raise _empty(document, "like", "nobody is entitled to the programme", "programme")
    for name, holds in _conditions(pool, households, document):
        before = int(inside.sum())
        inside &= holds
        if not inside.any():
            raise _empty(document, name, f"of {before:,} entitled households none meets it")
    return inside


def _conditions(
    pool: Pool, households: Households, document: Document
) -> Iterator[tuple[str, Bools]]:
    frame = households.frame
    if households.members is not None and (pool.age_min is not None or pool.age_max is not None):
        yield ("age_min" if pool.age_min is not None else "age_max"), _of_age(pool, households)
    if pool.children is not None and households.members is not None:
        yield "children", _has_child(households) == pool.children
    bounds = (("size_min", "size", 1), ("size_max", "size", -1),
              ("income_max_krw_m", "income_krw_m", -1),
              ("digital_skill_max", "digital_skill", -1))  # fmt: skip
    for name, column, direction in bounds:
        limit = getattr(pool, name)
        if limit is not None:
            yield name, frame[column].to_numpy() * float(direction) >= direction * limit
    for name, column in (("tenure", "tenure"), ("regions", "region")):
        wanted = getattr(pool, name)
        if wanted is not None:
            check_values(document, ("pool", name), frame, column, wanted)
            yield name, frame[column].cast(pl.String).is_in(wanted).to_numpy()
    if pool.entitled_to:
        yield "entitled_to", households.meets
    if pool.known_to_state is not None:
        yield "known_to_state", households.known == pool.known_to_state


def _of_age(pool: Pool, households: Households) -> Bools:
    from simlib.experiments.trials.korean import ages

    low = 0 if pool.age_min is None else pool.age_min
    high = OLDEST if pool.age_max is None else pool.age_max
    assert households.members is not None
    return ages(households.members, households.traits.ids, low, high)


def _has_child(households: Households) -> Bools:
    from simlib.experiments.trials.korean import ages

    assert households.members is not None
    return ages(households.members, households.traits.ids, 0, CHILD_UNDER_YEARS - 1)


def check_values(
    document: Document,
    at: tuple[str | int, ...],
    frame: pl.DataFrame,
    column: str,
    wanted: tuple[str, ...],
) -> None:
    """Refuse a value that no household has.

    Raises
    ------
    UserError
        With the nearest value there is.
    """
    from simlib.errors import did_you_mean

    known = frame[column].cast(pl.String).unique().to_list()
    for each in wanted:
        if each not in known:
            raise UserError(
                f"no household has '{each}' as its {column}",
                document.where(at),
                "the pool would be empty",
                did_you_mean(region_of(each), known),
            )


def _empty(document: Document, name: str, why: str, section: str = "pool") -> UserError:
    return UserError(
        f"the pool is empty: '{name}' leaves nobody",
        document.where((section, name)),
        why,
        "loosen the condition, or make the population larger (population: {households: ...})",
    )


def of_luck(pool: Pool, inside: Bools, receiving: Bools, moved: Bools, document: Document) -> Bools:
    """Keep of a pool those who meet the conditions that depend on luck, (households,).

    Parameters
    ----------
    pool, inside
        The conditions, and who meets the fixed ones.
    receiving
        Who receives the programme when the trial begins.
    moved
        Who began a claim in the months before it.

    Raises
    ------
    UserError
        If nobody is left.
    """
    kept = inside.copy()
    if pool.receiving is not None:
        kept &= receiving == pool.receiving
        if not kept.any():
            does = "receives" if inside[receiving].any() else "does not receive"
            raise _empty(document, "receiving", f"each of {int(inside.sum()):,} {does} it already")
    if pool.unmoved:
        kept &= ~moved
        if not kept.any():
            raise _empty(document, "unmoved", "everybody began a claim in the months before")
    return np.asarray(kept)
