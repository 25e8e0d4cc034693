"""Folders of populations from microdata: import, and weights to controls."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simlib.files import read_parquet
from simlib.parameters import Parameters, load_parameters
from simlib.population.fitted import FittedTable, fit_table
from simlib.population.frames.storage import read_manifest
from simlib.population.microdata.importing import Imported, import_population
from simlib.population.microdata.reweighting import Reweighted, reweight
from simlib.population.population import Population
from simlib.population.published.controls import target_shares
from simlib.population.quality.measuring import Yardstick, yardstick
from simlib.population.writing import write_population

REJECTED_CSV = "rejected.csv"
_SOURCES = "source_households.parquet"
_NAMED = 12


def import_to(
    directory: Path | str,
    mapping: Path | str,
    *,
    drop_rejected: bool = False,
    parameters: Parameters | None = None,
    table: FittedTable | None = None,
) -> Imported:
    """Make a population folder of a researcher's microdata, one household per row.

    Parameters
    ----------
    directory
        Folder, made when missing. Beside what every population has it holds
        ``source_households.parquet`` and ``source_persons.parquet`` with the file's own ids and
        weights, and ``rejected.csv`` when rows could not enter.
    mapping
        Column mapping (YAML).
    drop_rejected
        Leave out households with a faulty row instead of refusing the whole.
    parameters, table
        Dated parameters and the fitted table from which missing columns are modelled.

    Raises
    ------
    UserError
        If the mapping or a file is wrong, or rows cannot enter.
    """
    folder = Path(directory)
    (folder / REJECTED_CSV).unlink(missing_ok=True)
    known = parameters or load_parameters()
    fitted = table or fit_table(known)
    made = import_population(
        mapping, known, fitted, drop_rejected=drop_rejected, rejected_csv=folder / REJECTED_CSV
    )
    scale = Yardstick(
        yardstick(fitted).measured,
        (),
        (
            "These are the households of the data as they came, each once, without their weights: "
            "nothing was fitted, and the controls stand beside them for comparison.",
        ),
    )
    write_population(
        made.population, folder, known, fitted, made.origin, measure=scale, sources=made.sources
    )
    return made


def reweight_to(
    directory: Path | str,
    source: Path | str,
    households_n: int,
    *,
    seed: int = 1,
    controls: Path | None = None,
    parameters: Parameters | None = None,
) -> Reweighted:
    """Make a population folder of whole households that meet controls, from another folder.

    Parameters
    ----------
    directory
        Folder to write, made when missing.
    source
        Folder of a population, of microdata as a rule; survey weights are taken from it.
    households_n
        Households to make.
    seed
        Seed of the even steps by which weights become whole numbers.
    controls
        List of controls (the package's own by default).
    parameters
        Dated parameters.

    Raises
    ------
    UserError
        If the folder is no population, or the controls cannot be met.
    """
    known = parameters or load_parameters()
    population = Population.load(source)
    base, placed = _weights(Path(source))
    made = reweight(population, households_n, seed, controls, base, placed)
    origin = read_manifest(Path(source)).origin
    measured = tuple((row, target_shares(row).rename({"region": "geography"})) for row in made.rows)
    scale = Yardstick(measured, made.result.responsible, (_sentence(made),))
    ids = made.population.households["household_id"]
    taken = pl.DataFrame({"household_id": ids, "source_household_id": made.source})
    write_population(
        made.population, directory, known, origin=origin, measure=scale,
        sources={"households": taken.cast(pl.UInt32)},
    )  # fmt: skip
    return made


def _weights(folder: Path) -> tuple[Any, Any]:
    if not (folder / _SOURCES).is_file():
        return None, None
    held = read_parquet(folder / _SOURCES)
    if "weight" not in held.columns:
        return None, None
    return held["weight"].to_numpy(), held["placed"].cast(pl.Float64).to_numpy()


def _sentence(made: Reweighted) -> str:
    used = int(np.count_nonzero(made.times))
    text = (
        f"The fit of weights ended {made.result.status.value} after {made.result.rounds} rounds. "
        f"{used:,} of {made.times.size:,} households of the data stand here, one up to "
        f"{int(made.times.max()):,} times; together they are worth {made.effective_n:,.0f} "
        "households of equal weight, which is what can be read from them."
    )
    if made.places:
        text += f" {made.places}"
    gone = made.result.responsible
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        text += (
            " These gave way, because the data hold too few households for them: "
            f"{', '.join(gone[:_NAMED])}{more}."
        )
    return text
