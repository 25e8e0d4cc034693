"""Guards: cheap conditions without which a programme gives nothing, asked before all else.

A right mostly asks for several things at once. Where some of them cost little (an age, who rents),
only the households for which these hold have the rest worked out.
"""

from collections.abc import Collection

from simlib.benefits.compiled.graph import HOUSEHOLD, Graph

_CHEAP = 24
"""Cost of a condition up to which it can be part of a guard."""
_WORTH_GUARDING = 40
"""Cost of the rest from which on a guard pays."""
_LOAD = 5
"""A column costs as much to read as so many steps."""


def guard_of(graph: Graph, some: int, alone: Collection[int], held: Collection[int]) -> int | None:
    """Find what must hold for a household to have a right, where that costs far less than the rest.

    Parameters
    ----------
    graph
        The steps; the guard is added to them.
    some
        Whether a household has a right.
    alone
        Steps that only this programme needs; the others are there in any case.
    held
        Steps that are not worked out but known.

    Returns
    -------
    int or None
        A truth value of households, if a guard pays.
    """
    step = graph.steps[some]
    root = step.arguments[0] if step.operation == "any" else some
    parts = _conditions(graph, root, held)
    costs = {each: _cost(graph, {each}, alone) for each in parts}
    cheap = sorted(each for each in parts if costs[each] <= _CHEAP)
    whole, guards = _cost(graph, {some}, alone), _cost(graph, set(cheap), alone)
    if not cheap or whole - guards < _WORTH_GUARDING:
        return None
    guard = cheap[0]
    for each in cheap[1:]:
        guard = graph.apply("and", guard, each)
    return guard if graph.steps[guard].space == HOUSEHOLD else graph.gathered("any", guard)


def _conditions(graph: Graph, step: int, held: Collection[int]) -> set[int]:
    """Give conditions of which a condition is made so that all of them hold where it does."""
    found = graph.steps[step]
    if found.operation not in {"and", "or"} or step in held:
        return {step}
    first, second = (_conditions(graph, each, held) for each in found.arguments)
    return first | second if found.operation == "and" else first & second | {step}


def _cost(graph: Graph, roots: set[int], alone: Collection[int]) -> int:
    """Estimate what it costs to work some steps out; those of persons count twice."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        step = waiting.pop()
        if step in alone and step not in seen:
            seen.add(step)
            waiting += graph.steps[step].arguments
    steps = [graph.steps[each] for each in seen]
    return sum(each.space * (_LOAD if each.operation.startswith("load") else 1) for each in steps)
