"""Time other libraries that make synthetic households; run by an interpreter that has them.

``python population_peers.py SAMPLE.csv HOUSEHOLDS`` ends in one JSON object.
"""

import json
import sys
import time
import warnings


def sdv(sample: str, households_n: int) -> dict[str, float]:
    """Learn a Gaussian copula from the sample and draw households (no persons) from it."""
    import pandas as pd
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    frame = pd.read_csv(sample)
    frame["municipality"] = frame["municipality"].astype(str)
    metadata = Metadata.detect_from_dataframes({"households": frame})
    model = GaussianCopulaSynthesizer(metadata, enforce_rounding=False)
    start = time.perf_counter()
    model.fit({"households": frame})
    fitted = time.perf_counter()
    made = model.sample(households_n)
    done = time.perf_counter()
    made = next(iter(made.values())) if isinstance(made, dict) else made
    assert len(made) == households_n
    return {"sdv_fit_s": round(fitted - start, 2), "sdv_s": round(done - fitted, 3)}


def ipfn(sample: str) -> dict[str, float]:
    """Fit a table of region, size, type, sex and tenure to its two-way margins."""
    import numpy as np
    import pandas as pd
    from ipfn.ipfn import ipfn as fitter

    frame = pd.read_csv(sample)
    axes = ["region", "size", "household_type", "head_sex", "tenure"]
    codes = [pd.factorize(frame[name], sort=True)[0] for name in axes]
    shape = tuple(int(code.max()) + 1 for code in codes)
    counts = np.bincount(
        np.ravel_multi_index(codes, shape), minlength=int(np.prod(shape))
    ).reshape(shape).astype(float)  # fmt: skip
    pairs = [[0, 1], [0, 4], [1, 2], [2, 3]]
    margins = [
        counts.sum(axis=tuple(i for i in range(len(shape)) if i not in pair)) for pair in pairs
    ]
    start = time.perf_counter()
    fitter(np.ones(shape), margins, pairs).iteration()
    return {"ipfn_cells": counts.size, "ipfn_s": round(time.perf_counter() - start, 3)}


def main() -> None:
    warnings.simplefilter("ignore")
    sample, households_n = sys.argv[1], int(sys.argv[2])
    found: dict[str, float] = {}
    for name, run in (("sdv", lambda: sdv(sample, households_n)), ("ipfn", lambda: ipfn(sample))):
        try:
            found |= run()
        except ImportError as error:
            print(f"{name} skipped: {error}", file=sys.stderr)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
