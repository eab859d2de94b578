"""The polyhedron of parameters on which an optimal part and its active set stay optimal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.differentiation._moving import At, Moving
from tamemip.differentiation._solution_active import ActiveSet, active_set
from tamemip.differentiation._solution_conditions import Condition, Conditions, Memory
from tamemip.differentiation._solution_forms import Reach
from tamemip.differentiation._solution_motion import (
    Motion,
    flat_values,
    motion_of,
    parameter_names,
    starting_values,
)
from tamemip.differentiation._solution_tree import Box, Dearer, Node, boxes, root_box
from tamemip.errors import CertificateError, NotAllowedError
from tamemip.value_functions._stability_polyhedron import HalfSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.differentiation._fibres_types import Vector

__all__ = ["CellProof", "ValidityCell", "finite", "widest_cell"]

_ZERO, _ONE = Fraction(0), Fraction(1)
#: The radius is halved or doubled, at most so often.
_HALVINGS, _DOUBLINGS = 60, 10
#: Half-spaces that are printed.
_SHOWN = 10


@final
@dataclass(frozen=True, slots=True)
class CellProof:
    """What a cell was proved with, once more, in rationals and without a solver.

    Attributes
    ----------
    conditions
        How many conditions on the parameters the half-spaces of the cell imply.
    dearer_boxes, own_boxes
        The boxes of integer parts that cover all of them.
    """

    conditions: int
    dearer_boxes: int
    own_boxes: int


@final
@dataclass(frozen=True, eq=False, repr=False)
class ValidityCell:
    """A polyhedron ``{theta : G theta <= g}`` on which one optimal solution follows its basis.

    The point is in its interior. On all of it, the integer part is optimal, and the continuous
    columns solve the same tight constraints; in the interior no other point is optimal.

    Attributes
    ----------
    moving
        The program, and what moves.
    at
        The numbers that move, at the point.
    half_spaces
        The cell is their intersection; strict ones are those on whose boundary an infeasible
        part may become feasible.
    motion, active, duals, tree, reach
        What proves it: see `prove`.
    """

    moving: Moving
    at: tuple[Bound, ...]
    half_spaces: tuple[HalfSpace, ...]
    motion: Motion
    active: ActiveSet
    duals: Mapping[int, Fraction]
    tree: tuple[Node, ...]
    reach: Reach

    def contains(self, theta: At) -> bool:
        """Whether parameters lie in it; infinite bounds have to stay as they are."""
        flat = self.read(theta)
        return flat is not None and all(half.contains(flat) for half in self.half_spaces)

    def has_inside(self, theta: At) -> bool:
        """Whether parameters lie in its interior, where the solution is the only one."""
        flat = self.read(theta)
        return flat is not None and all(
            HalfSpace(half.normal, half.bound, is_strict=True).contains(flat)
            for half in self.half_spaces
        )

    def read(self, theta: At) -> Vector | None:
        """Parameters as rationals, infinite bounds as 0; None if an infinite bound differs."""
        values = flat_values(self.moving, theta)
        for value, here in zip(values, self.at, strict=True):
            is_finite = isinstance(value, Fraction) and isinstance(here, Fraction)
            if not is_finite and value != here:
                return None
        return finite(values)

    @property
    def exact_inequalities(self) -> tuple[tuple[Vector, Fraction], ...]:
        """The rows of ``G theta <= g``."""
        return tuple((tuple(-v for v in h.normal), -h.bound) for h in self.half_spaces)

    @property
    def G(self) -> NDArray[np.float64]:
        """The matrix, as floats: one row a half-space."""
        rows = [[float(v) for v in row] for row, _ in self.exact_inequalities]
        return np.array(rows).reshape(len(rows), len(self.at))

    @property
    def g(self) -> NDArray[np.float64]:
        """The right-hand sides, as floats."""
        return np.array([float(v) for _, v in self.exact_inequalities])

    def step(self, direction: Sequence[Fraction]) -> Bound:
        """How far one can go from `at` along a flat direction; maybe infinitely."""
        found: Bound = math.inf
        at = finite(self.at)
        for half in self.half_spaces:
            rate = _dot(half.normal, direction)
            if rate < 0:
                found = min(found, (_dot(half.normal, at) - half.bound) / -rate)
        return found

    def prove(self) -> CellProof:
        """Check everything again, in rationals and without a solver.

        Raises
        ------
        CertificateError
            If something does not follow.
        """
        _check_start(self)
        needed = _conditions(self.motion, self.active, self.duals, self.tree, self.reach)
        held = {half.normal: half for half in self.half_spaces}
        count = 0
        for k, condition in enumerate(needed):
            if condition.holds_always:
                continue
            if not isinstance(condition.form.error, Fraction):
                raise CertificateError(k + 1, "half-space", "nothing shows that a box is dearer")
            half = _half_space(condition, finite(self.at))
            mine = held.get(half.normal)
            if mine is None or (mine.bound, mine.is_strict) < (half.bound, half.is_strict):
                raise CertificateError(k + 1, "half-space", f"the cell is not within {half}")
            count += 1
        for half in _box(self.motion, self.reach, finite(self.at)):
            mine = held.get(half.normal)
            if mine is None or mine.bound < half.bound:
                raise CertificateError(0, "box", f"the cell is not within {half}")
        leaves = [leaf for leaf, _ in boxes(self.tree, root_box(self.motion.program.exact))]
        dearer = sum(isinstance(leaf, Dearer) for leaf in leaves)
        return CellProof(count, dearer, len(leaves) - dearer)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for every number that moves."""
        return parameter_names(self.moving)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        n, k = len(self.half_spaces), len(self.at)
        return (
            f"ValidityCell({k} parameter{'s' * (k != 1)}, {n} half-space{'s' * (n != 1)}, "
            f"{len(self.tree)} node{'s' * (len(self.tree) != 1)} of proof)"
        )

    def __str__(self) -> str:
        lines = [repr(self), *(f"  {self._told(half)}" for half in self.half_spaces[:_SHOWN])]
        if len(self.half_spaces) > _SHOWN:
            lines.append(f"  ... and {len(self.half_spaces) - _SHOWN} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _told(self, half: HalfSpace) -> str:
        signs = {_ONE: "", -_ONE: "-"}
        terms = [
            f"{signs.get(v, f'{v} ')}{name}"
            for v, name in zip(half.normal, self.names, strict=True)
            if v
        ]
        text = "".join(f" - {term[1:]}" if term[0] == "-" else f" + {term}" for term in terms)
        left = text[3:] if text.startswith(" + ") else f"-{text[3:]}"
        return f"{left} {'>' if half.is_strict else '>='} {half.bound}"


# -- finding one -----------------------------------------------------------------------------


def widest_cell(
    moving: Moving,
    at: tuple[Bound, ...],
    motion: Motion,
    active: ActiveSet,
    duals: Mapping[int, Fraction],
    tree: tuple[Node, ...],
) -> ValidityCell:
    """The cell of a tree: without a box around the point where all conditions are affine.

    Else what is not affine is bounded on a box, whose radii (relative to the parameters) are
    halved until half of the room of every condition is left.

    Raises
    ------
    NotAllowedError
        If no box is small enough.
    """
    scales = tuple(max(_ONE, abs(v)) for v in finite(at))
    leaves, memory = _dearer(tree, motion), Memory()

    def tried(radius: Fraction | None) -> tuple[Reach, list[Condition]] | None:
        reach = Reach(None if radius is None else tuple(radius * v for v in scales))
        made = Conditions(motion, active, duals, reach, memory=memory)
        found = [*made.own(), *made.of_own_boxes(tree)]
        if not all(condition.has_room for condition in found):
            return None
        for k, (leaf, box) in enumerate(leaves):
            needed = made.of_box(leaf, box)
            if not all(condition.has_room for condition in needed):
                leaves.insert(0, leaves.pop(k))  # it is the first to fail next time
                return None
            found += needed
        return reach, found

    best = tried(None) or _by_radius(tried)
    if best is None:
        raise NotAllowedError(
            "the optimal solution is unique, but no neighborhood was found on which it is proved "
            "to stay optimal: points of bounded cost may not stay bounded when costs or matrix "
            "entries move. Give every column two finite bounds."
        )
    reach, conditions = best
    start = finite(at)
    halves = [_half_space(c, start) for c in conditions if not c.holds_always]
    halves += _box(motion, reach, start)
    return ValidityCell(moving, at, _strongest(halves), motion, active, dict(duals), tree, reach)


def _by_radius(
    tried: Callable[[Fraction], tuple[Reach, list[Condition]] | None],
) -> tuple[Reach, list[Condition]] | None:
    radius = _ONE
    best = tried(radius)
    if best is None:
        for _ in range(_HALVINGS):
            radius /= 2
            best = tried(radius)
            if best is not None:
                return tried(radius * Fraction(3, 2)) or best
        return None
    for _ in range(_DOUBLINGS):
        radius *= 2
        larger = tried(radius)
        if larger is None:
            break
        best = larger
    return best


def _conditions(
    motion: Motion,
    active: ActiveSet,
    duals: Mapping[int, Fraction],
    tree: tuple[Node, ...],
    reach: Reach,
) -> Iterator[Condition]:
    made = Conditions(motion, active, duals, reach)
    yield from made.own()
    yield from made.of_own_boxes(tree)
    for leaf, box in _dearer(tree, motion):
        yield from made.of_box(leaf, box)


def _dearer(tree: tuple[Node, ...], motion: Motion) -> list[tuple[Dearer, Box]]:
    leaves = boxes(tree, root_box(motion.program.exact))
    return [(leaf, box) for leaf, box in leaves if isinstance(leaf, Dearer)]


def finite(at: Sequence[Bound]) -> Vector:
    """The numbers that move, with 0 for infinite bounds, which do not."""
    return tuple(v if isinstance(v, Fraction) else _ZERO for v in at)


def _half_space(condition: Condition, at: Vector) -> HalfSpace:
    """``form >= 0`` as a condition on the parameters, its largest coefficient 1 in size."""
    form = condition.form
    size = max((abs(v) for v in form.slopes.values()), default=_ONE)
    normal = tuple(form.slopes.get(k, _ZERO) / size for k in range(len(at)))
    least = Fraction(form.start - form.error)
    return HalfSpace(normal, _dot(normal, at) - least / size, condition.is_strict)


def _box(motion: Motion, reach: Reach, at: Vector) -> Iterator[HalfSpace]:
    """The box of the reach, in the parameters that move anything."""
    if reach.radii is None:
        return
    for k in sorted(_used(motion)):
        for sign in (_ONE, -_ONE):
            normal = tuple(sign if i == k else _ZERO for i in range(len(at)))
            yield HalfSpace(normal, sign * at[k] - reach.radii[k])


def _used(motion: Motion) -> set[int]:
    forms = [form for form in (*motion.lower, *motion.upper) if form is not None]
    slopes = [form.slopes for form in (*motion.rhs, *motion.c, *forms)]
    return {k for each in (*slopes, *motion.entries.values()) for k in each}


def _strongest(halves: Iterable[HalfSpace]) -> tuple[HalfSpace, ...]:
    """Of half-spaces with one normal only the smallest."""
    best: dict[Vector, HalfSpace] = {}
    for half in halves:
        other = best.get(half.normal)
        if other is None or (half.bound, half.is_strict) > (other.bound, other.is_strict):
            best[half.normal] = half
    return tuple(best.values())


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), _ZERO)


# -- checking one ----------------------------------------------------------------------------


def _is_at(cell: ValidityCell) -> bool:
    """Whether the program is the one at the parameters of the cell, well inside of it."""
    q, start = cell.moving.parametric, finite(cell.at)
    is_there = (
        starting_values(cell.moving, None) == cell.at
        if q is None
        else q.at(start) == cell.moving.program
    )
    spaces = (HalfSpace(h.normal, h.bound, is_strict=True) for h in cell.half_spaces)
    return is_there and all(half.contains(start) for half in spaces)


def _check_start(cell: ValidityCell) -> None:
    """At the point: a feasible vertex with strictly complementary duals, whose path goes on."""
    program, active = cell.moving.program, cell.active
    exact = program.exact
    if motion_of(cell.moving) != cell.motion or not _is_at(cell):
        raise CertificateError(0, "data", "these are not the data of the program at the point")
    integers = [v for v, flag in zip(active.point, exact.integer, strict=True) if flag]
    if program.violations(active.point) or any(v.denominator != 1 for v in integers):
        raise CertificateError(0, "point", "the point is not feasible")
    if active_set(program, active.point) != active:
        raise CertificateError(0, "active-set", "these are not the tight constraints")
    if active.leaving(cell.motion) is not None:
        raise CertificateError(0, "active-set", "a tight row does not stay tight")
    if not set(cell.duals) <= set(active.tight):
        raise CertificateError(0, "duals", "a row that is not tight has a dual")
    sign = 1 if exact.sense == "min" else -1
    reduced = [sign * c for c in exact.c]
    for i, y in cell.duals.items():
        for j, a in exact.A.rows[i]:
            reduced[j] -= y * a
    if any(reduced[j] for j in active.inside):
        raise CertificateError(0, "duals", "a column between its bounds has a reduced cost")
    binding = [i for i in active.binding(program) if exact.row_sense[i] != "="]
    if not all(cell.duals.get(i) for i in binding) or not all(reduced[j] for j in active.loose):
        raise CertificateError(0, "duals", "the duals are not strictly complementary")
    for leaf, (low, up) in boxes(cell.tree, root_box(exact)):
        if isinstance(leaf, Dearer):
            continue
        for j, flag in enumerate(exact.integer):
            if flag and not (low[j] <= active.point[j] <= up[j]):
                raise CertificateError(0, "own-box", "it does not hold the integer part")
            if flag and low[j] < up[j] and not reduced[j]:
                raise CertificateError(0, "own-box", "a column moves at no cost")
