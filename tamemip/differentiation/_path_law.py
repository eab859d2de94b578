"""The definition of a conservative field as a test: the chain rule along a broken line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias, cast, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound
from tamemip.differentiation._calculus_type import ConservativeJacobian
from tamemip.differentiation._cones import Vector, dot
from tamemip.differentiation._gradient import conservative_gradient
from tamemip.differentiation._gradient_type import ConservativeGradient
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.value_functions import CostValueFunction, LineValueFunction, value_function
from tamemip.value_functions._line_search import simplest_between

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = ["PathPiece", "examine_path", "path_law"]

Function: TypeAlias = "MixedIntegerProgram | ParametricProgram | Callable[[Vector], Number]"
Field: TypeAlias = "Callable[[Vector], object] | None"

_ZERO = Fraction(0)
#: Where a piece is looked at: the denominators are primes that data do not have, so that the
#: finitely many exceptional points of a piece are missed.
_PLACES = (Fraction(523, 1009), Fraction(149, 1013), Fraction(1531, 1787))
#: How often a function that is not a program may be halved until its pieces are affine.
_MOST_HALVINGS = 24
#: Shares of a stretch: what is left out at both ends, where there may be jumps, and places
#: inside where it has to be affine.
_MARGIN = Fraction(1, 2**16)
_INSIDE = tuple(Fraction(*pair) for pair in ((1, 16), (1, 3), (1, 2), (7, 11), (15, 16)))


@final
@dataclass(frozen=True, slots=True)
class PathPiece:
    """A stretch of the path on which the function is affine, or a jump between two of them.

    Attributes
    ----------
    start, end
        Its ends; the same point for a jump.
    change
        What the function changes by from start to end; infinite where it leaves its domain.
    residual
        The largest ``|change - <y, end - start>|`` over the elements of the field inside; of a
        jump its height; infinite where the field refuses.
    """

    start: Vector
    end: Vector
    change: Bound
    residual: Bound


def path_law(
    f: Function,
    field: Field = None,
    path: Sequence[Sequence[Number]] = (),
    *,
    limits: Limits | None = None,
) -> Bound:
    r"""How far a field is from the chain rule along a broken line: 0 if it obeys it.

    A field `D` is conservative for `f` if along every absolutely continuous curve
    :math:`(f \circ \gamma)'(t) = \langle y, \gamma'(t) \rangle` for almost every `t` and *all*
    :math:`y \in D(\gamma(t))`, and :math:`f \circ \gamma` is absolutely continuous [1]_. Here
    the curve is a broken line in rationals, cut where `f` is not affine on it, and every number
    is exact: no tolerance is needed. It is a test, not a proof: other curves are not looked at.

    Parameters
    ----------
    f
        A program (its value in the right-hand sides), a `ParametricProgram` (in its parameters),
        or a function of a tuple of Fractions that is piecewise affine along the path.
    field
        From a point to a `ConservativeGradient`, one vector, or a sequence of vectors (the
        generators of a convex set). `tamemip.conservative_gradient` of the program if None.
    path
        The corners of the broken line, two at least.
    limits
        Of the value functions on the segments.

    Returns
    -------
    Fraction or float
        The largest residual of a piece. A jump counts with its height, for at a jump `f` is not
        absolutely continuous and no field is conservative.

    Raises
    ------
    InvalidInputError
        If the path has less than two corners, or a length does not fit.
    NotAllowedError
        If the function is not piecewise affine along the path as far as it was cut.

    See Also
    --------
    tamemip.differentiation.examine_path : piece by piece.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.

    Examples
    --------
    The value 3 b for b >= 0 and -b else; zero is no conservative gradient of a step:

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False]
    ... )
    >>> tm.path_law(p, None, [[-1], [4], [0]])
    Fraction(0, 1)
    >>> import math
    >>> tm.path_law(lambda b: math.ceil(b[0]), lambda b: [0], [["1/2"], ["3/2"]])
    Fraction(1, 1)
    """
    return max(
        (piece.residual for piece in examine_path(f, field, path, limits=limits)), default=_ZERO
    )


def examine_path(
    f: Function,
    field: Field = None,
    path: Sequence[Sequence[Number]] = (),
    *,
    limits: Limits | None = None,
) -> tuple[PathPiece, ...]:
    """The pieces of a path and their residuals: see `tamemip.path_law`.

    Parameters
    ----------
    f, field, path, limits
        See `tamemip.path_law`.
    """
    corners = [_corner(point) for point in path]
    if len(corners) < 2:
        raise InvalidInputError(f"the path has {len(corners)} corners; a line needs two.")
    if len({len(point) for point in corners}) > 1:
        raise InvalidInputError("the corners of the path have different lengths.")
    chosen = _field(f, field)
    pieces: list[PathPiece] = []
    for here, there in pairwise(corners):
        if here != there:
            pieces.extend(_segment(f, chosen, here, there, limits))
    return tuple(pieces)


def _corner(point: Sequence[Number]) -> Vector:
    entries = point.tolist() if isinstance(point, np.ndarray) else list(point)
    return tuple(rationalize(v, what="a coordinate of the path") for v in entries)


def _field(f: Function, field: Field) -> Callable[[Vector], object]:
    if field is not None:
        return field
    if isinstance(f, MixedIntegerProgram | ParametricProgram):
        program = f
        return lambda point: conservative_gradient(program, at=point)
    raise InvalidInputError("a function that is no program needs its field.")


def _segment(
    f: Function,
    field: Callable[[Vector], object],
    here: Vector,
    there: Vector,
    limits: Limits | None,
) -> Iterator[PathPiece]:
    stretches: Iterator[tuple[Fraction, Fraction, Bound]]
    if isinstance(f, MixedIntegerProgram | ParametricProgram):
        stretches = _of_program(f, here, there, limits)
    else:
        stretches = _Halving(f, here, there).stretches()
    for low, high, change in stretches:
        start, end = _between(here, there, low), _between(here, there, high)
        if low == high or not isinstance(change, Fraction):
            height = abs(change) if isinstance(change, Fraction) else math.inf
            yield PathPiece(start, end, change, height)
        else:
            yield PathPiece(start, end, change, _residual(field, start, end, change))


def _residual(
    field: Callable[[Vector], object], start: Vector, end: Vector, change: Fraction
) -> Bound:
    way = tuple(b - a for a, b in zip(start, end, strict=True))
    worst = _ZERO
    for place in _PLACES:
        try:
            vectors = _vectors(field(_between(start, end, place)), len(way))
        except NotLipschitzError:
            return math.inf
        worst = max([worst, *(abs(change - dot(y, way)) for y in vectors)])
    return worst


def _vectors(found: object, size: int) -> list[Vector]:
    """The generators of what a field returns."""
    if isinstance(found, ConservativeGradient):
        return list(found.flat)
    if isinstance(found, ConservativeJacobian):
        return list(found.row(0))
    rows = (
        found.tolist() if isinstance(found, np.ndarray) else list(cast("Sequence[object]", found))
    )
    if rows and not isinstance(rows[0], Sequence | np.ndarray):
        rows = [rows]
    vectors = [_corner(cast("Sequence[Number]", row)) for row in rows]
    if not vectors or any(len(v) != size for v in vectors):
        raise InvalidInputError(
            f"the field has to return one vector of length {size}, or a sequence of such vectors."
        )
    return vectors


def _between(here: Vector, there: Vector, t: Fraction) -> Vector:
    return tuple(a + t * (b - a) for a, b in zip(here, there, strict=True))


def _of_program(
    f: MixedIntegerProgram | ParametricProgram,
    here: Vector,
    there: Vector,
    limits: Limits | None,
) -> Iterator[tuple[Fraction, Fraction, Bound]]:
    """Affine stretches, jumps and stretches without a value of a program, by share of the way."""
    v = _value_on(f, here, there, limits)
    if v is None:
        yield _ZERO, Fraction(1), _ZERO
        return
    is_proved = v.is_certified if isinstance(v, CostValueFunction) else not v.gaps
    if not is_proved:
        raise NotAllowedError("the value is not proved on the whole segment; allow more time.")
    for piece in v.pieces:
        if piece.lo < piece.hi:
            yield piece.lo, piece.hi, (piece.slope or _ZERO) * (piece.hi - piece.lo)
    if isinstance(v, CostValueFunction):
        return  # continuous
    for jump in v.jumps:
        for side in (jump.left, jump.right):
            if side is not None and side != jump.at:
                finite = isinstance(side, Fraction) and isinstance(jump.at, Fraction)
                yield jump.t, jump.t, cast("Fraction", side) - jump.at if finite else math.inf
    for hole in v.infeasible:
        yield hole.lo, hole.hi, math.inf


def _value_on(
    f: MixedIntegerProgram | ParametricProgram,
    here: Vector,
    there: Vector,
    limits: Limits | None,
) -> LineValueFunction | CostValueFunction | None:
    """The value on a segment from 0 to 1; None if the program is the same all along."""
    way = tuple(b - a for a, b in zip(here, there, strict=True))
    if isinstance(f, MixedIntegerProgram):
        along = {i: v for i, v in enumerate(way) if v}
        found = value_function(f.with_rhs(here), along=along, interval=(0, 1), limits=limits)
    elif f.at(here).exact == f.at(there).exact:
        return None
    else:
        rates = {name: v for name, v in zip(f.names, way, strict=True) if v}
        found = value_function(f, along=rates, at=here, interval=(0, 1), limits=limits)
    assert isinstance(found, LineValueFunction | CostValueFunction)
    return found


@final
@dataclass(frozen=True, slots=True)
class _Halving:
    """Affine stretches of a function that can only be asked for values."""

    f: Callable[[Vector], Number]
    here: Vector
    there: Vector

    def stretches(self) -> Iterator[tuple[Fraction, Fraction, Bound]]:
        stack = [(_ZERO, Fraction(1), 0)]
        while stack:
            low, high, depth = stack.pop()
            change = self._inner_change(low, high)
            if change is not None:
                yield low, high, change
                yield from self._ends(low, high, change)
                continue
            if depth == _MOST_HALVINGS:
                yield low, low, self._at(high) - self._at(low)
                continue
            middle = (depth % 2 == 0 and self._crossing(low, high)) or _simple(low, high)
            stack += [(middle, high, depth + 1), (low, middle, depth + 1)]

    def _inner_change(self, low: Fraction, high: Fraction) -> Fraction | None:
        """The change over the inside, if seven values there lie on a line."""
        a, b = low + (high - low) * _MARGIN, high - (high - low) * _MARGIN
        slope = (self._at(b) - self._at(a)) / (b - a)
        inside = (a + (b - a) * s for s in _INSIDE)
        if all(self._at(t) == self._at(a) + slope * (t - a) for t in inside):
            return slope * (high - low)
        return None

    def _ends(
        self, low: Fraction, high: Fraction, change: Fraction
    ) -> Iterator[tuple[Fraction, Fraction, Bound]]:
        a = low + (high - low) * _MARGIN
        slope = change / (high - low)
        for end in (low, high):
            jump = self._at(a) + slope * (end - a) - self._at(end)
            if jump:
                yield end, end, jump

    def _crossing(self, low: Fraction, high: Fraction) -> Fraction | None:
        """Where the lines through both ends meet: the kink, if there is one only."""
        step = (high - low) * _MARGIN
        a, b = low + step, high - step
        start, end = self._at(a), self._at(b)
        rise, fall = (self._at(a + step) - start) / step, (end - self._at(b - step)) / step
        if rise == fall:
            return None
        t = (end - start + rise * a - fall * b) / (rise - fall)
        return t if low < t < high else None

    def _at(self, t: Fraction) -> Fraction:
        return rationalize(self.f(_between(self.here, self.there, t)), what="a value")


def _simple(low: Fraction, high: Fraction) -> Fraction:
    """A simple number inside: breaks of rational functions are simple numbers."""
    third = (high - low) / 3
    return simplest_between(low + third, high - third)
