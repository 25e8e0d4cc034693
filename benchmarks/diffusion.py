"""How fast one simple diffusion of benefits is here and in other libraries.

The model stands in ``diffusion_numbers.py``. Run ``python benchmarks/diffusion.py --peers PYTHON``
with the interpreter of an environment that has Starsim or mesa-frames (``peers.txt``; may be given
several times); plain numpy always runs. All must end with the same shares of households in each
state within sampling error. Times are those of the clock and of all processors together.
``--json`` ends with one JSON object.

Here a state is one number a household with a bit a programme, and a compiled pass over some
hundred households at a time draws, compares and moves ten programmes at once. Chances are exact:
sixteen random bits decide all but one case in 65,536, and those draw a number of their own.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from diffusion_numbers import (
    ALONE_PROB_M,
    APPLY_PROB_M,
    CONTACTS,
    DELAY_MONTHS,
    DROP_PROB_M,
    LIST_SHARE_M,
    PEERS_PROB_M,
    PROGRAMMES,
    Found,
    Watch,
    contact,
)
from numba import njit, prange
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from simlib.draws import Draws, decision_code, philox4x32, uniform_at

Masks = NDArray[np.uint16]

PEERS = Path(__file__).with_name("diffusion_peers.py")
CHUNK = 512
"""Households whose month is made in one go; what it needs stays in the fastest memory."""
EVERY = np.uint16(2**PROGRAMMES - 1)
BITS = 16
"""Bits of a chance that are compared at once; ties, one in 65,536, draw a number of their own."""
APPLIES, DROPS = CONTACTS + 1, CONTACTS + 2
CHANCES = np.array(
    [ALONE_PROB_M + PEERS_PROB_M * n / CONTACTS for n in range(CONTACTS + 1)]
    + [APPLY_PROB_M, DROP_PROB_M]
)
"""Of a move: unaware with so many contacts who receive, aware, receiving."""
PARTS = np.floor(CHANCES * 2**BITS).astype(np.int64)
REST = CHANCES * 2**BITS - PARTS
DECISIONS = ("uptake.aware_self", "uptake.apply", "uptake.break_off")


class States(NamedTuple):
    """Who is in which state: a bit a programme, one number a household, (households,) each."""

    unaware: Masks
    aware: Masks
    waiting: Masks
    """By months since the application, (months of delay, households)."""
    received: Masks

    @classmethod
    def first(cls, households_n: int) -> "States":
        """Let nobody be aware of anything."""
        none = np.zeros((DELAY_MONTHS + 2, households_n), np.uint16)
        return cls(np.full(households_n, EVERY), none[0], none[2:], none[1])

    def shares(self) -> list[float]:
        """Give the share of pairs in each state."""
        counts = [int(np.bitwise_count(each).sum()) for each in self]
        return [each / (self.unaware.size * PROGRAMMES) for each in counts]


@njit(cache=True)
def _tell(unaware, aware, first, told_n):  # type: ignore[no-untyped-def]
    """Tell the next households on the list of what they do not know; give where it stopped."""
    i = first
    for _ in range(unaware.size):
        if told_n == 0:
            break
        told_n -= unaware[i] != 0
        aware[i] |= unaware[i]
        unaware[i] = 0
        i = i + 1 if i + 1 < unaware.size else 0
    return i


@njit(cache=True)
def _kinds(first, contacts, unaware, aware, received, masks):  # type: ignore[no-untyped-def]
    """Sort the programmes of some households by the chance that they have."""
    own = slice(first, first + masks.shape[1])
    near = np.empty((CONTACTS, masks.shape[1]), np.uint16)
    for j in range(near.shape[1]):
        for k in range(CONTACTS):
            near[k, j] = received[contacts[first + j, k]]
    masks[:] = 0
    masks[0], masks[APPLIES], masks[DROPS] = unaware[own], aware[own], received[own]
    for k in range(CONTACTS):
        for n in range(k, -1, -1):
            for j in range(near.shape[1]):
                one_more = masks[n, j] & near[k, j]
                masks[n, j] ^= one_more
                masks[n + 1, j] |= one_more


@njit(cache=True)
def _draw(key, code, month, first, planes):  # type: ignore[no-untyped-def]
    """Draw sixteen random bits a programme, a row for each; compiles to wide registers."""
    half, upper = BITS // 2, np.uint64(16)
    for block in range(2):
        rows = planes[block * half : (block + 1) * half]
        for j in range(planes.shape[1]):
            w = philox4x32(first + j, month, code, PROGRAMMES + block, key[0], key[1])
            rows[0, j], rows[1, j] = w[0], w[0] >> upper
            rows[2, j], rows[3, j] = w[1], w[1] >> upper
            rows[4, j], rows[5, j] = w[2], w[2] >> upper
            rows[6, j], rows[7, j] = w[3], w[3] >> upper


@njit(cache=True)
def _compare(planes, masks, below, tied):  # type: ignore[no-untyped-def]
    """Compare random numbers with chances bit by bit, all programmes at once; tell of ties."""
    below[:], tied[:] = 0, EVERY
    bits = np.empty_like(below)
    for bit in range(BITS):
        bits[:] = 0
        for s in range(PARTS.size):
            if (PARTS[s] >> (BITS - 1 - bit)) & 1:
                for j in range(below.size):
                    bits[j] |= masks[s, j]
        for j in range(below.size):
            below[j] |= tied[j] & bits[j] & ~planes[bit, j]
            tied[j] &= ~(bits[j] ^ planes[bit, j])
    some = np.uint16(0)
    for j in range(tied.size):
        some |= tied[j]
    return some != 0


@njit(cache=True)
def _settle(key, codes, month, first, masks, tied, below):  # type: ignore[no-untyped-def]
    """Let a further number decide where all bits were the same."""
    for j in range(tied.size):
        if tied[j] == 0:
            continue
        for p in range(PROGRAMMES):
            bit = tied[j] & (np.uint16(1) << np.uint16(p))
            for s in range(PARTS.size):
                if masks[s, j] & bit:
                    decision = codes[max(0, s - CONTACTS)]
                    luck = uniform_at(key[0], key[1], decision, first + j, month, p)
                    below[j] |= bit * np.uint16(luck < REST[s])


@njit(cache=True)
def _move(moves, unaware, aware, waiting, received, received_next):  # type: ignore[no-untyped-def]
    """Move all programmes of a household at once."""
    for j in range(moves.size):
        received_next[j] = (received[j] & ~moves[j]) | waiting[DELAY_MONTHS - 1, j]
        for k in range(DELAY_MONTHS - 1, 0, -1):
            waiting[k, j] = waiting[k - 1, j]
        waiting[0, j] = moves[j] & aware[j]
    for j in range(moves.size):
        heard = moves[j] & unaware[j]
        aware[j] = (aware[j] & ~moves[j]) | heard
        unaware[j] = (unaware[j] ^ heard) | (moves[j] & received[j])


@njit(cache=True, parallel=True)
def _month(key, codes, month, contacts, states, received_next):  # type: ignore[no-untyped-def]
    unaware, aware, waiting, received = states
    for chunk in prange((unaware.size + CHUNK - 1) // CHUNK):
        first, last = chunk * CHUNK, min(unaware.size, (chunk + 1) * CHUNK)
        own = slice(first, last)
        masks = np.empty((PARTS.size, last - first), np.uint16)
        planes = np.empty((BITS, last - first), np.uint16)
        moves, tied = np.empty_like(planes[0]), np.empty_like(planes[0])
        _kinds(first, contacts, unaware, aware, received, masks)
        _draw(key, codes[0], month, first, planes)
        if _compare(planes, masks, moves, tied):
            _settle(key, codes, month, first, masks, tied, moves)
        _move(moves, unaware[own], aware[own], waiting[:, own], received[own], received_next[own])


def with_simlib(households_n: int, months: int) -> Found:
    """Run the model over columns of bits with simlib's draws."""
    codes = np.array([decision_code(name) for name in DECISIONS], np.uint64)
    rows, numbers = np.arange(households_n)[:, None], np.arange(CONTACTS)[None, :]
    contacts = contact(rows, numbers, households_n).astype(np.uint32)
    states, spare = States.first(households_n), np.zeros(households_n, np.uint16)
    first, told_n = 0, int(households_n * LIST_SHARE_M)
    watch = Watch()
    for month in range(months):
        first = _tell(states.unaware, states.aware, first, told_n)
        _month(Draws(1).key, codes, month, contacts, states, spare)
        states, spare = states._replace(received=spare), states.received
    return watch.read() | {"shares": states.shares()}


def with_peers(python: str, households_n: int, months: int) -> dict[str, Found]:
    """Let an interpreter run those of the other libraries that it has."""
    command = [python, str(PEERS), str(households_n), str(months)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Found] = json.loads(done.stdout.splitlines()[-1])
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
    taken: dict[str, list[Found]] = {}
    for _ in range(rounds):
        ours = with_simlib(households_n, months)
        taken.setdefault("simlib", []).append(ours)
        for python in [sys.executable, *pythons]:
            for name, found in with_peers(python, households_n, months).items():
                if name == "numpy" and python != sys.executable:
                    continue
                check_same(name, found["shares"], ours["shares"], households_n)
                taken.setdefault(name, []).append(found)
    result: dict[str, dict[str, float]] = {}
    for name, each in taken.items():
        result[name] = {}
        for kind, head, ratio in (
            ("seconds", "ns", "ratio"),
            ("cpu_seconds", "cpu_ns", "cpu_ratio"),
        ):
            spent = np.array([found[kind] for found in each])
            own = np.array([found[kind] for found in taken["simlib"]])
            result[name][head] = float(np.median(spent)) * 1e9 / households_n / months
            result[name][ratio] = float(np.median(spent / own))
    return result


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
    heads = ("library, ns a household-month", "clock", "times", "processors", "times")
    for head in heads:
        table.add_column(head, justify="right")
    for name, each in found.items():
        table.add_row(
            name,
            f"{each['ns']:,.0f}",
            f"{each['ratio']:.1f}",
            f"{each['cpu_ns']:,.0f}",
            f"{each['cpu_ratio']:.1f}",
        )
    Console().print(table)
    if options.json:
        print(json.dumps({"diffusion": found}))


if __name__ == "__main__":
    main()
