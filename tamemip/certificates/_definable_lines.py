"""Functions of one variable that are affine on finitely many intervals, written out exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import Enclosure, is_long
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._problem import Bound

MOST_CELLS = 257
"""A function with more cells, points and open intervals, is not written out."""
MOST_WORK = 40_000
"""So many cells of one expression are written; later nodes are not."""

_ZERO = Fraction(0)
_ONE = Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Cell:
    """The function ``slope * x + constant`` at a point, or between two ends without them."""

    low: Bound
    high: Bound
    slope: Fraction
    constant: Fraction

    @property
    def is_point(self) -> bool:
        """Whether it is a point."""
        return self.low == self.high

    @property
    def inside(self) -> Fraction:
        """A point of the cell."""
        if isinstance(self.low, Fraction):
            return (self.low + self.high) / 2 if isinstance(self.high, Fraction) else self.low + 1
        return self.high - 1 if isinstance(self.high, Fraction) else _ZERO

    def at(self, x: Fraction) -> Fraction:
        """The value, or at an end the limit."""
        return self.slope * x + self.constant


Line: TypeAlias = tuple[Cell, ...]
"""From the left to the right, without gaps."""


@final
@dataclass(frozen=True, slots=True)
class Shape:
    """What a function on a line looks like.

    Attributes
    ----------
    pieces
        The least number of intervals on each of which it is affine.
    values
        The number of its values; None if there are infinitely many.
    trend
        1 nondecreasing, -1 nonincreasing, 0 constant, None neither.
    is_continuous
        Whether it is continuous.
    """

    pieces: int
    values: int | None
    trend: int | None
    is_continuous: bool


def shape_of(line: Line) -> Shape:
    """Count, exactly."""
    is_step = all(cell.slope == 0 for cell in line)
    signs = {_sign(cell.slope) for cell in line}
    jumps = set()
    for a, b in pairwise(line):
        end = a.high if isinstance(a.high, Fraction) else _ZERO
        jumps.add(_sign(b.at(end) - a.at(end)))
    trends = (signs | jumps) - {0}
    return Shape(
        pieces=_fewest(line),
        values=len({cell.constant for cell in line}) if is_step else None,
        trend=None if len(trends) > 1 else next(iter(trends), 0),
        is_continuous=jumps <= {0},
    )


def _fewest(line: Line) -> int:
    """The longest interval from the left is a good first one: its parts are affine, too."""
    count, current = 1, line[0]
    for cell in line[1:]:
        if current.is_point and not cell.is_point and cell.at(current.inside) == current.constant:
            current = cell
        elif cell.is_point and not current.is_point and current.at(cell.inside) == cell.constant:
            continue
        elif (cell.slope, cell.constant) != (current.slope, current.constant) or cell.is_point:
            count, current = count + 1, cell
    return count


def lines_of(nodes: Sequence[Node], interval: Enclosure) -> tuple[Line | None, ...]:
    """Every node as a function of the one variable; None where it is not written out.

    A condition is 1 where it holds, else 0. A node that is written out is defined everywhere.
    """
    found: list[Line | None] = []
    work = 0
    for node in nodes:
        args = [a for a in (found[k] for k in node.of) if a is not None]
        line = None
        if len(args) == len(node.of) and work + _work(args) < MOST_WORK:
            line = _line(node, args, interval)
            work += _work(args) + len(line or ())
        found.append(line)
    return tuple(found)


def _work(lines: Sequence[Line]) -> int:
    """How many cells it takes to write functions on common cells, at most."""
    return len(lines) * (1 + sum(len(line) // 2 for line in lines))


def _line(node: Node, args: Sequence[Line], interval: Enclosure) -> Line | None:
    if node.op in ("variable", "const"):
        is_variable = node.op == "variable"
        slope, constant = (_ONE, _ZERO) if is_variable else (_ZERO, node.value or _ZERO)
        return _over(interval, slope, constant)
    apply = _CELLWISE.get(node.op)
    if apply is None:
        return None
    cells = _refined(args)
    if cells is not None and node.op in _DECIDING:
        cells = _split(cells, lambda parts: _zeros(node, parts))
    if cells is not None and node.op in _ROUNDING:
        cells = _split(cells, lambda parts: _integers(node, parts))
    if cells is None:
        return None
    line: list[Cell] = []
    for parts in cells:
        form = apply(node, parts)
        if form is None or is_long(form[0]) or is_long(form[1]):
            return None
        line.append(Cell(parts[0].low, parts[0].high, *form))
    return _joined(line)


Parts: TypeAlias = tuple[Cell, ...]
"""The arguments on one cell that they share."""
Affine: TypeAlias = tuple[Fraction, Fraction]


def _over(interval: Enclosure, slope: Fraction, constant: Fraction) -> Line:
    low, high = interval.low, interval.high
    cells = []
    if isinstance(low, Fraction) and not interval.low_open:
        cells.append(Cell(low, low, _ZERO, slope * low + constant))
    if low < high:
        cells.append(Cell(low, high, slope, constant))
        if isinstance(high, Fraction) and not interval.high_open:
            cells.append(Cell(high, high, _ZERO, slope * high + constant))
    return tuple(cells)


def _refined(lines: Sequence[Line]) -> list[Parts] | None:
    """The common cells of several functions."""
    points = sorted({c.inside for line in lines for c in line if c.is_point})
    if 2 * len(points) + 1 > MOST_CELLS:
        return None
    return list(zip(*(_cut(line, points) for line in lines), strict=True))


def _cut(line: Line, points: Sequence[Fraction]) -> list[Cell]:
    """A function with more cells: all points given are cells of their own."""
    result: list[Cell] = []
    k = 0
    for cell in line:
        low = cell.low
        while k < len(points) and points[k] <= cell.high and not cell.is_point:
            x = points[k]
            if x == cell.high:
                break
            if x > cell.low:
                result.append(Cell(low, x, cell.slope, cell.constant))
                result.append(Cell(x, x, _ZERO, cell.at(x)))
                low = x
            k += 1
        result.append(Cell(low, cell.high, cell.slope, cell.constant))
    return result


def _split(
    cells: Iterable[Parts], where: Callable[[Parts], Iterable[Fraction] | None]
) -> list[Parts] | None:
    """Cut open cells at the points that a function finds; None if they are too many."""
    result: list[Parts] = []
    for parts in cells:
        low, high = parts[0].low, parts[0].high
        found = () if parts[0].is_point else where(parts)
        if found is None:
            return None
        points = sorted({x for x in found if low < x < high})
        if len(result) + 2 * len(points) >= MOST_CELLS:
            return None
        result += zip(*(_cut((cell,), points) for cell in parts), strict=True)
        if len(result) > MOST_CELLS:
            return None
    return result


def _zeros(node: Node, parts: Parts) -> list[Fraction]:
    """Where the greatest changes, or the least; where two are equal, or the only one is 0."""
    forms = [(c.slope, c.constant) for c in parts]
    if node.op in ("maximum", "minimum"):
        return _corners(forms, 1 if node.op == "maximum" else -1)
    (a, b), (c, d) = (*forms, (_ZERO, _ZERO))[:2]
    return [(d - b) / (a - c)] if a != c else []


def _corners(forms: Sequence[Affine], side: int) -> list[Fraction]:
    """Where the greatest of some affine functions changes; with side -1, the least.

    By rising slope, each takes over from the last one, which is superfluous if it took over
    no earlier than that.
    """
    best: dict[Fraction, Fraction] = {}
    for a, b in forms:
        slope, constant = side * a, side * b
        best[slope] = max(best.get(slope, constant), constant)
    hull: list[tuple[Affine, Fraction | None]] = []
    for a, b in sorted(best.items()):
        since: Fraction | None = None
        while hull:
            (c, d), before = hull[-1]
            since = (d - b) / (a - c)
            if before is None or since > before:
                break
            hull.pop()
        hull.append(((a, b), since if hull else None))
    return [x for _, x in hull if x is not None]


def _integers(node: Node, parts: Parts) -> list[Fraction] | None:
    """Where the argument is an integer, or a multiple of a constant modulus."""
    cell = parts[0]
    scale = parts[1].constant if node.op == "modulo" else _ONE
    if cell.slope == 0 or not scale:
        return []
    if not (isinstance(cell.low, Fraction) and isinstance(cell.high, Fraction)):
        return None
    ends = sorted(cell.at(x) / scale for x in (cell.low, cell.high))
    if ends[1] - ends[0] > MOST_CELLS:
        return None
    steps = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
    return [(k * scale - cell.constant) / cell.slope for k in steps]


def _joined(line: Sequence[Cell]) -> Line:
    """Without the points at which nothing happens."""
    result: list[Cell] = []
    for cell in line:
        if len(result) > 1 and not cell.is_point:
            before, point = result[-2], result[-1]
            same = (before.slope, before.constant) == (cell.slope, cell.constant)
            if same and point.is_point and cell.at(point.inside) == point.constant:
                result[-2:] = [Cell(before.low, cell.high, cell.slope, cell.constant)]
                continue
        result.append(cell)
    return tuple(result)


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


# -- operations on one cell, on which comparisons are decided and roundings constant ----------


def _flag(*, holds: bool) -> Affine:
    return _ZERO, Fraction(int(holds))


def _sum(_: Node, parts: Parts) -> Affine:
    return sum((c.slope for c in parts), _ZERO), sum((c.constant for c in parts), _ZERO)


def _scaled(node: Node, parts: Parts) -> Affine:
    factor = node.value or _ZERO
    return factor * parts[0].slope, factor * parts[0].constant


def _product(_: Node, parts: Parts) -> Affine | None:
    slope, constant = _ZERO, _ONE
    for c in parts:
        if slope and c.slope:
            return None
        slope, constant = slope * c.constant + constant * c.slope, constant * c.constant
    return slope, constant


def _quotient(_: Node, parts: Parts) -> Affine | None:
    f, g = parts
    if g.slope or not g.constant:
        return None
    return f.slope / g.constant, f.constant / g.constant


def _chosen(node: Node, parts: Parts) -> Affine:
    """The greatest or the least; the same one all over the cell."""
    side = 1 if node.op == "maximum" else -1
    best = max(parts, key=lambda c: side * c.at(c.inside))
    return best.slope, best.constant


def _absolute(_: Node, parts: Parts) -> Affine:
    (c,) = parts
    s = -1 if c.at(c.inside) < 0 else 1
    return s * c.slope, s * c.constant


def _signed(node: Node, parts: Parts) -> Affine:
    value = parts[0].at(parts[0].inside)
    if node.op == "heaviside":
        return _ZERO, (node.value or _ZERO) if value == 0 else Fraction(int(value > 0))
    return _ZERO, Fraction(_sign(value))


def _rounded(node: Node, parts: Parts) -> Affine:
    value = parts[0].at(parts[0].inside)
    return _ZERO, Fraction(math.floor(value) if node.op == "floor" else math.ceil(value))


def _remainder(_: Node, parts: Parts) -> Affine | None:
    f, g = parts
    if g.slope or not g.constant:
        return None
    turns = math.floor(f.at(f.inside) / g.constant)
    return f.slope, f.constant - turns * g.constant


def _compared(node: Node, parts: Parts) -> Affine:
    f, g = (c.at(c.inside) for c in parts)
    if node.op == "equal":
        return _flag(holds=f == g)
    return _flag(holds=f < g or (f == g and node.op == "less-equal"))


def _junction(node: Node, parts: Parts) -> Affine:
    flags = [bool(c.constant) for c in parts]
    return _flag(holds=all(flags) if node.op == "and" else any(flags))


def _not(_: Node, parts: Parts) -> Affine:
    return _flag(holds=not parts[0].constant)


def _indicator(_: Node, parts: Parts) -> Affine:
    return _ZERO, parts[0].constant


def _piecewise(_: Node, parts: Parts) -> Affine | None:
    for condition, branch in zip(parts[:-1:2], parts[1::2], strict=True):
        if condition.constant:
            return branch.slope, branch.constant
    return (parts[-1].slope, parts[-1].constant) if len(parts) % 2 else None


_CELLWISE: Mapping[str, Callable[[Node, Parts], Affine | None]] = {
    "add": _sum,
    "scale": _scaled,
    "multiply": _product,
    "divide": _quotient,
    "maximum": _chosen,
    "minimum": _chosen,
    "abs": _absolute,
    "sign": _signed,
    "heaviside": _signed,
    "floor": _rounded,
    "ceiling": _rounded,
    "modulo": _remainder,
    "less": _compared,
    "less-equal": _compared,
    "equal": _compared,
    "and": _junction,
    "or": _junction,
    "not": _not,
    "indicator": _indicator,
    "piecewise": _piecewise,
}
_DECIDING = frozenset(
    ("maximum", "minimum", "abs", "sign", "heaviside", "less", "less-equal", "equal")
)
_ROUNDING = frozenset(("floor", "ceiling", "modulo"))
