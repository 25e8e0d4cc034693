"""What a reader sees of target, seeded and effective take-up."""

from pathlib import Path

import pytest

from simlib.errors import UserError
from simlib.reporting.context import open_report
from simlib.reporting.pages import rates

from .made_run import write_run


def test_rates_stand_side_by_side_with_the_reason(made_run: Path) -> None:
    block = rates.listing(open_report(made_run, "en"))
    frame = block.tables["uptake-rates"]
    assert frame["programme"].to_list()[0] == "basic_pension"
    assert "Those newly entitled have not claimed yet" in block.html
    assert "The limit of what can be set" not in block.html  # four households: not shown
    korean = rates.listing(open_report(made_run, "ko"))
    assert korean.tables["uptake-rates"].equals(frame)


def test_a_run_with_given_rates_says_so(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("none",), 1)
    path = folder / "scenario.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "mode: fixed_rate\n", encoding="utf-8")
    assert "a given rate in this run" in rates.listing(open_report(folder, "en")).html


def test_a_run_without_the_table_says_what_to_do(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("none",), 1)
    (folder / "take_up.parquet").unlink()
    with pytest.raises(UserError, match="run the scenario again"):
        rates.listing(open_report(folder, "en"))
