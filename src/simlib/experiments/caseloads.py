"""Set the households entitled to every programme beside the published caseloads."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.files import package_data, write_csv
from simlib.months import Month, format_month

if TYPE_CHECKING:
    from simlib.benefits.catalogue import Catalogue
    from simlib.benefits.programme import Programme
    from simlib.population.population import Population

PART = "caseloads"
"""Name of the record and of the file of a run's caseloads."""
FIRST_YEAR, LAST_YEAR = 2019, 2026
"""Years for which the catalogue has values."""
MID_YEAR = 6
"""July, counted from 0: programmes with a season are in theirs."""
OFF_BY_SHARE = 0.2
"""A ratio further from 1 than this needs a reason."""


def write_caseloads(store: RunStore, setting: Setting, population: "Population") -> None:
    """Compare the run's population with published caseloads, unless that was done before."""
    path = store.folder / f"{PART}.csv"
    if not store.is_finished(PART):
        write_csv(compare_caseloads(setting, population), path)
        store.record(PART, [path], [])


def compare_caseloads(setting: Setting, population: "Population") -> pl.DataFrame:
    """Count the entitled of every programme of the catalogue, scenario's changes included.

    Parameters
    ----------
    setting
        The scenario. Programmes are compared in the July of the year of their published
        caseload (the nearest year that the catalogue knows), others in the scenario's first
        month; people are as old then as the population has them.
    population
        Households that stand for all general households of the country.

    Returns
    -------
    DataFrame
        One row a programme: programme, month, unit (households or persons counted), entitled_n
        (scaled to the country), take_up (share), take_up_evidence, expected_n (entitled times
        take-up; the entitled where the published figure counts them), published_n, counted,
        year, evidence, source, ratio (expected over published), reason_ko, reason_en.
        Numbers that are not published are null.
    """
    from simlib.benefits.catalogue import load_catalogue

    parameters = setting.parameters.override({}, "")
    extra = setting.loaded.programme_choice().files
    catalogue = load_catalogue(parameters, extra=extra)
    known = {row["programme"]: row for row in readings().iter_rows(named=True)}
    start = setting.loaded.scenario.start_month
    months = {each.id: _month(each, start) for each in catalogue.programmes}
    rows = []
    for month in sorted(set(months.values())):
        counts = _entitled(catalogue, setting, population, month)
        rows += [
            {"month": format_month(month)} | _row(each, counts[each.id], known.get(each.id, {}))
            for each in catalogue.programmes
            if months[each.id] == month
        ]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("programme")


def _month(programme: "Programme", start: Month) -> Month:
    """Choose the month in which a programme is compared."""
    caseload = programme.file.caseload
    if caseload is None:
        return start
    year = min(max(caseload.year, FIRST_YEAR), LAST_YEAR)
    return year * 12 + MID_YEAR


_SCHEMA = {
    "programme": pl.String,
    "month": pl.String,
    "unit": pl.String,
    "entitled_n": pl.Float64,
    "take_up": pl.Float64,
    "take_up_evidence": pl.String,
    "expected_n": pl.Float64,
    "published_n": pl.Float64,
    "counted": pl.String,
    "year": pl.Int64,
    "evidence": pl.String,
    "source": pl.String,
    "ratio": pl.Float64,
    "reason_ko": pl.String,
    "reason_en": pl.String,
}


def readings() -> pl.DataFrame:
    """Read how each published caseload is to be compared, and why it is missed.

    Returns
    -------
    DataFrame
        programme, unit (households or persons), of (recipients or entitled: what the published
        figure counts), reason_ko, reason_en (empty where the ratio is near 1).
    """
    return pl.read_csv(package_data("kr", "caseload_readings.csv")).with_columns(
        pl.col("reason_ko", "reason_en").cast(pl.String).fill_null("")
    )


def _entitled(
    catalogue: "Catalogue", setting: Setting, population: "Population", month: Month
) -> dict[str, dict[str, float]]:
    """Count entitled households and persons by programme, scaled to the country."""
    from simlib.benefits.entitlement import entitle
    from simlib.life.course import LifeCourse

    scenario, parameters = setting.loaded.scenario, setting.parameters.override({}, "")
    aged = pl.col("birth_month") + (month - population.reference_month)
    moved = replace(population, persons=population.persons.with_columns(aged))
    course = LifeCourse(moved, catalogue, parameters, Draws(scenario.seed, 0))
    course.events.warm_up(month, int(parameters.number("life.warm_up_months")))
    everybody = np.arange(population.households.height)
    now = course.frames(everybody, month, 0)
    rights = entitle(catalogue, now.households, now.persons, month, parameters)
    scale = parameters.number("national.general_households_n") / everybody.size
    sizes = now.households["size"].to_numpy()
    counts = {}
    for i, programme in enumerate(catalogue.programmes):
        entitled = rights.right[:, i] > 0
        members = sizes if programme.unit == "household" else rights.persons_n[:, i]
        counts[programme.id] = {
            "households": scale * int(entitled.sum()),
            "persons": scale * int(members[entitled].sum(dtype=np.int64)),
        }
    return counts


def _row(
    programme: "Programme", counts: dict[str, float], reading: dict[str, str]
) -> dict[str, object]:
    unit = reading.get("unit", f"{programme.unit}s")
    entitled = counts[unit]
    take_up, caseload = programme.take_up, programme.file.caseload
    expected = entitled if reading.get("of") == "entitled" else None
    if expected is None and take_up is not None:
        expected = entitled * take_up.value
    row: dict[str, object] = {
        "programme": programme.id,
        "unit": unit,
        "entitled_n": entitled,
        "take_up": take_up.value if take_up else None,
        "take_up_evidence": take_up.evidence if take_up else None,
        "expected_n": expected,
        "reason_ko": reading.get("reason_ko", ""),
        "reason_en": reading.get("reason_en", ""),
    }
    if caseload is not None:
        ratio = expected / caseload.value if expected is not None else None
        row |= {
            "published_n": float(caseload.value),
            "counted": caseload.counted,
            "year": caseload.year,
            "evidence": caseload.evidence,
            "source": caseload.source,
            "ratio": ratio,
        }
    return row
