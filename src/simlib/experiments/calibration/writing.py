"""Write a calibration as data files: values and spread, correlations, moments, structures."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simlib import __version__
from simlib.experiments.calibration.calibrate import Calibration
from simlib.experiments.calibration.fit import Fit
from simlib.experiments.calibration.moments import FOLDER
from simlib.files import package_data, write_csv, write_json
from simlib.provenance import file_hash

SOURCE = "FIT"
DIGITS = 6
"""Significant digits that are written."""
INPUTS = ("moments.csv", "priors.csv", "designs.yaml", "structures.yaml")


def write(made: Calibration, out: Path) -> None:
    """Write all data files of a calibration to a folder.

    Parameters
    ----------
    made
        The calibration.
    out
        Folder; files of the same names are replaced.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_csv(parameter_table(made.best), out / "uptake_fit.csv")
    write_csv(correlation_table(made.best), out / "correlation.csv")
    write_csv(moment_table(made), out / "moments_fit.csv")
    write_csv(structure_table(made), out / "structures_fit.csv")
    write_json(out / "provenance.json", provenance(made))


def parameter_table(best: Fit) -> pl.DataFrame:
    """Give value, spread and bounds of every fitted parameter, and whether it is identified."""
    rows = []
    for i, prior in enumerate(best.free.priors):
        identified = bool(best.identified[i])
        rows.append(
            {
                "path": prior.path,
                "value": _round(best.values[prior.path]),
                "spread": _round(best.spread[i]),
                "low": prior.low,
                "high": prior.high,
                "default": prior.default,
                "prior_sd": _round(prior.sd),
                "at_bound": _yes(best.at_bound[i]),
                "identified": _yes(identified),
                "unit": prior.unit,
                "source": SOURCE,
                "evidence": "study" if identified else "assumption",
                "note": prior.note,
            }
        )
    return pl.DataFrame(rows)


def correlation_table(best: Fit) -> pl.DataFrame:
    """Give the correlation of each pair of fitted parameters."""
    paths, matrix = [each.path for each in best.free.priors], best.correlation
    rows = [
        {
            "path": paths[i],
            "other_path": paths[j],
            "correlation": round(float(matrix[i, j]), 4),
            "source": SOURCE,
            "evidence": "assumption",
        }
        for i in range(len(paths))
        for j in range(i)
    ]
    return pl.DataFrame(rows)


def moment_table(made: Calibration) -> pl.DataFrame:
    """Give target, fitted value and distance of every moment, fitted ones first."""
    best = made.best
    moments = [*best.bench.moments, *made.check_moments]
    values = [*best.moments, *made.checks]
    rows = [
        {
            "id": moment.id,
            "evidence_row": moment.evidence_row,
            "block": moment.block,
            "statistic": moment.statistic,
            "arm": moment.arm,
            "used": moment.used,
            "target": moment.target,
            "sd": _round(moment.sd),
            "fitted": _round(value),
            "distance": round(moment.distance(float(value)), 3),
            "at_defaults": _round(default),
            "unit": moment.unit,
            "source": moment.source,
            "evidence": moment.evidence,
        }
        for moment, value, default in zip(moments, values, made.defaults, strict=True)
    ]
    return pl.DataFrame(rows)


def structure_table(made: Calibration) -> pl.DataFrame:
    """Give how well each structure fits, and its weight among them."""
    least = min(each.distance for each in made.fits.values())
    odds = {name: np.exp(-(each.distance - least) / 2.0) for name, each in made.fits.items()}
    total = sum(odds.values())
    rows = []
    for name, each in made.fits.items():
        singular = each.singular_values
        rows.append(
            {
                "structure": name,
                "chosen": _yes(name == made.chosen),
                "parameters_n": len(each.free.priors),
                "moments_n": len(each.bench.moments),
                "distance": round(each.distance, 3),
                "loss": round(float(each.start_losses[0]), 3),
                "p_value": round(each.p_value, 4),
                "condition_number": _round(singular[0] / max(singular[-1], 1e-300)),
                "singular_above_one_n": int((singular > 1.0).sum()),
                "at_bound_n": int(each.at_bound.sum()),
                "weight": round(float(odds[name] / total), 4),
                **{f"{m.id}": _round(v) for m, v in _shown(each)},
                "source": SOURCE,
                "evidence": "assumption",
            }
        )
    return pl.DataFrame(rows)


SHOWN = ("elasticity_ui", "letter_need", "help_need", "expenditure_gap")
"""Moments that the structures are meant to change."""


def _shown(each: Fit) -> list[tuple[Any, float]]:
    pairs = zip(each.bench.moments, each.moments, strict=True)
    return [(moment, float(value)) for moment, value in pairs if moment.id in SHOWN]


def provenance(made: Calibration) -> dict[str, Any]:
    """Say from what and how the calibration was made, and how well the point is known."""
    best = made.best
    return {
        "made_by": f"simlib {__version__}, simlib calibrate",
        "inputs_sha256": {name: file_hash(package_data(*FOLDER, name)) for name in INPUTS},
        "other_parameters_sha256": file_hash(package_data("kr", "parameters", "uptake.yaml")),
        "effort": vars(made.effort),
        "structure": made.chosen,
        "moments_n": len(best.bench.moments),
        "parameters_n": len(best.free.priors),
        "distance": _round(best.distance),
        "freedom": best.freedom,
        "p_value": _round(best.p_value),
        "singular_values": [_round(each) for each in best.singular_values],
        "condition_number": _round(best.singular_values[0] / best.singular_values[-1]),
        "at_bound": [
            prior.path for prior, at in zip(best.free.priors, best.at_bound, strict=True) if at
        ],
        "start_losses": {
            name: [round(each, 3) for each in losses] for name, losses in made.losses.items()
        },
    }


def _round(value: float) -> float:
    return float(f"{float(value):.{DIGITS}g}")


def _yes(value: object) -> str:
    return "yes" if value else "no"
