"""Make a population of a researcher's microdata: model what is missing, keep what was given."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.files import write_csv
from simlib.parameters import Parameters, load_parameters
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.frames.checking import find_faults
from simlib.population.microdata.completing import Prepared, prepare
from simlib.population.microdata.given import skeleton, with_given
from simlib.population.microdata.mapping import SCHEMAS, Mapping
from simlib.population.microdata.reading import Microdata, read_microdata
from simlib.population.population import Population
from simlib.population.synthesis import make_block
from simlib.population.traits.cars import age_and_engine

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
    _stop_at_faults(micro, mapping, drop_rejected, rejected_csv)
    known = parameters or load_parameters()
    fitted = table or fit_table(known)
    while True:
        entered = micro.without_rejected()
        prepared = prepare(entered, fitted, Draws(micro.mapping.seed))
        population = _made(prepared, micro.mapping, fitted, known)
        impossible = find_faults(population.households, population.persons)
        if impossible.is_empty():
            break
        micro = micro.and_rejected(_in_file(impossible, prepared))
        _stop_at_faults(micro, mapping, drop_rejected, rejected_csv)
    unplaced = entered.households.filter(pl.col("municipality").is_null())["id"]
    return Imported(population, _sources(prepared, unplaced), _origin(micro, entered, prepared))


def _stop_at_faults(
    micro: Microdata, mapping: Path | str, drop_rejected: bool, rejected_csv: Path | None
) -> None:
    """Write the rows that cannot enter, and refuse the whole if they may not be left out."""
    if micro.rejected.is_empty():
        return
    if rejected_csv is not None:
        write_csv(micro.rejected, rejected_csv)
    if not drop_rejected or micro.without_rejected().households.is_empty():
        raise refusal(micro, str(mapping), rejected_csv)


def _made(
    prepared: Prepared, mapping: Mapping, table: FittedTable, parameters: Parameters
) -> Population:
    """Model what is missing, region by region."""
    month, draws = mapping.year * 12, Draws(mapping.seed)
    frames = [
        _keep_given(
            *make_block(
                skeleton(part), month, parameters, table, draws, partial(with_given, prepared=part)
            ),
            part,
            partial(age_and_engine, parameters=parameters, draws=draws),
        )
        for part in prepared.by_region()
    ]
    return Population(
        pl.concat([each[0] for each in frames], rechunk=True),
        pl.concat([each[1] for each in frames], rechunk=True),
        month,
        mapping.seed,
    )


def _in_file(impossible: pl.DataFrame, prepared: Prepared) -> pl.DataFrame:
    """Name the rows of the files from which impossible households and persons came."""
    parts = []
    for table in SCHEMAS:
        rows = getattr(prepared, table).select("row", "id")
        found = impossible.filter(pl.col("table") == table)
        places = rows[(found["row"] - 1).to_numpy()]
        parts.append(
            found.select(
                "table",
                places["row"].cast(pl.Int64),
                places["id"].cast(pl.String),
                pl.lit("").alias("column"),
                pl.lit("").alias("value"),
                "reason",
            )
        )
    return pl.concat(parts)


def refusal(micro: Microdata, where: str, listed_in: Path | None) -> UserError:
    """Word the refusal of microdata with faulty rows."""
    bad = micro.rejected
    rows = bad.n_unique(["table", "row"])
    shown = [
        f"{table} row {row} (id {ident}): {column} {value!r} {reason}".replace(":  '' ", ": ")
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


def _keep_given(
    households: pl.DataFrame,
    persons: pl.DataFrame,
    prepared: Prepared,
    car_of: Callable[..., tuple[Any, Any]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put given columns in the place of modelled ones, and make sums and cars agree again."""
    kept = prepared.given["persons"]
    people = persons.with_columns(
        prepared.persons[name].cast(persons.schema[name]) for name in kept
    ).with_columns(prepared.persons["age"].cast(pl.UInt8))
    mine = [name for name in prepared.given["households"] if name != "income_krw_m"]
    homes = households.with_columns(
        prepared.households[name].cast(households.schema[name]) for name in mine
    ).with_columns(prepared.households["head_age"].cast(pl.UInt8))
    if "vehicle_krw" in mine:
        car = car_of(homes["household_id"].to_numpy(), homes["vehicle_krw"].to_numpy())
        modelled = dict(zip(("vehicle_years", "vehicle_cc"), car, strict=True))
        homes = homes.with_columns(
            pl.Series(name, values) for name, values in modelled.items() if name not in mine
        )
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
