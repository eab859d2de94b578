"""Brackets of a Jeroslow formula, solved one right-hand side at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.duality._jeroslow_bases import DualFeasibleBasis, ScaledProgram
from tamemip.duality._jeroslow_points import read_point
from tamemip.duality._value_formula import UnsolvedError
from tamemip.duality._value_formula_lattice import LatticeProgram
from tamemip.duality._value_formula_oracle import BranchAndBoundOracle
from tamemip.errors import NotAllowedError


@final
class BracketValues:
    """``min over E of z_M(floor_E(b)) + v_E (b - floor_E(b))`` with ``z_M`` solved exactly.

    What has been solved is remembered.
    """

    def __init__(self, scaled: ScaledProgram) -> None:
        self._scaled = scaled
        self._lattice = LatticeProgram.of(scaled.program.canonical())
        self._oracle = BranchAndBoundOracle(scaled.program, self._lattice)
        self._known: dict[tuple[int, ...], Bound] = {}

    def at(self, e: Sequence[Fraction]) -> Bound:
        """The value at a right-hand side of the scaled program's rows."""
        return min(self._bracket(basis, e) for basis in self._scaled.bases)

    def _bracket(self, basis: DualFeasibleBasis, e: Sequence[Fraction]) -> Bound:
        point = read_point(self._scaled, self._lattice, basis, e)
        value = math.inf if point is None else self._inner(point)
        if not isinstance(value, Fraction):
            return value
        M = self._scaled.M
        rounded = basis.point([math.floor(M * v) for v in basis.coordinates(e)], M)
        rows = zip(basis.prices, e, rounded, strict=True)
        return value + sum((y * (v - t) for y, v, t in rows if y), Fraction(0))

    def _inner(self, point: tuple[int, ...]) -> Bound:
        if point not in self._known:
            try:
                x = self._oracle.solve(point)
            except UnsolvedError:
                raise NotAllowedError(
                    "the integer program of the formula could not be solved at this right-hand "
                    "side: its tree has no end in sight. Bound the integer columns."
                ) from None
            costs = self._lattice.form.c
            self._known[point] = (
                math.inf
                if x is None
                else sum((c * v for c, v in zip(costs, x, strict=True)), Fraction(0))
            )
        return self._known[point]
