"""Check a programme when it is read: its values, what its rules mix, and whom they can meet."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

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
from simlib.benefits.limits import check_limits, holds_never
from simlib.benefits.table_checks import check_tables
from simlib.errors import UserError
from simlib.files import Document
from simlib.months import Month
from simlib.parameters import Parameters, Value

if TYPE_CHECKING:
    from simlib.benefits.catalogue import Definition
    from simlib.benefits.programme import Programme
    from simlib.benefits.programme_file import ProgrammeFile


def check_values(file: "ProgrammeFile", document: Document) -> None:
    """Refuse values that cannot be used: text for numbers, keys of no fact, days out of order.

    Parameters
    ----------
    file
        The programme as written.
    document
        Its file, for places.

    Raises
    ------
    UserError
        With the line of the value.
    """
    check_tables(file, document)
    papers, days = file.papers, file.processing_days
    if papers and not len(papers.ko) == len(papers.en) == file.documents:
        raise UserError(
            f"'{file.id}' counts {file.documents} documents and lists {len(papers.ko)} in Korean "
            f"and {len(papers.en)} in English",
            document.where(("papers",)),
            "each document stands in both lists",
            "make the lists as long as the count",
        )
    if days.typical > days.limit:
        raise UserError(
            f"a decision usually takes {days.typical:g} days and at most {days.limit:g}",
            document.where(("processing_days",)),
            "the usual time would be beyond the limit",
            "write the shorter time after 'typical'",
        )
    if file.while_following != "TRUE" and not file.follows:
        raise UserError(
            f"'{file.id}' has 'while_following' and follows no programme",
            document.where(("while_following",)),
            "it would have no effect",
            "name under 'follows' the programmes whose receipt opens this one, or take it out",
        )
    if file.paid == "once" and "spread_months" not in file.amount_krw_m:
        raise UserError(
            f"'{file.id}' is paid once, and its amount is not spread",
            document.where(("amount_krw_m",)),
            "the amount would be counted every month",
            "divide it by a parameter 'spread_months': the months over which it is counted",
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
    dated = _dated_values(programme, parameters)
    for rule in (programme.entitled, programme.while_following):
        check_kinds(rule, TRUTH, kinds)
        check_possible(rule, fill(rule.tree, constants))
    for rule in (programme.entitled, programme.while_following, programme.amount_krw_m):
        try:
            check_limits(rule, dated)
        except UserError as error:
            what = error.what + _changed_at(rule, programme.id, parameters)
            raise UserError(what, error.where, error.why, error.mend) from None
    if holds_never(programme.entitled) and not programme.follows:
        raise UserError(
            f"nobody is ever entitled to '{programme.id}': the rule is '{programme.entitled.text}'",
            programme.entitled.where,
            "the programme would be there for nothing",
            "write a condition, TRUE for everybody, or leave the programme out",
        )


def check_used(programme: "Programme", definitions: Mapping[str, "Definition"]) -> None:
    """Refuse a parameter that neither a rule of the programme nor a definition names.

    Parameters
    ----------
    programme
        The programme.
    definitions
        Facts between programmes, which may use the parameters of one.

    Raises
    ------
    UserError
        With the line of the parameter.
    """
    rules = [programme.entitled, programme.while_following, programme.amount_krw_m]
    prefix = f"programmes.{programme.id}"
    rules += [each.expression for each in definitions.values() if each.parameter_prefix == prefix]
    used = {name for rule in rules for name in rule.names}
    for name in programme.file.parameters:
        if name not in used:
            raise UserError(
                f"no rule of '{programme.id}' uses the parameter '{name}'",
                programme.document.where(("parameters", name)),
                "its value would have no effect, and a change of it none either",
                "name it in 'entitled', 'while_following' or 'amount_krw_m', or take it out",
            )


def _changed_at(rule: Expression, programme: str, parameters: Parameters) -> str:
    """Name the places that changed parameters of a rule; empty when none did."""
    paths = [f"programmes.{programme}.{name}" for name in rule.names]
    values = [
        each for path in paths if path in parameters for each in parameters.table[path].values
    ]
    origins = {value.origin for _, value in values} - {Value.origin}
    return f" (changed: {', '.join(sorted(origins))})" if origins else ""


def _dated_values(
    programme: "Programme", parameters: Parameters
) -> dict[str, list[tuple[Month, Any]]]:
    """Give the values of a programme's parameters by month; tables are left out."""
    prefix = f"programmes.{programme.id}"
    return {
        name: [(month, each.value) for month, each in parameters.table[f"{prefix}.{name}"].values]
        for name in programme.file.parameters
        if name not in programme.lookups
    }


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
