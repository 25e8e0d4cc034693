"""Whom the crisis scorer's list finds, and whether its predicted chances are right."""

from collections.abc import Mapping, Sequence

import polars as pl

from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, group_place
from simlib.reporting.figures.dots import dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.figures.lines import Line, line_plot
from simlib.reporting.numbers import Shown
from simlib.reporting.pages.scorer import dots, evaluation, exported
from simlib.reporting.pages.scorer_choice import chosen, name_of, trained_on
from simlib.risk.baselines import SIMPLE
from simlib.risk.layers import OF_ALL

_FEWEST_BINS = 2


def by_group(report: Report, layer: str = "truth") -> Block:
    """Show whom the list finds, by group, beside the rule of thumb."""
    text = report.text
    every = evaluation(report)
    if every is None:
        return Block("")
    name = chosen(report, every)
    frame = every.filter(
        (pl.col("metric") == "recall")
        & (pl.col("layer") == layer)
        & pl.col("scorer").is_in([name, SIMPLE])
        & pl.col("group").str.contains("=")
        & ~pl.col("group").str.starts_with("round=")
    )
    places = frame.filter(pl.col("value").is_not_null())["group"].unique().to_list()
    places.sort(key=lambda place: (group_place(*place.split("=", 1)), place))
    section = heading(text("scorer.groups.section"), "groups")
    if not places:
        return join([section, paragraph(text("scorer.too_few"))])
    rows = {(row["scorer"], row["group"]): row for row in frame.iter_rows(named=True)}
    shown = list(dict.fromkeys((SIMPLE, name)))
    series = [
        dots(
            name_of(report, each),
            [rows.get((each, place), {}) for place in places],
            hollow=each == SIMPLE and name != SIMPLE,
        )
        for each in shown
    ]
    names = [report.group(*place.split("=", 1)) for place in places]
    figure = dot_plot(names, series, text("axis.recall"), report.tick("share"))
    recall = {place: rows.get((name, place), {}).get("value") for place in places}
    known = {place: float(value) for place, value in recall.items() if value is not None}
    pairs = [
        f"{report.group(*place.split('=', 1))} {report.number(value, 'share')}"
        for place, value in known.items()
    ]
    block = framed(
        text,
        "scorer-groups",
        figure,
        headline=_who_is_found(report, every, name, layer, known),
        subtitle=text(
            "scorer.groups.subtitle",
            scorer=name_of(report, name),
            layer=text(f"layer_name.{layer}"),
            households=report.households,
        ),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=f"{text('scorer.groups.note')} {text('scorer.note.source', run=report.run.run_id)}",
        numbers=exported(frame),
    )
    return join([section, block])


def _who_is_found(
    report: Report, every: pl.DataFrame, name: str, layer: str, recall: Mapping[str, float]
) -> str:
    """Name the groups that are certainly found more or less often than others, or say none is."""
    from simlib.risk.evaluation import uneven_groups

    uneven = uneven_groups(every, layer).filter(pl.col("scorer") == name)
    words: dict[str, str | Shown] = {}
    for end, sign in (("least", -1), ("most", 1)):
        gaps = uneven.filter(pl.col("recall_gap") * sign > 0)["group"]
        if len(gaps):
            place = gaps[0] if sign < 0 else gaps[-1]
            words[end] = report.group(*place.split("=", 1))
            words[f"{end}_value"] = report.number(recall[place], "share")
    if "least" in words and "most" in words:
        return report.text("scorer.groups.headline", **words)
    if words:
        return report.text(f"scorer.groups.{'least' if 'least' in words else 'most'}", **words)
    return report.text("scorer.groups.even")


def bins(report: Report, scorer: str, layers: Sequence[str]) -> pl.DataFrame:
    """Give predicted and observed shares in bins of equal size.

    Returns
    -------
    DataFrame
        layer, bin, predicted, value (observed share), low and high (95 % interval).
    """
    every = evaluation(report)
    assert every is not None
    rows = every.filter(
        (pl.col("scorer") == scorer)
        & pl.col("layer").is_in(layers)
        & pl.col("metric").str.starts_with("calibration_")
    ).with_columns(
        part=pl.col("metric").str.split("_").list.get(1), bin=pl.col("metric").str.tail(2)
    )
    predicted = rows.filter(pl.col("part") == "predicted")
    observed = rows.filter(pl.col("part") == "observed")
    return (
        predicted.select("layer", "bin", predicted="value")
        .join(
            observed.select("layer", "bin", "value", low="sample_low", high="sample_high"),
            on=["layer", "bin"],
        )
        .sort("layer", "predicted")
    )


def calibration(report: Report) -> Block:
    """Compare predicted chances with what was recorded, and with true crisis."""
    text = report.text
    every = evaluation(report)
    if every is None:
        return Block("")
    name = chosen(report, every)
    layers = list(dict.fromkeys((trained_on(report), "truth")))
    frame = bins(report, name, layers)
    section = heading(text("scorer.calibration.section"), "calibration")
    parts = {layer: frame.filter(pl.col("layer") == layer) for layer in layers}
    if any(part.height < _FEWEST_BINS for part in parts.values()):
        return join([section, paragraph(text("scorer.calibration.none"))])
    lines = [
        Line(
            text(f"layer_name.{layer}"),
            part["value"].to_list(),
            part["low"].to_list(),
            part["high"].to_list(),
            part["predicted"].to_list(),
        )
        for layer, part in parts.items()
    ]
    write = report.tick("share")
    figure = line_plot(lines[0].places, lines, write, write, text("axis.predicted"), diagonal=True)
    own = parts[layers[0]]
    words = {
        "layer": text(f"layer_name.{layers[0]}"),
        "predicted": report.number(_mean(own, "predicted"), "share"),
        "observed": report.number(_mean(own, "value"), "share"),
        "truth": report.number(_mean(parts["truth"], "value"), "share"),
    }
    whose = "of_all" if layers[0] in OF_ALL else "headline"
    block = framed(
        text,
        "scorer-calibration",
        figure,
        headline=text(f"scorer.calibration.{whose}", **words),
        subtitle=text(
            "scorer.calibration.subtitle",
            scorer=name_of(report, name),
            households=report.households,
        ),
        alt=text("scorer.calibration.alt", **words),
        note=text("scorer.calibration.note", run=report.run.run_id),
        numbers=frame,
    )
    return join([section, block])


def _mean(frame: pl.DataFrame, column: str) -> float:
    return float(frame.select(pl.col(column).mean()).item())
