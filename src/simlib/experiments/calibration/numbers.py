"""The numbers that a point of the fit changes: the decision model, letters, pools' offsets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters
from simlib.uptake.rates import UptakeRates, read_rates

OFFSETS = "offsets."
"""Beginning of the paths of pools' own offsets, like ``offsets.older.application_logit``."""

READING = ("delivered_prob", "read_logit", "read_friction", "read_fatigue")
"""Numbers of a channel on which it depends whether a notice is read."""

SPREAD = "trials.standard.benefit_spread"
"""Path of the spread of amounts in pools of other countries."""


@dataclass(frozen=True)
class Numbers:
    """Hold everything that a moment depends on, but its design.

    Attributes
    ----------
    rates
        The decision model.
    letter, sms
        Numbers of a channel: delivered_prob, read_logit, read_friction, read_fatigue.
    broken
        Chance a month that receipt breaks off, by who decides (office, agency).
    accept_prob
        Chance that a reader takes up an offer of help.
    benefit_spread
        Log sd of amounts where a design does not say.
    burn_in_months
        Months before a pool is chosen.
    offsets
        Pools' own logits, by pool and step (awareness_logit, application_logit).
    """

    rates: UptakeRates
    letter: dict[str, float]
    sms: dict[str, float]
    broken: dict[str, float]
    accept_prob: float
    benefit_spread: float
    burn_in_months: int
    offsets: dict[tuple[str, str], float]

    @classmethod
    def of(cls, parameters: Parameters) -> "Numbers":
        """Read the numbers from the parameters; offsets are 0."""
        number = parameters.group("outreach.channel")
        letter, sms = (
            {name: number.get(f"{channel}_{name}", number.get(name, 0.0)) for name in READING}
            for channel in ("letter", "sms")
        )
        return cls(
            read_rates(parameters),
            letter,
            sms,
            parameters.group("uptake.break_prob_m"),
            parameters.number("trials.assistance.in_notice_accept_prob"),
            parameters.number(SPREAD),
            int(parameters.number("trials.burn_in_months")),
            {},
        )

    def offset(self, pool: str | None, step: str) -> float:
        """Give a pool's own logit of a step, 0 where it has none."""
        return 0.0 if pool is None else self.offsets.get((pool, step), 0.0)

    def with_values(self, values: Mapping[str, float]) -> "Numbers":
        """Give a copy with other values, by parameter path or ``offsets.POOL.STEP``.

        Raises
        ------
        UserError
            If no moment can depend on a path.
        """
        made = self
        for path, value in values.items():
            made = made._with(path, float(value))
        return made

    def _with(self, path: str, value: float) -> "Numbers":
        head, _, name = path.rpartition(".")
        if path.startswith(OFFSETS):
            pool = head.removeprefix(OFFSETS)
            return replace(self, offsets={**self.offsets, (pool, name): value})
        if path == SPREAD:
            return replace(self, benefit_spread=value)
        if head == "outreach.channel" and name.removeprefix("letter_") in self.letter:
            return replace(self, letter={**self.letter, name.removeprefix("letter_"): value})
        if head == "uptake.break_prob_m" and name in self.broken:
            return replace(self, broken={**self.broken, name: value})
        part = head.removeprefix("uptake.")
        fields = getattr(getattr(self.rates, part, None), "_fields", ())
        if name not in fields:
            raise UserError(
                f"no moment depends on '{path}'",
                path,
                "it cannot be fitted",
                did_you_mean(name, fields) if fields else "name a parameter of take-up",
            )
        changed = getattr(self.rates, part)._replace(**{name: value})
        return replace(self, rates=self.rates._replace(**{part: changed}))
