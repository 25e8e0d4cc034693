"""How a simlib command is written so that it works where the reader is."""

import sysconfig
from pathlib import Path

from simlib.files import package_data


def command(words: str) -> str:
    """Write a command of simlib as it can be typed.

    In a source tree nothing is activated: the program lies in the tree's own environment, and is
    named by its path from the root of the tree (``.venv/bin/simlib``), as in the README.

    Parameters
    ----------
    words
        What follows the program's name.

    Returns
    -------
    str
        The whole command; ``simlib`` and the words where the environment lies elsewhere.
    """
    root, program = package_data().parents[1], Path(sysconfig.get_path("scripts"), "simlib")
    inside = program.is_relative_to(root) and program.is_file()
    return f"{program.relative_to(root).as_posix() if inside else 'simlib'} {words}"
