"""What is measured on the courses of a design: one function for each statistic of a moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlib.experiments.calibration.chain import AWARDS, CLAIMS, EXITS
from simlib.experiments.calibration.course import Course
from simlib.experiments.calibration.designs import ArmDesign, Claim, Design
from simlib.experiments.calibration.kinds import Kinds
from simlib.experiments.calibration.numbers import Numbers

Floats = NDArray[np.float64]
YEAR = 12
RETURN_MONTHS = 4
"""Months within which a case that left must be back to count as churn."""
CONTROL = "control"


@dataclass
class Ground:
    """Hold a design under some numbers, and whatever several statistics share.

    Attributes
    ----------
    kinds, design, claim, numbers
        As of :class:`~simlib.experiments.calibration.course.Course`.
    kept
        Shares that were worked out already.
    """

    kinds: Kinds
    design: Design
    claim: Claim
    numbers: Numbers
    kept: dict[tuple[object, ...], Floats] = field(default_factory=dict, repr=False)

    def course(self, arm: str) -> Course:
        """Give the course in an arm."""
        return Course(self.kinds, self.design, self.claim, self.numbers, self.design.arms[arm])

    def opening(self) -> Floats:
        """Give the shares after the burn-in without any arm, (kinds, 2, states)."""
        key = ("opening",)
        if key not in self.kept:
            course = Course(self.kinds, self.design, self.claim, self.numbers, ArmDesign())
            months = self.design.burn_in_months
            months = self.numbers.burn_in_months if months is None else months
            if self.design.knows:
                self.kept[key] = course.knowing()
            elif self.design.launch:
                self.kept[key] = course.unaware()
            else:
                self.kept[key] = course.plain_months(course.unaware(), months)[0]
        return self.kept[key]

    def pool(self) -> Floats:
        """Give the shares after the burn-in of those who do not receive."""
        p = self.opening().copy()
        p[:, :, self.course(CONTROL).layout.receiving :] = 0.0
        return p

    def counted(self, arm: str, months: int, count: int) -> Floats:
        """Give the share of each kind in the pool that was counted within months, (kinds,).

        Who accepts help does so at each letter; the others only read.
        """
        key = ("counted", arm, months, count)
        if key not in self.kept:
            course = self.course(arm)
            if not course.arm.notices:
                taken = course.plain_months(self.pool(), months, count)[1]
            else:
                taken = course.arm_months(self.pool(), months, count, accepts=False)[1]
                if course.arm.helped:
                    share = self.numbers.accept_prob
                    with_help = course.arm_months(self.pool(), months, count, accepts=True)[1]
                    taken = share * with_help + (1.0 - share) * taken
            self.kept[key] = taken.sum(axis=1)
        return self.kept[key]

    def steady(self, arm: str, months: int) -> Floats:
        """Give the shares some months after the burn-in, (kinds, 2, states)."""
        key = ("steady", arm, months)
        if key not in self.kept:
            self.kept[key] = self.course(arm).plain_months(self.opening(), months)[0]
        return self.kept[key]

    def receipt(self, arm: str, months: int) -> tuple[Floats, Floats]:
        """Give the shares of each kind that are entitled, and entitled and receive, (kinds,)."""
        p, at = self.steady(arm, months)[:, 1], self.course(arm).layout.receiving
        return p.sum(axis=1), p[:, at:].sum(axis=1)


def _applied(ground: Ground, arm: str, months: int) -> float:
    return float(ground.counted(arm, months, CLAIMS).sum() / ground.pool().sum())


def _enrolled(ground: Ground, arm: str, months: int) -> float:
    return float(ground.counted(arm, months, AWARDS).sum() / ground.pool().sum())


def _applied_more(ground: Ground, arm: str, months: int) -> float:
    return _applied(ground, arm, months) - _applied(ground, CONTROL, months)


def _enrolled_more(ground: Ground, arm: str, months: int) -> float:
    return _enrolled(ground, arm, months) - _enrolled(ground, CONTROL, months)


def _applied_change(ground: Ground, arm: str, months: int) -> float:
    return _applied(ground, arm, months) / _applied(ground, CONTROL, months) - 1.0


def _enrolled_change(ground: Ground, arm: str, months: int) -> float:
    return _enrolled(ground, arm, months) / _enrolled(ground, CONTROL, months) - 1.0


def _halves_apart(ground: Ground, arm: str, months: int, trait: Floats) -> float:
    """Give an arm's effect on claims in the upper half of kinds by a trait, less the lower."""
    more = ground.counted(arm, months, CLAIMS) - ground.counted(CONTROL, months, CLAIMS)
    pool, upper = ground.pool().sum(axis=(1, 2)), trait > np.median(trait)
    return float(more[upper].sum() / pool[upper].sum() - more[~upper].sum() / pool[~upper].sum())


def _by_benefit(ground: Ground, arm: str, months: int) -> float:
    return _halves_apart(ground, arm, months, ground.kinds.benefit)


def _by_friction(ground: Ground, arm: str, months: int) -> float:
    return _halves_apart(ground, arm, months, ground.kinds.friction)


def _aware(ground: Ground, arm: str, months: int) -> float:
    p, _ = ground.course(arm).plain_months(ground.pool(), months)
    return 1.0 - float(p[:, :, 0].sum() / p.sum())


def _take_up(ground: Ground, arm: str, months: int) -> float:
    entitled, receiving = ground.receipt(arm, months)
    return float(receiving.sum() / entitled.sum())


def _expenditure_gap(ground: Ground, arm: str, months: int) -> float:
    entitled, receiving = ground.receipt(arm, months)
    amount = ground.course(arm).amount
    by_money = float(receiving @ amount / (entitled @ amount))
    return by_money - _take_up(ground, arm, months)


def _elasticity(ground: Ground, arm: str, months: int) -> float:
    more, before = _take_up(ground, arm, months), _take_up(ground, CONTROL, months)
    return float(np.log(more / before) / np.log(ground.design.arms[arm].amount_factor))


def _back_after_lapse(ground: Ground, arm: str, months: int) -> float:
    course = ground.course(arm)
    taken = course.plain_months(course.lapsed(), months, AWARDS)[1]
    return float(taken.sum() / ground.kinds.n)


def _renewed(ground: Ground, arm: str, months: int) -> float:
    course = ground.course(arm)
    due = ground.steady(arm, months)[:, 1, course.layout.size - 1]
    return float(due @ course.renew / due.sum())


def _exits(ground: Ground, arm: str, months: int) -> Floats:
    """Give the shares of a month's new recipients that leave within a year, (2,)."""
    course, key = ground.course(arm), ("exits", arm, months)
    if key not in ground.kept:
        enter = course.plain_months(ground.steady(arm, months), 1, AWARDS)[1][:, 1]
        p = np.zeros((ground.kinds.n, 2, course.layout.size))
        p[:, 1, course.layout.receiving] = enter
        left = course.plain_months(p, YEAR, EXITS)[1].sum(axis=0)
        ground.kept[key] = left / enter.sum()
    return ground.kept[key]


def _exited(ground: Ground, arm: str, months: int) -> float:
    return float(_exits(ground, arm, months).sum())


def _still_entitled(ground: Ground, arm: str, months: int) -> float:
    left = _exits(ground, arm, months)
    return float(left[1] / left.sum())


def _churned(ground: Ground, arm: str, months: int) -> float:
    """Give churn in a year, as if nobody left and came back twice in it."""
    course, p = ground.course(arm), ground.steady(arm, months)
    on, off = p.copy(), p.copy()
    on[:, :, : course.layout.receiving] = 0.0
    off[:, :, course.layout.receiving :] = 0.0
    left = course.plain_months(on, 1)[0]
    left[:, :, course.layout.receiving :] = 0.0
    back = course.plain_months(left, RETURN_MONTHS, AWARDS)[1].sum()
    came = course.plain_months(off, YEAR - 1, AWARDS)[1].sum()
    return float((YEAR - 1) * back / (on.sum() + came))


def _need_of_entrants(ground: Ground, arm: str, months: int) -> float:
    entered = ground.counted(arm, months, AWARDS)
    return float(entered @ ground.kinds.need / entered.sum())


def _need_gap(ground: Ground, arm: str, months: int) -> float:
    return _need_of_entrants(ground, arm, months) - _need_of_entrants(ground, CONTROL, months)


STATISTICS: Mapping[str, Callable[[Ground, str, int], float]] = {
    "applied": _applied,
    "enrolled": _enrolled,
    "applied_more": _applied_more,
    "enrolled_more": _enrolled_more,
    "applied_change": _applied_change,
    "enrolled_change": _enrolled_change,
    "applied_more_by_benefit": _by_benefit,
    "applied_more_by_friction": _by_friction,
    "aware": _aware,
    "take_up": _take_up,
    "expenditure_gap": _expenditure_gap,
    "elasticity": _elasticity,
    "back_after_lapse": _back_after_lapse,
    "renewed": _renewed,
    "exited": _exited,
    "still_entitled": _still_entitled,
    "churned": _churned,
    "need_gap": _need_gap,
}
"""Every statistic by its name: of a ground, an arm and a number of months."""
