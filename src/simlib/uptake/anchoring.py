"""Offsets that make each programme's take-up without outreach equal its published rate.

Solved once on the baseline population and then frozen: a policy never changes them. An offset
shifts awareness and application alike, since one rate cannot tell the two apart. Nobody can be
more than sure to hear and to apply, so that renewals and breaks set a limit to take-up; where
the published rate lies beyond it, the programme must be easier to keep than others, and the
part of the offset beyond a bound eases renewals and breaks instead.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SURE_SHARE = 0.002
"""Shares nearer to 0 or 1 than this are treated as this near."""
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
        Take-up seeded before the burn-in.
    effective
        Take-up after the burn-in with these offsets; nan where nobody is entitled.
    ease_from
        Offset from which on the rest eases keeping, logit.
    """

    ids: tuple[str, ...]
    mean_krw_m: Floats
    offset: Floats
    target: Floats
    seeded: Floats
    effective: Floats
    ease_from: float = OFFSET_LIMIT

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
            }
        ).with_columns(pl.col(pl.Float64).fill_nan(None))


def next_offsets(offset: Floats, target: Floats, effective: Floats, damping: float) -> Floats:
    """Move offsets towards the target by the gap in log odds.

    Parameters
    ----------
    offset, target, effective
        Present offsets, wanted and reached take-up, (programmes,); nan leaves the offset.
    damping
        Share of the gap to close.
    """
    known = ~np.isnan(target) & ~np.isnan(effective)
    gap = np.zeros_like(offset)
    gap[known] = _logit(target[known]) - _logit(effective[known])
    return np.clip(offset + damping * gap, -OFFSET_LIMIT, OFFSET_LIMIT)


def _logit(share: Floats) -> Floats:
    inside = np.clip(share, SURE_SHARE, 1 - SURE_SHARE)
    return np.asarray(np.log(inside / (1 - inside)))
