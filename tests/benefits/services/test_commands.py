import json
import sys
from pathlib import Path

import polars as pl
import pytest

from benefits.services.made_pages import service, whole_download, write_pages
from simlib import cli

POPULATION = Path(__file__).parents[3] / "data" / "synthetic" / "kr-2025-5k"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    before = sys.argv
    sys.argv = ["simlib", "programmes", *arguments]
    try:
        cli.main()
        code = 0
    except SystemExit as ending:
        code = int(ending.code or 0)
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_an_import_prints_its_report_and_can_be_searched(capsys, tmp_path):
    folder, out = whole_download(tmp_path / "in"), tmp_path / "out"
    code, shown, _ = call(capsys, "import", "gov24", str(folder), "--out", str(out))
    assert code == 0
    assert "7 services written" in shown
    assert "rejected.csv" in shown
    assert "for businesses only" in shown
    code, shown, _ = call(capsys, "search", "별빛", "--services", str(out), "--json")
    assert code == 0
    assert [hit["id"] for hit in json.loads(shown)["hits"]] == ["S01"]
    code, shown, _ = call(capsys, "search", "헤는", "--services", str(out), "--json")
    assert json.loads(shown)["found"] == 7
    code, shown, _ = call(capsys, "show", "S01", "--services", str(out), "--lang", "ko")
    assert "rule: age >= 19 AND age <= 34" in shown
    assert "무주택세대" in shown


def test_services_are_generated_into_a_folder(capsys, tmp_path):
    code, shown, _ = call(capsys, "services", "--out", str(tmp_path / "services"))
    assert code == 0
    assert "305 national" in shown
    assert (tmp_path / "services" / "services.parquet").is_file()


def test_a_population_is_counted_with_national_services_or_all(capsys, tmp_path):
    out = tmp_path / "services"
    call(capsys, "services", "--out", str(out))
    certain = []
    for scope in ("central", "all"):
        counts = tmp_path / scope
        arguments = ["--services", str(out), "--population", str(POPULATION)]
        code, shown, err = call(capsys, "count", *arguments, "--scope", scope, "--out", str(counts))
        assert code == 0, err
        assert "5,000 households" in shown
        table = pl.read_csv(counts / "by_service.csv")
        certain.append(table["households_n"].sum())
        assert (table["level"] == "national").all() == (scope == "central")
    assert 0 < certain[0] < certain[1]
    code, _, err = call(capsys, "count", *arguments, "--scope", "centre", "--out", str(counts))
    assert code == 2
    assert "did you mean 'central'" in err


def test_a_search_without_a_hit_helps_and_is_no_error(capsys):
    code, shown, _ = call(capsys, "search", "enrgy", "--lang", "en")
    assert code == 0
    assert "nearest words: energy" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["search"], "nothing to search for"),
        (["search", "x", "--lang", "fr"], "not a language"),
        (["search", "x", "--services", "none"], "no services in this folder"),
        (["show", "S99", "--services", "OUT"], "valid names are: S01, S02"),
        (["import", "gov24", "none", "--out", "OUT"], "no such folder"),
        (["import", "gov24", "IN", "--out", "FILE"], "cannot be written"),
    ],
)
def test_wrong_input_is_one_message_and_code_2(capsys, tmp_path, arguments, says):
    folder = write_pages(tmp_path / "in", serviceList=[service("S01"), service("S02")])
    (tmp_path / "file").write_text("x", encoding="utf-8")
    places = {"OUT": tmp_path / "out", "IN": folder, "FILE": tmp_path / "file" / "out"}
    call(capsys, "import", "gov24", str(folder), "--out", str(places["OUT"]))
    code, _, err = call(capsys, *(str(places.get(each, each)) for each in arguments))
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
