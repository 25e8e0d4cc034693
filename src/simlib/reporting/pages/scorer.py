"""What the crisis scorer is worth: at the real length of the list, on three layers of labels."""

from collections.abc import Sequence

import polars as pl

from simlib.files import read_json, read_parquet
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report, group_place
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.figures.lines import Line, line_plot
from simlib.reporting.tables import Column, table

LAYERS = ("recorded_any", "untreated", "truth")
"""Layers drawn in figures: what is recorded, what would have been, what is."""
OF_ALL = ("untreated", "truth")
"""Layers whose labels do not depend on who was on a list."""

_FEWEST_BINS = 2
SIMPLE, ORACLE = "rule_of_thumb", "oracle"
TRAINED = ("four_variable_logistic", "logistic", "hist_gradient_boosting")
"""Scorers that learn; the others stand beside them for comparison."""

_RANKED = ("first_come", SIMPLE, *TRAINED)


def evaluation(report: Report) -> pl.DataFrame | None:
    """Read how scorers did after training; None when the run trained none.

    Returns
    -------
    DataFrame
        scorer, layer, group, metric, value, low, high.
    """
    path = report.run.optional("scorer", "evaluation.parquet")
    return None if path is None else read_parquet(path)


def _missing(report: Report) -> Block:
    return paragraph(report.text("scorer.none"))


def intro(report: Report) -> Block:
    """Say what the scorer is measured on."""
    if evaluation(report) is None:
        return _missing(report)
    return paragraph(report.text("scorer.intro"), "lead")


def _at_list(frame: pl.DataFrame, metric: str) -> pl.DataFrame:
    rows = frame.filter((pl.col("group") == "all") & (pl.col("metric") == metric))
    return rows.filter(pl.col("value").is_not_null() & pl.col("layer").is_in(LAYERS))


def _names(report: Report, scorers: list[str]) -> list[str]:
    return [report.word("scorer", each) for each in scorers]


def at_capacity(report: Report) -> Block:
    """Show the precision of each ranking at the real length of the list."""
    text = report.text
    every = evaluation(report)
    if every is None:
        return Block("")
    frame = _at_list(every, "precision")
    scorers = [each for each in ("random", *_RANKED, ORACLE) if each in set(frame["scorer"])]
    section = heading(text("scorer.precision.section"), "precision")
    if not scorers:
        return join([section, paragraph(text("scorer.too_few"))])
    values = {(row["scorer"], row["layer"]): row for row in frame.iter_rows(named=True)}
    layers = [each for each in LAYERS if each in set(frame["layer"])]
    series = [
        Dots(
            text(f"layer_name.{layer}"),
            [values.get((scorer, layer), {}).get("value") for scorer in scorers],
            [values.get((scorer, layer), {}).get("low") for scorer in scorers],
            [values.get((scorer, layer), {}).get("high") for scorer in scorers],
        )
        for layer in layers
    ]
    figure = dot_plot(
        _names(report, scorers), series, text("axis.precision"),
        report.tick("share")
    )  # fmt: skip
    trained = [each for each in scorers if each in (SIMPLE, *TRAINED)]
    on_truth = {
        each: values[(each, "truth")]["value"] for each in trained if (each, "truth") in values
    }
    if not on_truth:
        return join([section, paragraph(text("scorer.too_few"))])
    best = max(on_truth, key=lambda each: float(on_truth[each]))
    shown = [
        f"{report.word('scorer', each)} {report.number(value, 'share')}"
        for each, value in on_truth.items()
    ]
    block = framed(
        text,
        "scorer-precision",
        figure,
        headline=text(
            "scorer.precision.headline",
            scorer=report.word("scorer", best),
            value=report.number(on_truth[best], "share"),
        ),
        subtitle=text("scorer.precision.subtitle", households=report.households),
        alt=text("alt.dots", rows=text.join(shown)),
        note=text("scorer.note", run=report.run.run_id),
        numbers=frame.rename({"low": "worst_case", "high": "best_case"}),
    )
    return join([section, block])


def lead(report: Report) -> pl.DataFrame | None:
    """Give each scorer's lead over the rule of thumb as a share of the oracle's lead."""
    from simlib.targeting.value import value_over_simple

    every = evaluation(report)
    if every is None:
        return None
    frame = value_over_simple(every)
    return frame.filter(
        pl.col("layer").is_in(LAYERS)
        & pl.col("scorer").is_in(TRAINED)
        & pl.col("share_of_oracle_lead").is_not_null()
    )


def lead_share(report: Report) -> Block:
    """Show what a trained scorer adds to counting indicators."""
    text = report.text
    frame = lead(report)
    if frame is None:
        return Block("")
    section = heading(text("scorer.lead.section"), "lead")
    scorers = [each for each in TRAINED if each in set(frame["scorer"])]
    truth = frame.filter(pl.col("layer") == "truth")
    if truth.is_empty():
        return join([section, paragraph(text("scorer.no_trained"))])
    values = {
        (row["scorer"], row["layer"]): row["share_of_oracle_lead"]
        for row in frame.iter_rows(named=True)
    }
    series = [
        Dots(text(f"layer_name.{layer}"), [values.get((each, layer)) for each in scorers])
        for layer in OF_ALL
        if layer in set(frame["layer"])
    ]
    figure = dot_plot(
        _names(report, scorers), series, text("axis.lead"),
        report.tick("share"), zero=True
    )  # fmt: skip
    best = truth.sort("share_of_oracle_lead", descending=True).row(0, named=True)
    value = report.number(best["share_of_oracle_lead"], "share")
    message = "scorer.lead.headline" if best["share_of_oracle_lead"] > 0 else "scorer.lead.none"
    shown = [
        f"{report.word('scorer', row['scorer'])} "
        f"{report.number(row['share_of_oracle_lead'], 'share')}"
        for row in truth.iter_rows(named=True)
    ]
    block = framed(
        text,
        "scorer-lead",
        figure,
        headline=text(message, scorer=report.word("scorer", best["scorer"]), value=value),
        subtitle=text("scorer.lead.subtitle", households=report.households),
        alt=text("alt.dots", rows=text.join(shown)),
        note=text("scorer.lead.note", run=report.run.run_id),
        numbers=frame,
    )
    return join([section, block])


def table_of_layers(report: Report) -> Block:
    """List precision, recall and lift of every ranking on every layer of labels."""
    text = report.text
    every = evaluation(report)
    if every is None:
        return Block("")
    metrics = ("precision", "recall", "lift", "auc")
    rows = every.filter((pl.col("group") == "all") & pl.col("metric").is_in(metrics))
    wide = rows.pivot("metric", index=["scorer", "layer"], values="value")
    for metric in metrics:
        if metric not in wide.columns:
            wide = wide.with_columns(pl.lit(None, pl.Float64).alias(metric))
    wide = wide.filter(pl.col("scorer") != "nobody")
    words = [
        f"{report.word('scorer', row['scorer'])}, {text('layer_name.' + row['layer'])}"
        for row in wide.iter_rows(named=True)
    ]
    frame = wide.with_columns(name=pl.Series(words, dtype=pl.String))
    columns = [
        Column("name", text("column.scorer")),
        Column("precision", text("column.precision"), "share"),
        Column("recall", text("column.recall"), "share"),
        Column("lift", text("column.lift"), "ratio"),
        Column("auc", text("column.auc"), "ratio"),
    ]
    return table(
        text, "scorer-layers", frame, columns, text("scorer.layers.caption"), exported=wide,
        note=text("scorer.note", run=report.run.run_id),
    )  # fmt: skip


def chosen(report: Report, every: pl.DataFrame) -> str:
    """Name the scorer that ranks the lists of the scenario."""
    wanted = str((report.run.scenario.get("scorer") or {}).get("model", "hist_gradient_boosting"))
    return wanted if wanted in set(every["scorer"]) else SIMPLE


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
    )
    places = frame.filter(pl.col("value").is_not_null())["group"].unique().to_list()
    places.sort(key=lambda place: (group_place(*place.split("=", 1)), place))
    section = heading(text("scorer.groups.section"), "groups")
    if not places:
        return join([section, paragraph(text("scorer.too_few"))])
    values = {(row["scorer"], row["group"]): row["value"] for row in frame.iter_rows(named=True)}
    names = [report.group(*place.split("=", 1)) for place in places]
    shown = list(dict.fromkeys((SIMPLE, name)))
    series = [
        Dots(
            report.word("scorer", each),
            [values.get((each, place)) for place in places],
            hollow=each == SIMPLE and name != SIMPLE,
        )
        for each in shown
    ]
    figure = dot_plot(names, series, text("axis.recall"), report.tick("share"))
    known = {
        place: values[(name, place)] for place in places if values.get((name, place)) is not None
    }
    least = min(known, key=lambda place: float(known[place]))
    most = max(known, key=lambda place: float(known[place]))
    pairs = [
        f"{report.group(*place.split('=', 1))} {report.number(value, 'share')}"
        for place, value in known.items()
    ]
    block = framed(
        text,
        "scorer-groups",
        figure,
        headline=text(
            "scorer.groups.headline",
            most=report.group(*most.split("=", 1)),
            high=report.number(known[most], "share"),
            least=report.group(*least.split("=", 1)),
            low=report.number(known[least], "share"),
        ),
        subtitle=text(
            "scorer.groups.subtitle",
            scorer=report.word("scorer", name),
            layer=text(f"layer_name.{layer}"),
            households=report.households,
        ),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=f"{text('scorer.groups.note')} {text('scorer.note', run=report.run.run_id)}",
        numbers=frame,
    )
    return join([section, block])


def trained_on(report: Report) -> str:
    """Name the layer of labels that the scenario's scorer learned from."""
    path = report.run.optional("scorer", "model.json")
    about = {} if path is None else read_json(path)
    return str(about.get("label", "recorded_public"))


def bins(report: Report, scorer: str, layers: Sequence[str]) -> pl.DataFrame:
    """Give predicted and observed shares in bins of equal size.

    Returns
    -------
    DataFrame
        layer, bin, predicted, value (observed share), low and high (exact 95 % interval).
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
        .join(observed.select("layer", "bin", "value", "low", "high"), on=["layer", "bin"])
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
    block = framed(
        text,
        "scorer-calibration",
        figure,
        headline=text("scorer.calibration.headline", **words),
        subtitle=text(
            "scorer.calibration.subtitle",
            scorer=report.word("scorer", name),
            households=report.households,
        ),
        alt=text("scorer.calibration.alt", **words),
        note=text("scorer.calibration.note", run=report.run.run_id),
        numbers=frame,
    )
    return join([section, block])


def _mean(frame: pl.DataFrame, column: str) -> float:
    return float(frame.select(pl.col(column).mean()).item())
