import pytest

from simlib.errors import UserError
from simlib.months import parse_month
from simlib.parameters import load_parameters

GOOD = "a.rate: {value: 0.2, unit: probability, range: [0, 1], source: MECH, evidence: study}\n"
DATED = """pension:
  unit: KRW/month
  values:
    2024-01: {value: 100, source: MECH, evidence: law}
    2025-01: {value: 110, source: MECH, evidence: law}
"""


def loaded(folder, text):
    (folder / "area.yaml").write_text(text, encoding="utf-8")
    return load_parameters(folder)


def test_a_value_is_found_by_its_path_and_holds_from_its_month(tmp_path):
    parameters = loaded(tmp_path, GOOD + DATED)
    assert parameters.number("area.a.rate") == 0.2
    assert parameters.number("area.pension", parse_month("2024-12")) == 100
    assert parameters.number("area.pension", parse_month("2025-01")) == 110
    assert parameters.number("area.pension") == 110
    assert parameters.group("area.a") == {"rate": 0.2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {value: 1, unit: x, source: MECH}", r"area.yaml:1.*no evidence"),
        ("a: {value: 1, unit: x, evidence: law}", r"area.yaml:1.*no source"),
        ("a: {value: 1, source: MECH, evidence: law}", r"area.yaml:1.*no unit"),
        ("a: {unit: x, source: MECH, evidence: law}", r"area.yaml:1.*no value"),
        ("a: {value: 1, unit: x, source: MECHA, evidence: law}", r"unknown source 'MECHA'.*'MECH'"),
        ("a: {value: 1, unit: x, source: MECH, evidence: lore}", r"grade 'lore'"),
        (
            "a: {value: 1, unit: x, source: BLOG, evidence: law}",
            r"area.yaml:1.*BLOG is second-hand",
        ),
        ("a: {value: 1, unit: x, source: RECALL, evidence: study}", r"RECALL is second-hand"),
        ("a: {valu: 1, unit: x, source: MECH, evidence: law}", r"unknown key 'valu'.*'value'"),
        (
            "a: {value: 3, unit: x, range: [0, 1], source: MECH, evidence: law}",
            r"outside its range",
        ),
        ("a: 3", r"'area.a' is a number, not keys with values.*{unit: ..., value"),
        ("a:", r"'area.a' is empty"),
        ("a: {values: {}, unit: x}", r"values of 'area.a' are empty"),
        ("a: {value: 1.5, unit: share, source: MECH, evidence: law}", r"1.5, outside.*0 to 1"),
        ("a: {value: {1: 2, 2: -3}, unit: days, source: MECH, evidence: law}", r"is -3, outside"),
        (
            "a:\n  unit: x\n  values:\n    2025-01: {value: 1, source: MECH, evidence: law}\n"
            "    2024-01: {value: 1, source: MECH, evidence: law}\n",
            r"area.yaml:3.*not in order of time",
        ),
        (
            "a:\n  unit: x\n  values:\n    2025-13: {value: 1, source: MECH, evidence: law}\n",
            r"area.yaml:4.*'2025-13' is not a month",
        ),
        ("a: {value: 1\nb: 2", r"area.yaml:2.*not valid YAML"),
        (GOOD + GOOD, r"area.yaml:2.*'a.rate' is given twice"),
    ],
)
def test_a_wrong_parameter_file_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        loaded(tmp_path, text)


def test_a_date_before_the_first_value_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no value for 2023-12.*from 2024-01"):
        loaded(tmp_path, DATED).value("area.pension", parse_month("2023-12"))


def test_an_unknown_path_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(UserError, match=r"did you mean 'area\.a\.rate'"):
        loaded(tmp_path, GOOD).value("area.a.rat")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"area.a.rate": 2.0}, r"outside its range"),
        ({"area.a.rate": "high"}, r"must be a number, not text"),
        ({"area.a.rate": True}, r"must be a number, not yes or no"),
        ({"area.a.rate": float("nan")}, r"no finite number"),
        ({"area.pension": -100}, r"is -100, outside what a value in 'KRW/month' can be"),
        ({"area.b": 1}, r"unknown parameter 'area.b'"),
    ],
)
def test_a_change_of_the_wrong_kind_or_size_is_refused_where_it_was_made(tmp_path, change, message):
    with pytest.raises(UserError, match=message):
        loaded(tmp_path, GOOD + DATED).override(change, "scenario.yaml:7")


def test_a_change_leaves_the_original_and_shows_its_origin(tmp_path):
    original = loaded(tmp_path, GOOD + DATED)
    changed = original.override({"area.a.rate": 0.5, "area.pension@2025-01": 200}, "mine.yaml:3")
    assert (original.number("area.a.rate"), changed.number("area.a.rate")) == (0.2, 0.5)
    assert changed.number("area.pension", parse_month("2024-06")) == 100
    assert changed.number("area.pension", parse_month("2025-06")) == 200
    log = {row["path"]: row for row in changed.read_log().to_dicts() if row["since"] == ""}
    assert log["area.a.rate"]["origin"] == "mine.yaml:3"
    assert log["area.a.rate"]["evidence"] == "assumption"
    assert log["area.a.rate"]["note"] == "changed from 0.2"


def test_the_log_holds_what_was_read_worst_evidence_first(tmp_path):
    text = GOOD + "b: {value: 1, unit: x, source: MECH, evidence: assumption}\n" + DATED
    parameters = loaded(tmp_path, text)
    for path in ("area.a.rate", "area.b"):
        parameters.value(path)
    assert parameters.read_log()["path"].to_list() == ["area.b", "area.a.rate"]


def test_the_shipped_parameters_load():
    assert "uptake.awareness.base_logit" in load_parameters()
