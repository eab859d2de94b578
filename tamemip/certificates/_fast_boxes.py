"""The second checker's rules about the value function on a box, in integers.

Parameters are homogeneous: a vertex is ``(w, w theta)`` with ``w > 0``, and an affine
function has the sign of an inner product there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import TypeAlias, final

from tamemip.certificates import _box_statement  # noqa: F401  # registers its statement
from tamemip.certificates._box_values import (
    MOST_PARAMETERS,
    Path,
    ProvedCell,
    RhsBox,
    read_cut,
)
from tamemip.certificates._fast_covers import Cover, Leaves
from tamemip.certificates._fast_functions import Function, Greatest, Node, Rounded
from tamemip.certificates._fast_integers import IntegerLeaf, IntegerProblem, Line
from tamemip.certificates._fast_lines import LineProof
from tamemip.certificates._json import RejectedError
from tamemip.certificates._step import Step

_Integers: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """A box, and its right-hand sides in integers over `scale`: one column, then one a parameter.

    `forms` holds lines along the box, ``form . (1, theta) / under`` for a pair.
    """

    step: int
    box: RhsBox
    scale: int
    columns: tuple[Mapping[int, int], ...]
    forms: dict[Line, tuple[_Integers, int]]

    def form(self, line: Line, common: int) -> tuple[_Integers, int]:
        """A line along the box."""
        known = self.forms.get(line)
        if known is None:
            y = dict(zip(line.y.indices, line.y.values, strict=True))
            rates = [
                common * sum(v * column[i] for i, v in y.items() if i in column)
                for column in self.columns
            ]
            rates[0] += line.constant * self.scale
            known = self.forms[line] = tuple(rates), self.scale * common * line.y.denominator
        return known


@final
@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """A part of a box: the inequalities ``row . (1, theta) >= 0``, and its vertices.

    Each vertex comes with the set of the rows that are 0 there; `open_rows` are strict.
    """

    frame: Frame
    sides: Path
    rows: tuple[_Integers, ...]
    open_rows: frozenset[int]
    vertices: tuple[tuple[_Integers, frozenset[int]], ...]

    @property
    def is_empty(self) -> bool:
        """Whether no point is left."""
        return not self.vertices or self._is_excluded([zero for _, zero in self.vertices])

    def is_positive(self, heights: Sequence[int], *, is_strict: bool) -> bool:
        """Whether an affine function with some signs at the vertices is at least 0, or above 0."""
        if heights and min(heights) < 0:
            return False
        met = [zero for (_, zero), v in zip(self.vertices, heights, strict=True) if not v]
        return not is_strict or not met or self._is_excluded(met)

    def _is_excluded(self, faces: Sequence[frozenset[int]]) -> bool:
        """Whether one strict inequality is 0 at some vertices, and so at all between them."""
        return bool(self.open_rows.intersection(*faces))


@final
@dataclass(frozen=True, eq=False, slots=True)
class MovingPoint:
    """A point for all parameters; `slacks` have to be at least 0, `cost` is in min orientation."""

    frame: Frame
    slacks: Sequence[tuple[str, _Integers]]
    cost: tuple[Fraction, ...]


def _box(step: Step, proof: LineProof) -> Region:
    size = proof.problem.n_rows
    vectors = step.vectors("directions", size=size)
    if len(vectors) > MOST_PARAMETERS:
        raise RejectedError(f"{len(vectors)} parameters are more than {MOST_PARAMETERS}")
    lows = step.rationals("lo", size=len(vectors))
    highs = step.rationals("hi", size=len(vectors))
    if any(lo >= hi for lo, hi in zip(lows, highs, strict=True)):
        raise RejectedError("a parameter does not end after it begins")
    rhs = step.rationals("rhs", size=size)
    scale = math.lcm(*(v.denominator for v in rhs), *(v.denominator for v in vectors))
    columns: list[Mapping[int, int]] = [{i: int(v * scale) for i, v in enumerate(rhs)}]
    for vector in vectors:
        pairs = zip(vector.indices, vector.values, strict=True)
        columns.append({i: v * (scale // vector.denominator) for i, v in pairs})
    box = RhsBox(rhs, tuple(v.to_fractions() for v in vectors), lows, highs)
    rows: list[_Integers] = []
    for i, (lo, hi) in enumerate(zip(lows, highs, strict=True)):
        for end, sign in ((lo, 1), (hi, -1)):
            unit = [sign * end.denominator if k == i else 0 for k in range(len(vectors))]
            rows.append((-sign * end.numerator, *unit))
    ends = zip(lows, highs, strict=True)
    corners = [_primitive((1, *corner)) for corner in itertools.product(*ends)]
    frame = Frame(step.number, box, scale, tuple(columns), {})
    return Region(frame, (), tuple(rows), frozenset(), tuple((v, _zeros(v, rows)) for v in corners))


def _half(step: Step, proof: LineProof) -> Region:
    region = _region(step, "of", proof)
    plane, is_below = read_cut(step, region.frame.box.n_parameters)
    row = tuple(-v for v in plane) if is_below else plane
    new = len(region.rows)
    vertices: list[tuple[_Integers, frozenset[int]]] = []
    high: list[tuple[int, _Integers, frozenset[int]]] = []
    low: list[tuple[int, _Integers, frozenset[int]]] = []
    for vertex, zero in region.vertices:
        height = _dot(row, vertex)
        if height < 0:
            low.append((-height, vertex, zero))
            continue
        vertices.append((vertex, zero if height else zero | {new}))
        if height:
            high.append((height, vertex, zero))
    for (up, u, at_u), (down, w, at_w) in itertools.product(high, low):
        joint = at_u & at_w
        if _spans_edge([region.rows[i] for i in joint], len(row) - 1):
            crossing = _primitive([down * a + up * b for a, b in zip(u, w, strict=True)])
            vertices.append((crossing, joint | {new}))
    return Region(
        region.frame,
        (*region.sides, (plane, is_below)),
        (*region.rows, row),
        region.open_rows | {new} if is_below else region.open_rows,
        tuple(vertices),
    )


def _affine_point(step: Step, proof: LineProof) -> MovingPoint:
    region, problem = _region(step, "box", proof), proof.problem
    if region.sides:
        raise RejectedError("a point belongs to a whole box")
    vectors = step.vectors("point", size=problem.n_cols)
    size = region.frame.box.n_parameters + 1
    if len(vectors) != size:
        raise RejectedError(f"the point has {len(vectors)} vectors, not {size}")
    grid = math.lcm(*(vector.denominator for vector in vectors))
    entries = [[0] * size for _ in range(problem.n_cols)]
    for k, vector in enumerate(vectors):
        for j, v in zip(vector.indices, vector.values, strict=True):
            entries[j][k] = v * (grid // vector.denominator)
    for j, (first, *rates) in enumerate(entries):
        if problem.integer[j] and (first % grid or any(rates)):
            raise RejectedError(f"column {j} is integer, and fractional or moving")
    slacks = [
        *_bound_slacks(entries, grid, problem),
        *_row_slacks(entries, grid, problem, region.frame),
    ]
    slacks = [(noun, slack) for noun, slack in slacks if slack[0] < 0 or any(slack[1:])]
    total = _weighted(enumerate(problem.cost), entries, size)
    cost = [Fraction(v, problem.unit * grid) for v in total]
    return MovingPoint(region.frame, slacks, (cost[0] + problem.offset, *cost[1:]))


def _piece(step: Step, proof: LineProof) -> ProvedCell:
    of, region = step.citation("of"), _region(step, "cell", proof)
    function = proof.function(of)
    sign, cost = proof.problem.sign, None
    value: tuple[Fraction, ...] | float = sign * math.inf
    if "point" in step.fields:
        point = proof.conclusions.get(step.citation("point"), MovingPoint, "an affine point")
        if point.frame is not region.frame:
            raise RejectedError("the point belongs to another box")
        for noun, slack in point.slacks:
            heights = [_dot(slack, vertex) for vertex, _ in region.vertices]
            if not region.is_empty and not region.is_positive(heights, is_strict=False):
                raise RejectedError(f"the point violates {noun} on the cell")
        cost = point.cost
        value = tuple(sign * v for v in cost)
    if not region.is_empty and not _Reader(region, cost).is_reached(function):
        raise RejectedError("the bound is not proved on the cell")
    frame = region.frame
    return ProvedCell(frame.box, frame.step, of, region.sides, value, region.is_empty)


BOX_RULES: dict[
    str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Step, LineProof], object]]
] = {
    "box": (("rhs", "directions", "lo", "hi"), (), _box),
    "half": (("of", "plane", "side"), (), _half),
    "affine-point": (("box", "point"), (), _affine_point),
    "piece": (("of", "cell"), ("point",), _piece),
}


@final
@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds whether functions reach an affine cost, or infinity, on a region with points."""

    region: Region
    cost: tuple[Fraction, ...] | None

    def is_reached(self, function: Function) -> bool:
        """Whether the last node of a function is seen to reach it; of nested ones, never."""
        nodes = function.nodes
        top = nodes[max(nodes)]
        sources = [nodes[k] for k in top.sources] if isinstance(top, Greatest) else [top]
        return any(self._is_reached_by(node, function) for node in sources)

    def _is_reached_by(self, node: Node, function: Function) -> bool:
        cost, is_strict = self.cost, False
        if isinstance(node, Rounded):
            if cost is not None and not any(cost[1:]):
                # More than the last multiple below the cost, and rounding up is enough.
                steps = (cost[0] - node.offset) / node.granularity
                below = node.offset + node.granularity * (math.ceil(steps) - 1)
                cost, is_strict = (below, *cost[1:]), True
            node = function.nodes[node.source]
        if not isinstance(node, Leaves) or node.cuts.shifts:
            return False
        floor = None
        if cost is not None:
            floor = _Floor.of((cost[0] - node.offset, *cost[1:]), self.region, is_strict)
        reached: dict[int, bool] = {}
        last = False
        for step, cover in node.covers.items():
            last = reached[step] = self._is_covered(cover, reached, floor, node.common)
        return last

    def _is_covered(
        self, cover: Cover, reached: Mapping[int, bool], floor: _Floor | None, common: int
    ) -> bool:
        if cover.leaf is not None:
            return self._is_reached_in(cover.leaf, floor, common)
        if cover.least:
            return all(reached[k] for k in cover.least)
        return any(reached[k] for k in cover.greatest)  # of a sum nothing is known

    def _is_reached_in(self, leaf: IntegerLeaf, floor: _Floor | None, common: int) -> bool:
        region = self.region
        if leaf.is_empty:
            return True
        for line in leaf.lines if floor is not None else ():
            form, under = region.frame.form(line, common)
            if floor is not None and floor.is_reached(form, under, region):
                return True
        for guard in leaf.guards:
            form, _ = region.frame.form(guard, common)
            heights = [_dot(form, vertex) for vertex, _ in region.vertices]
            if region.is_positive(heights, is_strict=True):
                return True
        return False


@final
@dataclass(frozen=True, slots=True)
class _Floor:
    """What a bound has to reach at the vertices of a region, times ``w * under``."""

    heights: Sequence[int]
    under: int
    is_strict: bool

    @classmethod
    def of(cls, cost: Sequence[Fraction], region: Region, is_strict: bool) -> _Floor:
        under = math.lcm(*(v.denominator for v in cost))
        row = [int(v * under) for v in cost]
        return cls([_dot(row, vertex) for vertex, _ in region.vertices], under, is_strict)

    def is_reached(self, form: _Integers, under: int, region: Region) -> bool:
        """Whether ``form / under`` is nowhere below; where the floor is strict, above."""
        excess: list[int] = []
        for (vertex, _), height in zip(region.vertices, self.heights, strict=True):
            v = _dot(form, vertex) * self.under - height * under
            if v < 0:
                return False
            excess.append(v)
        return region.is_positive(excess, is_strict=self.is_strict)


def _region(step: Step, name: str, proof: LineProof) -> Region:
    return proof.conclusions.get(step.citation(name), Region, "a box or a part of a box")


def _bound_slacks(
    entries: Sequence[Sequence[int]], grid: int, problem: IntegerProblem
) -> Iterable[tuple[str, _Integers]]:
    for j, (first, *rates) in enumerate(entries):
        scaled = [problem.grid * v for v in (first, *rates)]
        if not problem.lower_is_free[j]:
            yield f"a bound of column {j}", (scaled[0] - problem.lower[j] * grid, *scaled[1:])
        if not problem.upper_is_free[j]:
            turned = [-v for v in scaled]
            yield f"a bound of column {j}", (problem.upper[j] * grid + turned[0], *turned[1:])


def _row_slacks(
    entries: Sequence[Sequence[int]], grid: int, problem: IntegerProblem, frame: Frame
) -> Iterable[tuple[str, _Integers]]:
    unit = problem.unit * grid
    for i, (columns, values) in enumerate(problem.rows):
        activity = _weighted(zip(columns, values, strict=True), entries, len(frame.columns))
        excess = [
            a * frame.scale - unit * column.get(i, 0)
            for a, column in zip(activity, frame.columns, strict=True)
        ]
        if problem.row_sense[i] in (">=", "="):
            yield f"row {i}", tuple(excess)
        if problem.row_sense[i] in ("<=", "="):
            yield f"row {i}", tuple(-v for v in excess)


def _weighted(
    weights: Iterable[tuple[int, int]], entries: Sequence[Sequence[int]], size: int
) -> list[int]:
    total = [0] * size
    for j, a in weights:
        for k, v in enumerate(entries[j]) if a else ():
            total[k] += a * v
    return total


def _spans_edge(rows: Sequence[_Integers], size: int) -> bool:
    """Whether some equations leave a line: their normals have the rank ``size - 1``."""
    if len(rows) < size - 1:
        return False
    left = [list(row[1:]) for row in rows]
    rank = 0
    for k in range(size):
        pivot = next((row for row in left if row[k]), None)
        if pivot is None:
            continue
        rank += 1
        left.remove(pivot)
        left = [_eliminated(row, pivot, k) for row in left]
    return rank == size - 1


def _eliminated(row: Sequence[int], pivot: Sequence[int], k: int) -> list[int]:
    return [pivot[k] * b - row[k] * a for a, b in zip(pivot, row, strict=True)]


def _zeros(vertex: _Integers, rows: Sequence[_Integers]) -> frozenset[int]:
    return frozenset(i for i, row in enumerate(rows) if not _dot(row, vertex))


def _primitive(values: Sequence[Fraction | int]) -> _Integers:
    """The multiple with coprime integers and the same sign."""
    exact = [Fraction(v) for v in values]
    scale = math.lcm(*(v.denominator for v in exact))
    integers = [int(v * scale) for v in exact]
    divisor = math.gcd(*integers)
    return tuple(v // divisor for v in integers)


def _dot(row: Sequence[int], vertex: _Integers) -> int:
    return sum(map(mul, row, vertex))
