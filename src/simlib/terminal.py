"""Where tables are printed: a terminal as wide as it is, or a file or pipe as wide as needed."""

from rich.console import Console

WIDE = 120
"""Width of tables that are not printed to a terminal."""


def console(width: int = WIDE) -> Console:
    """Give a console; outside a terminal it is wide enough that no number is broken."""
    console = Console()
    return console if console.is_terminal else Console(width=max(width, console.width))
