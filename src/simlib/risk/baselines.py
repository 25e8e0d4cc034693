"""Rankings without a model, which stand beside every scorer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.risk.measures import Lists
from simlib.risk.rounds import RoundRecord
from simlib.risk.scorers import FirstCome, RuleOfThumb, Scorer, checked_scores

SIMPLE, MORE_STAFF = "rule_of_thumb", "more_staff"
BASELINES = (
    "nobody",
    "random",
    "first_come",
    "postcode",
    "caseworkers",
    SIMPLE,
    MORE_STAFF,
    "oracle",
)
"""Rankings that stand beside every scorer; the oracle's depends on the layer of labels."""

Floats = NDArray[np.float64]


def baseline_lists(
    rounds: Sequence[RoundRecord], sizes: Sequence[int], draws: Draws, parameters: Parameters
) -> dict[str, Lists]:
    """Make the lists of all baselines but the oracle.

    Parameters
    ----------
    rounds
        Rounds to list households of.
    sizes
        Places on the list of each round; ``more_staff`` has
        ``risk.baselines.more_staff_ratio`` times as many, and ``nobody`` has none.
    draws, parameters
        Luck of the caseworkers' judgement, and model parameters (``risk.baselines.*``).

    Returns
    -------
    dict
        Lists by name.
    """
    blank = [np.zeros(len(each.rows)) for each in rounds]
    counts = scores_of(RuleOfThumb(), rounds)
    ratio = parameters.number("risk.baselines.more_staff_ratio")
    return {
        "nobody": Lists.of(blank, [0] * len(rounds)),
        "random": Lists.of(blank, sizes),
        "first_come": Lists.of(scores_of(FirstCome(), rounds), sizes),
        "postcode": Lists.of([each.municipality_rate for each in rounds], sizes),
        "caseworkers": Lists.of([judgement(each, draws, parameters) for each in rounds], sizes),
        SIMPLE: Lists.of(counts, sizes),
        MORE_STAFF: Lists.of(counts, [round(ratio * size) for size in sizes]),
    }


def scores_of(scorer: Scorer, rounds: Sequence[RoundRecord]) -> list[Floats]:
    """Score every household of every round, (pool,) each."""
    return [
        checked_scores(scorer, each.features) if len(each.rows) else np.zeros(0) for each in rounds
    ]


def judgement(record: RoundRecord, draws: Draws, parameters: Parameters) -> Floats:
    """Judge as caseworkers would who look into every file: need, seen through noise.

    Normal noise stands beside the crisis that comes if nobody acts, so much that the order has
    the area under the curve ``risk.baselines.caseworker_auc`` (binormal model, Green and Swets
    1966). A household is judged anew in each round.

    Returns
    -------
    ndarray
        (pool,) impressions, higher means more need.
    """
    from scipy.special import ndtri

    apart = np.sqrt(2.0) * ndtri(parameters.number("risk.baselines.caseworker_auc"))
    noise = draws.normal("risk.judgement", record.rows, record.month)
    return np.asarray(apart * record.untreated + noise, dtype=np.float64)
