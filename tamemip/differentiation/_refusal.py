"""Why a value has no derivative at a point: a jump there or nearby, proved on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector, primitive_vector
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._local_model import Fall
from tamemip.differentiation._moving import Direction, Moving
from tamemip.errors import NotAllowedError, NotLipschitzError, TameMIPError
from tamemip.programs import Index, MixedIntegerProgram, ParametricProgram
from tamemip.value_functions import LineValueFunction, value_function

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = [
    "Jump",
    "not_lipschitz",
    "refuse_pinned_columns",
    "refuse_tight_integer_bounds",
    "told",
]

#: How far the line goes on which a jump at its beginning is proved.
_REACH = Fraction(1, 1000)
#: Distances at which a jump near a point is looked for, and how far the lines go from there.
_NEARBY = tuple(Fraction(1, 10**k) for k in (2, 4, 8, 16))
_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Jump:
    """A jump of a value function where a line begins.

    Attributes
    ----------
    direction
        The line: a step ``t`` moves what is differentiated by ``t * direction``, flat.
    at
        The value at ``t = 0``.
    limit
        The limit for ``t`` falling to 0; infinite where there is no feasible point.
    is_certified
        Whether a value function on the line was computed, whose certificate proves the limit.
    start
        Where the line begins, as a step from the point that was asked about (on a box, from the
        program's own right-hand side; on a line, from ``t = 0``), flat; None is that point. If
        a derivative was asked for, there are jumps at all points between as well.
    """

    direction: Vector
    at: Fraction
    limit: Bound | None
    is_certified: bool
    start: Vector | None = None

    def __str__(self) -> str:
        way = told(self.direction)
        if self.start is not None:
            way += f" from a point {told(self.start)} away"
        if self.limit is None:
            return f"from {self.at}, along {way}, to what was not computed"
        return f"from {self.at} to {self.limit}, along {way}"


def not_lipschitz(
    moving: Moving, value: Fraction, fall: Fall, normal: Vector, limits: Limits | None
) -> NotLipschitzError:
    """The refusal, with the jump where the value falls and a horizon normal, flat."""
    if any(fall.place):
        jump = _measured_nearby(moving, value, fall, limits)
        where = "jumps arbitrarily near to this point"
    else:
        jump = _measured(moving, value, primitive_vector(fall.way), limits)
        where = "jumps here"
    by = ", ".join(moving.slots)
    return NotLipschitzError(
        f"the value {where} as a function of {by}: {jump}. So it has no conservative "
        f"gradient; {told(normal)} is a horizon normal. Ask at another point, or differentiate the "
        "elastic envelope: tm.elastic(program, penalty=...).",
        jump=jump,
        normal=normal,
    )


def _measured(
    moving: Moving, value: Fraction, d: Vector, limits: Limits | None, reach: Fraction = _REACH
) -> Jump:
    try:
        line = value_function(_line(moving, d), along={"t": 1}, interval=(0, reach), limits=limits)
    except TameMIPError:
        return Jump(d, value, None, is_certified=False)
    assert isinstance(line, LineValueFunction)
    for jump in line.jumps:
        if jump.t == 0 and isinstance(jump.at, Fraction):
            return Jump(d, jump.at, jump.right, is_certified=True)
    return Jump(d, value, None, is_certified=False)


def _measured_nearby(moving: Moving, value: Fraction, fall: Fall, limits: Limits | None) -> Jump:
    """The jump at a short multiple of the place of a fall."""
    place, way = primitive_vector(fall.place), primitive_vector(fall.way)
    away = _line(moving, place)
    for s in _NEARBY:
        there = Moving(away.at([s]), moving.slots, moving.parametric)
        jump = _measured(there, value, way, limits, s / 1000)
        if jump.is_certified:
            return replace(jump, start=tuple(s * v for v in place))
    return Jump(way, value, None, is_certified=False)


def _line(moving: Moving, d: Vector) -> ParametricProgram:
    """The program along a direction, with the parameter ``t``."""
    program, q = moving.program, moving.parametric
    if q is not None:
        slopes = {
            name: [[sum((v * d[k] for k, v in row), _ZERO)] for row in getattr(q, name).rows]
            for name in ("rhs", "c", "lower", "upper")
        }
        entries: dict[tuple[Index, Index], list[Fraction]] = {
            (entry.row, entry.col): [sum((v * d[k] for k, v in entry.slope), _ZERO)]
            for entry in q.A
        }
        return ParametricProgram(program, **slopes, A=entries, names=("t",))
    parts = moving.split(d)
    shares = {
        slot: [[v] if _is_finite(program, slot, k) else [_ZERO] for k, v in enumerate(parts[slot])]
        for slot in moving.slots
        if slot != "A"
    }
    n = program.n_cols
    moved: dict[tuple[Index, Index], list[Fraction]] = {
        (k // n, k % n): [v] for k, v in enumerate(parts.get("A", ())) if v
    }
    return ParametricProgram(program, **shares, A=moved, names=("t",))


def _is_finite(program: MixedIntegerProgram, slot: str, k: int) -> bool:
    """Whether there is a number that can move; an infinite bound stays where it is."""
    return isinstance(getattr(program.exact, slot)[k], Fraction)


def refuse_pinned_columns(moving: Moving, value: Fraction) -> None:
    """A continuous column with equal bounds that move apart has no value on one side."""
    exact = moving.program.exact
    zeros, nothing = (_ZERO,) * len(exact.c), (_ZERO,) * len(exact.rhs)
    for j, (low, up, flag) in enumerate(zip(exact.lower, exact.upper, exact.integer, strict=True)):
        if low != up or flag:
            continue
        rising = (*zeros[:j], _ONE, *zeros[j + 1 :])
        falling = tuple(-v for v in rising)
        d = moving.image(Direction(zeros, zeros, nothing, rising, falling))
        if any(d):
            worst = math.inf if moving.program.sense == "min" else -math.inf
            raise NotLipschitzError(
                f"column {moving.program.col_names[j]!r} has equal bounds: where they cross, the "
                "program is infeasible.",
                jump=Jump(primitive_vector(d), value, worst, is_certified=True),
                normal=tuple(v if moving.program.sense == "min" else -v for v in d),
            )


def refuse_tight_integer_bounds(moving: Moving, pairs: Sequence[OptimalPair]) -> None:
    """Where matrix or costs move as well, an optimal integer must not sit on a moving bound."""
    exact = moving.program.exact
    for name, bounds in (("lower", exact.lower), ("upper", exact.upper)):
        if name not in moving.moved:
            continue
        slopes = None if moving.parametric is None else getattr(moving.parametric, name).rows
        for j, flag in enumerate(exact.integer):
            if not flag or (slopes is not None and not slopes[j]):
                continue
            if any(pair.point[j] == bounds[j] for pair in pairs):
                raise NotAllowedError(
                    f"the integer column {moving.program.col_names[j]!r} is optimal at its {name} "
                    f"bound {bounds[j]}, which moves: the value may jump there. Ask at a bound "
                    "that is not an integer."
                )


def told(v: Sequence[Fraction]) -> str:
    """A vector for people."""
    return f"({', '.join(str(x) for x in v)})"
