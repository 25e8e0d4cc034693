"""Errors in both directions by programme, late decisions, first payments and appeals."""

import polars as pl

from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.estimates import pick, ratio, summarise
from simlib.reporting.tables import SUPPRESS_BELOW, Column, suppress, table

RATES = {
    "type_1a": ("type_1a_n", "entitled_n"),
    "type_1b": ("type_1b_n", "entitled_n"),
    "late": ("late_decisions_n", "decisions_n"),
    "first_payment": ("first_payment_days_sum", "first_payments_n"),
    "won": ("appeals_won_n", "appeals_filed_n"),
}
"""Columns that divide two measures: numerator and denominator."""
COUNTS = {"type_2": "wrong_n", "filed": "appeals_filed_n"}
"""Columns that are means of a month."""
_PARTS = ("value", "low", "high", "mc_error")
_SHARES = ("type_1a", "type_1b", "late", "won")


def by_programme(report: Report) -> pl.DataFrame:
    """Give errors, appeals and payments of every programme under the baseline, last-year means.

    Returns
    -------
    DataFrame
        programme, entitled_n (a month), for each of :data:`RATES` and :data:`COUNTS` the columns
        of :func:`summarise` with its name before a point, and suppressed. A rate of fewer than
        ten events is null. Programmes that most of the entitled miss come first.
    """
    run = report.run
    window = run.year_mean.filter((pl.col("policy") == run.baseline) & (pl.col("item") != "all"))
    entitled = pick(window, "entitled_n", item=None)
    frame = entitled.group_by("item").agg(entitled_n=pl.col("value").mean())
    for name, (above, below) in RATES.items():
        divided = ratio(pick(window, above, item=None), pick(window, below, item=None))
        frame = _with(frame, name, divided, share=name in _SHARES)
    for name, measure in COUNTS.items():
        frame = _with(frame, name, pick(window, measure, item=None), share=False)
    frame = _without_few(frame, window, run.last_year)
    values = [f"{name}.{part}" for name in (*RATES, *COUNTS) for part in _PARTS]
    frame = suppress(frame.rename({"item": "programme"}), "entitled_n", values)
    missed = pl.col("type_1a.value") + pl.col("type_1b.value")
    return frame.sort(missed, "programme", descending=[True, False], nulls_last=True)


def _without_few(frame: pl.DataFrame, window: pl.DataFrame, year: tuple[int, int]) -> pl.DataFrame:
    """Blank rates that rest on fewer events of the last year than may be shown."""
    months = year[1] - year[0] + 1
    for name, (_, below) in RATES.items():
        events = (
            pick(window, below, item=None)
            .group_by("item")
            .agg(events=pl.col("value").mean() * months)
        )
        enough = pl.col("events").fill_null(0.0) >= SUPPRESS_BELOW
        columns = [f"{name}.{part}" for part in _PARTS]
        frame = (
            frame.join(events, on="item", how="left")
            .with_columns(pl.when(enough).then(pl.col(each)).alias(each) for each in columns)
            .drop("events")
        )
    return frame


def _with(frame: pl.DataFrame, name: str, values: pl.DataFrame, *, share: bool) -> pl.DataFrame:
    if values.is_empty():
        empty = [pl.lit(None, pl.Float64).alias(f"{name}.{each}") for each in _PARTS]
        return frame.with_columns(empty)
    made = summarise(values, ["item"], share=share, level=True).select("item", *_PARTS)
    named = made.rename({each: f"{name}.{each}" for each in _PARTS})
    return frame.join(named, on="item", how="left")


def listing(report: Report) -> Block:
    """List the errors of every programme, with late decisions, first payments and appeals."""
    text = report.text
    frame = by_programme(report)
    names = [report.programme(each) for each in frame["programme"]]
    columns = [
        Column("name", text("column.programme")),
        Column("type_1a.value", text("column.type_1a"), "share", interval=True),
        Column("type_1b.value", text("column.type_1b"), "share", interval=True),
        Column("type_2.value", text("column.type_2"), "count", interval=True),
        Column("late.value", text("column.late"), "share", interval=True),
        Column("first_payment.value", text("column.first_payment"), "days", interval=True),
        Column("filed.value", text("column.appeals_filed"), "count", interval=True),
        Column("won.value", text("column.appeals_won"), "share", interval=True),
    ]
    made = table(
        text,
        "uptake-errors",
        frame.with_columns(name=pl.Series(names, dtype=pl.String)),
        columns,
        text("uptake.errors.caption", households=report.households, **report.year),
        exported=frame,
        note=f"{text('uptake.errors.note')} {report.interval_note}",
    )
    words = paragraph(text("uptake.errors.text"))
    return join([heading(text("uptake.errors.section"), "errors"), words, made])
