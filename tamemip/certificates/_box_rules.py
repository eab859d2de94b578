"""Rules about the value function on a box of right-hand sides, in Fractions.

The box is cut by planes. Whatever is affine in the parameters is at least 0 on a
closed cell if it is so at the vertices, which are carried along.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import _box_statement  # noqa: F401  # registers its statement
from tamemip.certificates._box_values import (
    MOST_PARAMETERS,
    Path,
    Plane,
    ProvedCell,
    RhsBox,
    read_cut,
)
from tamemip.certificates._conclusions import (
    Affine,
    Best,
    Expression,
    Greatest,
    Leaf,
    LeafMinimum,
    Least,
    Root,
    RoundedUp,
    Total,
)
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import SparseVector
from tamemip.certificates._rules import evaluation, rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

_Form: TypeAlias = tuple[Fraction, ...]
"""An affine function of the parameters: its constant, then its coefficients."""

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class _Vertex:
    """A vertex ``(1, theta)``; bit n of `tight` is set if inequality n holds with equality."""

    place: tuple[Fraction, ...]
    tight: int


@final
@dataclass(frozen=True, eq=False, slots=True)
class Cell:
    """A part of a box: its sides, and the vertices of its closure.

    Inequalities 2i and 2i + 1 are the ends of parameter i; those of the sides follow,
    of which `strict` has the bits of the strict ones. `forms` remembers what has been
    read on the box, for all its parts.
    """

    box_step: int
    box: RhsBox
    sides: Path
    vertices: tuple[_Vertex, ...]
    strict: int
    forms: dict[Affine, _Form]

    @property
    def is_empty(self) -> bool:
        """Whether it has no point: a strict inequality holds with equality on all of it."""
        common = self.strict
        for vertex in self.vertices:
            common &= vertex.tight
        return bool(common) or not self.vertices

    def is_at_least(self, form: _Form, floor: Sequence[Fraction]) -> bool:
        """Whether an affine function is nowhere below its floors at the vertices."""
        return all(_at(form, vertex) >= w for vertex, w in zip(self.vertices, floor, strict=True))

    def is_above(self, form: _Form, floor: Sequence[Fraction]) -> bool:
        """Whether it is above: it may meet the floor only where a strict side excludes it.

        The points of the closure where it does are the convex hull of the vertices
        where it does. A side that is 0 at all of these is 0 there, and takes them away.
        """
        common = self.strict
        for vertex, w in zip(self.vertices, floor, strict=True):
            excess = _at(form, vertex) - w
            if excess < 0:
                return False
            if excess == 0:
                common &= vertex.tight
                if not common:
                    return False
        return True


@final
@dataclass(frozen=True, eq=False, slots=True)
class AffinePoint:
    """A point for all parameters of a box.

    It is feasible where its `slacks` are at least 0; those that always are have been left
    out. Costs are in min orientation, the constant included.
    """

    box: int
    slacks: tuple[tuple[str, _Form], ...]
    cost: _Form


@rule("box", "rhs", "directions", "lo", "hi")
def _box(step: Step, _: Conclusions, root: Root) -> Cell:
    """A box of right-hand sides, as a cell that nothing cuts yet; nothing is claimed."""
    vectors = step.vectors("directions", size=root.n_rows)
    size = len(vectors)
    if size > MOST_PARAMETERS:
        raise RejectedError(f"{size} parameters are too many, {MOST_PARAMETERS} are the most")
    lows, highs = step.rationals("lo", size=size), step.rationals("hi", size=size)
    for i, (lo, hi) in enumerate(zip(lows, highs, strict=True)):
        if lo >= hi:
            raise RejectedError(f"parameter {i} ends at {show(hi)}, it begins at {show(lo)}")
    rhs = step.rationals("rhs", size=root.n_rows)
    box = RhsBox(rhs, tuple(v.to_fractions() for v in vectors), lows, highs)
    corners = tuple(
        _Vertex(
            (Fraction(1), *((lows, highs)[end][i] for i, end in enumerate(ends))),
            sum(1 << (2 * i + end) for i, end in enumerate(ends)),
        )
        for ends in itertools.product((0, 1), repeat=size)
    )
    return Cell(step.number, box, (), corners, 0, {})


@rule("half", "of", "plane", "side")
def _half(step: Step, conclusions: Conclusions, _: Root) -> Cell:
    """The part of a cell where ``h >= 0``, or the part where ``h < 0``.

    Its vertices are those of the cell on this side or on the plane, and the points
    where edges cross the plane. Two vertices have an edge if no third one meets all
    the inequalities that both of them meet.
    """
    cell = _cell_of(step, "of", conclusions)
    plane, is_below = read_cut(step, cell.box.n_parameters)
    sign = -1 if is_below else 1
    bit = 1 << (2 * cell.box.n_parameters + len(cell.sides))
    heights = [sign * _at(plane, vertex) for vertex in cell.vertices]
    kept = [
        _Vertex(vertex.place, vertex.tight | (0 if height else bit))
        for vertex, height in zip(cell.vertices, heights, strict=True)
        if height >= 0
    ]
    pairs = list(zip(cell.vertices, heights, strict=True))
    inside, outside = [p for p in pairs if p[1] > 0], [p for p in pairs if p[1] < 0]
    for (u, above), (w, below) in itertools.product(inside, outside):
        common = u.tight & w.tight
        if _is_edge(common, cell):
            share = above / (above - below)
            place = tuple(a + share * (b - a) for a, b in zip(u.place, w.place, strict=True))
            kept.append(_Vertex(place, common | bit))
    sides = *cell.sides, (plane, is_below)
    strict = cell.strict | (bit if is_below else 0)
    return Cell(cell.box_step, cell.box, sides, tuple(kept), strict, cell.forms)


@rule("affine-point", "box", "point")
def _affine_point(step: Step, conclusions: Conclusions, root: Root) -> AffinePoint:
    """A point that is affine in the parameters, its integer columns constant integers."""
    cell = _cell_of(step, "box", conclusions)
    if cell.sides:
        raise RejectedError(f"step {show(step.citation('box'))} is a part of a box, not a box")
    vectors = step.vectors("point", size=root.n_cols)
    size = cell.box.n_parameters + 1
    if len(vectors) != size:
        raise RejectedError(f"point: {len(vectors)} vectors where {size} are expected")
    entries: dict[int, list[Fraction]] = {}
    for i, vector in enumerate(vectors):
        for j, v in vector.to_fractions():
            entries.setdefault(j, [_ZERO] * size)[i] = v
    for j, form in entries.items():
        if root.problem.integer[j] and (any(form[1:]) or form[0].denominator != 1):
            raise RejectedError(f"the integer column {j} is no constant integer")
    slacks = tuple(
        (noun, slack)
        for noun, slack in _slacks(entries, cell.box, root)
        if any(slack[1:]) or slack[0] < 0
    )
    cost = _combined(enumerate(root.cost), entries, size)
    return AffinePoint(cell.box_step, slacks, (cost[0] + root.offset, *cost[1:]))


@rule("piece", "of", "cell", optional=("point",))
def _piece(step: Step, conclusions: Conclusions, root: Root) -> ProvedCell:
    """Where a dual function reaches the cost of feasible points, that is the value.

    Without a point the dual function has to be +inf: no point is feasible. A cell
    that is empty asks for nothing.
    """
    of, cell = step.citation("of"), _cell_of(step, "cell", conclusions)
    functions = evaluation(of, conclusions).functions
    target: _Form | None = None
    value: tuple[Fraction, ...] | float = root.sign * math.inf
    if "point" in step.fields:
        point = conclusions.get(step.citation("point"), AffinePoint, "an affine point")
        if point.box != cell.box_step:
            raise RejectedError("the point is about another box")
        nothing = [_ZERO] * len(cell.vertices)
        for noun, slack in () if cell.is_empty else point.slacks:
            if not cell.is_at_least(slack, nothing):
                raise RejectedError(f"the point violates {noun} at a vertex of the cell")
        target, value = point.cost, tuple(root.sign * v for v in point.cost)
    if not cell.is_empty and not _Reading(functions, cell).reaches(of, target):
        raise RejectedError("the bound is too low on the cell, or not seen to be high enough")
    return ProvedCell(cell.box, cell.box_step, of, cell.sides, value, cell.is_empty)


@final
@dataclass(frozen=True, slots=True)
class _Reading:
    """Dual functions on a cell that is not empty; the target None stands for +inf."""

    functions: Mapping[int, object]
    cell: Cell

    def reaches(self, step: int, target: _Form | None) -> bool:
        """Whether the function of a step is seen to be nowhere below the target."""
        function = self.functions[step]
        if isinstance(function, Best):
            return any(self._tree_reaches(self.functions[k], target) for k in function.of)
        return self._tree_reaches(function, target)

    def _tree_reaches(self, function: object, target: _Form | None) -> bool:
        is_strict = False
        if isinstance(function, RoundedUp):
            if target is not None and not any(target[1:]):
                # Of a constant it is enough to pass the value before it.
                g, offset = function.granularity, function.offset
                steps = math.ceil((target[0] - offset) / g) - 1
                target, is_strict = (offset + g * steps, *target[1:]), True
            function = self.functions[function.of[0]]
        if not isinstance(function, LeafMinimum) or function.cuts.n_terms:
            # Nothing is known here of closed forms, nor of cuts in trees.
            return False
        floor = None
        if target is not None:
            floor = [_at(target, vertex) - function.offset for vertex in self.cell.vertices]
        found: dict[int, bool] = {}
        last = False
        for step, expression in function.expressions.items():
            last = found[step] = self._reaches(expression, found, floor, is_strict)
        return last

    def _reaches(
        self,
        expression: Expression,
        found: Mapping[int, bool],
        floor: Sequence[Fraction] | None,
        is_strict: bool,
    ) -> bool:
        match expression:
            case Leaf():
                return expression.is_empty or self._leaf_reaches(expression, floor, is_strict)
            case Least(of):
                return all(found[k] for k in of)
            case Greatest(of):
                return any(found[k] for k in of)
            case Total():
                return False

    def _leaf_reaches(self, leaf: Leaf, floor: Sequence[Fraction] | None, is_strict: bool) -> bool:
        cell = self.cell
        if floor is not None:
            test = cell.is_above if is_strict else cell.is_at_least
            if any(test(self._form(dual), floor) for dual in leaf.duals):
                return True
        nothing = [_ZERO] * len(cell.vertices)
        return any(cell.is_above(self._form(guard), nothing) for guard in leaf.guards)

    def _form(self, affine: Affine) -> _Form:
        """As a function of the parameters, made once for all cells."""
        box = self.cell.box
        known = self.cell.forms.get(affine)
        if known is None:
            slope = dict(affine.slope)
            rates = (
                sum((v * slope[i] for i, v in direction if i in slope), _ZERO)
                for direction in box.directions
            )
            known = self.cell.forms[affine] = (affine.at(box.rhs), *rates)
        return known


def _cell_of(step: Step, name: str, conclusions: Conclusions) -> Cell:
    return conclusions.get(step.citation(name), Cell, "a box or a part of one")


def _at(form: _Form | Plane, vertex: _Vertex) -> Fraction:
    pairs: Iterable[tuple[Fraction | int, Fraction]] = zip(form, vertex.place, strict=True)
    return sum((t * a for a, t in pairs if a), _ZERO)


def _is_edge(common: int, cell: Cell) -> bool:
    """Whether only two vertices meet all of some inequalities that two vertices meet."""
    if common.bit_count() < cell.box.n_parameters - 1:
        return False
    return sum(vertex.tight & common == common for vertex in cell.vertices) == 2


def _slacks(
    entries: Mapping[int, Sequence[Fraction]], box: RhsBox, root: Root
) -> Iterator[tuple[str, _Form]]:
    """What is at least 0 where a point is feasible: of bounds, then of rows."""
    size = box.n_parameters + 1
    problem = root.problem
    for j, (low, up) in enumerate(zip(problem.lower, problem.upper, strict=True)):
        form = entries.get(j, [_ZERO] * size)
        if isinstance(low, Fraction):
            yield f"the lower bound of column {j}", (form[0] - low, *form[1:])
        if isinstance(up, Fraction):
            yield f"the upper bound of column {j}", (up - form[0], *(-v for v in form[1:]))
    for i, (row, sense) in enumerate(zip(problem.A.rows, problem.row_sense, strict=True)):
        rates = [dict(direction).get(i, _ZERO) for direction in box.directions]
        activity = _combined(row, entries, size)
        excess = [a - d for a, d in zip(activity, (box.rhs[i], *rates), strict=True)]
        if sense != "<=":
            yield f"row {i}", tuple(excess)
        if sense != ">=":
            yield f"row {i}", tuple(-v for v in excess)


def _combined(
    weights: Iterable[tuple[int, Fraction]] | SparseVector,
    entries: Mapping[int, Sequence[Fraction]],
    size: int,
) -> _Form:
    total = [_ZERO] * size
    for j, a in weights:
        if a and j in entries:
            total = [t + a * v for t, v in zip(total, entries[j], strict=True)]
    return tuple(total)
