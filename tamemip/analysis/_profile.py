"""What a plot shows: a dual function along one row, beside the relaxation and what is proved."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality import DualFunction
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.analysis._price_entries import RowPrice

#: Points at which the dual function is evaluated before jumps are looked for.
_SAMPLES = 401
#: Parts into which the bracket of a jump is divided, and how often.
_PARTS = 12
_ROUNDS = 5
#: A step counts as a jump if it is this share of the plotted height.
_VISIBLE = 0.01
#: Places of jumps are read as fractions with denominators up to this power of ten.
_DIGITS = 8
#: Points and seconds for the relaxation.
_RELAXATION_SAMPLES = 81
_RELAXATION_SECONDS = 2.0


@final
@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a graph without a jump.

    Attributes
    ----------
    points
        Pairs of right-hand side and value, from left to right.
    left_closed, right_closed
        Whether the end belongs to the graph; None where the graph only leaves the picture.
    """

    points: tuple[tuple[float, float], ...]
    left_closed: bool | None
    right_closed: bool | None


@final
@dataclass(frozen=True, slots=True)
class Profile:
    """A dual function along one row.

    Attributes
    ----------
    row, sense
        Name and sense of the row whose right-hand side moves.
    rhs
        Where the program stands.
    low, high
        The range of right-hand sides.
    bound
        The dual function: proved.
    relaxation
        The value of the linear relaxation: computed in floating point.
    value
        The optimal value at the program's own right-hand side, where it is proved.
    proved
        Straight parts of the optimal value itself, where they are proved.
    """

    row: str
    sense: str
    rhs: float
    low: float
    high: float
    bound: tuple[Stretch, ...]
    relaxation: tuple[tuple[float, float], ...]
    value: float | None
    proved: tuple[tuple[tuple[float, float], ...], ...]


def profile(
    F: DualFunction, row: int, low: float, high: float, *, price: RowPrice | None = None
) -> Profile:
    """Follow a dual function along one row from ``low`` to ``high``."""
    program = F.program
    rhs = float(program.rhs[row])
    grid = np.unique(np.append(_short(np.linspace(low, high, _SAMPLES)), rhs))
    line = _Line(F, row)
    value = F.value if F.is_tight and isinstance(F.value, Fraction) else None
    return Profile(
        program.row_names[row],
        program.row_sense[row],
        rhs,
        low,
        high,
        _stretches(line, grid),
        _relaxation(program, row, np.linspace(low, high, _RELAXATION_SAMPLES)),
        None if value is None else float(value),
        () if value is None or price is None else _proved(float(value), price, low, high),
    )


def _proved(
    value: float, price: RowPrice, low: float, high: float
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The optimal value to the left and to the right, as far as the price holds."""
    rhs = float(price.rhs)
    sides = (
        (price.slope_left, price.jump_left, price.low),
        (price.slope_right, price.jump_right, price.high),
    )
    lines = []
    for slope, jump, end in sides:
        if isinstance(slope, Fraction) and isinstance(jump, Fraction) and end is not None:
            start = value + float(jump)
            far = min(max(float(end), low), high)
            lines.append(((rhs, start), (far, start + float(slope) * (far - rhs))))
    return tuple(lines)


def liveliest_row(F: DualFunction, rows: Sequence[int]) -> int | None:
    """The row along which the dual function moves most near its right-hand side, if it moves."""
    best, most = None, 0.0
    for i in rows:
        low, high = window(float(F.program.rhs[i]), None, None)
        values = _Line(F, i).at(np.linspace(low, high, 9))
        finite = values[np.isfinite(values)]
        spread = float(finite.max() - finite.min()) if len(finite) > 1 else 0.0
        if spread > most:
            best, most = i, spread
    return best


def window(rhs: float, low: float | None, high: float | None) -> tuple[float, float]:
    """The range to plot: what is proved around the right-hand side, and as much again."""
    usual = max(1.0, 0.25 * abs(rhs))
    left = rhs - low if low is not None and math.isfinite(low) and low < rhs else 0.0
    right = high - rhs if high is not None and math.isfinite(high) and high > rhs else 0.0
    reach = min(max(left, right) * 1.6 or usual, 4 * usual)
    return rhs - reach, rhs + reach


@final
class _Line:
    """A dual function as a function of one right-hand side."""

    def __init__(self, F: DualFunction, row: int) -> None:
        self._F, self._row = F, row

    def at(self, where: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at several right-hand sides of the row."""
        d = np.tile(self._F.program.rhs, (len(where), 1))
        d[:, self._row] = where
        values = self._F(d)
        assert isinstance(values, np.ndarray)
        return values


def _stretches(line: _Line, grid: NDArray[np.float64]) -> tuple[Stretch, ...]:
    values = line.at(grid)
    finite = values[np.isfinite(values)]
    height = float(finite.max() - finite.min()) if len(finite) else 0.0
    where, what = grid.tolist(), values.tolist()
    brackets = {
        k: _Bracket(where[k], what[k], where[k + 1], what[k + 1])
        for k in range(len(where) - 1)
        if _step(what[k], what[k + 1]) > _VISIBLE * height
    }
    jumps = dict(zip(brackets, _located(line, list(brackets.values())), strict=True))
    made: list[Stretch] = []
    points: list[tuple[float, float]] = []
    left_closed: bool | None = None
    for k, point in enumerate(zip(where, what, strict=True)):
        if math.isfinite(point[1]):
            points.append(point)
        jump = jumps.get(k)
        if jump is None:
            continue
        if points:
            points.append((jump.at, jump.before))
            made.append(Stretch(_thinned(points), left_closed, _same(jump.on, jump.before)))
        points = [(jump.at, jump.after)] if math.isfinite(jump.after) else []
        left_closed = _same(jump.on, jump.after)
    if points:
        made.append(Stretch(_thinned(points), left_closed, None))
    return tuple(made)


@final
@dataclass(frozen=True, slots=True)
class _Bracket:
    """Two right-hand sides with a step between them, and the values there."""

    low: float
    below: float
    high: float
    above: float

    @property
    def step(self) -> float:
        return _step(self.below, self.above)


@final
@dataclass(frozen=True, slots=True)
class _Jump:
    """Place of a jump; limit from the left, value, limit from the right."""

    at: float
    before: float
    on: float
    after: float


def _short(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The grid in short decimals: there a dual function is read in integers, 100 times faster."""
    spacing = float(grid[1] - grid[0])
    return np.round(grid, max(0, 1 - math.floor(math.log10(spacing))))


def _step(first: float, second: float) -> float:
    """How far two values are apart: 0 for the same infinity."""
    return 0.0 if first == second else abs(second - first)


def _located(line: _Line, brackets: Sequence[_Bracket]) -> list[_Jump | None]:
    """The jump in every bracket; None where the function is only steep.

    All brackets shrink together: a round is one evaluation of many right-hand sides.
    """
    if not brackets:
        return []
    narrow = list(brackets)
    for _ in range(_ROUNDS):
        inner = np.array([_short(np.linspace(b.low, b.high, _PARTS + 1)[1:-1]) for b in narrow])
        values = line.at(inner.ravel()).reshape(inner.shape)
        narrow = [
            _steepest(b, w.tolist(), v.tolist())
            for b, w, v in zip(narrow, inner, values, strict=True)
        ]
    places = [_simplest(b.low, b.high) for b in narrow]
    on: list[float] = line.at(np.array(places)).tolist()
    return [
        _Jump(at, b.below, value, b.above) if b.step >= first.step / 4 else None
        for at, value, b, first in zip(places, on, narrow, brackets, strict=True)
    ]


def _steepest(bracket: _Bracket, where: Sequence[float], values: Sequence[float]) -> _Bracket:
    """The part of a bracket over which the function moves most."""
    places = (bracket.low, *where, bracket.high)
    heights = (bracket.below, *values, bracket.above)
    parts = (
        _Bracket(places[k], heights[k], places[k + 1], heights[k + 1])
        for k in range(len(places) - 1)
    )
    return max(parts, key=lambda part: part.step)


def _simplest(low: float, high: float) -> float:
    """The fraction of the smallest power of ten as denominator, at most, between two numbers."""
    middle = (low + high) / 2
    for digits in range(_DIGITS):
        simple = Fraction(middle).limit_denominator(10**digits)
        if low <= simple <= high:
            return float(simple)
    return middle


def _same(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-9)


def _thinned(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The same line without the points in the middle of straight parts."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if len(kept) >= 2 and _is_straight(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)


def _is_straight(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    on_line = a[1] + (c[1] - a[1]) * (b[0] - a[0]) / (c[0] - a[0]) if c[0] > a[0] else b[1]
    return math.isclose(on_line, b[1], rel_tol=1e-9, abs_tol=1e-9)


def _relaxation(
    program: MixedIntegerProgram, row: int, grid: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """The relaxation's values, as far as they exist and are quick to find."""
    sign = 1.0 if program.sense == "min" else -1.0
    deadline = time.monotonic() + _RELAXATION_SECONDS
    rhs = program.rhs.copy()
    found: list[tuple[float, float]] = []
    try:
        engine = LPEngine(program)
        for where in grid:
            rhs[row] = where
            engine.set_rhs(rhs)
            if engine.solve() is LPStatus.OPTIMAL:
                found.append((float(where), sign * engine.objective + float(program.offset)))
            if time.monotonic() > deadline:
                return ()
    except SolverError:
        return ()
    return _thinned(found)
