"""Who lives here: from published tables to households and persons."""

from simlib.population.fitted import fit_table
from simlib.population.fitting.proportional import FitResult, FitStatus
from simlib.population.frames.schema import Households, Persons
from simlib.population.population import Population
from simlib.population.synthesis import check_request, synthesize
from simlib.population.writing import synthesize_to, write_population

__all__ = [
    "FitResult",
    "FitStatus",
    "Households",
    "Persons",
    "Population",
    "check_request",
    "fit_table",
    "synthesize",
    "synthesize_to",
    "write_population",
]
