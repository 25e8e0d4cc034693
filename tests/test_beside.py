import os
import subprocess
import sys

import pytest

from simlib.beside import beside
from simlib.parameters import load_parameters
from simlib.population import synthesize
from simlib.provenance import content_hash

PRINT_HASH = """
import numba
from simlib.parameters import load_parameters
from simlib.population import synthesize
from simlib.provenance import content_hash
print(content_hash(synthesize(1_000, 2025, 1, load_parameters()).persons))
assert numba.threading_layer() == "workqueue"
"""


@pytest.mark.slow
def test_a_machine_without_openmp_and_tbb_makes_the_same_population():
    env = os.environ | {"NUMBA_THREADING_LAYER": "workqueue"}
    command = [sys.executable, "-c", PRINT_HASH]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    here = synthesize(1_000, 2025, 1, load_parameters()).persons
    assert done.stdout.strip() == content_hash(here)


def test_what_fails_beside_fails_where_its_result_is_asked_for(monkeypatch):
    monkeypatch.setattr("numba.threading_layer", lambda: "workqueue")
    with beside() as pool:
        waiting = pool.submit(int, "x")
        assert pool.submit(int, "7").result() == 7
        with pytest.raises(ValueError, match="invalid literal"):
            waiting.result()
