"""Why a household is or is not entitled: each condition with its value, limit and source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.binding import BoundRule
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import Evaluation, bring_to_persons, evaluate
from simlib.benefits.expressions import Expression, to_polars
from simlib.benefits.programme import Programme
from simlib.benefits.words import SIGNS, label, render, say, show, unit_of
from simlib.months import Month, format_month
from simlib.parameters import Parameters


@dataclass(frozen=True)
class Condition:
    """Hold one condition of a programme as it stands for a household or person.

    Parameters
    ----------
    text
        The condition in words.
    passed
        Whether it holds.
    facts
        The facts and definitions it names.
    value, limit
        Both sides of a comparison in its own unit; None when it is not a comparison.
    sign
        The comparison, empty when there is none.
    unit
        Unit of value and limit.
    sources
        Source ids of the parameters it names, or of the rule.
    """

    text: str
    passed: bool
    facts: tuple[str, ...]
    value: Any
    limit: Any
    sign: str
    unit: str
    sources: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Tell whether value and limit are numbers that could be brought together."""
        numbers = (self.value, self.limit)
        plain = all(isinstance(x, int | float) and not isinstance(x, bool) for x in numbers)
        return plain and self.sign in {"<=", "<", ">=", ">"}


@dataclass(frozen=True)
class Explanation:
    """Hold what a programme decides for a household and why.

    For a programme of persons, the conditions are those of the member who meets most.
    """

    household: int
    programme: str
    right: int
    amount_krw_m: float
    persons_n: int
    conditions: tuple[Condition, ...]

    @property
    def failed(self) -> tuple[Condition, ...]:
        """Give the conditions that do not hold."""
        return tuple(each for each in self.conditions if not each.passed)


def explain(
    catalogue: Catalogue,
    households: pl.DataFrame,
    persons: pl.DataFrame,
    month: Month,
    parameters: Parameters,
    programmes: Sequence[str] | None = None,
    lang: str = "en",
) -> list[Explanation]:
    """Explain each programme for each household.

    Parameters
    ----------
    catalogue, households, persons, month, parameters
        As for :func:`~simlib.benefits.entitlement.entitle`; few households, since every
        condition is worded.
    programmes
        Only these programmes; all by default.
    lang
        Language of the words, ko or en.

    Returns
    -------
    list
        One explanation a household and programme, households outermost.
    """
    work = evaluate(catalogue, households, persons, month, parameters)
    tables = []
    for name in programmes or catalogue.ids:
        asked = _Asked(work, catalogue, catalogue[name], month, parameters, lang)
        tables.append([_explain(asked, row) for row in range(households.height)])
    return [table[row] for row in range(households.height) for table in tables]


class _Asked:
    """Hold one programme's conditions, evaluated, with what is needed to word them."""

    def __init__(
        self,
        work: Evaluation,
        catalogue: Catalogue,
        programme: Programme,
        month: Month,
        parameters: Parameters,
        lang: str,
    ) -> None:
        self.work, self.catalogue, self.programme = work, catalogue, programme
        self.month, self.parameters, self.lang = month, parameters, lang
        self.rule = work.bound.rule(programme.id)
        self.ways: list[tuple[list[Expression], pl.DataFrame, bool]] = []
        if not self.rule.in_force:
            return
        if programme.entitled.text.strip().upper() != "FALSE" or not programme.follows:
            parts = programme.entitled.conditions()
            self.ways.append((parts, _try(work, self.rule, parts), False))
        if programme.follows:
            parts = programme.while_following.conditions()
            self.ways.append((parts, _try(work, self.rule, parts), True))

    def members(self, row: int) -> NDArray[np.int64]:
        """Give the rows of a household's persons, or of the household itself."""
        if self.programme.unit == "person":
            return np.flatnonzero(self.work.rows == row)
        return np.array([row])


def _explain(asked: _Asked, row: int) -> Explanation:
    """Explain by the way (own right, or following) of which fewest conditions fail."""
    ways: list[tuple[Condition, ...]] = [] if asked.rule.in_force else [(_life(asked),)]
    for parts, made, following in asked.ways:
        member = _best(made, len(parts), asked.members(row))
        own = [
            _condition(asked, part, made, i, member)
            for i, part in enumerate(parts)
            if part.text.upper() != "TRUE"
        ]
        ways.append((*_others(asked, row, member, following), *own))
    result = asked.work.result
    column = asked.catalogue.index(asked.programme.id)
    return Explanation(
        row,
        asked.programme.id,
        int(result.right[row, column]),
        float(result.amount_krw_m[row, column]),
        int(result.persons_n[row, column]),
        min(ways, key=lambda way: sum(not condition.passed for condition in way)),
    )


def _life(asked: _Asked) -> Condition:
    """Say from when until when a programme that does not exist in the month did."""
    programme = asked.programme
    since, until = (
        "" if m is None else format_month(m) for m in (programme.since, programme.until)
    )
    text = say("in_force", asked.lang, since=since, until=until)
    return Condition(text, False, (), None, None, "", "", programme.sources)


def _try(work: Evaluation, rule: BoundRule, parts: list[Expression]) -> pl.DataFrame:
    """Evaluate each condition and, for comparisons, both of its sides."""
    columns = []
    for i, part in enumerate(parts):
        expression = to_polars(part.sql(rule.replaced), part.where)
        columns.append(expression.fill_null(value=False).alias(f"{i}"))
        sides = part.comparison()
        if sides:
            for name, side in (("value", sides[0]), ("limit", sides[2])):
                made = to_polars(side.sql(rule.replaced), side.where)
                columns.append(made.alias(f"{i} {name}"))
    if rule.unit == "person":
        bring_to_persons(work, [name for each in columns for name in each.meta.root_names()])
    frame = work.persons if rule.unit == "person" else work.households
    return frame.select([pl.col(frame.columns[0]).alias("anchor"), *columns])


def _best(made: pl.DataFrame, parts_n: int, members: NDArray[np.int64]) -> int:
    """Find the member who meets most conditions; of equals, the one nearest to the limits."""
    failed = np.zeros(len(members))
    gap = np.zeros(len(members))
    for i in range(parts_n):
        fails = ~made[f"{i}"].gather(members).to_numpy()
        failed += fails
        if f"{i} value" in made.columns and made.schema[f"{i} value"].is_numeric():
            away = (made[f"{i} value"] - made[f"{i} limit"]).cast(pl.Float64).abs()
            gap += np.where(fails, away.gather(members).to_numpy(), 0.0)
    return int(members[np.lexsort((gap, failed))[0]])


def _condition(asked: _Asked, part: Expression, made: pl.DataFrame, i: int, row: int) -> Condition:
    """Word one condition as it stands in a row of the evaluated ones."""

    def words(expression: Expression) -> str:
        return render(expression, asked.catalogue, asked.rule.replaced, asked.lang)

    value = limit = None
    text, sign, unit = words(part), "", ""
    sides = part.comparison()
    if sides:
        value, limit = made[f"{i} value"][row], made[f"{i} limit"][row]
        sign, unit = sides[1], unit_of(part, asked.catalogue)
        text = f"{words(sides[0])} {SIGNS.get(sign, sign)} {show(limit, unit, asked.lang)}"
    return Condition(
        text,
        bool(made[f"{i}"][row]),
        tuple(name for name in part.names if name not in asked.programme.file.parameters),
        value,
        limit,
        sign,
        unit,
        _sources(asked.programme, part, asked.parameters, asked.month),
    )


def _sources(
    programme: Programme, part: Expression, parameters: Parameters, month: Month
) -> tuple[str, ...]:
    found: list[str] = []
    for name in part.names:
        if name in programme.file.parameters:
            path = f"programmes.{programme.id}.{name}"
            found += parameters.parameter(path).at(month)[1].source.split(";")
    return tuple(dict.fromkeys(each.strip() for each in found)) or programme.sources


def _others(asked: _Asked, row: int, member: int, following: bool) -> list[Condition]:
    """Give the conditions that concern other programmes: those followed, those excluded.

    A right of a person yields to what the same person has, where that is known by person.
    """
    programme, catalogue, lang = asked.programme, asked.catalogue, asked.lang

    def made(text: str, passed: bool, names: tuple[str, ...]) -> Condition:
        return Condition(text, passed, names, None, None, "", "", programme.sources)

    def holds(name: str) -> bool:
        if programme.unit == "person" and name in asked.work.persons.columns:
            return bool(asked.work.persons[name][member])
        return bool(asked.work.households[name][row])

    conditions = []
    if following:
        names = tuple(f"entitled_{each}" for each in programme.follows)
        text = say("one_of", lang, names=", ".join(label(each, catalogue, lang) for each in names))
        conditions.append(made(text, any(holds(name) for name in names), names))
    for each in programme.excludes:
        if each.yields == "this":
            name = f"{'entitled' if each.when == 'entitled' else 'receiving'}_{each.programme}"
            text = say("not_beside", lang, name=catalogue[each.programme].name[lang])
            conditions.append(made(text, not holds(name), (name,)))
    return conditions
