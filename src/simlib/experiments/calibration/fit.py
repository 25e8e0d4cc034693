"""Weighted least squares to the moments, from several starts, and how well it is identified."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import chi2, qmc

from simlib.experiments.calibration.moments import Bench
from simlib.experiments.calibration.numbers import Numbers
from simlib.experiments.calibration.priors import Free

Floats = NDArray[np.float64]
STEP = 1e-4
"""Step of the derivatives, in units of the priors."""
AT_BOUND = 1e-3
"""Nearer to a bound than this share of the range is at the bound."""
MARGIN = 0.1
"""Share of the range by which starts keep away from bounds, where steps get stuck."""
IDENTIFIED_SHARE = 0.5
"""A spread above this share of half the range is not identified."""


@dataclass(frozen=True)
class Fit:
    """Hold a fit.

    Attributes
    ----------
    free, bench
        What was moved, and the moments.
    z
        The point, in units of the priors, (parameters,).
    moments
        What the model gives there, (moments,).
    jacobian
        Derivatives of the weighted distances, (moments, parameters).
    start_losses
        Loss reached from each start, best first, (starts,).
    """

    free: Free
    bench: Bench
    z: Floats
    moments: Floats
    jacobian: Floats
    start_losses: Floats

    @property
    def values(self) -> dict[str, float]:
        """Give all parameters by path."""
        return self.free.values(self.z)

    @property
    def distance(self) -> float:
        """Give J, the sum of squared weighted distances to the moments."""
        return float((self.bench.distances(self.moments) ** 2).sum())

    @property
    def freedom(self) -> int:
        """Give the moments less the parameters."""
        return len(self.bench.moments) - len(self.free.priors)

    @property
    def p_value(self) -> float:
        """Give the chance of a larger J if the model were true; nan without freedom."""
        return float(chi2.sf(self.distance, self.freedom)) if self.freedom > 0 else float("nan")

    @property
    def singular_values(self) -> Floats:
        """Give the singular values of the Jacobian, largest first, without the priors."""
        return np.asarray(np.linalg.svd(self.jacobian, compute_uv=False))

    @property
    def covariance(self) -> Floats:
        """Give the covariance of the parameters, priors included, in units of the priors."""
        information = self.jacobian.T @ self.jacobian + np.eye(self.z.size)
        return np.asarray(np.linalg.inv(information))

    @property
    def spread(self) -> Floats:
        """Give the standard errors in the parameters' own units, (parameters,)."""
        sd = np.array([each.sd for each in self.free.priors])
        return np.asarray(np.sqrt(np.diag(self.covariance)) * sd)

    @property
    def correlation(self) -> Floats:
        """Give the correlations of the parameters, (parameters, parameters)."""
        sd = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(sd, sd))

    @property
    def at_bound(self) -> NDArray[np.bool_]:
        """Tell which parameters ended at a bound, (parameters,)."""
        low, high = self.free.bounds
        near = AT_BOUND * (high - low)
        return np.asarray((self.z - low < near) | (high - self.z < near))

    @property
    def identified(self) -> NDArray[np.bool_]:
        """Tell which parameters the moments, not the priors or bounds, decide, (parameters,)."""
        sd = np.array([each.sd for each in self.free.priors])
        return np.asarray((self.spread <= IDENTIFIED_SHARE * sd) & ~self.at_bound)


def fit(
    bench: Bench,
    free: Free,
    numbers: Numbers,
    starts: Floats,
    *,
    evaluations: int = 60,
    note: Callable[[str], None] | None = None,
) -> Fit:
    """Fit the free parameters to the moments.

    Parameters
    ----------
    bench, free, numbers
        Moments, what may move, and all other numbers.
    starts
        Points to begin at, in units of the priors, (starts, parameters).
    evaluations
        Steps allowed from each start.
    note
        Told of each start's result.

    Returns
    -------
    Fit
        The best of all starts.
    """

    def residuals(z: Floats) -> Floats:
        values = bench.values(numbers.with_values(free.values(z)))
        return np.concatenate([bench.distances(values), z])

    found = []
    for i, start in enumerate(starts, start=1):
        result = least_squares(
            residuals, start, bounds=free.bounds, diff_step=STEP, max_nfev=evaluations,
            ftol=1e-6, xtol=1e-6,
        )  # fmt: skip
        found.append((2.0 * float(result.cost), np.asarray(result.x)))
        if note is not None:
            note(f"start {i} of {len(starts)}: loss {found[-1][0]:.3f}")
    found.sort(key=lambda each: each[0])
    z, moments_n = found[0][1], len(bench.moments)
    jacobian = derivatives(residuals, z, free)[:moments_n]
    values = bench.values(numbers.with_values(free.values(z)))
    return Fit(free, bench, z, values, jacobian, np.array([loss for loss, _ in found]))


def derivatives(residuals: Callable[[Floats], Floats], z: Floats, free: Free) -> Floats:
    """Give central differences, one-sided at a bound, (residuals, parameters)."""
    low, high = free.bounds
    columns = []
    for i in range(z.size):
        up, down = z.copy(), z.copy()
        up[i], down[i] = min(z[i] + STEP, high[i]), max(z[i] - STEP, low[i])
        columns.append((residuals(up) - residuals(down)) / (up[i] - down[i]))
    return np.stack(columns, axis=1)


def spread_starts(free: Free, starts_n: int, seed: int = 1) -> Floats:
    """Give the defaults and further points spread evenly between the bounds.

    Returns
    -------
    ndarray
        Shape (starts, parameters), in units of the priors.
    """
    low, high = free.bounds
    points = qmc.Sobol(low.size, scramble=True, seed=seed).random_base2(
        max(int(np.ceil(np.log2(max(starts_n, 2)))), 1)
    )
    inside = low + (MARGIN + (1.0 - 2.0 * MARGIN) * points[: starts_n - 1]) * (high - low)
    margin = MARGIN * (high - low)
    default = np.clip(np.zeros(low.size), low + margin, high - margin)
    return np.vstack([default, inside])
