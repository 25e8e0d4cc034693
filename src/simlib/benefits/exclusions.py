"""Programmes that cannot be had together and which of the two yields: ``kr/exclusions.csv``."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

from simlib.benefits.programme import Programme
from simlib.benefits.programme_file import Exclusion, Name, read_folder
from simlib.errors import UserError, did_you_mean
from simlib.files import package_data
from simlib.provenance import check_citation

COLUMNS = (
    "programme_a",
    "programme_b",
    "kind",
    "yields",
    "status",
    "duplicate_type",
    "source",
    "evidence",
    "note_ko",
    "note_en",
)
KINDS = ("entitled", "received", "duplicate_type")
STATUS = ("known", "unknown")


@dataclass(frozen=True)
class ExclusionRow:
    """Hold one row of the list of exclusions.

    Parameters
    ----------
    programme_a, programme_b
        Ids of programmes; a side that simlib has no programme for has a name of its own, and
        an unknown pair has none.
    kind
        ``entitled``: the right itself yields; ``received``: it yields while the other is paid;
        ``duplicate_type``: receipts are compared and no right yields.
    yields
        The programme that yields, empty where none does.
    known
        Whether it is known which programmes are meant.
    duplicate_type
        Number among the duplicate types that the linked receipts are checked for, or None.
    source, evidence
        Where it is from and how good that is.
    note
        What it says, in Korean and English.
    where
        File and line.
    """

    programme_a: str
    programme_b: str
    kind: Literal["entitled", "received", "duplicate_type"]
    yields: str
    known: bool
    duplicate_type: int | None
    source: str
    evidence: str
    note: Name
    where: str

    @property
    def takes_effect(self) -> bool:
        """Tell whether a right yields by this row."""
        return self.known and self.kind != "duplicate_type"


@cache
def read_exclusions(path: Path | None = None) -> tuple[ExclusionRow, ...]:
    """Read the list of exclusions (the package's own by default).

    Raises
    ------
    UserError
        If a row is not understood, names an unknown programme or source, claims better evidence
        than its source can carry, or names a pair that stands in another row, with file and line.
    """
    path = path or package_data("kr", "exclusions.csv")
    programmes = {file.id for file, _ in read_folder()}
    rows: list[ExclusionRow] = []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            where = f"{path}:{line}"
            if tuple(row) != COLUMNS or None in row.values():
                raise UserError(
                    "the row does not have the columns of a list of exclusions",
                    where,
                    mend=f"give {', '.join(COLUMNS)}",
                )
            rows.append(_row(row, where, programmes))
    _check_pairs([(each.programme_a, each.programme_b, each.where) for each in rows if each.known])
    return tuple(rows)


def _row(row: Mapping[str, str], where: str, programmes: set[str]) -> ExclusionRow:
    for column, allowed in (
        ("kind", KINDS),
        ("status", STATUS),
    ):
        if row[column] not in allowed:
            raise UserError(
                f"unknown {column} '{row[column]}'", where, mend=did_you_mean(row[column], allowed)
            )
    check_citation("the row", row["source"], row["evidence"], where)
    number = row["duplicate_type"]
    made = ExclusionRow(
        row["programme_a"],
        row["programme_b"],
        row["kind"],  # type: ignore[arg-type]
        row["yields"],
        row["status"] == "known",
        int(number) if number.isdigit() else None,
        row["source"],
        row["evidence"],
        Name(ko=row["note_ko"], en=row["note_en"]),
        where,
    )
    if made.takes_effect:
        _check_effect(made, programmes)
    return made


def _check_effect(row: ExclusionRow, programmes: set[str]) -> None:
    pair = (row.programme_a, row.programme_b)
    for name in pair:
        if name not in programmes:
            raise UserError(
                f"there is no programme '{name}'", row.where, mend=did_you_mean(name, programmes)
            )
    if row.yields not in pair:
        raise UserError(
            f"'{row.yields}' is none of the two programmes",
            row.where,
            "it must be clear which one yields",
            f"write {pair[0]} or {pair[1]} under 'yields'",
        )


def _check_pairs(pairs: Iterable[tuple[str, str, str]]) -> None:
    """Refuse a pair that is named twice, in whichever order."""
    seen: dict[frozenset[str], str] = {}
    for a, b, where in pairs:
        if a == b:
            raise UserError(f"'{a}' cannot exclude itself", where, mend="name two programmes")
        pair = frozenset((a, b))
        if pair in seen:
            raise UserError(
                f"the exclusion of '{a}' and '{b}' is named twice (also at {seen[pair]})",
                where,
                "the two could contradict each other",
                "keep one of them",
            )
        seen[pair] = where


def compared_receipts(programme: str) -> tuple[ExclusionRow, ...]:
    """Give the known rows of a programme by which receipts are compared and no right yields."""
    return tuple(
        row
        for row in read_exclusions()
        if row.known and not row.takes_effect and programme in {row.programme_a, row.programme_b}
    )


def with_exclusions(
    programmes: Sequence[Programme], rows: Sequence[ExclusionRow] | None = None
) -> tuple[Programme, ...]:
    """Give programmes the exclusions of the list beside those their own files name.

    Parameters
    ----------
    programmes
        Programmes of a catalogue; rows that name others have no effect.
    rows
        The list; the package's own by default. A pair that a programme file names is taken
        from there, so that a reform can change which one yields.

    Raises
    ------
    UserError
        If two files name the same pair, or programmes yield to each other in a circle.
    """
    ids = {each.id for each in programmes}
    written = [
        (each.id, other.programme, each.document.where(("excludes", i)))
        for each in programmes
        for i, other in enumerate(each.file.excludes)
    ]
    _check_pairs(written)
    named = {frozenset((a, b)) for a, b, _ in written}
    added: dict[str, list[Exclusion]] = {}
    for row in read_exclusions() if rows is None else rows:
        pair = frozenset((row.programme_a, row.programme_b))
        if row.takes_effect and pair <= ids and pair not in named:
            (other,) = pair - {row.yields}
            exclusion = {"programme": other, "yields": "this", "when": row.kind}
            added.setdefault(row.yields, []).append(Exclusion.model_validate(exclusion))
    complete = tuple(_with(each, added.get(each.id, [])) for each in programmes)
    _check_circles(complete)
    return complete


def _with(programme: Programme, added: list[Exclusion]) -> Programme:
    if not added:
        return programme
    excludes = [*programme.file.excludes, *added]
    return replace(programme, file=programme.file.model_copy(update={"excludes": excludes}))


def _check_circles(programmes: Iterable[Programme]) -> None:
    """Refuse programmes that yield to each other in a circle."""
    places: dict[str, str] = {}
    yields: dict[str, set[str]] = {}
    for programme in programmes:
        for each in programme.excludes:
            first, later = each.programme, programme.id
            if each.yields == "other":
                first, later = later, first
            yields.setdefault(later, set()).add(first)
            places[later] = programme.document.where(("excludes",))
    try:
        TopologicalSorter(yields).prepare()
    except CycleError as error:
        circle = error.args[1]
        place = next((places[each] for each in circle if each in places), "")
        raise UserError(
            f"programmes yield to each other in a circle: {' -> '.join(circle)}",
            place,
            "no one of them could be had",
            "take one of the exclusions out",
        ) from None
