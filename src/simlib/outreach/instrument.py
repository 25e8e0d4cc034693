"""What an instrument is: it lowers a burden, sends contacts, or both, and nothing else."""

import zlib
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from simlib.outreach.desk import Desk
from simlib.parameters import Parameters
from simlib.uptake.programmes import Burdens, Programmes


class Instrument(BaseModel):
    """Base of all instruments: frozen, with defaults from the parameter files.

    A subclass names itself with ``id``, declares its numbers as fields, and overrides
    :meth:`lower_burdens`, :meth:`contact` or both. One that works on what others leave names
    them in ``works_after``.
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

    def contact(self, desk: Desk) -> None:
        """Contact households this month through the desk."""
