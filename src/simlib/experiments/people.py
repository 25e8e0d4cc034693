"""The population of a run: made or loaded once, then kept in the run folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from simlib.experiments.loading import LoadedScenario
from simlib.experiments.store import RunStore
from simlib.parameters import Parameters
from simlib.provenance import hash_of

if TYPE_CHECKING:
    from simlib.population.population import Population

PART = "population"
"""Name of the record and the folder of a run's population."""


def population_key(loaded: LoadedScenario) -> str:
    """Hash what determines the population.

    A made population is a pure function of households, year, seed, code and parameters (code
    and parameters are part of the run's key anyway); a loaded one is known by its content.
    """
    choice = loaded.scenario.population
    if choice.folder is None:
        return hash_of(choice.model_dump())
    return content_of(_load(loaded.find(choice.folder)))


def content_of(population: "Population") -> str:
    """Hash the content of a population's frames."""
    return hash_of(population.hashes())


def population_of(store: RunStore, loaded: LoadedScenario, parameters: Parameters) -> "Population":
    """Give the population of a run, from its folder when it is there and undamaged."""
    folder = store.folder / PART
    if store.is_finished(PART):
        return _load(folder)
    population = make_or_load(loaded, parameters)
    _write(population, folder, parameters)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    store.record(PART, paths, reads_of(parameters), content=[content_of(population)])
    return population


def reads_of(parameters: Parameters) -> list[list[str]]:
    """List what was read of the parameters so far: path and month since when it holds."""
    return [list(row) for row in parameters.read_log().select("path", "since").sort("*").rows()]


def make_or_load(loaded: LoadedScenario, parameters: Parameters, further: int = 0) -> "Population":
    """Make or load the population that a scenario chooses, without keeping it.

    Parameters
    ----------
    loaded, parameters
        The scenario, and every number.
    further
        Number of a further draw of a made population; its seed is so much higher.
    """
    choice = loaded.scenario.population
    if choice.folder is not None:
        return _load(loaded.find(choice.folder))
    from simlib.population import synthesize

    assert choice.households is not None and choice.year is not None and choice.seed is not None
    return synthesize(choice.households, choice.year, choice.seed + further, parameters)


def _write(population: "Population", folder: Path, parameters: Parameters) -> None:
    from simlib.population import write_population

    write_population(population, folder, parameters)


def _load(folder: Path) -> "Population":
    from simlib.population.population import Population

    return Population.load(folder)
