"""Keep scorers on disk without pickle, and refuse a file that was changed."""

from pathlib import Path
from typing import Any

from simlib.errors import UserError
from simlib.files import read_json, write_atomic, write_json
from simlib.provenance import file_hash
from simlib.risk.scorers import RuleOfThumb, Scorer, TrainedScorer

TRUSTED_TYPES = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types that simlib's own scorers consist of, beside those that skops trusts by itself."""


def save_scorer(scorer: Scorer, path: Path) -> None:
    """Write a scorer, and beside it a JSON file with its SHA-256 and what it reads.

    Parameters
    ----------
    scorer
        The rule of thumb or a trained scorer.
    path
        File to write, usually ``model.skops``.

    Raises
    ------
    UserError
        If the folder cannot be written, or the scorer is of another kind.
    """
    import skops.io

    path = Path(path)
    card: dict[str, Any] = {"name": scorer.name, "kind": type(scorer).__name__}
    if isinstance(scorer, TrainedScorer):
        card |= {
            "columns": list(scorer.columns),
            "trained_until": scorer.trained_until,
            "label": scorer.label,
        }
        write_atomic(path, lambda temporary: skops.io.dump(scorer.estimator, temporary))
    elif isinstance(scorer, RuleOfThumb):
        write_atomic(path, lambda temporary: skops.io.dump({}, temporary))
    else:
        raise UserError(
            f"'{scorer.name}' cannot be kept in a file",
            str(path),
            "only the rule of thumb and trained scorers can",
        )
    write_json(_card_path(path), card | {"sha256": file_hash(path)})


def load_scorer(path: Path) -> Scorer:
    """Read a scorer written by :func:`save_scorer`.

    Raises
    ------
    UserError
        If the file or its JSON is missing, was changed, or holds types that are not trusted.
    """
    import skops.io

    path = Path(path)
    card = read_json(_card_path(path))
    if not path.is_file():
        raise UserError("there is no such file", str(path), "the scorer is read from it")
    if file_hash(path) != card.get("sha256"):
        raise UserError(
            "the scorer's file was changed after it was written",
            str(path),
            "its SHA-256 is not the one recorded beside it, so what it would rank is unknown",
            "train the scorer again, or restore the file from a copy",
        )
    if card.get("kind") == "RuleOfThumb":
        return RuleOfThumb()
    foreign = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
    if foreign:
        raise UserError(
            f"the scorer's file holds types that are not trusted: {', '.join(foreign)}",
            str(path),
            "reading them could run foreign code",
            "use a file that save_scorer wrote",
        )
    estimator = skops.io.load(path, trusted=list(TRUSTED_TYPES))
    return TrainedScorer(
        str(card["name"]),
        estimator,
        tuple(card["columns"]),
        int(card["trained_until"]),
        str(card["label"]),
    )


def _card_path(path: Path) -> Path:
    return path.with_suffix(".json")
