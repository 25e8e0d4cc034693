"""Whole small runs with the real model, by whatever number of processes and threads."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simlib.errors import UserError
from simlib.experiments.compare import compare
from simlib.experiments.diaries import twin_diaries
from simlib.experiments.kept_diaries import instructive_twins, keep_diaries, kept_diaries
from simlib.experiments.loading import load_scenario
from simlib.experiments.measures import measures
from simlib.experiments.run import Run, open_run
from simlib.experiments.runner import run_scenario
from simlib.reporting.context import open_report
from simlib.reporting.pages import diaries

pytestmark = pytest.mark.slow

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 1000, year: 2025, seed: 1}
start: 2024-01
months: 9
programmes: [core]
replicates: 2
policies: [none, benefit_list, officer_calls, idle.yaml]
scorer: {model: rule_of_thumb, train_until: 2024-02}
"""
IDLE = "title: {ko: 아무것도, en: Nothing}\ninstruments: []\n"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenario")
    (folder / "idle.yaml").write_text(IDLE, encoding="utf-8")
    (folder / "tiny.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder / "tiny.yaml"


@pytest.fixture(scope="module")
def here(scenario: Path) -> Run:
    return run_scenario(scenario, scenario.parent / "here", processes=1)


def command(scenario: Path, runs: str, *more: str) -> list[str]:
    folder = scenario.parent / runs
    return [sys.executable, "-m", "simlib.cli", "run", str(scenario), "--runs", str(folder), *more]


def only_run(folder: Path) -> Run:
    [run] = [each for each in folder.iterdir() if each.is_dir()]
    return open_run(run)


def test_all_policies_have_results(here):
    assert here.failures_n == 0, here.failures()["traceback"].to_list()
    assert all(here.replicates(policy) == [0, 1] for policy in here.policies)


def test_measures_listed_as_recorded_always_are_those_of_a_policy_that_does_nothing(here):
    always = {name for name, each in measures().items() if each.always}
    assert set(here.results("idle")["measure"]) == always


def test_a_policy_that_does_nothing_is_identical_to_no_outreach(here):
    assert compare(here, "idle", "none").identical


def test_a_policy_that_does_something_is_not(here):
    assert not compare(here, "officer_calls", "none").identical


def test_replicates_differ_and_an_earlier_one_does_not_depend_on_how_many_follow(scenario, here):
    loaded = load_scenario(scenario, {"replicates": 1})
    alone = run_scenario(loaded, scenario.parent / "alone", processes=1)
    for policy in alone.policies:
        first = here.results(policy).filter(replicate=0)
        assert alone.results(policy).equals(first)
        assert not first["value"].equals(here.results(policy).filter(replicate=1)["value"])


def test_a_killed_run_goes_on_in_two_processes_on_one_thread_with_the_same_bytes(scenario, here):
    arguments = command(scenario, "killed", "--processes", "2")
    env = {**os.environ, "NUMBA_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(arguments, env=env, start_new_session=True, **quiet)
    folder = scenario.parent / "killed"
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        finished = list(folder.glob("*/finished/*-r*.json"))
        if finished:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)  # the parent alone: its workers must end by themselves
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*/finished/*-r*.json")}
    assert kept, "nothing was finished before the kill"
    deadline = time.monotonic() + 60
    again = subprocess.run(arguments, env=env, capture_output=True, text=True)
    while "another process" in again.stderr and time.monotonic() < deadline:
        time.sleep(0.5)
        again = subprocess.run(arguments, env=env, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert only_run(folder).manifest == here.manifest


def test_a_replicate_run_again_tells_the_diaries_of_its_households(here):
    ids = here.households("none", 1)["household_id"].to_list()[::100]
    twins = twin_diaries(here, {"idle": ids, "officer_calls": ids}, 1)
    idle, called = twins[: len(ids)], twins[len(ids) :]
    assert [each.household_id for each in twins] == ids * 2
    assert all(each.first_difference is None for each in idle)
    for each in called:
        if each.first_difference is not None and each.parted_by in ("contact", "eased"):
            assert each.first_touched <= each.first_difference
    with pytest.raises(UserError, match="no household"):
        twin_diaries(here, {"idle": [10**9]})
    with pytest.raises(UserError, match="no policy"):
        twin_diaries(here, {"idel": ids})
    with pytest.raises(UserError, match=r"no policy 'idel'.*did you mean 'idle'"):
        instructive_twins(here, "idel")
    with pytest.raises(UserError, match="no replicate 7"):
        instructive_twins(here, None, 7)


def test_a_report_shows_the_diaries_that_a_run_keeps_in_both_languages(here, tmp_path):
    copied = shutil.copytree(here.folder, tmp_path / here.folder.name)
    run = keep_diaries(open_run(copied))
    assert keep_diaries(run).manifest == run.manifest
    assert run.results_hash == here.results_hash
    blocks = [diaries.diaries(open_report(copied, lang)) for lang in ("ko", "en")]
    first, second = (each.tables for each in blocks)
    assert first.keys() == second.keys()
    assert all(first[name].equals(second[name]) for name in first)
    assert len(kept_diaries(run)) == len(first)
