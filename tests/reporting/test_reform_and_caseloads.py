"""What a reader sees of published caseloads and of a scenario's own changes."""

import json
from pathlib import Path

import pytest

from simlib.errors import UserError
from simlib.reporting.context import open_report
from simlib.reporting.pages import caseloads
from simlib.reporting.pages.reform import reform

from .made_run import write_run


def test_a_caseload_off_by_more_than_a_fifth_stands_with_its_reason(made_run: Path) -> None:
    report = open_report(made_run, "en")
    frame = caseloads.comparison(report)
    assert frame["programme"][0] == "livelihood_benefit"
    assert frame.filter("off")["programme"].to_list() == ["livelihood_benefit"]
    page = caseloads.listing(report).html
    assert (
        "a reason for tests" in page
        and "시험용 까닭" in caseloads.listing(open_report(made_run, "ko")).html
    )


def test_the_headline_counts_the_programmes_that_are_near(made_run: Path) -> None:
    block = caseloads.figure(open_report(made_run, "en"))
    assert "1 of 2 programmes" in block.html, "what is recalled or rests on a few does not count"


def test_a_caseload_of_fewer_than_ten_synthetic_persons_is_blank(made_run: Path) -> None:
    rows = caseloads.comparison(open_report(made_run, "en")).to_dicts()
    few = [row for row in rows if row["suppressed"]]
    assert [row["programme"] for row in few] == ["culture_card"]
    assert few[0]["entitled_n"] is few[0]["expected_n"] is few[0]["ratio"] is None


def test_a_run_without_caseloads_says_what_to_do(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("none",), 1)
    (folder / "caseloads.csv").unlink()
    with pytest.raises(UserError, match="run the scenario again"):
        caseloads.comparison(open_report(folder, "en"))


def test_changed_parameters_and_added_programmes_are_shown(made_run: Path) -> None:
    report = open_report(made_run, "en")
    block = reform(report)
    korean = reform(open_report(made_run, "ko"))
    assert all(table.equals(korean.tables[name]) for name, table in block.tables.items())
    for shown in ("programmes.basic_pension.maximum", "342510", "400000", "2025-01", "Heat grant"):
        assert shown in block.html
    assert report.programme("heat_grant") == "Heat grant"
    assert block.tables["method-added-programmes"]["programme"].to_list() == ["heat_grant"]


def test_a_scenario_that_changes_nothing_says_so(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("none",), 1)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(
        json.dumps({**manifest, "changes": [], "programme_files": {}}), encoding="utf-8"
    )
    block = reform(open_report(folder, "en"))
    assert "No parameter and no programme is changed." in block.html
    assert block.tables == {}
