"""Which results rest on which uncertain number: one at a time over its range, in equal worlds."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from simlib.anchors import solve_anchors
from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws
from simlib.errors import UserError, did_you_mean
from simlib.files import package_data
from simlib.life.world import World, prepare_world
from simlib.model import WelfareModel
from simlib.months import parse_month
from simlib.outreach.policy import load_policy
from simlib.parameters import Parameters
from simlib.population import synthesize
from simlib.uptake.anchoring import Anchors

COLUMNS = ("parameter", "low", "high", "source", "evidence", "note")
DEFAULT = "default"

OUTCOMES: dict[str, tuple[str, str]] = {
    "take_up_share": ("receiving_n", "entitled_n"),
    "denied_share": ("type_1b_n", "entitled_n"),
    "refused_share": ("refused_n", "decisions_n"),
    "wrong_receipt_share": ("wrong_n", "receiving_n"),
    "wrong_money_share": ("wrong_krw", "paid_krw"),
    "recovered_share": ("recovered_krw", "wrong_krw"),
    "paid_krw_m": ("paid_krw", "households_n"),
    "first_payment_days": ("first_payment_days_sum", "first_payments_n"),
}
"""Each outcome as one measure over another, both summed over all months."""


@dataclass(frozen=True)
class Span:
    """Hold the range over which a number is moved, and what the range rests on."""

    parameter: str
    low: float
    high: float
    source: str
    evidence: str
    note: str


@dataclass(frozen=True)
class Size:
    """Say how many households are run, for how many months, in how many worlds."""

    households_n: int
    months: int
    replicates_n: int


def load_spans(path: Path | None, parameters: Parameters) -> tuple[Span, ...]:
    """Read ranges of parameters, those of claims and their errors by default.

    Parameters
    ----------
    path
        CSV file with the columns parameter, low, high, source, evidence and note.
    parameters
        Every number; a range is of one of them.

    Raises
    ------
    UserError
        If a column is missing, a parameter is unknown or no number, or low is not below high.
    """
    path = path or package_data("kr", "sensitivity", "claims.csv")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, heads = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"cannot read ranges: {error}", str(path), mend="name a CSV file in UTF-8"
        ) from error
    for name in COLUMNS[:3]:
        if name not in heads:
            raise UserError(
                f"column '{name}' is missing", str(path), "nothing says what is moved how far",
                f"give the columns {', '.join(COLUMNS)}",
            )  # fmt: skip
    return tuple(_span(row, f"{path}:{line}", parameters) for line, row in enumerate(rows, start=2))


def _span(row: dict[str, str], where: str, parameters: Parameters) -> Span:
    name = (row["parameter"] or "").strip()
    if name not in parameters:
        raise UserError(
            f"unknown parameter '{name}'", where, "nothing would change",
            did_you_mean(name, parameters.table),
        )  # fmt: skip
    try:
        low, high = float(row["low"]), float(row["high"])
    except (TypeError, ValueError) as error:
        raise UserError(
            f"the range of '{name}' is no pair of numbers", where, str(error), "write low and high"
        ) from error
    if not low < high:
        raise UserError(f"the range of '{name}' is empty", where, mend="let low be below high")
    parameters.override({name: low}, where)
    parameters.override({name: high}, where)
    return Span(name, low, high, *(row.get(each) or "" for each in COLUMNS[3:]))


def one_at_a_time(
    spans: Sequence[Span],
    parameters: Parameters,
    size: Size,
    note: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Run the country without outreach with each number at both ends of its range.

    Worlds, luck and the programmes' offsets are those of the defaults throughout, and each run
    has a burn-in of its own, so a difference is what the number does.

    Parameters
    ----------
    spans
        Numbers and their ranges.
    parameters
        Every number at its default.
    size
        Households, months and replicates.
    note
        Called with a line of progress.

    Returns
    -------
    DataFrame
        Columns parameter, at (``default``, ``low`` or ``high``), value, outcome, mean: the mean
        of the outcome over replicates; the default has an empty parameter.
    """
    numbers = parameters.override({}, "")
    load_catalogue(numbers)
    rows = []
    for replicate, (world, anchors) in enumerate(_worlds(numbers, size)):
        for parameter, at, value in _settings(spans):
            if note is not None:
                note(f"world {replicate + 1} of {size.replicates_n}: {parameter or at} {at}")
            changes = {parameter: value} if parameter else {}
            found = _outcomes(world, anchors, numbers.override(changes, "sensitivity"))
            rows += [(parameter, at, value, name, each) for name, each in found.items()]
    frame = pl.DataFrame(
        rows, schema=["parameter", "at", "value", "outcome", "mean"], orient="row", strict=False
    )
    keys = ["parameter", "at", "value", "outcome"]
    return frame.group_by(keys, maintain_order=True).agg(pl.col("mean").mean())


def _settings(spans: Sequence[Span]) -> Iterator[tuple[str, str, float | None]]:
    yield "", DEFAULT, None
    for span in spans:
        yield span.parameter, "low", span.low
        yield span.parameter, "high", span.high


def _worlds(parameters: Parameters, size: Size) -> Iterator[tuple[World, Anchors]]:
    year, seed = (int(parameters.number(f"trials.population.{each}")) for each in ("year", "seed"))
    population = synthesize(size.households_n, year, seed, parameters)
    catalogue = load_catalogue(parameters.unread())
    start = parse_month(str(parameters.value("trials.start")))
    anchors = None
    for replicate in range(size.replicates_n):
        draws = Draws(int(parameters.number("trials.seed")), replicate)
        world = prepare_world(population, catalogue, parameters, start, size.months, draws)
        if anchors is None:
            anchors = solve_anchors(world, parameters)
        yield world, anchors


def _outcomes(world: World, anchors: Anchors, parameters: Parameters) -> dict[str, float]:
    policy = load_policy("none", parameters)
    results = WelfareModel(world, policy, parameters, anchors, one_office=True).run().results()
    whole = results.filter((pl.col("stratum") == "all") & (pl.col("item") == "all"))
    totals = dict(whole.group_by("measure").agg(pl.col("value").sum()).iter_rows())
    return {
        name: totals.get(part, 0.0) / totals[of] if totals.get(of) else float("nan")
        for name, (part, of) in OUTCOMES.items()
    }


def changes(frame: pl.DataFrame) -> pl.DataFrame:
    """Set both ends of each range beside the default.

    Parameters
    ----------
    frame
        From :func:`one_at_a_time`.

    Returns
    -------
    DataFrame
        One row a parameter and outcome: default, low and high mean, and the largest distance
        from the default as a share of it.
    """
    base = frame.filter(pl.col("at") == DEFAULT).select("outcome", default="mean")
    ends = frame.filter(pl.col("at") != DEFAULT).pivot(
        "at", index=["parameter", "outcome"], values="mean", maintain_order=True
    )
    far = pl.max_horizontal(
        (pl.col("low") - pl.col("default")).abs(), (pl.col("high") - pl.col("default")).abs()
    )
    both = ends.join(base, on="outcome", how="left", maintain_order="left")
    return both.with_columns(relative=far / pl.col("default").abs())
