"""Share each region's households among its municipalities so that their residents come out.

Inside a region the fitted table is known; a municipality differs by its residents' sex and age
and, where published, by how many of its households are of one person and how many of its older
people live alone. Everything else follows: the table of a municipality is the closest one to its
region's, in relative entropy, that has these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simlib.errors import UserError
from simlib.population.fitting.proportional import FitResult, FitStatus
from simlib.population.fitting.tilting import AgeModel, Tilting
from simlib.population.published.controls import MUST, PERSONS_BY_AGE, ControlRow, target_values
from simlib.population.published.place_controls import PlaceControl, bind_place, long_targets
from simlib.population.published.tables import (
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    municipalities,
    municipality_residents,
    region_of_place,
    regions,
)

_RESIDENTS = "residents"
_KEPT = "households of regions"
_CHECK_EVERY = 50
_STILL = 0.97
"""Share of the earlier error above which a fit stands still."""


@dataclass(frozen=True)
class Places:
    """Hold the households of every municipality, and the ages of their members.

    Parameters
    ----------
    tilt
        Factor by municipality, sex and age band, shape ``(229, 2, bands)``.
    persons
        Share of each sex and age band among the persons of a municipality, shape
        ``(229, 2, bands)``.
    targets
        What each control of municipalities aimed at: columns region (the code), category, share.
    result
        How the fit ended; its weights are the shares of the country's households by
        municipality, kind, sex and age band of the head, shape ``(229, kinds, 2, head bands)``.
    """

    tilt: Floats
    persons: Floats
    targets: dict[str, pl.DataFrame]
    result: FitResult

    @property
    def homes(self) -> Floats:
        """Give the weights of the fit."""
        return self.result.weights


def fit_places(
    homes: Floats,
    tilt: Floats,
    model: AgeModel,
    controls: Sequence[ControlRow],
    tolerance: float = 3e-5,
    rounds_max: int = 600,
) -> Places:
    """Divide the households of regions among municipalities.

    Parameters
    ----------
    homes
        Fitted share of households by region, kind, sex and age band of the head, shape
        ``(17, kinds, 2, head bands)``.
    tilt
        Factors of the regions, shape ``(17, 2 * bands)``.
    model
        From households to persons.
    controls
        Controls whose geography is the municipality.
    tolerance
        Largest error, as a share of the universe, that counts as met.
    rounds_max
        Rounds after which the fit counts as stalled.

    Returns
    -------
    Places
        Regional totals are kept exactly. Published shares are of other years than the region's
        own: their odds are moved by one factor in each region so that they add up to it. A
        control that cannot be met gives way, the least important first, if its importance is
        below 1000.
    """
    places = _fit(homes, tilt, model, controls, tolerance, rounds_max)
    weak = [
        row
        for row in controls
        if row.control in places.result.responsible
        and row.importance < MUST
        and row.expression != PERSONS_BY_AGE
    ]
    if not weak:
        return places
    weakest = min(weak, key=lambda row: row.importance)
    rest = [row for row in controls if row is not weakest]
    found = fit_places(homes, tilt, model, rest, tolerance, rounds_max)
    status = found.result.status
    result = replace(
        found.result,
        status=FitStatus.RELAXED if status is FitStatus.CONVERGED else status,
        responsible=(*found.result.responsible, weakest.control),
    )
    return replace(found, targets=places.targets | found.targets, result=result)


def _fit(
    homes: Floats,
    tilt: Floats,
    model: AgeModel,
    controls: Sequence[ControlRow],
    tolerance: float,
    rounds_max: int,
) -> Places:
    """Divide households among municipalities by all controls given."""
    owner = region_of_place()
    persons = model.persons(homes, tilt, model.mean_tilts(tilt))
    wanted = _residents_in_homes(persons, owner, controls)
    by_age = wanted.reshape(owner.size, len(SEXES), -1)
    bound = [bind_place(row, by_age) for row in controls if row.expression != PERSONS_BY_AGE]
    parts = []
    for r in range(len(regions())):
        here = np.flatnonzero(owner == r)
        parts.append(
            _fit_region(
                homes[r],
                Tilting(
                    model, wanted[here] / wanted[here].sum(axis=1, keepdims=True), tilt[owner[here]]
                ),
                wanted[here].sum(axis=1),
                [each.of(here) for each in bound],
                tolerance,
                rounds_max,
            )
        )
    order = np.argsort(np.concatenate([np.flatnonzero(owner == r) for r in range(len(parts))]))
    return _together(parts, order, controls, tolerance)


@dataclass(frozen=True)
class _Part:
    """Hold the municipalities of one region."""

    x: Floats
    tilting: Tilting
    controls: Sequence[PlaceControl]
    errors: dict[str, float]
    rounds: int
    stands: bool


def _fit_region(
    homes: Floats,
    tilting: Tilting,
    total: Floats,
    controls: Sequence[PlaceControl],
    tolerance: float,
    rounds_max: int,
) -> _Part:
    """Divide one region's households, given each municipality's number of persons."""
    model = tilting.model
    x = homes * (total / total.sum())[:, None, None, None]
    done, errors, earlier, stands = 0, {_RESIDENTS: np.inf}, np.inf, False
    while done < rounds_max and max(errors.values()) > tolerance:
        if done % _CHECK_EVERY == _CHECK_EVERY - 1:
            if max(errors.values()) > _STILL * earlier:
                stands = True
                break
            earlier = max(errors.values())
        done += 1
        _, gap = tilting.gap(x)
        size = np.abs(model.persons_n(x) / total - 1.0).max()
        errors = {_RESIDENTS: float(max(np.abs(gap).max(), size))}
        x *= tilting.step(x)
        for each in controls:
            errors[each.row.control] = each.scale(x, homes)
        x *= (total / model.persons_n(x))[:, None, None, None]
        found = x.sum(axis=0)
        errors[_KEPT] = float(np.abs(found - homes).sum() / homes.sum())
        x *= np.divide(homes, found, out=np.ones_like(homes), where=found > 0)
    return _Part(x, tilting, controls, errors, done, stands)


def _residents_in_homes(persons: Floats, owner: Ints, controls: Sequence[ControlRow]) -> Floats:
    """Divide a region's persons in households by residents of the same sex and age.

    Returns the country's shares, shape ``(229, 2 * bands)``.
    """
    residents = _residents(controls).reshape(owner.size, -1)
    of_region = _by_region(residents, owner)
    return np.asarray(residents * (persons / of_region)[owner])


def _residents(controls: Sequence[ControlRow]) -> Floats:
    """Give residents by municipality, sex and age band, as a control of them says."""
    row = next((row for row in controls if row.expression == PERSONS_BY_AGE), None)
    if row is None:
        return municipality_residents()
    codes = municipalities()["code"].cast(pl.String)
    wide = pl.DataFrame({"region": codes}).join(
        target_values(row).pivot("category", index="region", values="value"),
        on="region",
        how="left",
        maintain_order="left",
    )
    labels = [f"{sex}|{band}" for sex in SEXES for band in PERSON_BANDS]
    missing = [label for label in labels if label not in wide.columns]
    counts = wide.select(labels).to_numpy().astype(np.float64) if not missing else np.empty(0)
    if missing or not (counts > 0.0).all():
        raise UserError(
            f"the control '{row.control}' lacks residents of a municipality, sex or age band",
            row.where,
            "every municipality needs residents of each sex and five-year age, above zero",
            f"complete {row.target}",
        )
    return np.asarray(counts)


def _by_region(values: Floats, owner: Ints) -> Floats:
    """Add municipalities up to regions."""
    belongs = np.equal.outer(np.arange(len(regions())), owner).astype(np.float64)
    flat = belongs @ values.reshape(owner.size, -1)
    return np.asarray(flat.reshape(len(regions()), *values.shape[1:]))


def _status(parts: Sequence[_Part], missed: Sequence[str]) -> FitStatus:
    if not missed:
        return FitStatus.CONVERGED
    return FitStatus.INFEASIBLE if any(part.stands for part in parts) else FitStatus.STALLED


def _together(
    parts: Sequence[_Part], order: Ints, controls: Sequence[ControlRow], tolerance: float
) -> Places:
    """Put regions together in the order of municipalities' codes."""
    named = [row.control for row in controls if row.expression == PERSONS_BY_AGE]
    names = {_RESIDENTS: named[0] if named else _RESIDENTS}
    errors: dict[str, float] = {}
    for part in parts:
        for name, error in part.errors.items():
            errors[name] = max(error, errors.get(name, 0.0))
    missed = sorted((name for name in errors if errors[name] > tolerance), key=lambda n: -errors[n])
    result = FitResult(
        np.concatenate([part.x for part in parts])[order],
        _status(parts, missed),
        tuple(names.get(name, name) for name in missed),
        max(part.rounds for part in parts),
        max(errors.values()),
    )
    shares = np.concatenate([part.tilting.shares for part in parts])[order]
    tilt = np.concatenate([part.tilting.tilt for part in parts])[order]
    targets = {
        each.row.control: long_targets(
            np.concatenate([part.controls[i].shown() for part in parts])[order], each.labels()
        )
        for i, each in enumerate(parts[0].controls)
    }
    labels = tuple(f"{sex}|{band}" for sex in SEXES for band in PERSON_BANDS)
    targets[names[_RESIDENTS]] = long_targets(shares, labels)
    shape = (order.size, len(SEXES), len(PERSON_BANDS))
    return Places(tilt.reshape(shape), shares.reshape(shape), targets, result)
