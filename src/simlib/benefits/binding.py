"""Rules bound to a month: names of parameters replaced by their values of that month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from simlib.benefits.catalogue import Catalogue, Definition
from simlib.benefits.expressions import Expression, literal, to_polars
from simlib.benefits.fact_names import known_facts
from simlib.benefits.programme import Programme, Unit
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters


@dataclass(frozen=True)
class Lookup:
    """Hold a table parameter as a column to compute from the facts of a unit."""

    unit: Unit
    column: pl.Expr


@dataclass(frozen=True)
class BoundRule:
    """Hold a programme's or definition's rules of a month as polars expressions.

    ``columns`` compute ``value <id>`` (the amount, or the defined fact) and, for programmes,
    ``own <id>`` and, when they follow others, ``linked <id>``; ``names`` are the columns these
    read, ``replaced`` the parameters as SQL. A programme that is not ``in_force`` gives no
    right and needs no parameters.
    """

    id: str
    unit: Unit
    is_programme: bool
    follows: bool
    columns: tuple[pl.Expr, ...]
    names: tuple[str, ...]
    replaced: dict[str, str]
    in_force: bool = True


@dataclass(frozen=True)
class Bound:
    """Hold the whole catalogue bound to a month."""

    levels: tuple[tuple[BoundRule, ...], ...]
    lookups: tuple[Lookup, ...]

    def rule(self, name: str) -> BoundRule:
        """Find the rule of a programme or definition."""
        return next(rule for level in self.levels for rule in level if rule.id == name)


def bind(catalogue: Catalogue, month: Month, parameters: Parameters) -> Bound:
    """Bind the catalogue's rules to a month; repeated calls give the kept result.

    Raises
    ------
    UserError
        If a parameter has no value at that month.
    """
    if catalogue.bound.get("parameters") is not parameters:
        catalogue.bound.clear()
        catalogue.bound["parameters"] = parameters
    months: dict[Month, Bound] = catalogue.bound.setdefault("months", {})
    if month not in months:
        months[month] = _bind(catalogue, month, parameters)
    return months[month]


def _bind(catalogue: Catalogue, month: Month, parameters: Parameters) -> Bound:
    lookups: list[Lookup] = []
    levels = []
    for level in catalogue.levels:
        rules = []
        for name in level:
            if name in catalogue.definitions:
                rules.append(_definition(catalogue.definitions[name], month, parameters, lookups))
            else:
                rules.append(_programme(catalogue, name, month, parameters, lookups))
        levels.append(tuple(rules))
    return Bound(tuple(levels), tuple(lookups))


def _values(
    owner: str,
    prefix: str,
    names: Iterable[str],
    tables: Mapping[str, tuple[str, ...]],
    month: Month,
    parameters: Parameters,
    lookups: list[Lookup],
) -> dict[str, str]:
    """Read parameters as SQL: a number as such, a table as the column that looks it up."""
    values = {}
    for name in names:
        path = f"{prefix}.{name}"
        value = parameters.value(path, month)
        if name in tables:
            column = f"{owner}__{name}"
            lookups.append(_lookup(column, value, tables[name], path))
            values[name] = column
        else:
            values[name] = literal(value, path)
    return values


def _lookup(column: str, table: Any, keys: tuple[str, ...], path: str) -> Lookup:
    facts = [known_facts()[key] for key in keys]
    unit: Unit = "person" if any(fact.level == "person" for fact in facts) else "household"
    return Lookup(unit, _look(table, keys, path).cast(pl.Float64).alias(column))


def _look(table: Any, keys: tuple[str, ...], path: str) -> pl.Expr:
    """Look a table up by facts: whole numbers beyond its ends take the value at the end."""
    if not keys:
        return pl.lit(float(table))
    if not isinstance(table, dict) or not table:
        raise UserError(f"'{path}' goes by {keys[0]} but is not a table", path)
    key, rest = keys[0], keys[1:]
    named = {k: v for k, v in table.items() if k != "default"}
    numeric = all(isinstance(k, int) for k in named)
    if "default" in table:
        result = _look(table["default"], rest, path)
    elif numeric:
        result = _look(named[max(named)], rest, path)
    else:
        result = pl.lit(None, pl.Float64)
    chain: Any = pl
    if numeric and "default" not in table:
        for each in sorted(named)[:-1]:
            chain = chain.when(pl.col(key) <= each).then(_look(named[each], rest, path))
    else:
        for each in named:
            chain = chain.when(pl.col(key) == each).then(_look(named[each], rest, path))
    return result if chain is pl else chain.otherwise(result)


def _programme(
    catalogue: Catalogue,
    name: str,
    month: Month,
    parameters: Parameters,
    lookups: list[Lookup],
) -> BoundRule:
    programme = catalogue[name]
    if not programme.in_force(month):
        return _not_in_force(programme)
    prefix = f"programmes.{name}"
    rules = (programme.entitled, programme.while_following, programme.amount_krw_m)
    used = {each for rule in rules for each in rule.names}
    own_names = [each for each in programme.file.parameters if each in used]
    values = _values(name, prefix, own_names, programme.lookups, month, parameters, lookups)
    yields = [~pl.col(column) for column in _yields_to(catalogue, programme)]
    own = pl.all_horizontal([_expression(programme.entitled, values), *yields])
    amount = _expression(programme.amount_krw_m, values).cast(pl.Float64).fill_null(0.0)
    columns = [
        amount.alias(f"value {name}"),
        own.fill_null(value=False).alias(f"own {name}"),
    ]
    if programme.follows:
        followed = pl.any_horizontal([pl.col(f"entitled_{each}") for each in programme.follows])
        linked = pl.all_horizontal(
            [followed, _expression(programme.while_following, values), *yields]
        )
        columns.append(linked.fill_null(value=False).alias(f"linked {name}"))
    return BoundRule(
        name, programme.unit, True, bool(programme.follows), tuple(columns), _roots(columns), values
    )


def _not_in_force(programme: Programme) -> BoundRule:
    """Give rules that never hold, for a month before a programme began or after it ended."""
    kinds = ("own", "linked") if programme.follows else ("own",)
    columns = [pl.lit(value=False).alias(f"{kind} {programme.id}") for kind in kinds]
    amount = pl.lit(0.0).alias(f"value {programme.id}")
    return BoundRule(
        programme.id,
        programme.unit,
        True,
        bool(programme.follows),
        (amount, *columns),
        (),
        {},
        in_force=False,
    )


def _yields_to(catalogue: Catalogue, programme: Programme) -> list[str]:
    columns = [
        f"{'entitled' if each.when == 'entitled' else 'receiving'}_{each.programme}"
        for each in programme.excludes
        if each.yields == "this"
    ]
    columns += [
        f"entitled_{other.id}"
        for other in catalogue.programmes
        for each in other.excludes
        if each.programme == programme.id and each.yields == "other"
    ]
    return columns


def _definition(
    definition: Definition, month: Month, parameters: Parameters, lookups: list[Lookup]
) -> BoundRule:
    used = [name for name in definition.parameter_names if name in definition.expression.names]
    values = _values(
        definition.id,
        definition.parameter_prefix,
        used,
        definition.lookups,
        month,
        parameters,
        lookups,
    )
    columns = [_expression(definition.expression, values).alias(f"value {definition.id}")]
    return BoundRule(
        definition.id, definition.unit, False, False, tuple(columns), _roots(columns), values
    )


def _expression(rule: Expression, values: dict[str, str]) -> pl.Expr:
    return to_polars(rule.sql(values), rule.where)


def _roots(columns: list[pl.Expr]) -> tuple[str, ...]:
    return tuple(sorted({name for column in columns for name in column.meta.root_names()}))
