"""What commands share: options, and how they print and fail."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from simlib.errors import UserError, did_you_mean

RunsDir = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
RunNamed = Annotated[
    list[Path], typer.Argument(metavar="RUN", help="Folder of a run, or its scenario file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]


def fail(message: str, code: int) -> None:
    """Print a message among the errors and end the command."""
    typer.echo(f"simlib: {message}", err=True)
    sys.exit(code)


def language(text: str) -> Literal["ko", "en"]:
    """Check that a text names a language of simlib."""
    if text == "ko":
        return "ko"
    if text == "en":
        return "en"
    raise UserError(
        f"'{text}' is not a language of simlib", "--lang", mend=did_you_mean(text, ["ko", "en"])
    )


def print_json(value: Any) -> None:
    """Print one JSON document."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
