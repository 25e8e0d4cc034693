"""Write a population with what a reader needs to judge it: fit, relations, datasheet."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from simlib.files import write_csv, write_parquet, write_text
from simlib.parameters import Parameters, load_parameters
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.frames.dictionary import dictionary
from simlib.population.frames.storage import PartWriter
from simlib.population.population import Population
from simlib.population.quality.datasheet import Facts, datasheet
from simlib.population.quality.measuring import Measures, Yardstick, yardstick
from simlib.population.synthesis import check_request, make_blocks


def write_population(
    population: Population,
    directory: Path | str,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
    origin: dict[str, Any] | None = None,
    measure: Yardstick | None = None,
    sources: Mapping[str, pl.DataFrame] | None = None,
) -> dict[str, str]:
    """Write a population and its quality.

    Parameters
    ----------
    population
        The population.
    directory
        Folder, made when missing: households/ and persons/ with a file for each region,
        manifest.json, fit.csv, relations.csv, columns.csv and datasheet.md.
    parameters
        Dated parameters from which it was made (the package's own by default).
    table
        The fitted table it came from; fitted again when not given.
    origin
        Where the population comes from, for manifest and datasheet; synthetic when not given.
    measure
        What it is measured against (the controls of the fitted table by default).
    sources
        Further tables, written as ``source_<name>.parquet``.

    Returns
    -------
    dict
        Content hash of households and persons.

    Raises
    ------
    UserError
        If the folder cannot be written to; an earlier population in it stays as it was.
    """
    known = parameters or load_parameters()
    scale = measure or yardstick(table or fit_table(known))
    said = {"origin": origin} if origin else {}
    writer = PartWriter(Path(directory), population.reference_month, population.seed, said)
    for name, frame in (sources or {}).items():
        write_parquet(frame, writer.staging / f"source_{name}.parquet")
    return _write(
        population.by_region(), writer, Measures(scale, population.households.height), known
    )


def synthesize_to(
    directory: Path | str,
    households_n: int,
    year: int,
    seed: int,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
) -> dict[str, str]:
    """Make a population and write it region by region, without holding the whole of it.

    Parameters
    ----------
    directory
        Folder, made when missing; it receives what :func:`write_population` writes.
    households_n, year, seed, parameters, table
        As for :func:`~simlib.population.synthesis.synthesize`; the files are the same.

    Returns
    -------
    dict
        Content hash of households and persons.

    Raises
    ------
    UserError
        If a number is out of range, controls cannot be met, or the folder cannot be written to.
    """
    check_request(households_n, year, seed)
    known = parameters or load_parameters()
    fitted = table or fit_table(known)
    writer = PartWriter(Path(directory), year * 12, seed)
    blocks = make_blocks(households_n, year, seed, known, fitted)
    return _write(blocks, writer, Measures(yardstick(fitted), households_n), known)


def _write(
    blocks: Iterable[tuple[str, Population]],
    writer: PartWriter,
    measures: Measures,
    parameters: Parameters,
) -> dict[str, str]:
    """Write blocks while the next one is made, then what a reader needs to judge them."""

    def keep(region: str, block: Population) -> None:
        measures.add(block)
        writer.add(region, block.households, block.persons)

    with ThreadPoolExecutor(max_workers=1) as pool:
        pending = None
        for region, block in blocks:
            if pending is not None:
                pending.result()
            pending = pool.submit(keep, region, block)
        if pending is not None:
            pending.result()
    fit, relations = measures.reports(parameters)
    origin = writer.origin.get("origin", {})
    facts = Facts(
        writer.reference_month, writer.seed, measures.sizes, writer.persons_n, measures.every,
        measures.yardstick.sentences, origin, parameters.number("national.general_households_n"),
    )  # fmt: skip
    columns = _with_given(dictionary(), origin)
    folder = writer.staging
    write_csv(fit.with_columns(pl.selectors.float().round(4)), folder / "fit.csv")
    write_csv(relations.with_columns(pl.selectors.float().round(4)), folder / "relations.csv")
    write_csv(columns, folder / "columns.csv")
    write_text(folder / "datasheet.md", datasheet(facts, fit, relations, columns))
    return writer.finish()


def _with_given(columns: pl.DataFrame, origin: dict[str, Any]) -> pl.DataFrame:
    """Mark the columns that came from microdata."""
    given = [
        f"{table}.{name}" for table, names in origin.get("given", {}).items() for name in names
    ]
    name = pl.format("{}.{}", "table", "column")
    kind = pl.when(name.is_in(given)).then(pl.lit("given")).otherwise(pl.col("kind"))
    return columns.with_columns(kind=kind)
