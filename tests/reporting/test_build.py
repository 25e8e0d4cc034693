"""The whole report from a made-up run, with real kernels."""

import json
from pathlib import Path

import pytest

from simlib.errors import SimlibError, UserError
from simlib.reporting import build
from simlib.reporting.checks import equal_languages, run_checks
from simlib.reporting.html import PAGES
from simlib.reporting.outline import Files, outline
from simlib.reporting.verify import compare_reports, verify_report

from .made_run import SCENARIO


@pytest.fixture(scope="module")
def reports(made_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("reports")
    scenario = folder / "made.yaml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    for name in ("first", "second"):
        build.render(made_run, folder / name, scenario_path=scenario)
    return folder / "first", folder / "second"


@pytest.mark.slow
def test_a_report_passes_and_a_second_one_has_the_same_bytes(reports: tuple[Path, Path]) -> None:
    first, second = reports
    files = Files.read(first)
    assert run_checks(files) == {}
    assert set(files.html) == {"index.html"} | {
        f"{x}/{p}.html" for x in ("ko", "en") for p in PAGES
    }
    result = compare_reports(first, second)
    assert result.same, str(result)
    for path in first.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


@pytest.mark.slow
def test_korean_and_english_show_the_same_numbers(reports: tuple[Path, Path]) -> None:
    files = Files.read(reports[0])
    assert equal_languages(files) == []
    cells = [len(outline(files.html[f"ko/{page}.html"]).cells) for page in PAGES]
    assert sum(cells) > 200, "the comparison must have something to compare"


@pytest.mark.slow
def test_the_first_page_has_caveats_before_findings_and_no_more_than_five(
    reports: tuple[Path, Path],
) -> None:
    html = (reports[0] / "index.html").read_text(encoding="utf-8")
    assert html.index('class="caveats"') < html.index('class="findings"')
    assert 1 <= html.split('class="findings"')[1].split("</ol>")[0].count("<li>") <= 5
    assert "실제 효과의 크기를 추정하지 않습니다" in html


@pytest.mark.slow
def test_small_groups_are_hidden_everywhere(reports: tuple[Path, Path]) -> None:
    rows = Files.read(reports[0]).tables["uptake-groups"]
    few = [row for row in rows if row["group"] == "non_kin"]
    assert few and all(row["suppressed"] == "true" and row["value"] == "" for row in few)


@pytest.mark.slow
def test_every_source_that_a_page_cites_is_listed(reports: tuple[Path, Path]) -> None:
    files = Files.read(reports[0])
    listed = {row["source_id"] for row in files.tables["appendix-sources"]}
    cited = {
        each
        for name in ("population-controls", "uptake-table", "appendix-parameters")
        for row in files.tables[name]
        for each in row["source"].split(";")
    }
    assert {"MECH", "BP_KDI"} <= cited <= listed
    assert 'href="appendix.html#source-MECH"' in files.html["ko/appendix.html"]


@pytest.mark.slow
def test_verification_names_what_was_changed(reports: tuple[Path, Path]) -> None:
    first, second = reports
    page = second / "en" / "index.html"
    kept = page.read_bytes()
    page.write_bytes(kept.replace(b"</main>", b"<p>nan</p></main>"))
    try:
        result = compare_reports(second, first)
    finally:
        page.write_bytes(kept)
    assert not result.same
    assert result.damaged == ("en/index.html",) and "clean_text" in result.failed
    assert "en/index.html" in str(result)


def test_a_report_that_fails_leaves_the_earlier_one(made_run: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    (target / "manifest.json").write_text("{}", encoding="utf-8")

    def fails(*_: object) -> dict[str, object]:
        raise SimlibError("a cell failed")

    with pytest.raises(SimlibError, match="a cell failed"):
        build.render(made_run, target, scenario_path=tmp_path / "made.yaml", execute=fails)
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
    assert (target / "manifest.json").read_text(encoding="utf-8") == "{}"


def test_a_folder_that_is_no_report_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UserError, match="not a report"):
        build.build_report("scenarios/quick.yaml", ["en"], tmp_path)


def test_a_run_folder_is_not_replaced_by_a_report(made_run: Path) -> None:
    with pytest.raises(UserError, match="not a report"):
        build.build_report("scenarios/quick.yaml", ["en"], made_run)
    assert (made_run / "results").is_dir()


def test_a_place_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        build.build_report(
            "scenarios/quick.yaml", ["en"], tmp_path / "file" / "report", tmp_path / "runs"
        )
    assert not (tmp_path / "runs").exists()


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unknown language 'kr'"):
        build.build_report("scenarios/quick.yaml", ["kr"], tmp_path / "report")


def test_only_a_report_can_be_verified(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not the folder of a report"):
        verify_report(tmp_path)


def test_a_report_without_a_scenario_for_this_version_is_told_so(tmp_path: Path) -> None:
    about = {"files": {}, "languages": ["ko"], "scenario": "mine.yaml"}
    (tmp_path / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(UserError, match="no such file"):
        verify_report(tmp_path)
    kept = tmp_path / "scenario.yaml"
    kept.write_text(SCENARIO.replace("months", "moons"), encoding="utf-8")
    with pytest.raises(UserError, match=r"none for this version.*'moons'") as caught:
        verify_report(tmp_path)
    assert caught.value.where == str(kept)
