"""How fast one simple diffusion of benefits is here and in other libraries.

The model stands in ``diffusion_numbers.py``. Run ``python benchmarks/diffusion.py --peers PYTHON``
with the interpreter of an environment that has Starsim or mesa-frames (``peers.txt``; may be given
several times); plain numpy always runs. All must end with the same shares of households in each
state within sampling error. ``--json`` ends with one JSON object.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
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
from numba import njit, prange
from rich.console import Console
from rich.table import Table

from simlib.draws import Draws, decision_code, uniform_at

PEERS = Path(__file__).with_name("diffusion_peers.py")
CHUNK = 512
"""Households whose draws are made in one go; they stay in the fastest memory."""
MOST_PROB_M = np.array([ALONE_PROB_M + PEERS_PROB_M, APPLY_PROB_M, 1.0, DROP_PROB_M])
"""Largest chance of a move in each state; a draw above it leaves all as it is."""


@njit(cache=True)
def _tell(state, first, told_n):  # type: ignore[no-untyped-def]
    """Tell the next households on the list of what they do not know; give where it stopped."""
    households_n, programmes_n = state.shape
    i = first
    for _ in range(households_n):
        if told_n == 0:
            break
        new = False
        for p in range(programmes_n):
            if state[i, p] == UNAWARE:
                state[i, p] = AWARE
                new = True
        told_n -= new
        i = i + 1 if i + 1 < households_n else 0
    return i


@njit(cache=True)
def _draw(key, codes, month, first, state, luck):  # type: ignore[no-untyped-def]
    """Draw for some households what may happen to them; loops that compile to wide registers."""
    k0, k1 = key
    households_n = luck.shape[1]
    decision = np.empty(households_n, np.uint64)
    for p in range(PROGRAMMES):
        for i in range(households_n):
            decision[i] = codes[state[first + i, p]]
        for i in range(households_n):
            luck[p, i] = uniform_at(k0, k1, decision[i], first + i, month, p)


@njit(cache=True, inline="always")
def _contacts_share(received, contacts, i, p):  # type: ignore[no-untyped-def]
    n = 0
    for k in range(CONTACTS):
        n += (received[contacts[i, k]] >> p) & 1
    return n / CONTACTS


@njit(cache=True, parallel=True)
def _month(key, codes, month, contacts, state, since, received, received_next):  # type: ignore[no-untyped-def]
    households_n = state.shape[0]
    for chunk in prange((households_n + CHUNK - 1) // CHUNK):
        first, last = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        luck = np.empty((PROGRAMMES, last - first))
        _draw(key, codes, month, first, state, luck)
        for i in range(first, last):
            mask = received[i]
            for p in range(PROGRAMMES):
                at, chance = state[i, p], luck[p, i - first]
                if chance >= MOST_PROB_M[at]:
                    continue
                if at == UNAWARE:
                    share = _contacts_share(received, contacts, i, np.uint16(p))
                    if chance < ALONE_PROB_M + PEERS_PROB_M * share:
                        state[i, p] = AWARE
                elif at == AWARE:
                    state[i, p] = WAITING
                    since[i, p] = month
                elif at == WAITING:
                    if month - since[i, p] >= DELAY_MONTHS:
                        state[i, p] = RECEIVING
                        mask |= np.uint16(1) << np.uint16(p)
                else:
                    state[i, p] = UNAWARE
                    mask &= ~(np.uint16(1) << np.uint16(p))
            received_next[i] = mask


def with_simlib(households_n: int, months: int) -> tuple[float, list[float]]:
    """Run the model over columns with simlib's draws; give seconds and final shares."""
    names = ("uptake.aware_self", "uptake.apply", "uptake.complete", "uptake.break_off")
    codes = np.array([decision_code(name) for name in names], np.uint64)
    rows, numbers = np.arange(households_n)[:, None], np.arange(CONTACTS)[None, :]
    contacts = contact(rows, numbers, households_n).astype(np.int32)
    state = np.full((households_n, PROGRAMMES), UNAWARE, np.uint8)
    since = np.zeros(state.shape, np.uint8)
    received, spare = np.zeros(households_n, np.uint16), np.zeros(households_n, np.uint16)
    first, told_n = 0, int(households_n * LIST_SHARE_M)
    start = time.perf_counter()
    for month in range(months):
        first = _tell(state, first, told_n)
        _month(Draws(1).key, codes, month, contacts, state, since, received, spare)
        received, spare = spare, received
    taken = time.perf_counter() - start
    shares = np.bincount(state.ravel(), minlength=STATES_N) / state.size
    return taken, shares.tolist()


def with_peers(python: str, households_n: int, months: int) -> dict[str, dict[str, Any]]:
    """Let an interpreter run those of the other libraries that it has."""
    command = [python, str(PEERS), str(households_n), str(months)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_same(name: str, shares: list[float], ours: list[float], households_n: int) -> None:
    """Refuse a comparison of models that do not do the same."""
    pairs_n = households_n * PROGRAMMES
    for state, (theirs, expected) in enumerate(zip(shares, ours, strict=True)):
        # contacts learn from each other, so shares vary more than those of single pairs
        allowed = 8.0 * np.sqrt(2.0 * expected * (1.0 - expected) / pairs_n)
        if abs(theirs - expected) > allowed:
            raise SystemExit(
                f"{name} is not the same model: share {theirs:.4f} in state {state}, here "
                f"{expected:.4f}, allowed difference {allowed:.4f}"
            )


def compare(
    pythons: list[str], households_n: int, months: int, rounds: int
) -> dict[str, dict[str, float]]:
    """Time the model in all libraries in turn; give nanoseconds a household-month and ratios."""
    with_simlib(1000, 2)  # compile first
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        seconds, ours = with_simlib(households_n, months)
        taken.setdefault("simlib", []).append(seconds)
        for python in [sys.executable, *pythons]:
            for name, found in with_peers(python, households_n, months).items():
                if name == "numpy" and python != sys.executable:
                    continue
                check_same(name, found["shares"], ours, households_n)
                taken.setdefault(name, []).append(found["seconds"])
    return {
        name: {
            "ns": float(np.median(each)) * 1e9 / households_n / months,
            "ratio": float(np.median(np.asarray(each) / np.asarray(taken["simlib"]))),
        }
        for name, each in taken.items()
    }


def main() -> None:
    """Print one table: who needs how long for the same months."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peers", metavar="PYTHON", action="append", default=[], help="interpreter with peers"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = compare(options.peers, options.households, options.months, options.rounds)
    table = Table(title=f"simple diffusion, {options.households:,} households")
    for head in ("library", "ns a household-month", "times simlib"):
        table.add_column(head, justify="right")
    for name, each in found.items():
        table.add_row(name, f"{each['ns']:,.0f}", f"{each['ratio']:.1f}")
    Console().print(table)
    if options.json:
        print(json.dumps({"diffusion": found}))


if __name__ == "__main__":
    main()
