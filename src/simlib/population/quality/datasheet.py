"""The datasheet of a population: what it is made for and from, and what it cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import polars as pl

from simlib.months import Month, format_month
from simlib.population.published.tables import municipalities, regions
from simlib.population.published.targets import published
from simlib.population.quality.fit_report import national

_FEW = 50
"""Households below which a group should not be read on its own."""
_NATIONAL, _REGIONAL = 0.005, 0.02
"""Errors above which a controlled total is listed as missed."""
_WIDE = 0.2
_LISTED = 20


@dataclass(frozen=True)
class Facts:
    """Hold what the datasheet tells of a population beside its quality.

    Parameters
    ----------
    reference_month, seed
        Of the population.
    sizes
        Households of each municipality: columns region, municipality and households_n.
    persons_n
        Persons in all.
    measured_every
        Distributions were measured on every k-th household; 1 for all.
    fitted
        Sentences on how the fit ended.
    origin
        Where the population comes from, as in its manifest; empty when synthetic.
    stands_for
        Households of the country.
    """

    reference_month: Month
    seed: int
    sizes: pl.DataFrame
    persons_n: int
    measured_every: int
    fitted: tuple[str, ...]
    origin: dict[str, Any]
    stands_for: float

    @property
    def households_n(self) -> int:
        """Count the households."""
        return int(self.sizes["households_n"].sum())


def datasheet(
    facts: Facts, fit: pl.DataFrame, relations: pl.DataFrame, columns: pl.DataFrame
) -> str:
    """Write the datasheet of a population as Markdown.

    Parameters
    ----------
    facts
        What is known of the population.
    fit, relations
        Its fit report and its table of relations that were not controlled.
    columns
        Its data dictionary.
    """
    lines = [
        *_opening(facts),
        *_made_for(),
        *_made_from(facts),
        *_size(facts),
        *_controls(facts, fit),
        *_money(fit),
        *_relations(facts, relations),
        "## Columns",
        "",
        *_table(
            ("table", "column", "kind", "unit", "meaning"),
            [
                (row["table"], row["column"], row["kind"], row["unit"] or "", row["sentence"])
                for row in columns.iter_rows(named=True)
            ],
        ),
        "",
    ]
    return "\n".join(lines)


def _opening(facts: Facts) -> list[str]:
    n, month = facts.households_n, format_month(facts.reference_month)
    name = facts.origin.get("title") or "a researcher's microdata"
    title = f"Households of {name}" if facts.origin else "Synthetic households of Korea"
    return [
        f"# {title}, {month}",
        "",
        f"{n:,} households with {facts.persons_n:,} persons, seed {facts.seed}. They stand for "
        f"the general households of the census (about {facts.stands_for / 1e6:.2f} million); one "
        f"household stands for about {facts.stands_for / n:,.0f}.",
        "",
    ]


def _made_for() -> list[str]:
    return [
        "## Made for",
        "",
        "Comparing policies and rankings in simulations of benefits, take-up and outreach. Not "
        "for: statements about real households or single municipalities, estimates of real "
        "effects, or finding anybody.",
        "",
    ]


def _made_from(facts: Facts) -> list[str]:
    origin = facts.origin
    if not origin:
        return [
            "## Made from",
            "",
            "**No microdata entered.** Every number comes from published tables or is a stated "
            "assumption; no household here is a real one.",
            "",
        ]
    rows, entered = origin["rows"], origin["entered"]
    lines = [
        "## Made from",
        "",
        f"**Microdata entered**: {origin['files']['households']} "
        f"({rows['households']:,} rows) and {origin['files']['persons']} "
        f"({rows['persons']:,} rows). {entered['households']:,} households with "
        f"{entered['persons']:,} persons could enter; {origin['rejected_rows']:,} faulty rows "
        "were left out with their households.",
        "",
    ]
    for table in ("households", "persons"):
        given = ", ".join(origin["given"][table]) or "nothing beyond the needed columns"
        modelled = ", ".join(origin["modelled"][table]) or "nothing"
        lines += [f"- {table}: given: {given}. Modelled or assumed: {modelled}."]
    lines += [f"- {note[:1].upper()}{note[1:]}." for note in origin["notes"]]
    return [*lines, ""]


def _size(facts: Facts) -> list[str]:
    """Say what a population of this size cannot represent, from its own counts."""
    sizes = facts.sizes
    by_region = sizes.group_by("region").agg(pl.col("households_n").sum()).sort("households_n")
    known = municipalities().height
    thin = by_region.filter(pl.col("households_n") < _FEW)
    lines = [
        "## What this size can represent",
        "",
        f"{by_region.height} of {len(regions())} regions; the smallest, {by_region['region'][0]}, "
        f"has {by_region['households_n'][0]:,} households.",
    ]
    if not thin.is_empty():
        lines[-1] += f" Fewer than {_FEW} households: {', '.join(thin['region'])}."
    few = sizes.filter(pl.col("households_n") < _FEW).height
    empty = known - sizes.filter(pl.col("households_n") > 0).height
    rare = facts.stands_for / facts.households_n * _FEW
    lines += [
        f"Of {known} municipalities {empty} have no household here and {few} more have fewer than "
        f"{_FEW}. A group of fewer than {rare:,.0f} households in the country is fewer than "
        f"{_FEW} here: do not read such groups, or such municipalities, on their own.",
        "",
    ]
    return lines


def _controls(facts: Facts, fit: pl.DataFrame) -> list[str]:
    counted = fit.filter(pl.col("control") != "money")
    worst = national(counted).group_by("control").agg(pl.col("error_share").abs().max())
    return [
        "## Controls",
        "",
        *facts.fitted,
        "",
        "Largest national error of each control, as a share of its universe:",
        "",
        *_table(
            ("control", "largest error"),
            [(name, _figure(error, ".3%")) for name, error in worst.sort("control").iter_rows()],
        ),
        "",
        *_missed(counted),
        "`fit.csv` has every control by place with target, result and errors.",
        "",
    ]


def _missed(counted: pl.DataFrame) -> list[str]:
    """List controlled totals that miss by more than half a percent, or two in a region.

    Where nobody of the universe is there is nothing that could be missed.
    """
    total = pl.col("target").sum().over("control", "geography")
    off = (pl.col("error") / total).abs().fill_nan(None)
    limit = pl.when(pl.col("geography") == "national").then(_NATIONAL).otherwise(_REGIONAL)
    beyond = counted.with_columns(off=off).filter(
        (pl.col("off") > limit) & ~pl.col("geography").str.contains(r"^\d")
    )
    if beyond.is_empty():
        return [
            f"No controlled total misses by more than {_NATIONAL:.1%} of its universe nationally, "
            f"or {_REGIONAL:.0%} in a region.",
            "",
        ]
    shown = beyond.sort("off", descending=True).head(_LISTED)
    rows = [
        (row["control"], row["geography"], row["category"], _number(row["target"]),
         _number(row["result"]), f"{row['off']:.2%}")
        for row in shown.iter_rows(named=True)
    ]  # fmt: skip
    return [
        f"{beyond.height} totals miss by more than {_NATIONAL:.1%} of their universe nationally, "
        f"or {_REGIONAL:.0%} in a region; the widest:",
        "",
        *_table(("control", "place", "category", "target", "here", "off by"), rows),
        "",
    ]


def _money(fit: pl.DataFrame) -> list[str]:
    """Sum up how close incomes, wealth and debt come to what they were fitted to."""
    rows = fit.filter(pl.col("control") == "money")
    off = pl.col("error_share").abs().fill_nan(None)
    nobody_n = rows["error_share"].is_nan().sum()
    within = [rows.filter(off <= share).height for share in (0.01, 0.02, 0.05)]
    labels = dict(published(controlled=True).select("relation", "label").iter_rows())
    shown = rows.filter(off.is_not_null()).sort(off, descending=True).head(_LISTED)
    open_ = f" {nobody_n} are figures of groups of which nobody is here." if nobody_n else ""
    return [
        "## Money",
        "",
        f"Incomes, net worth and debt are fitted to {rows.height} published figures, on a "
        f"reference sample. Here {within[0]} of them come within 1%, {within[1]} within 2%, "
        f"{within[2]} within 5%.{open_} Incomes with benefits are approximate. The widest misses:",
        "",
        *_table(
            ("figure", "published", "here", "off by", "evidence"),
            [
                (labels[row["category"]], _number(row["target"]), _number(row["result"]),
                 f"{row['error_share']:+.1%}", row["evidence"])
                for row in shown.iter_rows(named=True)
            ],
        ),
        "",
    ]  # fmt: skip


def _relations(facts: Facts, relations: pl.DataFrame) -> list[str]:
    every = facts.measured_every
    sample = f" Measured on every {every}th household." if every > 1 else ""
    off = relations.filter((pl.col("ratio") - 1.0).abs().fill_nan(None) > _WIDE)
    return [
        "## Relations that were not controlled",
        "",
        "Chosen before fitting. Some assumed parameters were set by hand with an eye on them (the "
        "notes of the parameters say which), so they are not an independent test. Disposable "
        f"income is approximate.{sample} {off.height} of {relations.height} are off by more than "
        f"{_WIDE:.0%}.",
        "",
        *_table(
            ("relation", "published", "here", "ratio", "evidence"),
            [
                (row["label"], _number(row["published"]), _number(row["result"]),
                 _figure(row["ratio"], ".2f"), row["evidence"])
                for row in relations.iter_rows(named=True)
            ],
        ),
        "",
        "Why those are off:",
        "",
        *(f"- {row['label']}: {row['reason']}." for row in off.iter_rows(named=True)),
        "",
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _number(value: float) -> str:
    return _figure(value, ",.0f" if abs(value) >= 1000 else ".3f")


def _figure(value: float, form: str) -> str:
    """Write a figure, or say that there is nobody of whom it could be told."""
    return format(value, form) if isfinite(value) else "nobody here"
