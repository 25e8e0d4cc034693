import numpy as np
import pytest

from simlib.errors import UserError
from simlib.risk.layers import LAYERS, check_layer
from simlib.risk.rounds import mature_rounds, training_households
from simlib.risk.training import RoundRecord

IDS = np.arange(40_000, dtype=np.uint32)


def test_labels_mature_only_after_their_delay(rounds, parameters):
    first = rounds[0].month
    delay = int(parameters.number("risk.labels.delay_months"))
    horizon = int(parameters.number("risk.labels.horizon_months"))
    for layer, wait in (("recorded_any", delay), ("truth", horizon)):
        assert mature_rounds(rounds, first + wait - 1, layer, parameters) == []
        assert mature_rounds(rounds, first + wait, layer, parameters) == rounds[:1]


def test_recorded_labels_exist_for_the_listed_only(rounds):
    record = rounds[3]
    for layer in LAYERS[:3]:
        assert (record.known(layer) == record.listed).all()
        assert not record.label(layer)[~record.listed].any()
    assert record.known("truth").all()


def test_the_split_is_by_household_and_seed_only(draws, parameters):
    from simlib.draws import Draws

    first = training_households(IDS, draws, parameters)
    other_replicate = training_households(IDS, Draws(draws.seed, 3), parameters)
    assert (first == other_replicate).all()
    reversed_order = training_households(IDS[::-1], draws, parameters)
    assert (reversed_order[::-1] == first).all()
    assert 0.58 < first.mean() < 0.62


def test_an_unknown_layer_is_a_users_error():
    with pytest.raises(UserError, match="did you mean 'recorded_public'"):
        check_layer("recorded_pubic")


def test_a_round_with_arrays_of_different_length_is_refused(rounds):
    from simlib.errors import SimlibError

    parts = dict(vars(rounds[0])) | {"truth": rounds[0].truth[:-1]}
    with pytest.raises(SimlibError, match="differ in length"):
        RoundRecord(**parts)
