"""The Moreau envelope of a value function in the right-hand side of one row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number, rationalize
from tamemip.duality import dual_function
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits, Status, relaxation_duals, solve
from tamemip.tameness import Structure
from tamemip.value_functions import LineValueFunction, value_function

if TYPE_CHECKING:
    from tamemip.programs import Vector

__all__ = ["MoreauEnvelope", "moreau_envelope"]

_ZERO = Fraction(0)
#: How far away a feasible right-hand side is sought, if there is none at the point.
_REACHES = tuple(Fraction(2) ** k for k in range(21))


@final
@dataclass(frozen=True, repr=False)
class MoreauEnvelope:
    """The Moreau envelope at one right-hand side, and its Clarke subdifferential.

    Attributes
    ----------
    row, at
        The row that moves, and its right-hand side.
    parameter
        The parameter lambda.
    value
        The envelope there.
    proximal_points
        The right-hand sides at which the minimum is attained.
    generators
        The Clarke subdifferential is the interval that these span: one for each proximal point.
    """

    row: str
    at: Fraction
    parameter: Fraction
    value: Fraction
    proximal_points: tuple[Fraction, ...]
    generators: tuple[Fraction, ...]

    @property
    def structure(self) -> Structure:
        """The envelope is piecewise quadratic."""
        return Structure.SEMIALGEBRAIC

    @property
    def gradient(self) -> Fraction:
        """One element of the Clarke subdifferential; the derivative if there is one."""
        return self.generators[0]

    @property
    def is_differentiable(self) -> bool:
        """Whether there is one proximal point."""
        return len(self.generators) == 1

    def __repr__(self) -> str:
        return f"MoreauEnvelope({self.value} at {self.row} = {self.at}, slopes {self.generators})"


def moreau_envelope(
    program: MixedIntegerProgram,
    parameter: Number,
    *,
    row: Index = 0,
    at: Vector | None = None,
    limits: Limits | None = None,
) -> MoreauEnvelope:
    r"""The Moreau envelope of the value in one right-hand side, exactly.

    .. math:: e_\lambda(b) = \min_{b'} v(b') + \frac{(b - b')^2}{2 \lambda}
              \qquad (\text{max: } \max_{b'} v(b') - \frac{(b - b')^2}{2 \lambda})

    It is locally Lipschitz, and its Clarke subdifferential is the hull of
    :math:`(b - b') / \lambda` over the proximal points (``max``: minus these), for it is a
    minimum of smooth functions [1]_. It lies below `v` (above, for ``max``) near every jump.

    Parameters
    ----------
    program
        A program that is bounded.
    parameter
        lambda, positive, in squared units of the row a unit of the objective.
    row
        The row whose right-hand side moves; the others stay.
    at
        The right-hand side of the program; its own if None.
    limits
        Of the value function that is computed around the point.

    Raises
    ------
    InvalidInputError
        If the parameter is not positive or the row is unknown.
    UnsupportedError
        If the relaxation is unbounded, or no feasible right-hand side of the row was found.
    NotAllowedError
        If a limit came first.

    References
    ----------
    .. [1] R. T. Rockafellar, R. J.-B. Wets, "Variational Analysis", Springer, 1998, chapters 1
       and 10.

    Examples
    --------
    A jump from 0 to -1 at 1, smoothed: within a distance of sqrt(2) below, it is seen.

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [0], upper=1)
    >>> moreau_envelope(p, 1)
    MoreauEnvelope(-1/2 at R0 = 0, slopes (Fraction(-1, 1),))
    """
    weight = rationalize(parameter, what="the parameter")
    if weight <= 0:
        raise InvalidInputError(f"the parameter is {weight}; it has to be positive.")
    here = program if at is None else program.with_rhs(at)
    i = here.row_index(row)
    reach = _reach(here, i, weight, limits)
    v = value_function(here, along={i: 1}, interval=(-reach, reach), limits=limits)
    assert isinstance(v, LineValueFunction)
    if v.gaps:
        raise NotAllowedError("the value is not proved around the point; allow more time.")
    sign = 1 if here.sense == "min" else -1
    candidates = dict(_candidates(v, weight, sign))
    best = min(candidates.values())
    steps = sorted(t for t, value in candidates.items() if value == best)
    b = here.exact.rhs[i]
    return MoreauEnvelope(
        here.row_names[i],
        b,
        weight,
        sign * best,
        tuple(b + t for t in steps),
        tuple(-sign * t / weight for t in steps),
    )


def _candidates(
    v: LineValueFunction, weight: Fraction, sign: int
) -> Iterator[tuple[Fraction, Fraction]]:
    """Steps at which the minimum can be, with the objective there, in min orientation.

    The value is lower semicontinuous: at an open end of a piece it is no greater than the limit.
    """
    steps = set()
    for piece in v.pieces:
        steps |= {piece.lo, piece.hi}
        lowest = -sign * (piece.slope or _ZERO) * weight
        if piece.lo < lowest < piece.hi:
            steps.add(lowest)
    for t in steps:
        value = v.exact(t)
        if isinstance(value, Fraction):
            yield t, sign * value + t * t / (2 * weight)


def _reach(
    program: MixedIntegerProgram, i: int, weight: Fraction, limits: Limits | None
) -> Fraction:
    """A distance beyond which no point can be proximal.

    With duals ``y`` of the relaxation, ``v(b + t) >= F + y t``; and some ``v(b + s) = u`` is
    known. So a proximal ``t`` has ``F + y t + t^2 / (2 w) <= u + s^2 / (2 w)``.
    """
    sign = 1 if program.sense == "min" else -1
    duals = relaxation_duals(program)
    known, step = _feasible(program, i, limits)
    if duals is None:
        shifted = list(program.exact.rhs)
        shifted[i] += step
        duals = relaxation_duals(program.with_rhs(shifted))
    if duals is None:
        raise UnsupportedError("the relaxation has no optimal duals: the value is unbounded.")
    y = duals.get(i, _ZERO)
    base = _linear_bound(program, duals)
    room = sign * known + step * step / (2 * weight) - base
    root = math.isqrt(math.ceil(2 * weight * max(room, _ZERO) + weight * weight * y * y)) + 1
    return weight * abs(y) + root + abs(step)


def _linear_bound(program: MixedIntegerProgram, duals: dict[int, Fraction]) -> Fraction:
    """``y b`` plus the best of the bounds: at most the value, min orientation, with constant."""
    exact = program.exact
    sign = 1 if exact.sense == "min" else -1
    total = sign * exact.offset + sum((y * exact.rhs[i] for i, y in duals.items()), _ZERO)
    for j, column in enumerate(exact.A.columns):
        z = sign * exact.c[j] - sum((a * duals.get(i, _ZERO) for i, a in column), _ZERO)
        end = exact.lower[j] if z > 0 else exact.upper[j]
        if z and not isinstance(end, Fraction):
            raise UnsupportedError("the relaxation is not dual feasible; bound the columns.")
        if z and isinstance(end, Fraction):
            total += z * end
    return total


def _feasible(
    program: MixedIntegerProgram, i: int, limits: Limits | None
) -> tuple[Fraction, Fraction]:
    """A value at a right-hand side of the row near the point, and the step there."""
    for reach in (_ZERO, *(s * r for r in _REACHES for s in (1, -1))):
        shifted = list(program.exact.rhs)
        shifted[i] += reach
        near = program.with_rhs(shifted)
        claim = solve(near, limits=limits)
        if claim.status is Status.LIMIT:
            raise NotAllowedError("a limit came before the value was proved; allow more.")
        if claim.status is Status.OPTIMAL and claim.point is not None:
            function = dual_function(near, limits=limits)
            if isinstance(function.value, Fraction) and function.is_tight:
                return function.value, reach
    raise UnsupportedError(
        f"no feasible right-hand side of row {program.row_names[i]!r} was found within "
        f"{_REACHES[-1]} of the point."
    )
