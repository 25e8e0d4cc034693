"""Target, seeded and effective take-up of every programme, and why they differ."""

import polars as pl

from simlib.errors import UserError
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.tables import Column, suppress, table
from simlib.uptake.modes import FIXED_RATE

FILE = "take_up.parquet"
_SHARES = ("seeded_share", "lived_share", "first_share", "last_share", "last_error")


def has_fixed_rates(report: Report) -> bool:
    """Tell whether take-up was a given rate in the run instead of the monthly funnel."""
    return bool(report.run.scenario.get("mode") == FIXED_RATE)


def side_by_side(report: Report) -> pl.DataFrame:
    """Read the run's rates, those furthest below their target first.

    Returns
    -------
    DataFrame
        The columns of :func:`simlib.experiments.take_up.compare_take_up` and ``suppressed``.

    Raises
    ------
    UserError
        If the run folder has no such table.
    """
    from simlib.files import read_parquet

    path = report.run.optional(FILE)
    if path is None:
        raise UserError(
            "the run folder lacks this table",
            FILE,
            "target, seeded and effective take-up stand in it",
            "run the scenario again",
        )
    frame = suppress(read_parquet(path), "entitled_last_n", _SHARES)
    gap = pl.col("last_share") - pl.col("target_share")
    return frame.sort(gap, "programme", nulls_last=True)


def listing(report: Report) -> Block:
    """List every programme's rates side by side with the reason of their difference."""
    text = report.text
    frame = side_by_side(report)
    rows = frame.to_dicts()
    reasons = [row["reason"] if not row["suppressed"] else None for row in rows]
    worded = frame.with_columns(
        name=_words([report.programme(row["programme"]) for row in rows]),
        grade=_words(
            [text(f"evidence.{row['evidence']}") if row["evidence"] else "" for row in rows]
        ),
        why=_words([text(f"uptake.rates.reason.{each}") if each else "" for each in reasons]),
    )
    columns = [
        Column("name", text("column.programme")),
        Column("target_share", text("column.target_share"), "share"),
        Column("grade", text("column.evidence")),
        Column("seeded_share", text("column.seeded_share"), "share"),
        Column("lived_share", text("column.lived_share"), "share"),
        Column("first_share", text("column.first_share"), "share"),
        Column("last_share", text("column.last_share"), "share", error="last_error"),
        Column("new_rights_share", text("column.new_rights_share"), "share"),
        Column("why", text("column.rates_reason")),
    ]
    made = table(
        text,
        "uptake-rates",
        worded,
        columns,
        text("uptake.rates.caption", households=report.households, **report.whole),
        exported=frame,
        note=text("uptake.rates.note"),
    )
    kind = "fixed" if has_fixed_rates(report) else "dynamic"
    words = paragraph(text(f"uptake.rates.{kind}"))
    return join([heading(text("uptake.rates.section"), "rates"), words, made])


def _words(words: list[str]) -> pl.Series:
    return pl.Series(words, dtype=pl.String)
