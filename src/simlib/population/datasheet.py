"""The datasheet of a population: what it is made for and from, and what it cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from simlib.months import Month, format_month
from simlib.population.dictionary import dictionary
from simlib.population.fitted import FittedTable
from simlib.population.quality import national

_SMALL = 20_000


@dataclass(frozen=True)
class Facts:
    """Hold what the datasheet tells of a population beside its quality.

    Parameters
    ----------
    reference_month, seed, households_n, persons_n
        Of the population.
    measured_every
        Distributions were measured on every k-th household; 1 for all.
    origin
        Where the population comes from, as in its manifest; empty when synthetic.
    """

    reference_month: Month
    seed: int
    households_n: int
    persons_n: int
    measured_every: int
    origin: dict[str, Any]


def datasheet(facts: Facts, table: FittedTable, fit: pl.DataFrame, relations: pl.DataFrame) -> str:
    """Write the datasheet of a population as Markdown.

    Parameters
    ----------
    facts
        What is known of the population.
    table
        The fitted table it came from, or was compared with.
    fit, relations
        Its fit report and its table of relations that were not controlled.
    """
    n = facts.households_n
    worst = national(fit).group_by("control").agg(pl.col("error_share").abs().max())
    homes = [
        f"# Synthetic households of Korea, {format_month(facts.reference_month)}",
        "",
        f"{n:,} households with {facts.persons_n:,} persons, seed {facts.seed}. "
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
        f"The fit of municipalities ended {table.places.result.status.value}; persons of one sex "
        "and age band are within "
        f"{table.places.result.worst_error:.3%} of a municipality's persons before rounding.",
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
