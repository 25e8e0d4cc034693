"""Processes that are started: what a signal does to them and to the one that starts them."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from simlib.experiments.pool import _signals_held


def test_ctrl_c_waits_until_processes_are_started():
    done = []
    with pytest.raises(KeyboardInterrupt), _signals_held():
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
        started = subprocess.run([sys.executable, "-c", "pass"], check=False)
        done.append(started.returncode)
    assert done == [0]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_process_that_is_just_starting_does_not_see_ctrl_c():
    interrupted = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('goes on')"
    with _signals_held():
        started = subprocess.run([sys.executable, "-c", interrupted], capture_output=True)
    assert started.stdout == b"goes on\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_processes_can_be_started_beside_the_main_thread():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: _signals_held().__enter__()).result() is None
