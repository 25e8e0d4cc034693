"""Fit everything that does not depend on the seed: households, members' ages, places, chances."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameter, Parameters
from simlib.population.fitting.cell_persons import CellPersons, person_shares, region_shares
from simlib.population.fitting.members import (
    MemberAges,
    fixed_bits,
    head_ages_within_bands,
    member_base,
)
from simlib.population.fitting.places import Places, fit_places
from simlib.population.fitting.proportional import FitResult, FitStatus, fit
from simlib.population.fitting.tilting import age_model
from simlib.population.households.integerise import Margins, margins_of
from simlib.population.money.maps import MoneyMaps
from simlib.population.people.rates import (
    AttributeRates,
    expected_persons,
    family_of,
    fit_attributes,
)
from simlib.population.published.cells import Cells, joint_cells
from simlib.population.published.controls import (
    PERSONS_BY_AGE,
    PERSONS_BY_REGION,
    Control,
    ControlRow,
    bind,
    read_controls,
    target_shares,
)
from simlib.population.reference import reference_money, reference_people


@dataclass(frozen=True)
class FittedTable:
    """Hold what does not depend on the seed.

    Parameters
    ----------
    cells
        The cells of the joint table.
    controls
        Controls of households, nationally and by region.
    persons_control
        The control of persons by region, sex and age.
    size_control
        The control of all persons by region, if there is one.
    result
        How the fit of households and persons ended, with the weights of cells.
    ages
        Ages of heads and members.
    places
        Households of municipalities.
    attributes
        Chances of work, disability, illness and internet use.
    money
        Frozen maps onto the published distributions of incomes and wealth.
    """

    cells: Cells
    controls: tuple[Control, ...]
    persons_control: ControlRow
    size_control: ControlRow | None
    result: FitResult
    ages: MemberAges
    places: Places
    attributes: AttributeRates
    money: MoneyMaps
    place_rows: tuple[ControlRow, ...]

    @cached_property
    def margins(self) -> Margins:
        """Give what rounding to whole households keeps."""
        return margins_of(self.cells.frame, self.controls)

    def __repr__(self) -> str:
        return f"FittedTable({self.result!r}, places={self.places.result!r})"

    def measured(self) -> list[tuple[ControlRow, pl.DataFrame]]:
        """List every control with its targets: columns geography, category, share."""
        held = [*self.controls, *(c for each in self.attributes.controls.values() for c in each)]
        found = [
            (
                each.row,
                pl.DataFrame(
                    {
                        "geography": each.geographies,
                        "category": each.labels,
                        "share": each.shares,
                    }
                ),
            )
            for each in held
        ]
        persons = person_shares(self.persons_control)
        found.insert(len(self.controls), (self.persons_control, persons))
        if self.size_control is not None:
            named = {"region": "geography"}
            found.append((self.size_control, target_shares(self.size_control).rename(named)))
        for row in self.place_rows:
            targets = self.places.targets[row.control].rename({"region": "geography"})
            found.append((row, targets))
        return found


def fit_table(parameters: Parameters, controls_path: Path | None = None) -> FittedTable:
    """Fit the joint table of households, members' ages and municipalities to the controls.

    Parameters
    ----------
    parameters
        Dated parameters.
    controls_path
        Another list of controls than the package's own.

    Returns
    -------
    FittedTable
        The package's own controls are fitted once a process for the same parameters.

    Raises
    ------
    UserError
        If the controls contradict each other or could not be met; they are named, with their
        lines.
    """
    if controls_path is not None:
        return _fit(parameters, controls_path)
    for kept in _KEPT:
        if kept.serves(parameters):
            break
    else:
        asked = parameters.unread()
        table = _fit(asked, None)
        kept = _Kept(table, {read: asked.parameter(read[0]) for read in asked.reads()})
        _KEPT.append(kept)
    for path, since in kept.read:
        parameters.value(path, since)
    return kept.table


@dataclass(frozen=True)
class _Kept:
    """Keep a fit with the parameters that were read for it."""

    table: FittedTable
    read: dict[tuple[str, Month], Parameter]

    def serves(self, parameters: Parameters) -> bool:
        return all(
            path in parameters and parameters.parameter(path) == value
            for (path, _), value in self.read.items()
        )


_KEPT: list[_Kept] = []


def _fit(parameters: Parameters, controls_path: Path | None) -> FittedTable:
    rows = read_controls(controls_path)
    where = str(controls_path or "controls.csv")
    cells = joint_cells()
    local = tuple(row for row in rows if row.geography == "municipality")
    controls = tuple(
        bind(row, cells) for row in rows if row.unit == "households" and row not in local
    )
    control, size_control = _persons_controls(rows, where)
    head = head_ages_within_bands(parameters)
    model = age_model(head)
    sizes = None if size_control is None else region_shares(size_control)
    persons = CellPersons(control.control, model, cells, person_shares(control), sizes)
    result = fit(cells.start, controls, persons=persons)
    refuse(result, rows, where)
    homes = persons.homes(result.weights)
    places = fit_places(homes, persons.tilting.tilt, model, local)
    refuse(places.result, rows, where)
    ages = MemberAges(
        member_base(), fixed_bits(places.tilt), head, fixed_bits(places.homes), places.persons
    )
    sample = reference_people(result.weights, cells, ages)
    expected = expected_persons(result.weights, cells, control, sample)
    attributes = fit_attributes(rows, expected, where)
    money = reference_money(sample, attributes, parameters)
    return FittedTable(
        cells, controls, control, size_control, result, ages, places, attributes, money, local
    )


def refuse(result: FitResult, rows: Sequence[ControlRow], where: str) -> None:
    """Refuse a fit that did not end well, naming the controls and their lines.

    Raises
    ------
    UserError
        If the fit stalled or is infeasible.
    """
    if result.status in (FitStatus.CONVERGED, FitStatus.RELAXED):
        return
    why = {
        FitStatus.INFEASIBLE: "no table of households can meet them together",
        FitStatus.STALLED: "the fit was still improving when its rounds ran out",
    }[result.status]
    lines = {row.control: row.where for row in rows}
    named = [lines[name] for each in result.responsible if (name := each.split("[")[0]) in lines]
    raise UserError(
        f"the controls cannot be met ({result.status.value}): {', '.join(result.responsible[:6])}",
        ", ".join(dict.fromkeys(named[:6])) or where,
        why,
        "correct their targets, remove one of them, or give the one that may give way an "
        "importance below 1000",
    )


def _persons_controls(
    rows: Sequence[ControlRow], where: str
) -> tuple[ControlRow, ControlRow | None]:
    """Find the controls to which members' ages and the sizes of households are fitted.

    Any other control of persons must be one of attributes; what nothing fits is refused.
    """
    persons = [row for row in rows if row.unit == "persons" and row.geography != "municipality"]
    by_age = [r for r in persons if r.expression == PERSONS_BY_AGE and r.geography == "region"]
    by_region = [
        r
        for r in persons
        if (r.expression, r.geography, r.universe) == (PERSONS_BY_REGION, "national", "")
    ]
    other = [row for row in persons if row not in by_age + by_region[:1] and not family_of(row)]
    if other:
        raise UserError(
            f"nothing is fitted to the control of persons '{other[0].control}'",
            other[0].where,
            "persons are fitted by sex and age, by region, and by the attributes that have a model",
            "write it as a control of households, or over a column of an attribute",
        )
    if len(by_age) != 1 or by_age[0].universe:
        raise UserError(
            "exactly one control of all persons by region, sex and age is needed",
            by_age[0].where if by_age else where,
            "households and their members' ages are fitted to it",
            f"keep one control of persons by region with the expression {PERSONS_BY_AGE}",
        )
    return by_age[0], by_region[0] if by_region else None
