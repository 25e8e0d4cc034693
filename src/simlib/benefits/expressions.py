"""Rules as SQL expressions: what they may contain, which names they use, how they split.

The text is cut into words and read once; a rule can be refused before it is evaluated, given
its parameters, and split into its conditions.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from simlib.benefits.columns import column
from simlib.benefits.grammar import COMPARISONS, NotReadError, Token, Tree, read
from simlib.errors import UserError, did_you_mean

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|<>|!=|[=<>+\-*/%(),]))"
)
_LOGIC = ("AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE")
KEYWORDS = frozenset((*_LOGIC, "CASE", "WHEN", "THEN", "ELSE", "END"))
FUNCTIONS = frozenset(["LEAST", "GREATEST", "ROUND", "FLOOR", "CEIL", "ABS", "COALESCE"])


@dataclass(frozen=True)
class Expression:
    """Hold an expression and the place where it stands.

    Parameters
    ----------
    text
        The SQL.
    where
        ``file:line`` for messages.
    tokens
        The words of the text.
    """

    text: str
    where: str
    tokens: tuple[Token, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Give the facts and parameters that the expression names, each once, in order."""
        return tuple(dict.fromkeys(each.text for each in self.tokens if each.kind == "name"))

    @cached_property
    def tree(self) -> Tree:
        """Read the words as a tree of operations.

        Raises
        ------
        UserError
            If they are not an expression.
        """
        try:
            return read(self.tokens)
        except NotReadError as error:
            raise UserError(
                f"this is not an SQL expression ({error})",
                self.where,
                "the rule cannot be evaluated",
                "check brackets, commas, and that every CASE has its END",
            ) from None

    def sql(self, values: Mapping[str, str]) -> str:
        """Write the SQL with some names replaced by literals or other columns."""
        return " ".join(
            values.get(each.text, each.text) if each.kind == "name" else each.text
            for each in self.tokens
        )

    def conditions(self) -> list["Expression"]:
        """Split at the outermost ANDs; one condition when there is none."""
        parts: list[list[Token]] = [[]]
        between = False
        for token, depth in _with_depth(self.tokens):
            word = token.text if token.kind == "word" and depth == 0 else ""
            if word == "OR":
                return [self]
            if word == "AND" and not between:
                parts.append([])
                continue
            between = word == "BETWEEN" or (between and word != "AND")
            parts[-1].append(token)
        return [self._part(part) for part in parts]

    def comparison(self) -> tuple["Expression", str, "Expression"] | None:
        """Split ``left <= right`` (or another comparison) into its sides; None if it is not one."""
        top = [(i, each) for i, (each, depth) in enumerate(_with_depth(self.tokens)) if not depth]
        if any(each.text in {"AND", "OR", "NOT", "IN", "BETWEEN", "IS"} for _, each in top):
            return None
        signs = [i for i, each in top if each.text in COMPARISONS]
        if len(signs) != 1:
            return None
        left, right = self.tokens[: signs[0]], self.tokens[signs[0] + 1 :]
        return self._part(list(left)), self.tokens[signs[0]].text, self._part(list(right))

    def _part(self, tokens: list[Token]) -> "Expression":
        return Expression(" ".join(each.text for each in tokens), self.where, tuple(tokens))


def _with_depth(tokens: tuple[Token, ...]) -> list[tuple[Token, int]]:
    depth, result = 0, []
    for token in tokens:
        word = token.text if token.kind == "word" else ""
        if token.text == ")" or word == "END":
            depth -= 1
            result.append((token, depth + 1))
            continue
        opens = token.text == "(" or word == "CASE"
        result.append((token, depth + 1 if opens else depth))
        depth += opens
    return result


def parse(text: str, where: str) -> Expression:
    """Cut an expression into words and refuse everything but computing.

    Raises
    ------
    UserError
        For a sign, keyword or function that is not allowed, or SQL that cannot be read.
    """
    tokens = _words(text, where)
    if not tokens:
        raise UserError("the expression is empty", where, mend="write TRUE or a condition")
    _check_calls(tokens, where)
    expression = Expression(text, where, tuple(tokens))
    _ = expression.tree
    return expression


def _words(text: str, where: str) -> list[Token]:
    tokens: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise _refused(text[place:].strip()[:20], where)
        place = match.end()
        kind = str(match.lastgroup)
        tokens.append(_classify(kind, match[kind]))
    return tokens


def _classify(kind: str, text: str) -> Token:
    if kind == "name" and text.upper() in KEYWORDS | FUNCTIONS:
        return Token("word", text.upper())
    return Token(kind, text)


def _check_calls(tokens: list[Token], where: str) -> None:
    for token, following in zip(tokens, [*tokens[1:], Token("end", "")], strict=True):
        if token.kind == "name" and following.text == "(":
            raise UserError(
                f"the function {token.text} is not allowed in a rule",
                where,
                "a rule may compute and do nothing else",
                f"use one of: {', '.join(sorted(FUNCTIONS))}",
            )
        if token.kind == "name" and following.kind in {"name", "text", "number"}:
            raise _refused(f"{token.text} {following.text}", where)


def _refused(shown: str, where: str) -> UserError:
    return UserError(
        f"'{shown}' is not allowed in a rule",
        where,
        "a rule may compare and compute with facts and parameters and do nothing else",
        "use names, numbers, quoted text, + - * /, comparisons, AND, OR, NOT, CASE, IN, BETWEEN "
        f"and {', '.join(sorted(FUNCTIONS))}",
    )


def check_names(expression: Expression, known: Collection[str], what: str) -> None:
    """Refuse an expression that names something unknown.

    Raises
    ------
    UserError
        With the file and line, and the nearest valid name.
    """
    for name in expression.names:
        if name not in known:
            raise UserError(
                f"{what} names '{name}', which is neither a fact nor a parameter of it",
                expression.where,
                "the rule cannot be evaluated",
                did_you_mean(name, known),
            )


def to_polars(sql: str, where: str) -> pl.Expr:
    """Write an SQL expression as a polars expression.

    Raises
    ------
    UserError
        If it is not an SQL expression.
    """
    return column(Expression(sql, where, tuple(_words(sql, where))).tree)


def literal(value: Any, where: str) -> str:
    """Write a parameter's value as SQL."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        text = repr(value) if abs(value) < 1e15 else f"{value:.0f}"
        return f"({text})" if value < 0 else text
    if isinstance(value, str) and "'" not in value:
        return f"'{value}'"
    raise UserError(
        "a parameter that is a table needs 'by'",
        where,
        "a rule cannot use a whole table",
        "add 'by: size', or another fact that its keys are values of",
    )
