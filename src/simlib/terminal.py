"""How tables are printed: as wide as the terminal, and in parts where they are wider."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.table import Table

WIDE = 150
"""Width of what is not printed to a terminal."""

GAP = 2
"""Letters between two columns."""

NARROW = 20
"""Letters to which a column of text may be wrapped."""


def console() -> Console:
    """Give a console; outside a terminal it is wide, so that few lines are broken."""
    console = Console()
    return console if console.is_terminal else Console(width=max(WIDE, console.width))


@dataclass
class Sheet:
    """Hold a table that is never cut off.

    Columns that do not fit beside the others follow in a further part, which begins with the
    same first columns.

    Parameters
    ----------
    title
        Stands above it; may be empty.
    columns
        Heads of the columns in their order.
    numbers
        Those of them that stand to the right and are never broken; all others may wrap.
    keys
        How many of the first columns every part repeats.
    rows
        Cells, a text a column; see :meth:`add`.
    """

    title: str
    columns: Sequence[str]
    numbers: Collection[str] = ()
    keys: int = 1
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row."""
        self.rows.append(cells)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Table | str]:
        """Give what rich prints: the parts, an empty line below each."""
        title = self.title
        for chosen in self._parts(options.max_width):
            yield self._part(chosen, options.max_width, title)
            yield ""
            title = ""

    def _parts(self, width: int) -> Iterator[list[int]]:
        """Choose the columns of each part, by their places."""
        needed = [self._needed(k) for k in range(len(self.columns))]
        rest = list(range(self.keys, len(needed)))
        while rest:
            chosen = [*range(self.keys), rest.pop(0)]
            while rest and sum(needed[k] + GAP for k in (*chosen, rest[0])) - GAP <= width:
                chosen.append(rest.pop(0))
            yield chosen

    def _texts(self, k: int) -> list[str]:
        return [self.columns[k], *(row[k] for row in self.rows)]

    def _full(self, k: int) -> int:
        """Say how wide a column is when nothing of it is wrapped, in letters."""
        return max(cell_len(line) for text in self._texts(k) for line in text.split("\n"))

    def _needed(self, k: int) -> int:
        """Say how narrow a column may become."""
        if self.columns[k] in self.numbers:
            return self._full(k)
        words = [cell_len(word) for text in self._texts(k) for word in text.split()]
        return min(self._full(k), max([NARROW, *words]))

    def _widths(self, chosen: Sequence[int], width: int) -> list[int]:
        """Share out what is left among the columns that would be wrapped."""
        widths = {k: self._needed(k) for k in chosen}
        left = width - sum(widths.values()) - GAP * (len(widths) - 1)
        while left > 0:
            growing = [k for k in chosen if widths[k] < self._full(k)][:left]
            if not growing:
                break
            for k in growing:
                widths[k] += 1
            left -= len(growing)
        return list(widths.values())

    def _part(self, chosen: Sequence[int], width: int, title: str) -> Table:
        part = Table(
            title=title or None, title_justify="left", title_style="bold", box=SIMPLE,
            show_edge=False, padding=(0, GAP - 1, 0, 0), pad_edge=False,
        )  # fmt: skip
        for k, letters in zip(chosen, self._widths(chosen, width), strict=True):
            part.add_column(self.columns[k], width=letters, overflow="fold")
            if self.columns[k] in self.numbers:
                part.columns[-1].justify = "right"
        for row in self.rows:
            part.add_row(*(row[k] for k in chosen))
        return part
