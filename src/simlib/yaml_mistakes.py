"""What is wrong in text that is no plain YAML, in words of the file and with its line."""

import re

import yaml

from simlib.errors import UserError

_WHY = "the file cannot be read"
_SPACE_MISSING = re.compile(r"^\s*(- )?[A-Za-z_]\w*(:(?=[^\s/])|：)")
_OCTAL = re.compile(r"^[-+]?0+[1-7_][0-7_]*$")


def not_yaml(error: yaml.YAMLError, text: str, source: str) -> UserError:
    """Word what the YAML reader says as a mistake of its line.

    Parameters
    ----------
    error
        What the reader raised.
    text
        The whole text.
    source
        Name of the file.
    """
    line = _line_of(error, text)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    what, mend = _worded(problem, text.splitlines()[max(line - 2, 0) : line])
    return UserError(f"this is not valid YAML: {what}", f"{source}:{line}", _WHY, mend)


def _line_of(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return min(int(mark.line), text.rstrip().count("\n")) + 1
    place = getattr(error, "position", None)
    return 1 if place is None else text.count("\n", 0, place) + 1


def _worded(problem: str, lines: list[str]) -> tuple[str, str]:
    """Give what is wrong and what to do, from the reader's words, the line before and the line."""
    if "cannot start any token" in problem and "\t" in lines[-1]:
        return "a tab stands at the beginning of the line", "indent with spaces"
    if "another document" in problem:
        mend = "write each into a file of its own, or take the line '---' out"
        return "a second document begins here", mend
    if "control characters" in problem:
        return "there is an invisible character in this line", "write the line again"
    if any(_SPACE_MISSING.match(each) for each in lines):
        return problem, "write a plain colon and a space after each key, like 'months: 12'"
    return problem, "check indentation, quotes and colons on this line and the one before"


def check_scalar(node: yaml.Node, where: str) -> None:
    """Refuse numbers that YAML reads as others than they look: ``012`` is 10, ``1:30`` is 90.

    Raises
    ------
    UserError
        With the place of the number.
    """
    if not node.tag.endswith((":int", ":float")):
        return
    if ":" in node.value or _OCTAL.match(node.value):
        raise UserError(
            f"'{node.value}' is not a plain number",
            where,
            "YAML counts in sixties with colons and in eights after a leading 0",
            "write it without a leading 0, colons and commas, or in quotes if it is text",
        )


def check_key(node: yaml.Node, where: str) -> str | int:
    """Give a key as text or a whole number, as it is written.

    Raises
    ------
    UserError
        If it is a list or a mapping, or the sign ``<<`` that merges another mapping.
    """
    if not isinstance(node, yaml.ScalarNode):
        raise UserError(
            "a list or a mapping stands where a key belongs",
            where,
            "a key is one word or number",
            "write 'key: value', without '?', brackets or braces before the colon",
        )
    if node.tag.endswith(":merge"):
        raise UserError(
            "'<<' would merge another mapping into this one",
            where,
            "an entry that stands elsewhere would have no line of its own",
            "write the entries out",
        )
    check_scalar(node, where)
    return int(node.value.replace("_", ""), 0) if node.tag.endswith(":int") else str(node.value)


def no_entries(data: object) -> str:
    """Say what a file holds instead of keys with values."""
    if data is None:
        return "the file holds no entries"
    if isinstance(data, list):
        return "the file holds a list"
    return "the file holds a single text or number"
