"""What a running model keeps of a household stays small, and does not grow month by month."""

from simlib.model import WelfareModel
from simlib.sizes import PARTS, bytes_per_household
from worlds import numbers, plain_anchors, policy, world

LIMIT_BYTES = 250
"""Bound of all columns of a running model, bytes a household."""


def test_a_household_takes_few_bytes_from_the_first_month_to_the_last():
    of = world(2000, 24)
    model = WelfareModel(of, policy("everything"), numbers(), plain_anchors(of), record=False)
    first = bytes_per_household(model)
    last = bytes_per_household(model.run())
    assert set(first) == {*PARTS, "all"}
    assert first["all"] < last["all"] < LIMIT_BYTES
    assert last["cells"] < 1.3 * first["cells"]
