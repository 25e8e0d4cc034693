"""The calibration from end to end: fit every structure, and write what was found as data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simlib.benefits.catalogue import load_catalogue
from simlib.errors import UserError, did_you_mean
from simlib.experiments.calibration.fit import Fit, fit, spread_starts
from simlib.experiments.calibration.kinds import spread_kinds
from simlib.experiments.calibration.moments import Bench, Moment, load_moments
from simlib.experiments.calibration.numbers import Numbers
from simlib.experiments.calibration.priors import Free, Structure, load_priors, load_structures
from simlib.files import check_writable
from simlib.parameters import Parameters, load_parameters


@dataclass(frozen=True)
class Effort:
    """Say how thoroughly to search.

    Attributes
    ----------
    starts_n
        Points from which each structure is fitted.
    search_doublings, doublings
        Kinds of households while searching and for the last steps, as powers of two.
    evaluations
        Steps allowed from each start.
    """

    starts_n: int = 6
    search_doublings: int = 5
    doublings: int = 9
    evaluations: int = 60


@dataclass(frozen=True)
class Calibration:
    """Hold the fits of all structures.

    Attributes
    ----------
    effort
        How thoroughly was searched.
    chosen
        Name of the structure that is written out in full.
    fits
        Fits by structure.
    losses
        Loss reached from each start while searching, by structure, best first.
    checks, check_moments
        What the chosen fit gives for moments that were not fitted, and these moments.
    defaults
        What the present parameters give for all moments, fitted ones first.
    """

    effort: Effort
    chosen: str
    fits: dict[str, Fit]
    losses: dict[str, list[float]]
    checks: list[float]
    check_moments: tuple[Moment, ...]
    defaults: list[float]

    @property
    def best(self) -> Fit:
        """Give the fit of the chosen structure."""
        return self.fits[self.chosen]


def calibrate(
    effort: Effort,
    structures: tuple[str, ...] = (),
    parameters: Parameters | None = None,
    note: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit the structures to the moments marked for fitting, and work out the others.

    Parameters
    ----------
    effort
        How thoroughly to search.
    structures
        Names; all by default. The chosen structure is always among them.
    parameters
        Every number; simlib's own by default.
    note
        Told of progress.

    Raises
    ------
    UserError
        If there is no such structure.
    """
    parameters = parameters or load_parameters()
    load_catalogue(parameters)
    every = load_structures()
    for name in structures:
        if name not in every.structures:
            raise UserError(
                f"there is no structure '{name}'",
                "--structure",
                mend=did_you_mean(name, every.structures),
            )
    names = [n for n in every.structures if not structures or n in (*structures, every.chosen)]
    fits, losses = {}, {}
    for name in names:
        fits[name], losses[name] = fit_structure(name, effort, parameters, note)
    best, numbers = fits[every.chosen], Numbers.of(parameters)
    check_moments = tuple(each for each in load_moments() if each.used == "check")
    checks = Bench.of(parameters, best.bench.kinds, check_moments)
    own = numbers.with_values({p.path: p.default for p in load_priors() if p.path[:7] == "offsets"})
    defaults = [*best.bench.values(own), *checks.values(own)]
    return Calibration(
        effort,
        every.chosen,
        fits,
        losses,
        [float(each) for each in checks.values(numbers.with_values(best.values))],
        check_moments,
        [float(each) for each in defaults],
    )


def bench_of(structure: Structure, doublings: int, parameters: Parameters) -> Bench:
    """Set up the moments marked for fitting.

    Parameters
    ----------
    structure
        Gives how need and friction go together.
    doublings
        Kinds as a power of two.
    parameters
        Every number.
    """
    kinds = spread_kinds(
        doublings,
        need_benefit=parameters.number("trials.standard.need_benefit"),
        need_friction=structure.need_friction,
    )
    return Bench.of(parameters, kinds, [each for each in load_moments() if each.used == "fit"])


def fit_structure(
    name: str,
    effort: Effort,
    parameters: Parameters,
    note: Callable[[str], None] | None = None,
) -> tuple[Fit, list[float]]:
    """Search from several starts with few kinds, then go on from the best with all kinds.

    Parameters
    ----------
    name, effort, parameters, note
        As of :func:`calibrate`.

    Returns
    -------
    tuple
        The fit, and the loss reached from each start, best first.
    """
    structure = load_structures().structures[name]
    free, numbers = Free.of(load_priors(), structure.fix), Numbers.of(parameters)

    def told(text: str) -> None:
        if note is not None:
            note(f"{name}: {text}")

    few = bench_of(structure, effort.search_doublings, parameters)
    starts = spread_starts(free, effort.starts_n)
    found = fit(few, free, numbers, starts, evaluations=effort.evaluations, note=told)
    low, high = free.bounds
    inside = np.clip(found.z, low + 1e-6, high - 1e-6)
    whole = bench_of(structure, effort.doublings, parameters)
    last = fit(whole, free, numbers, inside[None], evaluations=effort.evaluations, note=told)
    return last, [float(each) for each in found.start_losses]


def run_to(
    out: Path,
    effort: Effort,
    structures: tuple[str, ...] = (),
    note: Callable[[str], None] | None = None,
) -> Calibration:
    """Calibrate and write the data files to a folder.

    Parameters
    ----------
    out
        Folder, made if it is not there.
    effort, structures, note
        As of :func:`calibrate`.

    Raises
    ------
    UserError
        If the folder cannot be written to; before anything is fitted.
    """
    from simlib.experiments.calibration.writing import write

    check_writable(out)
    made = calibrate(effort, structures, note=note)
    write(made, out)
    return made
