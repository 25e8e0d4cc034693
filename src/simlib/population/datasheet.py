"""Write a population with what a reader needs to judge it: fit, relations, datasheet."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from simlib.files import write_csv, write_text
from simlib.months import format_month
from simlib.parameters import Parameters, load_parameters
from simlib.population.population import Population
from simlib.population.quality import fit_report, national
from simlib.population.relations import relations_report
from simlib.population.schema import dictionary
from simlib.population.synthesis import FittedTable, fit_table

_SMALL = 20_000


def write_population(
    population: Population,
    directory: Path | str,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
) -> dict[str, str]:
    """Write a population and its quality.

    Parameters
    ----------
    population
        The population.
    directory
        Folder, made when missing: households.parquet, persons.parquet, manifest.json, fit.csv,
        relations.csv, columns.csv and datasheet.md.
    parameters
        Dated parameters from which it was made (the package's own by default).
    table
        The fitted table it came from; fitted again when not given.

    Returns
    -------
    dict
        Content hash of households and persons.

    Raises
    ------
    UserError
        If the folder cannot be written to.
    """
    folder = Path(directory)
    known = parameters or load_parameters()
    fitted = table or fit_table(known)
    fit = fit_report(population, fitted)
    relations = relations_report(population, known)
    hashes = population.save(folder)
    write_csv(fit.with_columns(pl.selectors.float().round(4)), folder / "fit.csv")
    write_csv(relations.with_columns(pl.selectors.float().round(4)), folder / "relations.csv")
    write_csv(dictionary(), folder / "columns.csv")
    write_text(folder / "datasheet.md", datasheet(population, fitted, fit, relations))
    return hashes


def datasheet(
    population: Population, table: FittedTable, fit: pl.DataFrame, relations: pl.DataFrame
) -> str:
    """Write the datasheet of a population as Markdown.

    Parameters
    ----------
    population
        The population.
    table
        The fitted table it came from.
    fit, relations
        Its fit report and its table of relations that were not controlled.
    """
    n = population.households.height
    worst = national(fit).group_by("control").agg(pl.col("error_share").abs().max())
    homes = [
        f"# Synthetic households of Korea, {format_month(population.reference_month)}",
        "",
        f"{n:,} households with {population.persons.height:,} persons, seed {population.seed}. "
        "They stand for the general households of the census (about 22.29 million in 2024); one "
        f"household stands for about {22_290_000 / n:,.0f}.",
        "",
        "**No microdata entered.** Every number comes from published tables or is a stated "
        "assumption; no household here is a real one.",
        "",
        *_small_note(n),
        "## Controls",
        "",
        f"The fit ended {table.result.status.value} after {table.result.rounds} rounds. Largest "
        "national error of each control, as a share of its universe:",
        "",
        *_table(
            ("control", "largest error"),
            [(name, f"{error:.3%}") for name, error in worst.sort("control").iter_rows()],
        ),
        "",
        "Largest error of persons of one sex and age band before rounding: "
        f"{table.ages.worst_error:.2%} of a region's persons.",
        "",
        "`fit.csv` has every control by region with target, result and error.",
        "",
        "## Relations that were not controlled",
        "",
        "Chosen before fitting. Some assumed parameters were set by hand with an eye on them (the "
        "notes of `population.yaml` say which), so they are not an independent test. Disposable "
        "income is approximate.",
        "",
        *_table(
            ("relation", "published", "here", "ratio", "evidence"),
            [
                (row["label"], _number(row["published"]), _number(row["result"]),
                 f"{row['ratio']:.2f}", row["evidence"])
                for row in relations.iter_rows(named=True)
            ],
        ),
        "",
        "## Columns",
        "",
        *_table(
            ("table", "column", "kind", "unit", "meaning"),
            [
                (row["table"], row["column"], row["kind"], row["unit"] or "", row["sentence"])
                for row in dictionary().iter_rows(named=True)
            ],
        ),
        "",
    ]  # fmt: skip
    return "\n".join(homes)


def _small_note(n: int) -> list[str]:
    if n >= _SMALL:
        return []
    return [
        "At this size small regions and rare groups rest on few households: do not read "
        "municipalities, or groups below some fifty households, on their own.",
        "",
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"
