"""A trial on Korean households of the committed sample, as the format describes it."""

import numpy as np
import polars as pl
import pytest

import small_trials as small
from simlib.errors import UserError
from simlib.experiments.trials.ground import Ground
from simlib.experiments.trials.outcomes import OUTCOMES
from simlib.experiments.trials.pool import fixed_pool
from simlib.experiments.trials.run import arms_of, run_replicate
from worlds import SAMPLE

POOL = {"age_min": 60, "entitled_to": ["basic_pension"], "receiving": False,
        "known_to_state": True, "population": {"from": str(SAMPLE)}}  # fmt: skip


@pytest.fixture(scope="module")
def ground() -> Ground:
    data = small.trial_data({"control": [], "letter": [small.LETTER]}, pool=POOL, months=4)
    data["programme"] = {"like": "basic_pension", "documents": 6, "renewal_months": 12}
    return small.ground_of(data | {"burn_in_months": 60})


def test_the_pool_meets_its_conditions_and_arms_share_it(ground):
    arms = run_replicate(ground, arms_of(ground), 0)
    control, letter = arms["control"], arms["letter"]
    assert control.frame["household_id"].equals(letter.frame["household_id"])
    assert control.frame["known_to_state"].all()
    assert not control.started_receiving.any()
    assert control.entitled.all()
    members = ground.households.members
    assert members is not None
    oldest = members.group_by("household_id").agg(pl.col("age").max())
    ages = control.frame.join(oldest, on="household_id")["age"]
    assert ages.min() >= 60
    assert OUTCOMES["applied"](letter) >= OUTCOMES["applied"](control)


def test_the_offset_is_that_of_the_programme_before_its_changes(ground):
    assert ground.target is not None
    changed = ground.columns.offset[0]
    plain = small.trial_data({"control": []}, pool=POOL, months=1)
    plain["programme"] = {"like": "basic_pension"}
    same = small.ground_of(plain | {"burn_in_months": 60})
    assert changed == same.columns.offset[0]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"regions": ["서울특별"]}, "no household has '서울특별' as its region"),
        ({"size_min": 29}, "'size_min' leaves nobody"),
        ({"income_max_krw_m": 0.0, "children": True, "age_max": 61}, "leaves nobody"),
    ],
)
def test_impossible_conditions_are_named(ground, condition, words):
    pool = ground.trial.pool.model_copy(
        update={name: tuple(v) if isinstance(v, list) else v for name, v in condition.items()}
    )
    with pytest.raises(UserError, match=words):
        fixed_pool(pool, ground.households, ground.document)


def test_conditions_only_take_away(ground):
    wide = fixed_pool(ground.trial.pool, ground.households, ground.document)
    narrower = ground.trial.pool.model_copy(update={"tenure": ("own",), "size_max": 2})
    narrow = fixed_pool(narrower, ground.households, ground.document)
    assert 0 < narrow.sum() < wide.sum()
    assert not (narrow & ~wide).any()
    frame = ground.households.frame.filter(pl.Series(narrow))
    assert np.unique(frame["tenure"].to_numpy()).tolist() == ["own"]
