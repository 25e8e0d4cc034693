"""An open report: a run, a language, and the names of everything in both languages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.files import package_data, read_yaml
from simlib.months import Month
from simlib.provenance import sources, split_sources
from simlib.reporting.numbers import LANGUAGES, Lang, Shown, Unit, needed_step, show
from simlib.reporting.run_data import NEWEST, RunData, open_run
from simlib.reporting.text import Text, catalogue

PUBLISHED = ("law", "official-statistic", "study")
"""Evidence that was published and that the source itself carries."""


def was_published(evidence: str | None, source: str | None) -> bool:
    """Tell whether somebody published a figure, seen in the original or in a copy of a copy.

    What was recalled, computed or set here was not, even where a further source is named.
    """
    if evidence != "expert":
        return evidence in PUBLISHED
    known = sources()
    grades = {known[each].grade for each in split_sources(source or "") if each in known}
    return bool(grades) and grades <= set("SABC")


def published_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of a table (with columns evidence and source) that somebody published."""
    pairs = frame.select("evidence", "source").rows()
    return frame.filter(pl.Series([was_published(*pair) for pair in pairs], dtype=pl.Boolean))


@dataclass(frozen=True)
class Report:
    """Hold the run that is shown and the language that it is shown in."""

    run: RunData
    text: Text

    def programme(self, programme_id: str) -> str:
        """Give a programme's name."""
        entry = self.programmes.get(programme_id)
        return self.text.pick(entry["name"]) if entry else programme_id

    @property
    def programmes(self) -> dict[str, dict[str, Any]]:
        """Give what is known of every programme, the scenario's own files before all."""
        return {**programme_entries(), **self.run.manifest.get("programme_files", {})}

    def policy(self, policy: str) -> str:
        """Give a policy's short title, without what it says in brackets."""
        return re.sub(r"\s*\([^)]*\)", "", self.policy_title(policy)) or policy

    def policy_title(self, policy: str) -> str:
        """Give a policy's whole title."""
        title = self.run.policy_files.get(policy, {}).get("title") or policy_titles().get(policy)
        return self.text.pick(title) if title else policy

    def group(self, stratum: str, group: str) -> str:
        """Give the name of a group within a stratum, readable on its own."""
        message = f"group.{stratum}.{group}"
        return self.text(message) if self.text.knows(message) else group

    def word(self, kind: str, key: str) -> str:
        """Give the name of an instrument, scorer, state or the like."""
        message = f"{kind}.{key}"
        return self.text(message) if self.text.knows(message) else key.replace("_", " ")

    def unit(self, unit: str) -> str:
        """Give a parameter's unit in the report's language, as it stands where it has no words."""
        message = f"unit_of.{unit}"
        return self.text(message) if self.text.knows(message) else unit

    def number(
        self, value: float, unit: Unit, error: float | None = None, *, signed: bool = False
    ) -> Shown:
        """Write a number with its unit."""
        return self.text.number(value, unit, error, signed=signed)

    def tick(self, unit: Unit, *, signed: bool = False) -> Callable[[float], str]:
        """Give what writes the numbers of a scale: no more digits than they need."""

        def write(value: float) -> str:
            return str(show(value, unit, self.text.lang, step=needed_step(value), signed=signed))

        return write

    def span(self, first: Month, last: Month) -> dict[str, str]:
        """Give the slots ``first`` and ``last`` of a sentence that names a period."""
        return {"first": self.text.month(first), "last": self.text.month(last)}

    @property
    def year(self) -> dict[str, str]:
        """Slots of the period that levels are averaged over."""
        return self.span(*self.run.last_year)

    @property
    def whole(self) -> dict[str, str]:
        """Slots of the whole simulated period."""
        return self.span(self.run.start, self.run.start + self.run.months - 1)

    @property
    def households(self) -> Shown:
        """The number of simulated households."""
        return self.number(self.run.households_n, "count")

    @property
    def level_note(self) -> str:
        """Say where levels come from whose intervals stand in the CSV only."""
        return self._note("levels")

    @property
    def interval_note(self) -> str:
        """Say what the intervals cover and where the numbers come from."""
        return self._note("interval")

    def _note(self, kind: str) -> str:
        if self.run.replicates == 1:
            return self.text("note.single", run=self.run.run_id)
        replicates = self.number(self.run.replicates, "count")
        return self.text(f"note.{kind}", run=self.run.run_id, replicates=replicates)

    def _repr_html_(self) -> str:
        return self.run._repr_html_()


@cache
def _message_places() -> dict[str, int]:
    return {message: number for number, message in enumerate(catalogue())}


def group_place(stratum: str, group: str) -> int:
    """Give a group's place among all groups, as a reader expects them: young to old, say."""
    places = _message_places()
    return places.get(f"group.{stratum}.{group}", len(places))


@cache
def programme_entries() -> dict[str, dict[str, Any]]:
    """Read the name, unit, way of granting and published take-up of every programme."""
    kept = ("name", "unit", "category", "take_up", "event_triggered", "granted")
    entries = {}
    for path in sorted(package_data("kr", "programmes").glob("*.yaml")):
        data = read_yaml(path).data
        entries[data["id"]] = {key: data.get(key) for key in kept}
    return entries


@cache
def policy_titles() -> dict[str, dict[str, str]]:
    """Read the titles of the policies that ship with simlib."""
    return {path.stem: _title(path) for path in package_data("kr", "policies").glob("*.yaml")}


def _title(path: Path) -> dict[str, str]:
    title: dict[str, str] = read_yaml(path).data["title"]
    return title


def open_report(run: str | Path = NEWEST, lang: Lang = "en") -> Report:
    """Open a run for showing in one language.

    Parameters
    ----------
    run
        Path of a run folder, or ``newest``.
    lang
        ``ko`` or ``en``.

    Raises
    ------
    UserError
        If the run or the language is not known.
    """
    if lang not in LANGUAGES:
        raise UserError(f"unknown language '{lang}'", "lang", mend=did_you_mean(lang, LANGUAGES))
    return Report(open_run(run), Text(lang))
