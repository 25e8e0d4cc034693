"""Compare policies with a baseline, replicate by replicate: same luck, other policy."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.experiments.measures import KEYS, measures, totals
from simlib.experiments.pairing import PAIR, judged, paired, summed_up
from simlib.experiments.run import Run


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
        to luck), single (one replicate: no interval), rare (by so few events, for so many
        replicates, that these agree by chance: no interval) and zero_width, which is an error.
    pairs
        A row per series and replicate: value, value_base and difference.
    """

    policy: str
    baseline: str
    replicates_n: int
    identical: bool
    table: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)

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
    pairs = paired(totals(ours), totals(theirs))
    table = summed_up(pairs).join(equal, on=KEYS, how="left")
    identical = ours.height == theirs.height and bool(equal["equal"].all())
    _check_replicates_differ(table, len(mine), identical, run)
    return Comparison(policy, baseline, len(mine), identical, judged(table, len(mine)), pairs)


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
        ("population", "population"),
        ("seed", "seed"),
        ("start", "first month"),
        ("months", "number of months"),
    ):
        ours, theirs = run.manifest.get(key), other.manifest.get(key)
        if ours != theirs:
            raise UserError(
                f"the runs differ in their {word} ({ours} and {theirs})",
                f"{run.folder} and {other.folder}",
                "only worlds with the same households and the same luck can be paired",
                f"run both scenarios with the same {word}",
            )


def _replicates(results: pl.DataFrame) -> list[int]:
    return sorted(int(each) for each in results["replicate"].unique())


def _equal_series(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Say of each series whether it is equal in every month, and the smallest change if not.

    A claim brings several documents, trips, days or won at once: the smallest monthly change
    of these is the size of one event. Other measures count one by one.
    """
    on = [*PAIR, "month"]
    columns = [*on, "value"]
    joined = ours.select(columns).join(theirs.select(columns), on=on, how="full", coalesce=True)
    same = pl.col("value").eq_missing(pl.col("value_right"))
    change = (pl.col("value").fill_null(0.0) - pl.col("value_right").fill_null(0.0)).abs()
    lumpy = pl.col("measure").is_in([name for name, each in measures().items() if each.is_lumpy])
    smallest = pl.when(lumpy & (change > 0)).then(change).min().fill_null(1.0)
    return joined.group_by(KEYS).agg(equal=same.all(), event=smallest)


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
