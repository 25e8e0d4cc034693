"""Kinds of a right."""

from typing import Final

NO_RIGHT: Final = 0
"""Not entitled."""
OWN: Final = 1
"""Entitled in its own right."""
FOLLOWING: Final = 2
"""Entitled only while another benefit is received."""
