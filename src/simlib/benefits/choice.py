"""Choose programmes of the catalogue: named sets, ids, and files of the user's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simlib.benefits.programme_file import programme_hint, read_folder
from simlib.errors import UserError
from simlib.files import no_such_file, package_data, read_yaml

ALL = "all"
"""Name of the set of every programme that ships with simlib."""


@dataclass(frozen=True)
class Choice:
    """Hold which programmes a catalogue is to have.

    Parameters
    ----------
    ids
        Ids of programmes that ship with simlib; None for all of them.
    files
        Programme files of the user's own; one with a known id replaces that programme.
    """

    ids: tuple[str, ...] | None
    files: tuple[Path, ...]


def programme_sets() -> dict[str, tuple[str, ...]]:
    """Read the named sets of programmes (``kr/programme_sets.yaml``), ``all`` among them."""
    sets = {name: tuple(ids) for name, ids in _data().items()}
    return {ALL: tuple(file.id for file, _ in read_folder()), **sets}


def _data() -> dict[str, list[str]]:
    data: dict[str, list[str]] = read_yaml(package_data("kr", "programme_sets.yaml")).data
    return data


def is_file(text: str) -> bool:
    """Tell whether an entry of a choice names a file."""
    return text.endswith((".yaml", ".yml"))


def choose(entries: Sequence[str], places: Sequence[str], folder: Path = Path()) -> Choice:
    """Resolve a list of sets, ids and files.

    Parameters
    ----------
    entries
        ``all``, names of sets, ids of programmes, or programme files.
    places
        Where each entry stands, for messages.
    folder
        Folder beside which files are looked for first.

    Raises
    ------
    UserError
        For an entry that is none of these, with the nearest name.
    """
    sets = programme_sets()
    ids: list[str] = []
    files: list[Path] = []
    for entry, where in zip(entries, places, strict=True):
        if is_file(entry):
            files.append(_file(entry, where, folder))
        elif entry in sets:
            ids += sets[entry]
        elif entry in sets[ALL]:
            ids.append(entry)
        else:
            raise UserError(
                f"unknown programme or set '{entry}'",
                where,
                "it is no set, no programme of the catalogue and no .yaml file",
                programme_hint(entry, (*sets, *sets[ALL])),
            )
    kept = tuple(sorted(set(ids)))
    return Choice(None if kept == sets[ALL] else kept, tuple(files))


def _file(entry: str, where: str, folder: Path) -> Path:
    path = folder / entry if (folder / entry).exists() else Path(entry)
    if not path.is_file():
        raise no_such_file("programme", entry, where, folder)
    return path


def with_needed(wanted: Iterable[str], needs: Mapping[str, set[str]]) -> set[str]:
    """Add to some programmes all that their rules rest on, directly or through others."""
    found: set[str] = set()
    open_ = list(wanted)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += needs.get(name, set())
    return found
