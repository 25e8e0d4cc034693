"""Mistakes in a trial file are told with file, line, reason and what to do."""

import json

import pytest
import typer
from typer.testing import CliRunner

import small_trials as small
from simlib.cli_trials import validate as command
from simlib.errors import UserError
from simlib.experiments.schemas import json_schema
from simlib.experiments.trials.estimates import Band, Estimate
from simlib.experiments.trials.ground import prepare
from simlib.experiments.trials.pool import fixed_pool
from simlib.experiments.trials.schema import Published
from simlib.experiments.trials.validate import load_trials, run_trial, shipped_trials
from simlib.parameters import load_parameters
from simlib.provenance import sources
from small_trials import LETTER

BAND = {"arm": "letter", "minus": "control", "outcome": "enrolled", "low": -1.0, "high": 1.0}
KOREAN = {"pool": {}, "programme": {"like": "basic_pension"}}
TWO = {"control": [], "letter": [LETTER]}


def refused(**changes) -> str:
    with pytest.raises(UserError) as error:
        small.read(small.trial_data(TWO) | changes)
    text = str(error.value)
    assert text.startswith("trial.yaml:")
    return text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"poool": {}}, "did you mean 'pool'?"),
        ({"pool": {"standard": {}, "recieving": False}}, "did you mean 'receiving'?"),
        ({"arms": {"a": [{"notice": {"chanel": "sms"}}]}}, "did you mean 'channel'?"),
        ({"arms": {"a": [{"notise": {}}]}}, "did you mean 'notice'?"),
        ({"arms": {"a": [{"notice": {"channel": "leter"}}]}}, "did you mean 'letter'?"),
        ({"arms": {"a": [{}]}}, "does nothing"),
        ({"arms": {}}, "arms"),
        ({"outcomes": ["aplied"]}, "did you mean 'applied'?"),
        ({"months": 0}, "months"),
        ({"pool": {"age_min": 70, "age_max": 60}}, "'age_min' is above 'age_max'"),
        ({"pool": {"standard": {}, "age_min": 60}}, "made households have no 'age_min'"),
        ({"pool": {}}, "need a programme of the catalogue"),
        ({"pool": {"standard": {}, "launch": True, "receiving": True}}, "launched"),
        ({"outcomes": ["churned"]}, "'churned' needs at least 16 months, here are 6"),
        ({"arms": {"a": [{"notice": {"month": 6}}]}}, "the trial's months are 0 to 5"),
        (
            {"arms": {"a": [{"enrolment": "automatic"}, {"paid_months": 3}]}},
            "write either 'enrolment: automatic' or 'paid_months'",
        ),
        ({"arms": {"a": [{"assistance": {"offered": "in_notice"}}]}}, "but sends none"),
        ({"published": [BAND | {"arm": "lettr"}]}, "names the arm 'lettr'"),
        ({"published": [BAND | {"low": 2.0}]}, "'low' is above 'high'"),
        ({"published": [BAND | {"value": 5.0}]}, "write shares, not percent"),
        ({"published": [BAND | {"sign": "positive"}]}, "a sign test has no band"),
        ({"published": [BAND | {"month": 9}]}, "month 9 lies after the 6"),
        ({"published": [BAND | {"minus": "letter"}]}, "arm 'letter' with itself"),
        ({"published": [BAND | {"low": 4.0, "high": 6.0}]}, "0.05 for 5 %"),
        ({"published": [BAND | {"source": "HEDGE", "evidence": "law"}]}, "second-hand"),
        ({"outcomes": ["applied", "applied"]}, "stands in 'outcomes' twice"),
        ({"months": "6"}, "should be a whole number (given: '6')"),
        ({"pool": {"standard": {}, "receiving": "no"}}, "should be true or false"),
        (KOREAN | {"programme": {"like": "basic_pensin"}}, "did you mean 'basic_pension'"),
        (KOREAN | {"pool": {"entitled_to": ["eitcc"]}}, "did you mean 'eitc'"),
        (KOREAN | {"pool": {"regions": ["Seol"]}}, "did you mean 'Seoul'"),
        (KOREAN | {"pool": {"regions": ["서울특별시"]}}, "write its key, 'Seoul'"),
        (KOREAN | {"pool": {"regions": ["목포시"]}}, "write its key, 'Jeonnam'"),
        (KOREAN | {"start": "2018-12"}, "no rules for 2018-12"),
        ({"arms": {"a": [{"set": {"national.x": 1.0}}]}}, "begins with 'uptake.' or"),
        ({"arms": {"a": [{"set": {"uptake.awareness.base_logi": 1.0}}]}}, "'uptake.aware"),
        ({"arms": {"a": [{"set": {"uptake.awareness.base_logit": 999}}]}}, "outside its"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_a_suggestion(changes, words):
    told = refused(**changes)
    assert words in told
    assert told.startswith(tuple(f"trial.yaml:{line}" for line in range(2, 60))) or "poool" in told


def test_an_unknown_programme_and_a_change_that_is_not_of_take_up_are_refused():
    data = small.trial_data(TWO) | {"pool": {}, "programme": {"like": "basic_pensin"}}
    with pytest.raises(UserError, match="did you mean 'basic_pension'"):
        prepare(*small.read(data), load_parameters())
    unasked = small.trial_data({"a": [{"enrolment": "automatic"}]})
    with pytest.raises(UserError, match="no household is known to the state"):
        small.ground_of(unasked)
    ruled = small.trial_data({"a": [{"set": {"national.x": 1.0}}]})
    with pytest.raises(UserError, match=r"trial\.yaml:\d+: 'national\.x' is no parameter"):
        small.read(ruled)


def test_an_empty_pool_names_the_condition_that_emptied_it():
    data = small.trial_data(TWO)
    data["pool"] = {"standard": {"households": 100}, "known_to_state": True}
    ground = small.ground_of(data)
    with pytest.raises(UserError, match="'known_to_state' leaves nobody") as error:
        fixed_pool(ground.trial.pool, ground.households, ground.document)
    assert "of 100 entitled households none meets it" in str(error.value)
    launched = small.trial_data(TWO) | {"burn_in_months": 0}
    launched["pool"] = {"standard": {"households": 100}, "receiving": True}
    with pytest.raises(UserError, match="'receiving' leaves nobody"):
        small.run(launched)


def test_groups_that_do_not_exist_are_refused():
    document = [BAND | {"among": {"frictoin": "upper"}}]
    trial, lines = small.read(small.trial_data(TWO, published=document))
    with pytest.raises(UserError, match="did you mean 'friction'"):
        run_trial(trial, lines, load_parameters(), 1)


def test_every_shipped_trial_is_readable_and_every_band_has_source_and_grade():
    loaded = load_trials(shipped_trials())
    ids = [name for trial, _ in loaded for name in trial.band_ids()]
    assert len(ids) == len(set(ids)) > 30
    for trial, _ in loaded:
        for each in trial.published:
            assert each.evidence is not None, trial.id
            assert {part.strip() for part in each.source.split(";")} <= set(sources()), trial.id


def test_the_bands_of_acceptance_are_those_of_the_evidence():
    bands = {
        name: (each.low, each.high)
        for trial, _ in load_trials(shipped_trials())
        for name, each in zip(trial.band_ids(), trial.published, strict=True)
        if each.acceptance
    }
    assert bands == {
        "E01": (0.04, 0.06), "E02": (0.10, 0.14), "E04.control": (0.68, 0.80),
        "E04.letter": (0.68, 0.80), "E04.help": (0.68, 0.80), "E05": (0.10, 0.18),
        "E06": (0.05, 0.13), "E07": (0.04, 0.12), "E09": (-0.005, 0.005),
        "E14": (-0.13, -0.07), "E15/E14": (1.2, 2.0), "E20": (0.4, 0.6), "E21": (0.35, 0.65),
        "E23": (0.15, 0.30), "non_take_up": (0.25, 0.60), "E50": (0.04, 0.16),
        "E35": (0.4, 0.8), "E38": (0.2, 0.4),
    }  # fmt: skip


def band(simulated: tuple[float, float], **published) -> Band:
    given = Published(arm="a", outcome="applied", **published)
    mean = sum(simulated) / 2
    return Band("x", "t", given, Estimate(mean, *simulated, *simulated, 30, 1.0))


def test_a_band_holds_when_the_interval_meets_it_and_a_sign_when_the_mean_has_it():
    assert band((0.1, 0.2), low=0.2, high=0.3).verdict == "inside"
    assert band((0.1, 0.19), low=0.2, high=0.3).verdict == "outside"
    assert band((-0.1, 0.3), sign="positive").verdict == "as published"
    assert band((-0.3, 0.1), sign="positive").verdict == "not as published"
    assert not band((-0.1, 0.1), sign="positive").inside


def test_the_command_ends_in_one_object_with_bands(tmp_path):
    path = small.written(tmp_path / "own.yaml", small.trial_data(TWO, published=[BAND]))
    app = typer.Typer()
    app.command()(command)
    out = CliRunner().invoke(app, [str(path), "--seeds", "3", "--json"])
    assert out.exit_code == 0, out.output
    made = json.loads(out.stdout)
    assert [each["id"] for each in made["bands"]] == ["small.letter.enrolled"]
    assert {"published", "simulated", "low", "high", "inside"} <= set(made["bands"][0])
    [trial] = made["trials"]
    assert len(trial["arms"]) == 6
    assert trial["arms"][0]["interval_90"][0] <= trial["arms"][0]["mean"]
    assert "Intervals over" in made["notes"][0]
    picture = tmp_path / "bands.svg"
    table = CliRunner().invoke(app, [str(path), "--seeds", "2", "--figure", str(picture)])
    assert "small.letter.enrolled" in table.output
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_the_schema_of_trials_knows_every_key_of_the_format():
    schema = json_schema("trial")
    assert {"pool", "programme", "months", "arms", "outcomes", "published"} <= set(
        schema["properties"]
    )
    parts = schema["$defs"]["Part"]["properties"]
    assert {"notice", "assistance", "burden", "channels", "renewal_months", "enrolment",
            "paid_months", "meeting"} <= set(parts)  # fmt: skip
