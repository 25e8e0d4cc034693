import multiprocessing

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.experiments.failures import Stage, failure_row, scrubbed
from simlib.experiments.plan import plan_groups
from simlib.experiments.run import open_run
from simlib.experiments.store import RunStore, Task, run_name
from simlib.files import read_json, read_parquet

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
TASK = Task(0, "none")


def saved(tmp_path) -> RunStore:
    store = RunStore(tmp_path / "run")
    store.save(TASK, FRAME, FRAME, [["uptake.a", ""]])
    return store


def test_a_saved_task_is_finished_and_reads_back(tmp_path):
    store = saved(tmp_path)
    assert store.is_finished(TASK.stem)
    assert not store.is_finished("none-r1")
    assert store.reads() == [["uptake.a", ""]]
    assert read_parquet(store.results_path(TASK)).equals(FRAME)


@pytest.mark.parametrize("harm", ["truncate", "change", "remove"])
def test_a_damaged_result_is_found_and_only_that_one_is_forgotten(tmp_path, harm):
    store = saved(tmp_path)
    other = Task(1, "none")
    store.save(other, FRAME, FRAME, [])
    path = store.results_path(TASK)
    if harm == "truncate":
        path.write_bytes(path.read_bytes()[:-20])
    elif harm == "change":
        path.write_bytes(path.read_bytes() + b"x")
    else:
        path.unlink()
    assert store.damage(TASK.stem) == ["results/none-r0.parquet"]
    assert not store.is_finished(TASK.stem)
    store.forget(TASK.stem)
    assert not path.exists()
    assert not store.has_record(TASK.stem)
    assert store.is_finished(other.stem)


def test_a_task_without_its_record_is_not_finished(tmp_path):
    store = saved(tmp_path)
    (store.folder / "finished" / "none-r0.json").write_text('{"fil', encoding="utf-8")
    assert not store.is_finished(TASK.stem)


def test_the_results_hash_speaks_of_contents_not_of_order_or_place(tmp_path):
    one, two = RunStore(tmp_path / "one"), RunStore(tmp_path / "two")
    tasks = [Task(0, "a"), Task(1, "a")]
    for task in tasks:
        one.save(task, FRAME, FRAME, [["x", ""]])
    for task in reversed(tasks):
        two.save(task, FRAME.clone(), FRAME, [])
    assert one.results_hash(tasks) == two.results_hash(reversed(tasks))
    two.save(tasks[0], FRAME.with_columns(a=pl.lit(3)), FRAME, [])
    assert one.results_hash(tasks) != two.results_hash(tasks)


def test_equal_frames_in_other_pieces_give_the_same_bytes(tmp_path):
    store = saved(tmp_path)
    first = store.results_path(TASK).read_bytes()
    pieces = pl.concat([FRAME[:1], FRAME[1:]], rechunk=False)
    store.save(TASK, pieces, FRAME, [])
    assert store.results_path(TASK).read_bytes() == first


def hold_lock(folder, ready, done):
    with RunStore(folder).lock():
        ready.set()
        done.wait(30)


def test_two_processes_cannot_write_the_same_run(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    folder = tmp_path / "run"
    other = context.Process(target=hold_lock, args=(folder, ready, done))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(UserError, match="another process"), RunStore(folder).lock():
            pass
    finally:
        done.set()
        other.join()
    with RunStore(folder).lock():
        pass


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"), RunStore(tmp_path / "file/r").lock():
        pass


def test_the_manifest_lists_finished_files_and_no_time_or_machine(tmp_path):
    store = saved(tmp_path)
    store.write_scenario("a: 1\n")
    store.write_failures([])
    store.write_machine({"runs": 1.0}, 2, 1)
    (store.folder / "results" / "stray.parquet").write_bytes(b"x")
    about = {"run": "r", "policies": ["none"], "replicates": 2, "population": "p", "seed": 1}
    store.write_manifest(about)
    manifest = read_json(store.folder / "manifest.json")
    assert sorted(manifest["files"]) == [
        "failures.parquet",
        "households/none-r0.parquet",
        "results/none-r0.parquet",
        "scenario.yaml",
    ]
    first = (store.folder / "manifest.json").read_bytes()
    store.write_machine({"runs": 2.0}, 1, 1)
    store.write_manifest(about)
    assert (store.folder / "manifest.json").read_bytes() == first


def test_reading_a_run_refuses_a_changed_file_and_unknown_policies(tmp_path):
    store = saved(tmp_path)
    about = {"run": "r", "policies": ["none"], "replicates": 2, "population": "p", "seed": 1}
    store.write_manifest(about)
    run = open_run(store.folder)
    assert run.replicates("none") == [0]
    assert run.results("none").equals(FRAME)
    with pytest.raises(UserError, match="did you mean 'none'"):
        run.results("nome")
    path = store.results_path(TASK)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UserError, match="not what the run wrote"):
        run.results("none")
    with pytest.raises(UserError, match="did you mean 'run'"):
        open_run(tmp_path / "rum")


def test_the_name_of_a_run_follows_its_key():
    assert run_name("a", {"seed": 1}) == run_name("a", {"seed": 1})
    assert run_name("a", {"seed": 1}) != run_name("a", {"seed": 2})
    assert run_name("quick", {"seed": 1}).startswith("quick-")


def test_a_failure_keeps_its_stage_and_names_no_path_of_the_machine():
    stage = Stage()
    try:
        with stage.at("model"):
            raise ValueError("no /home/me/place/file.csv here, 3 KRW/month")
    except ValueError as error:
        row = failure_row(TASK, stage.name, error)
    assert (row["stage"], row["kind"], row["policy"]) == ("model", "ValueError", "none")
    assert row["message"] == "no file.csv here, 3 KRW/month"
    assert "/home" not in row["traceback"]
    assert scrubbed('File "/a/b/site-packages/x/y.py", line 3') == (
        'File "site-packages/x/y.py", line 3'
    )


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("replicates", [1, 2, 5])
def test_every_task_is_in_one_group_and_a_group_has_one_replicate(processes, replicates):
    tasks = [Task(r, p) for r in range(replicates) for p in "abcdef"]
    groups = plan_groups(tasks, processes)
    assert sorted(task for group in groups for task in group) == sorted(tasks)
    assert all(len({task.replicate for task in group}) == 1 for group in groups)
    if processes == 1:
        assert len(groups) == replicates


def test_the_last_replicate_is_shared_out_so_that_no_process_idles():
    tasks = [Task(r, p) for r in range(5) for p in "abcdef"]
    assert [len(group) for group in plan_groups(tasks, 2)] == [6, 6, 6, 6, 3, 3]
    assert plan_groups([], 2) == []
