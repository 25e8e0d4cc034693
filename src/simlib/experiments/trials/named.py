"""What a trial file names must exist: programmes, regions, parameters of take-up, a first month."""

from simlib.benefits.places import all_municipalities, find_municipality
from simlib.benefits.programme_file import programme_hint, read_folder
from simlib.errors import UserError, did_you_mean
from simlib.experiments.trials.arms import Part
from simlib.experiments.trials.schema import Trial
from simlib.files import Document, YamlPath
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters

CHANGEABLE = ("uptake.", "outreach.channel.")
"""Beginnings of the paths that an arm may set."""
_DATED = "national.head_age_min"
"""A parameter of the rules that has values from the first month on that is known at all."""


def check_names(trial: Trial, document: Document) -> None:
    """Refuse a trial that names what does not exist.

    Parameters
    ----------
    trial, document
        The trial and its lines.

    Raises
    ------
    UserError
        For the first such name, with its line and the nearest right one.
    """
    _check_programmes(trial, document)
    for i, name in enumerate(trial.pool.regions or ()):
        _check_region(name, document.where(("pool", "regions", i)))
    changes = [
        (part, ("arms", arm, i, "set"))
        for arm, parts in trial.arms.items()
        for i, part in enumerate(parts)
        if part.changes is not None
    ]
    korean = trial.start is not None and trial.pool.standard is None
    if not changes and not korean:
        return
    parameters = load_parameters()
    if korean:
        _check_start(str(trial.start), parameters, document)
    for part, at in changes:
        _check_changes(part, parameters, document, at)


def _check_programmes(trial: Trial, document: Document) -> None:
    known = [file.id for file, _ in read_folder()]
    named: list[tuple[YamlPath, str]] = [
        (("pool", "entitled_to", i), name) for i, name in enumerate(trial.pool.entitled_to)
    ]
    if trial.programme.like is not None:
        named.insert(0, (("programme", "like"), trial.programme.like))
    for at, name in named:
        if name not in known:
            raise UserError(
                f"there is no programme '{name}'",
                document.where(at),
                "nobody could be entitled to it",
                programme_hint(name, known),
            )


def _check_region(name: str, where: str) -> None:
    known = {row["region"] for row in all_municipalities()}
    if name not in known:
        region = region_of(name)
        raise UserError(
            f"there is no region '{name}'",
            where,
            "the pool would be empty",
            did_you_mean(region, known) if region == name else f"write its key, '{region}'",
        )


def region_of(name: str) -> str:
    """Give the key of a region by its Korean name, or of a municipality's region; else the name."""
    rows = (row for row in all_municipalities() if name in (row["short_ko"], row["long_ko"]))
    found = next(rows, None)
    if found is None:
        try:
            found = find_municipality(name)
        except UserError:
            return name
    return found["region"]


def _check_start(start: str, parameters: Parameters, document: Document) -> None:
    try:
        parameters.parameter(_DATED).at(parse_month(start))
    except UserError as error:
        what = f"there are no rules for {start}"
        raise UserError(what, document.where(("start",)), error.why, error.mend) from None


def _check_changes(part: Part, parameters: Parameters, document: Document, at: YamlPath) -> None:
    for path, value in (part.changes or {}).items():
        where = document.where((*at, path))
        if not path.startswith(CHANGEABLE):
            raise UserError(
                f"'{path}' is no parameter of take-up",
                where,
                "an arm changes what households do, not the rules of the trial",
                "name a path that begins with 'uptake.' or 'outreach.channel.'",
            )
        parameters.override({path: value}, where)
