"""What must hold between the parts of a trial file, each mistake told with its own line."""

from simlib.errors import UserError, did_you_mean
from simlib.experiments.trials.arms import Part, part_of, pays_unasked
from simlib.experiments.trials.named import check_names
from simlib.experiments.trials.schema import Published, Trial
from simlib.files import Document
from simlib.provenance import check_citation, sources, split_sources

NEEDED_MONTHS: dict[str, int] = {
    "approved_of_applied": 4,
    "missing_three_quarters": 9,
    "missing_over_a_year": 12,
    "exited": 13,
    "still_entitled_at_exit": 13,
    "churned": 16,
    "claimed_second_year": 24,
}
"""Months that a trial must have for an outcome to have a value."""
NO_SHARES = (
    "mean_need_of_new_entrants",
    "mean_friction_of_new_entrants",
    "mean_benefit_of_new_entrants",
    "months_received",
)
"""Outcomes that may be above 1."""


def check_trial(trial: Trial, document: Document) -> None:
    """Refuse a trial that could do or measure nothing where its file says it does.

    Parameters
    ----------
    trial, document
        The trial and its lines.

    Raises
    ------
    UserError
        For the first part that cannot be.
    """
    if trial.programme.like is None and trial.pool.standard is None:
        raise UserError(
            "Korean households need a programme of the catalogue",
            document.where(("programme",)),
            "nobody could be entitled otherwise",
            "add 'like:', or make households with 'standard:' in the pool",
        )
    check_names(trial, document)
    for i, outcome in enumerate(trial.outcomes):
        if outcome in trial.outcomes[:i]:
            raise UserError(
                f"'{outcome}' stands in 'outcomes' twice",
                document.where(("outcomes", i)),
                "it would be printed twice",
                "write it once, or another one",
            )
        _check_months(outcome, trial.months, document, ("outcomes", i))
    for arm, parts in trial.arms.items():
        _check_arm(trial, arm, parts, document)
    for i, published in enumerate(trial.published):
        _check_published(trial, published, document, ("published", i))


def _check_months(outcome: str, months: int, document: Document, at: tuple[str | int, ...]) -> None:
    needed = NEEDED_MONTHS.get(outcome, 1)
    if months < needed:
        raise UserError(
            f"'{outcome}' needs at least {needed} months, here are {months}",
            document.where(at),
            "it would have no value",
            "make the trial longer, or measure something else",
        )


def _check_arm(trial: Trial, arm: str, parts: tuple[Part, ...], document: Document) -> None:
    for i, part in enumerate(parts):
        where = document.where(("arms", arm, i))
        if (part.first_month or 0) >= trial.months:
            raise UserError(
                f"arm '{arm}' acts in month {part.first_month}",
                where,
                f"the trial's months are 0 to {trial.months - 1}",
                "choose an earlier month, or make the trial longer",
            )
        offered = part.assistance.offered if part.assistance is not None else None
        if offered == "in_notice" and not part_of(parts, "notice"):
            raise UserError(
                f"arm '{arm}' offers help in a notice, but sends none",
                where,
                "nobody could call in",
                "add a notice, or write 'offered: outgoing'",
            )
        if part.paid_months is not None and pays_unasked((*trial.programme.parts, *parts)):
            raise UserError(
                f"arm '{arm}' pays without a claim for good and asks for papers later",
                where,
                "the two contradict each other",
                "write either 'enrolment: automatic' or 'paid_months'",
            )


def _check_published(
    trial: Trial, published: Published, document: Document, at: tuple[str | int, ...]
) -> None:
    for key in ("arm", "minus", "relative_to"):
        name = getattr(published, key)
        if name is not None and name not in trial.arms:
            raise UserError(
                f"'published' names the arm '{name}', which the trial does not have",
                document.where((*at, key)),
                "there is nothing to compare",
                did_you_mean(name, trial.arms),
            )
        if key != "arm" and name == published.arm:
            raise UserError(
                f"'published' compares the arm '{name}' with itself",
                document.where((*at, key)),
                "the difference would always be 0",
                "name another arm",
            )
    if published.month is not None and published.month > trial.months:
        raise UserError(
            f"month {published.month} lies after the {trial.months} of the trial",
            document.where((*at, "month")),
            "nothing is simulated there",
            "choose an earlier month, or make the trial longer",
        )
    _check_band(published, document, at)
    for outcome in (published.outcome, published.less, published.over):
        if outcome is not None:
            _check_months(outcome, published.month or trial.months, document, at)


def _check_band(published: Published, document: Document, at: tuple[str | int, ...]) -> None:
    """Refuse a band that no difference of shares can reach, and a grade too good for its source."""
    ratio = published.relative_to or published.over or published.elasticity
    if published.outcome not in NO_SHARES and not ratio:
        low, high = published.low or 0.0, published.high or 0.0
        if low > 1 or high < -1:
            raise UserError(
                f"the band of '{published.outcome}' runs from {low:g} to {high:g}",
                document.where((*at, "low")),
                "it is a share, or a difference of shares",
                "write shares, not percent: 0.05 for 5 %",
            )
    named = split_sources(published.source)
    if published.evidence and named and set(named) <= set(sources()):
        where = document.where((*at, "source"))
        check_citation("a published result", published.source, published.evidence, where)
