"""Target, seeded and effective take-up of every programme under the baseline, side by side."""

from collections.abc import Sequence

import polars as pl

from simlib.experiments.anchoring import PART as ANCHORS
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore, Task
from simlib.files import read_parquet, write_parquet

NAME = "take_up.parquet"
YEAR_MONTHS = 12
SURE = 3.0
"""Standard errors within which a rate counts as reached."""
_MEASURES = ("entitled_n", "receiving_n", "new_rights_n")


def write_take_up(store: RunStore, setting: Setting, tasks: Sequence[Task]) -> None:
    """Write the table of a run whose baseline has results; without any there is none."""
    done = [each for each in tasks if each.policy == setting.baseline]
    paths = [path for path in map(store.results_path, done) if path.is_file()]
    if not paths or not store.is_finished(ANCHORS):
        return
    months = pl.concat([_months(read_parquet(path)) for path in paths])
    if months.is_empty():
        return
    anchors = read_parquet(store.folder / f"{ANCHORS}.parquet")
    write_parquet(compare_take_up(setting, anchors, months), store.folder / NAME)


def compare_take_up(setting: Setting, anchors: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """Set the rates of every programme side by side.

    Parameters
    ----------
    setting
        The scenario, for its catalogue.
    anchors
        Table of the run's anchors.
    months
        Columns replicate, month, programme, entitled_n, receiving_n, new_rights_n.

    Returns
    -------
    DataFrame
        One row a programme. target_share is the published or assumed rate, with target_year,
        source and evidence; anchored, whether the model was set to start from it; seeded_share,
        who receives when the months begin; lived_share, in the years for which the offset was
        solved, both in the sample on which it was; first_share and last_share,
        in the first and the last simulated month, with last_error, a standard error over
        households; entitled_first_n, entitled_last_n, mean of the replicates;
        new_rights_share, rights of the last year that are younger than that; reason, why
        last_share differs from target_share: one of ``chance``, ``no_rate``, ``event``,
        ``limit``, ``new_rights``, ``months``.
    """
    known = _known(setting).join(
        anchors.select(
            "programme",
            "offset_logit",
            "at_limit",
            "seeded_share",
            anchored=pl.col("target_share").is_not_null(),
            lived_share="effective_share",
        ),
        on="programme",
        how="left",
    )
    joined = known.join(_shares(months), on="programme", how="left").with_columns(
        last_error=_error(pl.col("last_share"), pl.col("cells_n"))
    )
    return joined.with_columns(reason=_reason()).drop("cells_n", "event").sort("programme")


def _months(results: pl.DataFrame) -> pl.DataFrame:
    rows = results.filter(
        pl.col("stratum") == "all", pl.col("item") != "all", pl.col("measure").is_in(_MEASURES)
    )
    keys = ["replicate", "month", "item"]
    wide = rows.pivot(on="measure", on_columns=list(_MEASURES), index=keys, values="value").rename(
        {"item": "programme"}
    )
    return wide.filter(pl.col("entitled_n").is_not_null()).select(
        "replicate", "month", "programme", *_MEASURES
    )


def _known(setting: Setting) -> pl.DataFrame:
    rows = []
    for each in setting.catalogue.programmes:
        rate = each.take_up
        rows.append(
            {
                "programme": each.id,
                "event": each.event_triggered,
                "target_share": rate.value if rate else None,
                "target_year": rate.year if rate else None,
                "source": rate.source if rate else None,
                "evidence": rate.evidence if rate else None,
            }
        )
    return pl.DataFrame(rows, schema=_KNOWN)


_KNOWN = {
    "programme": pl.String,
    "event": pl.Boolean,
    "target_share": pl.Float64,
    "target_year": pl.Int64,
    "source": pl.String,
    "evidence": pl.String,
}


def _shares(months: pl.DataFrame) -> pl.DataFrame:
    """Pool the replicates: shares of the first and the last month, and of new rights."""
    last = months["month"].max()
    entitled, receiving = pl.col("entitled_n"), pl.col("receiving_n")
    year = pl.col("month") > last - YEAR_MONTHS  # type: ignore[operator]

    def at(month: pl.Expr, column: pl.Expr) -> pl.Expr:
        return column.filter(pl.col("month") == month)

    def share(month: pl.Expr) -> pl.Expr:
        below = at(month, entitled).sum()
        return pl.when(below > 0).then(at(month, receiving).sum() / below)

    first, end = pl.col("month").min(), pl.lit(last)
    stock = entitled.filter(year).mean() * pl.col("replicate").n_unique()
    return months.group_by("programme").agg(
        first_share=share(first),
        last_share=share(end),
        entitled_first_n=at(first, entitled).mean(),
        entitled_last_n=at(end, entitled).mean(),
        cells_n=at(end, entitled).sum(),
        new_rights_share=pl.when(stock > 0).then(
            (pl.col("new_rights_n").filter(year).sum() / stock).clip(0, 1)
        ),
    )


def _error(share: pl.Expr, n: pl.Expr) -> pl.Expr:
    return pl.when(n > 0).then((share * (1 - share) / n).sqrt())


def _reason() -> pl.Expr:
    """Say why the effective rate is not the target, by what is known of the programme."""
    target, gap = pl.col("target_share"), pl.col("target_share") - pl.col("last_share")
    chance = _error(target, pl.col("cells_n")) * SURE
    return (
        pl.when(pl.col("last_share").is_null())
        .then(None)
        .when(target.is_null())
        .then(pl.lit("no_rate"))
        .when(gap.abs() <= chance)
        .then(pl.lit("chance"))
        .when(pl.col("event") & ~pl.col("anchored"))
        .then(pl.lit("event"))
        .when(pl.col("at_limit"))
        .then(pl.lit("limit"))
        .when((gap > 0) & (gap - chance <= target * pl.col("new_rights_share")))
        .then(pl.lit("new_rights"))
        .otherwise(pl.lit("months"))
    )
