"""Sums, multiples, roundings, extremes and compositions of functions."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError
from tamemip.functions._argument import number
from tamemip.functions._nodes import (
    Node,
    ceil,
    combination,
    maximum,
    minimum,
    mixed_integer_rounding,
)
from tamemip.functions._substitute import substitute
from tamemip.functions._traits import is_linear

if TYPE_CHECKING:
    from tamemip.functions._views import View

Summand: TypeAlias = "TermOperators | Number"


class TermOperators(ABC):
    """What makes new functions from old ones; every result is the narrowest view of its term."""

    node: Node
    n_rows: int
    symbols: tuple[str, ...]
    noun: ClassVar[str]

    def __add__(self, other: Summand) -> View:
        """Sum with a function of the same rows, or with a number."""
        if isinstance(other, TermOperators):
            parts = [(1, self.node), (1, self._alike(other))]
            return self._of(combination((), parts))
        constant = number(other)
        if constant is None:
            return NotImplemented
        return self._of(combination((), [(1, self.node)], constant=constant))

    __radd__ = __add__

    def __mul__(self, factor: Number) -> View:
        """Multiple by a nonnegative number (by any number, for linear functions)."""
        weight = number(factor)
        if weight is None:
            return NotImplemented
        if weight < 0 and not is_linear(self.node):
            raise InvalidInputError(
                f"a {self.noun} is multiplied by nonnegative numbers only, not by {weight}: "
                "its negative belongs to no class with a proof of subadditivity."
            )
        return self._of(combination((), [(weight, self.node)]))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Number) -> View:
        """Quotient by a positive number."""
        value = number(divisor)
        return NotImplemented if value is None else self * (1 / value)

    def __sub__(self, other: Summand) -> View:
        """Difference with a linear function of the same rows, or with a number."""
        return self + (other * -1 if isinstance(other, TermOperators) else -rationalize(other))

    def ceil(self) -> View:
        """The function rounded up."""
        return self._of(ceil(self.node))

    def mixed_integer_rounding(
        self, fraction: Number, *, minus: TermOperators | None = None
    ) -> View:
        """``G(f - g) + g/r`` with ``G(t) = floor(t) + min((t - floor(t))/r, 1)``.

        Parameters
        ----------
        fraction
            ``r``, strictly between 0 and 1.
        minus
            ``g``; zero if not given.
        """
        other = None if minus is None else self._alike(minus)
        return self._of(mixed_integer_rounding(self.node, rationalize(fraction), minus=other))

    def maximum(self, *others: TermOperators) -> View:
        """The greatest of this and other functions of the same rows."""
        return self._of(maximum([self.node, *map(self._alike, others)]))

    def minimum(self, *others: TermOperators) -> View:
        """The least of this and other functions of the same rows."""
        return self._of(minimum([self.node, *map(self._alike, others)]))

    def compose(self, inner: Sequence[TermOperators] | Mapping[int, TermOperators]) -> View:
        """``d -> f(g(d))``.

        Parameters
        ----------
        inner
            One function a row, all of the same rows; or a mapping from some rows, by index,
            to functions of the same rows as this one.
        """
        if isinstance(inner, Mapping):
            chosen = {i: self._alike(g) for i, g in inner.items()}
            if not chosen.keys() <= set(range(self.n_rows)):
                raise InvalidInputError(f"compose names rows {[*chosen]}; there are {self.n_rows}.")
            return self._of(substitute(self.node, chosen))
        if len(inner) != self.n_rows or not inner:
            raise InvalidInputError(
                f"compose was given {len(inner)} functions; {self.n_rows} are needed, one a row."
            )
        first = inner[0]
        nodes = dict(enumerate(map(first._alike, inner)))
        return first._of(substitute(self.node, nodes, n_rows=first.n_rows))

    def _of(self, node: Node) -> View:
        from tamemip.functions._views import view

        return view(node, self.n_rows, symbols=self.symbols)

    def _alike(self, other: TermOperators) -> Node:
        if not isinstance(other, TermOperators):
            raise InvalidInputError(f"{other!r} is no function of a right-hand side.")
        if (other.n_rows, other.symbols) != (self.n_rows, self.symbols):
            raise InvalidInputError(
                f"functions of the same rows are needed: one has {list(self.symbols)}, the "
                f"other {list(other.symbols)}."
            )
        return other.node
