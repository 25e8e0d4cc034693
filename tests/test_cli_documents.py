"""``simlib documents``: a run beside the figures of the documents."""

import polars as pl
import pytest

from simlib.experiments.document_checks import SCHEMA
from simlib.experiments.tables import print_documents


def test_figures_that_no_policy_shows_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    empty = dict.fromkeys(SCHEMA)
    shown = empty | {
        "policy": "membership",
        "figure": "Notices",
        "low": 1.0,
        "high": 2.0,
        "simulated": 1.5,
        "ratio": 1.0,
        "inside": True,
        "evidence": "expert",
    }
    hidden = empty | {"figure": "Never shown"}
    print_documents(pl.DataFrame([shown, hidden], schema=SCHEMA))
    printed = capsys.readouterr().out
    assert "Notices" in printed and "1 to 2" in printed and "inside" in printed
    assert "Never shown" not in printed
