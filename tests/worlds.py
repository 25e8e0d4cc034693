"""A small Korea for tests of the model: 500 households of the committed sample, and its worlds."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.draws import Draws
from simlib.life.world import World, prepare_world
from simlib.model import WelfareModel
from simlib.months import parse_month
from simlib.outreach.instruments import INSTRUMENTS
from simlib.outreach.policy import Policy, load_policy
from simlib.parameters import Parameters, load_parameters
from simlib.population.population import Population
from simlib.uptake.anchoring import Anchors

SAMPLE = Path(__file__).parents[1] / "data" / "synthetic" / "kr-2025-5k"
START = parse_month("2024-01")


@cache
def numbers() -> Parameters:
    parameters = load_parameters()
    load_catalogue(parameters)
    return parameters


@cache
def catalogue() -> Catalogue:
    return load_catalogue(numbers())


@cache
def sample(households_n: int) -> Population:
    """The first municipalities of the sample, so that households have neighbours."""
    whole = Population.load(SAMPLE)
    every = whole.households.height // households_n
    blocks = np.arange(whole.households.height) // 20 % every == 0
    households = whole.households.filter(pl.Series(blocks)).head(households_n)
    persons = whole.persons.filter(
        pl.col("household_id").is_in(households["household_id"].to_list())
    )
    return Population(households, persons, whole.reference_month, whole.seed)


@cache
def world(households_n: int = 500, months: int = 24, replicate: int = 0) -> World:
    return prepare_world(
        sample(households_n), catalogue(), numbers(), START, months, Draws(11, replicate)
    )


@cache
def staying_world() -> World:
    """A world in which everybody who moves stays in the municipality, and with its office."""
    staying = numbers().override({"life.moves.within_share": 1.0}, "test")
    return prepare_world(sample(500), catalogue(), staying, START, 24, Draws(11, 0))


def plain_anchors(of: World, offset: float = 0.0) -> Anchors:
    """Anchors without any solving: no target, the same offset everywhere."""
    n = len(of.catalogue.ids)
    nothing = np.full(n, np.nan)
    rights = of.baseline.rights
    right, amount = rights.kinds() > 0, rights.amounts_krw_m()
    mean = np.where(right, amount, 0).sum(axis=0) / np.maximum(right.sum(axis=0), 1)
    ids = tuple(of.catalogue.ids)
    return Anchors(
        ids, np.tile(mean.astype(float), (12, 1)), np.full(n, offset), nothing, nothing, nothing
    )


def policy(name: str, parameters: Parameters | None = None) -> Policy:
    return load_policy(name, parameters or numbers())


def made(*entries: tuple[str, dict[str, Any]], **given: Any) -> Policy:
    """Make a policy of instruments and their settings, without a file."""
    instruments = tuple(INSTRUMENTS[name].build(each, numbers()) for name, each in entries)
    return Policy("made", {"ko": "정책", "en": "Policy"}, instruments, **given)


def run(
    name: str | Policy,
    of: World | None = None,
    changes: dict[str, Any] | None = None,
    **options: Any,
) -> WelfareModel:
    """Run a policy; a short burn-in keeps the tests fast."""
    of = of or world()
    parameters = numbers().override({"uptake.burn_in_months": 6} | (changes or {}), "test")
    chosen = load_policy(name, parameters) if isinstance(name, str) else name
    return WelfareModel(of, chosen, parameters, plain_anchors(of), **options).run()


def noted(model: WelfareModel, stage: str, instrument: str | None = None) -> np.ndarray:
    """Give the households that an instrument, or any, brought to a stage this month, ascending."""
    entries = model.ledger.entries
    found = [rows for by, at, rows in entries if at == stage and instrument in (by, None)]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


NO_FRICTION = {
    "uptake.awareness.base_logit": 40.0,
    "uptake.application.base_logit": 40.0,
    "uptake.completion.base_logit": 40.0,
    "uptake.completion.award_prob": 1.0,
    "claims.wrong_award_prob": 0.0,
    "claims.mistaken_prob_m": 0.0,
    "claims.payment_day": 30,
    "claims.payment_lead_days": 0,
    "uptake.renewal.base_logit": 40.0,
    "uptake.break_prob_m.office": 0.0,
    "uptake.break_prob_m.agency": 0.0,
    "uptake.steps_within_month": 1,
    "life.death_known_prob_m": 1.0,
    "life.moves.late_share": 0.0,
    "uptake.burden.document_logit": 0.0,
    "uptake.burden.travel_logit": 0.0,
    "uptake.burden.wait_logit": 0.0,
    "offices.caseworkers_per_1000_households": 50.0,
    "offices.duty_share": 1.0,
}
"""Every hurdle out of the way, and more caseworkers than there is work."""


def same_states(first: WelfareModel, second: WelfareModel) -> None:
    """Hold every column of two models equal, bit for bit."""
    first_cells, second_cells = first.funnel_state.cells, second.funnel_state.cells
    for one, other in (
        (first.funnel_state, second.funnel_state),
        (first_cells, second_cells),
        (first.circumstances, second.circumstances),
    ):
        for name, column in vars(one).items():
            if isinstance(column, np.ndarray):
                assert np.array_equal(column, getattr(other, name)), name
