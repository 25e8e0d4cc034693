"""What the differences rest on beside luck: uncertain parameters, and the made population."""

import polars as pl

from simlib.experiments.uncertainty import ERRORS, ahead
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.numbers import Unit
from simlib.reporting.pages import comparison
from simlib.reporting.tables import Column, table

SHOWN: dict[str, Unit] = {
    "take_up_share": "pp",
    "paid_krw": "krw",
    "hours_decisions": "hours",
    "delivery_krw": "krw",
}
"""Measures of which the layers are shown, with the unit of their differences."""
_ROUGH = 0.01
"""Error by which shares of a variance are rounded."""


@comparison.needs_two
def layers(report: Report) -> Block:
    """Show how much of every difference's uncertainty is luck, and how much is not."""
    text, counts = report.text, report.run.drawn
    if not any(counts.values()) or not report.run.compared:
        return Block("")
    long = pl.concat(
        [
            each.headline_layers("all").select(
                pl.lit(name).alias("policy"), *each.layers.columns[3:]
            )
            for name, each in report.run.compared.items()
        ]
    )
    did = [
        text(f"policies-layers.{kind}", number=report.number(n, "count"))
        for kind, n in counts.items()
        if n
    ]
    intro = paragraph(" ".join([text("policies-layers.intro"), *did, *_unsure(report, long)]))
    if report.run.replicates > 1:
        parts = [_figure(report, long), *(_table(report, long, measure) for measure in SHOWN)]
    else:
        parts = [paragraph(text("policies-layers.single"))]
    parts.append(_order(report))
    return join([heading(text("policies-layers.section"), "layers"), intro, *parts])


def _unsure(report: Report, long: pl.DataFrame) -> list[str]:
    """Name the policies whose change in take-up all layers together cannot tell from none."""
    found = long.filter(
        pl.col("measure") == "take_up_share",
        (pl.col("low") <= 0) & (pl.col("high") >= 0),
        pl.col("difference").abs() > 0,
    )
    if found.is_empty():
        return []
    names = report.text.join([report.policy(each) for each in found["policy"]])
    return [report.text("policies-layers.unsure", policies=names)]


def _estimates(report: Report, long: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Give a measure's differences with their whole error, and each layer's share of it."""
    part = long.filter(pl.col("measure") == measure, pl.col("difference") != 0)
    variance = pl.sum_horizontal(pl.col(each).fill_null(0.0) ** 2 for each in ERRORS)
    shares = [pl.when(variance > 0).then(pl.col(each) ** 2 / variance) for each in ERRORS]
    return part.with_columns(
        name=pl.Series([report.policy(each) for each in part["policy"]], dtype=pl.String),
        value=pl.col("difference"),
        mc_error=variance.sqrt(),
        share_error=pl.lit(_ROUGH),
        **{f"{each}_share": share for each, share in zip(ERRORS, shares, strict=True)},
    )


def _figure(report: Report, long: pl.DataFrame) -> Block:
    """Draw the gains in take-up with the interval of luck and that of all layers."""
    text, rows = report.text, _estimates(report, long, "take_up_share")
    if rows.is_empty():
        return Block("")
    names, values = rows["name"].to_list(), rows["value"].to_list()
    found = [report.run.compared[name].comparison.row("take_up_share") for name in rows["policy"]]
    least, most = ([row[side] for row in found] for side in ("low", "high"))
    low, high = (rows[side].to_list() for side in ("low", "high"))
    labels = [
        str(report.number(value, "pp", error, signed=True))
        for value, error in rows.select("value", "mc_error").iter_rows()
    ]
    series = [
        Dots(text("series.luck"), values, least, most),
        Dots(text("series.all_layers"), values, low, high, labels),
    ]
    tick = report.tick("pp", signed=True)
    told = [f"{name} {label}" for name, label in zip(names, labels, strict=True)]
    shares = rows[f"{ERRORS[0]}_share"].to_list()
    share = report.number(sum(shares) / len(shares), "share", _ROUGH)
    slots = {"baseline": report.policy(report.run.baseline), "households": report.households}
    return framed(
        text,
        "policies-layers",
        dot_plot(names, series, text("policies-take-up.axis"), tick, zero=True),
        headline=text("policies-layers.headline", luck=share),
        subtitle=text("policies-layers.subtitle", **slots, **report.whole),
        alt=text("alt.dots", rows=text.join(told)),
        note=_note(report),
        numbers=rows.drop("name"),
    )


def _note(report: Report) -> str:
    return report.text("policies-layers.note", run=report.run.run_id)


def _table(report: Report, long: pl.DataFrame, measure: str) -> Block:
    text, unit, frame = report.text, SHOWN[measure], _estimates(report, long, measure)
    if frame.is_empty():
        return Block("")
    columns = [
        Column("name", text("column.policy")),
        Column("value", text("column.all_layers"), unit, interval=True, signed=True),
        *(
            Column(each, text(f"column.{each}_elsewhere"), unit, signed=True, error="mc_error")
            for each in ("lowest", "highest")
        ),
        *(
            Column(f"{each}_share", text(f"column.{each}"), "share", error="share_error")
            for each in ERRORS
        ),
    ]
    caption = text(
        "policies-layers.caption",
        measure=text(f"layers.{measure}"),
        households=report.households,
        **report.whole,
    )
    name, exported = f"policies-layers-{measure.replace('_', '-')}", frame.drop("name")
    return table(text, name, frame, columns, caption, exported=exported, note=_note(report))


def _order(report: Report) -> Block:
    """Show in how many other worlds one policy raises take-up more than another."""
    text = report.text
    pairs = {name: each.elsewhere for name, each in report.run.compared.items()}
    long = ahead(pairs, "take_up_share")
    if long.is_empty():
        return Block("")
    frame = pl.DataFrame(
        [
            {"name": report.policy(policy)} | dict(rows.select("other", "ahead_n").iter_rows())
            for (policy,), rows in long.group_by("policy", maintain_order=True)
        ],
        infer_schema_length=None,
    )
    columns = [Column("name", text("column.policy"))]
    columns += [
        Column(name, text("column.more_than", policy=report.policy(name)), "count")
        for name in pairs
    ]
    worlds = report.number(int(long["worlds_n"][0]), "count")
    caption = text("policies-layers-order.caption", worlds=worlds, households=report.households)
    note = text("policies-layers-order.note", run=report.run.run_id)
    return table(text, "policies-layers-order", frame, columns, caption, exported=long, note=note)
