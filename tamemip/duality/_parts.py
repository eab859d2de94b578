"""What dual functions are made of: trees, trees over cuts, closed forms.

Every part is a lower bound on the value in min orientation, for every right-hand
side; a dual function is the greatest of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._trees_to_functions import leaf_minimum
from tamemip.functions import (
    Leaf,
    LeafMinimum,
    Node,
    ceil,
    combination,
    exact_value,
    guarded,
    maximum,
    minimum,
    nearest_float,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._tree import Tree
    from tamemip.functions import AffineFunction
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
        rounded = leaf_minimum_node(self.function, partial(affine_node, form=form), {})
        return combination((), [(1, rounded)], constant=self._shift)

    @property
    def n_leaves(self) -> int:
        """Number of leaves, those of blocks included."""
        return self.function.n_leaves


class Reading(Protocol):
    """Something that evaluates in bulk."""

    def values(self, d: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value a row."""
        ...


def leaf_minimum_node(
    function: LeafMinimum, affine: Callable[[AffineFunction], Node], made: dict[int, Node]
) -> Node:
    """A minimum over leaves as a term, given how to read its affine functions."""
    if id(function) not in made:
        node = minimum(_leaf_node(leaf, affine, made) for leaf in function.leaves)
        g = function.granularity
        if g is not None:
            node = combination((), [(g, ceil(combination((), [(1 / g, node)])))])
        made[id(function)] = node
    return made[id(function)]


def _leaf_node(leaf: Leaf, affine: Callable[[AffineFunction], Node], made: dict[int, Node]) -> Node:
    bounds = [affine(bound) for bound in leaf.bounds]
    for total in leaf.sums:
        blocks = [(1, leaf_minimum_node(block, affine, made)) for block in total.blocks]
        bounds.append(combination((), [(1, affine(total.linear)), *blocks]))
    guards = [affine(guard) for guard in leaf.guards]
    return guarded(maximum(bounds) if bounds else None, guards)


def affine_node(function: AffineFunction, form: CanonicalForm) -> Node:
    """An affine function of the user's rhs as one of the canonical rhs.

    ``d_i = sign_i (e_i - shift_i)``.
    """
    weights = {i: form.row_sign[i] * w for i, w in function.weights}
    moved = sum((w * form.rhs_shift[i] for i, w in weights.items()), _ZERO)
    return combination(weights, constant=function.constant - moved)


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

    def exact(self, rhs: Sequence[Fraction]) -> Bound:
        """The bound at a right-hand side."""
        value = exact_value(self._node, self.form.rhs_of(rhs))
        return value + self._constant if isinstance(value, Fraction) else value

    def values(self, rhs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bounds at the rows of an array."""
        rows = ([Fraction(str(v)) for v in row] for row in rhs.tolist())
        return np.array([nearest_float(self.exact(row)) for row in rows], dtype=np.float64)

    def node(self, form: CanonicalForm) -> Node:
        """The term itself."""
        return self._node

    @property
    def n_leaves(self) -> int:
        """A closed form counts as one leaf: it holds in the whole box."""
        return 1
