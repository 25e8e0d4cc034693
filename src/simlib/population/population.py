"""A population: households and persons that fit together, on disk and in memory."""

from dataclasses import dataclass
from pathlib import Path

import dataframely as dy
import polars as pl

from simlib.errors import UserError
from simlib.files import read_json, read_parquet, write_json, write_parquet
from simlib.months import Month, format_month, parse_month
from simlib.population.schema import Households, Persons
from simlib.provenance import code_version, content_hash

_TABLES: dict[str, type[dy.Schema]] = {"households": Households, "persons": Persons}


@dataclass(frozen=True)
class Population:
    """Hold synthetic households and persons.

    Parameters
    ----------
    households
        One row per household, sorted by municipality; columns of :class:`Households`.
    persons
        One row per person, sorted by household, head first; columns of :class:`Persons`.
    reference_month
        Month at which ages are completed years.
    seed
        Seed from which the population was drawn.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    reference_month: Month
    seed: int

    def __repr__(self) -> str:
        at = format_month(self.reference_month)
        return (
            f"Population({self.households.height:,} households, {self.persons.height:,} persons, "
            f"{at}, seed {self.seed})"
        )

    def hashes(self) -> dict[str, str]:
        """Give the content hash of each table."""
        return {name: content_hash(getattr(self, name)) for name in _TABLES}

    def save(self, directory: Path | str) -> dict[str, str]:
        """Write both tables and a manifest.

        Parameters
        ----------
        directory
            Folder, made when missing.

        Returns
        -------
        dict
            Content hash of each table, as the manifest holds them.

        Raises
        ------
        UserError
            If the folder cannot be written to; earlier files stay as they were.
        """
        folder = Path(directory)
        hashes = self.hashes()
        for name in _TABLES:
            write_parquet(getattr(self, name), folder / f"{name}.parquet")
        manifest = {
            "kind": "population",
            "households": self.households.height,
            "persons": self.persons.height,
            "reference_month": format_month(self.reference_month),
            "seed": self.seed,
            "code_version": code_version(),
            "content_hash": hashes,
        }
        write_json(folder / "manifest.json", manifest)
        return hashes

    @classmethod
    def load(cls, directory: Path | str) -> "Population":
        """Read a population and check that it is whole.

        Raises
        ------
        UserError
            If a file is missing or truncated, a column is missing or holds impossible values,
            or the contents differ from the manifest.
        """
        folder = Path(directory)
        if not folder.is_dir():
            raise UserError(
                "there is no such folder",
                str(folder),
                "a population is a folder with households, persons and a manifest",
                "make one with: simlib synthesize --out " + str(folder),
            )
        manifest = read_json(folder / "manifest.json")
        hashes = manifest.get("content_hash") if isinstance(manifest, dict) else None
        if not isinstance(hashes, dict) or not {"reference_month", "seed"} <= set(manifest):
            raise UserError(
                "this is not the manifest of a population", str(folder / "manifest.json")
            )
        frames = {}
        for name, schema in _TABLES.items():
            path = folder / f"{name}.parquet"
            frames[name] = check_frame(read_parquet(path), schema, str(path))
            if content_hash(frames[name]) != hashes.get(name):
                raise UserError(
                    "the contents differ from those in manifest.json",
                    str(path),
                    "results could not be traced to this population",
                    "make the population again, or restore the file",
                )
        month = parse_month(manifest["reference_month"], str(folder / "manifest.json"))
        made = cls(frames["households"], frames["persons"], month, int(manifest["seed"]))
        check_together(made.households, made.persons, str(folder))
        return made


def check_frame(frame: pl.DataFrame, schema: type[dy.Schema], where: str) -> pl.DataFrame:
    """Check a table against its schema and put its columns in order.

    Raises
    ------
    UserError
        If columns are missing or unknown, of another type, or hold impossible values; the rule
        and the number of rows are named.
    """
    wanted = schema.column_names()
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise UserError(
            f"the column '{missing[0]}' is missing"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""),
            where,
            "every part of simlib relies on the same columns",
            "add it; docs/population.md describes each column",
        )
    try:
        _, failure = schema.filter(frame.select(wanted), cast=False)
    except dy.exc.SchemaError as error:
        raise UserError(
            f"a column is of another type ({' '.join(str(error).split())[:160]})", where
        ) from None
    if len(failure) > 0:
        rule, rows = max(failure.counts().items(), key=lambda each: each[1])
        raise UserError(
            f"{rows} rows break the rule '{rule}'",
            where,
            "a household or person like that cannot exist",
            "correct or remove these rows",
        )
    return frame.select(wanted)


def check_together(households: pl.DataFrame, persons: pl.DataFrame, where: str) -> None:
    """Check that persons and households fit: every person has a household, with one head, first.

    Raises
    ------
    UserError
        If they do not.
    """
    counted = persons.group_by("household_id", maintain_order=True).agg(
        pl.len().cast(pl.UInt8).alias("size"),
        (pl.col("relation") == "head").sum().alias("heads"),
        (pl.col("relation").first() == "head").alias("first"),
        pl.col("earnings_krw_m").sum(),
    )
    same = counted.height == households.height and bool(
        (counted["household_id"] == households["household_id"]).all()
    )
    if not same:
        raise UserError(
            "persons and households do not list the same households in the same order",
            where,
            "persons without a household, or empty households, cannot be simulated",
            "sort both by household_id and remove what has no counterpart",
        )
    heads = ((counted["heads"] != 1) | ~counted["first"]).sum()
    if heads:
        raise UserError(f"{heads} households do not have exactly one head, listed first", where)
    if not (counted["size"] == households["size"]).all():
        raise UserError("the size of a household is not the number of its persons", where)
    if not (counted["earnings_krw_m"] == households["earnings_krw_m"]).all():
        raise UserError("a household's earnings are not the sum of its persons' earnings", where)
