"""Pieces, jumps and gaps of a function on a line, in the user's terms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, final

from tamemip.certificates import Bound
from tamemip.duality import Gap, LineFunction


class LinePiece(NamedTuple):
    """An interval on which the value is finite and affine; a single point has ``lo == hi``.

    `value_at_lo` is a limit if the interval is open there. The slope of a single
    point is None.
    """

    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool
    slope: Fraction | None
    value_at_lo: Fraction

    def at(self, t: Fraction) -> Fraction:
        """The affine function, at any step."""
        return self.value_at_lo + (self.slope or 0) * (t - self.lo)


class LineInterval(NamedTuple):
    """An interval of steps; a single point has ``lo == hi``."""

    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool


class LineJump(NamedTuple):
    """A step where the value is not continuous.

    `left` and `right` are the limits, infinite where there is no feasible point, and
    None behind an end of the interval or in a gap; `at` is the value itself.
    """

    t: Fraction
    left: Bound | None
    at: Bound
    right: Bound | None


class LineGap(NamedTuple):
    """An interval on which the value is only known to lie between two bounds."""

    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool
    low: Bound
    high: Bound


@final
@dataclass(frozen=True, slots=True)
class Cell:
    """A point, or an open interval, with the limits of the value at its ends.

    `values` is None where the value is not proved.
    """

    lo: Fraction
    hi: Fraction
    values: tuple[Bound, Bound] | None

    @property
    def is_point(self) -> bool:
        """Whether it is a single point."""
        return self.lo == self.hi

    @property
    def slope(self) -> Fraction | None:
        """Rate of change; None at a point and where the value is not finite."""
        left, right = self.values or (math.inf, math.inf)
        if self.is_point or not isinstance(left, Fraction) or not isinstance(right, Fraction):
            return None
        return Fraction((right - left) / (self.hi - self.lo))

    def at(self, t: Fraction) -> Bound | None:
        """The value at a step inside, None where it is not proved."""
        if self.values is None:
            return None
        start, slope = self.values[0], self.slope
        if slope is None or not isinstance(start, Fraction):
            return start
        return start + slope * (t - self.lo)


def cells_of(upper: LineFunction, unproved: Sequence[Gap]) -> list[Cell]:
    """Points and open intervals in turn, from one end of the line to the other."""
    ends = [cut[0] for gap in unproved for cut in (gap.start, gap.end)]
    fine = upper.refined(t for t in ends if isinstance(t, Fraction))
    found: list[Cell] = []
    for k, t in enumerate(fine.breaks):
        at = fine.at[k]
        found.append(Cell(t, t, None if _is_within(Gap((t, 0), (t, 1)), unproved) else (at, at)))
        if k < len(fine.between):
            hi = fine.breaks[k + 1]
            inside = Gap((t, 1), (hi, 0))
            found.append(Cell(t, hi, None if _is_within(inside, unproved) else fine.between[k]))
    return _joined(found)


def _is_within(cell: Gap, gaps: Sequence[Gap]) -> bool:
    return any(gap.start <= cell.start and cell.end <= gap.end for gap in gaps)


def _joined(cells: Sequence[Cell]) -> list[Cell]:
    """Without the points at which nothing happens."""
    result = [cells[0]]
    for interval, point in zip(cells[1::2], cells[2::2], strict=True):
        if len(result) > 1 and _goes_on(result[-2], result[-1], interval):
            left = result[-2]
            result[-2:] = [Cell(left.lo, interval.hi, _ends(left, interval)), point]
        else:
            result += [interval, point]
    return result


def _ends(left: Cell, right: Cell) -> tuple[Bound, Bound] | None:
    if left.values is None or right.values is None:
        return None
    return left.values[0], right.values[1]


def _goes_on(left: Cell, point: Cell, right: Cell) -> bool:
    """Whether one affine function (or gap, or infinity) covers all three."""
    if left.values is None or point.values is None or right.values is None:
        return left.values is None and point.values is None and right.values is None
    return left.slope == right.slope and left.values[1] == point.values[0] == right.values[0]


# -- what is shown ---------------------------------------------------------------------


def in_users_terms(
    cells: Sequence[Cell], start: Fraction, sign: int, offset: Fraction
) -> list[Cell]:
    """The same cells by the user's step, with the program's own sense and constant."""

    def value(v: Bound) -> Bound:
        return sign * v + offset if isinstance(v, Fraction) else sign * v

    return [
        Cell(
            start + cell.lo,
            start + cell.hi,
            None if cell.values is None else (value(cell.values[0]), value(cell.values[1])),
        )
        for cell in cells
    ]


def pieces_of(cells: Sequence[Cell]) -> Iterator[LinePiece]:
    """Maximal affine pieces: an interval takes the ends at which it is continuous."""
    for k, cell in enumerate(cells):
        value = None if cell.values is None else cell.values[0]
        if not isinstance(value, Fraction):
            continue
        if not cell.is_point:
            closed = _takes_left(cells, k), _takes_right(cells, k)
            yield LinePiece(cell.lo, cell.hi, *closed, cell.slope, value)
        elif not _is_taken(cells, k):
            yield LinePiece(cell.lo, cell.hi, True, True, None, value)


def _takes_left(cells: Sequence[Cell], k: int) -> bool:
    values, before = cells[k].values, cells[k - 1].values
    return values is not None and before is not None and before[0] == values[0]


def _takes_right(cells: Sequence[Cell], k: int) -> bool:
    values, after = cells[k].values, cells[k + 1].values
    return values is not None and after is not None and after[0] == values[1]


def _is_taken(cells: Sequence[Cell], k: int) -> bool:
    from_left = k > 0 and _takes_right(cells, k - 1)
    return from_left or (k + 1 < len(cells) and _takes_left(cells, k + 1))


def intervals_of(cells: Sequence[Cell], *, infeasible: bool) -> Iterator[LineInterval]:
    """Maximal intervals of cells that are infeasible, or else that are not proved."""
    run: list[Cell] = []
    for cell in cells:
        is_infinite = cell.values is not None and not isinstance(cell.values[0], Fraction)
        if is_infinite if infeasible else cell.values is None:
            run.append(cell)
        elif run:
            yield _spanned(run)
            run = []
    if run:
        yield _spanned(run)


def _spanned(run: Sequence[Cell]) -> LineInterval:
    return LineInterval(run[0].lo, run[-1].hi, run[0].is_point, run[-1].is_point)


def jumps_of(cells: Sequence[Cell]) -> Iterator[LineJump]:
    """The points whose value is not the limit from both sides."""
    for k in range(0, len(cells), 2):
        here = cells[k].values
        if here is None:
            continue
        before = cells[k - 1].values if k else None
        after = cells[k + 1].values if k + 1 < len(cells) else None
        left = None if before is None else before[1]
        right = None if after is None else after[0]
        if any(side is not None and side != here[0] for side in (left, right)):
            yield LineJump(cells[k].lo, left, here[0], right)


def breakpoints_of(cells: Sequence[Cell]) -> Iterator[Fraction]:
    """The points inside where slope or value changes; the end of a gap is none by itself."""
    jumps = {jump.t for jump in jumps_of(cells)}
    for before, point, after in zip(cells[1::2], cells[2::2], cells[3::2], strict=False):
        is_between = all(c.values is not None for c in (before, point, after))
        # What went on smoothly has been joined.
        if is_between or point.lo in jumps:
            yield point.lo
