"""What the page of policies shows of uncertainty beside luck."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from simlib.experiments.uncertainty import ERRORS
from simlib.reporting.context import Report, open_report
from simlib.reporting.numbers import LANGUAGES, Lang
from simlib.reporting.pages import appendix, method, uncertainty

from .made_run import write_run

WORLDS = {"parameters": 3, "populations": 2}
EFFECTS = {"membership": 0.004, "ai_calls": 0.001}
WIDTH = 0.002


def luck(effect: float) -> dict[str, float]:
    return {"low": effect - WIDTH / 10, "high": effect + WIDTH / 10}


def opened(folder: Path, lang: Lang) -> Report:
    """Open a made-up run whose comparison with other worlds is made up too."""
    report = open_report(write_run(folder, uncertainty=WORLDS), lang)
    compared = {}
    for name, effect in EFFECTS.items():
        named = {"stratum": "all", "group": "all", "item": "all", "measure": "take_up_share"}
        ends = {"low": effect - WIDTH, "high": effect + WIDTH, "lowest": effect / 2}
        errors = dict(zip(ERRORS, (0.0001, 0.0002, 0.0002), strict=True))
        row = named | errors | ends | {"highest": 2 * effect, "same_sign_share": 1.0}
        table = pl.DataFrame([row | {"difference": effect}])
        pairs = pl.DataFrame([named | {"world": w, "difference": w * effect} for w in range(1, 5)])
        order = ["stratum", "group", "item", "measure", "difference", *errors, "low", "high"]
        compared[name] = SimpleNamespace(
            layers=table.select(*order, "lowest", "highest", "same_sign_share"),
            elsewhere=pairs,
            headline_layers=lambda _, table=table: table,
            comparison=SimpleNamespace(row=lambda _, effect=effect: luck(effect)),
        )
    report.run.__dict__["compared"] = compared
    return report


@pytest.mark.parametrize("lang", LANGUAGES)
def test_layers_are_shares_of_the_variance_and_doubtful_policies_are_named(
    tmp_path: Path, lang: Lang
) -> None:
    report = opened(tmp_path, lang)
    block = uncertainty.layers(report)
    names = {"policies-layers", "policies-layers-take-up-share", "policies-layers-order"}
    assert set(block.tables) == names
    for words in ("11%", "44%", report.policy("ai_calls")):
        assert words in block.html
    doubt = {"ko": "0을 벗어나지 않는 정책", "en": "the interval of take-up holds zero under"}
    named = block.html.split(doubt[lang])[1].split("</p>")[0]
    assert report.policy("ai_calls") in named and report.policy("membership") not in named
    order = block.tables["policies-layers-order"]
    assert order.rows() == [("membership", "ai_calls", 4, 4), ("ai_calls", "membership", 4, 0)]


def test_the_page_of_method_says_which_layers_are_covered(tmp_path: Path, made_run: Path) -> None:
    report = opened(tmp_path, "en")
    covered = method.uncertainty(report).tables["method-layers"]
    assert dict(covered.rows()) == {
        "simulation": True, "population": True, "parameters": True, "structure": False,
    }  # fmt: skip
    limits = appendix.limits(report).html
    assert "populations that were drawn anew" in limits
    assert "luck of the simulation only, so" in appendix.limits(open_report(made_run, "en")).html
    plain = method.uncertainty(open_report(made_run, "en")).tables["method-layers"]
    assert plain["covered"].to_list() == [True, False, False, False]
    assert uncertainty.layers(open_report(made_run, "en")).html == ""
