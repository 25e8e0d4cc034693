"""A small survey of our own making, as a researcher might bring it: files and column mapping."""

from pathlib import Path

import polars as pl

from simlib.population import Population

MAPPING = """\
title: Trial survey
seed: 5
households: {file: hh.parquet, id: HID, municipality: SGG, size: NP, weight: W,
             income_krw_y: {column: TOTINC, times: 10000},
             tenure: {column: TEN, own: 1, jeonse: 2, deposit_rent: 3, monthly_rent: 4,
                      rent_free: [5, 6]}}
persons: {file: pp.csv, id: PID, household: HID, age: AGE,
          sex: {column: SEX, male: 1, female: 2},
          relation: {column: REL, head: 1, spouse: 2, child: 3, parent: 4, grandchild: 5,
                     other_kin: 6, non_kin: 7},
          uses_internet: {column: NET, true: 1, false: 2, missing: 2}}
"""
TENURES = {"own": 1, "jeonse": 2, "deposit_rent": 3, "monthly_rent": 4, "rent_free": 5}
RELATIONS = {
    "head": 1, "spouse": 2, "child": 3, "parent": 4, "grandchild": 5, "other_kin": 6, "non_kin": 7,
}  # fmt: skip


def frames(population: Population) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write a population in the columns and codes of the survey, households back to front."""
    homes = population.households.select(
        HID=pl.col("household_id") + 7000,
        SGG="municipality",
        NP="size",
        W=1.0 + pl.col("household_id") % 5,
        TOTINC=pl.col("income_krw_m") * 12 / 10000,
        TEN=pl.col("tenure").cast(pl.String).replace_strict(TENURES),
    ).reverse()
    persons = population.persons.select(
        PID=pl.col("person_id") + 1,
        HID=pl.col("household_id") + 7000,
        AGE="age",
        SEX=pl.when(pl.col("sex") == "male").then(1).otherwise(2),
        REL=pl.col("relation").cast(pl.String).replace_strict(RELATIONS),
        NET=pl.when("uses_internet").then(1),
    )
    return homes, persons


def write_survey(
    folder: Path, homes: pl.DataFrame, persons: pl.DataFrame, mapping: str = MAPPING
) -> Path:
    """Write both files and the mapping; give the path of the mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    homes.write_parquet(folder / "hh.parquet")
    persons.write_csv(folder / "pp.csv")
    path = folder / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path
