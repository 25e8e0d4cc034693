"""What the world of a month does to the households of a model, and what the state learns of it."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simlib.life.events import Happenings
from simlib.occasions import Birthdays, Occasions
from simlib.uptake.new_rights import new_rights

if TYPE_CHECKING:
    from simlib.model import WelfareModel


class Living:
    """Let the months of a world happen to the households of a model.

    Parameters
    ----------
    model
        The model; its columns are changed month by month.

    Attributes
    ----------
    happened
        To whom what happened this month.
    fallen
        Rows of households whose income fell by a share of note this month.
    new_rights_n
        Rights that began this month, by programme.
    """

    def __init__(self, model: "WelfareModel") -> None:
        self.population = model.world.population
        self.happened = Happenings()
        self.fallen = np.empty(0, np.int64)
        self._left = [np.empty(0, np.int64)]

    def live(self, model: "WelfareModel") -> None:
        """Let a month's events change circumstances and rights."""
        changes = model.world.changes[model.step_n]
        self.happened = changes.happened
        self._left.append(self.happened.left)
        if "birthdays" in vars(self):
            self.birthdays.leave(self.happened.left)
        self.fallen = model.hardship.apply_changes(model.circumstances, model.step_n)
        self.new_rights_n = new_rights(model.funnel_state.cells, changes.change)
        model.funnel_state.take(changes.change)

    @cached_property
    def birthdays(self) -> Birthdays:
        """Give the birthdays of the population, looked up when an instrument first asks."""
        birthdays = Birthdays.of(self.population)
        birthdays.leave(np.concatenate(self._left))
        return birthdays

    def occasions(self, model: "WelfareModel") -> Occasions:
        """Give the month's occasions."""
        return Occasions(
            model.month,
            model.step_n,
            lambda: self.birthdays,
            self.happened,
            self.fallen,
            model.world.changes[model.step_n].rows,
            model.circumstances,
        )
