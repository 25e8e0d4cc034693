"""Compare policies with a baseline, replicate by replicate: same luck, other policy."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.experiments.measures import KEYS, RATIOS, totals
from simlib.experiments.run import Run

CONFIDENCE = 0.95
"""Coverage of the intervals: over the luck of replicates, nothing else."""

ROUNDING = 1e-12
"""Spreads below this share of a value are rounding of floating-point sums."""

FEW = 10
"""Counts below this may agree in all replicates by chance."""

_PAIR = ["world", "replicate", *KEYS]


@dataclass(frozen=True)
class Comparison:
    """Hold the paired differences between a policy and a baseline.

    Parameters
    ----------
    policy, baseline
        Their names.
    replicates_n
        Pairs of replicates.
    identical
        Whether the two worlds are bit for bit the same.
    table
        A row per series: stratum, group, item, measure; baseline and policy (means over
        replicates of the sum of a flow or the mean of a stock over all months), difference, low,
        high (t-interval over replicates), mc_error (standard error of the difference),
        same_sign_share (replicates whose difference has the sign of the mean),
        variance_ratio (variance of the paired difference by that of an unpaired one), verdict.

        Verdicts: higher, lower, unclear (the interval holds zero), identical (equal in every
        month of every replicate), fixed (the same in every replicate of each policy, not left
        to luck), single (one replicate: no interval), rare (by so few events that the replicates
        agree by chance: no interval) and zero_width, which is an error.
    """

    policy: str
    baseline: str
    replicates_n: int
    identical: bool
    table: pl.DataFrame = field(repr=False)

    @property
    def problems(self) -> list[str]:
        """Name the series whose interval has no width although luck plays a part in them."""
        bad = self.table.filter(pl.col("verdict") == "zero_width")
        return [
            f"{self.policy} against {self.baseline}: the interval of {row['measure']} "
            f"({row['stratum']} {row['group']}, {row['item']}) has no width"
            for row in bad.iter_rows(named=True)
        ]

    def row(
        self, measure: str, item: str = "all", stratum: str = "all", group: str = "all"
    ) -> dict[str, Any]:
        """Give one series as a mapping."""
        found = self.table.filter(
            pl.col("measure") == measure,
            pl.col("item") == item,
            pl.col("stratum") == stratum,
            pl.col("group") == group,
        )
        if found.is_empty():
            raise UserError(f"there is no series {measure} of {item} for {stratum} {group}")
        return found.row(0, named=True)

    def as_dict(self, stratum: str | None = None) -> dict[str, Any]:
        """Give the comparison as plain data, of one stratum or all."""
        chosen = self.table if stratum is None else self.table.filter(pl.col("stratum") == stratum)
        return {
            "policy": self.policy,
            "baseline": self.baseline,
            "replicates_n": self.replicates_n,
            "identical": self.identical,
            "differences": chosen.to_dicts(),
        }


def compare(
    run: Run, policy: str, baseline: str | None = None, against: Run | None = None
) -> Comparison:
    """Compare a policy with a baseline.

    Parameters
    ----------
    run
        The run of the policy.
    policy, baseline
        Their names; the baseline is the first policy of its run by default.
    against
        The run of the baseline when it is another one, with a changed parameter, say.

    Raises
    ------
    UserError
        If the two are not paired: other population, seed, months or replicates.
    """
    other = against or run
    baseline = baseline or other.baseline
    _check_paired(run, other)
    ours, theirs = run.results(policy), other.results(baseline)
    mine, base = _replicates(ours), _replicates(theirs)
    if mine != base:
        missing = sorted(set(mine) ^ set(base))
        raise UserError(
            f"'{policy}' and '{baseline}' do not have the same replicates: {missing} in one only",
            str(run.folder),
            "a difference between unequal replicates is luck as well as policy",
            "run the scenario again; failed replicates are repeated",
        )
    equal = _equal_series(ours, theirs)
    table = _differences(totals(ours), totals(theirs)).join(equal, on=KEYS, how="left")
    identical = ours.height == theirs.height and bool(equal["equal"].all())
    _check_replicates_differ(table, len(mine), identical, run)
    return Comparison(policy, baseline, len(mine), identical, _judged(table, len(mine)))


def compare_all(
    run: Run, policy: str | None = None, baseline: str | None = None, against: Run | None = None
) -> list[Comparison]:
    """Compare one policy, or every policy but the baseline, with the baseline."""
    if policy is not None:
        return [compare(run, policy, baseline, against)]
    chosen = baseline or (against or run).baseline
    names = [each for each in run.policies if against is not None or each != chosen]
    return [compare(run, each, baseline, against) for each in names]


def _check_paired(run: Run, other: Run) -> None:
    for key, word in (
        ("population", "populations"),
        ("seed", "seeds"),
        ("start", "first months"),
        ("months", "numbers of months"),
    ):
        ours, theirs = run.manifest.get(key), other.manifest.get(key)
        if ours != theirs:
            raise UserError(
                f"the runs have different {word} ({ours} and {theirs})",
                f"{run.folder} and {other.folder}",
                "only worlds with the same households and the same luck can be paired",
                f"run both scenarios with the same {word.removesuffix('s')}",
            )


def _replicates(results: pl.DataFrame) -> list[int]:
    return sorted(int(each) for each in results["replicate"].unique())


def _equal_series(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Say of each series whether it is equal in every month of every replicate."""
    on = [*_PAIR, "month"]
    columns = [*on, "value"]
    joined = ours.select(columns).join(theirs.select(columns), on=on, how="full", coalesce=True)
    same = pl.col("value").eq_missing(pl.col("value_right"))
    return joined.group_by(KEYS).agg(equal=same.all())


def _differences(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    # An instrument that one policy lacks has no rows there: nothing was done with it.
    pairs = ours.join(theirs, on=_PAIR, how="full", coalesce=True, suffix="_base")
    ratio = pl.col("measure").is_in(list(RATIOS))
    pairs = pairs.with_columns(
        pl.when(ratio).then(pl.col(name)).otherwise(pl.col(name).fill_null(0.0))
        for name in ("value", "value_base")
    ).drop_nulls(["value", "value_base"])
    pairs = pairs.with_columns(difference=pl.col("value") - pl.col("value_base"))
    difference = pl.col("difference")
    return (
        pairs.group_by(KEYS)
        .agg(
            pairs_n=pl.len(),
            baseline=pl.col("value_base").mean(),
            policy=pl.col("value").mean(),
            sd=difference.std(),
            variance=difference.var(),
            unpaired=pl.col("value").var() + pl.col("value_base").var(),
            same_sign_share=(difference.sign() == difference.mean().sign()).mean(),
            difference=difference.mean(),
        )
        .sort(KEYS)
    )


def _check_replicates_differ(
    table: pl.DataFrame, replicates_n: int, identical: bool, run: Run
) -> None:
    if replicates_n > 1 and not identical and table["unpaired"].sum() == 0:
        raise UserError(
            "all replicates are copies of one another",
            str(run.folder),
            "their intervals would have no width and mean nothing",
            "check that the model draws by replicate",
        )


def _judged(table: pl.DataFrame, replicates_n: int) -> pl.DataFrame:
    from scipy.stats import t

    factor = float(t.ppf(0.5 + CONFIDENCE / 2, max(replicates_n - 1, 1)))
    single = replicates_n < 2
    sd = pl.lit(None, pl.Float64) if single else pl.col("sd")
    table = table.with_columns(mc_error=sd / pl.col("pairs_n").cast(pl.Float64).sqrt())
    table = table.with_columns(
        low=pl.col("difference") - factor * pl.col("mc_error"),
        high=pl.col("difference") + factor * pl.col("mc_error"),
        variance_ratio=pl.when(pl.col("unpaired") > 0).then(
            pl.col("variance") / pl.col("unpaired")
        ),
    )
    dust = ROUNDING * (pl.col("baseline").abs() + pl.col("policy").abs())
    # A ratio agrees when its counts do, and those are judged by themselves.
    few = (pl.col("difference").abs() < FEW) | pl.col("measure").is_in(list(RATIOS))
    verdict = (
        pl.when(pl.col("equal").fill_null(pl.col("difference") == 0))
        .then(pl.lit("identical"))
        .when(pl.lit(single))
        .then(pl.lit("single"))
        .when(pl.col("unpaired").sqrt() <= dust)
        .then(pl.lit("fixed"))
        .when((pl.col("sd") <= dust) & few)
        .then(pl.lit("rare"))
        .when(pl.col("sd") <= dust)
        .then(pl.lit("zero_width"))
        .when(pl.col("low") > 0)
        .then(pl.lit("higher"))
        .when(pl.col("high") < 0)
        .then(pl.lit("lower"))
        .otherwise(pl.lit("unclear"))
    )
    columns = ["baseline", "policy", "difference", "low", "high", "mc_error"]
    more = ["same_sign_share", "variance_ratio", "verdict"]
    return table.with_columns(verdict=verdict).select([*KEYS, *columns, *more])
