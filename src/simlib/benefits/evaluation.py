"""Entitlement by polars expressions: the reference, for few households and explanations."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.binding import Bound, BoundRule, bind
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.facts import household_facts
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.right_kinds import FOLLOWING, NO_RIGHT, OWN


@dataclass(frozen=True)
class Entitlements:
    """Hold the entitlements of households, rows as given, columns as the catalogue.

    Attributes
    ----------
    right
        ``uint8 (households, programmes)``: 0 none, 1 a right of its own, 2 only while one of
        the programmes it follows is received (and the household is entitled to one).
    amount_krw_m
        ``float32 (households, programmes)``: won a month for all entitled members together;
        yearly amounts are divided by 12 and single payments spread; 0 without a right.
    persons_n
        ``uint8 (households, programmes)``: entitled persons; 1 for household programmes.
    ids
        Programme ids in column order.
    """

    right: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    persons_n: NDArray[np.uint8]
    ids: tuple[str, ...]

    def __repr__(self) -> str:
        shown = int((self.right > 0).sum())
        return f"Entitlements({self.right.shape[0]} households, {shown} rights)"


@dataclass
class Evaluation:
    """Hold facts with everything that was computed from them, for explanations."""

    households: pl.DataFrame
    persons: pl.DataFrame
    rows: NDArray[np.int64]
    bound: Bound
    result: Entitlements


def chosen_ids(catalogue: Catalogue, only: Collection[str] | None) -> tuple[str, ...]:
    """Give the programmes to compute, in the order of the catalogue."""
    return tuple(each for each in catalogue.ids if only is None or each in only)


def evaluate(
    catalogue: Catalogue,
    households: pl.DataFrame,
    persons: pl.DataFrame,
    month: Month,
    parameters: Parameters,
    only: Collection[str] | None = None,
) -> Evaluation:
    """Compute entitlements with polars and keep the facts they rest on."""
    bound = bind(catalogue, month, parameters)
    if only is not None:
        bound = bound.only(only)
    ids = chosen_ids(catalogue, only)
    facts = household_facts(households, persons, month, parameters)
    shape = (households.height, len(ids))
    result = Entitlements(
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.uint8),
        ids,
    )
    work = Evaluation(facts.households, facts.persons, facts.rows, bound, result)
    _look_up(work, bound)
    for level in bound.levels:
        _evaluate_households(work, [rule for rule in level if rule.unit == "household"])
        _evaluate_persons(work, [rule for rule in level if rule.unit == "person"])
    return work


def _look_up(work: Evaluation, bound: Bound) -> None:
    """Add the columns that table parameters become."""
    at_home = [each.column for each in bound.lookups if each.unit == "household"]
    work.households = work.households.with_columns(at_home)
    personal = [each.column for each in bound.lookups if each.unit == "person"]
    bring_to_persons(work, [name for each in personal for name in each.meta.root_names()])
    work.persons = work.persons.with_columns(personal)


def bring_to_persons(work: Evaluation, names: list[str]) -> None:
    """Give each person the household's value of columns that persons do not have."""
    missing = [
        name
        for name in dict.fromkeys(names)
        if name not in work.persons.columns and name in work.households.columns
    ]
    if missing:
        brought = work.households.select(missing)[work.rows]
        work.persons = work.persons.hstack(brought)


def _compute(frame: pl.DataFrame, rules: list[BoundRule]) -> pl.DataFrame:
    columns = [column for rule in rules for column in rule.columns]
    anchor = pl.col(frame.columns[0]).alias("anchor")
    try:
        return frame.select([anchor, *columns])
    except pl.exceptions.PolarsError as error:
        raise _culprit(frame, rules, error) from None


def _culprit(frame: pl.DataFrame, rules: list[BoundRule], error: Exception) -> UserError:
    reason = str(error).splitlines()[0][:160]
    for rule in rules:
        try:
            frame.select(rule.columns)
        except pl.exceptions.PolarsError as own:
            reason = str(own).splitlines()[0][:160]
            return UserError(
                f"the rule of '{rule.id}' cannot be evaluated ({reason})",
                f"programmes.{rule.id}",
                "it compares or computes with values of different kinds",
                "compare text with quoted text and numbers with numbers",
            )
    return UserError(f"the rules cannot be evaluated ({reason})", "catalogue")


def _rights(made: pl.DataFrame, rule: BoundRule) -> NDArray[np.uint8]:
    own = made[f"own {rule.id}"].to_numpy()
    if not rule.follows:
        return own.astype(np.uint8)
    linked = made[f"linked {rule.id}"].to_numpy()
    right: NDArray[np.uint8] = np.where(own, OWN, np.where(linked, FOLLOWING, NO_RIGHT)).astype(
        np.uint8
    )
    return right


def _amounts(made: pl.DataFrame, rule: BoundRule, right: NDArray[np.uint8]) -> NDArray[np.float64]:
    raw = made[f"value {rule.id}"].to_numpy()
    amount: NDArray[np.float64] = np.where(right > 0, np.fmax(raw, 0.0), 0.0)
    return amount


def _evaluate_households(work: Evaluation, rules: list[BoundRule]) -> None:
    if not rules:
        return
    made = _compute(work.households, rules)
    added = []
    for rule in rules:
        if not rule.is_programme:
            added.append(made[f"value {rule.id}"].alias(rule.id))
            continue
        right = _rights(made, rule)
        amount = _amounts(made, rule, right)
        _note(work, rule, right, amount, right > 0)
        added += [
            pl.Series(f"entitled_{rule.id}", right > 0),
            pl.Series(f"amount_{rule.id}", amount),
        ]
    work.households = work.households.with_columns(added)


def _note(
    work: Evaluation,
    rule: BoundRule,
    right: NDArray[np.uint8],
    amount: NDArray[Any],
    persons_n: NDArray[Any],
) -> None:
    """Write a programme's results down, unless it is only needed by others."""
    if rule.id in work.result.ids:
        column = work.result.ids.index(rule.id)
        work.result.right[:, column] = right
        work.result.amount_krw_m[:, column] = amount
        work.result.persons_n[:, column] = persons_n


def _evaluate_persons(work: Evaluation, rules: list[BoundRule]) -> None:
    if not rules:
        return
    bring_to_persons(work, [name for rule in rules for name in rule.names])
    made = _compute(work.persons, rules)
    personal, shared = [], []
    for rule in rules:
        if not rule.is_programme:
            value = made[f"value {rule.id}"].alias(rule.id)
            personal.append(value)
            shared.append(_summed(work, value))
            continue
        right = _rights(made, rule)
        amount = _amounts(made, rule, right)
        personal += [
            pl.Series(f"entitled_{rule.id}", right > 0),
            pl.Series(f"amount_{rule.id}", amount),
        ]
        shared += _to_households(work, rule, right, amount)
    work.persons = work.persons.with_columns(personal)
    work.households = work.households.with_columns(shared)


def _summed(work: Evaluation, value: pl.Series) -> pl.Series:
    numbers = value.cast(pl.Float64).fill_null(0.0).to_numpy()
    total = np.bincount(work.rows, numbers, work.households.height)
    return pl.Series(value.name, total > 0 if value.dtype == pl.Boolean else total)


def _to_households(
    work: Evaluation,
    rule: BoundRule,
    right: NDArray[np.uint8],
    amount: NDArray[np.float64],
) -> list[pl.Series]:
    """Add persons' rights up: a household has a right of its own if one of them has."""
    n = work.households.height
    entitled = np.flatnonzero(right)
    rows = work.rows[entitled]
    persons = np.bincount(rows, minlength=n)
    own = np.bincount(rows[right[entitled] == OWN], minlength=n)
    total = np.bincount(rows, amount[entitled], n)
    kind = np.where(own > 0, OWN, np.where(persons > 0, FOLLOWING, NO_RIGHT)).astype(np.uint8)
    _note(work, rule, kind, total, np.minimum(persons, 255))
    return [
        pl.Series(f"entitled_{rule.id}", persons > 0),
        pl.Series(f"amount_{rule.id}", total),
    ]
