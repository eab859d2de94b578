"""What dual functions are made of: trees, trees over cuts, closed forms.

Every part is a lower bound on the value in min orientation, for every right-hand
side; a dual function is the greatest of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._trees_to_functions import leaf_minimum
from tamemip.functions import (
    AffineInput,
    LeafMinimum,
    Node,
    TableReading,
    TermReading,
    combination,
    guarded,
    maximum,
    reading_of,
    substitute,
    term_of_leaves,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._tree import Tree
    from tamemip.programs import CanonicalForm, MixedIntegerProgram

_ZERO = Fraction(0)


class Part(Protocol):
    """A bound on the value, in min orientation and with the constant of the objective."""

    def exact(self, rhs: tuple[Fraction, ...]) -> Bound:
        """The bound at a right-hand side of the user's rows."""
        ...

    def values(self, rhs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bounds at the rows of an array of shape ``(k, m)``."""
        ...

    def node(self, form: CanonicalForm) -> Node:
        """The bound as a term of the canonical rhs, without the canonical constant."""
        ...

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        ...


@final
class TreePart:
    """The minimum over the leaves of a tree."""

    def __init__(self, program: MixedIntegerProgram, tree: Tree) -> None:
        sign = 1 if program.sense == "min" else -1
        self._constant = sign * program.offset
        self._shift = self._constant - sign * program.canonical().offset
        self.function: LeafMinimum = leaf_minimum(tree, IntegerData(program.exact))

    def exact(self, rhs: tuple[Fraction, ...]) -> Bound:
        """The bound at a right-hand side."""
        value = self.function.exact(rhs)
        return value + self._constant if isinstance(value, Fraction) else value

    def values(self, rhs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bounds at the rows of an array."""
        return self._reading.values(rhs)

    @cached_property
    def _reading(self) -> Reading:
        if not self._constant:
            return self.function.batch_reading
        return self.function.reading_plus(self._constant)

    def node(self, form: CanonicalForm) -> Node:
        """The bound as a minimum over leaves."""
        node = substitute(term_of_leaves(self.function), rows_of_form(form))
        return combination((), [(1, node)], constant=self._shift)

    @property
    def n_leaves(self) -> int:
        """Number of leaves, those of blocks included."""
        return self.function.n_leaves


class Reading(Protocol):
    """Something that evaluates in bulk."""

    def values(self, d: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value a row."""
        ...


def rows_of_form(form: CanonicalForm) -> dict[int, Node]:
    """The user's right-hand side in the canonical one: ``d_i = sign_i (e_i - shift_i)``."""
    pairs = zip(form.row_sign, form.rhs_shift, strict=True)
    return {i: combination({i: s}, constant=-s * v) for i, (s, v) in enumerate(pairs)}


@final
@dataclass(frozen=True, eq=False)
class ClosedFormPart:
    """The greatest of some terms of the canonical rhs, infinite where a guard is positive."""

    form: CanonicalForm
    functions: tuple[Node, ...]
    guards: tuple[Node, ...]

    @property
    def _constant(self) -> Fraction:
        return self.form.sign * self.form.offset

    @cached_property
    def _node(self) -> Node:
        best = maximum(self.functions) if self.functions else None
        return guarded(best, self.guards)

    @cached_property
    def _reading(self) -> TermReading | TableReading:
        given = AffineInput.of_form(self.form)
        return reading_of(self._node, self.form.n_rows, given, self._constant)

    def exact(self, rhs: Sequence[Fraction]) -> Bound:
        """The bound at a right-hand side."""
        (value,) = self._reading.exact(self.form.rhs_of(rhs))
        return value

    def values(self, rhs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bounds at the rows of an array."""
        return np.asarray(self._reading.values(rhs)[0])

    def node(self, form: CanonicalForm) -> Node:
        """The term itself."""
        return self._node

    @property
    def n_leaves(self) -> int:
        """A closed form counts as one leaf: it holds in the whole box."""
        return 1
