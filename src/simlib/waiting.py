"""How threads of compiled loops wait for each other."""

import os

VARIABLE = "OMP_WAIT_POLICY"


def wait_quietly() -> None:
    """Let threads sleep while they wait, before the library that runs them is loaded.

    By default they spin, which takes the time of every other process of a busy machine: with
    both cores busy, half a million households took 40 seconds so and 5 seconds asleep. A policy
    chosen by the user (``OMP_WAIT_POLICY``) stays.
    """
    os.environ.setdefault(VARIABLE, "PASSIVE")
