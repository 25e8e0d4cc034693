"""Load a scenario, change it from the command line, and remember where each value came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simlib.benefits.choice import Choice, choose
from simlib.command import command
from simlib.errors import UserError, by_title, did_you_mean, nearest
from simlib.experiments.scenario import Scenario
from simlib.files import (
    Document,
    YamlPath,
    no_such_file,
    package_data,
    parse_yaml,
    read_yaml,
    validate,
)
from simlib.months import Month, format_month, parse_month
from simlib.parameters import ALWAYS

DEFAULT = "default"
SEPARATOR = "/"
"""Joins the keys of a place in the file: keys of ``set`` have dots in them."""


@dataclass(frozen=True)
class LoadedScenario:
    """Hold a scenario, its file and the origin of each of its values.

    Parameters
    ----------
    scenario
        The validated scenario.
    name
        Name of the file without its ending; run and report folders carry it.
    folder
        Folder of the file; policy files and populations are looked up there first.
    origins
        ``file:line``, the command-line option or ``default``, by place (``population/seed``).
    """

    scenario: Scenario
    name: str
    folder: Path
    origins: dict[str, str] = field(repr=False)

    def find(self, text: str) -> Path:
        """Find a file or folder named in the scenario: beside it, or from where one stands."""
        beside = self.folder / text
        return beside if beside.exists() else Path(text)

    def scorer_path(self) -> Path | None:
        """Find the file of the scorer that ranks, None when the scenario names a model."""
        text = self.scenario.scorer.file
        return None if text is None else self.find(text)

    def programme_choice(self) -> Choice:
        """Resolve which programmes are simulated.

        Raises
        ------
        UserError
            If an entry is no set, programme or file, with its place.
        """
        entries = self.scenario.programmes
        places = [
            self.origins.get(SEPARATOR.join(("programmes", str(i))))
            or self.origins.get("programmes", DEFAULT)
            for i in range(len(entries))
        ]
        return choose(entries, places, self.folder)

    def resolved_text(self) -> str:
        """Write the scenario as YAML that names the origin of each value; it loads again."""
        return "\n".join(_lines(self.scenario.plain(), (), self.origins)) + "\n"


@dataclass(frozen=True)
class _Overlaid(Document):
    """A document some of whose entries were given on the command line."""

    overlaid: dict[YamlPath, str] = field(default_factory=dict)

    def where(self, path: YamlPath = ()) -> str:
        for length in range(len(path), 0, -1):
            if path[:length] in self.overlaid:
                return self.overlaid[path[:length]]
        return super().where(path)


def load_scenario(path: Path | str, options: Mapping[str, Any] | None = None) -> LoadedScenario:
    """Read and check a scenario file.

    Parameters
    ----------
    path
        A YAML file.
    options
        Values from the command line by path: ``replicates``, ``population.households``, or
        a parameter's path, which lands under ``set``.

    Raises
    ------
    UserError
        For the first mistake, with its place and the nearest valid name.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(
            "this is a folder, not a scenario file",
            str(path),
            "what is run is said in a scenario, by this version of simlib",
            "name the scenario file; to look at a run folder: "
            f"{command('compare, diary or documents')}",
        )
    document = _overlay(read_yaml(path), options or {})
    scenario = validate(Scenario, document)
    _check_population(scenario, document)
    _check_training_month(scenario, document)
    loaded = LoadedScenario(
        scenario, path.stem, path.parent, _origins(scenario.plain(), document, path.name)
    )
    _check_policies(loaded, document)
    _check_scorer_file(loaded, document)
    loaded.programme_choice()
    _check_changes(scenario, document)
    return loaded


def parse_options(settings: Iterable[str]) -> dict[str, Any]:
    """Read ``path=value`` texts of the command line; values are written as in YAML."""
    options: dict[str, Any] = {}
    for text in settings:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise UserError(
                f"'{text}' is not path=value",
                "--set",
                "the option changes one value",
                "write it like --set uptake.awareness.base_logit=-1.2",
            )
        options[path.strip()] = parse_yaml(value, f"--set {text}").data
    return options


def policy_names() -> list[str]:
    """List the policies that ship with simlib."""
    return sorted(path.stem for path in package_data("kr", "policies").glob("*.yaml"))


def policy_key(text: str) -> str:
    """Give the name under which a policy's results are stored."""
    return Path(text).stem if text.endswith((".yaml", ".yml")) else text


def _overlay(document: Document, options: Mapping[str, Any]) -> Document:
    if not options or not isinstance(document.data, dict):
        return document
    data = _copied(document.data)
    overlaid: dict[YamlPath, str] = {}
    for dotted, value in options.items():
        place = _place(dotted)
        target = data
        for key in place[:-1]:
            if not isinstance(target.get(key), dict):
                target[key] = {}
            target = target[key]
        target[place[-1]] = value
        overlaid[place] = f"command line ({dotted})"
    return _Overlaid(data, document.source, document.lines, overlaid)


def _place(dotted: str) -> tuple[str, ...]:
    first, _, rest = dotted.partition(".")
    names = {info.alias or name: info.annotation for name, info in Scenario.model_fields.items()}
    if first == "set" and rest:
        return ("set", rest)
    if first in names and (not rest or rest in _keys(names[first])):
        return tuple(dotted.split("."))
    if not rest:
        raise UserError(
            f"unknown scenario key or parameter '{dotted}'",
            f"command line ({dotted})",
            "it would have no effect",
            did_you_mean(dotted, names),
        )
    return ("set", dotted)


def _keys(section: Any) -> set[str]:
    fields = getattr(section, "model_fields", {})
    return {info.alias or name for name, info in fields.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, list) else value


def _check_population(scenario: Scenario, document: Document) -> None:
    from simlib.population import check_request

    choice = scenario.population
    if choice.households is None or choice.year is None or choice.seed is None:
        return
    try:
        check_request(choice.households, choice.year, choice.seed)
    except UserError as error:
        place = document.where(("population", error.where))
        raise UserError(error.what, place, error.why, error.mend) from None


def _check_training_month(scenario: Scenario, document: Document) -> None:
    until = scenario.scorer.train_until
    if until is not None and not scenario.start_month <= parse_month(until) < scenario.end_month:
        raise UserError(
            f"'scorer.train_until' {until} lies outside the {scenario.months} months "
            f"from {scenario.start}",
            document.where(("scorer", "train_until")),
            "the scorer learns from the first part of the period and is tested on the rest",
            "choose a month within the period, or leave it out for the middle",
        )


def _check_policies(loaded: LoadedScenario, document: Document) -> None:
    known = policy_names()
    seen: dict[str, str] = {}
    for i, text in enumerate(loaded.scenario.policies):
        where = document.where(("policies", i))
        key = policy_key(text)
        if key in seen:
            raise UserError(
                f"policies '{seen[key]}' and '{text}' would both be stored as '{key}'",
                where,
                mend="rename one of the files",
            )
        seen[key] = text
        if key != text and not loaded.find(text).is_file():
            raise no_such_file("policy", text, where, loaded.folder)
        if key == text and text not in known:
            raise UserError(
                f"unknown policy '{text}'",
                where,
                "it is neither one that ships with simlib nor a .yaml file",
                _policy_hint(text, known),
            )


def _check_scorer_file(loaded: LoadedScenario, document: Document) -> None:
    path = loaded.scorer_path()
    if path is not None and not path.is_file():
        where = document.where(("scorer", "file"))
        raise no_such_file("scorer", str(loaded.scenario.scorer.file), where, loaded.folder)


def _titles(policy: str) -> list[str]:
    data = read_yaml(package_data("kr", "policies", f"{policy}.yaml")).data
    return list(data["title"].values())


def _policy_hint(text: str, known: list[str]) -> str:
    """Word a suggestion for a policy that is not known, by its name or by its title."""
    names = {title: name for name in known for title in _titles(name)}
    titled = by_title(text, names) if nearest(text, known) is None else None
    return titled or did_you_mean(text, known)


def _check_changes(scenario: Scenario, document: Document) -> None:
    """Refuse changes that say nothing, undo one another or begin after the last month."""
    last: dict[str, tuple[Month, str]] = {}
    for key, value in scenario.changes.items():
        where = document.where(("set", key))
        if value is None:
            raise UserError(
                f"'{key}' has no value", where, "there is nothing to set", "write one after ':'"
            )
        if isinstance(value, dict) and "." not in key and value:
            raise UserError(
                f"'{key}' is written as a mapping of mappings",
                where,
                "a parameter is named by its whole path",
                f"write it in one: {_joined_path(key, value)}: ...",
            )
        path, _, text = key.partition("@")
        since = parse_month(text, f"{where}: {key}") if text else ALWAYS
        if since >= scenario.end_month:
            raise UserError(
                f"'{key}' begins after the last month, {format_month(scenario.end_month - 1)}",
                where,
                "it would change nothing",
                "let it begin earlier, or simulate more months",
            )
        earlier = last.get(path)
        if earlier is not None and since <= earlier[0]:
            raise UserError(
                f"'{key}' stands after '{earlier[1]}'",
                where,
                "a change holds from its month on and would undo the one before it",
                "write the earliest month first, and what holds from the beginning before it",
            )
        last[path] = since, key


def _joined_path(key: str, value: Any) -> str:
    """Write the first path of nested mappings with dots."""
    parts = [key]
    while isinstance(value, dict) and value:
        first = next(iter(value))
        parts.append(str(first))
        value = value[first]
    return ".".join(parts)


def _origins(plain: dict[str, Any], document: Document, name: str) -> dict[str, str]:
    origins: dict[str, str] = {}
    overlaid = document.overlaid if isinstance(document, _Overlaid) else {}

    def visit(value: Any, place: YamlPath) -> None:
        if isinstance(value, dict) and value and not _is_change(place):
            for key, inner in value.items():
                visit(inner, (*place, key))
            return
        given = [place[:n] for n in range(len(place), 0, -1) if place[:n] in overlaid]
        if given:
            origin = overlaid[given[0]]
        elif place in document.lines:
            origin = f"{name}:{document.lines[place]}"
        else:
            origin = DEFAULT
        origins[SEPARATOR.join(str(part) for part in place)] = origin

    visit(plain, ())
    return origins


def _is_change(place: YamlPath) -> bool:
    return len(place) == 2 and place[0] == "set"


def _lines(value: dict[str, Any], place: tuple[str, ...], origins: dict[str, str]) -> list[str]:
    lines: list[str] = []
    indent = "  " * len(place)
    for key, inner in value.items():
        here = (*place, key)
        origin = origins.get(SEPARATOR.join(here))
        if origin is None and isinstance(inner, dict) and inner:
            lines.append(f"{indent}{_flow(key)}:")
            lines.extend(_lines(inner, here, origins))
        else:
            lines.append(f"{indent}{_flow(key)}: {_flow(inner)}  # {origin or DEFAULT}")
    return lines


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...").strip()
