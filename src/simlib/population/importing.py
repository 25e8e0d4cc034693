"""Make a population of a researcher's microdata: model what is missing, keep what was given."""

from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.files import write_csv
from simlib.parameters import Parameters, load_parameters
from simlib.population.cells import TENURES, compositions
from simlib.population.checking import check_frame, check_together
from simlib.population.completing import Prepared, prepare
from simlib.population.expansion import RELATIONS, Skeleton
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.mapping import SCHEMAS
from simlib.population.microdata import Microdata, read_microdata
from simlib.population.population import Population
from simlib.population.rates import EMPLOYED_N, WORKS
from simlib.population.schema import HOUSEHOLD_TYPES
from simlib.population.status import Status
from simlib.population.synthesis import make_block
from simlib.population.tables import OLDEST, SEXES, Ints, regions

_STATUS = {"chronic_illness": "ill", "in_daycare": "daycare", "uses_internet": "online"}
"""Fields of a status whose name differs from the column's."""
_SHOWN = 5


@dataclass(frozen=True)
class Imported:
    """Hold a population made of microdata.

    Parameters
    ----------
    population
        In simlib's schema, with ids counting from 0.
    sources
        For each table, the file's own id of every row; of households also the survey weight and
        whether their municipality was drawn by residents.
    origin
        What manifest and datasheet say: title, files, rows, rejected rows, and for each table
        the columns given and modelled.
    """

    population: Population
    sources: dict[str, pl.DataFrame]
    origin: dict[str, Any]


def import_population(
    mapping: Path | str,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
    *,
    drop_rejected: bool = False,
    rejected_csv: Path | None = None,
) -> Imported:
    """Make a population of the microdata that a column mapping names.

    Parameters
    ----------
    mapping
        Column mapping (YAML).
    parameters
        Dated parameters (the package's own by default).
    table
        Fitted table, from which missing columns are modelled; fitted when not given.
    drop_rejected
        Leave out households with a faulty row instead of refusing the whole.
    rejected_csv
        Where to write the list of rows that cannot enter, when there are any.

    Raises
    ------
    UserError
        If the mapping or a file is wrong, or rows cannot enter: they are counted, the first are
        shown with their reasons, and all stand in ``rejected_csv``.
    """
    micro = read_microdata(mapping)
    if micro.rejected.height and rejected_csv is not None:
        write_csv(micro.rejected, rejected_csv)
    if micro.rejected.height and not drop_rejected:
        raise refusal(micro, str(mapping), rejected_csv)
    entered = micro.without_rejected()
    if entered.households.is_empty():
        raise refusal(micro, str(mapping), rejected_csv)
    known = parameters or load_parameters()
    fitted = table or fit_table(known)
    draws = Draws(micro.mapping.seed)
    prepared = prepare(entered, fitted, draws)
    month = micro.mapping.year * 12
    frames = [
        _keep_given(
            *make_block(
                skeleton(part), month, known, fitted, draws, partial(with_given, prepared=part)
            ),
            part,
        )
        for part in prepared.by_region()
    ]
    population = Population(
        pl.concat([each[0] for each in frames], rechunk=True),
        pl.concat([each[1] for each in frames], rechunk=True),
        month,
        micro.mapping.seed,
    )
    check_frame(population.households, SCHEMAS["households"], str(mapping))
    check_frame(population.persons, SCHEMAS["persons"], str(mapping))
    check_together(population.households, population.persons, str(mapping))
    unplaced = entered.households.filter(pl.col("municipality").is_null())["id"]
    return Imported(population, _sources(prepared, unplaced), _origin(micro, entered, prepared))


def refusal(micro: Microdata, where: str, listed_in: Path | None) -> UserError:
    """Word the refusal of microdata with faulty rows."""
    bad = micro.rejected
    rows = bad.n_unique(["table", "row"])
    shown = [
        f"{table} row {row} (id {ident}): {column} '{value}' {reason}"
        for table, row, ident, column, value, reason in bad.head(_SHOWN).iter_rows()
    ]
    more = f"; and {bad.height - _SHOWN} more" if bad.height > _SHOWN else ""
    place = f" (all are in {listed_in})" if listed_in is not None else ""
    return UserError(
        f"{rows} rows cannot enter{place}: {'; '.join(shown)}{more}",
        where,
        "a household must enter whole, and nothing is left out silently",
        "correct the rows or the mapping, or leave out these households with --drop-rejected",
    )


def skeleton(prepared: Prepared) -> Skeleton:
    """Give prepared households and persons as a block that can be furnished."""
    homes, persons = prepared.households, prepared.persons
    sizes = homes["persons_n"].to_numpy().astype(np.int64)

    def codes(values: pl.Series, names: tuple[str, ...]) -> Ints:
        order = {name: i for i, name in enumerate(names)}
        return values.replace_strict(order, return_dtype=pl.Int64).to_numpy()

    return Skeleton(
        municipality=homes["municipality"].to_numpy().astype(np.int64),
        region=codes(homes["region"], regions()),
        kind=_kinds(codes(homes["household_type"], HOUSEHOLD_TYPES), sizes),
        head_sex=codes(homes["head_sex"], SEXES),
        tenure=codes(homes["tenure"], TENURES),
        first=np.concatenate([[0], np.cumsum(sizes)]),
        household=np.repeat(np.arange(sizes.size), sizes),
        sex=codes(persons["sex"], SEXES).astype(np.uint8),
        age=np.minimum(persons["age"].to_numpy(), OLDEST).astype(np.uint8),
        relation=codes(persons["relation"], RELATIONS).astype(np.uint8),
        household_offset=int(homes["household_id"][0]),
        person_offset=int(persons["person_id"][0]),
    )


def _kinds(types: Ints, sizes: Ints) -> Ints:
    """Give the composition of the same type whose size is nearest."""
    known = compositions()
    found = np.zeros(types.size, dtype=np.int64)
    for kind, size in {(int(t), int(s)) for t, s in zip(types, sizes, strict=True)}:
        alike = [i for i, each in enumerate(known) if each.household_type == HOUSEHOLD_TYPES[kind]]
        nearest = min(alike, key=lambda i: (abs(known[i].size - size), -known[i].weight))
        found[(types == kind) & (sizes == size)] = nearest
    return found


def with_given(status: Status, prepared: Prepared) -> Status:
    """Put what the file says about persons in the place of what was modelled."""
    persons, given = prepared.persons, set(prepared.given["persons"])
    known = {each.name for each in fields(Status)}
    changed: dict[str, Any] = {}
    for column in given:
        name = _STATUS.get(column, column)
        if name in known:
            changed[name] = _codes(persons[column], column).astype(getattr(status, name).dtype)
    if "disability" in given and "disability_type" not in given:
        disabled = changed["disability"] > 0
        changed["disability_type"] = np.where(disabled, np.maximum(status.disability_type, 1), 0)
    if "disability_type" in given and "disability" not in given:
        typed = changed["disability_type"] > 0
        changed["disability"] = np.where(typed, np.maximum(status.disability, 1), 0)
    if {"pension_krw_m", "occupational_pension"} & given:
        changed["pension"] = _pensions(status, persons)
    if "work" not in given:
        changed["work"] = _work(changed.get("student", status.student), status.work, persons)
    typed_changes = {
        name: values.astype(getattr(status, name).dtype) for name, values in changed.items()
    }
    return replace(status, **typed_changes)


def _codes(values: pl.Series, column: str) -> NDArray[Any]:
    dtype = SCHEMAS["persons"].columns()[column].dtype
    if isinstance(dtype, pl.Enum):
        return values.cast(dtype).to_physical().to_numpy()
    return values.to_numpy()


def _pensions(status: Status, persons: pl.DataFrame) -> NDArray[Any]:
    """Give the kind of pension: none, national or occupational."""
    paid = status.pension > 0
    if "pension_krw_m" in persons.columns:
        paid = persons["pension_krw_m"].to_numpy() > 0
    service = status.pension == 2
    if "occupational_pension" in persons.columns:
        service = persons["occupational_pension"].to_numpy()
        if "pension_krw_m" not in persons.columns:
            paid = paid | service
    return np.where(paid & service, 2, np.where(paid, 1, 0))


def _work(student: NDArray[Any], work: NDArray[Any], persons: pl.DataFrame) -> NDArray[Any]:
    """Let modelled work agree with school and earnings that were given."""
    work = np.where((student >= 1) & (student <= 3), WORKS.index("inactive"), work)
    if "earnings_krw_m" in persons.columns:
        earns = persons["earnings_krw_m"].to_numpy() > 0
        paid = (work < EMPLOYED_N) & (work != WORKS.index("family_worker"))
        work = np.where(earns & ~paid, WORKS.index("employee"), work)
        work = np.where(~earns & paid, WORKS.index("inactive"), work)
    return work


def _keep_given(
    households: pl.DataFrame, persons: pl.DataFrame, prepared: Prepared
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put given columns in the place of modelled ones, and make sums agree again."""
    kept = prepared.given["persons"]
    people = persons.with_columns(
        prepared.persons[name].cast(persons.schema[name]) for name in kept
    ).with_columns(prepared.persons["age"].cast(pl.UInt8))
    mine = [name for name in prepared.given["households"] if name != "income_krw_m"]
    homes = households.with_columns(
        prepared.households[name].cast(households.schema[name]) for name in mine
    ).with_columns(prepared.households["head_age"].cast(pl.UInt8))
    homes, people = _with_income(homes, people, prepared)
    if "deposit_krw" in mine and "general_krw" not in mine:
        homes = homes.with_columns(general_krw=pl.max_horizontal("general_krw", "deposit_krw"))
    if "general_krw" in mine and "deposit_krw" not in mine:
        homes = homes.with_columns(deposit_krw=pl.min_horizontal("general_krw", "deposit_krw"))
    return homes.select(households.columns), people.select(persons.columns)


def _with_income(
    homes: pl.DataFrame, people: pl.DataFrame, prepared: Prepared
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scale modelled incomes to a given total, then add the parts up."""
    if "income_krw_m" in prepared.given["households"]:
        total = prepared.households["income_krw_m"]
        people = _scaled(homes, people, prepared, total)
        sums = _sums(homes, people)
        homes = homes.with_columns(
            other_income_krw_m=(total - sums["earnings_krw_m"] - sums["pension_krw_m"]).clip(0)
        )
    sums = _sums(homes, people)
    homes = homes.with_columns(sums["earnings_krw_m"], sums["pension_krw_m"])
    parts = ["earnings_krw_m", "pension_krw_m", "other_income_krw_m"]
    return homes.with_columns(income_krw_m=pl.sum_horizontal(parts)), people


def _scaled(
    homes: pl.DataFrame, people: pl.DataFrame, prepared: Prepared, total: pl.Series
) -> pl.DataFrame:
    """Scale those incomes of persons that were modelled so that they fit into the total."""
    given = set(prepared.given["persons"])
    free = [name for name in ("earnings_krw_m", "pension_krw_m") if name not in given]
    if not free:
        return people
    sums = _sums(homes, people)
    fixed = [sums[name] for name in ("earnings_krw_m", "pension_krw_m") if name in given]
    open_parts = [sums[name] for name in free] + [homes["other_income_krw_m"]]
    rest = (total - sum(fixed, pl.zeros(homes.height, pl.Int64, eager=True))).clip(0)
    modelled = sum(open_parts, pl.zeros(homes.height, pl.Int64, eager=True))
    factor = pl.select(
        pl.when(modelled > 0).then(rest / modelled).otherwise(0.0).alias("factor")
    ).to_series()
    offset = int(prepared.households["household_id"][0])
    mine = factor.gather(prepared.persons["household_id"] - offset)
    return people.with_columns(
        (people[name] * mine).floor().cast(pl.Int64).alias(name) for name in free
    )


def _sums(homes: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Add persons' earnings and pensions up by household, in the order of households."""
    wanted = ["earnings_krw_m", "pension_krw_m"]
    summed = people.group_by("household_id", maintain_order=True).agg(pl.col(wanted).sum())
    return homes.select("household_id").join(
        summed, on="household_id", how="left", maintain_order="left"
    )


def _sources(prepared: Prepared, unplaced: pl.Series) -> dict[str, pl.DataFrame]:
    weight = (
        pl.col("weight") if "weight" in prepared.households.columns
        else pl.lit(1.0).alias("weight")
    )  # fmt: skip
    return {
        "households": prepared.households.select(
            pl.col("household_id").cast(pl.UInt32),
            pl.col("id").alias("source_id"),
            weight,
            pl.col("id").is_in(unplaced.implode()).alias("placed"),
        ),
        "persons": prepared.persons.select(
            pl.col("person_id").cast(pl.UInt32),
            pl.col("household_id").cast(pl.UInt32),
            pl.col("id").alias("source_id"),
        ),
    }


def _origin(micro: Microdata, entered: Microdata, prepared: Prepared) -> dict[str, Any]:
    notes = []
    if "relation" not in prepared.given["persons"]:
        notes.append("relations to the head were guessed from ages and sexes")
    unplaced = int(entered.households["municipality"].null_count())
    if unplaced:
        notes.append(f"{unplaced:,} households were placed in a municipality by residents")
    return {
        "kind": "microdata",
        "title": micro.mapping.title or "",
        "files": {table: getattr(micro.mapping, table).file for table in SCHEMAS},
        "rows": {"households": micro.households.height, "persons": micro.persons.height},
        "entered": {"households": entered.households.height, "persons": entered.persons.height},
        "rejected_rows": micro.rejected.n_unique(["table", "row"]) if micro.rejected.height else 0,
        "given": {table: list(prepared.given[table]) for table in SCHEMAS},
        "modelled": {table: prepared.modelled(table) for table in SCHEMAS},
        "notes": notes,
    }
