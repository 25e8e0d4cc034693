from pathlib import Path

import pytest
import yaml

from simlib.errors import UserError
from simlib.experiments.loading import LoadedScenario, load_scenario, parse_options
from simlib.experiments.scenario import Scenario
from simlib.experiments.schemas import json_schema
from simlib.experiments.setting import changed_parameters, prepare_setting, scenario_hash

ROOT = Path(__file__).parents[2]

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 2000, year: 2025, seed: 1}
start: 2024-01
months: 12
policies: [none, benefit_list]
"""


def load(tmp_path: Path, text: str, **options: object) -> LoadedScenario:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path, options)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    return str(caught.value)


@pytest.mark.parametrize("name", ["documents", "outreach-2024", "quick"])
def test_the_scenarios_that_ship_are_valid(name):
    loaded = load_scenario(ROOT / "scenarios" / f"{name}.yaml")
    assert loaded.name == name
    assert loaded.scenario.policies[0] == "none"
    changed_parameters(loaded)


def test_the_reference_scenario_is_the_one_the_results_speak_of():
    scenario = load_scenario(ROOT / "scenarios" / "outreach-2024.yaml").scenario
    assert (scenario.population.households, scenario.months, scenario.replicates) == (
        100_000,
        36,
        5,
    )
    assert len(scenario.policies) == 6


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("mnths: 3", ["my.yaml:6", "'mnths'", "did you mean 'months'"]),
        ("replicates: '5'", ["my.yaml:6", "replicates", "whole number"]),
        ("replicates: true", ["my.yaml:6", "whole number"]),
        ("replicates: 0", ["my.yaml:6", "greater than or equal to 1"]),
        ("seed: -1", ["my.yaml:6", "seed"]),
        ("report: {languages: [kr]}", ["my.yaml:6", "'ko' or 'en'"]),
        ("report: {language: [ko]}", ["my.yaml:6", "did you mean 'languages'"]),
        ("offices: {hours_per_month: .nan}", ["my.yaml:6", "finite"]),
        ("offices:\n  hours_per_moth: 3", ["my.yaml:7", "did you mean 'hours_per_month'"]),
        ("scorer: {model: hist_gradient_bosting}", ["did you mean 'hist_gradient_boosting'"]),
        ("scorer: {train_until: 2026-01}", ["my.yaml:6", "outside the 12 months"]),
        ("scorer: {train_until: 2024}", ["my.yaml:6", "should be text", "in quotes"]),
        ("scorer: {indicators: 40}", ["my.yaml:6", "34, 39, 44, 45, 46 or 47"]),
        ("uncertainty: {parameters: 1}", ["my.yaml:6", "one draw", "0, or 2 or more"]),
        ("uncertainty: {populations: 0}", ["my.yaml:6", "greater than or equal to 1"]),
        ("uncertainty: {population: 2}", ["my.yaml:6", "did you mean 'populations'"]),
        ("set: {a.b: }", ["my.yaml:6", "'a.b' has no value"]),
        (
            "set:\n  programmes.eitc.documents@2024-06: 2\n  programmes.eitc.documents@2024-03: 3",
            [
                "my.yaml:8",
                "stands after 'programmes.eitc.documents@2024-06'",
                "earliest month first",
            ],
        ),
        (
            "set:\n  programmes.eitc.documents@2024-06: 2\n  programmes.eitc.documents: 3",
            ["my.yaml:8", "would undo the one before it"],
        ),
        (
            "set: {programmes.eitc.documents@2026-01: 3}",
            ["my.yaml:6", "after the last month, 2024"],
        ),
        ("set: {programmes.eitc.documents@2024-13: 3}", ["my.yaml:6", "'2024-13' is not a month"]),
        (
            "set: {outreach: {membership: {outsider_member_share: 0.5}}}",
            ["my.yaml:6", "write it in one: outreach.membership.outsider_member_share: ..."],
        ),
        ("report: {strata: [region, region]}", ["my.yaml:6", "'region' is given twice"]),
        ("months:", ["my.yaml:6", "given twice"]),
        ("mode: no", ["my.yaml:6", "dynamic, fixed_rate; YAML takes yes, no"]),
        ("replicates:", ["my.yaml:6", "'replicates' has no value"]),
        ("replicates: 010", ["my.yaml:6", "'010' is not a plain number"]),
        ("set: [1]", ["my.yaml:6", "should hold keys with values"]),
        ("programmes: []", ["my.yaml:6", "'programmes' is an empty list", "or leave the key out"]),
        ("programmes: core", ["my.yaml:6", "should be a list"]),
        ("months: 3", ["my.yaml:6", "given twice"]),
        ("seed: {", ["my.yaml:", "not valid YAML"]),
    ],
)
def test_a_wrong_line_is_refused_with_its_place_and_the_nearest_name(tmp_path, line, says):
    message = refusal(tmp_path, SCENARIO + line + "\n")
    for part in says:
        assert part in message


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("start: 2024-01", "start: 2024.01", ["my.yaml:3", "a month like 2024-01"]),
        ("start: 2024-01", "start: 2024-1", ["'2024-1' is not a month", "write it like 2024-01"]),
        ("households: 2000,", "households: 2,000,", ["my.yaml:2", "numbers without commas"]),
        ("households: 2000,", "households: 500,", ["my.yaml:2", "fewer than 1,000"]),
        ("year: 2025", "year: 2019", ["my.yaml:2", "no tables for the year 2019"]),
        ("none, ", "none, none, ", ["'none' is given twice", "write it once"]),
        ("none, ", "none, 복지멤버십, ", ["did you mean 'membership'"]),
        ("none, ", "none, mine.yaml, ", ["no policy file 'mine.yaml'", "did you mean 'my.yaml'"]),
        ("{ko: 시험, en: A test}", "A test", ["my.yaml:1", "{ko: ..., en: ...}"]),
    ],
)
def test_what_people_write_is_answered_with_how_to_write_it(tmp_path, right, wrong, says):
    assert right in SCENARIO
    message = refusal(tmp_path, SCENARIO.replace(right, wrong))
    for part in says:
        assert part in message


def test_a_programme_is_suggested_by_its_korean_name(tmp_path):
    message = refusal(tmp_path, SCENARIO + "programmes: [기초연금]\n")
    assert "did you mean 'basic_pension'" in message


def test_a_policy_that_begins_after_the_last_month_is_refused(tmp_path):
    late = "title: {ko: 늦음, en: Late}\ninstruments: [membership: {}]\nfrom: 2030-01\n"
    (tmp_path / "late.yaml").write_text(late, encoding="utf-8")
    path = tmp_path / "my.yaml"
    path.write_text(SCENARIO.replace("none, ", "none, late.yaml, "), encoding="utf-8")
    with pytest.raises(UserError, match="begins in 2030-01, after the last month"):
        prepare_setting(load_scenario(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("start: 2024-01", "start: 2024-13", ["my.yaml:3", "'2024-13' is not a month"]),
        ("months: 12\n", "", ["'months' is missing"]),
        ("months: 12", "months: 0", ["my.yaml:4", "greater than or equal to 1"]),
        ("benefit_list]", "benefit_lst]", ["my.yaml:5", "did you mean 'benefit_list'"]),
        ("benefit_list]", "none]", ["my.yaml:5", "'none' is given twice"]),
        ("benefit_list]", "mine.yaml]", ["my.yaml:5", "no policy file 'mine.yaml'"]),
        ("[none, benefit_list]", "[]", ["my.yaml:5", "is an empty list", "at least one entry"]),
        ("[none, benefit_list]", "none", ["my.yaml:5"]),
        (", seed: 1}", "}", ["my.yaml:2", "'seed' is missing"]),
        (", seed: 1}", ", seed: 1, from: x}", ["my.yaml:2", "either 'from' or 'households'"]),
        ("households: 2000", "households: 20", ["my.yaml:2", "greater than or equal to 100"]),
        ("{ko: 시험, en: A test}", "{ko: 시험}", ["'title.en' is missing"]),
        ("{ko: 시험, en: A test}", "A test", ["my.yaml:1", "title"]),
    ],
)
def test_a_wrong_or_missing_entry_is_refused(tmp_path, old, new, says):
    message = refusal(tmp_path, SCENARIO.replace(old, new))
    for part in says:
        assert part in message


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_file_without_entries_is_refused(tmp_path, text):
    assert "my.yaml:1" in refusal(tmp_path, text)


def test_a_missing_file_and_one_that_is_not_text_are_refused(tmp_path):
    (tmp_path / "quick.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(UserError, match=r"did you mean 'quick\.yaml'"):
        load_scenario(tmp_path / "quik.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="UTF-8"):
        load_scenario(tmp_path / "binary.yaml")


def test_every_value_knows_its_origin(tmp_path):
    text = SCENARIO + "set:\n  uptake.awareness.base_logit: -2.0\n"
    loaded = load(tmp_path, text, replicates=3)
    assert loaded.origins["months"] == "my.yaml:4"
    assert loaded.origins["replicates"] == "command line (replicates)"
    assert loaded.origins["seed"] == "default"
    assert loaded.origins["set/uptake.awareness.base_logit"] == "my.yaml:7"


def test_the_resolved_scenario_names_origins_and_loads_as_the_same_scenario(tmp_path):
    loaded = load(tmp_path, SCENARIO + "set: {uptake.awareness.base_logit: -2.0}\n", seed=9)
    text = loaded.resolved_text()
    assert "seed: 9  # command line (seed)" in text
    assert "replicates: 5  # default" in text
    again = load(tmp_path, text)
    assert again.scenario == loaded.scenario


def test_a_value_of_the_command_line_is_checked_like_one_of_the_file(tmp_path):
    with pytest.raises(UserError, match=r"command line \(replicates\).*whole number"):
        load(tmp_path, SCENARIO, replicates="many")
    with pytest.raises(UserError, match=r"did you mean 'months'"):
        load(tmp_path, SCENARIO, monhts=3)
    with pytest.raises(UserError, match="is not path=value"):
        parse_options(["months"])


def test_options_are_read_as_yaml():
    assert parse_options(["months=3", "a.b=-1.5", "c.d={1: 2}", "e=yes please"]) == {
        "months": 3,
        "a.b": -1.5,
        "c.d": {1: 2},
        "e": "yes please",
    }


def test_a_changed_parameter_carries_its_origin(tmp_path):
    loaded = load(tmp_path, SCENARIO + "set:\n  uptake.awareness.base_logit: -2.0\n")
    parameters = changed_parameters(loaded)
    assert parameters.value("uptake.awareness.base_logit") == -2.0
    row = parameters.read_log().row(0, named=True)
    assert (row["origin"], row["evidence"]) == ("my.yaml:7", "assumption")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("set: {uptake.awareness.base_logitt: -2.0}", "did you mean 'uptake.awareness.base_logit'"),
        ("set: {uptake.awareness.base_logit: many}", "must be a number"),
        ("set: {uptake.awareness.base_logit: 70}", "outside its range"),
    ],
)
def test_a_wrong_change_is_refused_with_its_line(tmp_path, line, says):
    loaded = load(tmp_path, SCENARIO + line + "\n")
    with pytest.raises(UserError, match=says) as caught:
        changed_parameters(loaded)
    assert "my.yaml:6" in str(caught.value)


def test_the_staff_of_offices_and_the_list_length_change_their_parameters(tmp_path):
    text = SCENARIO + "offices: {hours_per_month: 100}\nscorer: {indicators: 39}\n"
    parameters = changed_parameters(load(tmp_path, text))
    assert parameters.number("offices.hours_per_month") == 100
    assert parameters.number("outreach.detection.indicators") == 39


def test_titles_report_and_file_names_do_not_change_the_hash_but_everything_else_does(tmp_path):
    base = scenario_hash(load(tmp_path, SCENARIO))
    same = [
        SCENARIO.replace("A test", "Another"),
        SCENARIO + "report: {languages: [en]}\n",
        SCENARIO + "replicates: 5\nseed: 1\n",
        SCENARIO + "# a comment\n",
    ]
    other = [
        SCENARIO.replace("months: 12", "months: 13"),
        SCENARIO + "seed: 2\n",
        SCENARIO + "replicates: 6\n",
        SCENARIO.replace(", benefit_list", ""),
        SCENARIO + "offices: {hours_per_month: 100}\n",
        SCENARIO + "set: {uptake.awareness.base_logit: -2.0}\n",
        SCENARIO.replace("households: 2000", "households: 2001"),
    ]
    assert {scenario_hash(load(tmp_path, text)) for text in same} == {base}
    hashes = {scenario_hash(load(tmp_path, text)) for text in other}
    assert len(hashes) == len(other)
    assert base not in hashes


def test_a_policy_file_counts_by_its_content(tmp_path):
    policy = tmp_path / "mine.yaml"
    text = SCENARIO.replace("benefit_list]", "mine.yaml]")
    policy.write_text("title: {ko: 가, en: A}\ninstruments: []\n", encoding="utf-8")
    first = scenario_hash(load(tmp_path, text))
    policy.write_text("title: {ko: 나, en: B}\ninstruments: []\n", encoding="utf-8")
    assert scenario_hash(load(tmp_path, text)) != first


def test_the_json_schema_knows_every_key():
    schema = json_schema("scenario")
    assert {"title", "population", "set", "policies", "uncertainty"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    with pytest.raises(UserError, match="did you mean 'scenario'"):
        json_schema("scenari")


def test_a_scenario_cannot_be_changed_after_loading():
    text = (ROOT / "scenarios" / "quick.yaml").read_text(encoding="utf-8")
    scenario = Scenario.model_validate(yaml.safe_load(text))
    with pytest.raises(ValueError, match="frozen"):
        scenario.months = 3  # type: ignore[misc]
