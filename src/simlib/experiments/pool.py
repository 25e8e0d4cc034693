"""Run groups of tasks in several processes that end with the one that started them."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

from simlib.experiments.failures import failure_row
from simlib.experiments.loading import LoadedScenario
from simlib.experiments.plan import Group
from simlib.experiments.worker import Worker

Rows = list[dict[str, Any]]

_THREAD_SETTINGS = (
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
_LOOK_EVERY_SECONDS = 0.5
_ENDING = (signal.SIGINT, signal.SIGTERM)
_worker: Worker | None = None


def run_groups(
    loaded: LoadedScenario,
    folder: Path,
    groups: list[Group],
    processes: int,
    threads: int,
    look: Callable[[], None],
) -> Rows:
    """Do all groups and collect the rows of failed tasks.

    Parameters
    ----------
    loaded, folder
        The scenario and its run folder.
    groups
        Tasks by replicate.
    processes
        With 1, the work is done in this process.
    threads
        Threads of each process.
    look
        Called now and then, to show how many tasks are finished.
    """
    if processes == 1:
        return _run_here(loaded, folder, groups, look)
    rows, broken = _run_pool(loaded, folder, groups, processes, threads, look)
    # A process that was killed takes the pool with it: the groups that were lost go on one by
    # one, so that only the one that cannot be done (too large for the memory, say) fails.
    for group in broken:
        more, lost = _run_pool(loaded, folder, [group], 1, threads, look)
        rows += more
        rows += [
            failure_row(task, "process", MemoryError("the process was ended from outside"))
            for each in lost
            for task in each
        ]
    return rows


def run_apart(work: Callable[..., None], threads: int, *args: Any) -> None:
    """Do one piece of work in a process of its own, so that its memory is given back.

    Parameters
    ----------
    work, args
        A function of a module and what it is called with.
    threads
        Threads of the process.

    Raises
    ------
    MemoryError
        If the process was ended from outside.
    """
    with _children(1, threads, _leave_signals, ()) as executor:
        try:
            with _signals_held():
                future = executor.submit(work, *args)
            future.result()
        except BrokenProcessPool:
            raise MemoryError("the process was ended from outside") from None


@contextmanager
def _children(
    processes: int, threads: int, begin: Callable[..., None], with_args: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes that is ended when anything goes wrong in here."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with _threads_of_children(threads):
        executor = ProcessPoolExecutor(processes, context, begin, with_args)
        try:
            yield executor
        except BaseException:
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _run_here(
    loaded: LoadedScenario, folder: Path, groups: list[Group], look: Callable[[], None]
) -> Rows:
    worker = Worker(loaded, folder)
    return [row for group in groups for row in worker.work(group, look)]


def _run_pool(
    loaded: LoadedScenario,
    folder: Path,
    groups: list[Group],
    processes: int,
    threads: int,
    look: Callable[[], None],
) -> tuple[Rows, list[Group]]:
    with _children(min(processes, len(groups)), threads, _start, (loaded, folder)) as executor:
        with _signals_held():
            futures = {executor.submit(_work, group): group for group in groups}
        return _collect(futures, look)


def _collect(
    futures: dict[Future[Rows], Group], look: Callable[[], None]
) -> tuple[Rows, list[Group]]:
    rows: Rows = []
    broken: list[Group] = []
    open_futures = set(futures)
    while open_futures:
        done, open_futures = wait(open_futures, timeout=_LOOK_EVERY_SECONDS)
        look()
        for future in done:
            try:
                rows += future.result()
            except BrokenProcessPool:
                broken.append(futures[future])
    return rows, sorted(broken)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Put off Ctrl-C and the request to end while processes are started, here and in them.

    Here, since a process that is not yet known to be started could not be ended; a new process
    inherits that Ctrl-C is blocked until it leaves it to its parent.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = {each: signal.signal(each, lambda got, _: asked.append(got)) for each in _ENDING}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in asked:
            signal.raise_signal(number)


@contextmanager
def _threads_of_children(threads: int) -> Iterator[None]:
    """Set the threads of processes started in here: libraries read them when imported."""
    before = {name: os.environ.get(name) for name in _THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start(loaded: LoadedScenario, folder: Path) -> None:
    global _worker
    _leave_signals()
    _worker = Worker(loaded, folder)


def _leave_signals() -> None:
    """Prepare a new process: it leaves Ctrl-C to its parent and ends when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _work(group: Group) -> Rows:
    assert _worker is not None, "the process was not prepared"
    return _worker.work(group)
