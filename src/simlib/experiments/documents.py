"""How each figure of the documents is measured in a simulated world."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from simlib.experiments.run import Run

MONTHS_IN_YEAR = 12
PER = 1000
"""Households that candidates are counted per."""


@dataclass(frozen=True)
class Simulated:
    """Hold one policy's world of a run.

    Attributes
    ----------
    run, policy, replicate
        Which world.
    country_n
        Households of the country, to scale counts.
    municipality
        Municipality by household, None when not known.
    """

    run: Run
    policy: str
    replicate: int
    country_n: float
    municipality: pl.DataFrame | None = field(repr=False)

    @cached_property
    def months(self) -> pl.DataFrame:
        """Give the results over all households by month, item and measure."""
        return _months(self.run, self.policy, self.replicate)

    @cached_property
    def households(self) -> pl.DataFrame:
        """Give the summary by household."""
        return self.run.households(self.policy, self.replicate)

    @property
    def scale(self) -> float:
        """Give the households of the country that one simulated household stands for."""
        return self.country_n / self.households.height

    def series(self, item: str, measure: str) -> pl.Series:
        """Give a measure month by month, months without it left out."""
        chosen = (pl.col("item") == item) & (pl.col("measure") == measure)
        return self.months.filter(chosen).sort("month")["value"]

    def total(self, item: str, measure: str) -> float:
        """Give the sum of a measure over all months."""
        return float(self.series(item, measure).sum())

    def first(self, item: str, measure: str, months: int) -> float:
        """Give the sum of a measure over the first months in which the policy's item acts."""
        acts = self.months.filter(pl.col("item") == item)["month"].min()
        if acts is None:
            return 0.0
        chosen = (pl.col("item") == item) & (pl.col("measure") == measure)
        early = pl.col("month") < pl.lit(acts) + months
        return float(self.months.filter(chosen & early)["value"].sum())


def _months(run: Run, policy: str, replicate: int) -> pl.DataFrame:
    whole = (pl.col("stratum") == "all") & (pl.col("replicate") == replicate)
    return run.results(policy).filter(whole).select("month", "item", "measure", "value")


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _rounds_n(world: Simulated) -> int:
    return world.series("detection", "selected_n").len()


def _listed(world: Simulated, codes: str) -> float | None:
    """Count candidates per 1,000 households and round in some municipalities."""
    if world.municipality is None or _rounds_n(world) == 0:
        return None
    chosen = [int(code) for code in codes.split("+")]
    here = world.households.join(world.municipality, on="household_id").filter(
        pl.col("municipality").is_in(chosen)
    )
    listed = float(here["listed_n"].cast(pl.Int64).sum())
    share = _share(listed, float(here.height))
    return None if share is None else PER * share / _rounds_n(world)


def _listed_total(world: Simulated, codes: str) -> float | None:
    """Count candidates of a round in some municipalities, at the country's size."""
    rate = _listed(world, codes)
    if rate is None or world.municipality is None:
        return None
    here = world.municipality.filter(
        pl.col("municipality").is_in([int(code) for code in codes.split("+")])
    )
    return rate / PER * here.height * world.scale


def _rounds_per_year(world: Simulated, _: str) -> float | None:
    rounds = world.months.filter(
        (pl.col("item") == "detection") & (pl.col("measure") == "selected_n")
    )["month"]
    if rounds.len() < 2:  # one round says nothing about how often
        return None
    months = int(rounds.max()) - int(rounds.min())  # type: ignore[arg-type]
    return MONTHS_IN_YEAR * (rounds.len() - 1) / months


def _round_size(world: Simulated, _: str) -> float | None:
    mean = _share(world.total("detection", "listed_n"), _rounds_n(world))
    return None if mean is None else mean * world.scale


def _own_list(world: Simulated, _: str) -> float | None:
    mean = _share(world.total("local_detection", "selected_n"), _rounds_n(world))
    return None if mean is None else mean * world.scale


def _supported(world: Simulated, how: str) -> float | None:
    followed = world.total("detection", "followed_n")
    return _share(world.total("detection", f"supported_{how}_n"), followed)


def _stages(world: Simulated, argument: str) -> float | None:
    """Divide two stages of an instrument, written ``instrument:stage/stage``."""
    instrument, _, stages = argument.partition(":")
    part, _, whole = stages.partition("/")
    return _share(world.total(instrument, f"{part}_n"), world.total(instrument, f"{whole}_n"))


def _unfound(world: Simulated, _: str) -> float | None:
    """Divide visits that found nobody by all listed."""
    unfound = world.total("visit", "attempted_n") - world.total("visit", "reached_n")
    return _share(unfound, world.total("detection", "listed_n"))


def _notices_per_member_m(world: Simulated, instrument: str) -> float | None:
    """Divide notices by member-months; members join and stay."""
    chosen = (pl.col("item") == instrument) & pl.col("measure").is_in(["joined_n", "notices_n"])
    joins = pl.col("value").filter(pl.col("measure") == "joined_n").sum()
    by_month = world.months.filter(chosen).group_by("month").agg(joined=joins).sort("month")
    if by_month.is_empty():
        return None
    last = int(world.months["month"].max())  # type: ignore[arg-type]
    stays = [last - month + 1 for month in by_month["month"]]
    member_months = float((by_month["joined"] * pl.Series(stays)).sum())
    return _share(world.total(instrument, "notices_n"), member_months)


def _notices_per_member_y(world: Simulated, _: str) -> float | None:
    a_month = _notices_per_member_m(world, "membership")
    return None if a_month is None else MONTHS_IN_YEAR * a_month


def _used(world: Simulated, _: str) -> float | None:
    told = world.households.filter(pl.col("told_programmes_n") > 0)
    return _share(float((told["used_programmes_n"] > 0).sum()), float(told.height))


def _told_awards(world: Simulated, months: str) -> float | None:
    """Count awards by welfare offices that followed a notice, over the first months."""
    if world.series("all", "awarded_told_office_n").is_empty():
        return None
    return world.first("all", "awarded_told_office_n", int(months)) * world.scale


def _new_awards(world: Simulated, months: str) -> float | None:
    """Count awards beyond those of the baseline, over the first months, for the country."""
    if world.policy == world.run.baseline:
        return None
    if world.replicate not in world.run.replicates(world.run.baseline):
        return None
    other = Simulated(
        world.run, world.run.baseline, world.replicate, world.country_n, world.municipality
    )
    more = world.first("all", "awarded_n", int(months)) - other.first(
        "all", "awarded_n", int(months)
    )
    return more * world.scale


def _uses(world: Simulated, months: str) -> float | None:
    return world.first("benefit_list", "reached_n", int(months)) * world.scale


def _reports(world: Simulated, months: str) -> float | None:
    a_month = _share(
        world.total("neighbour_report", "selected_n"), float(world.months["month"].n_unique())
    )
    return None if a_month is None else a_month * int(months) * world.scale


def _unlisted(world: Simulated, _: str) -> float | None:
    """Give the share of reports about households that the present list does not hold."""
    reports = world.total("neighbour_report", "selected_n")
    listed = _share(world.total("neighbour_report", "listed_n"), reports)
    return None if listed is None else 1 - listed


def _member_share(world: Simulated, _: str) -> float | None:
    joined = world.total("notification_secretary", "joined_n")
    return _share(joined, float(world.households.height))


def _paid_in_time(world: Simulated, _: str) -> float | None:
    late = world.first("launch_shock", "selected_n", 1)
    paid = world.first("all", "entitled_households_n", 1)
    paid -= world.first("all", "missed_households_n", 1)
    share = _share(late, paid)
    return None if share is None else 1 - share


def _wait_days(world: Simulated, _: str) -> float | None:
    return _share(world.total("all", "wait_days_sum"), world.total("all", "decisions_n"))


def _documents_per_claim(world: Simulated, _: str) -> float | None:
    return _share(world.total("all", "documents_n"), world.total("all", "decisions_n"))


MEASURED: dict[str, Callable[[Simulated, str], float | None]] = {
    "listed": _listed,
    "round_size": _round_size,
    "own_list": _own_list,
    "supported": _supported,
    "stages": _stages,
    "listed_total": _listed_total,
    "rounds_per_year": _rounds_per_year,
    "unfound": _unfound,
    "notices_per_member_m": lambda world, _: _notices_per_member_m(world, "notification_secretary"),
    "notices_per_member_y": _notices_per_member_y,
    "used": _used,
    "told_awards": _told_awards,
    "new_awards": _new_awards,
    "uses": _uses,
    "reports": _reports,
    "unlisted": _unlisted,
    "member_share": _member_share,
    "paid_in_time": _paid_in_time,
    "wait_days": _wait_days,
    "documents_per_claim": _documents_per_claim,
}
"""How a figure is measured: by the name in ``kr/document_checks.csv``, with its argument."""
