"""What all arms and replicates of a trial stand on: households, programme, rates, burdens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws
from simlib.errors import UserError
from simlib.experiments.trials.arms import REMOTE
from simlib.experiments.trials.estimates import check_groups
from simlib.experiments.trials.households import OTHER, Households, code_of, households_of
from simlib.experiments.trials.schema import Trial, TrialProgramme
from simlib.files import Document
from simlib.months import Month, parse_month
from simlib.parameters import ALWAYS, Parameters, Value
from simlib.uptake.programmes import Burdens, ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates, read_rates
from simlib.uptake.states import words_for


@dataclass(frozen=True)
class Ground:
    """Hold a trial ready to run.

    Attributes
    ----------
    trial, document
        What the file says, and its lines.
    parameters
        Every number.
    households
        Everybody who is simulated.
    programmes, columns, burdens
        The trial's programme, and one that stands for all others, as the funnel sees them.
    rates
        The decision model with the programme's own offsets.
    target
        Take-up for which offsets are solved; None when they are given.
    start
        First month.
    """

    trial: Trial
    document: Document
    parameters: Parameters
    households: Households
    programmes: Programmes
    columns: ProgrammeColumns
    burdens: Burdens
    rates: UptakeRates
    target: float | None
    start: Month

    @property
    def burn_in_months(self) -> int:
        """Give the months before the trial, none for a programme that is launched."""
        if self.trial.pool.launch:
            return 0
        given = self.trial.burn_in_months
        return int(self.parameters.number("trials.burn_in_months")) if given is None else given

    @property
    def seed(self) -> int:
        """Give the seed of all luck of trials."""
        return int(self.parameters.number("trials.seed"))

    def as_catalogued(self) -> "Ground":
        """Give the ground with the programme as the catalogue has it, if it is one of its own.

        A published take-up is that of the programme before the trial's changes.
        """
        given = self.trial.programme
        if given.like is None or given.take_up is not None:
            return self
        unchanged = TrialProgramme(like=given.like)
        programmes = _programmes(unchanged, self.parameters, self.households.code)
        columns, burdens = _columns(unchanged, self.parameters, programmes, self.households)
        return replace(
            self, programmes=programmes, columns=columns, burdens=burdens,
            rates=_rates(unchanged, self.parameters),
        )  # fmt: skip

    def with_parameters(self, parameters: Parameters, trial: Trial) -> "Ground":
        """Give the ground with other numbers of the decision model, and offsets of a trial."""
        rates = _rates(trial.programme, parameters)
        return replace(self, parameters=parameters, trial=trial, rates=rates)

    def with_offset(self, offset: float) -> "Ground":
        """Give the ground with another offset of the programme, logit."""
        both = np.array([offset, 0.0])
        return replace(self, columns=self.columns._replace(offset=both))


def prepare(trial: Trial, document: Document, parameters: Parameters) -> Ground:
    """Make what a trial needs, before any luck.

    Raises
    ------
    UserError
        If an arm pays unasked and the state knows nobody, or a group asks for what is not known.
    """
    draws = Draws(int(parameters.number("trials.seed")), 0)
    households = households_of(trial, parameters, draws, Path(document.source).parent)
    _refuse_unknown_households(trial, households, document)
    check_groups(trial.published, households.frame, document)
    programmes = _programmes(trial.programme, parameters, households.code)
    columns, burdens = _columns(trial.programme, parameters, programmes, households)
    return Ground(
        trial,
        document,
        parameters,
        households,
        programmes,
        columns,
        burdens,
        _rates(trial.programme, parameters),
        _target(trial, parameters),
        parse_month(trial.start or str(parameters.value("trials.start"))),
    )


def _refuse_unknown_households(trial: Trial, households: Households, document: Document) -> None:
    """Refuse payment unasked where the state knows nobody whom it could pay."""
    for arm, parts in trial.arms.items():
        for i, part in enumerate(parts):
            unasked = part.enrolment == "automatic" or part.paid_months is not None
            if unasked and not (households.known & households.right).any():
                raise UserError(
                    f"arm '{arm}' pays unasked, but no household is known to the state",
                    document.where(("arms", arm, i)),
                    "it would pay nobody",
                    "give made households a 'known_share' in 'standard', or choose another pool",
                )


def _programmes(given: TrialProgramme, parameters: Parameters, code: np.uint64) -> Programmes:
    """Make the trial's programme and the one that stands for all others.

    Nothing waits for an office's hours here: a claim is decided after its processing days.
    """
    number = _burden_before(given, parameters)
    first: dict[str, Any] = {name: np.array([value, 0.0]) for name, value in number.items()}
    catalogue = load_catalogue(parameters)
    row = 0 if given.like is None else catalogue.index(given.like)
    return replace(
        _twice(Programmes.of(catalogue), row),
        ids=("trial", OTHER),
        code=np.array([code, code_of(OTHER)], np.uint64),
        follows=np.zeros((2, words_for(2)), np.uint64),
        decision_hours=np.zeros(2),
        looked_into=np.zeros(2, np.bool_),
        **first,
    )


def _twice(programmes: Programmes, row: int) -> Programmes:
    """Give a catalogue that holds one of its programmes twice."""
    taken: dict[str, Any] = {
        name: column[[row, row]] if isinstance(column, np.ndarray) else (column[row],) * 2
        for name, column in vars(programmes).items()
    }
    return Programmes(**taken)


def _burden_before(given: TrialProgramme, parameters: Parameters) -> dict[str, float]:
    if given.like is None:
        standard = parameters.group("uptake.burden")
        number = {
            "documents": standard["standard_documents"],
            "trips": standard["standard_trips"],
            "processing_days": standard["standard_days"],
            "renewal_months": 0.0,
            "visibility": 0.0,
        }
    else:
        catalogue = load_catalogue(parameters)
        row, all_of = catalogue.index(given.like), Programmes.of(catalogue)
        number = {
            name: float(getattr(all_of, name)[row])
            for name in ("documents", "trips", "processing_days", "renewal_months", "visibility")
        }
    for name in number:
        own = getattr(given, name)
        number[name] = number[name] if own is None else float(own)
    if given.channels is not None:
        number["trips"] = trips_through(given.channels)
    return number


def trips_through(channels: tuple[str, ...]) -> float:
    """Give the trips that a claim takes: none where some channel needs none."""
    return 0.0 if set(channels) & REMOTE else 1.0


def _columns(
    given: TrialProgramme, parameters: Parameters, programmes: Programmes, households: Households
) -> tuple[ProgrammeColumns, Burdens]:
    broken = given.break_prob_m
    if broken is None:
        broken = parameters.number("uptake.break_prob_m.office")
    columns = ProgrammeColumns(
        programmes.code,
        programmes.visibility,
        np.array([households.mean_krw_m, 1.0]),
        np.zeros(2),
        np.array([broken, 0.0]),
        np.zeros(2),
        programmes.follows,
    )
    return columns, programmes.burdens()


def _rates(given: TrialProgramme, parameters: Parameters) -> UptakeRates:
    rates = read_rates(parameters)
    if given.offsets is None:
        return rates
    return shifted(
        rates,
        awareness=given.offsets.awareness_logit,
        application=given.offsets.application_logit,
    )


def shifted(rates: UptakeRates, **logits: float) -> UptakeRates:
    """Shift base logits: of awareness, application, completion or renewal."""
    for step, logit in logits.items():
        part = getattr(rates, step)
        rates = rates._replace(**{step: part._replace(base_logit=part.base_logit + logit)})
    return rates


def _target(trial: Trial, parameters: Parameters) -> float | None:
    given = trial.programme
    if given.offsets is not None:
        return None
    if given.take_up is not None or given.like is None or trial.pool.launch:
        return given.take_up
    path = f"programmes.{given.like}.take_up"
    return parameters.number(path) if path in parameters else None


def with_values(parameters: Parameters, values: Mapping[str, float], origin: str) -> Parameters:
    """Give a copy of the parameters with other values, whatever their ranges.

    Parameters
    ----------
    parameters
        Every number.
    values
        New numbers by path.
    origin
        Who set them, for the list of what was read.
    """
    table = dict(parameters.table)
    for path, value in values.items():
        parameter = parameters.parameter(path)
        old = parameter.values[-1][1]
        made = Value(value, old.source, "assumption", f"changed from {old.value}", origin)
        table[path] = replace(parameter, values=((ALWAYS, made),))
    return Parameters(table)
