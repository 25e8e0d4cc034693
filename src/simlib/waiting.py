"""How threads of compiled loops wait for each other."""

import os

VARIABLE = "GOMP_SPINCOUNT"
POLICY = "OMP_WAIT_POLICY"
SPINS = 1000
"""Turns that a thread waits awake: microseconds, after which it sleeps."""


def wait_briefly() -> None:
    """Let threads sleep soon while they wait, before the library that runs them is loaded.

    By default they stay awake for long, which takes the time of every other process of a busy
    machine; sleeping at once, on the other hand, makes short loops wait for the system. A
    choice of the user (``OMP_WAIT_POLICY`` or ``GOMP_SPINCOUNT``) stays.
    """
    if POLICY not in os.environ:
        os.environ.setdefault(VARIABLE, str(SPINS))
