"""Keep scorers on disk without pickle, and refuse a file that was changed."""

import io
import re
import zipfile
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

_SCHEMA = "schema.json"
_ADDRESS = re.compile(rb'("__id__": |")(\d{6,})(\.\w+"|(?=[,\s}]))')


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
        content = same_bytes(skops.io.dumps(scorer.estimator))
    elif isinstance(scorer, RuleOfThumb):
        content = same_bytes(skops.io.dumps({}))
    else:
        raise UserError(
            f"'{scorer.name}' cannot be kept in a file",
            str(path),
            "only the rule of thumb and trained scorers can",
        )
    write_atomic(path, lambda temporary: temporary.write_bytes(content))
    write_json(_card_path(path), card | {"sha256": file_hash(path)})


def same_bytes(content: bytes) -> bytes:
    """Rewrite a skops file so that equal estimators give equal bytes.

    skops names parts by their address in memory and notes the time; here they are numbered in
    order of appearance and dated 1980.
    """
    numbers: dict[bytes, bytes] = {}

    def number(match: re.Match[bytes]) -> bytes:
        new = numbers.setdefault(match[2], str(len(numbers) + 1).encode())
        return match[1] + new + match[3]

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        schema = _ADDRESS.sub(number, old.read(_SCHEMA))
        for info in old.infolist():
            stem, _, kind = info.filename.rpartition(".")
            known = numbers.get(stem.encode())
            name = f"{known.decode()}.{kind}" if known is not None else info.filename
            new.writestr(
                zipfile.ZipInfo(name), schema if name == _SCHEMA else old.read(info.filename)
            )
    return made.getvalue()


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
