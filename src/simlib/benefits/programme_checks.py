"""Check a programme when it is read: its values, what its rules mix, and whom they can meet."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from simlib.benefits.expressions import Expression
from simlib.benefits.fact_names import known_facts
from simlib.benefits.grammar import Constant, Tree, fill
from simlib.benefits.kinds import (
    NUMBER,
    TRUTH,
    Kind,
    check_kinds,
    check_possible,
    kind_of,
    kind_of_fact,
    kind_of_value,
)
from simlib.errors import UserError, did_you_mean
from simlib.files import Document, YamlPath
from simlib.parameters import Parameters

if TYPE_CHECKING:
    from simlib.benefits.catalogue import Definition
    from simlib.benefits.programme import Programme, ProgrammeFile

_DEFAULT = "default"


def check_values(
    file: "ProgrammeFile", lookups: Mapping[str, tuple[str, ...]], document: Document
) -> None:
    """Refuse values that cannot be used: text for numbers, keys of no fact, days out of order.

    Parameters
    ----------
    file
        The programme as written.
    lookups
        Its tables, with the facts their keys are values of.
    document
        Its file, for places.

    Raises
    ------
    UserError
        With the line of the value.
    """
    for name, entry in file.parameters.items():
        for at, value in _values(entry, ("parameters", name)):
            _check_value(name, value, lookups.get(name, ()), document.where(at))
    papers, days = file.papers, file.processing_days
    if papers and not len(papers.ko) == len(papers.en) == file.documents:
        raise UserError(
            f"'{file.id}' counts {file.documents} documents and lists {len(papers.en)}",
            document.where(("papers",)),
            mend="make the lists as long as the count",
        )
    if days.typical > days.limit:
        raise UserError(
            f"a decision usually takes {days.typical:g} days and at most {days.limit:g}",
            document.where(("processing_days",)),
            "the usual time would be beyond the limit",
            "write the shorter time after 'typical'",
        )


def _values(entry: Any, at: YamlPath) -> Iterable[tuple[YamlPath, Any]]:
    """Give the values of a parameter with their places."""
    if not isinstance(entry, Mapping):
        return
    dated = entry.get("values")
    if isinstance(dated, Mapping):
        for month, each in dated.items():
            yield from _values(each, (*at, "values", month))
    elif entry.get("value") is not None:
        yield (*at, "value"), entry["value"]


def _check_value(name: str, value: Any, keys: tuple[str, ...], where: str) -> None:
    if keys and isinstance(value, Mapping):
        for key, each in value.items():
            _check_key(name, key, keys[0], where)
            _check_value(name, each, keys[1:], where)
    elif isinstance(value, str | list):
        raise UserError(
            f"'{name}' is '{value}', which is no number",
            where,
            "rules reckon with it",
            "write digits only, without units or commas, like 80 or 50000",
        )


def _check_key(name: str, key: Any, fact: str, where: str) -> None:
    """Refuse a key of a table that is no value of its fact."""
    known = known_facts().get(fact)
    if known is None or key == _DEFAULT:
        return
    if isinstance(known.dtype, pl.Enum):
        values = list(known.dtype.categories)
        mend = did_you_mean(str(key), values)
        right = key in values
    else:
        mend, right = "write whole numbers, or 'default'", isinstance(key, int)
    if not right:
        raise UserError(
            f"the table '{name}' has the key '{key}', which '{fact}' never is",
            where,
            "its value would never be used",
            mend,
        )


def check_rules(
    programme: "Programme", definitions: Mapping[str, "Definition"], parameters: Parameters
) -> None:
    """Refuse rules that mix numbers, truths and texts, or that nobody can meet.

    Parameters
    ----------
    programme
        The programme; the names in its rules are known.
    definitions
        Facts between programmes.
    parameters
        Dated parameters with those of the programme; the latest values are looked at.

    Raises
    ------
    UserError
        With the line of the rule.
    """
    own = _own_values(
        programme.file.parameters, f"programmes.{programme.id}", programme.lookups, parameters
    )
    kinds = _Kinds(definitions, parameters, own)
    check_kinds(programme.amount_krw_m, NUMBER, kinds)
    constants: dict[str, Tree] = {
        name: Constant(value) for name, value in own.items() if not isinstance(value, Mapping)
    }
    _check_amount(programme.amount_krw_m, constants)
    for rule in (programme.entitled, programme.while_following):
        check_kinds(rule, TRUTH, kinds)
        check_possible(rule, fill(rule.tree, constants))


def _check_amount(rule: Expression, constants: Mapping[str, Tree]) -> None:
    """Refuse an amount that is below zero for everybody."""
    amount = fill(rule.tree, dict(constants))
    if isinstance(amount, Constant) and isinstance(amount.value, int | float) and amount.value < 0:
        raise UserError(
            f"the amount is {amount.value:,} won a month",
            rule.where,
            "a benefit below zero would be none",
            "write what is paid, without a sign",
        )


def _own_values(
    names: Iterable[str],
    prefix: str,
    lookups: Mapping[str, tuple[str, ...]],
    parameters: Parameters,
) -> dict[str, Any]:
    """Give the latest values of parameters; for a table, the table."""
    table = parameters.unread()
    return {
        name: {} if name in lookups else table.value(f"{prefix}.{name}")
        for name in names
        if f"{prefix}.{name}" in table
    }


class _Kinds:
    """Give the kinds of the names that a rule may use."""

    def __init__(
        self,
        definitions: Mapping[str, "Definition"],
        parameters: Parameters,
        own: Mapping[str, Any],
    ) -> None:
        self.definitions = definitions
        self.parameters = parameters
        self.own = own

    def __call__(self, name: str) -> Kind | None:
        if name in self.own:
            value = self.own[name]
            return NUMBER if isinstance(value, Mapping) else kind_of_value(value)
        if name in self.definitions:
            return self._of_definition(self.definitions[name])
        return _of_known(name)

    def _of_definition(self, definition: "Definition") -> Kind | None:
        own = _own_values(
            definition.parameter_names,
            definition.parameter_prefix,
            definition.lookups,
            self.parameters,
        )
        return kind_of(definition.expression, _Kinds(self.definitions, self.parameters, own))


@cache
def _of_known(name: str) -> Kind | None:
    """Give the kind of a fact, or of the right to a programme and its amount."""
    fact = known_facts().get(name)
    if fact is not None:
        return kind_of_fact(fact.dtype)
    return TRUTH if name.startswith("entitled_") else NUMBER
