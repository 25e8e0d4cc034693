"""Which scorer a scenario chose, what it learned, and how scorers are called in the report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from simlib.files import read_json
from simlib.reporting.blocks import Block, paragraph
from simlib.reporting.context import Report
from simlib.risk.baselines import SIMPLE
from simlib.risk.layers import OF_ALL

MODELS = ("four_variable_logistic", "logistic", "hist_gradient_boosting")
"""Scorers that a run trains; the others stand beside them for comparison."""


def given(report: Report) -> str | None:
    """Name the scorer that the scenario took from a file, None when it took none."""
    file = _asked(report).get("file")
    return None if file is None else Path(file).stem


def trained(report: Report) -> tuple[str, ...]:
    """Name the scorers that learn, that of a file last."""
    name = given(report)
    return MODELS if name is None else (*MODELS, name)


def chosen(report: Report, every: pl.DataFrame) -> str:
    """Name the scorer that ranks the lists of the scenario."""
    model = _asked(report).get("model", "hist_gradient_boosting")
    wanted = given(report) or str(model)
    return wanted if wanted in set(every["scorer"]) else SIMPLE


def name_of(report: Report, scorer: str) -> str:
    """Call a scorer by its name in the report's language, that of a file by the file."""
    if scorer == given(report):
        return str(report.text("scorer_file.name", file=scorer))
    return report.word("scorer", scorer)


def names_of(report: Report, scorers: Sequence[str]) -> list[str]:
    """Call several scorers by their names."""
    return [name_of(report, each) for each in scorers]


def trained_on(report: Report) -> str:
    """Name the layer of labels that the scenario's scorer learned from."""
    asked = _asked(report).get("label", "recorded_public")
    return str(_about(report).get("label") or asked)


def origin(report: Report) -> list[Block]:
    """Say of a scorer from a file what it learned, and of labels that no agency can have so."""
    said = []
    about, layer = _about(report), trained_on(report)
    words = {"layer": report.text(f"layer_name.{layer}")}
    if given(report) is not None and about.get("label"):
        known = report.text.month(int(about["trained_until"]))
        text = report.text("scorer_file.origin", file=str(given(report)), known=known, **words)
        said.append(paragraph(text))
    if layer in OF_ALL:
        said.append(paragraph(report.text("scorer_file.foresight", **words), "warning"))
    return said


def _asked(report: Report) -> dict[str, Any]:
    return report.run.scenario.get("scorer") or {}


def _about(report: Report) -> dict[str, Any]:
    path = report.run.optional("scorer", "model.json")
    return {} if path is None else dict(read_json(path))
