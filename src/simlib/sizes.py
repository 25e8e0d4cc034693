"""What a model keeps of its households in memory, part by part."""

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from simlib.model import WelfareModel

PARTS = ("cells", "funnel_state", "circumstances", "traits")
"""Parts of a running model whose columns grow with the households."""


def bytes_per_household(model: "WelfareModel") -> dict[str, float]:
    """Give the bytes a household that a running model keeps, by part and together.

    What the world prepared (population, events, rights of each month) and what a recorder sums
    up are not among them.

    Parameters
    ----------
    model
        The model.

    Returns
    -------
    dict
        Bytes a household by :data:`PARTS`, and their sum as ``all``.
    """
    state = model.funnel_state
    beside = [getattr(state, each.name) for each in fields(state) if each.name != "flows"]
    parts = dict.fromkeys(PARTS, 0.0)
    parts["cells"] = state.cells.bytes_n
    parts["funnel_state"] = sum(map(_bytes, beside)) - state.cells.bytes_n
    parts["circumstances"] = _bytes(model.circumstances)
    parts["traits"] = _bytes(model.traits)
    sizes = {name: value / model.world.households_n for name, value in parts.items()}
    return sizes | {"all": sum(sizes.values())}


def _bytes(value: Any) -> int:
    """Count the bytes of all columns of a value, and of the values that it holds."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(_bytes(getattr(value, each.name)) for each in fields(value))
    return 0
