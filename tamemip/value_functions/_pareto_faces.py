"""The frontier of three objectives with continuous columns: faces of a value function on a box."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.duality import DualFunction
from tamemip.programs import Box
from tamemip.solvers import Limits
from tamemip.value_functions._box_cells import AffineForm, BoxCell, BoxSplit, cell_at
from tamemip.value_functions._box_function import box_value_function
from tamemip.value_functions._box_value import BoxValueFunction
from tamemip.value_functions._pareto_ends import BestOfOne, best_of_one
from tamemip.value_functions._pareto_objectives import Objectives, Outcome, Point
from tamemip.value_functions._pareto_pieces import ParetoFace, ParetoGap, ParetoSegment, Pieces
from tamemip.value_functions._pareto_polygons import Corner, clipped, integral, ring, split_at

Theta = tuple[Fraction, Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class FaceFrontier:
    """What was found, in min orientation; without a value function if the ends are not known."""

    pieces: Pieces
    value_function: BoxValueFunction | None
    #: Of the ends: least second, largest second, least third, largest third.
    proofs: tuple[DualFunction, ...]
    stopped: str | None


def search_faces(objectives: Objectives, limits: Limits, *, progress: bool) -> FaceFrontier:
    """Make the value function on the box of all second and third objectives, and read it.

    Raises
    ------
    UnsupportedError
        If there is no feasible point, the first objective is unbounded, or another one is on
        either side.
    """
    began = time.monotonic()

    def left() -> Limits:
        return limits.after(time.monotonic() - began)

    first = best_of_one(objectives, 0, left())
    found = [_ends(objectives, k, left()) for k in (1, 2)]
    proofs = tuple(end.dual_function for pair in found for end in pair)
    ranges = [(least.bound, -largest.bound) for least, largest in found]
    if not all(isinstance(end, Fraction) for pair in ranges for end in pair):
        everything = ParetoGap((-math.inf,) * 3, (math.inf,) * 3)
        return FaceFrontier(Pieces((), (), (everything,)), None, proofs, first.stopped or "seconds")
    sides: list[tuple[Fraction, Fraction]] = []
    for low, high in ranges:
        assert isinstance(low, Fraction)
        assert isinstance(high, Fraction)
        # One more, so that nothing happens at the upper sides of the box.
        ends = (low, high + 1)
        sides.append(ends if objectives.sign == 1 else (-ends[1], -ends[0]))
    program = objectives.restricted(tuple(lo for lo, _ in sides))
    rows = range(program.n_rows - 2, program.n_rows)
    box = Box(dict(zip(rows, sides, strict=True)))
    V = box_value_function(program, box, limits=left(), progress=progress)
    if not V.is_certified:
        worst = (math.inf, *(high for _, high in ranges))
        gap = ParetoGap((first.bound, *(low for low, _ in ranges)), worst)
        return FaceFrontier(Pieces((), (), (gap,)), V, proofs, V.stopped)
    return FaceFrontier(_pieces(BoxOutcomes.of(objectives, V)), V, proofs, None)


def _ends(objectives: Objectives, k: int, limits: Limits) -> tuple[BestOfOne, BestOfOne]:
    """The least value of an objective, and the least of its opposite, in min orientation."""
    opposite = tuple(tuple(-c for c in costs) for costs in objectives.costs)
    least = best_of_one(objectives, k, limits)
    return least, best_of_one(Objectives(objectives.program, opposite), k, limits)


@final
@dataclass(frozen=True, slots=True)
class BoxOutcomes:
    """Questions to a proved value function of the second and third objective, min oriented.

    Attributes
    ----------
    ends
        The upper corner of the box; from one below it on the value does not change.
    starts
        The lower corner; below it there is no feasible point.
    cells
        Vertices and value of every cell; the value is infinite where nothing is feasible.
    """

    objectives: Objectives
    V: BoxValueFunction
    starts: Theta
    ends: Theta
    cells: tuple[tuple[tuple[Theta, ...], AffineForm | float], ...]
    lines: tuple[tuple[Fraction, Theta], ...]

    @classmethod
    def of(cls, objectives: Objectives, V: BoxValueFunction) -> BoxOutcomes:
        """The cells turned to min orientation."""
        sign = objectives.sign
        cells = tuple(_turned(cell, sign) for cell in V.cells)
        corners = [vertex for vertices, _ in cells for vertex in vertices]
        starts = min(s for s, _ in corners), min(t for _, t in corners)
        ends = max(s for s, _ in corners), max(t for _, t in corners)
        lines = dict.fromkeys(_lines(V, sign))
        return cls(objectives, V, starts, ends, cells, tuple(lines))

    def value(self, theta: Theta) -> Bound:
        """The least first objective while the others are at most `theta`."""
        if any(x < low for x, low in zip(theta, self.starts, strict=True)):
            return math.inf
        value = self._cell(theta).at(self._inside(theta))
        assert value is not None
        return self.objectives.sign * value

    def form(self, theta: Theta) -> AffineForm:
        """The affine function that is the value at some place where it is finite."""
        value = _turned(self._cell(theta), self.objectives.sign)[1]
        assert isinstance(value, AffineForm)
        return value

    def is_efficient(self, theta: Theta) -> bool:
        """Whether the value rises as soon as the second or the third objective is held lower.

        Next to `theta` on either line to the left the value is affine, and not less.
        """
        value = self.value(theta)
        return math.isfinite(value) and all(
            self.value(self._before(theta, axis)) > value for axis in (0, 1)
        )

    def contains(self, outcome: Outcome) -> bool:
        """Whether an outcome is on the frontier."""
        theta = outcome[1], outcome[2]
        is_within = all(x <= high for x, high in zip(theta, self.ends, strict=True))
        return is_within and self.value(theta) == outcome[0] and self.is_efficient(theta)

    def dominates(self, outcome: Outcome) -> bool:
        """Whether an outcome is dominated."""
        value = self.value((outcome[1], outcome[2]))
        return value < outcome[0] or (value == outcome[0] and not self.contains(outcome))

    def volume(self, reference: Outcome) -> Fraction:
        """The volume of what is dominated and does not reach beyond a reference."""
        total = Fraction(0)
        sides = ((reference[1], (-_ONE, _ZERO)), (reference[2], (_ZERO, -_ONE)))
        for polygon, value in self._prisms(reference):
            height = reference[0] - value.constant, (-value.coefficients[0], -value.coefficients[1])
            kept = polygon
            for constant, normal in (*sides, height):
                kept = clipped(kept, constant, normal)
            total += integral(kept, *height)
        return total

    def _prisms(self, reference: Outcome) -> Iterator[tuple[list[Corner], AffineForm]]:
        """Polygons that cover all right-hand sides up to a reference, with the value on them."""
        (right, top), (far, high) = self.ends, reference[1:]
        for vertices, value in self.cells:
            corners = ring(vertices)
            if not isinstance(value, AffineForm) or len(corners) < 3:
                continue
            yield corners, value
            # At the upper sides the value does not change any more.
            x, y = max(far, right), max(high, top)
            at_right = [t for s, t in corners if s == right]
            at_top = [s for s, t in corners if t == top]
            yield ring((s, t) for s in (right, x) for t in at_right), value
            yield ring((s, t) for s in at_top for t in (top, y)), value
            if (right, top) in corners:
                yield ring((s, t) for s in (right, x) for t in (top, y)), value

    def solution(self, outcome: Outcome) -> Point | None:
        """A point with an outcome on the frontier."""
        sides = self.objectives.turned(outcome[1:])
        points = self.V.argmin([*self.objectives.program.exact.rhs, *sides])
        wanted = self.objectives.turned(outcome)
        return next((x for x in points if self.objectives.of(x) == wanted), None)

    def _before(self, theta: Theta, axis: int) -> Theta:
        """A place to the left on an axis, with no line of the partition between."""
        distances = [theta[axis] - self.starts[axis]]
        distances += [_at(line, theta) / line[1][axis] for line in self.lines if line[1][axis]]
        moved = theta[axis] - min((d for d in distances if d > 0), default=Fraction(1)) / 2
        return (moved, theta[1]) if axis == 0 else (theta[0], moved)

    def _inside(self, theta: Theta) -> Theta:
        s, t = (min(x, high) for x, high in zip(theta, self.ends, strict=True))
        return (s, t) if self.objectives.sign == 1 else (-s, -t)

    def _cell(self, theta: Theta) -> BoxCell:
        return cell_at(self.V.root, self._inside(theta))


def _turned(cell: BoxCell, sign: int) -> tuple[tuple[Theta, ...], AffineForm | float]:
    """Vertices and value of a proved cell in min orientation."""
    vertices = tuple((sign * s, sign * t) for s, t in cell.vertices)
    value = cell.value
    assert value is not None
    if isinstance(value, AffineForm):
        # Both the value and its arguments change their sign, so that the rates stay.
        return vertices, AffineForm(sign * value.constant, value.coefficients)
    return vertices, sign * value


def _lines(V: BoxValueFunction, sign: int) -> Iterator[tuple[Fraction, Theta]]:
    stack = [V.root]
    while stack:
        node = stack.pop()
        if isinstance(node, BoxSplit):
            stack += [node.at_least, node.below]
            a, b = node.plane.coefficients
            yield Fraction(node.plane.constant), (Fraction(sign * a), Fraction(sign * b))


def _at(line: tuple[Fraction, Theta], theta: Theta) -> Fraction:
    constant, (a, b) = line
    return constant + a * theta[0] + b * theta[1]


# -- reading ---------------------------------------------------------------------------


def _pieces(outcomes: BoxOutcomes) -> Pieces:
    """Open faces, edges and vertices of the cells, each efficient or not as a whole.

    Along an edge between neighboring vertices of cells, limits from the left and the value
    are affine, and one is never less than the other; so they agree everywhere or nowhere.
    """
    vertices = {vertex for corners, _ in outcomes.cells for vertex in corners}
    rings = [
        (split_at(ring(corners), vertices), value)
        for corners, value in outcomes.cells
        if isinstance(value, AffineForm)
    ]
    faces = [
        _face(outcomes, corners, value)
        for corners, value in rings
        if len(ring(corners)) > 2 and all(rate < 0 for rate in value.coefficients)
    ]
    known = {z for face in faces for z in face.closed_vertices()}
    of_faces = {frozenset(edge) for face in faces for edge in face.closed_edges()}
    edges = {frozenset(edge) for corners, _ in rings for edge in _edges(corners)}
    segments = [
        segment
        for segment in (_segment(outcomes, *sorted(edge)) for edge in edges if len(edge) == 2)
        if segment is not None and frozenset(segment[:2]) not in of_faces
    ]
    known |= {s.start for s in segments if s.start_closed}
    known |= {s.end for s in segments if s.end_closed}
    efficient = (_outcome(outcomes.value(w), w) for w in vertices if outcomes.is_efficient(w))
    isolated = sorted(z for z in efficient if z not in known)
    return Pieces(tuple(isolated), tuple(sorted(segments)), (), tuple(sorted(faces)))


def _edges(corners: list[Corner]) -> Iterator[tuple[Corner, Corner]]:
    return zip(corners, [*corners[1:], corners[0]], strict=True)


def _face(outcomes: BoxOutcomes, corners: list[Corner], value: AffineForm) -> ParetoFace:
    middles = [_middle(a, b) for a, b in _edges(corners)]
    return ParetoFace(
        tuple(_outcome(value.at(corner), corner) for corner in corners),
        tuple(outcomes.contains(_outcome(value.at(corner), corner)) for corner in corners),
        tuple(outcomes.contains(_outcome(value.at(middle), middle)) for middle in middles),
    )


def _segment(outcomes: BoxOutcomes, a: Corner, b: Corner) -> ParetoSegment | None:
    """The outcomes of an edge, if they are efficient; they are those of the cell that has it."""
    middle = _middle(a, b)
    if not outcomes.is_efficient(middle):
        return None
    form = outcomes.form(middle)
    start, end = sorted((_outcome(form.at(a), a), _outcome(form.at(b), b)))
    return ParetoSegment(start, end, outcomes.contains(start), outcomes.contains(end))


def _middle(a: Corner, b: Corner) -> Theta:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _outcome(value: Bound, theta: Theta) -> Outcome:
    assert isinstance(value, Fraction)
    return (value, *theta)
