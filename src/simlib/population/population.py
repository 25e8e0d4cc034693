"""A population: households and persons that fit together, on disk and in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dataframely as dy
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.errors import UserError
from simlib.files import read_parquet
from simlib.months import Month, format_month
from simlib.population.frames.checking import check_frame, check_together
from simlib.population.frames.schema import Households, Persons
from simlib.population.frames.storage import PartWriter, combined_hashes, part_path, read_manifest
from simlib.provenance import content_hash

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

    @cached_property
    def household_ids(self) -> NDArray[np.int64]:
        """Give the ids of the households, (households,)."""
        return self.households["household_id"].to_numpy().astype(np.int64)

    def __repr__(self) -> str:
        at = format_month(self.reference_month)
        return (
            f"Population({self.households.height:,} households, {self.persons.height:,} persons, "
            f"{at}, seed {self.seed})"
        )

    def by_region(self) -> Iterator[tuple[str, "Population"]]:
        """Give the name and the households and persons of each region in turn."""
        region = self.households["region"]
        starts = np.flatnonzero(region.to_physical().diff().fill_null(1).to_numpy() != 0)
        if starts.size != region.n_unique():
            raise ValueError("households are not sorted by region")
        stops = [*starts[1:], self.households.height]
        ids = self.households["household_id"].to_numpy()
        owners = self.persons["household_id"].to_numpy()
        cuts = [*np.searchsorted(owners, ids[starts]), owners.size]
        for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            part = Population(
                self.households[int(start) : int(stop)],
                self.persons[int(cuts[i]) : int(cuts[i + 1])],
                self.reference_month,
                self.seed,
            )
            yield str(region[int(start)]), part

    def hashes(self) -> dict[str, str]:
        """Give the content hash of each table, made from those of its regions."""
        parts = [
            {"region": region, "content_hash": part.frame_hashes()}
            for region, part in self.by_region()
        ]
        return combined_hashes(parts)

    def frame_hashes(self) -> dict[str, str]:
        """Give the content hash of each table as one frame."""
        return {name: content_hash(getattr(self, name)) for name in _TABLES}

    def save(self, directory: Path | str) -> dict[str, str]:
        """Write both tables region by region, and a manifest.

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
            If the folder cannot be written to; an earlier population stays as it was.
        """
        writer = PartWriter(Path(directory), self.reference_month, self.seed)
        for region, part in self.by_region():
            writer.add(region, part.households, part.persons)
        return writer.finish()

    @classmethod
    def load(cls, directory: Path | str) -> "Population":
        """Read a population and check that it is whole.

        Raises
        ------
        UserError
            If a file is missing or truncated, a column is missing or holds impossible values,
            or the contents differ from the manifest.
        """
        parts = list(cls.blocks(directory))
        return cls(
            pl.concat([part.households for part in parts], rechunk=True),
            pl.concat([part.persons for part in parts], rechunk=True),
            parts[0].reference_month,
            parts[0].seed,
        )

    @classmethod
    def blocks(cls, directory: Path | str) -> Iterator["Population"]:
        """Read a population region by region, so that large ones need not fit in memory.

        Households and persons keep the ids that they have in the whole.

        Raises
        ------
        UserError
            As :meth:`load`, when the region in question is read.
        """
        folder = Path(directory)
        manifest = read_manifest(folder)
        for part in manifest.parts:
            frames = {}
            for name, schema in _TABLES.items():
                path = folder / part_path(name, part["region"])
                frames[name] = check_frame(read_parquet(path), schema, str(path))
                if content_hash(frames[name]) != part["content_hash"][name]:
                    raise UserError(
                        "the contents differ from those in manifest.json",
                        str(path),
                        "results could not be traced to this population",
                        "make the population again, or restore the file",
                    )
            check_together(frames["households"], frames["persons"], str(folder))
            yield cls(
                frames["households"], frames["persons"], manifest.reference_month, manifest.seed
            )
