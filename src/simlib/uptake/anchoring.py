"""Offsets with which each programme's take-up without outreach stays at its published rate.

Solved once on the baseline population and then frozen: a policy never changes them. An offset
shifts awareness and application alike, since one rate cannot tell the two apart. Nobody can be
more than sure to hear and to apply, so that renewals and breaks set a limit to take-up; where
the published rate lies beyond it, the programme must be easier to keep than others, and the
part of the offset beyond a bound eases renewals and breaks instead.
"""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.uptake.past import Past

Floats = NDArray[np.float64]

SURE_SHARE = 0.002
"""Shares nearer to 0 or 1 than this are treated as this near."""
DAMPING = 0.8
"""Share of the gap in log odds that a round closes; below one, since offsets act twice."""
STEPS = (0.5, 4.0)
"""Smallest and largest step by gap in log odds."""
SMALL_STEP = 0.02
"""Logits by which an offset must have moved for its answer to be told from luck."""
OFFSET_LIMIT = 9.0
"""Largest offset, logit; beyond it a programme's rate cannot be reached and the table says so."""


@dataclass(frozen=True)
class Anchors:
    """Hold what was solved on the baseline, each (programmes,) unless said otherwise.

    Attributes
    ----------
    ids
        Programme ids.
    mean_krw_m
        Mean amount of entitled households in January to December, won a month, (12,
        programmes): some amounts follow the seasons.
    offset
        Offset of awareness and application, logit.
    target
        Published or assumed take-up; nan where there is none.
    seeded
        Take-up with which the months begin, after the burn-in.
    effective
        Take-up in the months that the sample lives with these offsets; nan where nobody is
        entitled.
    ease_from
        Offset from which on the rest eases keeping, logit.
    past
        How old rights are when a run begins; when not given, all of them begin with the burn-in.
    """

    ids: tuple[str, ...]
    mean_krw_m: Floats
    offset: Floats
    target: Floats
    seeded: Floats
    effective: Floats
    ease_from: float = OFFSET_LIMIT
    past: Past | None = None

    @property
    def ease(self) -> Floats:
        """Give how much easier each programme is to keep than others, logit, (programmes,)."""
        return np.maximum(self.offset - self.ease_from, 0.0)

    def table(self) -> pl.DataFrame:
        """Give target, seeded and effective take-up and the offset of every programme."""
        return pl.DataFrame(
            {
                "programme": list(self.ids),
                "target_share": self.target,
                "seeded_share": self.seeded,
                "effective_share": self.effective,
                "offset_logit": self.offset,
                "ease_logit": self.ease,
                "mean_krw_m": self.mean_krw_m.T.tolist(),
                "at_limit": np.abs(self.offset) >= OFFSET_LIMIT - 1e-9,
                **self._past_columns(),
            }
        ).with_columns(pl.col(pl.Float64).fill_nan(None))

    def _past_columns(self) -> dict[str, list[object]]:
        """Give a column for each of what is known of the past, none if nothing is."""
        if self.past is None:
            return {}
        return {each.name: getattr(self.past, each.name).tolist() for each in fields(self.past)}


def next_offsets(
    offset: Floats, target: Floats, effective: Floats, damping: float | Floats = DAMPING
) -> Floats:
    """Move offsets towards the target by the gap in log odds.

    Parameters
    ----------
    offset, target, effective
        Present offsets, wanted and reached take-up, (programmes,); nan leaves the offset.
    damping
        Share of the gap to close, of all or of each.
    """
    known = ~np.isnan(target) & ~np.isnan(effective)
    gap = np.zeros_like(offset)
    gap[known] = _logit(target[known]) - _logit(effective[known])
    return np.clip(offset + np.nan_to_num(damping * gap), -OFFSET_LIMIT, OFFSET_LIMIT)


def steeper(before: Anchors, now: Anchors) -> Floats:
    """Give the share of the gap that the next round should close, learned from the last one.

    Near its limit take-up answers less and less to an offset, so that it must move further than
    the gap.

    Parameters
    ----------
    before, now
        Two rounds of solving, with what each has come to.

    Returns
    -------
    ndarray
        Step by gap in log odds, (programmes,), within :data:`STEPS`.
    """
    moved = now.offset - before.offset
    answered = _logit(now.effective) - _logit(before.effective)
    usable = (np.abs(moved) > SMALL_STEP) & (answered * moved > 0)
    step = np.divide(moved, answered, out=np.full(moved.size, DAMPING), where=usable)
    return np.asarray(np.clip(step, *STEPS))


def _logit(share: Floats) -> Floats:
    inside = np.clip(share, SURE_SHARE, 1 - SURE_SHARE)
    return np.asarray(np.log(inside / (1 - inside)))
