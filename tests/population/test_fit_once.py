"""The package's own controls are fitted once for the same parameters, which count as read."""

from simlib.parameters import load_parameters
from simlib.population import fit_table


def test_the_same_parameters_have_the_same_fit_and_both_are_read():
    first, second = load_parameters(), load_parameters()
    second.value("population.head_age_min")
    assert fit_table(first) is fit_table(second)
    assert set(first.reads()) == set(second.reads()) and len(first.reads()) > 20
    assert first.read_log().equals(second.read_log())


def test_other_values_have_a_fit_of_their_own():
    known = load_parameters()
    changed = known.override({"population.yearly_survival_85plus": 0.8}, "test")
    own = fit_table(changed)
    assert own is not fit_table(known)
    assert own is fit_table(known.override({"population.yearly_survival_85plus": 0.8}, "test"))
    assert changed.parameter("population.yearly_survival_85plus").values[0][1].origin == "test"
