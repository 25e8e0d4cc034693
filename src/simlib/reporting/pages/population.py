"""How well the synthetic households match what is published."""

import polars as pl

from simlib.errors import UserError
from simlib.files import package_data, read_parquet
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, published_rows
from simlib.reporting.figures.bars import bar_plot
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.numbers import Unit
from simlib.reporting.tables import Column, suppress, table

NEAR = 0.1
"""A relation counts as matched when it lies within this share of the published value."""

_SHOWN_MISSES = 16
_AGE_GROUPS = ("under_40", "40_64", "65_74", "75_plus")
_AGE_STARTS = (40, 65, 75)
_PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_PARTED = (
    "income_quintile_", "owner_income_quintile_", "jeonse_income_quintile_",
    "monthly_income_quintile_", "free_income_quintile_", "equivalised_quintile_",
    "one_person_income_", "income_mean_", "income_median_", "disposable_mean_",
    "disposable_median_", "assets_median_", "net_worth_mean_", "net_worth_median_",
    "net_worth_p", "net_worth_", "debt_mean_", "wage_mean_", "elderly_alone_share_",
)  # fmt: skip


def intro(report: Report) -> Block:
    """Say how the households were made."""
    return paragraph(report.text("population.intro", households=report.households), "lead")


def _table(report: Report, name: str) -> pl.DataFrame:
    path = report.run.optional("population", name)
    if path is None:
        raise UserError(
            "the run folder lacks this table",
            f"population/{name}",
            "the population page rests on it",
            "run the scenario again",
        )
    return pl.read_csv(path, infer_schema_length=None)


def control_errors(report: Report) -> pl.DataFrame:
    """Measure how far each control is missed.

    Returns
    -------
    DataFrame
        control, unit, cells_n (categories), value (share of households or persons that stand
        in the wrong category), evidence, source; largest first.
    """
    fit = _table(report, "fit.csv").filter(pl.col("unit").is_in(["households", "persons"]))
    # One person too many here is one too few there: half the sum counts each once.
    wrong = pl.col("error").abs().sum() / 2 / pl.col("target").sum()
    summed = fit.group_by("control", "unit").agg(
        cells_n=pl.len().cast(pl.Int64),
        value=wrong,
        evidence=pl.col("evidence").first(),
        source=pl.col("source").first(),
    )
    # A population of one's own may leave a control without anybody.
    known = summed.filter(pl.col("value").is_finite())
    return known.sort("value", "control", descending=[True, False])


def controls(report: Report) -> Block:
    """Show the controls that are missed most."""
    text = report.text
    frame = control_errors(report)
    rows = frame.head(_SHOWN_MISSES).to_dicts()
    names = [text(f"control.{row['control']}") for row in rows]
    labels = [str(report.number(row["value"], "share")) for row in rows]
    figure = bar_plot(
        names,
        [row["value"] for row in rows],
        labels,
        text("axis.misplaced"),
        report.tick("share"),
        marked=0,
    )
    pairs = [f"{name} {label}" for name, label in zip(names, labels, strict=True)]
    block = framed(
        text,
        "population-controls",
        figure,
        headline=text("population.controls.headline", control=names[0], value=labels[0]),
        subtitle=text(
            "population.controls.subtitle",
            n=report.number(len(rows), "count"),
            all=report.number(frame.height, "count"),
            households=report.households,
        ),
        alt=text("alt.bars", rows=text.join(pairs)),
        note=text("population.source", run=report.run.run_id),
        numbers=frame,
    )
    return join([heading(text("population.controls.section"), "controls"), block])


def controls_table(report: Report) -> Block:
    """List the controls with their sources and evidence."""
    text = report.text
    frame = control_errors(report)
    worded = frame.with_columns(
        name=pl.Series([text(f"control.{each}") for each in frame["control"]], dtype=pl.String),
        grade=pl.Series([text(f"evidence.{each}") for each in frame["evidence"]], dtype=pl.String),
    )
    columns = [
        Column("name", text("column.control")),
        Column("cells_n", text("column.cells"), "count"),
        Column("value", text("column.misplaced"), "share"),
        Column("grade", text("column.evidence")),
        Column("source", text("column.source"), cites=True),
    ]
    caption = text("population.controls.caption", households=report.households)
    return table(
        text, "population-controls-table", worded, columns, caption, exported=frame,
        note=text("population.source", run=report.run.run_id),
    )  # fmt: skip


def relation_name(report: Report, relation: str) -> str:
    """Name a published relation in the report's language."""
    text = report.text
    if text.knows(f"relation.{relation}"):
        return text(f"relation.{relation}")
    for start in _PARTED:
        if relation.startswith(start):
            part = relation.removeprefix(start).removesuffix("_mean")
            known = text.knows(f"group.region.{part}")
            shown = report.group("region", part) if known else _part(report, part)
            return text(f"relation.{start}", part=shown)
    return relation


def _part(report: Report, part: str) -> str:
    message = f"part.{part}"
    return report.text(message) if report.text.knows(message) else part


def relations(report: Report) -> Block:
    """Show the published relations that were not fitted and are missed most."""
    text = report.text
    # Figures that nobody published, only recalled, stand in the table with their grade.
    frame = _table(report, "relations.csv").filter(pl.col("ratio").is_finite())
    frame = published_rows(frame).with_columns(miss=(pl.col("ratio") - 1).abs())
    near_n = frame.filter(pl.col("miss") <= NEAR).height
    shown = frame.sort("miss", "relation", descending=[True, False]).head(_SHOWN_MISSES)
    rows = shown.to_dicts()
    names = [relation_name(report, row["relation"]) for row in rows]
    labels = [str(report.number(row["ratio"], "share")) for row in rows]
    figure = dot_plot(
        names,
        [Dots(text("series.model"), [row["ratio"] for row in rows], labels=labels)],
        text("axis.ratio"),
        report.tick("share"),
        one=1.0,
    )
    pairs = [f"{name} {label}" for name, label in zip(names, labels, strict=True)]
    block = framed(
        text,
        "population-relations",
        figure,
        headline=text(
            "population.relations.headline",
            near=report.number(near_n, "count"),
            all=report.number(frame.height, "count"),
            share=report.tick("share")(NEAR),
        ),
        subtitle=text(
            "population.relations.subtitle",
            n=report.number(len(rows), "count"),
            households=report.households,
        ),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=text("population.source", run=report.run.run_id),
        numbers=frame.drop("miss", "label", "note", "reason", strict=False),
    )
    return join([heading(text("population.relations.section"), "relations"), block])


def relations_table(report: Report) -> Block:
    """List every relation beside its published value, by kind of unit."""
    frame = _table(report, "relations.csv").filter(pl.col("ratio").is_finite())
    return join(_compared(report, frame, "relations", "column.relation"))


def money_table(report: Report) -> Block:
    """List the published figures that incomes and wealth were fitted to, by kind of unit."""
    fit = _table(report, "fit.csv").filter(
        pl.col("control") == "money", pl.col("result").is_finite()
    )
    if fit.is_empty():
        return join([])
    frame = fit.select(
        pl.col("category").alias("relation"),
        pl.col("target").alias("published"),
        "result",
        (pl.col("result") / pl.col("target")).alias("ratio"),
        "unit",
        "source",
        "evidence",
    )
    section = heading(report.text("population.money.section"), "money")
    return join([section, *_compared(report, frame, "money", "column.fitted")])


def _compared(report: Report, frame: pl.DataFrame, which: str, head: str) -> list[Block]:
    """Set figures beside their published values, a table for each kind of unit."""
    text = report.text
    kinds: dict[Unit, list[str]] = {
        "share": ["share"],
        "ratio": ["index", "ratio"],
        "krw": ["KRW", "KRW/year", "KRW/month"],
    }
    columns = [
        Column("name", text(head)),
        Column("published", text("column.published"), "share"),
        Column("result", text("column.synthetic"), "share"),
        Column("ratio", text("column.ratio"), "share"),
        Column("grade", text("column.evidence")),
        Column("source", text("column.source"), cites=True),
    ]
    blocks = []
    for unit, units in kinds.items():
        part = frame.filter(pl.col("unit").is_in(units))
        if part.is_empty():
            continue
        words = [relation_name(report, each) for each in part["relation"]]
        grades = [text(f"evidence.{each}") for each in part["evidence"]]
        worded = part.with_columns(
            name=pl.Series(words, dtype=pl.String), grade=pl.Series(grades, dtype=pl.String)
        )
        columns[1] = Column("published", text("column.published"), unit)
        columns[2] = Column("result", text("column.synthetic"), unit)
        blocks.append(
            table(
                text, f"population-{which}-{unit}", worded, list(columns),
                text(f"population.{which}.caption.{unit}", households=report.households),
                exported=part.drop("label", "note", "reason", strict=False),
                note=text(f"population.{which}.note"),
            )
        )  # fmt: skip
    return blocks


def incomes(report: Report) -> Block:
    """Show the spread of household income by age of the head."""
    text = report.text
    folder = report.run.optional("population", "households")
    if folder is None:
        return paragraph(text("population.incomes.none"))
    columns = ["head_age", "income_krw_m"]
    homes = pl.concat([read_parquet(path).select(columns) for path in sorted(folder.iterdir())])
    cut = pl.sum_horizontal([(pl.col("head_age") >= start).cast(pl.Int32) for start in _AGE_STARTS])
    spread = (
        homes.group_by(place=cut)
        .agg(
            households_n=pl.len().cast(pl.Int64),
            **{name: pl.col("income_krw_m").quantile(at) for name, at in _PERCENTILES.items()},
        )
        .sort("place")
    )
    spread = suppress(spread, "households_n", list(_PERCENTILES))
    groups = [_AGE_GROUPS[place] for place in spread["place"]]
    frame = spread.with_columns(group=pl.Series(groups, dtype=pl.String)).drop("place")
    names = [report.group("age_group", each) for each in groups]
    series = [
        Dots(
            text(f"series.{name}"),
            frame[name].to_list(),
            labels=[
                "" if value is None or name != "p50" else str(report.number(value, "krw"))
                for value in frame[name]
            ],
        )
        for name in _PERCENTILES
    ]
    figure = dot_plot(names, series, text("axis.income"), report.tick("krw"))
    medians = frame.filter(pl.col("p50").is_not_null()).sort("p50")
    low, high = medians.row(0, named=True), medians.row(-1, named=True)
    pairs = [f"{n} {x}" for n, x in zip(names, series[1].labels, strict=True)]
    block = framed(
        text,
        "population-incomes",
        figure,
        headline=text(
            "population.incomes.headline",
            low=report.group("age_group", low["group"]),
            low_value=report.number(low["p50"], "krw"),
            high=report.group("age_group", high["group"]),
            high_value=report.number(high["p50"], "krw"),
        ),
        subtitle=text("population.incomes.subtitle", households=report.households),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=text("population.source", run=report.run.run_id),
        numbers=frame,
    )
    return join([heading(text("population.incomes.section"), "incomes"), block])


def columns_table(report: Report) -> Block:
    """Say which columns are controlled, modelled or assumed."""
    text = report.text
    known = pl.read_csv(package_data("kr", "population_columns.csv"))
    frame = known.group_by("kind").agg(
        columns_n=pl.len().cast(pl.Int64), columns=pl.col("column").unique().sort().str.join(", ")
    )
    frame = frame.sort("kind")
    worded = frame.with_columns(
        name=pl.Series([text(f"kind.{each}") for each in frame["kind"]], dtype=pl.String)
    )
    columns = [
        Column("name", text("column.kind")),
        Column("columns_n", text("column.columns_n"), "count"),
        Column("columns", text("column.columns")),
    ]
    made = table(
        text, "population-columns", worded, columns, text("population.columns.caption"),
        exported=frame,
    )  # fmt: skip
    return join([heading(text("population.columns.section"), "columns"), made])
