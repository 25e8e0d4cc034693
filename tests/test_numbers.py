"""No number that decides behaviour or policy hides in the code."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "simlib"

ARITHMETIC = {0, 0.5, 1, 2, 12, 1000, 6, 63, 64, 255, 1e-9}
"""Halves, months, thousands, bits and bytes: numbers that no policy decides."""


def test_no_number_of_behaviour_or_policy_stands_in_a_function():
    culprits = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r} in {function.name}"
        for folder in ("life", "uptake", "outreach")
        for path in sorted((SRC / folder).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value not in ARITHMETIC
    ]
    assert not culprits, "give it a name with a sentence, or a parameter: " + "; ".join(culprits)
