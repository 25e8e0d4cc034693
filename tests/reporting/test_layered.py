"""Findings of a run with other worlds hold the interval over all layers, in both languages."""

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from simlib.experiments.uncertainty import over_layers
from simlib.reporting.blocks import Finding
from simlib.reporting.checks import summary_numbers
from simlib.reporting.context import Report, open_report
from simlib.reporting.layered import with_layers, with_times_first
from simlib.reporting.numbers import LANGUAGES, Lang, read_numbers
from simlib.reporting.outline import Files
from simlib.reporting.pages import comparison, front, policies, reach, uptake

from .made_run import write_run

DRAWN = {"parameters": 3, "populations": 2}
KINDS = {1: "parameters", 2: "parameters", 3: "parameters", 4: "population"}
SHOWN = (uptake.funnel, policies.take_up, policies.crises, policies.cost, reach.still_missed)
WORDS: dict[Lang, str] = {
    "ko": r"95% 구간: 우연, 매개변수, 인구를 모두 담으면 (.+?) ~ (.+?), "
    r"우연만 담으면 (.+?) ~ (.+?)\)",
    "en": r"95% interval over luck, parameters and population (.+?) to (.+?), "
    r"over luck alone (.+?) to (.+?)\)",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("worlds"), uncertainty=DRAWN)


def findings(report: Report) -> tuple[list[Finding], dict[str, pl.DataFrame]]:
    blocks = [show(report) for show in SHOWN]
    tables = {name: table for block in blocks for name, table in block.tables.items()}
    return [each for block in blocks for each in block.findings], tables


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_finding_of_the_first_page_has_both_intervals(run: Path, lang: Lang) -> None:
    report = open_report(run, lang)
    found, tables = findings(report)
    assert len(found) == len(SHOWN)
    for each in found:
        ends = re.search(WORDS[lang], each.sentence)
        assert ends, each.sentence
        low, high, least, most = (read_numbers(end)[0] for end in ends.groups())
        assert low <= least < most <= high, each.sentence
        assert {low, high, least, most} <= set(each.numbers)
    page = front.page(report, found, 1, "c").html
    note = {
        "ko": "뒤의 구간은 반복의 우연만 담습니다",
        "en": "the second the luck of the replicates alone",
    }
    assert note[lang] in page and len(re.findall(WORDS[lang], page)) == len(SHOWN)
    rows = [
        {"finding": each.finding_id, "csv": each.csv, "step": str(each.step),
         "numbers": " ".join(map(str, each.numbers))}
        for each in found
    ]  # fmt: skip
    exported = {
        name: [{key: str(cell) for key, cell in row.items()} for row in table.to_dicts()]
        for name, table in tables.items()
    }
    assert summary_numbers(Files({}, {"findings": rows, **exported})) == []


def test_figures_of_findings_draw_both_intervals_and_say_so(run: Path, made_run: Path) -> None:
    report, plain = open_report(run, "en"), open_report(made_run, "en")
    for show in (policies.take_up, policies.crises, policies.cost):
        assert "“All layers” that over luck, parameters and population" in show(report).html
        assert report.text("series.all_layers") not in show(plain).html
        assert "they cover the luck of the simulation only" in show(plain).html
    assert "first interval of the headline covers luck" in reach.still_missed(report).html
    assert "first interval of the headline" not in reach.still_missed(plain).html


def test_the_ends_are_those_over_the_worlds_of_the_run(run: Path) -> None:
    report = open_report(run, "en")
    gains = comparison.take_up_gain(report.run).filter(policy="membership")
    there = report.run.elsewhere
    assert there is not None
    worlds = comparison.take_up_gain(there).filter(policy="membership").sort("run")
    assert worlds["run"].to_list() == list(KINDS)
    found = over_layers(
        gains.rename({"run": "replicate", "value": "difference"}),
        worlds.rename({"run": "world", "value": "difference"}).with_columns(
            drawn=pl.Series(list(KINDS.values()))
        ),
        ["policy"],
    )
    shown = policies.take_up(report).tables["policies-take-up"].filter(policy="membership")
    assert shown["low_all"][0] == pytest.approx(found["low"][0])
    assert shown["high_all"][0] == pytest.approx(found["high"][0])


def test_other_worlds_that_tell_nothing_leave_the_interval_of_luck(tmp_path: Path) -> None:
    """One draw of parameters shows no spread; without the baseline there are no differences."""
    one = write_run(tmp_path / "one", uncertainty={"parameters": 1, "populations": 1})
    failed = write_run(tmp_path / "failed", uncertainty=DRAWN)
    for path in (failed / "results").glob("none-w*"):
        path.unlink()
    for run in (one, failed):
        report = open_report(run, "en")
        assert report.run.elsewhere is None
        found, tables = findings(report)
        assert all("(95% interval " in each.sentence for each in found)
        assert not any("parameters" in each.sentence for each in found)
        assert all("low_all" not in table.columns for table in tables.values())


def finding(report: Report, **row: float | None) -> Finding:
    """Word a made-up gain in take-up, certain as far as luck goes."""
    about = {"policy": "membership", "value": 0.02, "mc_error": 0.001, "low": 0.017, "high": 0.023}
    whole = about | {"replicates": 3, "identical": False} | row
    return policies._finding(report, "take_up", 2, "policies-take-up", whole, "pp")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_luck_alone_tells_from_nothing_is_no_sure_finding(run: Path, lang: Lang) -> None:
    report = open_report(run, lang)
    doubt = report.text("finding.luck_only")
    sure = finding(report, low_all=0.001, high_all=0.05)
    assert sure.confidence == "clear" and doubt not in sure.sentence
    unsure = finding(report, low_all=-0.001, high_all=0.05)
    assert unsure.confidence == "luck_only" and doubt in unsure.sentence
    word = report.text("confidence.luck_only")
    assert word in front.page(report, [unsure], 1, "c").html
    first = finding(report, low_all=0.001, high_all=0.05, first_n=3, worlds_n=4).sentence
    assert report.text("finding.first", first=3, worlds=4) in first
    without = finding(report, low_all=None, high_all=None).sentence
    assert re.search("over luck alone|우연만 담은 95% 구간", without)


def test_a_run_without_other_worlds_is_worded_as_ever(made_run: Path) -> None:
    found, tables = findings(open_report(made_run, "en"))
    assert all("(95% interval " in each.sentence for each in found)
    assert not any("luck" in each.sentence for each in found)
    assert all("low_all" not in table.columns for table in tables.values())
    page = front.page(open_report(made_run, "en"), found, 1, "c").html
    assert "two intervals" not in page


def test_a_cost_that_has_no_meaning_in_some_world_has_no_interval_over_them(run: Path) -> None:
    report = open_report(run, "en")
    there = report.run.elsewhere
    assert there is not None
    whole = comparison.cost_of_worlds(there)
    assert whole.group_by("policy").len()["len"].to_list() == [len(KINDS)] * 2
    lost = (pl.col("policy") == "membership") & (pl.col("run") == 2)
    lost &= pl.col("measure") == "receiving_n"
    none = there.results.with_columns(value=pl.when(lost).then(0.0).otherwise("value"))
    changed = report.run.__dict__["elsewhere"] = replace(there, results=none)
    assert set(comparison.cost_of_worlds(changed)["policy"]) == {"ai_calls"}
    frame = with_layers(
        report.run,
        comparison.per_policy(report.run, comparison.cost_per_month(report.run)),
        comparison.cost_per_month,
        there=comparison.cost_of_worlds,
    )
    known = dict(frame.select("policy", pl.col("low_all").is_not_null()).iter_rows())
    assert known == {"membership": False, "ai_calls": True}


def test_a_policy_is_first_where_it_beats_all_others(run: Path) -> None:
    report = open_report(run, "en")
    ranks = {"membership": [3.0, 2.0, 5.0, 1.0], "ai_calls": [1.0, 4.0, 2.0, 0.0]}
    rows = [(name, at, v) for name, all_ in ranks.items() for at, v in enumerate(all_, start=1)]
    made = pl.DataFrame(rows, schema=["policy", "run", "value"], orient="row")
    frame = pl.DataFrame({"policy": ["membership", "ai_calls"]})
    columns = ["first_n", "worlds_n"]
    most = with_times_first(report.run, frame, lambda _: made)
    assert most.select(columns).rows() == [(3, 4), (1, 4)]
    least = with_times_first(report.run, frame, lambda _: made, least=True)
    assert least.select(columns).rows() == [(1, 4), (3, 4)]
    failed = with_times_first(report.run, frame, lambda _: made.head(-1))
    assert failed.select(columns).rows() == [(2, 3), (1, 3)]
    assert with_times_first(report.run, frame.head(1), lambda _: made).columns == ["policy"]
