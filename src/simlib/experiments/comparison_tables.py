"""Print a comparison in a terminal: differences, stages, gainers and losers, burdens, harms."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from rich.console import Console

from simlib.errors import UserError, did_you_mean
from simlib.experiments.gainers import ALL
from simlib.experiments.list_yields import YIELDS
from simlib.experiments.measures import measures
from simlib.experiments.stages import STAGES
from simlib.experiments.strata import in_order
from simlib.experiments.tables import MILLION
from simlib.experiments.uncertainty import ERRORS, ahead
from simlib.experiments.whole_comparison import WholeComparison
from simlib.terminal import Sheet, console


def print_comparisons(comparisons: Sequence[WholeComparison], stratum: str = ALL) -> None:
    """Print what policies change against the baseline, of one stratum."""
    shown = console()
    if not comparisons:
        shown.print("There is no policy to compare with the baseline.")
        return
    _check_stratum(comparisons, stratum)
    for each in comparisons:
        shown.print(_headlines(each, stratum))
    for make in (_layers, _order, _costs, _stages, _households, _causes, _burdens, _lists, _harms):
        table = make(comparisons, stratum)
        if table.rows:
            shown.print(table)
    _explain(shown, comparisons)


def _check_stratum(comparisons: Sequence[WholeComparison], stratum: str) -> None:
    strata = set(comparisons[0].comparison.table["stratum"])
    strata |= set(comparisons[0].households.groups["stratum"])
    if stratum not in strata:
        raise UserError(
            f"there is no stratum '{stratum}' in these results",
            "--stratum",
            mend=did_you_mean(stratum, sorted(strata)),
        )


def _headlines(whole: WholeComparison, stratum: str) -> Sheet:
    found = whole.comparison
    same = " (the two worlds are identical)" if found.identical else ""
    title = f"{found.policy} against {found.baseline}, {found.replicates_n} replicates{same}"
    named = ["group", "measure"] if stratum != ALL else ["measure"]
    values, pairing = [found.baseline, "difference", "low", "high"], ["same sign", "variance ratio"]
    columns = [*named, *values, "verdict", *pairing, "unit"]
    table = Sheet(title, columns, [*values, *pairing], len(named))
    for row in whole.headlines(stratum).iter_rows(named=True):
        measure = measures()[row["measure"]]
        money, digits = measure.unit == "KRW", 4 if measure.kind == "ratio" else 1
        scale, wide = MILLION if money else 1, row["verdict"] != "rare"
        table.add(
            *(row[name] for name in named),
            *(_number(row[name], digits, scale) for name in ("baseline", "difference")),
            *(_number(row[name], digits, scale) if wide else "-" for name in ("low", "high")),
            row["verdict"],
            _share(row["same_sign_share"]),
            _number(row["variance_ratio"], 1),
            "million KRW" if money else measure.unit,
        )
    return table


def _layers(comparisons: Sequence[WholeComparison], stratum: str) -> Sheet:
    named = ["policy", "measure"] if stratum == ALL else ["policy", "group", "measure"]
    table = _table(
        "What the differences rest on: standard errors by luck, parameters and population, the "
        "interval of all of them, and what other worlds give",
        named,
        [
            "difference", "luck", "para-\nmeters", "popu-\nlation", "low", "high", "lowest",
            "highest", "same\nsign",
        ],
    )  # fmt: skip
    for each in comparisons:
        for row in each.headline_layers(stratum).iter_rows(named=True):
            measure = measures()[row["measure"]]
            digits = 5 if measure.kind == "ratio" else 1
            scale = MILLION if measure.unit == "KRW" else 1
            names = [each.policy, *(row[name] for name in named[1:])]
            numbers = ["difference", *ERRORS, "low", "high", "lowest", "highest"]
            shown = [_number(row[name], digits, scale) for name in numbers]
            table.add(*names, *shown, _share(row["same_sign_share"]))
    return table


def _order(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    pairs = {each.policy: each.elsewhere for each in comparisons if not each.elsewhere.is_empty()}
    table = _table(
        "Other worlds in which a policy raises take-up more than another",
        ["policy"],
        [*(f"more than\n{name}" for name in pairs), "of"],
    )
    found = ahead(pairs, "take_up_share")
    counts = {(row["policy"], row["other"]): row for row in found.iter_rows(named=True)}
    for policy in pairs if counts else ():
        rows = [counts.get((policy, other)) for other in pairs]
        worlds_n = max(row["worlds_n"] for row in rows if row)
        table.add(policy, *(str(row["ahead_n"]) if row else "" for row in rows), str(worlds_n))
    return table


def _costs(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    table = _table(
        "Money, million KRW, and the cost of delivery (hours x wage, and messages) of an "
        "additional household-month of receipt, KRW",
        ["policy"],
        ["benefits", "delivery", "household-\nmonths", "cost of\none", "low", "high"],
    )
    for each in comparisons:
        cost = each.cost
        table.add(
            each.policy,
            _number(cost.paid_krw, 1, MILLION),
            _number(cost.delivery_krw, 1, MILLION),
            _number(cost.household_months, 0),
            *(_number(value, 0) for value in (cost.value_krw, cost.low_krw, cost.high_krw)),
        )
    return table


def _stages(comparisons: Sequence[WholeComparison], stratum: str) -> Sheet:
    title = "Where entitled household-programmes stand at the end (last 12 months), %"
    named = ["policy"] if stratum == ALL else ["policy", "group"]
    table = _table(title, named, STAGES)
    first = comparisons[0]
    for policy, column, rows in _stage_rows(first, comparisons):
        chosen = rows.filter(pl.col("stratum") == stratum)
        for (group,), part in chosen.group_by("group", maintain_order=True):
            shares = dict(part.select("stage", column).iter_rows())
            names = [policy] if stratum == ALL else [policy, str(group)]
            table.add(*names, *(_number(shares.get(stage), 2, 0.01) for stage in STAGES))
    return table


def _stage_rows(
    first: WholeComparison, comparisons: Sequence[WholeComparison]
) -> Iterator[tuple[str, str, pl.DataFrame]]:
    yield first.comparison.baseline, "baseline", first.stages
    for each in comparisons:
        yield each.policy, "policy_share", each.stages


def _households(comparisons: Sequence[WholeComparison], stratum: str) -> Sheet:
    shown = "need_quintile" if stratum == ALL else stratum
    table = _table(
        "Households: missing money in the baseline, contacted, and with more or less receipt",
        ["policy", "group"],
        [
            "house-\nholds", "missing", "con-\ntacted", "of the\nmissing", "gain", "lose",
            "KRW m\ngained", "KRW m\nlost",
        ],
    )  # fmt: skip
    keys = ["households_n", "missing_n", "reached_n", "missing_reached_n", "gains_n", "loses_n"]
    for each in comparisons:
        groups = each.households.groups.filter(pl.col("stratum").is_in([ALL, shown]))
        for group in [ALL, *in_order(shown, groups.filter(pl.col("stratum") != ALL)["group"])]:
            values = dict(
                groups.filter(pl.col("group") == group).select("measure", "value").iter_rows()
            )
            money = [_number(values[key], 1, MILLION) for key in ("gained_krw", "lost_krw")]
            table.add(each.policy, group, *(_number(values[key], 0) for key in keys), *money)
    return table


def _causes(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    table = _table(
        "Why they gain or lose: the first cause that holds",
        ["policy", "outcome", "cause"],
        ["households", "household-\nmonths", "million\nKRW"],
    )
    for each in comparisons:
        causes = each.households.causes
        for outcome, cause in causes.select("outcome", "cause").unique(maintain_order=True).rows():
            here = (pl.col("outcome") == outcome) & (pl.col("cause") == cause)
            values = dict(causes.filter(here).select("measure", "value").iter_rows())
            table.add(
                each.policy,
                outcome,
                cause,
                _number(values["households_n"], 1),
                _number(values["received_months"], 0),
                _number(values["paid_krw"], 1, MILLION),
            )
    return table


def _burdens(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    table = _table(
        "What it asks of whom, against the baseline: those who miss money there, those in crisis "
        "only, and those with no need",
        ["policy", "need"],
        [
            "house-\nholds", "con-\ntacted", "contacts", "docu-\nments", "trips", "refused",
            "days\nwaited",
        ],
    )  # fmt: skip
    keys = ["households_n", "reached_n", "contacts_n", "documents_n", "travel_n", "refused_n"]
    for each in comparisons:
        burdens = each.households.burdens
        for need in ("missing", "crisis", "none"):
            values = dict(
                burdens.filter(pl.col("need") == need).select("measure", "value").iter_rows()
            )
            if values:
                numbers = [_number(values[key], 1) for key in [*keys, "wait_days_sum"]]
                table.add(each.policy, need, *numbers)
    return table


def _lists(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    table = _table(
        "What comes of detection lists: support that followed, and crises found against all in "
        "the pool and against a list drawn by lot, %",
        ["policy"],
        ["followed", "supported", "public", "livelihood", "precision", "recall", "lift"],
    )
    rows = pl.concat([each.lists for each in comparisons]).unique(maintain_order=True)
    for (policy,), part in rows.group_by("policy", maintain_order=True):
        values = dict(part.select("measure", "value").iter_rows())
        shares = [_number(values.get(name), 1, 0.01) for name in YIELDS[1:-1]]
        table.add(
            str(policy), _number(values["followed_n"], 1), *shares,
            _number(values.get(YIELDS[-1]), 2),
        )  # fmt: skip
    return table


def _harms(comparisons: Sequence[WholeComparison], _stratum: str) -> Sheet:
    table = _table(
        "Harms, against the baseline (* the interval leaves out zero)",
        ["harm"],
        [comparisons[0].comparison.baseline, *(each.policy for each in comparisons)],
        ["unit"],
    )
    for k, row in enumerate(comparisons[0].harms.iter_rows(named=True)):
        money = row["unit"] == "KRW"
        scale = MILLION if money else 1
        cells = []
        for each in comparisons:
            found = each.harms.row(k, named=True)
            sure = "*" if found["verdict"] in ("higher", "lower") else ""
            same = found["verdict"] == "identical"
            cells.append("same" if same else _number(found["difference"], 1, scale, "+") + sure)
        unit = "million KRW" if money else row["unit"]
        table.add(row["harm"], _number(row["baseline"], 1, scale), *cells, unit)
    return table


def _explain(shown: Console, comparisons: Sequence[WholeComparison]) -> None:
    shown.print(
        "same sign: share of replicates whose difference has the sign of the mean. variance "
        "ratio: variance of a difference with independent seeds by that of the paired one."
    )
    low = [
        f"{name} under {each.policy}"
        for each in comparisons
        for name, ratio in each.variance_ratios().items()
        if ratio is not None and ratio < 1
    ]
    if low:
        shown.print(f"Pairing does not help for: {', '.join(low)}.")


def _table(
    title: str, names: Sequence[str], numbers: Sequence[str], more: Sequence[str] = ()
) -> Sheet:
    return Sheet(title, [*names, *numbers, *more], numbers, len(names))


def _number(value: Any, digits: int, scale: float = 1, sign: str = "") -> str:
    return "-" if value is None else f"{value / scale:{sign}z,.{digits}f}"


def _share(value: Any) -> str:
    return "-" if value is None else f"{value:.0%}"
