"""The control of persons by region, sex and age over the cells of the joint table."""

import numpy as np
import polars as pl

from simlib.errors import UserError
from simlib.population.fitting.tilting import AgeModel, Tilting, codes_of
from simlib.population.published.cells import Cells
from simlib.population.published.controls import ControlRow, target_shares
from simlib.population.published.tables import HEAD_BANDS, PERSON_BANDS, SEXES, Floats, regions


class CellPersons:
    """Hold the control of persons by region, sex and age over the cells of the joint table.

    Parameters
    ----------
    name
        Name of the control.
    model
        From households to persons.
    cells
        The cells.
    targets
        Columns geography, category and share; see :func:`person_shares`.
    sizes
        Share of each region among all persons; not wanted by default.
    """

    def __init__(
        self,
        name: str,
        model: AgeModel,
        cells: Cells,
        targets: pl.DataFrame,
        sizes: Floats | None = None,
    ) -> None:
        self.name = name
        shares = targets["share"].to_numpy().reshape(len(regions()), -1)
        self.tilting = Tilting(model, shares, speed=1.0, sizes=sizes)
        frame = cells.frame
        self._shape = (len(regions()), *model.shape)
        self._flat = np.ravel_multi_index(
            (
                codes_of(frame["region"], regions()),
                frame["composition"].to_numpy(),
                codes_of(frame["head_sex"], SEXES),
                codes_of(frame["head_age_band"], HEAD_BANDS),
            ),
            self._shape,
        )

    def homes(self, weights: Floats) -> Floats:
        """Add cells up to households by region, kind, sex and age band of the head."""
        counted = np.bincount(self._flat, weights, minlength=int(np.prod(self._shape)))
        return np.asarray(counted.reshape(self._shape), dtype=np.float64)

    def adjust(self, weights: Floats) -> float:
        """Move the weights once, in place; give the error before, as a share of all persons."""
        homes = self.homes(weights)
        _, gap = self.tilting.gap(homes)
        weights *= self.tilting.step(homes).reshape(-1)[self._flat]
        return float(np.abs(gap).max())


def person_shares(control: ControlRow) -> pl.DataFrame:
    """Give the targets of persons by region, sex and age in the order of the tables.

    Returns
    -------
    DataFrame
        Columns geography, category, share, sorted by region, sex and age band.

    Raises
    ------
    UserError
        If a target is missing.
    """
    labels = [f"{sex}|{band}" for sex in SEXES for band in PERSON_BANDS]
    wanted = pl.DataFrame({"geography": regions()}).join(
        pl.DataFrame({"category": labels}), how="cross", maintain_order="left_right"
    )
    found = wanted.join(
        target_shares(control).rename({"region": "geography"}),
        on=["geography", "category"],
        how="left",
        maintain_order="left",
    )
    missing = found.filter(pl.col("share").is_null())
    if not missing.is_empty():
        raise UserError(
            f"the control '{control.control}' has no target for '{missing['category'][0]}' in "
            f"{missing['geography'][0]}",
            control.where,
            "every person must fall into a category with a target",
            f"complete {control.target}",
        )
    return found


def region_shares(control: ControlRow) -> Floats:
    """Give the share of every region among all persons, shape ``(17,)``.

    Raises
    ------
    UserError
        If a region has no target.
    """
    found = dict(target_shares(control).select("category", "share").iter_rows())
    missing = [region for region in regions() if region not in found]
    if missing:
        raise UserError(
            f"the control '{control.control}' has no target for '{missing[0]}'",
            control.where,
            "every person lives in a region",
            f"complete {control.target}",
        )
    return np.array([found[region] for region in regions()], dtype=np.float64)
