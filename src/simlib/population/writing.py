"""Write a population with what a reader needs to judge it: fit, relations, datasheet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from simlib.files import write_csv, write_text
from simlib.parameters import Parameters, load_parameters
from simlib.population.datasheet import Facts, datasheet
from simlib.population.dictionary import dictionary
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.population import Population
from simlib.population.quality import add_counts, compare, count_controls
from simlib.population.relations import money_report, relations_report
from simlib.population.storage import PartWriter
from simlib.population.synthesis import check_request, make_blocks

MEASURED_MAX = 2_000_000
"""Households up to which medians, Gini indices and the like are measured on all of them."""
_MEASURED = 1_000_000


@dataclass
class Measures:
    """Collect region by region what is needed to judge a population.

    Parameters
    ----------
    table
        The fitted table that the population came from, or is compared with.
    households_n
        Households in the whole population: from two million on, distributions are measured on
        every k-th household, about a million of them, so that the country need not be held.
    """

    table: FittedTable
    households_n: int
    _counts: list[pl.DataFrame] = field(default_factory=list)
    _sample: list[Population] = field(default_factory=list)

    @property
    def every(self) -> int:
        """Give k, where every k-th household is measured."""
        return 1 if self.households_n <= MEASURED_MAX else self.households_n // _MEASURED

    def add(self, block: Population) -> None:
        """Count a block and keep what is measured of it."""
        self._counts.append(count_controls(block.households, block.persons, self.table))
        if self.every == 1:
            self._sample.append(block)
            return
        chosen = pl.col("household_id") % self.every == 0
        self._sample.append(
            Population(
                block.households.filter(chosen),
                block.persons.filter(chosen),
                block.reference_month,
                block.seed,
            )
        )

    def fit(self, parameters: Parameters) -> pl.DataFrame:
        """Compare with the controls, as ``fit_report`` does, and with the controls of money."""
        counted = compare(add_counts(self._counts), self.table)
        return pl.concat([counted, money_report(joined(self._sample), parameters)])

    def relations(self, parameters: Parameters) -> pl.DataFrame:
        """Compare with the published relations that were not controlled."""
        return relations_report(joined(self._sample), parameters)


def joined(blocks: list[Population]) -> Population:
    """Put blocks of a population together, in their order."""
    if len(blocks) == 1:
        return blocks[0]
    return Population(
        pl.concat([block.households for block in blocks], rechunk=True),
        pl.concat([block.persons for block in blocks], rechunk=True),
        blocks[0].reference_month,
        blocks[0].seed,
    )


def write_population(
    population: Population,
    directory: Path | str,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
    origin: dict[str, Any] | None = None,
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
    fitted = table or fit_table(known)
    blocks = ((region, part) for region, part in population.by_region())
    writer = PartWriter(Path(directory), population.reference_month, population.seed, origin or {})
    return _write(blocks, writer, Measures(fitted, population.households.height), known)


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
    return _write(blocks, writer, Measures(fitted, households_n), known)


def _write(
    blocks: Iterable[tuple[str, Population]],
    writer: PartWriter,
    measures: Measures,
    parameters: Parameters,
) -> dict[str, str]:
    for region, block in blocks:
        measures.add(block)
        writer.add(region, block.households, block.persons)
    fit, relations = measures.fit(parameters), measures.relations(parameters)
    folder = writer.staging
    write_csv(fit.with_columns(pl.selectors.float().round(4)), folder / "fit.csv")
    write_csv(relations.with_columns(pl.selectors.float().round(4)), folder / "relations.csv")
    write_csv(dictionary(), folder / "columns.csv")
    facts = Facts(
        writer.reference_month, writer.seed, writer.households_n, writer.persons_n,
        measures.every, writer.origin,
    )  # fmt: skip
    write_text(folder / "datasheet.md", datasheet(facts, measures.table, fit, relations))
    return writer.finish()
