"""The course of one design: burn-in, steady state and arms, as expected values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simlib.experiments.calibration import hazards
from simlib.experiments.calibration.chain import NOTHING, Layout, decided_shares
from simlib.experiments.calibration.designs import ArmDesign, Claim, Design
from simlib.experiments.calibration.kinds import Kinds
from simlib.experiments.calibration.months import (
    entitle_all,
    move_all,
    run_months,
    split_by_reading,
)
from simlib.experiments.calibration.numbers import Numbers
from simlib.outreach.messages import read_prob
from simlib.uptake.behaviour import compliance_burden

Floats = NDArray[np.float64]
NEVER_READ = -1
Group = tuple[int, int]
"""Months in which a group last read a notice and was last helped."""


@dataclass(frozen=True)
class Course:
    """Follow all kinds of households through one design.

    Attributes
    ----------
    kinds
        Traits.
    design, claim
        Pool and programme, and what a claim asks.
    numbers
        Everything that may be fitted.
    arm
        What is different, from the first month on.
    """

    kinds: Kinds
    design: Design
    claim: Claim
    numbers: Numbers
    arm: ArmDesign

    @cached_property
    def decided(self) -> Floats:
        """Give shares of open claims decided by months waited."""
        return decided_shares(self.claim.processing_days)

    @cached_property
    def layout(self) -> Layout:
        """Place the states."""
        pause, renewal = self.numbers.rates.pause, self.numbers.rates.renewal
        return Layout(
            pending_n=self.decided.size - 1,
            suspended_n=max(int(pause.suspended_months), 1),
            denied_n=max(int(pause.denied_months), 1),
            lapsed_n=int(renewal.return_months) + 1,
            receiving_n=max(self.claim.renewal_months, 1),
        )

    @cached_property
    def amount(self) -> Floats:
        """Give each kind's amount relative to the mean before any arm, (kinds,)."""
        spread = self.design.benefit_spread
        spread = self.numbers.benefit_spread if spread is None else spread
        return np.asarray(np.exp(spread * self.kinds.benefit) * self.arm.amount_factor)

    @cached_property
    def benefit(self) -> Floats:
        """Give the log of the relative benefit, capped, (kinds,)."""
        return np.asarray(hazards.benefits(self.numbers.rates.application, self.amount, 1.0))

    @cached_property
    def burden(self) -> float:
        """Give the compliance burden, logit."""
        return float(
            compliance_burden(
                self.numbers.rates.burden,
                self.claim.documents + self.arm.documents,
                self.claim.trips + self.arm.trips,
                self.claim.processing_days,
            )
        )

    @cached_property
    def aware(self) -> Floats:
        """Give the chance of hearing by oneself, by receiving neighbours, (kinds, 5)."""
        return np.asarray(
            hazards.awareness(
                self.numbers.rates.awareness,
                self.numbers.offset(self.design.offsets, "awareness_logit"),
                self.kinds.need,
                self.kinds.friction,
                self.benefit,
                float(self.design.receives_other),
            )
        )

    @cached_property
    def renew(self) -> Floats:
        """Give the chance of getting through a renewal, (kinds,)."""
        return np.asarray(
            hazards.renewals(self.numbers.rates.renewal, self.kinds.friction, self.burden)
        )

    @property
    def broken(self) -> float:
        """Give the chance that receipt breaks off in a month."""
        return self.numbers.broken[self.design.breaks]

    def apply(self, since_read: int, *, helped: bool) -> Floats:
        """Give the chance of beginning a claim, (kinds,)."""
        return np.asarray(
            hazards.applications(
                self.numbers.rates.application,
                self.numbers.offset(self.design.offsets, "application_logit"),
                self.benefit,
                self.kinds.need,
                self.kinds.friction,
                self.kinds.stigma,
                self.claim.visibility,
                self.burden,
                float(since_read),
                float(helped),
            )
        )

    def complete(self, *, helped: bool) -> Floats:
        """Give the chance of completing a claim, (kinds,)."""
        return np.asarray(
            hazards.completions(
                self.numbers.rates.completion, self.kinds.friction, self.burden, float(helped)
            )
        )

    def unaware(self) -> Floats:
        """Put everybody into the state of not knowing, entitled, (kinds, 2, states)."""
        p = np.zeros((self.kinds.n, 2, self.layout.size))
        p[:, 1, 0] = 1.0
        return p

    def knowing(self) -> Floats:
        """Put everybody into the state of knowing, entitled, (kinds, 2, states)."""
        p = np.zeros((self.kinds.n, 2, self.layout.size))
        p[:, 1, 1] = 1.0
        return p

    def lapsed(self) -> Floats:
        """Put everybody into the first month after a missed renewal."""
        p = np.zeros((self.kinds.n, 2, self.layout.size))
        p[:, 1, self.layout.lapsed] = 1.0
        return p

    def plain_months(self, p: Floats, months: int, count: int = NOTHING) -> tuple[Floats, Floats]:
        """Run months without any contact.

        Parameters
        ----------
        p
            Shares, (kinds, 2, states); not changed.
        months
            How many.
        count
            What to take out and count.

        Returns
        -------
        tuple
            Shares afterwards, and shares taken out by kind and entitlement, (kinds, 2).
        """
        apply, complete = self.apply(NEVER_READ, helped=False), self.complete(helped=False)
        taken, rates, design = np.zeros((self.kinds.n, 2)), self.numbers.rates, self.design
        after = run_months(
            p.copy(), months, self.layout, self.decided, self.claim.renewal_months, self.aware,
            design.neighbours, apply, rates.awareness.forget_prob_m, complete,
            rates.renewal.return_prob_m, self.renew, rates.completion.award_prob, self.broken,
            design.entitlement_loss_prob_m, design.entitlement_return_prob_m, count, taken,
        )  # fmt: skip
        return np.asarray(after), taken

    def _aware_now(self, p: Floats) -> Floats:
        share = 0.0
        if self.design.neighbours:
            share = float(p[:, :, self.layout.receiving :].sum()) / self.kinds.n
        return np.asarray(hazards.neighbours_mixed(self.aware, share))

    def _moved(
        self,
        p: Floats,
        aware: Floats,
        apply: Floats,
        complete: Floats,
        count: int,
        taken: Floats,
        *,
        told: bool,
    ) -> Floats:
        rates = self.numbers.rates
        forget = 0.0 if told else rates.awareness.forget_prob_m
        return np.asarray(
            move_all(
                p, self.layout, self.decided, self.claim.renewal_months, told, aware, apply, forget,
                complete, rates.renewal.return_prob_m, self.renew, rates.completion.award_prob,
                self.broken, count, taken,
            )
        )  # fmt: skip

    def arm_months(
        self, p: Floats, months: int, count: int, *, accepts: bool
    ) -> tuple[Floats, Floats]:
        """Run months in which letters come, and help for readers who accept it.

        Parameters
        ----------
        p
            Shares at the beginning, (kinds, 2, states); not changed.
        months, count
            How many months, and what to take out and count.
        accepts
            Whether readers are helped.

        Returns
        -------
        tuple
            As of :meth:`plain_months`.
        """
        groups: dict[Group, Floats] = {(NEVER_READ, NEVER_READ): p.copy()}
        taken = np.zeros((self.kinds.n, 2))
        helps = self.numbers.rates.application.assistance_months
        for month in range(months):
            aware = self._aware_now(sum(groups.values(), np.zeros_like(p)))
            for each in groups.values():
                entitle_all(
                    each,
                    self.design.entitlement_loss_prob_m,
                    self.design.entitlement_return_prob_m,
                )
            if month in self.arm.notices:
                groups = self._read(groups, month, accepts=accepts)
            for (read, help_), each in groups.items():
                helped = help_ != NEVER_READ and month - help_ < helps
                apply = self.apply(month - read if read != NEVER_READ else -1, helped=helped)
                groups[read, help_] = self._moved(
                    each, aware, apply, self.complete(helped=helped), count, taken,
                    told=read == month,
                )  # fmt: skip
        return sum(groups.values(), np.zeros_like(p)), taken

    def _read(
        self, groups: dict[Group, Floats], month: int, *, accepts: bool
    ) -> dict[Group, Floats]:
        """Move those who read this month's letter into groups of their own."""
        earlier = sum(each < month for each in self.arm.notices)
        number = self.numbers.letter if self.arm.channel == "letter" else self.numbers.sms
        prob = number["delivered_prob"] * read_prob(number, self.kinds.friction, earlier)
        places = (3, 3 + self.layout.pending_n)
        made = dict(groups)
        for (_, help_), each in groups.items():
            open_to, closed = split_by_reading(each, prob, places, self.layout.receiving)
            for group, more in (((month, month if accepts else help_), open_to),
                                ((month, help_), closed)):  # fmt: skip
                made[group] = made[group] + more if group in made else more
        return made
