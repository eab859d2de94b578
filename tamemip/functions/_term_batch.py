"""Evaluating terms at many right-hand sides: exact integers in bulk.

Right-hand sides that are short decimals (integers above all) become integers over one
power of ten. How large the integers of the whole graph can get on the box of a batch is
computed once, in Python integers; it decides whether float32, float64 or int64 is
exact integer arithmetic there. What is too large for all of them goes to Python
integers, one right-hand side after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.functions._batch import nearest_float
from tamemip.functions._compiled import AffineInput, compiled
from tamemip.functions._compiled_bracket import Unsupported
from tamemip.functions._compiled_exact import ExactProgram
from tamemip.functions._compiled_rows import Program
from tamemip.functions._nodes import ONE, ZERO, Node, combination
from tamemip.functions._readings import exact_values
from tamemip.functions._term_batch_long import GRIDS, two_ends, with_two_ends
from tamemip.functions._term_batch_plan import Plan, arithmetic
from tamemip.functions._term_batch_reach import reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

#: Powers of ten that a right-hand side is scaled by, in search of integers.
_SCALES = (1, 10, 100, 1_000, 10_000, 1_000_000)
#: Decimals of fewer digits than this are the ones that their floats print.
DIGITS = 1e15
#: Integers up to here are float64 numbers.
_WHOLE = 2**53
#: Numbers that are looked at together.
_CACHED = 1 << 15
#: So many right-hand sides, at least, are worth matrices that are yet to be made.
_FEW = 16


@final
@dataclass(frozen=True, slots=True)
class _Box:
    """Where a plan is known to be exact: a scale and bounds on the integer inputs."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    plan: Plan

    def holds(self, low: Sequence[int], high: Sequence[int]) -> bool:
        return all(a <= b for a, b in zip(self.low, low, strict=True)) and all(
            a >= b for a, b in zip(self.high, high, strict=True)
        )


@final
class TermReading:
    """Some nodes, made ready to be evaluated often.

    Parameters
    ----------
    roots
        The nodes; what they share is evaluated once.
    n_coordinates
        Number of coordinates that they read.
    given
        The map from what users give to these coordinates; none for the identity.
    constant
        Added to every root, before the one rounding to a float.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from tamemip.functions._nodes import ceil, combination
    >>> half = ceil(combination({0: Fraction(1, 2)}))
    >>> reading = TermReading([half], 1)
    >>> reading.exact([Fraction(5, 2)])
    (Fraction(2, 1),)
    >>> reading.values([[1.0], [2.0], [2.1]]).tolist()
    [[1.0, 1.0, 2.0]]
    """

    def __init__(
        self,
        roots: Sequence[Node],
        n_coordinates: int,
        *,
        given: AffineInput | None = None,
        constant: Fraction = ZERO,
    ) -> None:
        self._roots = tuple(combination((), [(ONE, r)], constant=constant) for r in roots)
        self._given = given or AffineInput.identity(n_coordinates)
        self._identity = AffineInput.identity(n_coordinates)
        self._boxes: dict[int, _Box] = {}

    # -- one point, exactly ---------------------------------------------------------

    def exact(self, e: Sequence[Fraction]) -> tuple[Bound, ...]:
        """The values at the coordinates themselves: Fractions or infinities."""
        if self._exact_program is None:
            return tuple(exact_values(self._roots, e))
        try:
            return self._exact_program.values(e)
        except OverflowError:  # a bracket beyond the range of floats
            return tuple(exact_values(self._roots, e))

    @cached_property
    def _exact_program(self) -> ExactProgram | None:
        program = _program(self._roots, self._identity)
        return None if program is None else ExactProgram(program)

    # -- many points ------------------------------------------------------------------

    def values(self, d: Sequence[Sequence[float]] | Floats) -> Floats:
        """The nearest floats of the exact values, for points that users give.

        Parameters
        ----------
        d
            Array of shape ``(k, m)``, one point a row; a float stands for the
            decimal that it prints.

        Returns
        -------
        array of shape ``(number of roots, k)``
            Infinite where the value is.
        """
        return self._filled(np.asarray(d, dtype=np.float64), (1,) * len(self._roots))[0]

    def multiples(self, d: Sequence[Sequence[float]] | Floats) -> tuple[Floats, Flags]:
        """The values times `denominators`, and where the decimals of these floats are exact.

        At integers the multiples are integers, at decimals they are decimals of as many
        places; there the floats print what is meant, unless they are very long.
        """
        return self._filled(np.asarray(d, dtype=np.float64), self.denominators)

    @cached_property
    def denominators(self) -> tuple[int, ...]:
        """For each root a number that makes its values integers where the inputs are."""
        program = self._batch_program
        if program is None:
            return (1,) * len(self._roots)
        return tuple(program.denominators[k] for k in program.roots)

    def _filled(self, given: Floats, units: Sequence[int]) -> tuple[Floats, Flags]:
        table = _Table.of(len(self._roots), len(given), units)
        # Infinities of both signs meet in sums, and scaled numbers may leave the range.
        with np.errstate(over="ignore", invalid="ignore"):
            self._fill_all(table, given)
        return table.values, table.is_exact

    def _fill_all(self, table: _Table, given: Floats) -> None:
        if self._batch_program is None:
            self._fill_exactly(table, given, np.arange(len(given)))
            return
        scales = decimal_scales(given)
        for scale in np.unique(scales).tolist():
            chosen = np.flatnonzero(scales == scale)
            if scale == 0:
                self._fill_long(table, given, chosen)
            else:
                own = given if len(chosen) == len(given) else given[chosen]
                points = own if scale == 1 else np.rint(own * scale)
                self._fill(table, points, scale, chosen)

    @cached_property
    def _batch_program(self) -> Program | None:
        return _program(self._roots, self._given)

    @cached_property
    def _row_program(self) -> ExactProgram:
        assert self._batch_program is not None
        return ExactProgram(self._batch_program)

    def _fill(self, table: _Table, points: Floats, scale: int, places: NDArray[np.intp]) -> None:
        """Values at integer points over a scale; where none of the types will do, in halves."""
        plan = self._plan(points, scale)
        if plan is not None:
            self._put_plan(table, plan, points, places)
        elif len(points) <= _FEW:
            for row, k in zip(points.tolist(), places.tolist(), strict=True):
                table.put(k, self._exact_at([Fraction(int(v), scale) for v in row]))
        else:
            # One far point must not slow down the others.
            order = np.argsort(np.abs(points - np.median(points, axis=0)).max(axis=1))
            for half in (order[: len(order) // 2], order[len(order) // 2 :]):
                self._fill(table, points[half], scale, places[half])

    @staticmethod
    def _put_plan(table: _Table, plan: Plan, points: Floats, places: NDArray[np.intp]) -> None:
        roots = zip(plan.numerators(points.T), plan.denominators(), strict=True)
        for k, (numerators, denominator) in enumerate(roots):
            table.put_quotients(k, places, numerators, denominator)

    def _plan(self, points: Floats, scale: int) -> Plan | None:
        """A plan that is exact at some points; None if there is none, or not for so few."""
        low = [int(v) for v in points.min(axis=0, initial=np.inf).tolist()]
        high = [int(v) for v in points.max(axis=0, initial=-np.inf).tolist()]
        box = self._boxes.get(scale)
        if box is not None and box.holds(low, high):
            return box.plan
        if len(points) <= _FEW:
            return None
        program = self._batch_program
        assert program is not None
        size = reach(program, scale, low, high)
        dtype = None if size is None else arithmetic(program, size)
        if dtype is None:
            return None
        plan = box.plan if box is not None and box.plan.dtype is dtype else None
        plan = plan or Plan(program, scale, dtype)
        self._boxes[scale] = _Box(tuple(low), tuple(high), plan)
        return plan

    # -- points with long decimals --------------------------------------------------------

    def _fill_long(self, table: _Table, given: Floats, places: NDArray[np.intp]) -> None:
        """Values from both sides; where these differ, exactly."""
        left = places
        ends = self._ends if len(places) > _FEW and set(table.units) <= {1} else None
        for grid in GRIDS if ends is not None else ():
            points = two_ends(given[left], grid, self._given.signs)
            if ends is None or points is None or len(left) <= _FEW:
                continue
            found = [ends.on_grid(side, grid) for side in points]
            if found[0] is None or found[1] is None:
                continue
            is_same = (found[0] == found[1]).all(axis=0)
            table.values[:, left[is_same]] = found[0][:, is_same]
            table.is_exact[left[is_same]] = False
            left = left[~is_same]
            # A coarser grid would decide less.
            break
        self._fill_exactly(table, given, left)

    @cached_property
    def _ends(self) -> TermReading | None:
        """The same roots, over both ends of every entry."""
        pair = with_two_ends(self._roots, self._given)
        if pair is None:
            return None
        roots, given = pair
        return TermReading(roots, given.n_coordinates, given=given)

    def on_grid(self, points: Floats, grid: int) -> Floats | None:
        """Values at integers over a grid, if one of the number types will do for all of them."""
        plan = None if self._batch_program is None else self._plan(points, grid)
        if plan is None:
            return None
        table = _Table.of(len(self._roots), len(points), (1,) * len(self._roots))
        self._put_plan(table, plan, points, np.arange(len(points)))
        return table.values

    # -- one point after the other ------------------------------------------------------

    def _fill_exactly(self, table: _Table, given: Floats, places: NDArray[np.intp]) -> None:
        for k in places.tolist():
            # A float is the decimal that it prints.
            table.put(k, self._exact_at([Fraction(str(v)) for v in given[k].tolist()]))

    def _exact_at(self, row: Sequence[Fraction]) -> Sequence[Bound]:
        if self._batch_program is not None:
            try:
                return self._row_program.values(row)
            except OverflowError:  # a bracket beyond the range of floats
                pass
        return exact_values(self._roots, self._given.at(row))


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """What is filled in: one line a root, in units of one over an integer."""

    values: Floats
    is_exact: Flags
    units: Sequence[int]

    @classmethod
    def of(cls, n_roots: int, n_points: int, units: Sequence[int]) -> _Table:
        return cls(np.empty((n_roots, n_points)), np.ones(n_points, dtype=np.bool_), units)

    def put(self, place: int, values: Sequence[Bound]) -> None:
        """One point."""
        for k, (value, unit) in enumerate(zip(values, self.units, strict=True)):
            number = nearest_float(value * unit)
            self.values[k, place] = number
            if isinstance(value, Fraction) and self.is_exact[place]:
                self.is_exact[place] = math.isfinite(number) and (
                    Fraction(str(number)) == value * unit
                )

    def put_quotients(
        self, k: int, places: NDArray[np.intp], numerators: NDArray[Any], denominator: int
    ) -> None:
        """One root at many points."""
        divisor, rest = divmod(denominator, self.units[k])
        assert rest == 0
        self.values[k, places] = quotients(numerators, divisor)
        # Decimals of so few digits are the ones that their floats print.
        self.is_exact[places] &= np.isinf(numerators) | (np.abs(numerators) < DIGITS)


def _program(roots: Sequence[Node], given: AffineInput) -> Program | None:
    try:
        return compiled(roots, given)
    except Unsupported:
        return None


def quotients(numerators: NDArray[Any], denominator: int) -> Floats:
    """The nearest floats of quotients of integers."""
    numbers = np.asarray(numerators)
    if denominator > _WHOLE:
        return np.array([_quotient(v, denominator) for v in numbers.tolist()])
    values = np.asarray(numbers.astype(np.float64) / denominator)
    if numbers.dtype.kind == "i":
        for k in np.flatnonzero(np.abs(numbers) > _WHOLE).tolist():
            values[k] = _quotient(int(numbers[k]), denominator)
    return values


def _quotient(numerator: int | float, denominator: int) -> float:
    if numerator in (np.inf, -np.inf):
        return float(numerator)
    return nearest_float(Fraction(int(numerator), denominator))


def decimal_scales(d: Floats) -> NDArray[np.int64]:
    """For each row the power of ten that makes it integers of few digits; 0 if none does."""
    # In blocks that a cache holds: this reads every number of a batch several times.
    size = max(1, _CACHED // max(1, d.shape[1]))
    blocks = [_scales_of(d[k : k + size]) for k in range(0, len(d), size)]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)


def _scales_of(d: Floats) -> NDArray[np.int64]:
    if (np.rint(d) == d).all() and np.abs(d).max(initial=0.0) < DIGITS:
        return np.ones(len(d), dtype=np.int64)
    scales = np.zeros(len(d), dtype=np.int64)
    left, rest = np.arange(len(d)), d
    for scale in _SCALES:
        integers = np.rint(rest * scale)
        is_short = ((integers / scale == rest) & (np.abs(integers) < DIGITS)).all(axis=1)
        scales[left[is_short]] = scale
        if is_short.all():
            break
        left, rest = left[~is_short], rest[~is_short]
    return scales
