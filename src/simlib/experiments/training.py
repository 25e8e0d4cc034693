"""Train the scorers of a scenario in a history of their own, once for all its runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlib.draws import Draws
from simlib.experiments import worlds
from simlib.experiments.people import reads_of
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore

if TYPE_CHECKING:
    from simlib.population.population import Population

PART = "scorer"
HISTORY_REPLICATE = 1_000_000
"""Replicate of the world that scorers learn from: no run shares its luck."""

HISTORY_POLICY = "officer_calls"
"""What was done in that past: officers called, ranked by the rule of thumb."""
