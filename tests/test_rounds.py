"""What is noted of a detection round must be known when its labels are complete."""

from types import SimpleNamespace

import numpy as np

from simlib.outreach.instruments.detection import ROUND
from simlib.parameters import load_parameters
from simlib.rounds import RoundLog

NOBODY = np.zeros(3, bool)


def desk_of(step: int, accepted: list[int], made: object = None) -> SimpleNamespace:
    return SimpleNamespace(
        month=step, step=step, households_n=3, parameters=load_parameters(),
        memory={ROUND: made}, ledger=SimpleNamespace(rows=lambda stage: np.array(accepted, int)),
    )  # fmt: skip


def test_who_is_reached_after_labels_were_complete_was_not_known_to_be():
    claimed = SimpleNamespace(claimed=lambda which, step, n: np.full(n, -1, np.int16))
    programmes = SimpleNamespace(decision_hours=np.zeros(1), basic=np.zeros(1, bool))
    delay = int(load_parameters().number("risk.labels.delay_months"))
    view = SimpleNamespace(
        features_of=lambda rows: np.zeros((rows.size, 2), np.float32),
        bits=np.ones(3, np.uint64),
        municipality_rate=lambda: np.zeros(3),
    )
    log, pool = RoundLog(), np.arange(3)
    for step in range(delay + 2):
        made = (view, pool, pool) if step == 0 else None
        reached = {1: [0], delay - 1: [1], delay: [2]}.get(step, [])
        log.note(step, desk_of(step, reached, made), NOBODY, claimed, programmes)
    assert log.rounds[0].reached.tolist() == [True, True, False]
