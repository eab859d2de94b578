"""Where an optimal solution switches, and has no Jacobian."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._solution_forms import Form, Reach
from tamemip.errors import NotAllowedError
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.differentiation._fibres_types import Vector
    from tamemip.differentiation._solution_active import ActiveSet
    from tamemip.differentiation._solution_motion import Motion

__all__ = [
    "SwitchError",
    "refusal_of_row",
    "switch_at_bound",
    "switch_between_points",
    "switch_of_parts",
]

_ZERO, _ONE = Fraction(0), Fraction(1)
#: How far to both sides of a switch its points are shown.
_ASIDE = Fraction(1, 1000)
#: Entries of a point that are printed.
_SHOWN = 8
_ADVICE = (
    "Ask at another point, or differentiate a regularization that is continuous there: "
    "quadratic_argmin, perturbed_argmin or moreau_envelope of tamemip.differentiation."
)


@final
class SwitchError(NotAllowedError):
    """An optimal solution was to be differentiated where it switches.

    Attributes
    ----------
    parts
        The optimal integer parts that meet: two, or one that goes on in two ways.
    points
        Two points: both optimal, or one on each side of the switch; None where there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        parts: Sequence[Vector] = (),
        points: Sequence[Vector | None] = (),
    ) -> None:
        super().__init__(message)
        self.parts = tuple(parts)
        self.points = tuple(points)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the facts."""
        return (_again, (self.args[0], self.parts, self.points))


def _again(
    message: str, parts: tuple[Vector, ...], points: tuple[Vector | None, ...]
) -> SwitchError:
    return SwitchError(message, parts=parts, points=points)


def switch_of_parts(program: MixedIntegerProgram, parts: Sequence[Sequence[int]]) -> SwitchError:
    """Two integer parts are optimal."""
    fibres = Fibres(program)
    first, second = (tuple(Fraction(v) for v in part) for part in parts[:2])
    pairs = (fibres.optimal_pair(first), fibres.optimal_pair(second))
    columns = [name for name, f in zip(program.col_names, program.exact.integer, strict=True) if f]
    return SwitchError(
        "the optimal solution switches here: two integer parts are optimal, "
        f"{_told(columns, first)} and {_told(columns, second)}. {_ADVICE}",
        parts=(first, second),
        points=[None if pair is None else pair.point for pair in pairs],
    )


def switch_between_points(pair: OptimalPair, fibres: Fibres) -> SwitchError | None:
    """Two points of one integer part are optimal; None if there is one only."""
    face = fibres.primal_face(pair)
    points = [*face.vertices]
    for way in (*face.rays, *face.lines):
        points.append(tuple(a + b for a, b in zip(pair.point, way, strict=True)))
    points = [pair.point, *(x for x in points if x != pair.point)]
    if len(points) < 2:
        return None
    names = pair.program.col_names
    return SwitchError(
        "the optimal solution switches here: two points of one integer part are optimal, "
        f"{_told(names, points[0])} and {_told(names, points[1])}. {_ADVICE}",
        parts=(pair.part,),
        points=points[:2],
    )


def refusal_of_row(
    pair: OptimalPair, motion: Motion, active: ActiveSet, row: int
) -> NotAllowedError:
    """A tight row leaves the others, so that the point follows it on one side only."""
    reach = Reach(None)
    path = active.path(motion, reach)
    if not motion.rhs[row].minus(motion.activity(reach, row, path)).slopes:
        return NotAllowedError(
            f"the optimal point is degenerate: row {pair.program.row_names[row]!r} is tight too, "
            "and while the matrix moves it is not proved to stay so. Ask at another point."
        )
    return _switch_of_row(pair, motion, active, row)


def _switch_of_row(pair: OptimalPair, motion: Motion, active: ActiveSet, row: int) -> SwitchError:
    program = pair.program
    name = program.row_names[row]
    where = _parameters(motion)
    sides = tuple(
        next((x for x in (_aside(motion, pair, k, sign) for k in where) if x != pair.point), None)
        for sign in (_ONE, -_ONE)
    )
    held = ", ".join([*(program.row_names[i] for i in active.chosen), "bounds"])
    return SwitchError(
        f"the optimal solution switches here: the point is degenerate, and row {name!r}, which is "
        f"tight too, does not move along with what holds it ({held}). On one side another basis "
        f"is optimal, or none. {_ADVICE}",
        parts=(pair.part,),
        points=sides,
    )


def switch_at_bound(pair: OptimalPair, column: int, side: str) -> SwitchError:
    """A column is pinned by a bound that moves."""
    program = pair.program
    name, value = program.col_names[column], pair.point[column]
    what = (
        f"the integer column {name!r} is optimal at its {side} bound {value}, which moves"
        if program.exact.integer[column]
        else f"the bounds of column {name!r} are equal, {value}, and move apart"
    )
    return SwitchError(
        f"the optimal solution ends here on one side: {what}. {_ADVICE}",
        parts=(pair.part,),
        points=(pair.point, None),
    )


def _parameters(motion: Motion) -> list[int]:
    forms: Iterable[Form] = (*motion.rhs, *motion.c)
    used = {k for form in forms for k in form.slopes}
    used |= {k for form in (*motion.lower, *motion.upper) if form is not None for k in form.slopes}
    return sorted(used | {k for slopes in motion.entries.values() for k in slopes})


def _aside(motion: Motion, pair: OptimalPair, k: int, sign: Fraction) -> Vector | None:
    """The optimal point of the same integer part, a little to one side; None if there is none."""
    step = sign * _ASIDE

    def moved(form: Form) -> Fraction:
        return form.start + step * form.slopes.get(k, _ZERO)

    program = motion.program
    exact = program.exact
    there = MixedIntegerProgram.from_arrays(
        [moved(form) if exact.sense == "min" else -moved(form) for form in motion.c],
        [[moved(row[j]) if j in row else 0 for j in range(program.n_cols)] for row in motion.rows],
        exact.row_sense,
        [moved(form) for form in motion.rhs],
        lower=[
            v if f is None else moved(f) for f, v in zip(motion.lower, exact.lower, strict=True)
        ],
        upper=[
            v if f is None else moved(f) for f, v in zip(motion.upper, exact.upper, strict=True)
        ],
        integrality=exact.integer,
        sense=exact.sense,
    )
    found = Fibres(there).optimal_pair(pair.part)
    return None if found is None else found.point


def _told(names: Sequence[str], values: Vector) -> str:
    kept = [f"{n} = {v}" for n, v in zip(names, values, strict=True) if v]
    more = f", ... {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
    return f"({', '.join(kept[:_SHOWN])}{more})" if kept else "(all 0)"
