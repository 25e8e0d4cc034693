"""What the funnel reads of the catalogue."""

import numpy as np

from simlib.model import WelfareModel
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import RECEIVING
from worlds import catalogue, numbers, plain_anchors, policy, world


def test_what_an_agency_decides_takes_no_hours_of_a_welfare_office():
    entries = catalogue().programmes
    programmes = Programmes.of(catalogue())
    agency = np.array([each.decided_by == "agency" for each in entries])
    hours = np.array([each.decision_hours for each in entries])
    assert agency.any() and (hours[agency] > 0).any()
    assert not programmes.decision_hours[agency].any()
    assert np.array_equal(programmes.decision_hours[~agency], hours[~agency])
    assert np.array_equal(programmes.looked_into, hours > 0)


def test_who_receives_any_basic_livelihood_is_on_no_list():
    of = world(2000, 4)
    parameters = numbers().override({"uptake.burn_in_months": 6}, "test")
    model = WelfareModel(of, policy("officer_calls"), parameters, plain_anchors(of))
    basic = np.flatnonzero([each.category == "basic_livelihood" for each in catalogue().programmes])
    model.step()
    view, _, _ = model.memory["round"]
    assert basic.size == 4
    receiving = (model.funnel_state.cells.table("state")[:, basic] == RECEIVING).any(axis=1)
    assert receiving.any()
    assert (view.bits[receiving] != 0).any()
    assert not view.pool()[view.receives_livelihood].any()
