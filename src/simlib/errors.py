"""Errors that a user can understand and mend."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class SimlibError(Exception):
    """Base of every error that simlib raises on purpose."""


class UserError(SimlibError):
    """Report wrong input: what happened, where, why it matters and what to do.

    The command line prints it as one message and exits with code 2.

    Parameters
    ----------
    what
        What is wrong, as a sentence without a final stop.
    where
        The file and line, row, parameter path or command-line option.
    why
        Why simlib cannot go on.
    mend
        What the user can do about it.
    """

    def __init__(self, what: str, where: str = "", why: str = "", mend: str = "") -> None:
        super().__init__(what, where, why, mend)
        self.what = what
        self.where = where
        self.why = why
        self.mend = mend

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        parts = [f"{place}{_stopped(self.what)}"]
        if self.why:
            parts.append(f"Why: {_stopped(self.why)}")
        if self.mend:
            parts.append(f"What to do: {_stopped(self.mend)}")
        return " ".join(parts)

    def _render_traceback_(self) -> list[str]:
        """Stand in a notebook as one message too."""
        return [str(self)]


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Find the valid name most like a mistyped one, or None when none is close."""
    close = get_close_matches(str(name), [str(known) for known in names], n=1, cutoff=0.6)
    return close[0] if close else None


def by_title(text: str, titles: Mapping[str, str]) -> str | None:
    """Word a suggestion for a text that is like a title, or part of one, None when it is not.

    Parameters
    ----------
    text
        What somebody wrote where a name belongs.
    titles
        Name by title, in any language.
    """
    close = nearest(text, titles) or next((each for each in titles if str(text) in each), None)
    return None if close is None else f"did you mean '{titles[close]}' ({close})?"


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Word a suggestion for a mistyped name, listing the valid names when none is close."""
    known = sorted({str(each) for each in names})
    guess = nearest(name, known)
    if guess is not None:
        return f"did you mean '{guess}'?"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"valid names are: {shown}"
