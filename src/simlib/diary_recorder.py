"""Write the diaries of a few households while a model runs."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.diary import EVENTS, SCHEMAS, Diary
from simlib.diary_cases import OpenCases, month_cases
from simlib.life.people import NOT
from simlib.outreach.late import LATE
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.uptake.programmes import Burdens
from simlib.uptake.states import STATE_NAMES

if TYPE_CHECKING:
    from simlib.model import WelfareModel

Rows = NDArray[np.int64]


class DiaryRecorder:
    """Write the diaries of some households while a model runs; the model is only read.

    Parameters
    ----------
    model
        The model, before its first month.
    rows
        Rows of the households.
    """

    def __init__(self, model: "WelfareModel", rows: Rows) -> None:
        self.rows = np.asarray(rows, np.int64)
        self.usual = model.programmes.burdens()
        self.place = np.full(model.world.households_n, -1)
        self.place[self.rows] = np.arange(self.rows.size)
        self.parts: dict[str, list[pl.DataFrame]] = {name: [] for name in SCHEMAS}
        self.open = OpenCases.of(model, self.place >= 0)
        self._note_state(model, {})

    def run(self, model: "WelfareModel") -> Diary:
        """Run all months of a model and give the diaries."""
        while model.step_n + 1 < model.world.months:
            model.step()
            self.note(model)
        return self.diary()

    def note(self, model: "WelfareModel") -> None:
        """Note the month that has just ended."""
        self._note_state(model, self.open.paid_back_krw_m)
        for event in EVENTS:
            rows = getattr(model.living.happened, event)
            self._add("life", rows[self.place[rows] >= 0], event=event)
        self._note_contacts(model)
        self._note_decisions(model)
        self._note_cases(model)

    def diary(self) -> Diary:
        """Give what was noted so far."""
        return Diary(
            **{
                name: pl.concat([pl.DataFrame(schema=SCHEMAS[name]), *parts])
                for name, parts in self.parts.items()
            }
        )

    def _add(self, name: str, rows: Rows, **columns: Any) -> None:
        model_columns = {"household_id": self.ids[rows], "month": self.month, **columns}
        frame = pl.DataFrame({key: _full(value, rows.size) for key, value in model_columns.items()})
        self.parts[name].append(
            frame.select(pl.col(key).cast(kind) for key, kind in SCHEMAS[name].items())
        )

    def _note_state(self, model: "WelfareModel", paid_back_krw_m: dict[int, float]) -> None:
        self.ids, self.month = model.traits.ids, model.month
        now, funnel, rows = model.circumstances, model.funnel_state, self.rows
        queues = np.asarray([office.queue_n for office in model.offices])
        self._add(
            "months",
            rows,
            income_krw_m=now.income_krw_m[rows],
            need_krw_m=now.need_krw_m[rows],
            size=now.size[rows],
            children_n=now.children_n[rows],
            jobless=now.jobless_since[rows] != NOT,
            ill=now.ill_since[rows] != NOT,
            buffer_months=now.buffer_months[rows],
            arrears_months=now.arrears_months[rows],
            crisis_months=now.crisis_months[rows],
            paid_krw_m=funnel.paid_krw_m[rows],
            paid_back_krw_m=np.array([paid_back_krw_m.get(row, 0.0) for row in rows.tolist()]),
            opted_out=funnel.opted_out[rows],
            eased=self._eased(model),
            held=_held(model)[rows],
            queue_n=queues[model.office_of[rows]],
        )
        self._note_cells(model)

    def _note_cells(self, model: "WelfareModel") -> None:
        cells, entitled = model.funnel_state.cells, model.entitled()
        spans = [
            np.arange(cells.first[row], cells.first[row] + cells.taken[row]) for row in self.rows
        ]
        at = np.concatenate([np.empty(0, np.int64), *spans])
        names = np.asarray(model.programmes.ids)
        self._add(
            "cells",
            np.repeat(self.rows, [span.size for span in spans]),
            programme=names[cells.programme[at]],
            entitled=entitled[at],
            amount_krw_m=cells.amount_krw_m[at],
            state=np.asarray(STATE_NAMES)[cells.state[at]],
        )

    def _eased(self, model: "WelfareModel") -> NDArray[np.bool_]:
        """Tell for whom a claim to some programme is not what it usually is, (rows,)."""
        way, ways = model.ways.way[self.rows], model.ways
        eased = ways.hours_share != 1.0
        for name in Burdens._fields:
            changed = getattr(ways.burdens, name) != getattr(self.usual, name)
            eased = eased | changed.any(axis=1)
        return np.asarray(eased[way])

    def _note_contacts(self, model: "WelfareModel") -> None:
        for instrument, stage, rows in model.ledger.entries:
            mine = rows[self.place[rows] >= 0]
            self._add("contacts", mine, instrument=instrument, stage=stage)
        given = model.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64))
        mine = given[self.place[given] >= 0]
        self._add("contacts", mine, instrument="private_support", stage="supported")

    def _note_decisions(self, model: "WelfareModel") -> None:
        decided = model.decided
        mine = self.place[decided.rows] >= 0
        self._add(
            "decisions",
            decided.rows[mine],
            programme=np.asarray(model.programmes.ids)[decided.programmes[mine]],
            wait_days=decided.wait_days[mine],
            entitled=decided.entitled[mine],
            awarded=decided.awarded[mine],
        )

    def _note_cases(self, model: "WelfareModel") -> None:
        now = OpenCases.of(model, self.place >= 0)
        found = month_cases(self.open, now, model, self.place >= 0)
        ids = model.programmes.ids
        names = ["" if each.programme is None else ids[each.programme] for each in found]
        self._add(
            "cases",
            np.array([each.row for each in found], np.int64),
            event=pl.Series([each.event for each in found], dtype=pl.String),
            programme=pl.Series(names, dtype=pl.String),
            krw=pl.Series([each.krw for each in found], dtype=pl.Float64),
        )
        self.open = now


def _held(model: "WelfareModel") -> NDArray[np.bool_]:
    """Tell whose payments an error holds back, (households,)."""
    late = model.memory.get(LATE)
    return np.zeros(model.world.households_n, np.bool_) if late is None else late.held


def _full(value: Any, size: int) -> Any:
    """Give a column as it is, or one value for all rows."""
    if isinstance(value, np.ndarray | pl.Series):
        return value
    return pl.Series([value] * size, dtype=pl.String if isinstance(value, str) else pl.Int64)
