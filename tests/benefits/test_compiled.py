"""The machine and polars find the same for a population, to the last bit."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from numpy.testing import assert_array_equal

from simlib.benefits.catalogue import Catalogue, load_catalogue, register_programmes
from simlib.benefits.compiled.program import program_of
from simlib.benefits.compiled.run import first_persons
from simlib.benefits.compiled.touched import touched_programmes
from simlib.benefits.entitlement import Entitlements, entitle
from simlib.benefits.facts import household_facts
from simlib.errors import UserError
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from worlds import sample

from .test_catalogue import REFORM, catalogue_parameters, load

MONTH = parse_month("2025-03")
Frames = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def frames() -> Frames:
    population = sample(1500)
    persons = population.persons.with_columns(jobless_months=pl.col("person_id") % 9)
    return population.households.with_columns(in_crisis=pl.col("head_age") % 5 == 0), persons


def same(first: Entitlements, second: Entitlements) -> None:
    assert first.ids == second.ids
    assert_array_equal(first.right, second.right)
    assert_array_equal(first.amount_krw_m, second.amount_krw_m)
    assert_array_equal(first.persons_n, second.persons_n)


@pytest.mark.slow
@pytest.mark.parametrize("month", ["2024-01", "2025-03", "2025-07", "2026-11"])
def test_both_evaluators_find_the_same(
    catalogue: Catalogue, frames: Frames, parameters: Parameters, month: str
):
    at = parse_month(month)
    machine = entitle(catalogue, *frames, at, parameters, evaluator="machine")
    same(machine, entitle(catalogue, *frames, at, parameters, evaluator="polars"))
    assert (machine.right > 0).any()


def test_no_rule_of_the_catalogue_is_left_to_polars(catalogue: Catalogue, parameters: Parameters):
    assert program_of(catalogue, MONTH, parameters).ids == catalogue.ids


def test_an_override_and_a_programme_of_a_file_are_the_same_too(tmp_path: Path, frames: Frames):
    path = tmp_path / "reform.yaml"
    rule = {"entitled": "age >= age_min AND amount_basic_pension > 0", "amount_krw_m": "by_size"}
    table = {"unit": "KRW/month", "by": "size", "source": "HEDGE", "evidence": "assumption"}
    age_min = {"age_min": REFORM["parameters"]["age_min"]}
    own = age_min | {"by_size": table | {"value": {1: 7000.5, 3: 5000, 4: 1}}}
    path.write_text(yaml.safe_dump(REFORM | rule | {"parameters": own}, allow_unicode=True))
    parameters = load_parameters()
    register_programmes(parameters, [path])
    changes = {"programmes.basic_pension.maximum": 400_000, "programmes.older_bonus.age_min": 70}
    changed = parameters.override(changes, "test")
    catalogue = load_catalogue(changed, extra=[path])
    machine = entitle(catalogue, *frames, MONTH, changed, evaluator="machine")
    same(machine, entitle(catalogue, *frames, MONTH, changed, evaluator="polars"))
    column = catalogue.index("older_bonus")
    assert set(np.unique(machine.amount_krw_m[:, column])) > {0.0, 5000.0}
    before = entitle(catalogue, *frames, MONTH, parameters, evaluator="machine")
    assert before.amount_krw_m.sum() < machine.amount_krw_m.sum()


def test_rows_in_any_order_and_persons_apart_give_the_same(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    households, persons = frames
    order = np.argsort(np.arange(households.height) * 7 % 1009, kind="stable")
    mixed = persons.sort("sex", "birth_month"), households[order]
    machine = entitle(catalogue, mixed[1], mixed[0], MONTH, parameters, evaluator="machine")
    whole = entitle(catalogue, *frames, MONTH, parameters, evaluator="polars")
    assert_array_equal(machine.right, whole.right[order])
    assert_array_equal(machine.persons_n, whole.persons_n[order])


def test_a_household_of_thousands_and_one_of_nobody_are_counted(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    households, persons = frames
    crowded, empty = households["household_id"][2], households["household_id"][7]
    crowd = pl.concat([persons.head(1)] * 3000).with_columns(
        household_id=pl.lit(crowded, persons.schema["household_id"]),
        relation=pl.lit("other_kin", persons.schema["relation"]),
    )
    some = pl.concat([persons.filter(pl.col("household_id") != empty), crowd])
    made = [
        entitle(catalogue, households, some, MONTH, parameters, evaluator=each)
        for each in ("machine", "polars")
    ]
    same(*made)
    assert made[0].persons_n.max() == 255


def test_some_programmes_alone_are_the_same(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    whole = entitle(catalogue, *frames, MONTH, parameters, evaluator="polars")
    only = ["telecom_discount_bp", "energy_voucher"]
    for evaluator in ("machine", "polars"):
        part = entitle(catalogue, *frames, MONTH, parameters, only=only, evaluator=evaluator)
        assert part.ids == ("energy_voucher", "telecom_discount_bp")
        for column, programme in enumerate(part.ids):
            assert_array_equal(part.right[:, column], whole.right[:, catalogue.index(programme)])


def test_an_unknown_programme_is_refused(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    with pytest.raises(UserError, match="did you mean 'energy_voucher'"):
        entitle(catalogue, *frames, MONTH, parameters, only=["energy_vouchr"])


@pytest.mark.parametrize("evaluator", ["machine", "polars"])
def test_bad_frames_and_months_are_refused_by_both(
    catalogue: Catalogue, frames: Frames, parameters: Parameters, evaluator: str
):
    households, persons = frames

    def refused(message: str, *given: object, month: str = "2025-03") -> None:
        with pytest.raises(UserError, match=message):
            entitle(catalogue, *given, parse_month(month), parameters, evaluator=evaluator)

    refused("persons lack the columns sex", households, persons.drop("sex"))
    refused("belongs to household", households[1:], persons)
    refused("appears twice", pl.concat([households, households[:1]]), persons)
    refused("has no value for 2018-06", households, persons, month="2018-06")


@pytest.mark.parametrize("evaluator", ["machine", "polars"])
@pytest.mark.parametrize("rule", ["tenure > 3", "'own' = 3", "NOT tenure"])
def test_a_rule_of_mixed_kinds_that_was_read_unchecked_is_refused_by_both(
    tmp_path: Path, frames: Frames, rule: str, evaluator: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("simlib.benefits.catalogue.check_rules", lambda *_: None)
    monkeypatch.setattr("simlib.benefits.catalogue.check_used", lambda *_: None)
    catalogue = load(tmp_path, entitled=rule)
    parameters = catalogue_parameters(tmp_path)
    with pytest.raises(UserError, match="rule of 'older_bonus' cannot be evaluated"):
        entitle(catalogue, *frames, MONTH, parameters, evaluator=evaluator)


def test_unknown_values_are_left_to_polars(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    households, persons = frames
    unknown = households.with_columns(
        in_crisis=pl.when(pl.col("head_age") > 60).then("in_crisis"),
        medical_cost_krw_y=pl.when(pl.col("head_age") > 60).then("medical_cost_krw_y"),
    )
    made = [
        entitle(catalogue, unknown, persons, MONTH, parameters, evaluator=each)
        for each in ("machine", "polars")
    ]
    same(*made)


def test_nobody_is_fine(catalogue: Catalogue, frames: Frames, parameters: Parameters):
    none = frames[0].head(0), frames[1].head(0)
    result = entitle(catalogue, *none, MONTH, parameters, evaluator="machine")
    assert result.right.shape == (0, len(catalogue.ids))


def test_first_persons_are_found_in_order_or_not(frames: Frames):
    households, persons = frames
    starts, order = first_persons(households, persons)
    assert order is None
    assert_array_equal(np.diff(starts), households["size"].to_numpy())
    again, mixed = first_persons(households, persons.reverse())
    assert_array_equal(again, starts)
    assert mixed is not None


def test_a_change_touches_what_rests_on_it(catalogue: Catalogue, parameters: Parameters):
    def touched(*changed: str) -> tuple[str, ...]:
        return touched_programmes(catalogue, changed, MONTH, parameters)

    assert touched("district_heating") == ("district_heating_discount",)
    earnings = touched("earnings_krw_m")
    assert {"livelihood_benefit", "eitc", "basic_pension", "energy_voucher"} <= set(earnings)
    assert "child_allowance" not in earnings
    assert "child_allowance" in touched("birth_month")
    assert set(touched("in_crisis")) < set(catalogue.ids)
    with pytest.raises(UserError, match="did you mean 'debt_krw'"):
        touched("dept_krw")


def test_facts_of_the_population_have_no_unknown_values(frames: Frames, parameters: Parameters):
    facts = household_facts(*frames, MONTH, parameters)
    assert not any(facts.households.null_count().row(0))
