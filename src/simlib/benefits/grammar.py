"""The grammar of rules: words become a tree, which each evaluator reads in its own way.

The rules are SQL expressions; of SQL's precedence: OR, AND, NOT, comparisons, sums, products,
signs. What a tree means is fixed here for all evaluators: numbers are 64-bit floats once a
fraction appears, ``/`` gives a fraction, ROUND goes half away from zero, unknown (NULL) follows
three-valued logic, LEAST and GREATEST pass over NULL.
"""

from collections.abc import Sequence
from dataclasses import dataclass

COMPARISONS = ("<=", ">=", "<>", "!=", "=", "<", ">")
SUMS = ("+", "-")
PRODUCTS = ("*", "/", "%")


@dataclass(frozen=True)
class Token:
    """Hold one word of an expression: its kind (text, number, name, word, sign) and text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Constant:
    """Hold a number, a text, a truth value, or NULL (None)."""

    value: float | int | str | bool | None


@dataclass(frozen=True)
class Name:
    """Hold the name of a fact or parameter."""

    name: str


@dataclass(frozen=True)
class Call:
    """Hold an operation and what it is applied to.

    Beside the signs and functions: ``NEG``; ``IS NULL``; ``IS TRUE``; ``IN`` with the value
    first; ``CASE`` with conditions and values in turn and the other value last. BETWEEN is two
    comparisons.
    """

    operation: str
    arguments: tuple["Tree", ...]


Tree = Constant | Name | Call


class NotReadError(ValueError):
    """Say why words are no expression."""


def read(tokens: Sequence[Token]) -> Tree:
    """Read words as one expression.

    Raises
    ------
    NotReadError
        If they are not one.
    """
    reader = _Reader(tokens)
    tree = reader.either()
    if reader.here.kind != "end":
        raise NotReadError(f"'{reader.here.text}' is not expected")
    return tree


_ARGUMENTS = {"ROUND": (1, 2), "FLOOR": (1, 1), "CEIL": (1, 1), "ABS": (1, 1)}
_END = Token("end", "the end")


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = [*tokens, _END]
        self.place = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def next(self) -> Token:
        token = self.here
        self.place += token is not _END
        return token

    def took(self, *words: str) -> str:
        """Go on if the next word is one of these; give it, or nothing."""
        if self.here.kind in {"word", "sign"} and self.here.text in words:
            return self.next().text
        return ""

    def need(self, word: str) -> None:
        if not self.took(word):
            raise NotReadError(f"'{word}' is expected before '{self.here.text}'")

    def either(self) -> Tree:
        tree = self.both()
        while self.took("OR"):
            tree = Call("OR", (tree, self.both()))
        return tree

    def both(self) -> Tree:
        tree = self.negated()
        while self.took("AND"):
            tree = Call("AND", (tree, self.negated()))
        return tree

    def negated(self) -> Tree:
        if self.took("NOT"):
            return Call("NOT", (self.negated(),))
        return self.compared()

    def compared(self) -> Tree:
        tree = self.sum()
        sign = self.took(*COMPARISONS)
        if sign:
            return Call("<>" if sign == "!=" else sign, (tree, self.sum()))
        if self.took("IS"):
            return self.is_what(tree)
        turned = self.took("NOT")
        if self.took("BETWEEN"):
            low = self.sum()
            self.need("AND")
            tree = Call("AND", (Call(">=", (tree, low)), Call("<=", (tree, self.sum()))))
        elif self.took("IN"):
            tree = Call("IN", (tree, *self.bracketed()))
        elif turned:
            raise NotReadError("NOT stands before a condition, IN or BETWEEN")
        return Call("NOT", (tree,)) if turned else tree

    def is_what(self, tree: Tree) -> Tree:
        turned = self.took("NOT")
        word = self.took("NULL", "TRUE", "FALSE")
        if not word:
            raise NotReadError("IS needs NULL, TRUE or FALSE")
        if word == "FALSE":
            made: Tree = Call("IS TRUE", (Call("NOT", (tree,)),))
        else:
            made = Call(f"IS {word}", (tree,))
        return Call("NOT", (made,)) if turned else made

    def bracketed(self) -> list[Tree]:
        self.need("(")
        parts = [self.either()]
        while self.took(","):
            parts.append(self.either())
        self.need(")")
        return parts

    def sum(self) -> Tree:
        tree = self.product()
        while sign := self.took(*SUMS):
            tree = Call(sign, (tree, self.product()))
        return tree

    def product(self) -> Tree:
        tree = self.signed()
        while sign := self.took(*PRODUCTS):
            tree = Call(sign, (tree, self.signed()))
        return tree

    def signed(self) -> Tree:
        if self.took("+"):
            return self.signed()
        if self.took("-"):
            inner = self.signed()
            value = inner.value if isinstance(inner, Constant) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                return Constant(-value)
            return Call("NEG", (inner,))
        return self.single()

    def single(self) -> Tree:
        if self.took("("):
            tree = self.either()
            self.need(")")
            return tree
        token = self.next()
        if token.kind == "number":
            return Constant(float(token.text) if "." in token.text else int(token.text))
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "name":
            return Name(token.text)
        if token.text in {"TRUE", "FALSE", "NULL"}:
            return Constant({"TRUE": True, "FALSE": False}.get(token.text))
        if token.text == "CASE":
            return self.case()
        if token.kind == "word" and self.here.text == "(":
            return self.function(token.text)
        raise NotReadError(f"'{token.text}' is not expected")

    def function(self, name: str) -> Tree:
        parts = self.bracketed()
        least, most = _ARGUMENTS.get(name, (1, len(parts)))
        if not least <= len(parts) <= most:
            raise NotReadError(f"{name} does not take {len(parts)} values")
        places = parts[1] if name == "ROUND" and len(parts) > 1 else Constant(0)
        if not (isinstance(places, Constant) and places.value in range(16)):
            raise NotReadError("ROUND needs a whole number of places, 0 or more")
        return Call(name, tuple(parts))

    def case(self) -> Tree:
        subject = None if self.here.text == "WHEN" else self.either()
        parts: list[Tree] = []
        while self.took("WHEN"):
            condition = self.either()
            self.need("THEN")
            parts += [condition if subject is None else Call("=", (subject, condition))]
            parts.append(self.either())
        if not parts:
            raise NotReadError("CASE needs WHEN")
        parts.append(self.either() if self.took("ELSE") else Constant(None))
        self.need("END")
        return Call("CASE", tuple(parts))


def fill(tree: Tree, values: dict[str, Tree]) -> Tree:
    """Replace some names by other trees."""
    if isinstance(tree, Name):
        return values.get(tree.name, tree)
    if isinstance(tree, Call):
        return Call(tree.operation, tuple(fill(each, values) for each in tree.arguments))
    return tree


def named(tree: Tree) -> set[str]:
    """Collect the names in a tree."""
    if isinstance(tree, Name):
        return {tree.name}
    if isinstance(tree, Call):
        return {name for each in tree.arguments for name in named(each)}
    return set()
