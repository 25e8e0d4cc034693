"""Running the machine over a population: columns, threads, results."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON, NotCompiledError
from simlib.benefits.compiled.machine import Columns, Members, work
from simlib.benefits.compiled.operations import KINDS
from simlib.benefits.compiled.program import Program, program_of
from simlib.benefits.compiled.room import chunk_of, registers_of, rows_at_once
from simlib.benefits.compiled.threads import in_pieces
from simlib.benefits.fact_names import Fact, Level, known_facts
from simlib.benefits.facts import given_columns
from simlib.benefits.members import household_rows
from simlib.months import Month
from simlib.parameters import Parameters


@dataclass(frozen=True)
class Results:
    """Hold what the machine found, ``(programmes, households)`` each."""

    right: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    persons_n: NDArray[np.uint8]


def run(
    catalogue: Catalogue,
    households: pl.DataFrame,
    persons: pl.DataFrame,
    month: Month,
    parameters: Parameters,
    only: Collection[str] | None = None,
) -> Results:
    """Compute the entitlements of many households.

    Raises
    ------
    NotCompiledError
        If the machine has no steps for a rule, or a column has unknown values.
    UserError
        If a column is missing, or a person has no household.
    """
    given_columns(households, "household")
    given_columns(persons, "person")
    there = {"household": set(households.columns), "person": set(persons.columns)}
    supplied = [
        name
        for name, fact in known_facts().items()
        if fact.kind == "supplied" and name in there[fact.level]
    ]
    program = program_of(catalogue, month, parameters, supplied, only)
    starts, order = first_persons(households, persons)
    at_home = [name for space, name in program.lines.columns if space == HOUSEHOLD]
    personal = [name for space, name in program.lines.columns if space != HOUSEHOLD]
    found = {
        HOUSEHOLD: read_columns(households, at_home, "household"),
        PERSON: read_columns(persons, personal, "person", order),
    }
    columns = [found[space][name] for space, name in program.lines.columns]
    return worked(program, columns, starts)


def first_persons(
    households: pl.DataFrame, persons: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Find the first person of each household, and the order of persons if they are not sorted.

    Raises
    ------
    UserError
        If a person names a household that is not there, or an id appears twice.
    """
    ids = np.ascontiguousarray(households["household_id"].to_numpy())
    named = np.ascontiguousarray(persons["household_id"].to_numpy())
    starts = np.empty(len(ids) + 1, np.int64)
    if len(ids) and ids.dtype == named.dtype and _count_starts(ids, named, starts):
        return starts, None
    rows = household_rows(households, persons)
    starts[0] = 0
    np.cumsum(np.bincount(rows, minlength=len(ids)), out=starts[1:])
    if bool(np.all(rows[1:] >= rows[:-1])):
        return starts, None
    return starts, np.argsort(rows, kind="stable")


@numba.njit(cache=True, nogil=True)
def _count_starts(ids, named, starts):  # type: ignore[no-untyped-def]
    """Find where the persons of each household start; tell whether both are in order."""
    p = 0
    for h in range(ids.size):
        if h > 0 and ids[h] <= ids[h - 1]:
            return False
        starts[h] = p
        while p < named.size and named[p] == ids[h]:
            p += 1
    starts[ids.size] = p
    return p == named.size


def read_columns(
    frame: pl.DataFrame,
    names: Sequence[str],
    level: Level,
    order: NDArray[np.int64] | None = None,
) -> dict[str, NDArray[Any]]:
    """Give facts of the population as columns that the machine reads.

    Raises
    ------
    NotCompiledError
        If one has unknown values.
    UserError
        If the frame lacks a column.
    """
    given = given_columns(frame, level)
    facts = {name: known_facts().get(name) for name in names}
    texts = [name for name, fact in facts.items() if fact and isinstance(fact.dtype, pl.Enum)]
    codes = _codes(frame, {name: given.get(name, name) for name in texts})
    columns = {}
    for name, fact in facts.items():
        column = codes.get(name)
        if column is None:
            column = _read(frame.get_column(given.get(name, name)), fact)
        if column.null_count():
            raise NotCompiledError(f"unknown values of {name}")
        values = column.to_numpy()
        if _kind(values) not in KINDS:
            values = values.astype(np.float64)
        if order is not None:
            values = values[order]
        columns[name] = np.ascontiguousarray(values)
    return columns


def _codes(frame: pl.DataFrame, sources: dict[str, str]) -> dict[str, pl.Series]:
    """Read text columns as numbers of categories."""
    if not sources:
        return {}
    expressions = []
    for name, source in sources.items():
        column, dtype = pl.col(source), known_facts()[name].dtype
        if frame.get_column(source).dtype != dtype:
            column = column.cast(pl.String).cast(dtype)
        expressions.append(column.to_physical().alias(name))
    made = frame.select(expressions)
    return dict(zip(sources, made.get_columns(), strict=True))


def _read(column: pl.Series, fact: Fact | None) -> pl.Series:
    """Read a column with the kind of its fact: numbers or flags."""
    if fact is None:
        return column
    if fact.kind == "supplied" and column.null_count():
        column = column.fill_null(fact.default)
    dtype = column.dtype
    of_truth = fact.dtype == pl.Boolean
    cut = fact.dtype == pl.Int64 and not dtype.is_integer()
    return column.cast(fact.dtype) if cut or of_truth != (dtype == pl.Boolean) else column


def worked(program: Program, columns: list[NDArray[Any]], starts: NDArray[np.int64]) -> Results:
    """Let the machine work a program off in threads.

    Parameters
    ----------
    program
        The steps.
    columns
        The columns that its lines name, in their order.
    starts
        First person of each household and, last, the number of persons.
    """
    n = len(starts) - 1
    shape = (len(program.ids), n)
    results = Results(
        np.empty(shape, np.uint8), np.empty(shape, np.float32), np.empty(shape, np.uint8)
    )
    lines, where = program.lines, located([place_of(each) for each in columns])
    most = int(np.diff(starts).max(initial=1))
    found = results.right, results.amount_krw_m, results.persons_n

    here, nobody = np.ones(int(starts[-1]), np.bool_), np.empty(0, np.int32)
    members = Members(starts, here, np.full(n, -1, np.int32), nobody, most)
    everybody = np.arange(n)

    def part(bounds: tuple[int, int]) -> None:
        rows = rows_at_once(most, bounds[1] - bounds[0])
        room = chunk_of(rows), registers_of(lines, rows)
        work(lines.table, where, members, everybody, bounds, *room, *found)

    in_pieces(part, n)
    return results


@dataclass(frozen=True)
class Place:
    """Say where a column is, and of which kind; it is kept meanwhile."""

    column: NDArray[Any]
    address: int
    kind: int


def place_of(column: NDArray[Any]) -> Place:
    """Say where a column is."""
    return Place(column, column.ctypes.data, KINDS.index(_kind(column)))


def located(places: Sequence[Place], held: tuple[int, int, int] = (0, 0, 0)) -> Columns:
    """Say where columns are, and rights held where lines ask for them."""
    return Columns(
        np.array([each.address for each in places] or [0], dtype=np.uintp),
        np.array([each.kind for each in places] or [0], dtype=np.int64),
        held,
    )


def _kind(column: NDArray[Any]) -> str:
    return "u1" if column.dtype == np.bool_ else f"{column.dtype.kind}{column.dtype.itemsize}"
