"""A catalogue of a month as one list of steps for the machine."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from simlib.benefits.binding import Bound, BoundRule, bind
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.assembly import Gift, Lines, assemble, reached
from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON, Graph, NotCompiledError
from simlib.benefits.compiled.rules import Value, Writer, categories_of
from simlib.benefits.compiled.tracing import TracedHouse, TracedMembers, as_step, given
from simlib.benefits.fact_names import Fact, known_facts
from simlib.benefits.facts import derived_facts
from simlib.months import Month
from simlib.parameters import Parameters

Level = Literal["household", "person"]


@dataclass(frozen=True)
class Program:
    """Hold a catalogue's steps of a month.

    Attributes
    ----------
    ids
        Programmes in the order of their results.
    graph, gifts
        The steps, and those of each programme's results.
    """

    ids: tuple[str, ...]
    graph: Graph
    gifts: tuple[Gift, ...]

    @cached_property
    def lines(self) -> Lines:
        """Give the steps as the machine works them off; they are put in order when asked for."""
        lines = assemble(self.graph, self.gifts, "give", range(len(self.ids)))
        return lines.at(self.graph.month)

    def columns_of(self, programme: str) -> set[str]:
        """Give the facts of the population that a programme's results rest on."""
        steps = reached(self.graph, self.gifts[self.ids.index(programme)])
        loaded = (self.graph.steps[each] for each in steps)
        return {each.extra[0] for each in loaded if each.operation.startswith("load")}


def program_of(
    catalogue: Catalogue,
    month: Month,
    parameters: Parameters,
    supplied: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> Program:
    """Write a catalogue's rules of a month down as steps; repeated calls give the kept result.

    Parameters
    ----------
    catalogue, month, parameters
        As for :func:`~simlib.benefits.entitlement.entitle`.
    supplied
        Supplied facts that are columns of the population; the others have their defaults. All
        when None.
    only
        Programmes to compute; all by default.

    Raises
    ------
    NotCompiledError
        If the machine has no steps for a rule; the reference evaluator has.
    """
    bound = bind(catalogue, month, parameters)
    if supplied is None:
        supplied = [name for name, fact in known_facts().items() if fact.kind == "supplied"]
    wanted = frozenset(catalogue.ids if only is None else only)
    kept: dict[Any, Program] = catalogue.bound.setdefault("programs", {})
    key = (month, frozenset(supplied), wanted)
    if key not in kept:
        ids = tuple(each for each in catalogue.ids if each in wanted)
        chosen = bound if only is None else bound.only(wanted)
        kept[key] = _Programmer(chosen, month, parameters, supplied).program(ids)
    return kept[key]


class _Programmer:
    def __init__(
        self, bound: Bound, month: Month, parameters: Parameters, supplied: Collection[str]
    ) -> None:
        self.graph = Graph(month)
        self.bound, self.supplied = bound, supplied
        house = TracedHouse(self.graph, supplied)
        people = TracedMembers(self.graph, supplied)
        try:
            self.derived = derived_facts(house, people, parameters, month)
        except (AttributeError, TypeError, ValueError) as error:
            raise NotCompiledError(f"a step of the facts: {error}") from error
        self.lookups = {each.name: each for each in bound.lookups}
        self.made: dict[tuple[Level, str], Value] = {}
        self.gifts: dict[str, Gift] = {}

    def program(self, ids: tuple[str, ...]) -> Program:
        for level in self.bound.levels:
            for rule in level:
                if rule.is_programme:
                    self._programme(rule)
                else:
                    self._definition(rule)
        gifts = tuple(self.gifts[each] for each in ids)
        return Program(ids, self.graph, gifts)

    def _writer(self, level: Level) -> Writer:
        return Writer(self.graph, lambda name: self._value(level, name))

    def _definition(self, rule: BoundRule) -> None:
        value = self._writer(rule.unit).write(rule.trees["value"])
        self.made[rule.unit, rule.id] = value
        if rule.unit == "person":
            total = self.graph.gathered("sum", self._writer("person").amount(rule.trees["value"]))
            if self.graph.steps[value.step].truth:
                total = self.graph.apply("gt", total, self.graph.constant(0.0))
            self.made["household", rule.id] = Value(total)

    def _programme(self, rule: BoundRule) -> None:
        graph, writer = self.graph, self._writer(rule.unit)
        own = writer.condition(rule.trees["own"])
        entitled = own
        if rule.follows:
            entitled = graph.apply("or", own, writer.condition(rule.trees["linked"]))
        zero = graph.constant(0.0)
        worth = graph.apply("max", writer.amount(rule.trees["value"]), zero)
        amount = graph.apply("select", entitled, worth, zero)
        self._keep(rule.unit, rule.id, entitled, amount)
        if rule.unit == "household":
            self.gifts[rule.id] = Gift(own, entitled, graph.number(entitled), amount)
            return
        persons_n = graph.gathered("count", entitled)
        total = graph.gathered("sum", amount)
        some = graph.gathered("any", entitled)
        own_at_all = graph.gathered("any", own) if rule.follows else some
        self._keep("household", rule.id, some, total)
        self.gifts[rule.id] = Gift(own_at_all, some, persons_n, total)

    def _keep(self, level: Level, programme: str, entitled: int, amount: int) -> None:
        self.made[level, f"entitled_{programme}"] = Value(entitled)
        self.made[level, f"amount_{programme}"] = Value(amount)

    def _value(self, level: Level, name: str) -> Value:
        """Find what a name is worth for persons or households; persons see their household's."""
        found = self.made.get((level, name)) or self.made.get(("household", name))
        if found is None:
            fact = known_facts().get(name)
            if fact is not None:
                found = self.made[fact.level, name] = self._fact(fact)
            elif name in self.lookups:
                lookup = self.lookups[name]
                found = self._table(level, lookup.table, lookup.keys)
                self.made[lookup.unit, name] = found
            else:
                raise NotCompiledError(f"the name {name}")
        return found

    def _fact(self, fact: Fact) -> Value:
        categories = categories_of(fact.dtype)
        if fact.kind == "derived":
            return Value(as_step(self.graph, self.derived[fact.name], fact.dtype), None, categories)
        space = HOUSEHOLD if fact.level == "household" else PERSON
        return Value(given(self.graph, fact.name, space, self.supplied), None, categories)

    def _table(self, level: Level, table: Any, keys: tuple[str, ...]) -> Value:
        """Look a table up by facts: whole numbers beyond its ends take the value at the end."""
        graph = self.graph
        if not keys:
            return Value(graph.constant(float(table)))
        named = {key: each for key, each in table.items() if key != "default"}
        key = self._value(level, keys[0])
        numeric = all(isinstance(each, int) for each in named)
        steps_up = numeric and "default" not in table
        if steps_up:
            ordered = sorted(named)
            place = graph.looked_up("step", key.step, ordered)
        else:
            ordered = list(named)
            codes = [self._code(key, each) for each in ordered]
            place = graph.looked_up("find", key.step, codes)
        parts = [named[each] for each in ordered]
        if not steps_up and "default" in table:
            parts.append(table["default"])
        if len(keys) == 1:
            made = Value(graph.taken(parts, place))
        else:
            made = self._deeper(level, place, parts, keys[1:])
        if steps_up or "default" in table:
            return made
        found = graph.apply("lt", place, graph.constant(float(len(ordered))))
        known = found if made.known is None else graph.apply("and", found, made.known)
        return Value(made.step, known)

    def _deeper(self, level: Level, place: int, parts: list[Any], keys: tuple[str, ...]) -> Value:
        """Choose among tables that go by further facts."""
        graph = self.graph
        choices = [self._table(level, each, keys) for each in parts]
        made, known = choices[-1].step, choices[-1].known
        if any(each.known is not None for each in choices):
            raise NotCompiledError("a table of tables without all keys")
        for i in range(len(choices) - 2, -1, -1):
            here = graph.apply("eq", place, graph.constant(float(i)))
            made = graph.apply("select", here, choices[i].step, made)
        return Value(made, known)

    def _code(self, key: Value, each: Any) -> float:
        if key.categories is None:
            return float(each)
        return float(key.categories.index(each)) if each in key.categories else -1.0
