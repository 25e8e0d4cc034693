"""Show a run's progress in a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """Draw a bar on standard error; plain lines when that is not a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("scenario", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def start(self, total: int, done: int) -> None:
        """Begin: so many runs, so many finished by an earlier try."""
        self._bar.update(self._task, total=total, completed=done)
        if done:
            self.say(f"{done} of {total} runs are finished already")

    def advance(self, done: int) -> None:
        """Show the number of finished runs."""
        self._bar.update(self._task, completed=done)

    def say(self, text: str) -> None:
        """Show what is being done."""
        self._bar.update(self._task, description=text)
        if self._bar.disable:
            self._console.print(text, highlight=False)
