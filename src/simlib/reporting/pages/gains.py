"""Who gains and who loses, by group and cause, and what it asks of whom."""

from typing import Any

import polars as pl

from simlib.experiments.households import CAUSES, NEEDS
from simlib.experiments.strata import STRATA
from simlib.experiments.whole_comparison import WholeComparison
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, group_place
from simlib.reporting.estimates import ENOUGH_RUNS
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.numbers import Shown
from simlib.reporting.pages import comparison
from simlib.reporting.tables import SUPPRESS_BELOW, Column, table

HALF = 0.5
"""Causes of fewer households than this under every policy are left out; the CSV has them."""
_WHOLE = ("missing_n", "reached_n", "missing_reached_n", "gains_n", "loses_n")
_OUTCOMES = ("gains", "loses")
_COUNTED = (*_WHOLE, "households_n", "contacts_n")
"""Numbers of things, whose intervals end at 0; the other measures are differences."""
_AGAINST = ("documents_n", "travel_n", "refused_n")
"""Burdens that stand as differences from the baseline."""
_PARTS = ("value", "low", "high", "mc_error")
_BURDENS = ("households_n", "reached_n", "contacts_n", "documents_n", "travel_n", "refused_n")


@comparison.needs_two
def winners_and_losers(report: Report) -> Block:
    """Count the households that receive more, and those that receive less, than without."""
    text, compared = report.text, report.run.compared
    section = heading(text("gains.section"), "gains")
    if not compared:
        return join([section, paragraph(text("reach-households.none"))])
    long = _long(compared, "groups").filter(
        pl.col("stratum") == "all", pl.col("measure").is_in(_WHOLE)
    )
    found = {(row["policy"], row["measure"]): row for row in long.to_dicts()}
    rows = []
    for policy in compared:
        row: dict[str, object] = {"name": report.policy(policy)}
        for measure in _WHOLE:
            row |= {f"{measure}.{key}": found[policy, measure][key] for key in _PARTS}
        rows.append(row)
    columns = [Column("name", text("column.policy"))] + [
        Column(f"{each}.value", text(f"gains.{each}"), "count", interval=each.endswith("s_n"))
        for each in _WHOLE
    ]
    made = table(
        text, "reach-households", pl.DataFrame(rows, infer_schema_length=None), columns,
        text("reach-households.caption", households=report.households, **report.whole),
        exported=long, note=report.interval_note,
    )  # fmt: skip
    return join([section, paragraph(text("gains.intro")), made])


@comparison.needs_two
def by_group(report: Report) -> Block:
    """Show gainers and losers by group under the policy with most of those who lose."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    policy = max(compared, key=lambda each: _number(compared[each], "loses_n"))
    frame = _shares(compared[policy])
    if frame.is_empty():
        return Block("")
    rows = frame.to_dicts()
    names = [report.group(row["stratum"], row["group"]) for row in rows]
    series = [
        Dots(
            text(f"series.{each}"),
            frame[f"{each}_share"].to_list(),
            frame[f"{each}_low"].to_list(),
            frame[f"{each}_high"].to_list(),
            hollow=each == "loses",
        )
        for each in _OUTCOMES
    ]
    figure = dot_plot(names, series, text("axis.households_share"), report.tick("share"))
    shown = [
        {each: report.number(row[f"{each}_share"], "share", row[f"{each}_error"])
         for each in _OUTCOMES}
        for row in rows
    ]  # fmt: skip
    pairs = [text("gains.pair", name=name, **each) for name, each in zip(names, shown, strict=True)]
    return framed(
        text,
        "gains-groups",
        figure,
        headline=_headline(report, policy, rows, names, shown),
        subtitle=text("gains-groups.subtitle", households=report.households, **report.whole),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=report.interval_note,
        numbers=frame.with_columns(policy=pl.lit(policy)),
    )


def _headline(
    report: Report,
    policy: str,
    rows: list[dict[str, Any]],
    names: list[str],
    shown: list[dict[str, Shown]],
) -> str:
    """Name the group that loses most, if more of it lose than gain beyond chance."""
    worst = max(range(len(rows)), key=lambda k: rows[k]["loses_share"] - rows[k]["gains_share"])
    row, slots = rows[worst], {"policy": report.policy(policy), "group": names[worst]}
    known = None not in (row["loses_low"], row["gains_high"])
    clear = report.run.replicates >= ENOUGH_RUNS and known and row["loses_low"] > row["gains_high"]
    kind = "headline" if clear else "none"
    return report.text(f"gains-groups.{kind}", **slots, **shown[worst])


def _shares(whole: WholeComparison) -> pl.DataFrame:
    """Give gainers and losers as shares of the households of each group, poor to rich."""
    groups = whole.households.groups.filter(pl.col("group").is_not_null())
    wide = groups.pivot("measure", index=["stratum", "group"], values=list(_PARTS))
    size = pl.col("value_households_n")
    wide = wide.filter(size >= SUPPRESS_BELOW, pl.col("stratum").is_in(STRATA))
    place = [
        STRATA.index(stratum) * 10**6 + group_place(stratum, group)
        for stratum, group in wide.select("stratum", "group").rows()
    ]
    return wide.sort(pl.Series(place, dtype=pl.Int64)).select(
        "stratum",
        "group",
        households_n=size,
        **{
            f"{outcome}_{name}": pl.col(f"{part}_{outcome}_n").clip(lower_bound=0.0) / size
            for outcome in _OUTCOMES
            for part, name in zip(_PARTS, ("share", "low", "high", "error"), strict=True)
        },
    )


@comparison.needs_two
def causes(report: Report) -> Block:
    """List why households gain or lose: the first cause that holds."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    long = _long(compared, "causes").filter(pl.col("measure") == "households_n")
    keys = [f"{outcome}.{cause}" for outcome in ("gains", "loses") for cause in CAUSES]
    found = {(row["policy"], f"{row['outcome']}.{row['cause']}"): row for row in long.to_dicts()}
    shown = [key for key in keys if any(_at(found, policy, key) >= HALF for policy in compared)]
    if not shown:
        return Block("")
    nobody = {"value": 0.0, "low": None, "high": None, "mc_error": None}
    every = {
        (policy, key): found.get((policy, key), nobody) for policy in compared for key in shown
    }
    frame = comparison.matrix(shown, [text(f"cause.{key}") for key in shown], every)
    columns = [Column("name", text("column.cause"))] + [
        Column(f"{policy}.value", report.policy(policy), "count", interval=True)
        for policy in compared
    ]
    caption = text("gains-causes.caption", households=report.households, **report.whole)
    note = f"{text('gains-causes.note')} {report.interval_note}"
    return table(text, "gains-causes", frame, columns, caption, exported=long, note=note)


@comparison.needs_two
def burdens(report: Report) -> Block:
    """List what each policy asks of those who need something and of those who do not."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    long = _long(compared, "burdens")
    found = {(row["policy"], row["need"], row["measure"]): row for row in long.to_dicts()}
    rows = []
    for policy in compared:
        for need in NEEDS:
            if (policy, need, "households_n") not in found:
                continue
            row: dict[str, object] = {"name": f"{report.policy(policy)}: {text(f'need.{need}')}"}
            for measure in _BURDENS:
                cell = found[policy, need, measure]
                row |= {f"{measure}.{key}": cell[key] for key in _PARTS}
            rows.append(row)
    columns = [Column("name", text("column.policy"))] + [
        Column(
            f"{each}.value", text(f"burden.{each}"), "count", interval=each != _BURDENS[0],
            signed=each in _AGAINST,
        )
        for each in _BURDENS
    ]  # fmt: skip
    caption = text("gains-burdens.caption", households=report.households, **report.whole)
    note = f"{text('gains-burdens.note')} {report.interval_note}"
    return table(
        text, "gains-burdens", pl.DataFrame(rows, infer_schema_length=None), columns, caption,
        exported=long, note=note,
    )  # fmt: skip


def _at(found: dict[tuple[str, str], dict[str, Any]], policy: str, key: str) -> float:
    return float(found.get((policy, key), {}).get("value", 0.0))


def _long(compared: dict[str, WholeComparison], name: str) -> pl.DataFrame:
    """Join one table of all policies."""
    tables: dict[str, pl.DataFrame] = {
        policy: getattr(each.households, name) for policy, each in compared.items()
    }
    named = [table.select(pl.lit(key).alias("policy"), pl.all()) for key, table in tables.items()]
    low = pl.when(pl.col("measure").is_in(_COUNTED)).then(pl.lit(0.0))
    return pl.concat(named).with_columns(pl.max_horizontal("low", low))


def _number(whole: WholeComparison, measure: str) -> float:
    return float(whole.households.row(measure)["value"])
