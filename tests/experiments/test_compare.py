import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.stats import ttest_rel

from simlib.errors import UserError
from simlib.experiments.compare import compare, compare_all
from simlib.experiments.households import household_changes
from simlib.experiments.measures import KEYS, measures, totals
from simlib.experiments.pairing import BY_CHANCE, CONFIDENCE, FEW, few_events
from simlib.experiments.run import Run, open_run
from simlib.experiments.store import RunStore, Task


def test_the_interval_is_the_paired_t_interval(make_run):
    run = make_run()
    row = compare(run, "letters").row("paid_krw")
    series = {
        policy: totals(run.results(policy)).filter(pl.col("measure") == "paid_krw")["value"]
        for policy in ("letters", "none")
    }
    test = ttest_rel(series["letters"], series["none"])
    low, high = test.confidence_interval(0.95)
    assert np.isclose(row["difference"], (series["letters"] - series["none"]).mean())
    assert np.allclose([row["low"], row["high"]], [low, high])
    assert row["verdict"] == "higher"
    assert row["same_sign_share"] == 1.0


def test_pairing_takes_out_the_luck_that_both_worlds_share(make_run):
    result = compare(make_run(), "letters")
    chosen = result.pairs.filter(pl.col("measure") == "receiving_n").sort("replicate")
    value, base = chosen["value"].to_numpy(), chosen["value_base"].to_numpy()
    unequal = [value[i] - base[j] for i in range(4) for j in range(4) if i != j]
    # the mean is that of the same replicates: its own variance is added back
    paired_variance = (value - base).var(ddof=1)
    independent = np.var(unequal) + paired_variance / 4
    row = result.row("receiving_n")
    assert row["variance_ratio"] == pytest.approx(independent / paired_variance)
    assert row["variance_ratio"] > 10


def test_flows_are_summed_stocks_averaged_and_ratios_formed(make_run):
    run = make_run()
    results = run.results("none")
    table = totals(results)

    def value(measure):
        return table.filter(pl.col("measure") == measure, pl.col("replicate") == 0)["value"].item()

    first = results.filter(pl.col("replicate") == 0)
    receiving = first.filter(pl.col("measure") == "receiving_n")["value"]
    assert np.isclose(value("receiving_n"), receiving.mean())
    assert np.isclose(
        value("paid_krw"), first.filter(pl.col("measure") == "paid_krw")["value"].sum()
    )
    assert np.isclose(value("take_up_share"), receiving.sum() / 1500)


def test_a_policy_without_effect_is_identical_and_not_an_error(make_run):
    result = compare(make_run(), "nothing")
    assert result.identical
    assert set(result.table["verdict"]) == {"identical"}
    assert result.problems == []


def test_what_is_not_left_to_luck_is_fixed_and_not_an_error(make_run):
    result = compare(make_run(), "letters")
    assert result.row("hours_available")["verdict"] == "fixed"
    assert result.row("hours_available")["difference"] == 3.0
    assert result.row("entitled_n")["verdict"] == "identical"
    assert result.problems == []


def test_an_instrument_that_the_baseline_lacks_counts_as_nothing_there(make_run):
    row = compare(make_run(), "letters").row("notices_n", item="letters")
    assert row["baseline"] == 0
    assert row["policy"] == 3 * (7 + 1.5)


def test_a_single_replicate_has_no_interval(make_run):
    row = compare(make_run(replicates=1), "letters").row("paid_krw")
    assert row["verdict"] == "single"
    assert row["low"] is None and row["high"] is None


def altered(run: Run, policy: str, change) -> Run:
    """Write the results of a policy anew."""
    store = RunStore(run.folder)
    results, households = run.results(policy), run.households(policy, 0)
    for replicate in run.replicates(policy):
        store.save(Task(replicate, policy), change(results, replicate), households, [])
    store.write_manifest({key: value for key, value in run.manifest.items() if key != "files"})
    return open_run(run.folder)


def test_an_interval_without_width_where_luck_plays_a_part_is_an_error(make_run):
    run = make_run()
    base = run.results("none")
    shifted = altered(
        run,
        "letters",
        lambda _, r: base.filter(pl.col("replicate") == r).with_columns(pl.col("value") + 200),
    )
    result = compare(shifted, "letters")
    assert result.row("receiving_n")["verdict"] == "zero_width"
    assert any("receiving_n" in text for text in result.problems)


def test_a_count_of_a_few_may_agree_in_all_replicates(make_run):
    run = make_run()
    base = run.results("none")

    def one_more(_, replicate):
        same = base.filter(pl.col("replicate") == replicate)
        first = (pl.col("measure") == "receiving_n") & (pl.col("month") == 24288)
        return same.with_columns(pl.when(first).then(pl.col("value") + 3).otherwise("value"))

    result = compare(altered(run, "letters", one_more), "letters")
    assert result.row("receiving_n")["verdict"] == "rare"
    assert result.problems == []


def test_two_replicates_may_agree_in_many_events_and_in_money(make_run):
    run = make_run(replicates=2)
    base = run.results("none")
    shifted = altered(
        run,
        "letters",
        lambda _, r: base.filter(pl.col("replicate") == r).with_columns(pl.col("value") + 20),
    )
    result = compare(shifted, "letters")
    assert {result.row(name)["verdict"] for name in ("receiving_n", "paid_krw")} == {"rare"}
    assert result.problems == []


@pytest.mark.parametrize("replicates_n", [3, 5, 8])
def test_events_that_may_agree_by_chance_are_as_few_as_their_counts_say(replicates_n):
    n = few_events(replicates_n)
    counts = stats.poisson(n).pmf(np.arange(int(n + 20 * n**0.5 + 50)))
    chance = float((counts**replicates_n).sum())
    assert chance < 1.1 * BY_CHANCE
    assert n == FEW or chance > 0.9 * BY_CHANCE


def test_replicates_that_are_copies_of_one_another_are_refused(make_run):
    run = make_run()
    for policy in ("none", "letters"):
        first = run.results(policy).filter(pl.col("replicate") == 0)
        run = altered(
            run, policy, lambda _, r, f=first: f.with_columns(replicate=pl.lit(r, pl.Int32))
        )
    with pytest.raises(UserError, match="copies of one another"):
        compare(run, "letters")


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [("population", "q", "population"), ("seed", 2, "seed"), ("months", 4, "months")],
)
def test_runs_that_are_not_paired_are_refused(make_run, key, value, word):
    run, other = make_run("a"), make_run("b", **{key: value})
    with pytest.raises(UserError, match=f"differ in their .*{word}"):
        compare(run, "letters", against=other)


def test_other_replicates_are_refused(make_run):
    with pytest.raises(UserError, match="same replicates"):
        compare(make_run("a"), "letters", against=make_run("b", replicates=3))


def test_another_run_can_be_the_baseline(make_run):
    run, other = make_run("a"), make_run("b", {"none": 0.0, "letters": 2.0})
    row = compare(run, "letters", "letters", against=other).row("paid_krw")
    assert 9 < row["difference"] < 11


def test_all_policies_but_the_baseline_are_compared(make_run):
    assert [each.policy for each in compare_all(make_run())] == ["letters", "nothing"]
    assert [each.policy for each in compare_all(make_run(), baseline="letters")] == [
        "none",
        "nothing",
    ]


def test_an_unknown_policy_or_series_is_refused(make_run):
    with pytest.raises(UserError, match="did you mean 'letters'"):
        compare(make_run(), "leters")
    with pytest.raises(UserError, match="no series"):
        compare(make_run(), "letters").row("paid")


def test_households_gain_lose_or_stay(make_run):
    run = make_run()
    changes = household_changes(run, "letters", 0, run, "none")
    assert dict(changes["outcome"].value_counts().rows()) == {"gains": 5, "loses": 1, "same": 14}
    untouched = changes.filter(pl.col("first_touched_month") == 0)
    assert untouched.filter(pl.col("outcome") != "same").height == 1
    paid = changes["paid_difference_krw"]
    assert (paid.clip(lower_bound=0).sum(), -paid.clip(upper_bound=0).sum()) == (15_000, 1_000)
    assert set(changes["first_touched_month"]) == {0, 24290}


def test_a_comparison_is_plain_data_for_json(make_run):
    plain = compare(make_run(), "letters").as_dict("all")
    assert plain["policy"] == "letters"
    assert set(plain["differences"][0]) >= {*KEYS, "difference", "low", "high", "verdict"}


def test_every_measure_has_a_kind_a_unit_and_a_sentence():
    assert {each.kind for each in measures().values()} == {"stock", "flow", "ratio"}
    assert all(each.unit and each.meaning.endswith(".") for each in measures().values())
    assert CONFIDENCE == 0.95
