"""What a reader sees of errors in both directions."""

from pathlib import Path

import pytest

from simlib.reporting.context import open_report
from simlib.reporting.pages import errors


def test_errors_of_both_kinds_stand_by_programme(made_run: Path) -> None:
    report = open_report(made_run, "en")
    frame = errors.by_programme(report)
    missed = frame["type_1a.value"] + frame["type_1b.value"]
    assert missed.is_sorted(descending=True)
    assert frame["type_1b.value"].to_list() == pytest.approx([0.004] * frame.height)
    assert frame["won.value"].to_list() == pytest.approx([0.4] * frame.height)
    assert frame["first_payment.value"].to_list() == pytest.approx([40.0] * frame.height, rel=0.05)
    block = errors.listing(report)
    korean = errors.listing(open_report(made_run, "ko"))
    assert block.tables["uptake-errors"].equals(korean.tables["uptake-errors"])
    assert "Refused (Ib)" in block.html and "거절됨(Ib)" in korean.html
