"""The national list follows the law's indicators; municipalities add to it by their own models."""

from typing import Any

import numpy as np
import pytest

from simlib.model import WelfareModel
from simlib.months import parse_month
from simlib.outreach.instruments.detection import CANDIDATES, ROUND
from simlib.outreach.policy import load_policy
from simlib.risk.indicators import all_indicators
from simlib.risk.local import OwnRounds, indicator_weights, local_scores
from worlds import made, numbers, plain_anchors, world

QUICK = {"uptake.burn_in_months": 2}
N = len(all_indicators())


def rounds_of(*entries: tuple[str, dict[str, Any]], months: int = 12, of: Any = None) -> Any:
    """Run month by month and give the model after each round."""
    of = of or world(months=months)
    parameters = numbers().override(QUICK, "test")
    model = WelfareModel(of, made(*entries), parameters, plain_anchors(of), record=False)
    for _ in range(of.months):
        model.step()
        if model.memory[ROUND] is not None:
            yield model


def wide(**given: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        ("detection", {"rank_by": "rule_of_thumb", "national_share": 0.1}),
        ("local_detection", {"local_share": 1.0, "rank_by": "indicators", **given}),
    )


def test_the_indicators_follow_the_month_unless_a_number_is_given():
    counts = {
        model.month: model.memory[ROUND][0].indicators.count
        for model in rounds_of(("detection", {}), months=12)
    }
    expected = {"2024-01": 44, "2024-03": 45, "2024-05": 45, "2024-07": 46, "2024-11": 47}
    assert {parse_month(month): n for month, n in expected.items()}.items() <= counts.items()
    for size in (34, 39, 44, 45, 46, 47):
        [model] = rounds_of(("detection", {"indicators": size}), months=1)
        view = model.memory[ROUND][0]
        assert view.indicators.count == size
        assert not (view.bits & ~view.indicators.mask).any()


def test_municipalities_add_households_of_the_pool_to_the_national_list():
    national = rounds_of(wide()[0])
    seen = 0
    for model, plain in zip(rounds_of(*wide()), national, strict=True):
        _, pool, listed = model.memory[ROUND]
        own = np.concatenate([r for name, _, r in model.ledger.entries
                              if name == "local_detection"] or [np.empty(0, int)])  # fmt: skip
        first = listed[: listed.size - own.size]
        assert np.array_equal(listed[first.size :], own)
        assert np.isin(own, pool).all()
        assert not np.isin(own, first).any()
        assert np.array_equal(model.memory[CANDIDATES], listed)
        if seen == 0:  # later lists differ, as nobody is listed twice in a row
            assert np.array_equal(first, plain.memory[ROUND][2])
        seen += own.size
    assert seen > 0


def test_each_municipality_has_places_by_the_persons_it_has_to_look_after():
    of = world(5000, 6)
    listed = np.zeros(0, np.int64)
    persons: Any = 0
    for model in rounds_of(*wide(), of=of):
        view = model.memory[ROUND][0]
        n = len(model.offices)
        seen = np.flatnonzero(view.bits != 0)
        persons = persons + np.bincount(model.office_of[seen], view["size"][seen], minlength=n)
        rows = model.memory[ROUND][2]
        own = rows[round(rows.size / 2) :]
        listed = np.concatenate([listed, model.office_of[own]])
    counts = np.bincount(listed, minlength=persons.size)
    largest = np.argsort(persons)[-20:]
    assert np.corrcoef(counts[largest], persons[largest])[0, 1] > 0.5


def test_own_weights_choose_the_own_cases():
    utility = {each.indicator_id for each in all_indicators() if each.domain == "utility"}
    only = dict.fromkeys({each.domain for each in all_indicators()}, 0.0) | {"utility": 1.0}
    added = 0
    for model in rounds_of(*wide(weights=only, local_share=5.0)):
        view = model.memory[ROUND][0]
        own = [r for name, _, r in model.ledger.entries if name == "local_detection"]
        for rows in own:
            assert ((view.bits[rows] & view.indicators.bits_of("utility")) != 0).all()
            added += rows.size
    assert added > 0
    weights = indicator_weights({"utility": 2.0, "water_cut": 0.5})
    by_id = {
        each.indicator_id: weight for each, weight in zip(all_indicators(), weights, strict=True)
    }
    assert by_id["water_cut"] == 0.5
    assert all(by_id[name] == 2.0 for name in utility - {"water_cut"})
    assert by_id["loan_delinquency"] == 1.0


def test_own_rounds_raise_the_weight_of_what_led_to_help_there_and_nowhere_else():
    own = OwnRounds.none(3)
    assert (own.lifts(10.0) == 1.0).all()
    bits = np.array([0b01] * 40 + [0b10] * 40, np.uint64)
    outcome = np.array([True] * 30 + [False] * 10 + [True] * 2 + [False] * 38)
    own.learn(np.zeros(80, np.int64), bits, outcome)
    lifts = own.lifts(10.0)
    assert lifts[0, 0] > 1.0 > lifts[0, 1]
    assert lifts[0, 2:] == pytest.approx(np.ones(N - 2))
    assert lifts[1:] == pytest.approx(np.ones((2, N)))
    # 40 cases with 30 hits, and ten more cases at the municipality's rate of 32 in 80
    assert lifts[0, 0] == pytest.approx((30 + 10 * 0.4) / 50 / 0.4)
    scores = local_scores(np.array([0, 1]), np.array([0b01, 0b01], np.uint64), lifts)
    assert scores[0] > scores[1] == pytest.approx(1.0)


def test_municipalities_learn_from_their_lists_after_some_months():
    learnt = []
    for model in rounds_of(*wide(rank_by="own_rounds", learn_months=4)):
        memory = model.memory["local_detection"]
        learnt.append(int(memory.rounds.cases_n[:, -1].sum()))
        assert all(model.step_n - step < 4 for step, *_ in memory.lists)
    assert learnt[:2] == [0, 0]
    assert learnt == sorted(learnt)
    assert learnt[-1] > 0


def test_an_unknown_indicator_has_the_nearest_one_named(tmp_path):
    from simlib.errors import UserError

    file = tmp_path / "own.yaml"
    file.write_text(
        "title: {ko: 정책, en: Policy}\ninstruments:\n  - detection: {}\n"
        "  - local_detection: {weights: {utilty: 2.0}}\n",
        encoding="utf-8",
    )
    with pytest.raises(UserError, match="utility"):
        load_policy(str(file), numbers())
