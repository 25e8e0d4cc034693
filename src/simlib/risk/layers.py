"""The layers of labels: what the system writes down, what would have been, what is true."""

from typing import Literal, get_args

from simlib.errors import UserError, did_you_mean

Layer = Literal["recorded_any", "recorded_public", "recorded_livelihood", "untreated", "truth"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
"""Readings of the outcome, from what the system writes down to what is true."""

OF_ALL: tuple[Layer, ...] = ("untreated", "truth")
"""Layers that are known of every household, whoever was listed; no agency has them."""


def check_layer(layer: str) -> Layer:
    """Give the layer of that name; an unknown one is a user's error."""
    for known in LAYERS:
        if layer == known:
            return known
    raise UserError(f"there are no labels '{layer}'", "scorer", mend=did_you_mean(layer, LAYERS))
