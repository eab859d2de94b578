"""Solving a pure integer program at lattice right-hand sides, exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._chvatal import build_chvatal
from tamemip.duality._value_formula import CanonicalPoint, UnsolvedError
from tamemip.duality._value_formula_lattice import LatticeProgram
from tamemip.errors import UnsupportedError
from tamemip.functions import Node
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._value_formula_lattice import Integers

#: Nodes of one tree: small programs need few, and some trees have no end.
_MOST_NODES = 20_000
#: Time for a function by another method at one point.
_SECONDS_OF_HELP = 20.0


@final
class BranchAndBoundOracle:
    """Branch and bound with exact proofs, warm from one point to the next.

    Attributes
    ----------
    solves, nodes
        How often it was asked, and the nodes that this took.
    """

    def __init__(
        self, program: MixedIntegerProgram, lattice: LatticeProgram, *, deadline: float = math.inf
    ) -> None:
        self._program, self._lattice, self._deadline = program, lattice, deadline
        self._grower = BranchAndBound(program)
        self._equations = np.flatnonzero(lattice.is_equation)
        self._lattice_basis = _basis_of_columns(lattice.A[self._equations])
        self.solves = self.nodes = 0

    def solve(self, point: Sequence[int]) -> CanonicalPoint | None:
        """An optimal canonical point, or None where there is none."""
        if not _is_in_lattice([point[int(i)] for i in self._equations], self._lattice_basis):
            return None  # where columns are unbounded a tree may never find out
        self.solves += 1
        grown = self._grower.grow(self._lattice.user_rhs(point), limits=self._limits())
        self.nodes += grown.report.nodes
        if grown.report.stopped == "interrupted":
            raise KeyboardInterrupt
        if grown.incumbent is None:
            if grown.is_tight:
                return None
            raise UnsolvedError
        if not grown.is_tight:
            raise UnsolvedError
        canonical = self._lattice.form.canonical_point(grown.incumbent.point)
        return tuple(int(v) for v in canonical)

    def strong(self, point: Sequence[int]) -> tuple[Sequence[Node], Sequence[Node]]:
        """What a branching tree compiles to, for bounded programs."""
        left = min(self._limits().seconds or math.inf, _SECONDS_OF_HELP)
        try:
            F = build_chvatal(
                self._program,
                self._lattice.user_rhs(point),
                limits=Limits(seconds=left),
                watch=None,
            )
        except UnsupportedError:
            return (), ()
        return F.closed_forms, F.guards

    def _limits(self) -> Limits:
        if math.isinf(self._deadline):
            return Limits(nodes=_MOST_NODES)
        return Limits(nodes=_MOST_NODES, seconds=max(self._deadline - time.monotonic(), 0.0))


def _basis_of_columns(A: Integers) -> list[list[int]]:
    """The Hermite normal form of the lattice that the columns generate, row by row."""
    import flint

    if not A.size:
        return []
    form = flint.fmpz_mat(A.T.tolist()).hnf()
    return [[int(v) for v in row] for row in form.tolist() if any(row)]


def _is_in_lattice(target: list[int], basis: list[list[int]]) -> bool:
    """Whether a vector is an integer combination of the rows of a Hermite normal form."""
    rest = [int(v) for v in target]
    for row in basis:
        lead = next(k for k, v in enumerate(row) if v)
        times, remainder = divmod(rest[lead], row[lead])
        if remainder:
            return False
        rest = [v - times * w for v, w in zip(rest, row, strict=True)]
    return not any(rest)
