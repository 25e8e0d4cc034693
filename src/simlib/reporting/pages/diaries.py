"""Twin diaries on a page: the same household with and without a policy, month by month."""

import polars as pl

from simlib.experiments.diary_events import events_by_month
from simlib.experiments.kept_diaries import kept_diaries
from simlib.experiments.twins import Twin
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.diary_words import lines, marks, opening, totals
from simlib.reporting.pages import comparison
from simlib.reporting.tables import Column, table

NOTHING = "\N{MIDDLE DOT}"
"""Stands where nothing happens in one of the worlds."""


@comparison.needs_two
def diaries(report: Report) -> Block:
    """Show the diaries that the run keeps, one table a household."""
    text = report.text
    section = heading(text("diary.section"), "diaries")
    twins = kept_diaries(report.run.finished)
    if not twins:
        return join([section, paragraph(text("diary.none"))])
    return join(
        [section, paragraph(text("diary.intro")), *(twin_block(report, each) for each in twins)]
    )


def twin_block(report: Report, twin: Twin) -> Block:
    """Show one household in both worlds."""
    text = report.text
    baseline, policy = report.policy(twin.baseline), report.policy(twin.policy)
    names = {"household": twin.household_id, "baseline": baseline, "policy": policy}
    title = text("diary.title", replicate=twin.replicate, **names)
    anchor = f"diary-{twin.rule.replace('_', '-') or twin.household_id}"
    rule = [paragraph(text(f"diary.rule.{twin.rule}"))] if twin.rule else []
    frame = pl.DataFrame(
        [
            {
                "month": f"{line.mark} {text.month(line.month)}".strip(),
                "both": "; ".join(line.both) or NOTHING,
                "without": "; ".join(line.without) or NOTHING,
                "with_policy": "; ".join(line.with_policy) or NOTHING,
                "paid_without": line.paid_without_krw,
                "paid_with": line.paid_with_krw,
            }
            for line in lines(report, twin)
        ],
        infer_schema_length=None,
    )
    columns = [
        Column("month", text("column.month")),
        Column("both", text("column.both_worlds")),
        Column("without", text("column.only_without", policy=baseline)),
        Column("with_policy", text("column.only_without", policy=policy)),
        Column("paid_without", text("column.paid", policy=baseline), "krw"),
        Column("paid_with", text("column.paid", policy=policy), "krw"),
    ]
    told = " ".join(f"{each}." for each in (opening(report, twin), *marks(report, twin)))
    said = [f"{each}." for each in totals(report, twin)]
    made = table(
        text, anchor, frame, columns, text("diary.caption", **names, **report.whole),
        exported=exported(twin), note=" ".join([*said, text("diary.quiet"), text("diary.marks")]),
    )  # fmt: skip
    return join([heading(title, f"{anchor}-title", 3), *rule, paragraph(told), made])


def exported(twin: Twin) -> pl.DataFrame:
    """Give the events of both worlds without words: a row an event, and the money by month."""
    rows = []
    for world, diary in ((twin.baseline, twin.without), (twin.policy, twin.with_policy)):
        columns = ("paid_krw_m", "paid_back_krw_m")
        money = {row["month"]: row for row in diary.months.select("month", *columns).to_dicts()}
        for month, events in events_by_month(diary).items():
            rows += [(month, world, name, "", "", "", money[month][name]) for name in columns]
            rows += [(month, world, *each) for each in events]
    names = ["month", "policy", "event", "subject", "before", "after", "value"]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(names, pl.String) | {"month": pl.Int32, "value": pl.Float64},
        orient="row",
    )  # fmt: skip
