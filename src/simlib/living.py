"""What the world of a month does to the households of a model, and what the state learns of it."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simlib.ascending import among, once
from simlib.life.events import Happenings
from simlib.occasions import Birthdays, Occasions
from simlib.uptake.late_knowledge import LateKnowledge
from simlib.uptake.rooms import places_of, receipts_of
from simlib.uptake.states import RECEIVING, UNAWARE
from simlib.uptake.wrong_receipt import drop_debts

if TYPE_CHECKING:
    from simlib.model import WelfareModel

Rows = NDArray[np.int64]


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
    late
        The deaths and moves that the state does not know of yet.
    registered
        Code of the municipality in which each household is registered, (households,).
    """

    def __init__(self, model: "WelfareModel") -> None:
        self.population = model.world.population
        self.happened = Happenings()
        self.fallen = np.empty(0, np.int64)
        self.late = LateKnowledge()
        codes = self.population.households["municipality"].to_numpy()
        self.registered = codes.astype(np.int32)
        self.dwelling = model.programmes.by_dwelling
        self.break_prob_m = _breaks_without_moves(model)
        serving = {
            code: k for k, each in enumerate(model.offices) for code in each.serves.municipalities
        }
        self._served = np.array(sorted(serving))
        self._serving = np.array([serving[code] for code in sorted(serving)])
        self._left = [np.empty(0, np.int64)]

    def live(self, model: "WelfareModel") -> None:
        """Let a month's events change circumstances and rights."""
        changes = model.world.changes[model.step_n]
        self.happened = happened = changes.happened
        self._left.append(happened.left)
        if "birthdays" in vars(self):
            self.birthdays.leave(happened.left)
        self.fallen = model.hardship.apply_changes(model.circumstances, model.step_n)
        self._break_off(model, happened.moves)
        elsewhere = model.circumstances.address_mismatch[happened.far]
        self.late.miss(happened.deaths, happened.far[elsewhere])
        self._register(model, happened.far[~elsewhere])
        self.learn(model, self._noticed(model), self._put_right(model))
        fresh = once(happened.deaths, happened.far)
        self.new_rights_n, was = self.late.take(model.funnel_state, changes.change, fresh)
        model.casework.note_ends(model, changes.change, was)
        self._close(model, happened.ended)

    def learn(self, model: "WelfareModel", deaths: Rows, moves: Rows) -> None:
        """Let the state learn of deaths and moves; what ended with them is paid no more.

        Parameters
        ----------
        model
            The model.
        deaths, moves
            Rows of the households whose death or move becomes known, ascending.
        """
        model.circumstances.address_mismatch[moves] = False
        gone = deaths[model.circumstances.size[deaths] == 0]
        moves = once(moves, gone)  # nobody is left whose address could be put right
        self._register(model, moves)
        known = self.late.learn(model.funnel_state, deaths, moves)
        self._close(model, known[model.circumstances.size[known] == 0])

    def _noticed(self, model: "WelfareModel") -> Rows:
        """Draw of whose deaths the state learns this month."""
        rows = self.late.deaths
        luck = model.world.draws.uniform("life.death_known", model.traits.ids[rows], model.month)
        return rows[luck < model.parameters.number("life.death_known_prob_m")]

    def _put_right(self, model: "WelfareModel") -> Rows:
        """Find those whose move has come to the register."""
        rows = self.late.moves
        return rows[~model.circumstances.address_mismatch[rows]]

    def _register(self, model: "WelfareModel", rows: Rows) -> None:
        """Let register and office follow those who moved.

        Where no household of a municipality is simulated there is no office, and those who move
        there stay with the one they had.
        """
        codes = model.circumstances.municipality[rows]
        self.registered[rows] = codes
        at = np.minimum(np.searchsorted(self._served, codes), self._served.size - 1)
        there = self._served[at] == codes
        model.office_of[rows[there]] = self._serving[at[there]]

    def _break_off(self, model: "WelfareModel", moved: Rows) -> None:
        """Break off what is paid by the bill of the dwelling that was left."""
        state = model.funnel_state
        broken = receipts_of(state.cells.columns, moved, self.dwelling)
        state.move(broken, UNAWARE, model.step_n)

    def _close(self, model: "WelfareModel", ended: Rows) -> None:
        """Drop what households that ended had under way; what they receive stays while unknown."""
        state = model.funnel_state
        places = places_of(state.cells.columns, ended)
        unknown = among(ended, self.late.rows)
        paid_on = np.repeat(unknown, state.cells.taken[ended]) & (
            state.cells.state[places] == RECEIVING
        )
        places = places[~paid_on & (state.cells.state[places] != UNAWARE)]
        state.move(places, UNAWARE, model.step_n)
        drop_debts(state, ended)

    @cached_property
    def birthdays(self) -> Birthdays:
        """Give the birthdays of the population, looked up when an instrument first asks."""
        birthdays = Birthdays.of(self.population)
        birthdays.leave(np.concatenate(self._left))
        return birthdays

    def _recognised(self, model: "WelfareModel") -> Rows:
        """Find who was awarded a benefit last month that gives a status others rest on."""
        awarded = model.decided.awarded_programmes
        follows = np.bitwise_or.reduce(model.programmes.follows, axis=0)
        gives = (follows[awarded // 64] >> (awarded % 64).astype(np.uint64)) & np.uint64(1)
        return np.unique(model.decided.awarded_rows[gives != 0])

    def occasions(self, model: "WelfareModel") -> Occasions:
        """Give the month's occasions."""
        return Occasions(
            model.month,
            model.step_n,
            lambda: self.birthdays,
            self.happened,
            self.fallen,
            lambda: self._recognised(model),
            model.world.changes[model.step_n].concerned,
            model.circumstances,
        )


def _breaks_without_moves(model: "WelfareModel") -> NDArray[np.float64]:
    """Give the chance a month that receipt breaks off for other reasons than a move."""
    programmes, parameters = model.programmes, model.parameters
    breaks = parameters.group("uptake.break_prob_m")
    moves = parameters.number("life.moves.mean_prob_m")
    usual = np.where(programmes.looked_into, breaks["office"], breaks["agency"])
    others = np.where(programmes.by_dwelling, np.maximum(usual - moves, 0.0), usual)
    return np.asarray(others * np.exp(-model.anchors.ease))
