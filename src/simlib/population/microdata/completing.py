"""Model what a researcher's microdata do not say: places, tenure, relations, work, money."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.population.fitted import FittedTable
from simlib.population.households.expansion import RELATIONS
from simlib.population.microdata.mapping import COLUMNS
from simlib.population.microdata.reading import Microdata
from simlib.population.published.cells import TENURES, head_age_group
from simlib.population.published.tables import municipalities, regions

_GENERATION = 17
_ADULT = 18


@dataclass(frozen=True)
class Prepared:
    """Hold microdata with the columns that a skeleton needs.

    Parameters
    ----------
    households
        Sorted by municipality: id, region, municipality, household_type, tenure, head_age,
        head_sex and what was given.
    persons
        Sorted by household, head first: id, household, relation, age, sex and what was given.
    given
        Columns of each table that came from the file.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    given: dict[str, tuple[str, ...]]

    def by_region(self) -> Iterator["Prepared"]:
        """Give the households and persons of each region in turn."""
        for region in self.households["region"].unique(maintain_order=True):
            homes = self.households.filter(pl.col("region") == region)
            inside = pl.col("household_id").is_in(homes["household_id"].implode())
            yield Prepared(homes, self.persons.filter(inside), self.given)

    def modelled(self, table: str) -> list[str]:
        """List the columns of a table that the file did not give."""
        optional = dict.fromkeys(COLUMNS[table].values())
        return [name for name in optional if name not in self.given[table]]


def prepare(micro: Microdata, table: FittedTable, draws: Draws) -> Prepared:
    """Give microdata relations, household types, places and tenure where they have none.

    Parameters
    ----------
    micro
        Microdata without faulty rows.
    table
        Fitted table, from whose shares a missing tenure is drawn.
    draws
        Luck of this population.

    Notes
    -----
    Without relations the first adult listed is the head, the nearest adult of the other sex
    within 20 years the spouse, those 17 years younger or older children or parents, everyone
    else other kin. A missing municipality is drawn by residents within the region.
    """
    given = {
        name: tuple(column for column in dict.fromkeys(COLUMNS[name].values())
                    if column in getattr(micro, name).columns)
        for name in COLUMNS
    }  # fmt: skip
    persons = micro.persons
    if "relation" not in persons.columns:
        persons = _with_relations(persons)
    homes = _with_heads(micro.households, persons)
    if "household_type" not in homes.columns:
        homes = _with_types(homes, persons)
    homes = place_households(homes, draws).sort("municipality", maintain_order=True)
    if "tenure" not in homes.columns:
        homes = _with_tenure(homes, table, draws)
    homes = homes.with_row_index("household_id")
    persons = (
        persons.join(homes.select("id", "household_id"), left_on="household", right_on="id")
        .sort("household_id", pl.col("relation") != "head", "row", maintain_order=True)
        .with_row_index("person_id")
    )
    return Prepared(homes, persons, given)


def _with_relations(persons: pl.DataFrame) -> pl.DataFrame:
    adult = pl.col("age") >= _ADULT
    first = (
        pl.when(adult.any().over("household"))
        .then(adult & (adult.cum_sum().over("household") == 1))
        .otherwise(pl.int_range(pl.len()).over("household") == 0)
    )
    people = persons.with_columns(head=first)
    heads = people.filter("head").select(
        "household", pl.col("age").alias("head_age"), pl.col("sex").alias("head_sex")
    )
    people = people.join(heads, on="household", maintain_order="left")
    gap = pl.col("age") - pl.col("head_age")
    partner = (
        ~pl.col("head") & adult & (gap.abs() <= 20) & (pl.col("sex") != pl.col("head_sex"))
    )  # fmt: skip
    people = people.with_columns(gap=gap, near=pl.when(partner).then(gap.abs()))
    nearest = pl.col("near").arg_min().over("household") == pl.int_range(pl.len()).over("household")
    relation = (
        pl.when("head").then(pl.lit("head"))
        .when(nearest & pl.col("near").is_not_null()).then(pl.lit("spouse"))
        .when(pl.col("gap") <= -_GENERATION).then(pl.lit("child"))
        .when(pl.col("gap") >= _GENERATION).then(pl.lit("parent"))
        .otherwise(pl.lit("other_kin"))
    )  # fmt: skip
    return people.with_columns(relation=relation).drop(
        "head", "head_age", "head_sex", "gap", "near"
    )


def _with_heads(homes: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    heads = persons.filter(pl.col("relation") == "head").select(
        "household", pl.col("age").alias("head_age"), pl.col("sex").alias("head_sex")
    )
    sizes = persons.group_by("household").agg(pl.len().alias("persons_n"))
    return homes.join(heads, left_on="id", right_on="household", maintain_order="left").join(
        sizes, left_on="id", right_on="household", maintain_order="left"
    )


def _with_types(homes: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    has = persons.group_by("household").agg(
        *[(pl.col("relation") == name).any().alias(name) for name in RELATIONS[1:]]
    )
    kin = pl.col("other_kin") | pl.col("parent") | pl.col("grandchild") | pl.col("non_kin")
    kind = (
        pl.when(pl.col("persons_n") == 1).then(pl.lit("one_person"))
        .when((pl.col("parent") | pl.col("grandchild")) & pl.col("child"))
        .then(pl.lit("three_generation"))
        .when(pl.col("spouse") & ~pl.col("child") & ~kin).then(pl.lit("couple"))
        .when(pl.col("spouse") & pl.col("child") & ~kin).then(pl.lit("couple_children"))
        .when(~pl.col("spouse") & pl.col("child") & ~kin).then(pl.lit("single_parent"))
        .when(pl.col("non_kin")).then(pl.lit("non_kin"))
        .otherwise(pl.lit("other_kin"))
    )  # fmt: skip
    joined = homes.join(has, left_on="id", right_on="household", maintain_order="left")
    return joined.with_columns(household_type=kind).drop(RELATIONS[1:])


def place_households(homes: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """Place households whose municipality is null, evenly by residents of their region."""
    code = homes["municipality"].to_numpy(allow_copy=True).astype(np.float64)
    luck = draws.uniform("population.micro_place", np.arange(homes.height))
    region = homes["region"].to_numpy()
    for name in regions():
        open_rows = np.flatnonzero((region == name) & np.isnan(code))
        if open_rows.size == 0:
            continue
        known = municipalities().filter(pl.col("region") == name)
        shares = np.cumsum(known["residents"].to_numpy() / known["residents"].sum())
        order = open_rows[np.argsort(luck[open_rows], kind="stable")]
        even = (np.arange(order.size) + luck[order[0]]) / order.size
        found = np.minimum(np.searchsorted(shares, even, side="right"), known.height - 1)
        code[order] = known["code"].to_numpy()[found]
    return homes.with_columns(municipality=pl.Series(code).cast(pl.Int32))


def _with_tenure(homes: pl.DataFrame, table: FittedTable, draws: Draws) -> pl.DataFrame:
    """Draw tenure from its fitted shares by region, type, size and age of head."""
    age = {each: head_age_group(each) for each in range(200)}
    size = pl.col("persons_n").cast(pl.Int64)
    keyed = homes.with_columns(
        head_age_group=pl.col("head_age").replace_strict(age, return_dtype=pl.String),
        size_group=pl.when(size < 5).then(size.cast(pl.String)).otherwise(pl.lit("5+")),
    )
    full = ["region", "household_type", "size_group", "head_age_group"]
    cells = table.cells.frame.with_columns(weight=pl.Series(table.result.weights))
    cells = cells.with_columns(pl.col([*full, "tenure"]).cast(pl.String))
    names = list(TENURES)
    shares = np.full((homes.height, len(names)), np.nan)
    for keys in (full, full[:1]):
        wide = cells.pivot("tenure", index=keys, values="weight", aggregate_function="sum")
        found = keyed.select(keys).join(wide, on=keys, how="left", maintain_order="left")
        missing = np.isnan(shares[:, 0])
        shares[missing] = found.select(pl.col(names).fill_null(0.0)).to_numpy()[missing]
        shares[shares.sum(axis=1) <= 0] = np.nan
    upto = np.cumsum(shares, axis=1)
    luck = draws.uniform("population.micro_tenure", np.arange(homes.height))
    code = (luck[:, None] * upto[:, -1:] >= upto[:, :-1]).sum(axis=1)
    return homes.with_columns(tenure=pl.Series([names[each] for each in code]))
