"""Repairs: what it costs at most to move a right-hand side, by continuous columns alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound, Certificate, lipschitz_certificate
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.programs import MixedIntegerProgram

__all__ = ["Repairs", "cheapest_repairs"]

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, repr=False)
class Repairs:
    """The cheapest repairs of every row to both sides.

    Attributes
    ----------
    program
        The program.
    up, down
        One direction of the columns a row: every feasible point can go along it for ever, at
        a right-hand side that moves by 1 (by -1) in this row.
    constants
        What the dearer of both costs, by row, at least 0: the value function changes by at most
        ``sum constants[i] |b_i - b'_i|``.
    """

    program: MixedIntegerProgram
    up: tuple[Vector, ...]
    down: tuple[Vector, ...]
    constants: Vector

    @property
    def certificate(self) -> Certificate:
        """The proof of the constants."""
        return lipschitz_certificate(self.program.exact, self.constants, self.up, self.down)

    def __repr__(self) -> str:
        return (
            f"Repairs({len(self.constants)} rows, constants up to {max(self.constants, default=0)})"
        )


def cheapest_repairs(program: MixedIntegerProgram) -> Repairs | None:
    """The cheapest repairs of all rows, or None if some row cannot be repaired.

    The cost of the cheapest repair is the largest entry of the dual polytope, by duality: so
    the constants are the least that continuous columns alone can give.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    >>> cheapest_repairs(p) is None, cheapest_repairs(tm.elastic(p, penalty=2)).constants
    (True, (Fraction(2, 1),))
    """
    moves = _moves(program)
    fibres = Fibres(moves)
    sides: list[list[Vector]] = [[], []]
    constants = []
    for i in range(program.n_rows):
        costs = [_ZERO]
        for side, sign in zip(sides, (1, -1), strict=True):
            rhs = [Fraction(sign * (k == i)) for k in range(program.n_rows)]
            pair = fibres.solve((), rhs=rhs)
            if not isinstance(pair, OptimalPair):
                return None
            side.append(pair.point)
            costs.append(pair.value if program.sense == "min" else -pair.value)
        constants.append(max(costs))
    return Repairs(program, tuple(sides[0]), tuple(sides[1]), tuple(constants))


def _moves(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """The linear program over the directions of recession of the continuous columns."""
    exact = program.exact

    def ends(bounds: tuple[Bound, ...], infinite: float) -> tuple[Bound, ...]:
        pairs = zip(bounds, exact.integer, strict=True)
        return tuple(v if v == infinite and not flag else _ZERO for v, flag in pairs)

    data = replace(
        exact,
        lower=ends(exact.lower, -math.inf),
        upper=ends(exact.upper, math.inf),
        integer=(False,) * program.n_cols,
        offset=_ZERO,
    )
    return replace(program, exact=data)
