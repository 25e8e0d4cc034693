"""Regions are made, written and read apart from each other, and give the same as in one piece."""

import json
from pathlib import Path

import numba
import polars as pl
import pytest

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.population import Population, synthesize, synthesize_to, write_population
from simlib.population.frames.storage import STAGING, PartWriter, part_path
from simlib.population.households.blocks import block_regions, plan_blocks
from simlib.population.quality.fit_report import fit_report
from simlib.population.quality.measuring import MEASURED_MAX, Measures, yardstick
from simlib.population.synthesis import make_blocks

HOMES = 3_000


@pytest.fixture(scope="module")
def whole(parameters, table) -> Population:
    return synthesize(HOMES, 2025, 11, parameters, table)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, parameters, table) -> Path:
    path = tmp_path_factory.mktemp("streamed") / "population"
    synthesize_to(path, HOMES, 2025, 11, parameters, table)
    return path


def test_a_plan_numbers_households_and_persons_of_each_region_in_one_run(table):
    plan = plan_blocks(table.result.weights, table.cells, HOMES, Draws(11))
    sizes = [plan.size_of(block) for block in range(len(plan.spans))]
    assert sum(homes for homes, _ in sizes) == plan.households_n == HOMES
    assert sum(persons for _, persons in sizes) == plan.persons_n
    assert plan.spans[0].household_offset == plan.spans[0].person_offset == 0
    assert set(plan.regions) == set(block_regions())


def test_a_region_alone_is_the_same_as_within_the_country(whole, parameters, table):
    blocks = dict(make_blocks(HOMES, 2025, 11, parameters, table))
    assert tuple(blocks) == block_regions()
    for region, inside in whole.by_region():
        alone = blocks[region]
        assert alone.households.equals(inside.households), region
        assert alone.persons.equals(inside.persons), region


def test_a_region_does_not_depend_on_those_made_before_it(whole, parameters, table):
    blocks = dict(whole.by_region())
    made = dict(make_blocks(HOMES, 2025, 11, parameters, table, only=("Sejong", "Jeju")))
    assert set(made) == {"Sejong", "Jeju"}
    for region, alone in made.items():
        assert alone.households.equals(blocks[region].households)
        assert alone.persons.equals(blocks[region].persons)


def test_a_streamed_population_is_the_one_made_in_memory(
    folder, whole, tmp_path, parameters, table
):
    hashes = write_population(whole, tmp_path / "at_once", parameters, table)
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["content_hash"] == hashes
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        path.relative_to(tmp_path / "at_once")
        for path in (tmp_path / "at_once").rglob("*")
        if path.is_file()
    }
    for name in sorted(files):
        assert (folder / name).read_bytes() == (tmp_path / "at_once" / name).read_bytes(), name


def test_regions_are_read_one_by_one_or_all_together(folder, whole):
    parts = list(Population.blocks(folder))
    assert len(parts) == len(block_regions())
    assert sum(part.households.height for part in parts) == HOMES
    assert [part.households["region"][0] for part in parts] == list(block_regions())
    assert Population.load(folder).hashes() == whole.hashes()


def test_a_region_can_be_read_without_the_others(folder, tmp_path):
    (folder / part_path("households", "Jeju")).rename(tmp_path / "jeju.parquet")
    try:
        assert next(iter(Population.blocks(folder))).households["region"][0] == "Seoul"
        with pytest.raises(UserError, match="Jeju"):
            Population.load(folder)
    finally:
        (tmp_path / "jeju.parquet").rename(folder / part_path("households", "Jeju"))


def test_the_files_are_plain_parquet_by_region(folder, whole):
    read = pl.read_parquet(folder / "households" / "*.parquet")
    assert (
        read.sort("household_id")
        .select("municipality")
        .equals(whole.households.select("municipality"))
    )


def test_counts_of_blocks_add_up_to_those_of_the_whole(whole, parameters, table):
    measures = Measures(yardstick(table), HOMES)
    for _, block in whole.by_region():
        measures.add(block)
    fit, relations = measures.reports(parameters)
    direct = fit_report(whole, table)
    assert fit.filter(pl.col("control") != "money").equals(direct)
    assert relations.height > 20


def test_large_populations_are_measured_on_an_even_part(whole, table):
    large = Measures(yardstick(table), 22_290_000)
    assert large.every == 22
    assert Measures(yardstick(table), MEASURED_MAX).every == 1
    for _, block in whole.by_region():
        large.add(block)
    held = pl.concat([part.households for part in large._sample])
    assert held["household_id"].to_list() == list(range(0, HOMES, 22))


def test_a_stopped_write_never_looks_finished(tmp_path, whole):
    writer = PartWriter(tmp_path / "new", whole.reference_month, whole.seed)
    region, block = next(iter(whole.by_region()))
    writer.add(region, block.households, block.persons)
    with pytest.raises(UserError, match="not written to its end"):
        Population.load(tmp_path / "new")


def test_a_stopped_write_leaves_an_earlier_population_whole(tmp_path, whole, small):
    small.save(tmp_path)
    writer = PartWriter(tmp_path, whole.reference_month, whole.seed)
    region, block = next(iter(whole.by_region()))
    writer.add(region, block.households, block.persons)
    assert Population.load(tmp_path).hashes() == small.hashes()
    whole.save(tmp_path)
    assert not (tmp_path / STAGING).exists()
    assert Population.load(tmp_path).hashes() == whole.hashes()


def test_a_failing_write_is_one_clear_error_even_while_the_next_region_is_made(
    tmp_path, parameters, table
):
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        synthesize_to(blocked / "population", HOMES, 2025, 1, parameters, table)


def test_parts_that_the_manifest_contradicts_are_refused(tmp_path, whole):
    whole.save(tmp_path)
    path = tmp_path / "manifest.json"
    held = json.loads(path.read_text("utf-8"))
    held["parts"] = held["parts"][1:]
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(UserError, match="contradict each other"):
        Population.load(tmp_path)


def test_households_that_are_not_sorted_by_region_cannot_be_divided(whole):
    odd = pl.concat([whole.households, whole.households.head(1)])
    with pytest.raises(ValueError, match="sorted by region"):
        list(Population(odd, whole.persons, whole.reference_month, 1).by_region())


def test_threads_do_not_change_a_population(whole, parameters, table):
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = synthesize(HOMES, 2025, 11, parameters, table)
    finally:
        numba.set_num_threads(before)
    assert alone.hashes() == whole.hashes()
