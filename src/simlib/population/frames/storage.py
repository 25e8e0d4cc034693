"""A population on disk: one Parquet file for each region and table, and a manifest written last."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from simlib.command import command
from simlib.errors import UserError
from simlib.files import read_json, write_json, write_parquet
from simlib.months import Month, format_month, parse_month
from simlib.population.households.blocks import block_regions
from simlib.provenance import code_version, content_hash, hash_of

TABLES = ("households", "persons")
STAGING = ".unfinished"
"""Folder in which a population is written before it takes its place."""
_MANIFEST = "manifest.json"


@dataclass
class PartWriter:
    """Write a population region by region.

    Everything is written beside its final place and moved there at the end, the manifest last,
    so that a write that was stopped never looks finished and leaves an earlier population whole.

    Parameters
    ----------
    folder
        Folder of the population, made when missing.
    reference_month
        Month at which ages are completed years.
    seed
        Seed from which the population was drawn.
    origin
        What the manifest says about where the population comes from.
    """

    folder: Path
    reference_month: Month
    seed: int
    origin: dict[str, Any] = field(default_factory=dict)
    _parts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Clear what an earlier, stopped write may have left."""
        shutil.rmtree(self.staging, ignore_errors=True)

    @property
    def staging(self) -> Path:
        """Give the folder whose files take their place when the write is finished."""
        return self.folder / STAGING

    @property
    def households_n(self) -> int:
        """Count the households written so far."""
        return sum(int(part["households"]) for part in self._parts)

    @property
    def persons_n(self) -> int:
        """Count the persons written so far."""
        return sum(int(part["persons"]) for part in self._parts)

    def add(self, region: str, households: pl.DataFrame, persons: pl.DataFrame) -> None:
        """Write the households and persons of a region.

        Raises
        ------
        UserError
            If the folder cannot be written to.
        """
        frames = dict(zip(TABLES, (households, persons), strict=True))
        for name, frame in frames.items():
            write_parquet(frame, self.staging / part_path(name, region))
        self._parts.append(
            {
                "region": region,
                **{name: frame.height for name, frame in frames.items()},
                "content_hash": {name: content_hash(frame) for name, frame in frames.items()},
            }
        )

    def finish(self) -> dict[str, str]:
        """Move everything to its place and write the manifest.

        Returns
        -------
        dict
            Content hash of each table.
        """
        hashes = combined_hashes(self._parts)
        manifest = {
            "kind": "population",
            "households": self.households_n,
            "persons": self.persons_n,
            "reference_month": format_month(self.reference_month),
            "seed": self.seed,
            "code_version": code_version(),
            **self.origin,
            "content_hash": hashes,
            "parts": self._parts,
        }
        write_json(self.staging / _MANIFEST, manifest)
        try:
            (self.folder / _MANIFEST).unlink(missing_ok=True)
            names = sorted(path.name for path in self.staging.iterdir() if path.name != _MANIFEST)
            for name in [*names, _MANIFEST]:
                _replace(self.staging / name, self.folder / name)
            self.staging.rmdir()
        except OSError as error:
            raise UserError(
                f"cannot be written ({error.strerror})",
                str(self.folder),
                "the population is not complete",
                "free space, or choose a folder that you may write to",
            ) from None
        return hashes


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    source.replace(target)


def part_path(table: str, region: str) -> str:
    """Name the file of a region below the folder of a population."""
    return f"{table}/{block_regions().index(region) + 1:02d}-{region}.parquet"


def combined_hashes(parts: list[dict[str, Any]]) -> dict[str, str]:
    """Hash each table from the hashes of its parts."""
    return {
        name: hash_of([[part["region"], part["content_hash"][name]] for part in parts])
        for name in TABLES
    }


@dataclass(frozen=True)
class Manifest:
    """Hold what the manifest of a population says.

    Parameters
    ----------
    reference_month, seed
        Of the population.
    parts
        One entry per region: region, households, persons and content_hash.
    origin
        Where the population comes from; empty when synthetic.
    where
        Path of the file.
    """

    reference_month: Month
    seed: int
    parts: list[dict[str, Any]]
    origin: dict[str, Any]
    where: str


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a population.

    Raises
    ------
    UserError
        If there is no such folder, or its manifest is missing, damaged or of another kind.
    """
    if not folder.is_dir():
        raise UserError(
            "there is no such folder",
            str(folder),
            "a population is a folder with households, persons and a manifest",
            f"make one with: {command(f'synthesize --out {folder}')}",
        )
    path = folder / _MANIFEST
    if not path.exists() and (folder / STAGING).is_dir():
        raise UserError(
            "this population was not written to its end",
            str(folder),
            "the write was stopped before the manifest was there",
            "make the population again",
        )
    held = read_json(path)
    wanted = {"reference_month", "seed", "content_hash", "parts"}
    if not isinstance(held, dict) or not wanted <= set(held) or not held["parts"]:
        raise UserError(
            "this is not the manifest of a population",
            str(path),
            "it does not list the files of each region",
            f"make the population again, with: {command(f'synthesize --out {folder}')}",
        )
    try:
        same = combined_hashes(held["parts"]) == held["content_hash"]
        seed = int(held["seed"])
    except (KeyError, TypeError, ValueError):
        same = False
    if not same:
        raise UserError("the hashes in this manifest contradict each other", str(path))
    month = parse_month(held["reference_month"], str(path))
    return Manifest(month, seed, held["parts"], held.get("origin", {}), str(path))
