"""The simple diffusion of ``diffusion_numbers.py`` in numpy, Starsim and mesa-frames.

``python diffusion_peers.py HOUSEHOLDS MONTHS`` runs those that this interpreter has, each as its
own documentation would have it written, and ends in one JSON object: seconds without setting up,
and the final share of entitled pairs in each state.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from typing import Any

import numpy as np
from diffusion_numbers import (
    ALONE_PROB_M,
    APPLY_PROB_M,
    AWARE,
    CONTACTS,
    DELAY_MONTHS,
    DROP_PROB_M,
    LIST_SHARE_M,
    PEERS_PROB_M,
    PROGRAMMES,
    RECEIVING,
    STATES_N,
    UNAWARE,
    WAITING,
    contact,
)

Found = dict[str, Any]


def first_states(households_n: int) -> list[Any]:
    """Let nobody be aware of anything, one column a programme."""
    return [np.full(households_n, UNAWARE, np.int8) for _ in range(PROGRAMMES)]


def shares(states: list[Any]) -> list[float]:
    """Give the share of pairs in each state."""
    counts = np.sum([np.bincount(each, minlength=STATES_N) for each in states], axis=0)
    return [float(each) for each in counts / counts.sum()]


def contacts_of(households_n: int) -> Any:
    """Give the rows that each household looks at, (households, contacts)."""
    rows, numbers = np.arange(households_n)[:, None], np.arange(CONTACTS)[None, :]
    return contact(rows, numbers, households_n).astype(np.int32)


def next_on_list(unaware: Any, first: int, told_n: int) -> Any:
    """Give the next rows on the list, from a place on and round the end."""
    rows = np.flatnonzero(unaware)
    at = np.searchsorted(rows, first)
    return np.concatenate([rows[at:], rows[:at]])[:told_n]


def with_numpy(households_n: int, months: int) -> Found:
    """Whole columns; draws only for the rows whose move is open."""
    states, rng = first_states(households_n), np.random.default_rng(1)
    contacts = contacts_of(households_n)
    since = [np.zeros(households_n, np.int16) for _ in states]
    first, told_n = 0, int(households_n * LIST_SHARE_M)
    start = time.perf_counter()
    for month in range(months):
        before = [state == RECEIVING for state in states]
        unaware = np.zeros(households_n, bool)
        for state in states:
            unaware |= state == UNAWARE
        told = next_on_list(unaware, first, told_n)
        first = (told[-1] + 1) % households_n if told.size else first
        for p, state in enumerate(states):
            state[told[state[told] == UNAWARE]] = AWARE
            open_rows = [np.flatnonzero(state == each) for each in range(STATES_N)]
            rows = open_rows[UNAWARE]
            prob = ALONE_PROB_M + PEERS_PROB_M * before[p][contacts[rows]].mean(axis=1)
            state[rows[rng.random(rows.size) < prob]] = AWARE
            rows = open_rows[AWARE]
            applies = rows[rng.random(rows.size) < APPLY_PROB_M]
            state[applies] = WAITING
            since[p][applies] = month
            rows = open_rows[WAITING]
            state[rows[month - since[p][rows] >= DELAY_MONTHS]] = RECEIVING
            rows = open_rows[RECEIVING]
            state[rows[rng.random(rows.size) < DROP_PROB_M]] = UNAWARE
    return {"seconds": time.perf_counter() - start, "shares": shares(states)}


def with_starsim(households_n: int, months: int) -> dict[str, Found]:
    """One Starsim module with a state a programme, on a static network."""
    import starsim as ss

    class Benefits(ss.Module):
        def __init__(self) -> None:
            super().__init__()
            self.luck = [
                {name: ss.random(name=f"{name}{p}") for name in ("hear", "apply", "drop")}
                for p in range(PROGRAMMES)
            ]
            self.define_states(
                *[ss.IntArr(f"state{p}", default=UNAWARE) for p in range(PROGRAMMES)],
                *[ss.IntArr(f"since{p}", default=0) for p in range(PROGRAMMES)],
            )
            self.first = 0

        def states(self) -> list[Any]:
            return [getattr(self, f"state{p}") for p in range(PROGRAMMES)]

        def step(self) -> None:
            states, net = self.states(), self.sim.networks[0]
            source, target = net.edges.p1, net.edges.p2
            before = [state == RECEIVING for state in states]
            unaware = np.zeros(households_n, bool)
            for state in states:
                unaware |= np.asarray(state == UNAWARE)
            told = ss.uids(next_on_list(unaware, self.first, int(households_n * LIST_SHARE_M)))
            self.first = (int(told[-1]) + 1) % households_n if told.size else self.first
            for p, state in enumerate(states):
                state[told[np.asarray(state[told]) == UNAWARE]] = AWARE
                self.move(p, state, np.asarray(before[p], np.float32), source, target)

        def move(self, p: int, state: Any, received: Any, source: Any, target: Any) -> None:
            luck, since = self.luck[p], getattr(self, f"since{p}")
            open_rows = [(state == each).uids for each in range(STATES_N)]
            near = np.bincount(source, received[target], households_n)
            rows = open_rows[UNAWARE]
            prob = ALONE_PROB_M + PEERS_PROB_M * near[rows] / CONTACTS
            state[rows[luck["hear"].rvs(rows) < prob]] = AWARE
            rows = open_rows[AWARE]
            applies = rows[luck["apply"].rvs(rows) < APPLY_PROB_M]
            state[applies] = WAITING
            since[applies] = self.ti
            rows = open_rows[WAITING]
            state[rows[self.ti - np.asarray(since[rows]) >= DELAY_MONTHS]] = RECEIVING
            rows = open_rows[RECEIVING]
            state[rows[luck["drop"].rvs(rows) < DROP_PROB_M]] = UNAWARE

    class Near(ss.Network):
        def init_post(self, *args: Any, **kwargs: Any) -> None:
            super().init_post(*args, **kwargs)
            p1 = np.repeat(np.arange(households_n), CONTACTS)
            p2 = contacts_of(households_n).ravel()
            self.append(p1=ss.uids(p1), p2=ss.uids(p2), beta=np.ones(p1.size, np.float32))

    found = {}
    for name, crn in (("starsim", True), ("starsim without common random numbers", False)):
        ss.options.crn = crn
        sim = ss.Sim(
            n_agents=households_n, custom=[Benefits()], networks=[Near()],
            start=0, stop=months - 1, dt=1, verbose=0, rand_seed=1,
        )  # fmt: skip
        sim.init()
        module = sim.custom[0]
        start = time.perf_counter()
        sim.run()
        seconds = time.perf_counter() - start
        states = [np.asarray(state, dtype=np.int64) for state in module.states()]
        found[name] = {"seconds": seconds, "shares": shares(states)}
    return found


def with_mesa_frames(households_n: int, months: int) -> Found:
    """One frame of agents; every month is a few expressions over its columns."""
    import polars as pl
    from mesa_frames import AgentSetPolars, ModelDF

    class Households(AgentSetPolars):
        def __init__(self, model: Any) -> None:
            super().__init__(model)
            columns: dict[str, Any] = {"unique_id": np.arange(households_n)}
            columns |= {f"state{p}": each for p, each in enumerate(first_states(households_n))}
            columns |= {f"since{p}": np.zeros(households_n, np.int16) for p in range(PROGRAMMES)}
            columns |= {f"contact{k}": each for k, each in enumerate(contacts_of(households_n).T)}
            self += pl.DataFrame(columns)
            self.first = 0

        def step(self, month: int) -> None:
            names = [f"state{p}" for p in range(PROGRAMMES)]
            frame = self.agents
            unaware = frame.select(pl.any_horizontal(pl.col(names) == UNAWARE)).to_series()
            told = next_on_list(unaware.to_numpy(), self.first, int(households_n * LIST_SHARE_M))
            self.first = (int(told[-1]) + 1) % households_n if told.size else self.first
            on_list = np.zeros(households_n, bool)
            on_list[told] = True
            rng = self.model.random
            luck = {f"luck{p}": rng.random(households_n, np.float32) for p in range(PROGRAMMES)}
            frame = frame.with_columns(pl.Series("told", on_list), **{
                name: pl.Series(values) for name, values in luck.items()
            })  # fmt: skip
            moved = [expression for p in range(PROGRAMMES) for expression in self.moves(p, month)]
            self.agents = frame.with_columns(moved).drop("told", *luck)

        def moves(self, p: int, month: int) -> list[Any]:
            state, since, luck = pl.col(f"state{p}"), pl.col(f"since{p}"), pl.col(f"luck{p}")
            received = (state == RECEIVING).cast(pl.UInt8)
            near = pl.sum_horizontal(
                [received.gather(pl.col(f"contact{k}")) for k in range(CONTACTS)]
            )
            prob = ALONE_PROB_M + PEERS_PROB_M * near / CONTACTS
            aware = (state == AWARE) | ((state == UNAWARE) & pl.col("told"))
            applies = aware & (luck < APPLY_PROB_M)
            after = (
                pl.when(applies).then(WAITING)
                .when(aware).then(AWARE)
                .when((state == UNAWARE) & (luck < prob)).then(AWARE)
                .when((state == WAITING) & (month - since >= DELAY_MONTHS)).then(RECEIVING)
                .when((state == RECEIVING) & (luck < DROP_PROB_M)).then(UNAWARE)
                .otherwise(state).cast(pl.Int8)
            )  # fmt: skip
            entered = pl.when(applies).then(pl.lit(month, pl.Int16)).otherwise(since)
            return [after.alias(f"state{p}"), entered.alias(f"since{p}")]

    class Country(ModelDF):
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.agents += Households(self)

    households = Country().get_agents_of_type(Households)
    start = time.perf_counter()
    for month in range(months):
        households.step(month)
    seconds = time.perf_counter() - start
    states = [households.agents[f"state{p}"].to_numpy() for p in range(PROGRAMMES)]
    return {"seconds": seconds, "shares": shares(states)}


def main() -> None:
    """Run what there is."""
    warnings.simplefilter("ignore")
    households_n, months = int(sys.argv[1]), int(sys.argv[2])
    found: dict[str, Found] = {"numpy": with_numpy(households_n, months)}
    runs = (
        ("starsim", lambda: with_starsim(households_n, months)),
        ("mesa-frames", lambda: {"mesa-frames": with_mesa_frames(households_n, months)}),
    )
    for name, run in runs:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                found |= run()
        except ImportError as error:
            print(f"{name} skipped: {error}", file=sys.stderr)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
