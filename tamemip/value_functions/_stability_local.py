"""The local stability set of a right-hand side, as Hassanzadeh and Ralphs define it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number
from tamemip.certificates import Bound
from tamemip.duality import DualFunction, Restriction
from tamemip.errors import NotAllowedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._expected_bounds import DualBounds
from tamemip.value_functions._line_function import read_direction
from tamemip.value_functions._stability_line import (
    ConvexBound,
    StabilityInterval,
    interval_around,
)

if TYPE_CHECKING:
    from tamemip.programs import Vector


@final
@dataclass(frozen=True, eq=False, repr=False)
class LocalStabilitySet:
    """The right-hand sides ``d`` with ``v(d) = v(b) + phi(d - b)``.

    ``phi(t)`` is the least cost of moving the continuous columns alone so that the rows
    move by ``t``: integer columns at 0, a continuous column with one bound on that side of
    0, one with two bounds at 0. So ``v(d) <= v(b) + phi(d - b)`` everywhere (``min``
    programs; ``max`` ones are mirrored), with equality on this set.

    It lies in the stability region of every integer part ``S`` that is optimal at ``b``, and
    is that region if ``b = A_I S`` and no continuous column has another bound than 0.

    Obtain it from `tamemip.value_functions.StabilityRegion.local_set`.

    Attributes
    ----------
    program, at, value, dual_function
        The program, the right-hand side, the value there, and the bound that proves it.
    """

    program: MixedIntegerProgram
    at: tuple[Fraction, ...]
    value: Fraction
    dual_function: DualFunction

    def cost(self, d: Vector) -> Bound:
        """``v(b) + phi(d - b)``, in the program's sense; infinite where ``phi`` is."""
        moves = zip(self.program.exact_rhs(d), self.at, strict=True)
        phi = self._values.value(self._bound.part, [v - b for v, b in moves])
        sign = 1 if self.program.sense == "min" else -1
        return self.value + sign * phi if isinstance(phi, Fraction) else sign * phi

    def contains(self, d: Vector, *, limits: Limits | None = None) -> bool:
        """Whether a right-hand side lies in it: the dual function is refined until it says.

        Raises
        ------
        NotAllowedError
            If a limit came first.
        """
        cost = self.cost(d)
        if not isinstance(cost, Fraction):
            return False
        return cost == proved_value(self.dual_function, self.program.exact_rhs(d), limits)

    def along(
        self,
        direction: Mapping[Index, Number],
        *,
        reach: Number | None = None,
        limits: Limits | None = None,
    ) -> StabilityInterval:
        """The largest interval of steps around 0 that lies in it, exactly.

        Parameters
        ----------
        direction, reach, limits
            See `tamemip.value_functions.StabilityRegion.along`.
        """
        way = read_direction(self.program, direction)
        here, zero = self.program.with_rhs(self.at), Fraction(0)
        return interval_around(
            here, self._bound, way, sure=(zero, zero), reach=reach, limits=limits
        )

    @cached_property
    def _bound(self) -> ConvexBound:
        sign = 1 if self.program.sense == "min" else -1
        moves = continuous_moves(self.program)
        part = (Fraction(0),) * sum(moves.exact.integer)
        return ConvexBound(moves, part, sign * (self.value - self.program.offset))

    @cached_property
    def _values(self) -> Restriction:
        return Restriction(self._bound.program)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"LocalStabilitySet({self.program.sense}, value {self.value})"


def continuous_moves(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """The program whose value is ``phi``: what is left of the columns is their recession cone."""
    exact = program.exact
    zero = Fraction(0)
    kept = [not flag for flag in exact.integer]
    return MixedIntegerProgram.from_arrays(
        exact.c,
        exact.A,
        exact.row_sense,
        [zero] * len(exact.rhs),
        lower=[v if k and v == -math.inf else zero for k, v in zip(kept, exact.lower, strict=True)],
        upper=[v if k and v == math.inf else zero for k, v in zip(kept, exact.upper, strict=True)],
        integrality=exact.integer,
        sense=exact.sense,
    )


def proved_value(F: DualFunction, rhs: tuple[Fraction, ...], limits: Limits | None) -> Bound:
    """The value at a right-hand side: read off if that is enough, refined else.

    Raises
    ------
    NotAllowedError
        If a limit came first.
    """
    known = DualBounds(F)
    low, high = known.at(rhs)
    if low != high:
        known.F = F.refine(at=rhs, limits=limits)
        known.learn(known.F.tight_points)
        low, high = known.at(rhs)
    if low != high:
        raise NotAllowedError(
            f"the value at this right-hand side is not proved within the limits: it lies in "
            f"[{low}, {high}]. Allow more."
        )
    return low
