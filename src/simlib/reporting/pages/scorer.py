"""What the crisis scorer is worth: at the real length of the list, on three layers of labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simlib.files import read_json, read_parquet
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.numbers import Shown, Unit
from simlib.reporting.pages.scorer_choice import (
    name_of,
    names_of,
    origin,
    trained,
)
from simlib.reporting.tables import Column, table
from simlib.risk.baselines import MORE_STAFF, SIMPLE
from simlib.risk.layers import OF_ALL
from simlib.targeting.value import ORACLE

JUDGED = "caseworkers"
"""Caseworkers' judgement: a ranking whose accuracy is assumed."""
BESIDE = ("first_come", "postcode", JUDGED, SIMPLE)
"""Rankings without a model that list as many households as a scorer."""
LAYERS = ("recorded_any", "untreated", "truth")
"""Layers drawn in figures: what is recorded, what would have been, what is."""


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
    every = evaluation(report)
    if every is None:
        return _missing(report)
    said = [paragraph(report.text("scorer.intro"), "lead"), *origin(report)]
    path = report.run.optional("scorer", "surprising.json")
    surprising = [] if path is None else read_json(path)["surprising"]
    if surprising:
        said.append(paragraph(_too_good(report, every, surprising), "warning"))
    return join(said)


def _too_good(report: Report, every: pl.DataFrame, scorers: Sequence[str]) -> str:
    """Ask for an explanation of scorers that order households better than any study has."""
    rows = every.filter(
        (pl.col("metric") == "auc") & (pl.col("layer") == "truth") & pl.col("scorer").is_in(scorers)
    )
    shown = [
        f"{name_of(report, row['scorer'])} {report.number(row['value'], 'ratio')}"
        for row in rows.iter_rows(named=True)
    ]
    limit = _read(report, "risk.evaluation.surprising_auc")
    return report.text("scorer.surprising", scorers=report.text.join(shown), limit=limit)


def _read(report: Report, path: str, unit: Unit = "ratio") -> Shown:
    """Write a parameter as the run read it."""
    read = report.run.parameters_read().filter(pl.col("path") == path)
    return report.number(float(read["value"][0]), unit)


def _at_list(frame: pl.DataFrame, metric: str) -> pl.DataFrame:
    rows = frame.filter((pl.col("group") == "all") & (pl.col("metric") == metric))
    return rows.filter(pl.col("value").is_not_null() & pl.col("layer").is_in(LAYERS))


def at_capacity(report: Report) -> Block:
    """Show the precision of each ranking at the real length of the list."""
    text = report.text
    every = evaluation(report)
    if every is None:
        return Block("")
    frame = _at_list(every, "precision")
    learning = trained(report)
    shown_here = ("random", *BESIDE, *learning, ORACLE)
    scorers = [each for each in shown_here if each in set(frame["scorer"])]
    section = heading(text("scorer.precision.section"), "precision")
    if not scorers:
        return join([section, paragraph(text("scorer.too_few"))])
    frame = frame.with_columns(
        least=pl.min_horizontal("low", "sample_low"), most=pl.max_horizontal("high", "sample_high")
    )
    values = {(row["scorer"], row["layer"]): row for row in frame.iter_rows(named=True)}
    layers = [each for each in LAYERS if each in set(frame["layer"])]
    series = [
        dots(
            text(f"layer_name.{layer}"),
            [values.get((scorer, layer), {}) for scorer in scorers],
            ("value", "least", "most"),
        )
        for layer in layers
    ]
    figure = dot_plot(
        names_of(report, scorers), series, text("axis.precision"),
        report.tick("share")
    )  # fmt: skip
    on_truth = {
        each: values[(each, "truth")]["value"]
        for each in scorers
        if each in (*BESIDE, *learning) and (each, "truth") in values
    }
    found = {each: value for each, value in on_truth.items() if each != JUDGED}  # that is assumed
    if not found:
        return join([section, paragraph(text("scorer.too_few"))])
    best = max(found, key=lambda each: float(found[each]))
    shown = [
        f"{name_of(report, each)} {report.number(value, 'share')}"
        for each, value in on_truth.items()
    ]
    notes = [text("scorer.note", run=report.run.run_id)]
    if JUDGED in scorers:
        auc = _read(report, "risk.baselines.caseworker_auc")
        notes.insert(0, text("scorer.note.judged", auc=auc))
    block = framed(
        text,
        "scorer-precision",
        figure,
        headline=text(
            f"scorer.precision.{_certainty(every, best)}",
            scorer=name_of(report, best),
            value=report.number(on_truth[best], "share"),
        ),
        subtitle=text("scorer.precision.subtitle", households=report.households),
        alt=text("alt.dots", rows=text.join(shown)),
        note=" ".join(notes),
        numbers=exported(frame.drop("least", "most")),
    )
    return join([section, block])


def _certainty(every: pl.DataFrame, scorer: str) -> str:
    """Say whether the best list certainly finds more than counting indicators does."""
    if scorer == SIMPLE:
        return "simple"
    row = every.filter(
        (pl.col("scorer") == scorer)
        & (pl.col("layer") == "truth")
        & (pl.col("group") == "all")
        & (pl.col("metric") == "recall_over_rule")
    )
    ends = row["sample_low"].drop_nulls()
    return "headline" if len(ends) and ends[0] > 0 else "unsure"


def dots(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: tuple[str, str, str] = ("value", "sample_low", "sample_high"),
    *,
    hollow: bool = False,
) -> Dots:
    """Make a series of dots from the value and the two ends of each row, None where it has none."""
    value, low, high = ([row.get(column) for row in rows] for column in columns)
    return Dots(name, value, low, high, hollow=hollow)


def exported(frame: pl.DataFrame) -> pl.DataFrame:
    """Name the bounds and the interval of a value as all exported tables do."""
    bounds = {"low": "worst_case", "high": "best_case"}
    return frame.rename(bounds).rename({"sample_low": "low", "sample_high": "high"})


def lead(report: Report) -> pl.DataFrame | None:
    """Give the lead over the rule of thumb as a share of the oracle's, of scorers and of people."""
    from simlib.targeting.value import value_over_simple

    every = evaluation(report)
    if every is None:
        return None
    frame = value_over_simple(every)
    return frame.filter(
        pl.col("layer").is_in(LAYERS)
        & pl.col("scorer").is_in((JUDGED, MORE_STAFF, *trained(report)))
        & pl.col("share_of_oracle_lead").is_not_null()
    )


def lead_share(report: Report) -> Block:
    """Show what a trained scorer adds to counting indicators."""
    text = report.text
    frame = lead(report)
    if frame is None:
        return Block("")
    section = heading(text("scorer.lead.section"), "lead")
    learned = pl.col("scorer").is_in(trained(report))
    shown_here = (JUDGED, MORE_STAFF, *trained(report))
    scorers = [each for each in shown_here if each in set(frame["scorer"])]
    truth = frame.filter(pl.col("layer") == "truth", learned)
    if truth.is_empty():
        return join([section, paragraph(text("scorer.no_trained"))])
    values = {(row["scorer"], row["layer"]): row for row in frame.iter_rows(named=True)}
    series = [
        dots(
            text(f"layer_name.{layer}"),
            [values.get((each, layer), {}) for each in scorers],
            ("share_of_oracle_lead", "low", "high"),
        )
        for layer in OF_ALL
        if layer in set(frame["layer"])
    ]
    figure = dot_plot(
        names_of(report, scorers), series, text("axis.lead"),
        report.tick("share"), zero=True
    )  # fmt: skip
    best = truth.sort("share_of_oracle_lead", descending=True).row(0, named=True)
    value = report.number(best["share_of_oracle_lead"], "share")
    low, high = best["low"], best["high"]
    if low is None or low <= 0 <= high:
        message = "scorer.lead.unsure"
    else:
        message = "scorer.lead.headline" if low > 0 else "scorer.lead.none"
    shown = [
        f"{name_of(report, row['scorer'])} {report.number(row['share_of_oracle_lead'], 'share')}"
        for row in truth.iter_rows(named=True)
    ]
    block = framed(
        text,
        "scorer-lead",
        figure,
        headline=text(message, scorer=name_of(report, best["scorer"]), value=value),
        subtitle=text("scorer.lead.subtitle", households=report.households),
        alt=text("alt.dots", rows=text.join(shown)),
        note=text(
            "scorer.lead.note",
            run=report.run.run_id,
            ratio=_read(report, "risk.baselines.more_staff_ratio", "times"),
            auc=_read(report, "risk.baselines.caseworker_auc"),
        ),
        numbers=frame.rename({"value": "found_n", "share_of_oracle_lead": "value"}),
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
    of_all = pl.col("layer").is_in(OF_ALL)
    wide = wide.filter(pl.col("scorer") != "nobody").with_columns(
        pl.when(of_all).then(each).alias(each) for each in ("recall", "lift")
    )
    words = [
        f"{name_of(report, row['scorer'])}, {text('layer_name.' + row['layer'])}"
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
        note=text("scorer.layers.note", run=report.run.run_id),
    )  # fmt: skip
