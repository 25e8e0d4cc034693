"""The simple diffusion of ``diffusion_numbers.py`` in numpy, Starsim and mesa-frames.

``python diffusion_peers.py HOUSEHOLDS MONTHS`` runs those that this interpreter has, each as its
own documentation would have it written, and ends in one JSON object: seconds without setting up,
and the final share of entitled pairs in each state.
"""

import contextlib
import io
import json
import sys
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
    Found,
    Watch,
    contact,
)

MOST_PROB_M = ALONE_PROB_M + PEERS_PROB_M
"""A draw above it is no news, whoever receives; contacts are looked up below it only."""


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
    """Whole columns; looks up states and contacts only where a draw leaves a move open."""
    states, rng = first_states(households_n), np.random.default_rng(1)
    contacts = contacts_of(households_n)
    most = np.array([MOST_PROB_M, APPLY_PROB_M, 1.0, DROP_PROB_M], np.float32)
    since = [np.zeros(households_n, np.int16) for _ in states]
    first, told_n = 0, int(households_n * LIST_SHARE_M)
    watch = Watch()
    for month in range(months):
        before = [state == RECEIVING for state in states]
        unaware = np.zeros(households_n, bool)
        for state in states:
            unaware |= state == UNAWARE
        told = next_on_list(unaware, first, told_n)
        first = (told[-1] + 1) % households_n if told.size else first
        for p, state in enumerate(states):
            state[told[state[told] == UNAWARE]] = AWARE
            luck = rng.random(households_n, np.float32)
            rows = np.flatnonzero(luck < most[state])
            luck, at = luck[rows], state[rows]
            maybe, applies, waits, leaves = (rows[at == each] for each in range(STATES_N))
            near = np.count_nonzero(before[p][contacts[maybe]], axis=1)
            prob = ALONE_PROB_M + PEERS_PROB_M * near / CONTACTS
            state[maybe[luck[at == UNAWARE] < prob]] = AWARE
            state[applies] = WAITING
            state[waits[month - since[p][waits] >= DELAY_MONTHS]] = RECEIVING
            since[p][applies] = month
            state[leaves] = UNAWARE
    return watch.read() | {"shares": shares(states)}


def with_starsim(households_n: int, months: int) -> dict[str, Found]:
    """One Starsim module with a state and a stream of random numbers a programme."""
    import starsim as ss

    most = np.array([MOST_PROB_M, APPLY_PROB_M, 1.0, DROP_PROB_M])

    class Benefits(ss.Module):
        def __init__(self) -> None:
            super().__init__()
            self.luck = [ss.random(name=f"luck{p}") for p in range(PROGRAMMES)]
            self.define_states(
                *[ss.IntArr(f"state{p}", default=UNAWARE) for p in range(PROGRAMMES)],
                *[ss.IntArr(f"since{p}", default=0) for p in range(PROGRAMMES)],
            )
            self.first = 0

        def states(self) -> list[Any]:
            return [getattr(self, f"state{p}") for p in range(PROGRAMMES)]

        def step(self) -> None:
            states = self.states()
            contacts = self.sim.networks[0].edges.p2.reshape(-1, CONTACTS)
            before = [state.values == RECEIVING for state in states]
            unaware = np.zeros(households_n, bool)
            for state in states:
                unaware |= state.values == UNAWARE
            told = ss.uids(next_on_list(unaware, self.first, int(households_n * LIST_SHARE_M)))
            self.first = (int(told[-1]) + 1) % households_n if told.size else self.first
            for p, state in enumerate(states):
                state[told[state[told] == UNAWARE]] = AWARE
                self.move(p, state, before[p], contacts)

        def move(self, p: int, state: Any, received: Any, contacts: Any) -> None:
            since, luck = getattr(self, f"since{p}"), self.luck[p].rvs(state.auids)
            rows = ss.uids(np.flatnonzero(luck < most[state.values]))
            luck, at = luck[rows], state[rows]
            maybe, applies, waits, leaves = (rows[at == each] for each in range(STATES_N))
            near = np.count_nonzero(received[contacts[maybe]], axis=1)
            prob = ALONE_PROB_M + PEERS_PROB_M * near / CONTACTS
            state[maybe[luck[at == UNAWARE] < prob]] = AWARE
            state[applies] = WAITING
            state[waits[self.ti - since[waits] >= DELAY_MONTHS]] = RECEIVING
            since[applies] = self.ti
            state[leaves] = UNAWARE

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
        watch = Watch()
        sim.run()
        spent = watch.read()
        states = [np.asarray(state, dtype=np.int64) for state in module.states()]
        found[name] = spent | {"shares": shares(states)}
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
            rng = self.model.random
            luck = {f"luck{p}": rng.random(households_n, np.float32) for p in range(PROGRAMMES)}
            frame = frame.with_columns(self.flags(told).alias("told"), **{
                name: pl.Series(values) for name, values in luck.items()
            })  # fmt: skip
            news = pl.collect_all([self.hears(frame, p) for p in range(PROGRAMMES)])
            heard = {f"heard{p}": self.flags(rows["row"]) for p, rows in enumerate(news)}
            frame = frame.with_columns(**heard)
            moved = [expression for p in range(PROGRAMMES) for expression in self.moves(p, month)]
            self.agents = frame.with_columns(moved).drop("told", *luck, *heard)

        def flags(self, rows: Any) -> Any:
            flags = np.zeros(households_n, bool)
            flags[rows] = True
            return pl.Series(flags)

        def hears(self, frame: Any, p: int) -> Any:
            luck, received = pl.col(f"luck{p}"), pl.lit(frame[f"state{p}"] == RECEIVING)
            near = pl.sum_horizontal(
                [received.gather(pl.col(f"contact{k}")).cast(pl.UInt8) for k in range(CONTACTS)]
            )
            rows = frame.lazy().with_row_index("row")
            maybe = rows.filter((pl.col(f"state{p}") == UNAWARE) & (luck < MOST_PROB_M))
            return maybe.filter(luck < ALONE_PROB_M + PEERS_PROB_M * near / CONTACTS).select("row")

        def moves(self, p: int, month: int) -> list[Any]:
            state, since, luck = pl.col(f"state{p}"), pl.col(f"since{p}"), pl.col(f"luck{p}")
            aware = (state == AWARE) | ((state == UNAWARE) & pl.col("told"))
            applies = aware & (luck < APPLY_PROB_M)
            after = (
                pl.when(applies).then(WAITING)
                .when(aware | pl.col(f"heard{p}")).then(AWARE)
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
    watch = Watch()
    for month in range(months):
        households.step(month)
    spent = watch.read()
    states = [households.agents[f"state{p}"].to_numpy() for p in range(PROGRAMMES)]
    return spent | {"shares": shares(states)}


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
