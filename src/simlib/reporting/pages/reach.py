"""Who is still not reached, what outreach did, and the harm that came with it."""

import polars as pl

from simlib.reporting.blocks import Block, Finding, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.estimates import paired, pick, summarise
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.pages import comparison
from simlib.reporting.pages.policies import worded
from simlib.reporting.pages.uptake import STAGES, missed_by_group, stage_shares
from simlib.reporting.tables import Column, table

CONTACT_STEPS = ("selected_n", "attempted_n", "reached_n", "accepted_n", "helped_n")
_HARMS = ("false_alarms", "opted_out_n", "queue_n", "refused_n", "documents_n", "travel_n")


def intro(report: Report) -> Block:
    """Open the section on those whom the policies miss."""
    text = report.text
    return join([heading(text("reach.section"), "reach"), paragraph(text("reach.intro"))])


def still_missed(report: Report) -> Block:
    """Show who is still missed under the policy that raises take-up most."""
    text, run = report.text, report.run
    best = comparison.best_policy(report)
    frame = pl.concat([missed_by_group(report, run.baseline), missed_by_group(report, best)])
    after = frame.filter((pl.col("policy") == best) & pl.col("value").is_not_null())
    before = frame.filter(pl.col("policy") == run.baseline)
    both = after.join(before, on=["stratum", "group"], suffix="_base", maintain_order="left")
    rows = both.to_dicts()
    names = [report.group(row["stratum"], row["group"]) for row in rows]
    series = [
        Dots(report.policy(run.baseline), [row["value_base"] for row in rows], hollow=True),
        Dots(
            report.policy(best),
            [row["value"] for row in rows],
            labels=[str(report.number(row["value"], "share", row["mc_error"])) for row in rows],
        ),
    ]
    figure = dot_plot(
        names, series, text("axis.missed"), report.tick("share")
    )
    most = max(rows, key=lambda row: float(row["value"]))
    name = report.group(most["stratum"], most["group"])
    value, interval, numbers = worded(report, most, "share", signed=False)
    slots = {"group": name, "policy": report.policy(best), "value": value, "interval": interval}
    finding = Finding(
        "still_missed", 5, text("finding.still_missed", **slots, **report.year), "level",
        "policies.html#reach-groups", "reach-groups", numbers, value.step,
    )  # fmt: skip
    pairs = [f"{n} {d}" for n, d in zip(names, series[1].labels, strict=True)]
    return framed(
        text,
        "reach-groups",
        figure,
        headline=text("reach-groups.headline", **slots),
        subtitle=text("uptake.groups.subtitle", households=report.households, **report.year),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=report.interval_note,
        numbers=frame,
        findings=(finding,),
    )


def still_stuck(report: Report) -> Block:
    """Show at which stage the missed stand, with and without the best policy."""
    text, run = report.text, report.run
    best = comparison.best_policy(report)
    frame = pl.concat([stage_shares(report, each) for each in dict.fromkeys((run.baseline, best))])
    stages = [stage for stage in STAGES if stage != "receiving"]
    values = {
        policy: {row["stage"]: row for row in part.iter_rows(named=True)}
        for (policy,), part in frame.group_by("policy")
    }
    labels = [
        str(report.number(values[best][s]["value"], "share", values[best][s]["mc_error"]))
        for s in stages
    ]
    series = [
        Dots(report.policy(run.baseline), [values[run.baseline][s]["value"] for s in stages],
             hollow=True),
        Dots(report.policy(best), [values[best][s]["value"] for s in stages], labels=labels),
    ]  # fmt: skip
    names = [text(f"stage.{stage}") for stage in stages]
    figure = dot_plot(
        names, series, text("axis.share_entitled"),
        report.tick("share"), left=0.33,
    )  # fmt: skip
    worst = max(range(len(stages)), key=lambda number: values[best][stages[number]]["value"])
    return framed(
        text,
        "reach-stages",
        figure,
        headline=text(
            "reach-stages.headline",
            policy=report.policy(best),
            stage=names[worst],
            value=labels[worst],
        ),
        subtitle=text("uptake.funnel.subtitle", households=report.households, **report.year),
        alt=text(
            "alt.dots",
            rows=text.join([f"{n} {x}" for n, x in zip(names, labels, strict=True)]),
        ),
        note=report.interval_note,
        numbers=frame,
    )


def contacts(report: Report) -> Block:
    """List what became of the contacts of each instrument."""
    text, run = report.text, report.run
    steps = run.total.filter(
        pl.col("measure").is_in([*CONTACT_STEPS, "notices_n"])
        & (pl.col("stratum") == "all")
        & (pl.col("item") != "all")
    )
    by = ["policy", "item", "measure"]
    means = steps.group_by(by, maintain_order=True).agg(pl.col("value").mean())
    wide = means.pivot("measure", index=["policy", "item"], values="value").sort("policy", "item")
    if wide.is_empty():
        return paragraph(text("reach-contacts.none"))
    keys = [name for name in ("notices_n", *CONTACT_STEPS) if name in wide.columns]
    wide = wide.select("policy", "item", *keys)
    wide = comparison.ordered(run, wide.filter(pl.sum_horizontal(keys) > 0).fill_null(0))
    words = [
        f"{report.policy(row['policy'])}: {report.word('instrument', row['item'])}"
        for row in wide.iter_rows(named=True)
    ]
    frame = wide.with_columns(name=pl.Series(words, dtype=pl.String))
    columns = [Column("name", text("column.instrument"))] + [
        Column(key, text(f"contact.{key}"), "count") for key in keys
    ]
    return table(
        text, "reach-contacts", frame, columns,
        text("reach-contacts.caption", households=report.households, **report.whole),
        exported=wide, note=text("note.mean", replicates=report.number(run.replicates, "count")),
    )  # fmt: skip


def harms(report: Report) -> Block:
    """List false alarms, fatigue and crowding beside the gains."""
    text, run = report.text, report.run
    window = run.total.filter(pl.col("stratum") == "all")
    parts = []
    for harm in _HARMS:
        if harm == "false_alarms":
            chosen, rightly = (
                window.filter(pl.col("measure") == name)
                .group_by("policy", "run")
                .agg(pl.col("value").sum())
                for name in ("selected_n", "selected_in_need_n")
            )
            rows = chosen.join(rightly, on=["policy", "run"], suffix="_need", how="left")
            rows = rows.select(
                "policy", "run", value=pl.col("value") - pl.col("value_need").fill_null(0)
            )
        elif harm == "opted_out_n":
            rows = window.filter(pl.col("measure") == harm).group_by("policy", "run")
            rows = rows.agg(pl.col("value").sum())
        else:
            source = run.year_mean if harm == "queue_n" else window
            rows = pick(source, harm).select("policy", "run", "value")
        if rows.is_empty():
            continue
        rows = _all_policies(run.results, rows)
        difference = summarise(paired(rows, run.baseline, []), ["policy"])
        parts.append(difference.with_columns(harm=pl.lit(harm)))
    long = comparison.ordered(run, pl.concat(parts))
    policies = [name for name in run.policies if name != run.baseline]
    frame = _matrix(report, long, "harm", policies)
    columns = [Column("name", text("column.harm"))] + [
        Column(f"{policy}.value", report.policy(policy), "count", signed=True)
        for policy in policies
    ]
    caption = text("reach-harms.caption", households=report.households, **report.whole)
    made = table(
        text, "reach-harms", frame, columns, caption, exported=long, note=report.interval_note
    )
    return join([heading(text("reach-harms.section"), "harms"), made])


def _all_policies(results: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Fill in zero where a policy has no rows: a policy without contacts annoys nobody."""
    every = results.select("policy", "run").unique()
    return every.join(rows, on=["policy", "run"], how="left").with_columns(
        pl.col("value").fill_null(0)
    )


def _matrix(
    report: Report, long: pl.DataFrame, key: str, policies: list[str]
) -> pl.DataFrame:
    rows = []
    for each in long[key].unique(maintain_order=True).to_list():
        row: dict[str, object] = {"name": report.text(f"{key}.{each}")}
        for policy in policies:
            cell = long.filter((pl.col(key) == each) & (pl.col("policy") == policy))
            for name in ("value", "mc_error"):
                row[f"{policy}.{name}"] = cell[name][0] if cell.height else None
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def winners_and_losers(report: Report) -> Block:
    """Count the households that receive more, and those that receive less, than without."""
    text, run = report.text, report.run
    every = run.household_summaries
    if every is None:
        return paragraph(text("reach-households.none"))
    slim = every.select("policy", "run", "household_id", value=pl.col("received_cell_months"))
    slim = slim.with_columns(pl.col("value").cast(pl.Int64))
    pairs = paired(slim, run.baseline, ["household_id"])
    counts = pairs.group_by("policy", "run").agg(
        gained_n=(pl.col("value") > 0).sum().cast(pl.Float64),
        lost_n=(pl.col("value") < 0).sum().cast(pl.Float64),
    )
    sides = [
        summarise(counts.select("policy", "run", value=name), ["policy"]).with_columns(
            side=pl.lit(name)
        )
        for name in ("gained_n", "lost_n")
    ]
    long = comparison.ordered(run, pl.concat(sides))
    gained, lost = (long.filter(pl.col("side") == name) for name in ("gained_n", "lost_n"))
    frame = gained.join(lost, on="policy", suffix="_lost", maintain_order="left").select(
        name=pl.Series([report.policy(each) for each in gained["policy"]], dtype=pl.String),
        **{f"gained.{key}": pl.col(key) for key in ("value", "low", "high", "mc_error")},
        **{f"lost.{key}": pl.col(f"{key}_lost") for key in ("value", "low", "high", "mc_error")},
    )
    columns = [
        Column("name", text("column.policy")),
        Column("gained.value", text("column.gained"), "count", interval=True),
        Column("lost.value", text("column.lost"), "count", interval=True),
    ]
    return table(
        text, "reach-households", frame, columns,
        text("reach-households.caption", households=report.households, **report.whole),
        exported=long, note=report.interval_note,
    )  # fmt: skip
