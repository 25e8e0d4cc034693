import numba
import numpy as np
import pytest

from simlib.errors import SimlibError, UserError
from simlib.months import parse_month
from simlib.provenance import EVIDENCE_GRADES, sources
from simlib.risk.fitting import driver_means, fit_scale, pool_share
from simlib.risk.indicators import (
    Latents,
    all_indicators,
    indicator_list,
    indicators_in_force,
    list_sizes,
    observe,
)

MONTH = parse_month("2024-03")


def _replaced(latents: Latents, **changes) -> Latents:
    return Latents(**(vars(latents) | changes))


def _subset(latents: Latents, rows) -> Latents:
    return Latents(**{name: values[rows] for name, values in vars(latents).items()})


def _without_need(latents: Latents, **changes) -> Latents:
    n = len(latents.size)
    calm = {name: np.zeros(n, np.uint8) for name in (
        "arrears_months", "jobless_months", "ill_months", "crisis_months")}  # fmt: skip
    calm |= {"buffer_months": np.full(n, 24, np.float32)}
    calm |= {"severe_disability": np.zeros(n, bool), "isolation": np.full(n, -1, np.float32)}
    return _replaced(latents, **(calm | changes))


def test_the_list_grew_from_34_to_47_as_published():
    assert list_sizes() == (34, 39, 44, 45, 46, 47)
    for size in list_sizes():
        assert len(indicator_list(size).indicators) == size


@pytest.mark.parametrize(
    ("month", "count"),
    [
        ("2022-08", 34), ("2022-09", 39), ("2023-12", 44),
        ("2024-03", 45), ("2024-06", 46), ("2024-11", 47), ("2030-01", 47),
    ],
)  # fmt: skip
def test_the_list_in_force_follows_the_date(month, count):
    assert indicators_in_force(parse_month(month)).count == count


def test_a_list_that_never_was_is_refused():
    with pytest.raises(UserError, match="choose one of 34, 39, 44, 45, 46, 47"):
        indicator_list(40)
    with pytest.raises(UserError, match="not known by name"):
        indicators_in_force(parse_month("2014-01"))


def test_every_indicator_has_sources_and_evidence():
    import polars as pl

    from simlib.files import package_data

    rows = pl.read_csv(package_data("kr", "indicators.csv"), infer_schema=False)
    for column in ("source", "list_source", "anchor_source", "driver_source"):
        named = rows[column].drop_nulls().str.split(";").explode().to_list()
        assert set(named) <= set(sources())
    for column in (name for name in rows.columns if name.endswith("evidence")):
        assert set(rows[column]) <= set(EVIDENCE_GRADES)
    assert set(rows["prevalence_evidence"]) == {"assumption"}


def test_the_pool_is_eight_to_twelve_percent_of_persons_in_every_round(draws, parameters, latents):
    for step in range(0, 12, 2):
        share = pool_share(latents, MONTH + step, indicator_list(45), draws, parameters)
        assert 0.08 <= share <= 0.12


def test_the_fitted_scale_reaches_the_target_pool(draws, parameters, latents):
    scale = fit_scale(latents, MONTH, indicator_list(45), draws, parameters)
    fitted = parameters.override({"risk.scale": scale}, "test")
    share = pool_share(latents, MONTH, indicator_list(45), draws, fitted)
    one_household = latents.size.max() / latents.size.sum()
    assert abs(share - parameters.number("risk.pool_share_target")) <= 2 * one_household


def test_a_pool_out_of_reach_is_reported(draws, parameters, latents):
    high = parameters.override({"risk.pool_share_target": 0.5}, "test")
    none = _without_need(_subset(latents, slice(0, 500)))
    none = _replaced(none, receives_livelihood=np.ones(500, bool))
    with pytest.raises(UserError, match="no scale of the indicators"):
        fit_scale(none, MONTH, indicator_list(45), draws, high)


def test_the_drivers_of_the_sample_are_near_the_means_in_force(parameters, latents):
    for name, mean in driver_means(latents, parameters).items():
        assert mean <= 2 * parameters.number(f"risk.driver_mean.{name}")


def test_need_drives_indicators_together(draws, parameters, latents):
    bits = observe(latents, MONTH, indicator_list(45), draws, parameters)
    number = np.bitwise_count(bits)
    independent = 1 - np.prod(
        [1 - ((bits >> np.uint64(j)) & np.uint64(1)).mean() for j in range(47)]
    )
    assert (number > 0).mean() < independent
    strained = latents.arrears_months > 4
    assert number[strained].mean() > 5 * number[~strained].mean()


def test_more_need_never_removes_an_indicator(draws, parameters, latents):
    calm = _without_need(latents)
    n = len(calm.size)
    before = observe(calm, MONTH, indicator_list(47), draws, parameters)
    for change in (
        {"buffer_months": np.full(n, -3, np.float32)},
        {"arrears_months": np.full(n, 9, np.uint8)},
        {"ill_months": np.full(n, 9, np.uint8)},
    ):
        after = observe(_replaced(calm, **change), MONTH, indicator_list(47), draws, parameters)
        assert not (before & ~after).any()
        assert (after & ~before).any()


def test_arrears_of_the_last_months_have_not_arrived_yet(draws, parameters, latents):
    calm = _without_need(latents)
    n = len(calm.size)
    fresh = _replaced(calm, arrears_months=np.ones(n, np.uint8))
    bits = [observe(each, MONTH, indicator_list(45), draws, parameters) for each in (calm, fresh)]
    gas = indicator_list(45).ids.index("gas_arrears")
    assert ((bits[0] ^ bits[1]) >> np.uint64(gas) & np.uint64(1)).sum() == 0


def test_a_growing_list_leaves_earlier_indicators_as_they_were(draws, parameters, latents):
    short = observe(latents, MONTH, indicator_list(34), draws, parameters)
    long = observe(latents, MONTH, indicator_list(47), draws, parameters)
    assert (long & indicator_list(34).mask == short).all()
    assert not (short & ~indicator_list(34).mask).any()


def test_households_are_independent_of_each_other(draws, parameters, latents):
    whole = observe(latents, MONTH, indicator_list(45), draws, parameters)
    rows = np.arange(17, len(latents.size), 3)[::-1]
    part = observe(_subset(latents, rows), MONTH, indicator_list(45), draws, parameters)
    assert (part == whole[rows]).all()


def test_threads_do_not_change_what_is_received(draws, parameters, latents):
    received = []
    before = numba.get_num_threads()
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            received.append(observe(latents, MONTH, indicator_list(45), draws, parameters))
    finally:
        numba.set_num_threads(before)
    assert (received[0] == received[1]).all()


def test_indicators_last_from_round_to_round(draws, parameters, latents):
    first = observe(latents, MONTH, indicator_list(45), draws, parameters)
    second = observe(latents, MONTH + 2, indicator_list(45), draws, parameters)
    had = first != 0
    assert ((second != 0) & had).sum() > 0.7 * had.sum()
    assert (first != second).any()


def test_a_wrong_address_costs_indicators_that_travel_by_address(draws, parameters, latents):
    address = sum(1 << (e.no - 1) for e in all_indicators() if e.link == "address")
    n = len(latents.size)
    owing = _replaced(
        _without_need(latents), arrears_months=np.full(n, 12, np.uint8),
        address_mismatch=np.zeros(n, bool),
    )  # fmt: skip
    moved = _replaced(owing, address_mismatch=np.ones(n, bool))
    right, wrong = (
        observe(each, MONTH, indicator_list(45), draws, parameters) for each in (owing, moved)
    )
    by_address, by_person = np.uint64(address), np.uint64(~address & (2**47 - 1))
    assert (right & by_person == wrong & by_person).all()
    found = [np.bitwise_count(each & by_address).sum() for each in (right, wrong)]
    assert found[1] < 0.75 * found[0]
    assert (wrong & ~right & by_address).any()


def test_no_scale_means_no_indicator(draws, parameters, latents):
    none = parameters.override({"risk.scale": 0.0}, "test")
    assert not observe(latents, MONTH, indicator_list(47), draws, none).any()


def test_an_empty_population_has_no_indicators(draws, parameters, latents):
    none = _subset(latents, slice(0, 0))
    assert observe(none, MONTH, indicator_list(45), draws, parameters).shape == (0,)


def test_latents_of_different_length_are_refused(latents):
    with pytest.raises(SimlibError, match="differ in length"):
        _replaced(latents, size=latents.size[:-1])
