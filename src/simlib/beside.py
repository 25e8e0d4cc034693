"""Work that goes on beside other work, where compiled loops allow it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numba

_NOT_SAFE = "workqueue"
"""The scheduler that numba falls back on where neither OpenMP nor TBB is installed."""


def beside() -> Executor:
    """Give a thread for work beside the main one; its compiled loops stay in it.

    With numba's own scheduler the process ends when parallel loops of two threads meet. Where it
    is in use (a small Linux image without ``libgomp1``, a Mac without ``libomp``), the work is
    done at once instead, when it is handed over.
    """
    numba.get_num_threads()  # chooses the scheduler if no loop has run yet
    if numba.threading_layer() == _NOT_SAFE:
        return _AtOnce()
    return ThreadPoolExecutor(1, initializer=numba.set_num_threads, initargs=(1,))


class _AtOnce(Executor):
    """Do the work that is handed over before going on."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it, and give what came of it."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # raised again where the result is asked for
            done.set_exception(error)
        return done
