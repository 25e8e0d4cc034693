"""Services as one table: whose they are, whom they meet, what they give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from simlib.benefits.services.conditions import AGE_MAX, ANYONE, conditions
from simlib.benefits.services.owner import LEVELS, Owner
from simlib.benefits.services.rules import Rule
from simlib.command import command
from simlib.errors import UserError
from simlib.files import read_json, read_parquet, write_csv, write_json, write_parquet
from simlib.provenance import code_version, content_hash

COLUMNS: dict[str, pl.DataType] = {
    "service_id": pl.String(),
    "name_ko": pl.String(),
    "name_en": pl.String(),
    "agency": pl.String(),
    "level": pl.Enum(LEVELS),
    "region": pl.String(),
    "municipality": pl.Int32(),
    "unit": pl.Enum(["person", "household"]),
    "field": pl.String(),
    "support_type": pl.String(),
    "needs": pl.String(),
    "events": pl.String(),
    "age_min": pl.UInt8(),
    "age_max": pl.UInt8(),
    "sex_mask": pl.UInt32(),
    "person_mask": pl.UInt32(),
    "income_mask": pl.UInt32(),
    "household_mask": pl.UInt32(),
    "person_open": pl.Boolean(),
    "household_open": pl.Boolean(),
    "decided": pl.Enum(["yes", "partly", "no"]),
    "to_check": pl.String(),
    "amount_krw_m": pl.Float64(),
    "channels": pl.String(),
    "documents": pl.String(),
    "deadline": pl.String(),
    "purpose": pl.String(),
    "target": pl.String(),
    "evidence": pl.String(),
}
"""Columns of the table of services; several values in one text are joined by a bar."""
_FILE, _MANIFEST = "services", "manifest.json"


@dataclass(frozen=True)
class Services:
    """Hold public services, sorted by level, place and id.

    Parameters
    ----------
    frame
        One row a service, columns as :data:`COLUMNS`. Masks are words of condition codes;
        ``person_open`` and ``household_open`` tell that some alternative cannot be decided by
        the population; ``to_check`` lists why, joined by a bar.
    origin
        Where they are from: ``gov24`` or ``templates``.
    """

    frame: pl.DataFrame
    origin: str

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        counts = self.frame.group_by("level").len().sort("level")
        levels = ", ".join(f"{n:,} {level}" for level, n in counts.iter_rows())
        checking = int((self.frame["decided"] != "yes").sum())
        return f"Services({self.origin}: {levels}; {checking:,} need checking)"

    def only_national(self) -> "Services":
        """Give the national services alone, as the benefit list had them at its start."""
        return Services(self.frame.filter(pl.col("level") == "national"), self.origin)

    def save(self, directory: Path | str) -> None:
        """Write the table as Parquet and CSV with a manifest.

        Raises
        ------
        UserError
            If the folder cannot be written to.
        """
        folder = Path(directory)
        write_parquet(self.frame, folder / f"{_FILE}.parquet")
        write_csv(self.frame, folder / f"{_FILE}.csv")
        manifest = {
            "kind": "services",
            "origin": self.origin,
            "services": len(self),
            "code_version": code_version(),
            "content_hash": content_hash(self.frame),
        }
        write_json(folder / _MANIFEST, manifest)

    @classmethod
    def load(cls, directory: Path | str) -> "Services":
        """Read services that were saved.

        Raises
        ------
        UserError
            If the folder holds none, a column is missing or of another type, or the contents
            differ from the manifest.
        """
        folder = Path(directory)
        path = folder / f"{_FILE}.parquet"
        if not path.is_file():
            raise UserError(
                "there are no services in this folder",
                str(folder),
                f"it should hold {_FILE}.parquet",
                f"make them with: {command('programmes import gov24 DIR --out FOLDER')}, "
                f"or {command('programmes services --out FOLDER')}",
            )
        frame = _checked(read_parquet(path), str(path))
        manifest = read_json(folder / _MANIFEST)
        if not isinstance(manifest, dict) or manifest.get("kind") != "services":
            raise UserError("this is not the manifest of services", str(folder / _MANIFEST))
        if manifest.get("content_hash") != content_hash(frame):
            raise UserError(
                "the services differ from those in manifest.json",
                str(path),
                "results could not be traced to them",
                "import or generate them again",
            )
        return cls(frame, str(manifest["origin"]))


def _checked(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    for name, dtype in COLUMNS.items():
        if name not in frame.columns:
            raise UserError(f"the column '{name}' is missing", where, mend="make the file again")
        if frame.schema[name] != dtype:
            raise UserError(
                f"the column '{name}' is {frame.schema[name]}, not {dtype}",
                where,
                mend="make the file again",
            )
    return frame.select(list(COLUMNS))


def make_services(rows: Iterable[Mapping[str, Any]], origin: str) -> Services:
    """Put rows together as services; text that is not given is empty."""
    empty = {name: "" for name, dtype in COLUMNS.items() if dtype == pl.String()}
    frame = pl.DataFrame([{**empty, **row} for row in rows], schema=COLUMNS, orient="row")
    return Services(frame.sort("level", "region", "municipality", "service_id"), origin)


def rule_columns(rule: Rule) -> dict[str, Any]:
    """Give a rule as columns of the table."""
    return {
        "age_min": rule.age_min,
        "age_max": rule.age_max,
        **{f"{kind}_mask": value for kind, value in rule.masks.items()},
        "person_open": rule.person_open,
        "household_open": rule.household_open,
        "decided": rule.decided,
        "to_check": "|".join(rule.reasons),
    }


def owner_columns(owner: Owner) -> dict[str, Any]:
    """Give an owner as columns of the table."""
    return {"level": owner.level, "region": owner.region, "municipality": owner.municipality}


def describe(service: Mapping[str, Any], lang: str) -> list[str]:
    """Put a service's conditions into words, one entry a group.

    Parameters
    ----------
    service
        A row of the table.
    lang
        ko or en.
    """
    low, high = int(service["age_min"]), int(service["age_max"])
    words = []
    if low > 0 or high < AGE_MAX:
        words.append(f"{low}-{'' if high == AGE_MAX else high}")
    for kind in ("sex", "person", "income", "household"):
        value = int(service[f"{kind}_mask"])
        if value not in (0, ANYONE):
            words.append(" / ".join(_meanings(kind, value, lang)))
    return words


def _meanings(kind: str, value: int, lang: str) -> list[str]:
    from simlib.benefits.services.conditions import codes_in

    return [conditions()[code].meaning[lang] for code in codes_in(value, kind)]  # type: ignore[arg-type]
