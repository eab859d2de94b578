"""Is the value Lipschitz: everywhere, near a point, on a box? With a constant, or a jump."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, pairwise, product
from typing import TypeAlias, cast

from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._gradient import conservative_gradient
from tamemip.differentiation._hypotheses import has_complete_recourse
from tamemip.differentiation._lipschitz_cells import of_cells
from tamemip.differentiation._lipschitz_verdict import LipschitzVerdict
from tamemip.differentiation._moving import At
from tamemip.differentiation._refusal import Jump
from tamemip.differentiation._repairs import cheapest_repairs
from tamemip.duality import DualFunction
from tamemip.errors import (
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    TameMIPError,
    UnsupportedError,
)
from tamemip.programs import Box, MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Limits
from tamemip.value_functions import BoxValueFunction, LineValueFunction, value_function

__all__ = ["lipschitz"]

Subject: TypeAlias = (
    MixedIntegerProgram | ParametricProgram | DualFunction | LineValueFunction | BoxValueFunction
)
_EVERYWHERE, _NEAR, _ON_BOX, _ON_LINE = "everywhere", "near the point", "on the box", "on the line"
_ZERO, _ONE = Fraction(0), Fraction(1)
#: What slopes near a point may exceed those at it by, where the value is not piecewise affine.
_NEARLY = Fraction(1, 1000)
#: Segments between corners of a box on which a jump is looked for first, at most.
_MOST_EDGES = 15


def lipschitz(
    obj: Subject, *, at: At = None, domain: Box | None = None, limits: Limits | None = None
) -> LipschitzVerdict:
    """Decide whether a function is Lipschitz, and with which constant.

    Of a program, its optimal value as a function of the right-hand sides; of a
    `ParametricProgram`, of the parameters near ``at``. Everything is proved, or a jump is
    exhibited.

    Parameters
    ----------
    obj
        A program, a dual function, or a value function on a line or a box.
    at
        Near this point only.
    domain
        On this box of right-hand sides only.
    limits
        Of the search.

    Returns
    -------
    LipschitzVerdict
        Certified with a constant for each row; refuted with a jump and a horizon normal; or
        unknown. Right-hand sides without a finite value count as a jump to infinity, except
        for the dual functions; where every right-hand side can be repaired, the value is finite
        everywhere or nowhere.

    Raises
    ------
    InvalidInputError
        If both ``at`` and ``domain`` are given, or do not fit the object.

    Notes
    -----
    *Everywhere*, if continuous columns and slacks can repair every right-hand side: then the
    duals of the continuous columns form a polytope, and its largest entries are the constants
    [1]_. *Near a point*, by the conservative gradient there. *On a box*, by the exact value
    function. Functions from ``method="mir"`` and elastic envelopes are Lipschitz by construction.

    References
    ----------
    .. [1] C. E. Blair, R. G. Jeroslow, "The value function of a mixed integer program: I",
       Discrete Mathematics 19 (1977), 121-138.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    >>> verdict = tm.lipschitz(p, at=[1])
    >>> verdict.status.value, str(verdict.jump)
    ('refuted', 'from -1 to 0, along (-1)')
    >>> tm.lipschitz(tm.elastic(p, penalty=2)).constant
    Fraction(2, 1)
    """
    if at is not None and domain is not None:
        raise InvalidInputError("give `at` or `domain`, not both.")
    if domain is not None and not isinstance(domain, Box):
        raise InvalidInputError(f"`domain` is {domain!r}; it has to be a `tamemip.Box`.")
    match obj:
        case DualFunction():
            return _of_dual_function(obj)
        case LineValueFunction():
            return _of_line(obj, ("t",), _ON_LINE, (_ONE,), (_ZERO,))
        case BoxValueFunction():
            return of_cells(obj, tuple(obj.program.row_names[i] for i in obj.parameters.rows))
        case ParametricProgram():
            if at is None:
                raise InvalidInputError("a ParametricProgram needs `at`: the parameters.")
            return _near(obj, at, limits)
        case MixedIntegerProgram() if domain is not None:
            return _on_box(obj, domain, limits)
        case MixedIntegerProgram() if at is not None:
            return _near(obj, at, limits)
        case MixedIntegerProgram():
            return _everywhere(obj, limits)
        case _:
            raise InvalidInputError(
                f"lipschitz takes a program, a dual function or a value function on a line or a "
                f"box, not {type(obj).__name__}."
            )


# -- programs --------------------------------------------------------------------------------


def _everywhere(program: MixedIntegerProgram, limits: Limits | None) -> LipschitzVerdict:
    names = program.row_names
    whole = _by_repairs(program)
    if whole is not None:
        return whole
    here = _near(program, program.exact.rhs, limits)
    if here.jump is not None:
        return LipschitzVerdict.refuted(
            _EVERYWHERE, names, here.reason, jump=here.jump, normal=here.normal
        )
    return _along_axes(program, limits) or LipschitzVerdict.unknown(
        _EVERYWHERE,
        names,
        "continuous columns cannot repair every right-hand side, and no jump was found; "
        "ask at a point or on a box",
    )


def _near(
    program: MixedIntegerProgram | ParametricProgram, at: At, limits: Limits | None
) -> LipschitzVerdict:
    names = program.names if isinstance(program, ParametricProgram) else program.row_names
    try:
        gradient = conservative_gradient(program, at=at, limits=limits)
    except NotLipschitzError as refusal:
        jump = refusal.jump if isinstance(refusal.jump, Jump) else None
        normal = cast("Vector | None", refusal.normal)
        why = str(refusal) if jump is None else f"the value jumps {jump}"
        return LipschitzVerdict.refuted(_NEAR, names, why, jump=jump, normal=normal)
    except (NotAllowedError, UnsupportedError) as refusal:
        return LipschitzVerdict.unknown(_NEAR, names, str(refusal))
    constants = tuple(max(abs(y[i]) for y in gradient.flat) for i in range(len(names)))
    if not (gradient.moving.moved <= {"rhs", "lower", "upper"} or gradient.moving.moved <= {"c"}):
        # Not piecewise affine: slopes nearby are near to these, but not the same.
        constants = tuple(v + _NEARLY * max(v, _ONE) for v in constants)
    return LipschitzVerdict.certified(_NEAR, names, constants, "; ".join(gradient.reasons))


def _on_box(program: MixedIntegerProgram, box: Box, limits: Limits | None) -> LipschitzVerdict:
    whole = _by_repairs(program)
    if whole is not None:
        return whole
    ends = [
        _finite(pair, name)
        for pair, name in zip(box.of_rows(program), program.row_names, strict=True)
    ]
    moving = {i: end for i, end in enumerate(ends) if end[0] < end[1]}
    start = [low for low, _ in ends]
    names = tuple(program.row_names[i] for i in moving)
    if not moving:
        return LipschitzVerdict.certified(_ON_BOX, (), (), "the box is one point")
    try:
        if len(moving) == 1:
            ((i, (low, high)),) = moving.items()
            line = _line(program.with_rhs(start), {i: _ONE}, high - low, limits)
            along = tuple(Fraction(int(k == i)) for k in range(program.n_rows))
            begin = tuple(a - b for a, b in zip(start, program.exact.rhs, strict=True))
            return _of_line(line, names, _ON_BOX, along, begin)
        return _on_cells(program, box, start, moving, limits)
    except (NotAllowedError, UnsupportedError) as refusal:
        return LipschitzVerdict.unknown(_ON_BOX, names, str(refusal))


def _on_cells(
    program: MixedIntegerProgram,
    box: Box,
    start: Sequence[Fraction],
    moving: Mapping[int, tuple[Fraction, Fraction]],
    limits: Limits | None,
) -> LipschitzVerdict:
    """A jump between corners, which is found soon; else by all cells of the box."""
    names = tuple(program.row_names[i] for i in moving)
    for here, there in islice(pairwise(product(*moving.values())), _MOST_EDGES):
        found = _jump_between(program, start, tuple(moving), here, there, limits)
        if found is not None:
            return LipschitzVerdict.refuted(_ON_BOX, names, f"the value jumps {found}", jump=found)
    V = value_function(program, domain=box, limits=limits)
    assert isinstance(V, BoxValueFunction)
    return of_cells(V, names)


def _finite(pair: tuple[Bound, Bound], name: str) -> tuple[Fraction, Fraction]:
    low, high = pair
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        return low, high
    raise InvalidInputError(
        f"the box is unbounded in row {name!r}: [{low}, {high}]. Give finite ends, or leave "
        "`domain` out to ask about all right-hand sides."
    )


def _by_repairs(program: MixedIntegerProgram) -> LipschitzVerdict | None:
    """Constants everywhere, if continuous columns and slacks can repair every row."""
    repairs = cheapest_repairs(program) if has_complete_recourse(program) else None
    if repairs is None:
        return None
    return LipschitzVerdict.certified(
        _EVERYWHERE,
        program.row_names,
        repairs.constants,
        "continuous columns and slacks can repair every right-hand side",
        certificate=repairs.certificate,
    )


def _jump_between(
    program: MixedIntegerProgram,
    start: Sequence[Fraction],
    rows: tuple[int, ...],
    here: tuple[Fraction, ...],
    there: tuple[Fraction, ...],
    limits: Limits | None,
) -> Jump | None:
    b = list(start)
    for i, v in zip(rows, here, strict=True):
        b[i] = v
    way = {i: w - v for i, v, w in zip(rows, here, there, strict=True) if v != w}
    line = _line(program.with_rhs(b), way, Fraction(1), limits)
    along = tuple(way.get(i, _ZERO) for i in range(program.n_rows))
    begin = tuple(a - v for a, v in zip(b, program.exact.rhs, strict=True))
    return next(_jumps(line, along, begin), None)


def _along_axes(program: MixedIntegerProgram, limits: Limits | None) -> LipschitzVerdict | None:
    """A jump on a line through the right-hand side, a unit of each row to both sides."""
    for i in range(min(program.n_rows, 8)):
        b = list(program.exact.rhs)
        b[i] -= 1
        way = tuple(Fraction(int(k == i)) for k in range(program.n_rows))
        try:
            line = _line(program.with_rhs(b), {i: Fraction(1)}, Fraction(2), limits)
        except TameMIPError:
            continue
        begin = tuple(-v for v in way)
        jump = next(_jumps(line, way, begin), None)
        if jump is not None:
            return LipschitzVerdict.refuted(
                _EVERYWHERE, program.row_names, f"the value jumps {jump}", jump=jump
            )
    return None


def _line(
    program: MixedIntegerProgram,
    way: dict[int, Fraction],
    length: Fraction,
    limits: Limits | None,
) -> LineValueFunction:
    found = value_function(program, along=way, interval=(0, length), limits=limits)
    assert isinstance(found, LineValueFunction)
    return found


# -- functions -------------------------------------------------------------------------------


def _of_line(
    v: LineValueFunction, names: tuple[str, ...], where: str, direction: Vector, begin: Vector
) -> LipschitzVerdict:
    jump = next(_jumps(v, direction, begin), None)
    if jump is not None:
        return LipschitzVerdict.refuted(where, names, f"the value jumps {jump}", jump=jump)
    if v.infeasible:
        ends = v.infeasible[0]
        return LipschitzVerdict.refuted(
            where, names, f"there is no feasible point for t in [{ends.lo}, {ends.hi}]"
        )
    if v.gaps or not v.pieces:
        return LipschitzVerdict.unknown(where, names, "the value is not proved everywhere")
    constant = max(abs(piece.slope or _ZERO) for piece in v.pieces)
    reason = f"continuous, with {len(v.pieces)} affine pieces"
    return LipschitzVerdict.certified(where, names, (constant,), reason)


def _jumps(v: LineValueFunction, direction: Vector, begin: Vector) -> Iterator[Jump]:
    """The jumps of a line, each as one where a line begins: to the left, or to the right."""
    for jump in v.jumps:
        start = tuple(a + jump.t * d for a, d in zip(begin, direction, strict=True))
        for limit, sign in ((jump.left, -1), (jump.right, 1)):
            if limit is None or limit == jump.at or not isinstance(jump.at, Fraction):
                continue
            way = tuple(sign * d for d in direction)
            place = start if any(start) else None
            yield Jump(way, jump.at, limit, is_certified=True, start=place)


def _of_dual_function(F: DualFunction) -> LipschitzVerdict:
    names = F.program.row_names
    try:
        bounds = F.in_rows.slope_bounds
    except UnsupportedError as reason:
        return LipschitzVerdict.unknown(
            _EVERYWHERE, names, f"{reason} A function of method='mir' has no jumps."
        )
    constants = tuple(max(abs(low), abs(high)) for low, high in bounds)
    return LipschitzVerdict.certified(
        _EVERYWHERE, names, constants, "the dual function is built of continuous parts"
    )
