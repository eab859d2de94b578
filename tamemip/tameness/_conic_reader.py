"""The optimal value of a conic program as an expression in what varies.

With x the columns, ``v = inf {t : some x satisfies all conditions and c x <= t}``. *Some x*
is the greatest indicator over one column after the other, and an integer column is a real one
in a bounded interval that equals its floor. So that no function is asked where it is undefined,
the infimum is taken of ``t / (1 + |t|)``, which lies between -1 and 1, and is 1 where there
is no point: the value is -1 exactly where the program is unbounded, and 1 exactly where it is
infeasible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

from tamemip.certificates import Bound, ColumnBounds, Domain, Enclosure
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness._certify import Reading
from tamemip.tameness._conditions import (
    always,
    conjunction,
    equal,
    infimum,
    less,
    less_equal,
    piecewise,
)
from tamemip.tameness._conic_cones import AffineMap
from tamemip.tameness._conic_data import MovingProgram
from tamemip.tameness._conic_membership import exists, membership
from tamemip.tameness._conic_program import ConicProgram
from tamemip.tameness._domain import domain_of
from tamemip.tameness._expression import (
    Expression,
    absolute,
    add,
    divide,
    floor,
    maximum,
    minimum,
    scale,
    subtract,
    variable,
)
from tamemip.tameness._program_bounds import bound_integers
from tamemip.tameness._program_data import varying_of
from tamemip.tameness._program_reader import read as read_program
from tamemip.tameness._verdict import UNKNOWN, OpenObligation, Verdict

#: Columns that an obligation names.
_SHOWN = 8


def read(obj: object, domain: Any, varying: object) -> Reading | Verdict:
    """The expression of the optimal value, where it is finite; or why there is none.

    Parameters
    ----------
    obj
        A `ConicProgram`. Without cones it is read as its program.
    domain, varying
        As for the program.

    Raises
    ------
    InvalidInputError
        If it is something else, or the domain does not fit.
    """
    if not isinstance(obj, ConicProgram):
        raise InvalidInputError(
            f"cannot certify a {type(obj).__name__}; hand in a ConicProgram with the cone in it."
        )
    if not obj.cones:
        return read_program(obj.program, domain, varying)
    match obj.program:
        case MixedIntegerProgram() as program:
            box = varying_of(program, domain, varying)
            moving = MovingProgram.of_box(program, box)
        case ParametricProgram() as parametric:
            moving = MovingProgram.of_parametric(parametric, domain_of(domain, parametric.names))
    subject = f"the optimal value of {obj!r}"
    known, left = _bounds(moving)
    if left:
        return _unknown(subject, moving, left)
    return _value(obj, moving, known, subject)


def _bounds(moving: MovingProgram) -> tuple[ColumnBounds, list[int]]:
    """Bounds that the linear part proves, and the integer columns without them.

    Points of the program satisfy its rows, so what bounds those bounds these. Bounds by
    the level of the objective are left out: they would need a point in the cones.
    """
    program, varying = moving.program, moving.varying
    known = ColumnBounds.of(program.exact, varying)
    for proof in bound_integers(program, varying).proofs:
        known.prove(*proof)
    return known, known.unbounded_integers()


def _unknown(subject: str, moving: MovingProgram, left: Sequence[int]) -> Verdict:
    names = [moving.program.col_names[j] for j in left]
    shown = tuple(names[:_SHOWN]) + (("...",) if len(names) > _SHOWN else ())
    count = f"{len(names)} integer column{'s' * (len(names) != 1)}"
    return Verdict(
        status=UNKNOWN,
        subject=subject,
        where=str(moving.parameters),
        domain=moving.parameters,
        obligation=OpenObligation(
            shown,
            f"the rows prove no bound of {count} for all data of the domain, and with cones an "
            "infimum over unbounded integers may be definable in no o-minimal structure",
            f"add bounds to {', '.join(shown)}, or restrict the domain so that rows bound them",
        ),
    )


def _value(
    conic: ConicProgram, moving: MovingProgram, known: ColumnBounds, subject: str
) -> Reading:
    names = _Names(list(moving.parameters.names), list(moving.parameters.intervals))
    x = []
    conditions = []
    for j, name in enumerate(moving.program.col_names):
        interval, condition = _range(known.lower[j], known.upper[j])
        x.append(variable(names.take(name, interval)))
        conditions += condition
    integer = moving.program.exact.integer
    conditions += [equal(floor(f), f) for f, flag in zip(x, integer, strict=True) if flag]
    conditions += moving.conditions(x)
    columns = names.eliminated
    for cone in conic.cones:
        conditions.append(membership(cone, _image(cone.image, x), names.fresh))
    level = names.fresh("t")
    sign = 1 if moving.program.exact.sense == "min" else -1
    conditions.append(less_equal(scale(moving.objective(x), sign), variable(level)))
    reached = exists(columns, conjunction(*conditions))
    return Reading([scale(_least(level, reached), sign)], names.domain, subject)


def _least(level: str, reached: Expression) -> Expression:
    """The infimum of the levels that are reached, where it is finite."""
    t = variable(level)
    squeezed = maximum(-1, minimum(1, divide(t, add(absolute(t), 1))))
    w = infimum(piecewise([(reached, squeezed)], default=1), level)
    size = absolute(w)
    return piecewise([(less(size, 1), divide(w, subtract(1, size)))])


def _image(image: AffineMap, x: Sequence[Expression]) -> list[Expression]:
    return [
        add(*(scale(x[j], v) for j, v in row), constant_part)
        for row, constant_part in zip(image.A.rows, image.b, strict=True)
    ]


def _range(low: Bound, high: Bound) -> tuple[Enclosure, list[Expression]]:
    """An interval; where bounds cross there is no point, whatever the interval."""
    if low > high:
        return Enclosure.point(Fraction(0)), [always(holds=False)]
    return Enclosure.between(low, high), []


@final
@dataclass(frozen=True, slots=True)
class _Names:
    """The variables of an expression: parameters first, then those that are eliminated."""

    names: list[str]
    intervals: list[Enclosure]
    gone: list[str] = field(default_factory=list)

    def take(self, stem: str, interval: Enclosure) -> str:
        """A new name to eliminate."""
        name = stem
        while name in self.names:
            name += "'"
        self.names.append(name)
        self.intervals.append(interval)
        self.gone.append(name)
        return name

    def fresh(self, stem: str) -> str:
        """A new name to eliminate, over all reals."""
        return self.take(stem, Enclosure.everything())

    @property
    def eliminated(self) -> list[str]:
        """The names so far that are to eliminate."""
        return list(self.gone)

    @property
    def domain(self) -> Domain:
        """All of them."""
        return Domain(tuple(self.names), tuple(self.intervals), frozenset(self.gone))
