"""The cells of a value function on a box: a binary space partition, and what holds on it.

The *parameters* ``theta`` are the right-hand sides of the rows of the box whose interval
is longer than a point, in the order of the rows. Planes cut the box: one side is
``h(theta) >= 0``, the other ``h(theta) < 0``, so that the cells are disjoint and together
are the box. On each the value is one affine function of ``theta``, or infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.programs import Box, MixedIntegerProgram

Theta: TypeAlias = tuple[Fraction, ...]
"""Values of the parameters."""
IntegerPart: TypeAlias = tuple[Fraction, ...]
"""Values of the integer columns, in column order."""


@final
@dataclass(frozen=True, slots=True)
class BoxParameters:
    """Which right-hand sides move, and where.

    Attributes
    ----------
    rows
        The rows whose right-hand sides are the parameters, ascending.
    lows, highs
        The ends of their intervals, ``lows[i] < highs[i]``.
    rhs
        The right-hand side with the parameters at `lows`; other rows stay there.
    """

    rows: tuple[int, ...]
    lows: Theta
    highs: Theta
    rhs: tuple[Fraction, ...]

    @classmethod
    def of(cls, program: MixedIntegerProgram, box: Box) -> BoxParameters:
        """The parameters of a bounded box of right-hand sides."""
        pairs = box.of_rows(program)
        moving = [(i, lo, hi) for i, (lo, hi) in enumerate(pairs) if lo < hi]
        rows, lows, highs = zip(*moving, strict=True) if moving else ((), (), ())
        return cls(rows, lows, highs, tuple(Fraction(lo) for lo, _ in pairs))

    def rhs_at(self, theta: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The right-hand side at some parameters."""
        rhs = list(self.rhs)
        for i, value in zip(self.rows, theta, strict=True):
            rhs[i] = value
        return tuple(rhs)


@final
@dataclass(frozen=True, slots=True)
class AffineForm:
    """The function ``constant + sum(coefficients[i] * theta[i])``."""

    constant: Fraction
    coefficients: tuple[Fraction, ...]

    def at(self, theta: Sequence[Fraction]) -> Fraction:
        """Value at some parameters."""
        terms = (a * t for a, t in zip(self.coefficients, theta, strict=True) if a)
        return sum(terms, self.constant)

    @property
    def is_constant(self) -> bool:
        """Whether it does not depend on the parameters."""
        return not any(self.coefficients)


@final
@dataclass(frozen=True, slots=True)
class Plane:
    """The function ``h = constant + coefficients . theta`` with coprime integers.

    Two planes that cut in the same way, with the same side up, are equal.
    """

    constant: int
    coefficients: tuple[int, ...]

    @classmethod
    def of(cls, integers: Sequence[int]) -> Plane:
        """The plane of a multiple: the constant comes first."""
        g = math.gcd(*integers) or 1
        return cls(integers[0] // g, tuple(a // g for a in integers[1:]))

    def at(self, theta: Sequence[Fraction]) -> Fraction:
        """Value at some parameters."""
        terms = (a * t for a, t in zip(self.coefficients, theta, strict=True) if a)
        return sum(terms, Fraction(self.constant))

    def __neg__(self) -> Plane:
        return Plane(-self.constant, tuple(-a for a in self.coefficients))


@final
@dataclass(frozen=True, slots=True)
class BoxSide:
    """The inequality ``plane >= 0``, or ``plane > 0`` if it is strict."""

    plane: Plane
    is_strict: bool

    def holds(self, theta: Sequence[Fraction]) -> bool:
        """Whether some parameters satisfy it."""
        value = self.plane.at(theta)
        return value > 0 if self.is_strict else value >= 0


@final
@dataclass(frozen=True, slots=True)
class AffinePoint:
    """A point of the program for every ``theta``: its integer columns are constants.

    Attributes
    ----------
    entries
        From a column to its value; columns that are left out are 0.
    """

    entries: Mapping[int, AffineForm]

    def at(self, theta: Sequence[Fraction], n_cols: int) -> tuple[Fraction, ...]:
        """The point at some parameters."""
        point = [Fraction(0)] * n_cols
        for j, form in self.entries.items():
            point[j] = form.at(theta)
        return tuple(point)


@final
@dataclass(frozen=True, slots=True)
class BoxCell:
    """A cell and the value on it.

    Attributes
    ----------
    sides
        The inequalities that cut it out of the box, in the order of the splits.
    vertices
        Of the closed cell.
    value
        The value, in the program's own sense and with its constant: an affine function,
        an infinity where there is no feasible point, or None where it is not proved.
    part, point
        An optimal integer part and an optimal point with it, where the value is finite.
    tree
        Which tree of the dual function proves the other side (None if not proved).
    """

    sides: tuple[BoxSide, ...]
    vertices: tuple[Theta, ...]
    value: AffineForm | float | None
    part: IntegerPart | None
    point: AffinePoint | None
    tree: int | None

    @property
    def is_proved(self) -> bool:
        """Whether the value is proved on the cell."""
        return self.value is not None

    def holds(self, theta: Sequence[Fraction]) -> bool:
        """Whether some parameters of the box lie in the cell."""
        return all(side.holds(theta) for side in self.sides)

    def at(self, theta: Sequence[Fraction]) -> Bound | None:
        """The value at some parameters of the cell; None if it is not proved."""
        return self.value.at(theta) if isinstance(self.value, AffineForm) else self.value


@final
@dataclass(frozen=True, slots=True)
class BoxSplit:
    """Two parts of a cell: ``plane >= 0`` and ``plane < 0``."""

    plane: Plane
    at_least: BoxNode
    below: BoxNode


BoxNode: TypeAlias = "BoxSplit | BoxCell"


def cells_of(root: BoxNode) -> Iterator[BoxCell]:
    """The cells of a partition, those with the planes up first; planes may nest deeply."""
    stack: list[BoxNode] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, BoxSplit):
            stack += [node.below, node.at_least]
        else:
            yield node


def flattened(root: BoxNode) -> tuple[Plane | BoxCell, ...]:
    """A partition as a list: every plane comes before its sides, the upper one first."""
    found: list[Plane | BoxCell] = []
    stack: list[BoxNode] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, BoxSplit):
            found.append(node.plane)
            stack += [node.below, node.at_least]
        else:
            found.append(node)
    return tuple(found)


def unflattened(items: Sequence[Plane | BoxCell]) -> BoxNode:
    """The partition of a list that `flattened` made."""
    stack: list[BoxNode] = []
    for item in reversed(items):
        if isinstance(item, Plane):
            stack.append(BoxSplit(item, stack.pop(), stack.pop()))
        else:
            stack.append(item)
    (root,) = stack
    return root


def cell_at(root: BoxNode, theta: Sequence[Fraction]) -> BoxCell:
    """The cell that holds some parameters of the box."""
    node = root
    while isinstance(node, BoxSplit):
        node = node.at_least if node.plane.at(theta) >= 0 else node.below
    return node
