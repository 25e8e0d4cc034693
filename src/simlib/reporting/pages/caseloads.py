"""The entitled of every programme beside what is published about its recipients."""

import polars as pl

from simlib.errors import UserError
from simlib.experiments.caseloads import OFF_BY_SHARE
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, published_rows
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.tables import SUPPRESS_BELOW, Column, table

_SHOWN_MISSES = 16


def comparison(report: Report) -> pl.DataFrame:
    """Read the run's caseloads, those with a published figure first, widest miss on top.

    Returns
    -------
    DataFrame
        The columns of :func:`simlib.experiments.caseloads.compare_caseloads`, ``off``, whether
        the ratio lies more than a fifth away from 1, and ``suppressed``: numbers that rest on
        fewer than ten synthetic households or persons are null.

    Raises
    ------
    UserError
        If the run folder has no such table.
    """
    path = report.run.optional("caseloads.csv")
    if path is None:
        raise UserError(
            "the run folder lacks this table",
            "caseloads.csv",
            "the comparison with published caseloads rests on it",
            "run the scenario again",
        )
    frame = pl.read_csv(path, infer_schema_length=None)
    few = (pl.col("entitled_n") * _synthetic_share(report)).round() < SUPPRESS_BELOW
    blanked = [
        pl.when(~few).then(pl.col(name)).alias(name)
        for name in ("entitled_n", "expected_n", "ratio")
    ]
    frame = frame.with_columns(suppressed=few).with_columns(blanked)
    miss = (pl.col("ratio") - 1).abs()
    return frame.with_columns(off=miss > OFF_BY_SHARE).sort(
        miss, "programme", descending=[True, False], nulls_last=True
    )


def _synthetic_share(report: Report) -> float:
    """Give the synthetic households for each household of the country."""
    return report.run.households_n / report.run.number_read("national.general_households_n")


def figure(report: Report) -> Block:
    """Show the programmes whose caseload the synthetic population misses most."""
    text = report.text
    # Caseloads that nobody published, only recalled, stand in the table with their grade.
    frame = published_rows(comparison(report).filter(pl.col("ratio").is_not_null()))
    shown = frame.head(_SHOWN_MISSES).to_dicts()
    names = [report.programme(row["programme"]) for row in shown]
    labels = [str(report.number(row["ratio"], "share")) for row in shown]
    dots = Dots(text("series.model"), [row["ratio"] for row in shown], labels=labels)
    drawn = dot_plot(names, [dots], text("axis.caseload_ratio"), report.tick("share"), one=1.0)
    pairs = [f"{name} {label}" for name, label in zip(names, labels, strict=True)]
    block = framed(
        text,
        "uptake-caseloads",
        drawn,
        headline=text(
            "uptake.caseloads.headline",
            near=report.number(int((~frame["off"]).sum()), "count"),
            all=report.number(frame.height, "count"),
            share=report.tick("share")(OFF_BY_SHARE),
        ),
        subtitle=text(
            "uptake.caseloads.subtitle",
            n=report.number(len(shown), "count"),
            households=report.households,
        ),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=text("population.source", run=report.run.run_id),
        numbers=frame.drop("reason_ko", "reason_en"),
    )
    words = paragraph(text("uptake.caseloads.text"))
    return join([heading(text("uptake.caseloads.section"), "caseloads"), words, block])


def listing(report: Report) -> Block:
    """List every programme with its entitled, its published caseload, the ratio and why."""
    text = report.text
    frame = comparison(report)
    rows = frame.to_dicts()
    worded = frame.with_columns(
        name=_words([report.programme(row["programme"]) for row in rows]),
        counted_unit=_words([text(f"counted.{row['unit']}") for row in rows]),
        grade=_words(
            [text(f"evidence.{row['evidence']}") if row["evidence"] else "" for row in rows]
        ),
        reason=_words([_reason(report, row) for row in rows]),
    )
    columns = [
        Column("name", text("column.programme")),
        Column("counted_unit", text("column.counted")),
        Column("entitled_n", text("column.entitled_country"), "count"),
        Column("take_up", text("column.known_rate"), "share"),
        Column("expected_n", text("column.expected"), "count"),
        Column("published_n", text("column.published_caseload"), "count"),
        Column("ratio", text("column.ratio"), "share"),
        Column("grade", text("column.evidence")),
        Column("source", text("column.source"), cites=True),
        Column("reason", text("column.reason")),
    ]
    return table(
        text,
        "uptake-caseloads-table",
        worded,
        columns,
        text("uptake.caseloads.caption", households=report.households),
        exported=frame,
        note=text("uptake.caseloads.note"),
    )


def _words(words: list[str]) -> pl.Series:
    return pl.Series(words, dtype=pl.String)


def _reason(report: Report, row: dict[str, object]) -> str:
    """Give the reason only where there is something to explain."""
    if not row["off"]:  # near, unpublished or too few
        return ""
    return str(row[f"reason_{report.text.lang}"] or report.text("uptake.caseloads.no_reason"))
