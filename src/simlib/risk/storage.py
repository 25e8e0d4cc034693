"""Keep scorers on disk without pickle, and refuse a file that was changed."""

import io
import re
import shutil
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from simlib.errors import UserError
from simlib.files import read_json, write_atomic, write_json
from simlib.provenance import file_hash, hash_of
from simlib.risk.scorers import RuleOfThumb, Scorer, TrainedScorer
from simlib.risk.view import feature_names

TRUSTED_TYPES = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types that scorers may consist of, beside those that skops trusts by itself: trees and
calibrations, which hold numbers only."""

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
        If the folder cannot be written, or the scorer is of another kind or consists of types
        that :func:`load_scorer` would refuse.
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
        content = skops.io.dumps(scorer.estimator)
        _check_types(path, skops.io.get_untrusted_types(data=content), "keep the scorer in Python")
        content = same_bytes(content)
    elif isinstance(scorer, RuleOfThumb):
        content = same_bytes(skops.io.dumps({}))
    else:
        raise UserError(
            f"'{scorer.name}' cannot be kept in a file",
            str(path),
            "only the rule of thumb and trained scorers can",
        )
    write_atomic(path, lambda temporary: temporary.write_bytes(content))
    card |= {"scikit_learn": sklearn_version(), "sha256": file_hash(path)}
    write_json(about_path(path), card | {"card_sha256": hash_of(card)})


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


def load_scorer(path: Path) -> RuleOfThumb | TrainedScorer:
    """Read a scorer written by :func:`save_scorer`.

    Raises
    ------
    UserError
        If the file or its JSON is missing, was changed, comes from another scikit-learn, reads
        features that there are not, or holds types that are not trusted.
    """
    import skops.io

    path = Path(path)
    card = _checked_card(path)
    if card["kind"] == "RuleOfThumb":
        return RuleOfThumb()
    _check_readable(path, card)
    _check_types(path, skops.io.get_untrusted_types(file=path), "use a file save_scorer wrote")
    estimator = skops.io.load(path, trusted=list(TRUSTED_TYPES))
    return TrainedScorer(
        str(card["name"]),
        estimator,
        tuple(card["columns"]),
        int(card["trained_until"]),
        str(card["label"]),
    )


def _check_types(path: Path, types: list[str], mend: str) -> None:
    foreign = sorted(set(types) - set(TRUSTED_TYPES))
    if foreign:
        raise UserError(
            f"the scorer holds types that are not trusted: {', '.join(foreign)}",
            str(path),
            "reading them could run foreign code",
            mend,
        )


def _checked_card(path: Path) -> dict[str, Any]:
    """Read what stands beside a scorer's file, if both are as they were written."""
    check_both_there(path)
    about = about_path(path)
    card = read_json(about)
    if not isinstance(card, dict):
        raise UserError("this does not describe a scorer", str(about), mend="train it again")
    written = card.pop("card_sha256", None)
    for changed, hash_now, hash_then in (
        (path, file_hash(path), card.get("sha256")),
        (about, hash_of(card), written),
    ):
        if hash_now != hash_then:
            raise UserError(
                "the scorer's file was changed after it was written",
                str(changed),
                "its SHA-256 is not the one recorded, so what it would rank is unknown",
                "train the scorer again, or restore both files from a copy",
            )
    return card


def _check_readable(path: Path, card: dict[str, Any]) -> None:
    """Refuse a scorer of another scikit-learn, or of another list of features."""
    now, then = sklearn_version(), str(card["scikit_learn"])
    if now.split(".")[:2] != then.split(".")[:2]:
        raise UserError(
            f"the scorer was trained with scikit-learn {then}, and this is {now}",
            str(path),
            "the same file may rank differently",
            f"train the scorer again, or install scikit-learn {then}",
        )
    unknown = [name for name in card["columns"] if name not in feature_names()]
    if unknown:
        raise UserError(
            f"the scorer reads '{unknown[0]}', which is no feature",
            str(path),
            "it was trained on another list of features",
            "train the scorer again",
        )


def sklearn_version() -> str:
    """Give the version of scikit-learn that scorers are made with."""
    from importlib.metadata import version

    return version("scikit-learn")


def copy_scorer(path: Path, target: Path) -> None:
    """Copy a scorer's file and the JSON beside it, byte by byte."""
    for source, place in ((path, target), (about_path(path), about_path(target))):
        write_atomic(place, partial(shutil.copyfile, source))


def check_both_there(path: Path) -> None:
    """Refuse a scorer of which the file, or the JSON beside it, is missing."""
    about = about_path(path)
    if not path.is_file():
        raise UserError("there is no such file", str(path), "the scorer is read from it")
    if not about.is_file():
        raise UserError(
            f"the file {about.name} that belongs beside it is missing",
            str(path),
            "it says what the scorer reads, and that the file is as it was written",
            "copy it along with the scorer, or train the scorer again",
        )


def about_path(path: Path) -> Path:
    """Give the JSON file that lies beside a scorer's file."""
    return path.with_suffix(".json")
