"""The catalogue: every programme, the definitions between them, and the order of evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from simlib.benefits.choice import with_needed
from simlib.benefits.exclusions import with_exclusions
from simlib.benefits.expressions import Expression, check_names, parse
from simlib.benefits.fact_names import known_facts
from simlib.benefits.programme import Programme, build, register
from simlib.benefits.programme_checks import check_rules, check_used
from simlib.benefits.programme_file import (
    Unit,
    programme_hint,
    read_file,
    read_folder,
    read_lookups,
)
from simlib.errors import UserError, did_you_mean
from simlib.files import Document, package_data, read_yaml
from simlib.parameters import Parameters, parse_parameter


@dataclass(frozen=True)
class Definition:
    """Hold a fact that follows from other facts and entitlements.

    Parameters
    ----------
    id, unit
        Name of the fact; household, or person (summed to the household).
    expression
        Its rule.
    label
        Korean and English label.
    parameter_prefix
        Where its parameters are.
    lookups
        Its parameters that are tables.
    """

    id: str
    unit: Unit
    expression: Expression
    label: dict[str, str]
    parameter_prefix: str
    parameter_names: tuple[str, ...]
    lookups: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Catalogue:
    """Hold the programmes, sorted by id, and the order in which they are evaluated.

    Parameters
    ----------
    programmes
        Every programme, sorted by id; the order of each programme axis.
    definitions
        Facts between programmes, by name.
    levels
        Names of programmes and definitions in steps: each step needs only earlier ones.
    """

    programmes: tuple[Programme, ...]
    definitions: dict[str, Definition]
    levels: tuple[tuple[str, ...], ...]
    bound: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Give the programme ids in order."""
        return tuple(each.id for each in self.programmes)

    def index(self, programme: str) -> int:
        """Give the position of a programme.

        Raises
        ------
        UserError
            If there is no such programme.
        """
        ids = self.ids
        if programme not in ids:
            raise UserError(
                f"there is no programme '{programme}'",
                "",
                "the catalogue does not hold it",
                programme_hint(programme, ids),
            )
        return ids.index(programme)

    def __getitem__(self, programme: str) -> Programme:
        return self.programmes[self.index(programme)]

    def __repr__(self) -> str:
        return f"Catalogue({len(self.programmes)} programmes, {len(self.levels)} steps)"


def register_programmes(parameters: Parameters, extra: Sequence[Path] = ()) -> None:
    """Add the parameters of every programme, so that a scenario can override them by path.

    Call it before :meth:`Parameters.override`; :func:`load_catalogue` calls it too.
    """
    for file, document in _files(None, extra):
        register(file, document, parameters)
    _definitions(parameters)


def load_catalogue(
    parameters: Parameters,
    folder: Path | None = None,
    extra: Sequence[Path] = (),
    only: Sequence[str] | None = None,
) -> Catalogue:
    """Read the catalogue.

    Parameters
    ----------
    parameters
        Dated parameters; those of programmes are added below ``programmes.<id>.`` unless
        they are there, so overrides hold.
    folder
        Folder of programme files; the package's own by default.
    extra
        Further programme files, of a reform, say; a file with the id of a known programme
        replaces it.
    only
        Keep these programmes, those of ``extra``, and what their rules rest on; all by
        default. Programmes left out are neither claimed nor stand in the way of others.

    Raises
    ------
    UserError
        If a file is wrong, a rule names something unknown or does more than compute, or
        programmes depend on each other in a circle.
    """
    files = _files(folder, extra)
    for file, document in files:
        register(file, document, parameters)
    built = [build(file, document, parameters) for file, document in files]
    programmes = with_exclusions(built)
    definitions = _definitions(parameters)
    known = {each.id: each for each in programmes}
    shipped = definitions
    if folder is not None:
        definitions = _usable(definitions, known)
    for programme in programmes:
        _check_programme(programme, known, definitions)
        check_rules(programme, definitions, parameters)
    if only is not None:
        wanted = {*only, *(read_file(path)[0].id for path in extra)}
        known = _kept(known, definitions, wanted)
        definitions = _usable(definitions, known)
    levels = _levels(known, definitions)
    for programme in programmes:
        check_used(programme, shipped)
    return Catalogue(tuple(known.values()), definitions, levels)


def _kept(
    known: dict[str, Programme], definitions: dict[str, Definition], wanted: set[str]
) -> dict[str, Programme]:
    """Keep the wanted programmes with what their rules rest on; drop exclusions with others."""
    needs = {name: _rests_on(each, known, definitions) for name, each in known.items()}
    for name, definition in definitions.items():
        needs[name] = _needed(definition.expression, known, definitions)
    kept = with_needed(wanted, needs)
    return {name: each.beside(kept) for name, each in known.items() if name in kept}


def _rests_on(
    programme: Programme, known: dict[str, Programme], definitions: dict[str, Definition]
) -> set[str]:
    rules = (programme.entitled, programme.while_following, programme.amount_krw_m)
    named = [_needed(rule, known, definitions) for rule in rules]
    return set(programme.follows).union(*named)


def _files(folder: Path | None, extra: Sequence[Path]) -> list[tuple[Any, Document]]:
    files = {file.id: (file, document) for file, document in read_folder(folder)}
    for path in extra:
        file, document = read_file(path)
        files[file.id] = (file, document)
    return [files[name] for name in sorted(files)]


def _definitions(parameters: Parameters) -> dict[str, Definition]:
    document = _definition_document()
    return {
        name: _definition(name, entry, document, parameters)
        for name, entry in document.data.items()
    }


_DOCUMENTS: dict[str, Document] = {}


def _definition_document() -> Document:
    if "definitions" not in _DOCUMENTS:
        _DOCUMENTS["definitions"] = read_yaml(package_data("kr", "definitions.yaml"))
    return _DOCUMENTS["definitions"]


def _definition(
    name: str, entry: dict[str, Any], document: Document, parameters: Parameters
) -> Definition:
    own = entry.get("parameters", {})
    for key, each in own.items():
        path = f"definitions.{name}.{key}"
        if path not in parameters:
            bare = {k: v for k, v in each.items() if k != "by"}
            at = (name, "parameters", key)
            parameters.add(path, parse_parameter(path, bare, document, at))
    borrowed = entry.get("parameters_of")
    prefix = f"programmes.{borrowed}" if borrowed else f"definitions.{name}"
    names = tuple(own)
    if borrowed:
        start = f"{prefix}."
        names = tuple(path[len(start) :] for path in parameters if path.startswith(start))
    return Definition(
        name,
        entry["unit"],
        parse(entry["expression"], document.where((name, "expression"))),
        entry["label"],
        prefix,
        names,
        read_lookups(own),
    )


def _usable(
    definitions: dict[str, Definition], known: dict[str, Programme]
) -> dict[str, Definition]:
    """Keep the definitions whose programmes a catalogue of the user's own has."""
    kept = dict(definitions)
    while True:
        lacking = [
            name
            for name, each in kept.items()
            for needed in each.expression.names
            if (_programme_of(needed) or "") not in {"", *known}
            or (needed in definitions and needed not in kept)
        ]
        if not lacking:
            return kept
        kept.pop(lacking[0])


def _programme_of(name: str) -> str | None:
    for prefix in ("entitled_", "amount_"):
        if name.startswith(prefix) and name not in known_facts():
            return name.removeprefix(prefix)
    return None


def _check_programme(
    programme: Programme, known: dict[str, Programme], definitions: dict[str, Definition]
) -> None:
    what = f"'{programme.id}'"
    for other, place in _others(programme):
        if other not in known:
            raise UserError(
                f"{what} names the unknown programme '{other}'",
                programme.document.where((place,)),
                mend=did_you_mean(other, known),
            )
    for exclusion in programme.excludes:
        if exclusion.when == "received" and f"receiving_{exclusion.programme}" not in known_facts():
            raise UserError(
                f"{what} yields while '{exclusion.programme}' is received, which is no fact",
                programme.document.where(("excludes",)),
                mend="use 'when: entitled', or add the fact to kr/facts.csv",
            )
    level = "household" if programme.unit == "household" else None
    names = {name for name, fact in known_facts().items() if level in {None, fact.level}}
    names |= {name for name, each in definitions.items()}
    names |= {f"{prefix}_{other}" for other in known for prefix in ("entitled", "amount")}
    own = set(programme.file.parameters)
    clash = own & set(known_facts())
    if clash:
        raise UserError(
            f"parameter '{min(clash)}' of {what} has the name of a fact",
            programme.document.where(("parameters", min(clash))),
            "a rule could not tell them apart",
            "rename the parameter",
        )
    for rule in (programme.entitled, programme.while_following, programme.amount_krw_m):
        check_names(rule, names | own, what)
    for name, keys in programme.lookups.items():
        for key in keys:
            if key not in names:
                raise UserError(
                    f"the table '{name}' of {what}, of households, goes by '{key}' of persons",
                    programme.document.where(("parameters", name)),
                    "a household has no one value of it",
                    "let the programme be of persons ('unit: person'), or take another fact",
                )


def _others(programme: Programme) -> list[tuple[str, str]]:
    return [(each, "follows") for each in programme.follows] + [
        (each.programme, "excludes") for each in programme.excludes
    ]


def _levels(
    known: dict[str, Programme], definitions: dict[str, Definition]
) -> tuple[tuple[str, ...], ...]:
    needs: dict[str, set[str]] = {name: set() for name in (*known, *definitions)}
    for name, programme in known.items():
        needs[name] |= _rests_on(programme, known, definitions)
        for exclusion in programme.excludes:
            if exclusion.when == "entitled":
                first, later = exclusion.programme, name
                if exclusion.yields == "other":
                    first, later = later, first
                needs[later].add(first)
    for name, definition in definitions.items():
        needs[name] |= _needed(definition.expression, known, definitions)
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        place = next((known[each].document.source for each in error.args[1] if each in known), "")
        raise UserError(
            f"programmes depend on each other in a circle: {circle}",
            place,
            "none of them could be decided first",
            "take one of the references out",
        ) from None
    levels = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        levels.append(ready)
        sorter.done(*ready)
    return tuple(levels)


def _needed(
    rule: Expression, known: dict[str, Programme], definitions: dict[str, Definition]
) -> set[str]:
    found = {name for name in rule.names if name in definitions}
    return found | {other for other in map(_programme_of, rule.names) if other in known}
