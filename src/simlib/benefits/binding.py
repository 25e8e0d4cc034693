"""Rules bound to a month: names of parameters replaced by their values of that month."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import polars as pl

from simlib.benefits.catalogue import Catalogue, Definition
from simlib.benefits.columns import column
from simlib.benefits.expressions import Expression, literal
from simlib.benefits.fact_names import known_facts
from simlib.benefits.grammar import Call, Constant, Name, Tree, fill, named
from simlib.benefits.programme import Programme
from simlib.benefits.programme_file import Unit
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters


@dataclass(frozen=True)
class Lookup:
    """Hold a table parameter: its name in rules, its value, and the facts its keys belong to."""

    name: str
    unit: Unit
    table: Any
    keys: tuple[str, ...]

    @property
    def column(self) -> pl.Expr:
        """Give the polars expression that looks the table up."""
        return _look(self.table, self.keys).cast(pl.Float64).alias(self.name)


@dataclass(frozen=True)
class BoundRule:
    """Hold a programme's or definition's rules of a month.

    ``trees`` holds ``value`` (the amount, or the defined fact) and, for programmes, ``own`` and,
    when they follow others, ``linked``; ``replaced`` holds the parameters as SQL. A programme
    that is not ``in_force`` gives no right and needs no parameters.
    """

    id: str
    unit: Unit
    is_programme: bool
    follows: bool
    trees: dict[str, Tree]
    replaced: dict[str, str]
    in_force: bool = True

    @cached_property
    def columns(self) -> tuple[pl.Expr, ...]:
        """Give polars expressions ``value <id>``, ``own <id>`` and ``linked <id>``."""
        made = {}
        for kind, tree in self.trees.items():
            made[kind] = column(tree)
            if kind != "value":
                made[kind] = made[kind].fill_null(value=False)
            elif self.is_programme:
                made[kind] = made[kind].cast(pl.Float64).fill_null(0.0)
        return tuple(each.alias(f"{kind} {self.id}") for kind, each in made.items())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Give the columns that the rules read."""
        return tuple(sorted({name for tree in self.trees.values() for name in named(tree)}))


@dataclass(frozen=True)
class Bound:
    """Hold the whole catalogue bound to a month."""

    levels: tuple[tuple[BoundRule, ...], ...]
    lookups: tuple[Lookup, ...]

    def only(self, programmes: Collection[str]) -> "Bound":
        """Give the rules of some programmes and of all that these rest on."""
        needed = set(programmes)
        for level in reversed(self.levels):
            for rule in level:
                if rule.id in needed:
                    needed |= {_owner(name) for name in rule.names}
        kept = tuple(tuple(rule for rule in level if rule.id in needed) for level in self.levels)
        names = {name for level in kept for rule in level for name in rule.names}
        return Bound(kept, tuple(each for each in self.lookups if each.name in names))

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
) -> tuple[dict[str, str], dict[str, Tree]]:
    """Read parameters as SQL and trees: a number as such, a table as the column of its values."""
    texts: dict[str, str] = {}
    trees: dict[str, Tree] = {}
    for name in names:
        path = f"{prefix}.{name}"
        value = parameters.value(path, month)
        if name in tables:
            texts[name] = f"{owner}__{name}"
            trees[name] = Name(texts[name])
            lookups.append(_lookup(texts[name], value, tables[name], path))
        else:
            texts[name] = literal(value, path)
            trees[name] = Constant(value)
    return texts, trees


def _owner(name: str) -> str:
    """Give the programme or definition that a name belongs to; itself for facts."""
    if name in known_facts():
        return name
    return name.removeprefix("entitled_").removeprefix("amount_")


def _lookup(name: str, table: Any, keys: tuple[str, ...], path: str) -> Lookup:
    facts = [known_facts()[key] for key in keys]
    unit: Unit = "person" if any(fact.level == "person" for fact in facts) else "household"
    _check_table(table, keys, path)
    return Lookup(name, unit, table, keys)


def _check_table(table: Any, keys: tuple[str, ...], path: str) -> None:
    """Refuse a table that does not go as deep as its keys."""
    if not keys:
        literal(table, path)
        return
    if not isinstance(table, dict) or not table:
        raise UserError(f"'{path}' goes by {keys[0]} but is not a table", path)
    for each in table.values():
        _check_table(each, keys[1:], path)


def _look(table: Any, keys: tuple[str, ...]) -> pl.Expr:
    """Look a table up by facts: whole numbers beyond its ends take the value at the end."""
    if not keys:
        return pl.lit(float(table))
    key, rest = keys[0], keys[1:]
    named = {k: v for k, v in table.items() if k != "default"}
    numeric = all(isinstance(k, int) for k in named)
    if "default" in table:
        result = _look(table["default"], rest)
    elif numeric:
        result = _look(named[max(named)], rest)
    else:
        result = pl.lit(None, pl.Float64)
    chain: Any = pl
    if numeric and "default" not in table:
        for each in sorted(named)[:-1]:
            chain = chain.when(pl.col(key) <= each).then(_look(named[each], rest))
    else:
        for each in named:
            chain = chain.when(pl.col(key) == each).then(_look(named[each], rest))
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
    texts, values = _values(name, prefix, own_names, programme.lookups, month, parameters, lookups)
    yields: list[Tree] = [Call("NOT", (Name(each),)) for each in _yields_to(catalogue, programme)]
    trees = {
        "value": _filled(programme.amount_krw_m, values),
        "own": _joined("AND", [_filled(programme.entitled, values), *yields]),
    }
    if programme.follows:
        followed = _joined("OR", [Name(f"entitled_{each}") for each in programme.follows])
        while_following = _filled(programme.while_following, values)
        trees["linked"] = _joined("AND", [followed, while_following, *yields])
    return BoundRule(name, programme.unit, True, bool(programme.follows), trees, texts)


def _not_in_force(programme: Programme) -> BoundRule:
    """Give rules that never hold, for a month before a programme began or after it ended."""
    kinds = ("own", "linked") if programme.follows else ("own",)
    trees: dict[str, Tree] = {"value": Constant(0.0), **dict.fromkeys(kinds, Constant(False))}
    follows = bool(programme.follows)
    return BoundRule(programme.id, programme.unit, True, follows, trees, {}, in_force=False)


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
    texts, values = _values(
        definition.id,
        definition.parameter_prefix,
        used,
        definition.lookups,
        month,
        parameters,
        lookups,
    )
    trees = {"value": _filled(definition.expression, values)}
    return BoundRule(definition.id, definition.unit, False, False, trees, texts)


def _filled(rule: Expression, values: dict[str, Tree]) -> Tree:
    return fill(rule.tree, values)


def _joined(operation: str, parts: list[Tree]) -> Tree:
    return reduce(lambda a, b: Call(operation, (a, b)), parts)
