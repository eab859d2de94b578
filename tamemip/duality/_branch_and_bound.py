"""Branch-and-bound dual functions: search in floats, prove in rationals."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import final

from tamemip.duality._growth import Growth
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._relaxation import Relaxation
from tamemip.duality._reports import Grown, Watch
from tamemip.duality._target import Target
from tamemip.duality._tree import Tree
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits


@final
class BranchAndBound:
    """Grows proved trees for one program; keeps the engine warm between calls."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        target: Target | None = None,
        decomposes: bool = True,
    ) -> None:
        self.program = program
        self.decomposes = decomposes
        self.data = IntegerData(program.exact)
        self.target = target or Target.of(program.exact)
        self._relaxation = Relaxation(program, self.data, program.exact.rhs)

    # -- growing -----------------------------------------------------------------

    def grow(
        self,
        rhs: Sequence[Fraction],
        *,
        tree: Tree | None = None,
        points: Sequence[Sequence[Fraction]] = (),
        limits: Limits,
        watch: Watch | None = None,
    ) -> Grown:
        """Grow a tree, or go on with one, until it proves the value at ``rhs``.

        Leaves of ``tree`` that prove enough at ``rhs`` stay as they are; the
        others are branched further and inherit what they had. Of `points` the integer
        parts are taken as first incumbents.
        """
        growth = Growth(self, rhs, limits, watch)
        growth.offer(points)
        return growth.grow(tree)

    def root(self, rhs: Sequence[Fraction]) -> Grown:
        """The root relaxation alone: one affine piece, tight where the relaxation is."""
        return Growth(self, rhs, Limits(nodes=1), None).root()

    def grow_by_blocks(self, rhs: Sequence[Fraction], *, limits: Limits) -> Grown | None:
        """A decomposed tree where the program falls into blocks and that pays, or None."""
        return Growth(self, rhs, limits, None).grow_by_blocks()

    def root_ray(self, rhs: Sequence[Fraction]) -> Multipliers | None:
        """A ray that proves the whole relaxation empty at ``rhs``, or None."""
        return Growth(self, rhs, Limits(), None).root_ray()

    @property
    def relaxation(self) -> Relaxation:
        """The warm relaxation."""
        return self._relaxation

    def prove_block(self, program: MixedIntegerProgram, deadline: float) -> Tree | None:
        """The tree of a block, without rounding: sums of rounded bounds are not rounded sums."""
        left = deadline - time.monotonic()
        limits = Limits() if math.isinf(left) else Limits(seconds=max(left, 0.0))
        # One tree: a sum of blocks does not know sums inside its blocks.
        grower = BranchAndBound(program, target=Target(None), decomposes=False)
        grown = grower.grow(program.exact.rhs, limits=limits)
        return grown.tree if grown.is_tight else None
