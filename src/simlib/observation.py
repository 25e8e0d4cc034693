"""What is recorded of a month: stocks, flows, money, outreach and offices, as tidy rows."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.follow_up import FollowUp, ReadNotices, Support, awarded_after_notice
from simlib.groups import Groups, make_groups
from simlib.outreach.instruments.detection import ROUND, Detection
from simlib.outreach.ledger import STAGES
from simlib.side_effects import COLUMNS, SideEffects
from simlib.tally import HouseholdTotals, Tally, tally
from simlib.tidy import TidyRows
from simlib.uptake.decisions import COUNTED
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.states import (
    APPLYING,
    AWARE,
    DENIED,
    LAPSED,
    PENDING,
    RECEIVING,
    STATE_NAMES,
    SUSPENDED,
    UNAWARE,
)

if TYPE_CHECKING:
    from simlib.model import WelfareModel

SCHEMA = {
    "policy": pl.String,
    "world": pl.Int32,
    "replicate": pl.Int32,
    "month": pl.Int32,
    "stratum": pl.String,
    "group": pl.String,
    "item": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
}
"""Columns of a results frame."""
HOUSEHOLD_COLUMNS = (
    "entitled_cell_months",
    "received_cell_months",
    "paid_krw",
    "unclaimed_krw",
    "crisis_months",
    "crisis_new_n",
    "contacts_n",
    "first_touched_month",
    "listed_n",
    "told_programmes_n",
    "used_programmes_n",
    *COLUMNS,
    "opted_out",
)
"""Columns of the summary by household, after its id."""
ALL = ("all", "all")
NEED_STAGES = ("selected", "accepted", "referred")
"""Stages at which those in need are counted apart: who a list finds, and a talk passes on."""

STOCK_MEASURES = tuple(f"{name}_n" for name in STATE_NAMES)
FLOW_MEASURES = ("applied_n", "awarded_n", "refused_n", "lapsed_new_n", "ended_n")
SUMMED_MEASURES = (
    *("wait_days_sum", "decisions_n", "documents_n", "travel_n", "new_rights_n"),
    *COUNTED,
    *("type_1a_n", "type_1b_n", "recovered_krw"),
)
"""Measures by programme whose sum is recorded too."""


class Recorder:
    """Record each month of a model as tidy rows, and sum up each household's run.

    Parameters
    ----------
    model
        The model; its columns are only read.
    """

    def __init__(self, model: "WelfareModel") -> None:
        self.groups: Groups = make_groups(model.world.population.households, model.parameters)
        self.rows = TidyRows()
        n = model.world.households_n
        self.ids = model.traits.ids
        self.totals = HouseholdTotals.zero(n)
        self.contacts_n = np.zeros(n, np.uint16)
        self.first_touched_month = np.zeros(n, np.int32)
        self.follow_up = FollowUp(n)
        self.notices = ReadNotices(n, model.funnel_state.read.shape[1])
        self.side_effects = SideEffects(n)

    def observe(self, model: "WelfareModel") -> None:
        """Record the month that has just ended."""
        funnel, now = model.funnel_state, model.circumstances
        counted = tally(
            funnel.cells.columns,
            funnel.receiving,
            model.programmes.follows,
            model.programmes.assured,
            self.groups,
            funnel.paid_krw_m,
            (now.crisis_months, now.crisis_began, model.hardship.is_in_arrears(now), now.size),
            self.totals,
        )
        self._programmes(model, counted)
        names = list(self.groups.names)
        self.rows.add(model.month, names, ["all"] * len(names), counted.by_group())
        self._outreach(model)
        self._offices(model)
        self._contacts(model)
        self.notices.note(funnel)
        self._lists(model)
        self._wrong(model)
        self._life(model)
        self._add_all(model.month, self.side_effects.note(model))

    def frame(self, policy: str, replicate: int) -> pl.DataFrame:
        """Give everything recorded, see :data:`SCHEMA`."""
        return (
            self.rows.frame()
            .with_columns(
                policy=pl.lit(policy),
                world=pl.lit(0, pl.Int32),
                replicate=pl.lit(replicate, pl.Int32),
            )
            .select(*SCHEMA)
        )

    def households(self, state: FunnelState) -> pl.DataFrame:
        """Give one row a household: months, money, crises, contacts and burdens over the run.

        Parameters
        ----------
        state
            The funnel at the end of the run.
        """
        totals = self.totals._asdict() | self.side_effects.totals
        told, used = self.notices.counts()
        totals |= {
            "listed_n": self.follow_up.listed_n,
            "told_programmes_n": told,
            "used_programmes_n": used,
            "opted_out": state.opted_out,
        }
        totals |= {"contacts_n": self.contacts_n, "first_touched_month": self.first_touched_month}
        columns = {"household_id": pl.Series(self.ids, dtype=pl.UInt32)} | {
            name: pl.Series(totals[name]) for name in HOUSEHOLD_COLUMNS
        }
        return pl.DataFrame(columns)

    def _add(self, month: int, item: str, measured: dict[str, Any]) -> None:
        names = list(self.groups.names)
        self.rows.add(month, names, [item] * len(names), measured)

    def _programmes(self, model: "WelfareModel", counted: Tally) -> None:
        stocks = counted.stocks
        measured: dict[str, Any] = {"entitled_n": stocks.sum(axis=1)}
        measured |= {name: stocks[:, k] for k, name in enumerate(STOCK_MEASURES)}
        measured |= flow_measures(model.funnel_state.flows)
        work = model.casework
        measured |= work.measures(model, counted.stocks, measured)
        measured["paid_krw"] = counted.paid_krw + model.decided.back_paid_krw - work.held_krw
        measured["unclaimed_krw"] = counted.unclaimed_krw
        measured["wait_days_sum"] = model.decided.wait_days_sum
        measured["decisions_n"] = model.decided.decisions_n
        measured["documents_n"], measured["travel_n"] = model.handed_in
        measured["new_rights_n"] = model.living.new_rights_n
        ids = list(model.programmes.ids)
        self.rows.add(model.month, [ALL] * len(ids), ids, measured)
        summed = (*FLOW_MEASURES, *SUMMED_MEASURES)
        totals = {name: np.asarray(measured[name]).sum() for name in summed}
        if model.desk is not None:
            cells = model.funnel_state.cells
            told = awarded_after_notice(cells, model.decided, model.step_n)
            by_office = model.programmes.decision_hours > 0
            totals["awarded_told_n"] = told.sum()
            totals["awarded_told_office_n"] = told[by_office].sum()
        self._add_all(model.month, totals)

    def _add_all(self, month: int, measured: dict[str, float]) -> None:
        whole = {name: np.array([float(value)]) for name, value in measured.items()}
        self.rows.add(month, [ALL], ["all"], whole)

    def _outreach(self, model: "WelfareModel") -> None:
        ledger = model.ledger
        for instrument in sorted({each for each, _, _ in ledger.entries}):
            for stage in STAGES:
                rows = [r for each, at, r in ledger.entries if each == instrument and at == stage]
                if not rows:
                    continue
                together = np.concatenate(rows)
                counts = {f"{stage}_n": self.groups.count(together)}
                if stage in NEED_STAGES and model.desk is not None:
                    needy = together[model.desk.in_need(together)]
                    counts[f"{stage}_in_need_n"] = self.groups.count(needy)
                self._add(model.month, instrument, counts)
        self._hours_and_days(model)

    def _hours_and_days(self, model: "WelfareModel") -> None:
        """Record what each instrument took of the offices' hours, and how long people waited."""
        hours: dict[str, float] = {}
        for office in model.offices:
            for task, spent in office.task_hours.items():
                hours[task] = hours.get(task, 0.0) + spent
        for measure, by_task in (
            ("contact_hours", hours),
            ("contact_days_sum", model.ledger.days),
        ):
            for task in sorted(by_task):
                value = {measure: np.array([by_task[task]])}
                self.rows.add(model.month, [ALL], [task], value)

    def _offices(self, model: "WelfareModel") -> None:
        offices = model.offices
        spent = sum(each.outreach_spent + each.decisions_spent for each in offices)
        measured = {
            "hours_available": sum(each.hours_available for each in offices),
            "hours_outreach": sum(each.outreach_spent for each in offices),
            "hours_decisions": sum(each.decisions_spent for each in offices),
            "queue_n": sum(each.queue_n for each in offices),
            "delivery_krw": spent * model.office_rates.wage_krw_h + model.ledger.messages_krw,
            "messages_krw": model.ledger.messages_krw,
        }
        self._add_all(model.month, measured)

    def _lists(self, model: "WelfareModel") -> None:
        if model.desk is None or ROUND not in model.memory:  # nobody makes lists
            return
        in_crisis = model.circumstances.crisis_months > 0
        counts = self.follow_up.note(model.desk, model.decided, in_crisis, _support(model))
        if counts:
            whole = {name: np.array([value]) for name, value in counts.items()}
            self.rows.add(model.month, [ALL], [Detection.id], whole)

    def _wrong(self, model: "WelfareModel") -> None:
        """Record receipt without a right, and what is more than what is due."""
        work, late = model.casework, model.living.late
        more_n, more_krw = late.beyond_due(model.funnel_state)
        unknown = {
            "deaths_unknown_n": float(late.deaths.size),
            "moves_unknown_n": float(late.moves.size),
        }
        wrong_money = {
            "wrong_n": float(work.wrong_n.sum() + more_n),
            "wrong_krw": float(work.wrong_krw.sum() + more_krw),
        }
        self._add_all(model.month, wrong_money | unknown)

    def _life(self, model: "WelfareModel") -> None:
        """Record what happened in people's lives, and how many households have ended so far."""
        happened = model.living.happened
        measured = {
            "births_n": happened.births.size,
            "deaths_n": happened.dead_n,
            "divorces_n": happened.divorces.size,
            "moves_n": happened.moves.size,
            "ended_households_n": int((model.circumstances.size == 0).sum()),
        }
        self._add_all(model.month, {name: float(value) for name, value in measured.items()})

    def _contacts(self, model: "WelfareModel") -> None:
        contacted = np.zeros(self.ids.size, np.bool_)
        for stage in ("reached", "notices"):
            contacted[model.ledger.rows(stage)] = True
        touched = np.flatnonzero(contacted)
        self.contacts_n[touched] += 1
        first = touched[self.first_touched_month[touched] == 0]
        self.first_touched_month[first] = model.month


def _support(model: "WelfareModel") -> Support:
    """Say what a welfare office's record shows of support."""
    months = model.parameters.group("risk.labels")
    return Support(
        model.programmes.decision_hours > 0,
        model.programmes.basic,
        int(months["delay_months"]),
        int(months["horizon_months"]),
    )


def flow_measures(flows: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Name the moves of a month.

    Parameters
    ----------
    flows
        Moves, (programmes, from state, to state).

    Returns
    -------
    dict
        ``applied_n`` complete and incomplete applications started or, when several steps fit in
        a month, completed; ``awarded_n``, ``refused_n``, ``lapsed_new_n``, ``ended_n``; each
        (programmes,).
    """
    idle = [UNAWARE, AWARE, SUSPENDED, DENIED, LAPSED]
    started = flows[:, idle][:, :, [APPLYING, PENDING, SUSPENDED]]
    return {
        "applied_n": started.sum(axis=(1, 2)),
        "awarded_n": flows[:, PENDING, RECEIVING],
        "refused_n": flows[:, PENDING, DENIED],
        "lapsed_new_n": flows[:, RECEIVING, LAPSED],
        "ended_n": flows[:, RECEIVING, AWARE] + flows[:, RECEIVING, UNAWARE],
    }
