"""What an instrument is: it eases claims, contacts households, checks records; nothing else."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from simlib.outreach.desk import Desk
from simlib.parameters import Parameters
from simlib.uptake.programmes import Burdens, Programmes


@dataclass(frozen=True)
class Easing:
    """Say for whom claims change this month, and how.

    Attributes
    ----------
    served
        Whether each household is served, (households,); None for all.
    change
        Gives the burdens of those served from the burdens so far, (programmes,).
    hours_share
        Share of the office's hours that a decision still takes.
    """

    served: NDArray[np.bool_] | None
    change: Callable[[Burdens, Programmes], Burdens]
    hours_share: float = 1.0


class Instrument(BaseModel):
    """Base of all instruments: frozen, with defaults from the parameter files.

    A subclass names itself with ``id``, declares its numbers as fields, and overrides
    :meth:`lower_burdens` (with :meth:`served` when it is not for everybody), :meth:`contact` or
    both. One that works on what others leave names them in ``works_after``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: ClassVar[str]
    works_after: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def build(cls, given: dict[str, Any], parameters: Parameters) -> "Instrument":
        """Make the instrument from a policy's entry; what is not given comes from parameters."""
        defaults = {
            name: parameters.value(path)
            for name in cls.model_fields
            if (path := f"outreach.{cls.id}.{name}") in parameters and name not in given
        }
        return cls(**defaults, **given)

    @property
    def code(self) -> int:
        """Give the draw number that keeps the instrument's luck apart from the others'."""
        return zlib.crc32(self.id.encode())

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:  # noqa: ARG002
        """Give the burdens under this instrument, of the same shapes."""
        return burdens

    def decision_hours_share(self) -> float:
        """Give the share of caseworker hours that a decision still takes."""
        return 1.0

    def served(self, desk: Desk) -> NDArray[np.bool_] | None:  # noqa: ARG002
        """Tell whose claims this instrument eases this month, (households,); None for all."""
        return None

    def easings(self, desk: Desk) -> list[Easing]:
        """Say for whom claims change this month, after this month's contacts."""
        kind = type(self)
        if (
            kind.lower_burdens is Instrument.lower_burdens
            and kind.decision_hours_share is Instrument.decision_hours_share
        ):
            return []
        return [Easing(self.served(desk), self.lower_burdens, self.decision_hours_share())]

    def contact(self, desk: Desk) -> None:
        """Contact households this month through the desk."""
