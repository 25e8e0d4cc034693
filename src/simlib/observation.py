"""What is recorded of a month: stocks, flows, money, outreach and offices, as tidy rows."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numba import njit, prange
from numpy.typing import NDArray

from simlib.groups import Groups, make_groups
from simlib.outreach.ledger import STAGES
from simlib.uptake.cells import CHUNK
from simlib.uptake.compiled import columns_of, is_entitled
from simlib.uptake.states import (
    APPLYING,
    AWARE,
    DENIED,
    LAPSED,
    PENDING,
    RECEIVING,
    STATE_NAMES,
    STATES_N,
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

STOCK_MEASURES = tuple(f"{name}_n" for name in STATE_NAMES)
FLOW_MEASURES = ("applied_n", "awarded_n", "refused_n", "lapsed_new_n", "ended_n")


@njit(cache=True, parallel=True)
def _count(cells, receiving, follows, by_household):  # type: ignore[no-untyped-def]
    """Count entitled cells by state, and what is and is not paid, by programme and household."""
    start, programme, right, amount, state, _, _ = cells
    households_n, programmes_n = start.size - 1, follows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    stocks = np.zeros((chunks_n, programmes_n, STATES_N), np.int64)
    money = np.zeros((chunks_n, programmes_n, 2))
    for chunk in prange(chunks_n):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            for s in range(STATES_N + 1):
                by_household[s, i] = 0
            for k in range(start[i], start[i + 1]):
                p, s = np.int64(programme[k]), state[k]
                if s == RECEIVING:  # whoever is still receiving was paid, see the step before
                    money[chunk, p, 0] += amount[k]
                if right[k] == 0 or not is_entitled(right[k], receiving, follows, i, p):
                    continue
                stocks[chunk, p, s] += 1
                by_household[s, i] += 1
                if s != RECEIVING and s != PENDING:  # pending claims are paid back later
                    money[chunk, p, 1] += amount[k]
                    by_household[STATES_N, i] += amount[k]
    return stocks.sum(axis=0), money.sum(axis=0)


class Recorder:
    """Record each month of a model as tidy rows, and sum up each household's run.

    Parameters
    ----------
    model
        The model; its columns are only read.
    """

    def __init__(self, model: "WelfareModel") -> None:
        self.groups: Groups = make_groups(model.world.population.households, model.parameters)
        self.parts: list[pl.DataFrame] = []
        n = model.world.households_n
        self.by_household = np.zeros((STATES_N + 1, n))
        self.ids = model.traits.ids
        self.totals: dict[str, NDArray[Any]] = {
            "entitled_cell_months": np.zeros(n, np.int64),
            "received_cell_months": np.zeros(n, np.int64),
            "paid_krw": np.zeros(n),
            "unclaimed_krw": np.zeros(n),
            "crisis_months": np.zeros(n, np.int64),
            "crisis_new_n": np.zeros(n, np.int64),
            "contacts_n": np.zeros(n, np.int64),
            "first_touched_month": np.zeros(n, np.int64),
        }

    def observe(self, model: "WelfareModel") -> None:
        """Record the month that has just ended."""
        funnel = model.funnel_state
        stocks, money = _count(
            columns_of(funnel.cells),
            funnel.receiving,
            model.programmes.follows,
            self.by_household,
        )
        self._programmes(model, stocks, money)
        self._households(model)
        self._outreach(model)
        self._offices(model)
        self._sum_up(model)

    def frame(self, policy: str, replicate: int) -> pl.DataFrame:
        """Give everything recorded, see :data:`SCHEMA`."""
        if not self.parts:
            return pl.DataFrame(schema=SCHEMA)
        return (
            pl.concat(self.parts)
            .with_columns(
                policy=pl.lit(policy),
                world=pl.lit(0, pl.Int32),
                replicate=pl.lit(replicate, pl.Int32),
            )
            .select(*SCHEMA)
        )

    def households(self) -> pl.DataFrame:
        """Give one row a household: months, money, crises and contacts over the run."""
        kinds: dict[str, Any] = {
            "entitled_cell_months": pl.UInt16,
            "received_cell_months": pl.UInt16,
            "crisis_months": pl.UInt16,
            "crisis_new_n": pl.UInt16,
            "contacts_n": pl.UInt16,
            "first_touched_month": pl.Int32,
        }
        columns = {"household_id": pl.Series(self.ids, dtype=pl.UInt32)} | {
            name: pl.Series(values).cast(kinds.get(name, pl.Float64))
            for name, values in self.totals.items()
        }
        return pl.DataFrame(columns)

    def _add(
        self, month: int, names: list[tuple[str, str]], item: str, measure: str, values: Any
    ) -> None:
        n = len(names)
        self.parts.append(
            pl.DataFrame(
                {
                    "month": np.full(n, month, np.int32),
                    "stratum": [name[0] for name in names],
                    "group": [name[1] for name in names],
                    "item": [item] * n,
                    "measure": [measure] * n,
                    "value": np.asarray(values, np.float64),
                }
            )
        )

    def _programmes(
        self, model: "WelfareModel", stocks: NDArray[np.int64], money: NDArray[np.float64]
    ) -> None:
        measured = {"entitled_n": stocks.sum(axis=1)}
        measured |= {name: stocks[:, k] for k, name in enumerate(STOCK_MEASURES)}
        measured |= flow_measures(model.funnel_state.flows)
        measured["paid_krw"] = money[:, 0] + model.decided.back_paid_krw
        measured["unclaimed_krw"] = money[:, 1]
        measured["wait_days_sum"] = model.decided.wait_days_sum
        measured["decisions_n"] = model.decided.decisions_n
        burdens = model.burdens
        handed_in = model.funnel_state.flows[:, :, PENDING].sum(axis=1)
        measured["documents_n"] = handed_in * burdens.documents
        measured["travel_n"] = handed_in * burdens.trips
        ids = model.programmes.ids
        n = len(ids)
        for name, values in measured.items():
            self.parts.append(
                pl.DataFrame(
                    {
                        "month": np.full(n, model.month, np.int32),
                        "stratum": ["all"] * n,
                        "group": ["all"] * n,
                        "item": list(ids),
                        "measure": [name] * n,
                        "value": np.asarray(values, np.float64),
                    }
                )
            )
        every = [("all", "all")]
        for name in (*FLOW_MEASURES, "wait_days_sum", "decisions_n", "documents_n", "travel_n"):
            self._add(model.month, every, "all", name, [np.asarray(measured[name]).sum()])

    def _households(self, model: "WelfareModel") -> None:
        cells = self.by_household
        entitled = cells[:STATES_N].sum(axis=0)
        now = model.circumstances
        measured = {name: cells[k] for k, name in enumerate(STOCK_MEASURES)}
        measured |= {
            "entitled_n": entitled,
            "paid_krw": model.funnel_state.paid_krw_m,
            "unclaimed_krw": cells[STATES_N],
            "households_n": np.ones(self.ids.size),
            "entitled_households_n": entitled > 0,
            "missed_households_n": (entitled > 0) & (cells[RECEIVING] == 0),
            "crisis_n": now.crisis_months > 0,
            "crisis_new_n": now.crisis_began,
            "hardship_n": model.hardship.is_in_arrears(now),
        }
        names = list(self.groups.names)
        values = np.stack([np.asarray(each, np.float64) for each in measured.values()])
        for name, totals in zip(measured, self.groups.total(values), strict=True):
            self._add(model.month, names, "all", name, totals)

    def _outreach(self, model: "WelfareModel") -> None:
        ledger = model.ledger
        names = list(self.groups.names)
        in_need = model.desk.in_need(np.arange(self.ids.size)) if model.desk else None
        for instrument in sorted({each for each, _, _ in ledger.entries}):
            for stage in STAGES:
                rows = [r for each, at, r in ledger.entries if each == instrument and at == stage]
                if not rows:
                    continue
                together = np.concatenate(rows)
                self._add(model.month, names, instrument, f"{stage}_n", self.groups.count(together))
                if stage == "selected" and in_need is not None:
                    needy = together[in_need[together]]
                    counts = self.groups.count(needy)
                    self._add(model.month, names, instrument, "selected_in_need_n", counts)

    def _offices(self, model: "WelfareModel") -> None:
        offices = model.offices
        spent = sum(each.outreach_spent + each.decisions_spent for each in offices)
        measured = {
            "hours_available": sum(each.hours_available for each in offices),
            "hours_outreach": sum(each.outreach_spent for each in offices),
            "hours_decisions": sum(each.decisions_spent for each in offices),
            "queue_n": sum(each.queue_n for each in offices),
            "delivery_krw": spent * model.office_rates.wage_krw_h + model.ledger.messages_krw,
        }
        for name, value in measured.items():
            self._add(model.month, [("all", "all")], "all", name, [float(value)])

    def _sum_up(self, model: "WelfareModel") -> None:
        totals, now = self.totals, model.circumstances
        totals["entitled_cell_months"] += self.by_household[:STATES_N].sum(axis=0).astype(np.int64)
        totals["received_cell_months"] += self.by_household[RECEIVING].astype(np.int64)
        totals["paid_krw"] += model.funnel_state.paid_krw_m
        totals["unclaimed_krw"] += self.by_household[STATES_N]
        totals["crisis_months"] += now.crisis_months > 0
        totals["crisis_new_n"] += now.crisis_began
        touched = np.unique(np.concatenate([model.ledger.rows(s) for s in ("reached", "notices")]))
        totals["contacts_n"][touched] += 1
        first = touched[totals["first_touched_month"][touched] == 0]
        totals["first_touched_month"][first] = model.month


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
