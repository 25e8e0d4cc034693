import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simlib import cli

ROOT = Path(__file__).parents[1]

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 1000, year: 2025, seed: 1}
start: 2024-01
months: 3
policies: [none, benefit_list]
"""


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process: exit code, output, errors."""
    before = sys.argv
    sys.argv = ["simlib", *arguments]
    try:
        cli.main()
        code = 0
    except SystemExit as ending:
        code = int(ending.code or 0)
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code, _, err = call(capsys, *arguments)
    assert code == 2, err
    assert "Traceback" not in err
    return err


def test_help_answers_at_once_and_names_every_command():
    command = [sys.executable, "-m", "simlib.cli", "--help"]
    subprocess.run(command, check=True, capture_output=True)  # compiles the bytecode
    times = []
    for _ in range(5):
        start = time.perf_counter()
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5
    names = "synthesize check programmes run compare report verify schedule policies parameters"
    for name in [*names.split(), "schema", "version"]:
        assert name in shown


def test_the_command_line_imports_nothing_heavy():
    code = (
        "import sys, simlib.cli; heavy = {'polars', 'numba', 'sklearn', 'mesa', 'matplotlib', "
        "'pydantic', 'numpy'}; print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert shown.strip() == "[]"


def test_checking_one_household_loads_no_compiled_loops():
    code = "import sys, simlib.benefits.check; print('numba' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert shown.strip() == "False"


def test_version_names_the_code(capsys):
    code, out, _ = call(capsys, "version")
    assert code == 0
    assert out.startswith("simlib 0.")
    assert "+" in out


def test_an_unknown_command_or_option_exits_with_2(capsys):
    assert "No such command" in refused(capsys, "rum")
    assert "No such option" in refused(capsys, "run", "x.yaml", "--replicate", "3")
    refused(capsys, "run")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("mnths: 3", "did you mean 'months'"),
        ("set: {uptake.awareness.base_logitt: 1}", "did you mean 'uptake.awareness.base_logit'"),
        ("set: {uptake.awareness.base_logit: 99}", "outside its range"),
        ("replicates: many", "whole number"),
    ],
)
def test_a_wrong_scenario_is_one_message_and_code_2(capsys, tmp_path, line, says):
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO + line + "\n", encoding="utf-8")
    err = refused(capsys, "run", str(path), "--runs", str(tmp_path / "runs"))
    assert says in err
    assert "my.yaml:6" in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_a_wrong_option_of_a_run_is_one_message_and_code_2(capsys, tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert "command line (replicates)" in refused(capsys, "run", str(path), "--replicates", "0")
    assert "is not path=value" in refused(capsys, "run", str(path), "--set", "months")
    err = refused(capsys, "run", str(path), "--set", "uptake.awareness.base_logit=99")
    assert "outside its range" in err
    assert "command line" in err


def test_a_missing_file_run_and_folder_are_refused(capsys, tmp_path):
    assert "no such file" in refused(capsys, "run", str(tmp_path / "none.yaml"))
    assert "no such run folder" in refused(capsys, "compare", str(tmp_path / "none"))
    assert "not the folder of a run" in refused(capsys, "compare", str(tmp_path))
    assert "no such run folder" in refused(capsys, "diary", str(tmp_path / "none"))
    for command in ("run", "report"):
        assert "name the scenario file" in refused(capsys, command, str(tmp_path))


def test_several_runs_and_a_scenario_that_was_not_run_are_refused(capsys, tmp_path):
    runs = [str(tmp_path / name) for name in ("my-1", "my-2")]
    err = refused(capsys, "compare", *runs)
    assert "2 runs are named" in err and "--against" in err
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    for command in ("compare", "documents", "diary"):
        err = refused(capsys, command, str(path), "--runs", str(tmp_path / "runs"))
        assert "no finished run" in err and "simlib run" in err


def test_a_place_that_cannot_be_written_is_refused(capsys, tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    err = refused(capsys, "run", str(path), "--runs", str(tmp_path / "file"))
    assert "cannot be written" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_user_error_and_the_earlier_file_stays(tmp_path):
    from simlib.errors import UserError
    from simlib.files import write_atomic

    def fill(_: Path) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as file:
            file.write("x" * 100_000)

    path = tmp_path / "result.txt"
    path.write_text("earlier", encoding="utf-8")
    with pytest.raises(UserError, match="No space left on device"):
        write_atomic(path, fill)
    assert path.read_text(encoding="utf-8") == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["result.txt"]


def test_an_unexpected_error_is_short_and_shows_its_place_only_when_asked(capsys, monkeypatch):
    def broken() -> str:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("simlib.provenance.code_version", broken)
    code, _, err = call(capsys, "version")
    assert code == 1
    assert "ZeroDivisionError: by zero" in err and "Traceback" not in err
    code, _, err = call(capsys, "--debug", "version")
    assert code == 1
    assert "Traceback" in err


def test_an_interruption_says_whether_anything_is_kept(capsys, monkeypatch, tmp_path):
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("simlib.provenance.code_version", interrupted)
    monkeypatch.setattr("simlib.experiments.loading.load_scenario", interrupted)
    code, _, err = call(capsys, "run", str(tmp_path / "my.yaml"))
    assert code == 130
    assert err == "Interrupted. Finished runs are kept; the same command goes on.\n"
    code, _, err = call(capsys, "version")
    assert code == 130
    assert err == "Interrupted.\n"


def test_a_request_to_end_ends_as_ctrl_c_does(capsys, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(
        "simlib.provenance.code_version", lambda: signal.raise_signal(signal.SIGTERM)
    )
    try:
        code, _, err = call(capsys, "version")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert code == 143
    assert err == "Interrupted.\n"


def test_the_schedule_numbers_the_steps_of_a_month(capsys):
    code, out, _ = call(capsys, "schedule")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) >= 8
    assert lines[0].startswith(" 1. ")


def test_policies_and_programmes_are_listed_in_both_languages(capsys):
    assert "benefit_list" in call(capsys, "policies")[1]
    assert "복지멤버십" in call(capsys, "policies", "--lang", "ko")[1]
    assert "basic_pension" in call(capsys, "programmes", "list")[1]
    assert "기초연금" in call(capsys, "programmes", "show", "basic_pension", "--lang", "ko")[1]
    assert "did you mean 'basic_pension'" in refused(capsys, "programmes", "show", "basic_pensio")
    assert "not a language" in refused(capsys, "policies", "--lang", "kr")


def test_parameters_show_value_source_evidence_and_origin(capsys, tmp_path):
    code, out, _ = call(capsys, "parameters", "uptake.awareness.", "--json")
    assert code == 0
    rows = {row["path"]: row for row in json.loads(out)}
    row = rows["uptake.awareness.base_logit"]
    assert row["source"] and row["evidence"] and row["origin"] == "default"
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO + "set: {uptake.awareness.base_logit: -2.0}\n", encoding="utf-8")
    _, out, _ = call(capsys, "parameters", "uptake.awareness.", "--json", "--scenario", str(path))
    rows = {row["path"]: row for row in json.loads(out)}
    assert rows["uptake.awareness.base_logit"]["value"] == -2.0
    assert rows["uptake.awareness.base_logit"]["origin"] == "my.yaml:6"
    assert "begins with" in refused(capsys, "parameters", "uptak.x")
    table = call(capsys, "parameters", "national.basic_asset_deduction_krw")[1]
    assert "metropolitan: " in table and "{" not in table
    assert "AI-written blog" in table, "what the sources are stands below"


def test_the_schema_is_json(capsys):
    _, out, _ = call(capsys, "schema", "scenario")
    assert "policies" in json.loads(out)["properties"]
    assert "no schema" in refused(capsys, "schema", "novel")


def test_a_population_can_be_made(capsys, tmp_path):
    folder = tmp_path / "people"
    code, out, err = call(capsys, "synthesize", "--households", "1000", "--out", str(folder))
    assert code == 0, err
    assert "1,000 households" in out
    assert (folder / "fit.csv").is_file()
    refused(capsys, "synthesize", "--households", "0", "--out", str(folder))
    refused(capsys, "synthesize", "--year", "1890", "--out", str(folder))


def test_a_household_is_checked_in_both_languages_and_as_json(capsys, tmp_path):
    path = tmp_path / "household.yaml"
    path.write_text(
        "date: 2025-03\nmunicipality: 청양군\ntenure: own\n"
        "assets: {financial_krw: 8000000}\n"
        "persons:\n  - {age: 65, sex: male, relation: head, work: inactive}\n",
        encoding="utf-8",
    )
    code, out, err = call(capsys, "check", str(path), "--json")
    assert code == 0, err
    assert "basic_pension" in {each["programme"] for each in json.loads(out)["entitled"]}
    assert "기초연금" in call(capsys, "check", str(path), "--lang", "ko")[1]
    path.write_text(path.read_text(encoding="utf-8").replace("tenure", "tenur"), encoding="utf-8")
    assert "did you mean 'tenure'" in refused(capsys, "check", str(path))
