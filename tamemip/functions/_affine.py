"""Affine functions of a right-hand side, and the minimum over the leaves of a tree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound, SparseVector
from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from tamemip.functions._batch import BatchReading
    from tamemip.functions._nested import NestedReading


@final
@dataclass(frozen=True, slots=True)
class AffineFunction:
    """The function ``d -> constant + sum(weight_i * d_i)`` over exact rationals."""

    weights: SparseVector
    constant: Fraction

    def exact(self, d: Sequence[Fraction]) -> Fraction:
        """Value at a right-hand side."""
        return sum((w * d[i] for i, w in self.weights), self.constant)

    def slope(self, direction: SparseVector) -> Fraction:
        """Rate of change along a direction."""
        weight = dict(self.weights)
        return sum((weight.get(i, Fraction(0)) * v for i, v in direction), Fraction(0))


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """The bound that one box of a branching tree gives.

    The value at ``d`` is ``inf`` if some guard is positive there (the box holds
    no point), else the largest of the bounds and sums (``-inf`` if there is none).
    """

    bounds: tuple[AffineFunction, ...]
    guards: tuple[AffineFunction, ...]
    sums: tuple[Sum, ...] = ()

    def exact(self, d: Sequence[Fraction]) -> Bound:
        """Value at a right-hand side."""
        if any(guard.exact(d) > 0 for guard in self.guards):
            return math.inf
        bounds = (bound.exact(d) for bound in self.bounds)
        return max((*bounds, *(total.exact(d) for total in self.sums)), default=-math.inf)


@final
@dataclass(frozen=True, slots=True)
class Sum:
    """An affine function plus minima over leaves, one for each block of a program.

    The value is ``inf`` if that of some block is, else ``-inf`` if that of some
    block is, else the sum. Blocks are not rounded.
    """

    linear: AffineFunction
    blocks: tuple[LeafMinimum, ...]

    def __post_init__(self) -> None:
        for block in self.blocks:
            if block.granularity is not None:
                raise InvalidInputError(
                    f"a block of a sum is rounded up to {block.granularity}*Z; "
                    "round the whole function instead."
                )

    def exact(self, d: Sequence[Fraction]) -> Bound:
        """Value at a right-hand side."""
        values = [block.exact(d) for block in self.blocks]
        for infinity in (math.inf, -math.inf):
            if infinity in values:
                return infinity
        return sum((v for v in values if isinstance(v, Fraction)), self.linear.exact(d))


@final
@dataclass(frozen=True)
class LeafMinimum:
    """Minimum over the leaves of a branching tree, possibly rounded up.

    ``F(d) = min_t leaf_t(d)``; with a granularity ``g`` it is
    ``g * ceil(F(d) / g)``. Valid for every ``d``, concave between guards, and
    not subadditive in general (Wolsey 1981; Güzelsoy and Ralphs 2007).

    Parameters
    ----------
    leaves
        At least one.
    n_rows
        Dimension of ``d``.
    granularity
        A positive rational, or None for no rounding.
    """

    leaves: tuple[Leaf, ...]
    n_rows: int
    granularity: Fraction | None = None

    @property
    def n_leaves(self) -> int:
        """Number of leaves, those of the blocks of sums included, shared ones once."""
        sums = (total for leaf in self.leaves for total in leaf.sums)
        blocks = {id(block): block for total in sums for block in total.blocks}
        plain = sum(bool(leaf.bounds or leaf.guards or not leaf.sums) for leaf in self.leaves)
        return plain + sum(block.n_leaves for block in blocks.values())

    def exact(self, d: Sequence[Fraction]) -> Bound:
        """Value at a right-hand side: a Fraction, ``inf`` or ``-inf``."""
        value = self.batch_reading.exact(d)
        if self.granularity is None or not isinstance(value, Fraction):
            return value
        return self.granularity * math.ceil(value / self.granularity)

    @cached_property
    def batch_reading(self) -> BatchReading | NestedReading:
        """The integer form that evaluates in bulk."""
        return self.reading_plus(Fraction(0))

    def reading_plus(self, constant: Fraction) -> BatchReading | NestedReading:
        """The form that evaluates the function plus a constant in bulk."""
        from tamemip.functions._batch import BatchReading
        from tamemip.functions._nested import NestedReading

        if any(leaf.sums for leaf in self.leaves):
            return NestedReading(self, constant=constant)
        return BatchReading(self, constant=constant)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the function, not its cached readings."""
        return {
            "leaves": self.leaves,
            "n_rows": self.n_rows,
            "granularity": self.granularity,
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        pieces = sum(len(leaf.bounds) for leaf in self.leaves)
        sums = sum(len(leaf.sums) for leaf in self.leaves)
        nested = f", {sums} sums" if sums else ""
        rounding = "" if self.granularity is None else f", rounded up to {self.granularity}*Z"
        return f"LeafMinimum({len(self.leaves)} leaves, {pieces} affine bounds{nested}{rounding})"
