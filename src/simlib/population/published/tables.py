"""Read the published tables under ``kr/tables`` and the constants of their layout."""

from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from simlib.errors import SimlibError, UserError, did_you_mean
from simlib.files import package_data
from simlib.provenance import EVIDENCE_GRADES, overstates, sources

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OLDEST: Final = 100
"""Highest age in years that a person is given; older people count as this age."""
HEAD_BANDS: Final = ("15-19", *(f"{age}-{age + 4}" for age in range(20, 85, 5)), "85+")
"""Age bands of household heads."""
PERSON_BANDS: Final = (*(f"{age}-{age + 4}" for age in range(0, 85, 5)), "85+")
"""Age bands of persons."""
SEXES: Final = ("male", "female")


def band_start(band: str) -> int:
    """Give the first age of a band such as ``20-24`` or ``85+``."""
    return int(band.rstrip("+-").split("-")[0])


@cache
def table(name: str) -> pl.DataFrame:
    """Read one published table.

    Parameters
    ----------
    name
        File name below ``kr/tables`` without its ending.

    Returns
    -------
    DataFrame
        The dimensions of the table, then value, unit, year, source, evidence and note.

    Raises
    ------
    UserError
        If there is no such table.
    SimlibError
        If a row has no known source or evidence grade.
    """
    path = package_data("kr", "tables", f"{name}.csv")
    if not path.is_file():
        known = [each.stem for each in path.parent.glob("*.csv")]
        raise UserError(f"there is no table '{name}'", str(path), mend=did_you_mean(name, known))
    frame = pl.read_csv(
        path,
        infer_schema_length=None,
        schema_overrides={"category": pl.String, "source": pl.String, "note": pl.String},
    )
    check_provenance(frame, path.name)
    return frame


def check_provenance(frame: pl.DataFrame, name: str) -> None:
    """Check that every row of a table names known sources and a grade that they can carry.

    Raises
    ------
    SimlibError
        For the first row that does not.
    """
    for source in frame["source"].unique():
        for each in (source or "").split(";"):
            if each not in sources():
                raise SimlibError(f"{name} names the unknown source '{each}'")
    for grade in frame["evidence"].unique():
        if grade not in EVIDENCE_GRADES:
            raise SimlibError(f"{name} has the unknown evidence grade '{grade}'")
    for source, grade in frame.select("source", "evidence").unique().rows():
        if overstates(grade, source):
            raise SimlibError(f"{name} grades '{grade}' what {source} has second-hand")


@cache
def regions() -> tuple[str, ...]:
    """List the 17 regions in the order that codes follow."""
    return tuple(table("region")["category"].to_list())


@cache
def municipalities() -> pl.DataFrame:
    """Read the 229 municipalities: code, region, name_ko, area_class, region_class, residents."""
    frame = pl.read_csv(package_data("kr", "municipalities.csv")).sort("code")
    check_provenance(frame, "municipalities.csv")
    return frame


@cache
def municipality_codes() -> Ints:
    """List the codes of the municipalities, ascending; a municipality's place is its place here."""
    return municipalities()["code"].to_numpy().astype(np.int64)


def place_of(municipality: ArrayLike) -> Ints:
    """Give the places of municipalities, given by code, among all, in the shape of the codes."""
    return np.searchsorted(municipality_codes(), municipality)


@cache
def region_of_place() -> Ints:
    """Give the region of every municipality, as its place among the regions, shape ``(229,)``."""
    order = {name: i for i, name in enumerate(regions())}
    return np.array([order[name] for name in municipalities()["region"]], dtype=np.int64)


def region_of(municipality: int) -> str:
    """Give the region of one municipality."""
    return regions()[region_of_place()[place_of(municipality)]]


@cache
def by_age(name: str, measure: str, sex: str | None = None) -> Floats:
    """Give a measure for every single year of age.

    Parameters
    ----------
    name
        Table with columns age_from, measure and perhaps sex.
    measure
        Which measure of the table.
    sex
        ``male`` or ``female`` where the measure differs by sex.

    Returns
    -------
    ndarray
        Shape ``(OLDEST + 1,)``: the value of the last band that starts at or below the age,
        0 below the first band. Read once and not to be changed.
    """
    rows = table(name).filter(pl.col("measure") == measure)
    if sex is not None:
        rows = rows.filter(pl.col("sex") == sex)
    if rows.is_empty():
        raise SimlibError(f"table '{name}' has no measure '{measure}' for {sex or 'both sexes'}")
    values = np.zeros(OLDEST + 1)
    for age, value in rows.sort("age_from").select("age_from", "value").iter_rows():
        values[age:] = value
    values.flags.writeable = False
    return values


@cache
def by_region(measure: str) -> Floats:
    """Give a measure of the table ``by_region`` in the order of regions, shape ``(17,)``.

    Read once and not to be changed.
    """
    rows = table("by_region").filter(pl.col("measure") == measure)
    found = dict(rows.select("region", "value").iter_rows())
    values = np.array([found[region] for region in regions()], dtype=np.float64)
    values.flags.writeable = False
    return values


@cache
def municipality_residents() -> Floats:
    """Give registered residents by municipality, sex and five-year age.

    Returns
    -------
    ndarray
        Persons, shape ``(229, 2, bands)``, in the order of :func:`municipalities`, ``SEXES``
        and ``PERSON_BANDS``.
    """
    wide = table("municipality_residents").pivot(
        "category", index="municipality", values="value"
    ).sort("municipality")  # fmt: skip
    if wide["municipality"].to_list() != municipalities()["code"].to_list():
        raise SimlibError("municipality_residents.csv does not list each municipality once")
    names = [f"{sex}|{band}" for sex in SEXES for band in PERSON_BANDS]
    counts = wide.select(names).to_numpy().astype(np.float64)
    return np.asarray(counts.reshape(-1, len(SEXES), len(PERSON_BANDS)))


@cache
def by_municipality(measure: str) -> Floats:
    """Give a measure of the table ``municipality_factors`` for every municipality.

    Parameters
    ----------
    measure
        ``nbls_factor``: recipients of the basic livelihood benefits per resident, over the
        national rate (1 is the national rate).

    Returns
    -------
    ndarray
        Shape ``(229,)``, in the order of :func:`municipalities`. Read once and not to be changed.
    """
    rows = table("municipality_factors").filter(pl.col("measure") == measure)
    found = dict(rows.select("municipality", "value").iter_rows())
    values = np.array([found[code] for code in municipalities()["code"]], dtype=np.float64)
    values.flags.writeable = False
    return values
