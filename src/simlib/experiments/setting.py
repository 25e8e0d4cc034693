"""Turn a scenario into what a run needs: parameters with its changes, catalogue, policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simlib.errors import UserError
from simlib.experiments.loading import DEFAULT, SEPARATOR, LoadedScenario, policy_key
from simlib.experiments.scorer_files import file_hashes, given_scorer
from simlib.files import package_data
from simlib.months import format_month, parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.provenance import code_version, file_hash, hash_of
from simlib.uptake.modes import FIXED_RATE, MODE, PRIORITY, is_fixed_rate
from simlib.uptake.priorities import chosen_priority


@dataclass(frozen=True)
class Setting:
    """Hold what all runs of a scenario share.

    Parameters
    ----------
    loaded
        The scenario with its origins.
    parameters
        All parameters, those of programmes too, with the scenario's changes.
    catalogue
        The benefits.
    policies
        Loaded policies by the name under which results are stored; the first is the baseline.
    """

    loaded: LoadedScenario
    parameters: Parameters
    catalogue: Any
    policies: dict[str, Any]

    @property
    def baseline(self) -> str:
        """Name the policy that all others are compared with."""
        return next(iter(self.policies))

    def programme_files(self) -> dict[str, Any]:
        """Give the scenario's own programme files as they were written, by programme."""
        from simlib.benefits.programme_file import read_file

        files = [read_file(path) for path in self.loaded.programme_choice().files]
        return {file.id: document.data for file, document in files}

    def changes(self) -> list[dict[str, Any]]:
        """List the parameters that the scenario changes: path, since, unit, before, after."""
        before = changed_parameters()
        rows = []
        for key, value in self.loaded.scenario.changes.items():
            path, _, since = key.partition("@")
            month = parse_month(since) if since else self.loaded.scenario.start_month
            known = path in before
            rows.append(
                {
                    "path": path,
                    "since": since,
                    "unit": self.parameters.parameter(path).unit,
                    "before": before.value(path, month) if known else None,
                    "after": value,
                }
            )
        return rows


def prepare_setting(loaded: LoadedScenario) -> Setting:
    """Load parameters, catalogue and policies and apply the scenario's changes.

    Raises
    ------
    UserError
        If a changed parameter or a policy is unknown or out of range, a programme has no value in
        the first month, or a scorer's file cannot be used, with its place.
    """
    from simlib.benefits.catalogue import load_catalogue
    from simlib.outreach.policy import load_policy

    parameters = changed_parameters(loaded)
    _check_choices(parameters)
    given_scorer(loaded)
    policies = {
        policy_key(text): load_policy(text, parameters, loaded.folder)
        for text in loaded.scenario.policies
    }
    _check_beginnings(loaded, policies)
    if is_fixed_rate(parameters):
        _check_without_outreach(loaded, policies)
    choice = loaded.programme_choice()
    catalogue = load_catalogue(parameters, extra=choice.files, only=choice.ids)
    _check_in_force(loaded, catalogue, choice.files)
    _check_values(loaded, catalogue, parameters)
    return Setting(loaded, parameters, catalogue, policies)


def _check_beginnings(loaded: LoadedScenario, policies: Mapping[str, Any]) -> None:
    """Refuse a policy that begins after the last month: it would never act."""
    scenario = loaded.scenario
    for text, policy in zip(scenario.policies, policies.values(), strict=True):
        if policy.since is not None and policy.since >= scenario.end_month:
            raise UserError(
                f"policy '{text}' begins in {format_month(policy.since)}, after the last month "
                f"({format_month(scenario.end_month - 1)})",
                f"{loaded.find(text)}: from",
                "it would never act",
                "let it begin earlier, or simulate more months",
            )


def _check_values(loaded: LoadedScenario, catalogue: Any, parameters: Parameters) -> None:
    """Refuse a first month for which a rule has no value; what the user wrote is named."""
    from simlib.benefits.binding import bind

    start = loaded.scenario.start_month
    try:
        bind(catalogue, start, parameters.unread())
    except UserError as error:
        own = any(str(path) in error.where for path in loaded.programme_choice().files)
        where = error.where if own else loaded.origins.get("start", DEFAULT)
        raise UserError(error.what, where, error.why, error.mend) from None


def _check_in_force(loaded: LoadedScenario, catalogue: Any, files: Sequence[Path]) -> None:
    """Refuse a programme file whose programme exists in no simulated month."""
    from simlib.benefits.programme_file import read_file

    scenario = loaded.scenario
    for path in files:
        file, document = read_file(path)
        if not any(
            map(catalogue[file.id].in_force, range(scenario.start_month, scenario.end_month))
        ):
            raise UserError(
                f"'{file.id}' is not in force in any month from {scenario.start} to "
                f"{format_month(scenario.end_month - 1)}",
                document.where(("in_force",)),
                "nobody could ever be entitled",
                "change 'in_force', or simulate other months",
            )


def _check_choices(parameters: Parameters) -> None:
    """Refuse a mode or an office rule that does not exist, with the place that names it."""
    for path, check in ((MODE, is_fixed_rate), (PRIORITY, chosen_priority)):
        try:
            check(parameters)
        except UserError as error:
            origin = parameters.parameter(path).at(None)[1].origin
            raise UserError(error.what, f"{origin}: {path}", error.why, error.mend) from None


def _check_without_outreach(loaded: LoadedScenario, policies: Mapping[str, Any]) -> None:
    """Refuse instruments where take-up is given: they would change nothing."""
    for i, (name, policy) in enumerate(policies.items()):
        if policy.instruments:
            raise UserError(
                f"policy '{name}' has instruments, but the mode is {FIXED_RATE}",
                loaded.origins.get(SEPARATOR.join(("policies", str(i))))
                or loaded.origins.get("policies", DEFAULT),
                "take-up is a given rate there, whatever the state does to reach people",
                f"write 'policies: [none]', or leave 'mode: {FIXED_RATE}' out",
            )


def changed_parameters(
    loaded: LoadedScenario | None = None, options: Mapping[str, Any] | None = None
) -> Parameters:
    """Give all parameters, with a scenario's changes or those of the command line alone."""
    from simlib.benefits.catalogue import register_programmes

    parameters = load_parameters()
    register_programmes(parameters, loaded.programme_choice().files if loaded else ())
    if loaded is not None:
        return _changed(parameters, loaded)
    return parameters.override(options or {}, "command line") if options else parameters


def scenario_hash(loaded: LoadedScenario) -> str:
    """Hash all of a scenario that can change a result: not titles, report or names of files."""
    plain = loaded.scenario.plain()
    for key in ("title", "report"):
        plain.pop(key)
    plain["population"].pop("from", None)
    plain["policies"] = [
        [policy_key(text), "" if policy_key(text) == text else file_hash(loaded.find(text))]
        for text in loaded.scenario.policies
    ]
    choice = loaded.programme_choice()
    plain["programmes"] = [list(choice.ids or ["all"]), *map(file_hash, choice.files)]
    if loaded.scenario.scorer.file is not None:
        plain["scorer"]["file"] = file_hashes(loaded)
    plain["scorer"]["train_until_month"] = loaded.scenario.train_until_month
    return hash_of(plain)


@cache
def catalogue_hash() -> str:
    """Hash the files of the programmes and what stands between them."""
    paths = sorted(package_data("kr", "programmes").glob("*.yaml"))
    paths += [package_data("kr", name) for name in ("definitions.yaml", "programme_sets.yaml")]
    return hash_of({path.name: file_hash(path) for path in paths})


def run_key(loaded: LoadedScenario, population_key: str) -> dict[str, str | int]:
    """Name all that determines the results of a run; its hash names the run folder.

    Parameters
    ----------
    loaded
        The scenario.
    population_key
        Hash that determines the population: of its content, or of the recipe it is made by.
    """
    return {
        "scenario": scenario_hash(loaded),
        "population": population_key,
        "catalogue": catalogue_hash(),
        "code_version": code_version(),
        "seed": loaded.scenario.seed,
    }


def _changed(parameters: Parameters, loaded: LoadedScenario) -> Parameters:
    scenario = loaded.scenario
    staff = scenario.offices.model_dump(exclude_none=True)
    priority = staff.pop("priority", None)
    changes: list[tuple[tuple[str, ...], str, Any]] = [
        (("offices", key), f"offices.{key}", value) for key, value in staff.items()
    ]
    if priority is not None:
        changes.append((("offices", "priority"), PRIORITY, priority))
    if scenario.mode == FIXED_RATE:
        changes.append((("mode",), MODE, scenario.mode))
    if scenario.scorer.indicators is not None:
        count = scenario.scorer.indicators
        changes.append((("scorer", "indicators"), "outreach.detection.indicators", count))
    changes += [(("set", key), key, value) for key, value in scenario.changes.items()]
    for place, path, value in changes:
        origin = loaded.origins.get(SEPARATOR.join(place), DEFAULT)
        try:
            parameters = parameters.override({path: value}, origin)
        except UserError as error:
            where = error.where if error.where == origin else f"{origin}: {path}"
            raise UserError(error.what, where, error.why, error.mend) from None
    return parameters
