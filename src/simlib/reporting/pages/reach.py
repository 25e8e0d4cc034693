"""Who is still not reached, and what became of the contacts."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simlib.reporting.blocks import Block, Finding, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.layered import LOW_ALL
from simlib.reporting.pages import comparison
from simlib.reporting.pages.method import instruments_of
from simlib.reporting.pages.uptake import STAGES, missed_by_group, stage_shares
from simlib.reporting.pages.words import layer_names, worded
from simlib.reporting.tables import Column, table

CONTACT_STEPS = ("selected_n", "attempted_n", "reached_n", "accepted_n", "helped_n")


def intro(report: Report) -> Block:
    """Open the section on those whom the policies miss."""
    text = report.text
    return join([heading(text("reach.section"), "reach"), paragraph(text("reach.intro"))])


def _dots(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    suffix: str = "",
    *,
    labels: Sequence[str] = (),
    hollow: bool = False,
) -> Dots:
    """Draw estimates with their intervals as one series."""
    parts = (f"{part}{suffix}" for part in ("value", "low", "high"))
    value, low, high = ([row[part] for row in rows] for part in parts)
    return Dots(name, value, low, high, labels, hollow)


def still_missed(report: Report) -> Block:
    """Show who is still missed under the policy that raises take-up most."""
    text, run = report.text, report.run
    best = comparison.best_policy(report)
    both_policies = list(dict.fromkeys((run.baseline, best)))
    frame = pl.concat([missed_by_group(report, each) for each in both_policies])
    after = frame.filter((pl.col("policy") == best) & pl.col("value").is_not_null())
    before = frame.filter(pl.col("policy") == run.baseline)
    both = after.join(before, on=["stratum", "group"], suffix="_base", maintain_order="left")
    rows = both.to_dicts()
    names = [report.group(row["stratum"], row["group"]) for row in rows]
    series = [
        _dots(report.policy(run.baseline), rows, "_base", hollow=True),
        _dots(
            text("series.labelled", name=report.policy(best)),
            rows,
            labels=[str(report.number(row["value"], "share", row["mc_error"])) for row in rows],
        ),
    ]
    figure = dot_plot(names, series, text("axis.missed"), report.tick("share"))
    most = max(rows, key=lambda row: float(row["value"]))
    name = report.group(most["stratum"], most["group"])
    value, interval, numbers = worded(report, most, "share", signed=False)
    alone = ".alone" if best == run.baseline else ""
    slots = {"group": name, "policy": report.policy(best), "value": value, "interval": interval}
    finding = Finding(
        "still_missed", 5, text(f"finding.still_missed{alone}", **slots, **report.year), "level",
        "policies.html#reach-groups", "reach-groups", numbers, value.step,
    )  # fmt: skip
    pairs = [f"{n} {d}" for n, d in zip(names, series[1].labels, strict=True)]
    return framed(
        text,
        "reach-groups",
        figure,
        headline=text(f"reach-groups.headline{alone}", **slots),
        subtitle=text("uptake.groups.subtitle", households=report.households, **report.year),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=" ".join([report.interval_note, *_headline_note(report, most)]),
        numbers=frame,
        findings=(finding,),
    )


def _headline_note(report: Report, row: Mapping[str, Any]) -> list[str]:
    """Say that the headline's interval holds more than those of the figure, where it does."""
    if row.get(LOW_ALL) is None:
        return []
    return [report.text("reach-groups.note.layers", layers=layer_names(report))]


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
        _dots(report.policy(run.baseline), [values[run.baseline][s] for s in stages], hollow=True),
        _dots(
            text("series.labelled", name=report.policy(best)),
            [values[best][s] for s in stages],
            labels=labels,
        ),
    ]
    names = [text(f"stage.{stage}") for stage in stages]
    figure = dot_plot(names, series, text("axis.share_entitled"), report.tick("share"))
    worst = max(range(len(stages)), key=lambda number: values[best][stages[number]]["value"])
    return framed(
        text,
        "reach-stages",
        figure,
        headline=text(
            f"reach-stages.headline{'.alone' if best == run.baseline else ''}",
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


def _place(report: Report, policy: str, instrument: str) -> int:
    """Give an instrument's place in its policy, the order in which it acts."""
    names = [name for name, _ in instruments_of(report, policy)]
    return names.index(instrument) if instrument in names else len(names)


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
    place = [_place(report, *key) for key in wide.select("policy", "item").rows()]
    wide = wide.sort(pl.Series(place, dtype=pl.Int32))
    wide = comparison.ordered(run, wide.filter(pl.sum_horizontal(keys) > 0))
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
