"""Who gains and who loses, by group and cause, and what it asks of whom."""

from typing import Any

import polars as pl

from simlib.experiments.households import CAUSES, NEEDS
from simlib.experiments.strata import STRATA
from simlib.experiments.whole_comparison import WholeComparison
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, group_place
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.pages import comparison
from simlib.reporting.tables import SUPPRESS_BELOW, Column, table

HALF = 0.5
"""Causes of fewer households than this under every policy are left out; the CSV has them."""
_WHOLE = ("missing_n", "reached_n", "missing_reached_n", "gains_n", "loses_n")
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
            for key in ("value", "low", "high", "mc_error"):
                row[f"{measure}.{key}"] = found[policy, measure][key]
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
    gains = [row["gains_share"] for row in rows]
    loses = [row["loses_share"] for row in rows]
    series = [
        Dots(text("series.gains"), gains, labels=()),
        Dots(text("series.loses"), loses, hollow=True),
    ]
    figure = dot_plot(names, series, text("axis.households_share"), report.tick("share"))
    worst = max(range(len(rows)), key=lambda k: loses[k] - gains[k])
    slots = {
        "policy": report.policy(policy),
        "group": names[worst],
        "gains": report.number(gains[worst], "share"),
        "loses": report.number(loses[worst], "share"),
    }
    pairs = [
        text("gains.pair", name=name, gains=report.number(g, "share"),
             loses=report.number(x, "share"))
        for name, g, x in zip(names, gains, loses, strict=True)
    ]  # fmt: skip
    return framed(
        text,
        "gains-groups",
        figure,
        headline=text("gains-groups.headline", **slots),
        subtitle=text("gains-groups.subtitle", households=report.households, **report.whole),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=text("note.mean", replicates=report.number(report.run.replicates, "count")),
        numbers=frame.with_columns(policy=pl.lit(policy)),
    )


def _shares(whole: WholeComparison) -> pl.DataFrame:
    """Give gainers and losers as shares of the households of each group, poor to rich."""
    groups = whole.households.groups.filter(pl.col("group").is_not_null())
    wide = groups.pivot("measure", index=["stratum", "group"], values="value")
    wide = wide.filter(pl.col("households_n") >= SUPPRESS_BELOW, pl.col("stratum").is_in(STRATA))
    place = [
        STRATA.index(stratum) * 10**6 + group_place(stratum, group)
        for stratum, group in wide.select("stratum", "group").rows()
    ]
    return wide.sort(pl.Series(place, dtype=pl.Int64)).select(
        "stratum",
        "group",
        "households_n",
        gains_share=pl.col("gains_n") / pl.col("households_n"),
        loses_share=pl.col("loses_n") / pl.col("households_n"),
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
        Column(f"{policy}.value", report.policy(policy), "count") for policy in compared
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
                row |= {f"{measure}.{key}": cell[key] for key in ("value", "mc_error")}
            rows.append(row)
    against = ("documents_n", "travel_n", "refused_n")
    columns = [Column("name", text("column.policy"))] + [
        Column(f"{each}.value", text(f"burden.{each}"), "count", signed=each in against)
        for each in _BURDENS
    ]
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
    return pl.concat(named)


def _number(whole: WholeComparison, measure: str) -> float:
    return float(whole.households.row(measure)["value"])
