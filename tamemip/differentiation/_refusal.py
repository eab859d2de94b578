"""Why a value has no derivative at a point: a jump, proved on a line through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector, primitive_vector
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._moving import Moving
from tamemip.errors import NotLipschitzError, TameMIPError
from tamemip.programs import Index, ParametricProgram
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
    """

    direction: Vector
    at: Fraction
    limit: Bound | None
    is_certified: bool

    def __str__(self) -> str:
        way = ", ".join(str(v) for v in self.direction)
        if self.limit is None:
            return f"from {self.at}, along ({way}), to what was not computed"
        if not isinstance(self.limit, Fraction):
            return f"from {self.at} to infeasible, along ({way})"
        return f"from {self.at} to {self.limit}, along ({way})"


def not_lipschitz(
    moving: Moving, value: Fraction, d: Vector, normal: Vector, limits: Limits | None
) -> NotLipschitzError:
    """The refusal, with the jump along `d` and a horizon normal, flat."""
    jump = _measured(moving, value, primitive_vector(d), limits)
    by = ", ".join(moving.slots)
    return NotLipschitzError(
        f"the value jumps here as a function of {by}: {jump}. So it has no conservative "
        f"gradient; {told(normal)} is a horizon normal. Ask at another point, or differentiate the "
        "elastic envelope: tm.elastic(program, penalty=...).",
        jump=jump,
        normal=normal,
    )


def _measured(moving: Moving, value: Fraction, d: Vector, limits: Limits | None) -> Jump:
    try:
        line = value_function(_line(moving, d), along={"t": 1}, interval=(0, _REACH), limits=limits)
    except TameMIPError:
        return Jump(d, value, None, is_certified=False)
    assert isinstance(line, LineValueFunction)
    for jump in line.jumps:
        if jump.t == 0:
            return Jump(d, value, jump.right, is_certified=True)
    return Jump(d, value, None, is_certified=False)


def _line(moving: Moving, d: Vector) -> ParametricProgram:
    """The program along a direction, with the parameter ``t``."""
    program, q = moving.program, moving.parametric
    if q is not None:
        slopes = {
            name: [[sum((v * d[k] for k, v in row), Fraction(0))] for row in getattr(q, name).rows]
            for name in ("rhs", "c", "lower", "upper")
        }
        entries: dict[tuple[Index, Index], list[Fraction]] = {
            (entry.row, entry.col): [sum((v * d[k] for k, v in entry.slope), Fraction(0))]
            for entry in q.A
        }
        return ParametricProgram(program, **slopes, A=entries, names=("t",))
    parts = moving.split(d)
    shares = {slot: [[v] for v in parts[slot]] for slot in moving.slots if slot != "A"}
    n = program.n_cols
    moved: dict[tuple[Index, Index], list[Fraction]] = {
        (k // n, k % n): [v] for k, v in enumerate(parts.get("A", ())) if v
    }
    return ParametricProgram(program, **shares, A=moved, names=("t",))


def refuse_pinned_columns(moving: Moving) -> None:
    """A continuous column with equal bounds that move apart has no value on one side."""
    exact = moving.program.exact
    for j, (low, up, flag) in enumerate(zip(exact.lower, exact.upper, exact.integer, strict=True)):
        if low != up or flag:
            continue
        if moving.parametric is None:
            moves_apart = bool(moving.moved & {"lower", "upper"})
        else:
            q = moving.parametric
            moves_apart = q.lower.rows[j] != q.upper.rows[j]
        if moves_apart:
            raise NotLipschitzError(
                f"column {moving.program.col_names[j]!r} has equal bounds: where they cross, the "
                "program is infeasible."
            )


def refuse_tight_integer_bounds(moving: Moving, pairs: Sequence[OptimalPair]) -> None:
    """An optimal integer that sits on a bound which moves would have to jump."""
    exact = moving.program.exact
    for name, bounds in (("lower", exact.lower), ("upper", exact.upper)):
        if name not in moving.moved:
            continue
        slopes = None if moving.parametric is None else getattr(moving.parametric, name).rows
        for j, flag in enumerate(exact.integer):
            if not flag or (slopes is not None and not slopes[j]):
                continue
            if any(pair.point[j] == bounds[j] for pair in pairs):
                raise NotLipschitzError(
                    f"the integer column {moving.program.col_names[j]!r} is optimal at its {name} "
                    f"bound {bounds[j]}, which moves: the value may jump there. Ask at a bound "
                    "that is not an integer."
                )


def told(v: Sequence[Fraction]) -> str:
    """A vector for people."""
    return f"({', '.join(str(x) for x in v)})"
