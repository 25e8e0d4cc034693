"""A population of whole households from weighted ones, at any size, that meets controls."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.population.fitting.proportional import FitResult, FitStatus
from simlib.population.households.integerise import fly, land
from simlib.population.microdata.calibration import calibrate
from simlib.population.microdata.completing import place_households
from simlib.population.microdata.incidence import Incidence, count_incidence
from simlib.population.population import Population
from simlib.population.published.controls import MUST, ControlRow, read_controls
from simlib.population.published.tables import Floats, Ints, municipalities, regions

_YIELDING = MUST - 1.0
_CLASSES = ("region_class", "area_class")


@dataclass(frozen=True)
class Reweighted:
    """Hold a population that was made of weighted households.

    Parameters
    ----------
    population
        Whole households, repeated by their weights, in the order of municipalities.
    result
        Weights and how their fit ended.
    times
        How often each household of the data stands in the population, shape ``(households,)``.
    source
        Row in the data of each household of the population.
    effective_n
        Households of equal weight that would be worth as much (Kish): what the data can carry.
    rows
        The controls that were used.
    places
        What was done with controls of municipalities, in a sentence; empty where there are none.
    """

    population: Population
    result: FitResult
    times: Ints
    source: Ints
    effective_n: float
    rows: tuple[ControlRow, ...]
    places: str


def controls_for_weights(path: Path | None) -> tuple[ControlRow, ...]:
    """Read the controls for weights: a user's own list as it stands, or the package's.

    Of the package's controls, those of regions and municipalities may give way where the data
    hold no household of a category.
    """
    rows = read_controls(path)
    if path is not None:
        return tuple(rows)
    return tuple(
        row if row.geography == "national"
        else replace(row, importance=min(row.importance, _YIELDING))
        for row in rows
    )  # fmt: skip


def reweight(
    population: Population,
    households_n: int,
    seed: int,
    controls_path: Path | None = None,
    base: Floats | None = None,
    placed: Floats | None = None,
) -> Reweighted:
    """Weight households to the controls and make whole households of them.

    Parameters
    ----------
    population
        The households of the data, with their persons.
    households_n
        Households to make.
    seed
        Seed of the even steps by which weights become whole numbers.
    controls_path
        List of controls (the package's own by default).
    base
        Survey weights to start from, shape ``(households,)``; equal when not given.
    placed
        1 for households whose municipality was drawn by residents: their copies are placed anew.

    Raises
    ------
    UserError
        If the controls contradict each other or the data hold no household that they need; they
        are named with their place.

    Notes
    -----
    Whole numbers by the cube method within regions, so that controls of households keep their
    totals, then by even steps along the municipalities. Controls of municipalities are used where
    the data say where every household lives.
    """
    rows = controls_for_weights(controls_path)
    drawn_n = 0 if placed is None else int(np.count_nonzero(placed))
    used = [row for row in rows if not drawn_n or row.geography != "municipality"]
    counts = count_incidence(population, used)
    start = np.ones(population.households.height) if base is None else base
    if not (start > 0).any():
        raise UserError("all survey weights are 0", "weight", mend="map another column")
    result = calibrate(np.maximum(start, start.max() * 1e-9), counts)
    if result.status not in {FitStatus.CONVERGED, FitStatus.RELAXED}:
        raise UserError(
            f"the controls cannot be met ({result.status.value}): "
            f"{', '.join(result.responsible[:6])}",
            str(controls_path or "controls.csv"),
            "no weights of these households can meet them together",
            "correct their targets, remove one of them, or give one an importance below 1000",
        )
    draws = Draws(seed)
    times = _whole(result.weights, counts, population, households_n, draws)
    source = np.repeat(np.arange(times.size), times)
    made = take_households(population, source, seed)
    if placed is not None and placed.any():
        made, order = _placed_anew(made, placed[source] > 0, draws)
        source = source[order]
    effective = float(1.0 / np.square(result.weights).sum())
    said = _on_places(len(used) < len(rows), drawn_n, counts)
    return Reweighted(made, result, times, source, effective, counts.rows, said)


def _on_places(dropped: bool, drawn_n: int, counts: Incidence) -> str:
    """Say what was done with controls of municipalities."""
    if dropped:
        return (
            f"Controls of municipalities were left out: {drawn_n:,} households of the data do not "
            "name theirs and were placed by residents."
        )
    said = []
    if counts.places_n:
        said.append(
            f"Controls of municipalities were used in {counts.places_n} of them; of the others the "
            "data hold too few households."
        )
    if counts.left_out:
        names = ", ".join(counts.left_out)
        said.append(f"For these the data hold too few households of any municipality: {names}.")
    return " ".join(said)


def _whole(
    weights: Floats, counts: Incidence, population: Population, households_n: int, draws: Draws
) -> Ints:
    expected = np.round(weights * households_n, 6)  # the last bits differ between processors
    whole = np.floor(expected)
    rest = expected - whole
    uniforms = draws.uniform("population.reweight", np.arange(rest.size))
    codes = _margins(counts)
    region = population.households["region"].to_physical().to_numpy()
    for code in range(len(regions())):
        chosen = np.flatnonzero(region == code)
        if chosen.size and codes.shape[1]:
            inside = np.unique(codes[chosen], return_inverse=True)[1].reshape(-1, codes.shape[1])
            rest[chosen] = fly(rest[chosen], inside, uniforms[chosen])
    rest = land(rest, int(households_n - whole.sum()))
    return np.asarray(whole + rest, dtype=np.int64)


def _margins(counts: Incidence) -> Ints:
    """Give each household's category in every control of households, numbered on."""
    columns = []
    offset = 0
    for i, row in enumerate(counts.rows):
        mine = np.flatnonzero(counts.control == i)
        if row.unit != "households" or mine.size == 0:
            continue
        part = counts.matrix[:, mine]
        code = np.asarray(part @ np.arange(1, mine.size + 1, dtype=np.float64))
        columns.append(offset + code.astype(np.int64))
        offset += mine.size + 1
    if not columns:
        return np.zeros((counts.matrix.shape[0], 0), dtype=np.int64)
    return np.column_stack(columns)


def take_households(population: Population, rows: Ints, seed: int) -> Population:
    """Give some households, in any order and as often as named, with their persons.

    Parameters
    ----------
    population
        Households and persons.
    rows
        Row of each household to take, shape ``(taken,)``.
    seed
        Seed of the result.
    """
    sizes = population.households["size"].to_numpy().astype(np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    lengths = sizes[rows]
    ends = np.cumsum(lengths)
    within = np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
    person = np.repeat(first[rows], lengths) + within
    ids = np.arange(rows.size, dtype=np.uint32)
    return Population(
        population.households[rows].with_columns(household_id=pl.Series(ids)),
        population.persons[person].with_columns(
            person_id=pl.Series(np.arange(person.size, dtype=np.uint32)),
            household_id=pl.Series(np.repeat(ids, lengths)),
        ),
        population.reference_month,
        seed,
    )


def _placed_anew(
    made: Population, open_homes: NDArray[np.bool_], draws: Draws
) -> tuple[Population, Ints]:
    """Place copies of households anew by residents; give the order by municipality, too."""
    schema = made.households.schema
    homes = made.households.with_columns(
        municipality=pl.when(pl.Series(~open_homes)).then("municipality"),
        region=pl.col("region").cast(pl.String),
    )
    classes = municipalities().select(
        pl.col("code").cast(pl.Int32).alias("municipality"), *_CLASSES
    )
    homes = place_households(homes, draws).drop(_CLASSES)
    homes = homes.join(classes, on="municipality", maintain_order="left")
    homes = homes.select(pl.col(name).cast(kind) for name, kind in schema.items())
    order = np.argsort(homes["municipality"].to_numpy(), kind="stable")
    moved = Population(homes, made.persons, made.reference_month, made.seed)
    return take_households(moved, order, made.seed), order
