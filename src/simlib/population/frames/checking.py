"""Refuse households and persons that cannot be: every faulty row with its reason and the mend."""

from typing import Any

import dataframely as dy
import polars as pl

from simlib.errors import UserError
from simlib.population.frames.schema import IMPOSSIBLE, Households, Persons

FAULTS = {
    "table": pl.String, "row": pl.Int64, "id": pl.Int64, "reason": pl.String, "mend": pl.String,
}  # fmt: skip
"""Columns of a list of faults; rows count from 1."""
SHOWN = 20
"""Rows that an error lists; the rest is counted."""
_KEYS: dict[type[dy.Schema], tuple[str, str]] = {
    Households: ("households", "household_id"),
    Persons: ("persons", "person_id"),
}
_MENDS_SHOWN = 3


def find_faults(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """List every row of a population that cannot be.

    Parameters
    ----------
    households, persons
        Tables with the columns of :class:`~simlib.population.frames.schema.Households` and
        :class:`~simlib.population.frames.schema.Persons`.

    Returns
    -------
    DataFrame
        Columns of :data:`FAULTS`, in the order of the rows; empty when all is well.

    Raises
    ------
    UserError
        If a column is missing or of another type.
    """
    alone = [_row_faults(frame, schema, _KEYS[schema][0])
             for frame, schema in ((households, Households), (persons, Persons))]  # fmt: skip
    return _listed([*alone, _joint_faults(households, persons)])


def check_frame(frame: pl.DataFrame, schema: type[dy.Schema], where: str) -> pl.DataFrame:
    """Check a table against its schema and put its columns in order.

    Raises
    ------
    UserError
        If columns are missing, of another type, or hold impossible values; the rows are listed.
    """
    refuse(_row_faults(frame, schema, where), where)
    return frame.select(schema.column_names())


def check_together(households: pl.DataFrame, persons: pl.DataFrame, where: str) -> None:
    """Check that persons and households fit: every person has a household, with one head, first.

    Raises
    ------
    UserError
        If they do not; the rows are listed.
    """
    refuse(_joint_faults(households, persons), where)


def refuse(faults: pl.DataFrame, where: str) -> None:
    """Turn a list of faults into one clear error; nothing happens when it is empty.

    Raises
    ------
    UserError
        With the first rows, their reasons, and how to mend them.
    """
    if faults.is_empty():
        return
    shown = [
        f"{table} row {row} (id {ident}) {reason}"
        for table, row, ident, reason, _ in faults.head(SHOWN).iter_rows()
    ]
    more = f"; and {faults.height - SHOWN:,} more" if faults.height > SHOWN else ""
    mends = faults["mend"].unique(maintain_order=True).head(_MENDS_SHOWN).to_list()
    raise UserError(
        f"{faults.n_unique(['table', 'row']):,} rows cannot be: {'; '.join(shown)}{more}",
        where,
        "a household or person like that cannot exist, and would be simulated all the same",
        "; ".join(mends),
    )


def _listed(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).sort("table", "row", maintain_order=True)


def _fault(rows: pl.DataFrame, table: str, key: str, reason: pl.Expr, mend: str) -> pl.DataFrame:
    return rows.select(
        pl.lit(table).alias("table"),
        (pl.col("row") + 1).cast(pl.Int64),
        pl.col(key).cast(pl.Int64).alias("id"),
        reason.alias("reason"),
        pl.lit(mend).alias("mend"),
    )


def _row_faults(frame: pl.DataFrame, schema: type[dy.Schema], where: str) -> pl.DataFrame:
    """List rows that break a rule of the schema by themselves."""
    wanted = schema.column_names()
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise UserError(
            f"the column '{missing[0]}' is missing"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""),
            where,
            "every part of simlib relies on the same columns",
            "add it; docs/data-dictionary.md describes each column",
        )
    try:
        _, failure = schema.filter(frame.select(wanted), cast=False)
    except dy.exc.SchemaError as error:
        raise UserError(
            f"a column is of another type ({' '.join(str(error).split())[:160]})",
            where,
            mend="give it the type that docs/data-dictionary.md names",
        ) from None
    if len(failure) == 0:
        return pl.DataFrame(schema=FAULTS)
    broken = failure.details().unique(maintain_order=True)
    rows = frame.select(wanted).with_row_index("row").join(
        broken, on=wanted, nulls_equal=True, maintain_order="left"
    )  # fmt: skip
    table, key = _KEYS[schema]
    return _listed(
        [_fault(rows.filter(pl.col(rule) == "invalid"), table, key, *_worded(rule, schema))
         for rule in failure.counts()]
    )  # fmt: skip


def _worded(rule: str, schema: type[dy.Schema]) -> tuple[pl.Expr, str]:
    """Say why rows break a rule, and what to do."""
    if rule in IMPOSSIBLE:
        reason, mend = IMPOSSIBLE[rule]
        return pl.lit(reason), mend
    column, _, kind = rule.rpartition("|")
    limits: Any = schema.columns().get(column)
    if kind == "nullability":
        return pl.lit(f"has no {column}"), f"fill {column}"
    if kind in ("min", "max"):
        words = f"has a {column} of {{}}, {'below' if kind == 'min' else 'above'} " + str(
            getattr(limits, kind)
        )
        return pl.format(words, pl.col(column)), f"correct {column}"
    return pl.lit(f"breaks the rule {rule}"), "correct or remove these rows"


def _joint_faults(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """List households and persons that do not fit together."""
    homes = households.with_row_index("row")
    people = persons.with_row_index("row")
    counted = persons.group_by("household_id", maintain_order=True).agg(
        pl.len().alias("persons_n"),
        (pl.col("relation") == "head").sum().alias("heads_n"),
        (pl.col("relation") == "spouse").sum().alias("spouses_n"),
        pl.col("relation").first().alias("first_relation"),
        pl.col("age").first().alias("first_age"),
        pl.col("sex").first().alias("first_sex"),
        pl.col("earnings_krw_m").sum().alias("earned"),
        pl.col("pension_krw_m").sum().alias("drawn"),
    )
    joined = homes.join(counted, on="household_id", how="left", maintain_order="left")
    parts = [
        _fault(joined.filter(bad), "households", "household_id", pl.format(words, *named), mend)
        for bad, words, named, mend in _HOUSEHOLD_RULES
    ]
    known = people.join(
        households.select("household_id", "head_age").unique("household_id", keep="first"),
        on="household_id", how="left", maintain_order="left",
    )  # fmt: skip
    parts += [
        _fault(known.filter(bad), "persons", "person_id", pl.format(words, *named), mend)
        for bad, words, named, mend in _PERSON_RULES
    ]
    return _listed(parts)


_Rule = tuple[pl.Expr, str, tuple[str, ...], str]
_ONE_HEAD = (pl.col("heads_n") == 1) & (pl.col("first_relation") == "head")
_HOUSEHOLD_RULES: tuple[_Rule, ...] = (
    (pl.col("persons_n").is_null(), "has no persons", (), "add its persons, or remove it"),
    (pl.col("heads_n") != 1, "has {} heads", ("heads_n",), "let exactly one member be the head"),
    (
        (pl.col("heads_n") == 1) & (pl.col("first_relation") != "head"),
        "does not list its head first", (), "sort persons by household, the head first",
    ),
    (pl.col("spouses_n") > 1, "has {} spouses of the head", ("spouses_n",), "leave one spouse"),
    (
        pl.col("persons_n") != pl.col("size").cast(pl.Int64),
        "has a size of {} and {} persons", ("size", "persons_n"), "let size count the persons",
    ),
    (
        _ONE_HEAD & (pl.col("first_age") != pl.col("head_age")),
        "has a head_age of {}, and its head is {}", ("head_age", "first_age"),
        "take head_age from the head",
    ),
    (
        _ONE_HEAD & (pl.col("first_sex").cast(pl.String) != pl.col("head_sex").cast(pl.String)),
        "has a head_sex of {}, and its head is {}", ("head_sex", "first_sex"),
        "take head_sex from the head",
    ),
    (
        pl.col("earned") != pl.col("earnings_krw_m"),
        "has earnings of {}, and its persons earn {}", ("earnings_krw_m", "earned"),
        "let a household's earnings be the sum of its persons' earnings",
    ),
    (
        pl.col("drawn") != pl.col("pension_krw_m"),
        "has pensions of {}, and its persons draw {}", ("pension_krw_m", "drawn"),
        "let a household's pensions be the sum of its persons' pensions",
    ),
    (
        pl.col("household_id").diff() < 0,
        "stands behind a household of a higher household_id", (), "sort households by household_id",
    ),
)  # fmt: skip
_PERSON_RULES: tuple[_Rule, ...] = (
    (
        pl.col("head_age").is_null(),
        "belongs to household {}, which is not listed", ("household_id",),
        "add the household, or remove the person",
    ),
    (
        (pl.col("relation") == "child") & (pl.col("age") >= pl.col("head_age")),
        "is a child of {} years of a head of {}", ("age", "head_age"),
        "correct the age, or the relation to the head",
    ),
    (
        (pl.col("relation") == "parent") & (pl.col("age") <= pl.col("head_age")),
        "is a parent of {} years of a head of {}", ("age", "head_age"),
        "correct the age, or the relation to the head",
    ),
    (
        pl.col("household_id").diff() < 0,
        "stands behind a person of a later household", (),
        "sort persons by household, the head first",
    ),
)  # fmt: skip
