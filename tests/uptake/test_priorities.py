"""Offices that decide by other rules than arrival; the example stands in docs/uptake.md too."""

import re
from pathlib import Path

import numpy as np
import pytest

from simlib.errors import UserError
from simlib.experiments.loading import load_scenario
from simlib.experiments.setting import prepare_setting
from simlib.model import WelfareModel
from simlib.uptake.claims import Claims
from simlib.uptake.priorities import NeedFirst, Priority
from simlib.uptake.states import RECEIVING
from worlds import numbers, plain_anchors, policy, run, sample, world

DOCS = Path(__file__).parents[2] / "docs" / "uptake.md"
BUSY = {"offices.caseworkers_per_1000_households": 0.15, "uptake.awareness.peers": 0.0}


def need_of_awards(model: WelfareModel) -> float:
    cells = model.funnel_state.cells
    awarded = (cells.state == RECEIVING) & (cells.since >= 0) & (cells.right == 1)
    by_office = model.programmes.decision_hours[cells.programme] > 0
    return float(model.traits.need[cells.rows[awarded & by_office]].mean())


def test_with_need_first_those_in_need_wait_less():
    of = world(2000, 12)
    arrival, need = run("none", of, BUSY), run("none", of, BUSY, priority=NeedFirst())
    assert need_of_awards(need) > need_of_awards(arrival)
    # offices that have time for all decide the same, whatever the rule
    ample = {"offices.caseworkers_per_1000_households": 50.0}
    small = world(500, 6)
    for name in ("state", "since"):
        first, second = (
            run("none", small, ample, priority=rule).funnel_state.cells.table(name)
            for rule in (Priority(), NeedFirst())
        )
        assert np.array_equal(first, second)


def test_a_rule_may_hold_for_one_municipality():
    class Backwards(Priority):
        def order(self, claims: Claims) -> np.ndarray:
            return np.arange(claims.row.size)[::-1]

    first = int(world(500, 6).population.households["municipality"][0])
    model = run("none", world(500, 6), priority={first: Backwards()})
    own, *others = model.offices
    assert own.serves.municipalities == (first,)
    assert isinstance(own.rule, Backwards)
    assert all(type(each.rule) is Priority for each in others)


def test_an_opening_of_shared_offices_does_not_fit_a_rule_of_one_municipality():
    opening = run("none", world(500, 2), BUSY, one_office=True).opening()
    with pytest.raises(UserError, match=r"opening has 1 offices.*leave the opening out"):
        run("none", world(500, 2), BUSY, priority=NeedFirst(), opening=opening)


class Nothing(Priority):
    def order(self, claims: Claims) -> np.ndarray:
        np.argsort(claims.need)  # and forgets to return it


class Short(Priority):
    def key(self, claims: Claims) -> np.ndarray:
        return claims.need[1:]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (NeedFirst, "not the class"),
        ({99999: NeedFirst()}, "no office of municipality 99999"),
        (Nothing(), "Nothing does not give every claim once"),
        (Short(), "Short does not give one number a claim"),
    ],
)
def test_a_rule_that_cannot_rank_is_refused(rule, message):
    with pytest.raises(UserError, match=message):
        run("none", world(500, 2), BUSY, priority=rule)


def test_a_scenario_names_its_rule(tmp_path):
    sample(500).save(tmp_path / "people")
    path = tmp_path / "s.yaml"
    text = (
        "title: {ko: 시험, en: A test}\npopulation: {from: people}\nstart: 2024-01\nmonths: 2\n"
        "policies: [none]\noffices: {priority: RULE}\n"
    )
    path.write_text(text.replace("RULE", "need_first"), encoding="utf-8")
    parameters = prepare_setting(load_scenario(path)).parameters
    model = WelfareModel(
        world(500, 2),
        policy("none"),
        parameters.override({"uptake.burn_in_months": 0}, "test"),
        plain_anchors(world(500, 2)),
    )
    assert all(isinstance(office.rule, NeedFirst) for office in model.offices)
    path.write_text(text.replace("RULE", "needy_first"), encoding="utf-8")
    with pytest.raises(UserError, match="need_first"):
        load_scenario(path)
    wrong = text.replace("offices: {priority: RULE}", "set: {uptake.office_priority: needy}")
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(UserError, match=r"s.yaml:6: uptake.office_priority: .*no office rule"):
        prepare_setting(load_scenario(path))


def test_the_example_of_the_documents_runs():
    [code] = [
        block
        for block in re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
        if "Priority" in block
    ]
    of = world(500, 3)
    parameters = numbers().override({"uptake.burn_in_months": 1}, "test")
    names = {
        "world": of,
        "policy": policy("none"),
        "parameters": parameters,
        "anchors": plain_anchors(of),
    }
    exec(code, names)
    model = names["model"]
    assert isinstance(model, WelfareModel)
    assert model.step_n == of.months - 1
    assert type(model.offices[0].rule).__name__ in code
