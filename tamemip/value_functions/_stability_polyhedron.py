"""The polyhedron around a right-hand side on which one price holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.certificates import Bound, SparseVector
from tamemip.duality import DualFunction, LeafLine, LeafLines, LeafReading, Restriction
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_point

if TYPE_CHECKING:
    from tamemip.programs import Vector

IntegerPart: TypeAlias = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class HalfSpace:
    """The right-hand sides ``d`` with ``sum(normal[i] * d[i]) >= bound``, or ``>`` if strict."""

    normal: tuple[Fraction, ...]
    bound: Fraction
    is_strict: bool = False

    def contains(self, rhs: Sequence[Fraction]) -> bool:
        """Whether a right-hand side lies in it."""
        activity = sum((g * d for g, d in zip(self.normal, rhs, strict=True)), Fraction(0))
        return activity > self.bound if self.is_strict else activity >= self.bound

    def __str__(self) -> str:
        signs = {Fraction(1): "", Fraction(-1): "-"}
        terms = [f"{signs.get(v, f'{v} ')}d{i}" for i, v in enumerate(self.normal) if v]
        return f"{' + '.join(terms) or '0'} {'>' if self.is_strict else '>='} {self.bound}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class PricedPolyhedron:
    """A polyhedron of right-hand sides on which the value is proved, and affine.

    Attributes
    ----------
    program
        The program.
    half_spaces
        Their intersection it is.
    at, value, price
        For every ``d`` in it ``v(d) = value + price . (d - at)``.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    >>> P = tm.stability_region(p, at=[7]).polyhedron
    >>> [str(h) for h in P.half_spaces], P.contains([8]), P.contains([9])
    (['-d0 >= -8', 'd0 > 20/3'], True, False)
    """

    program: MixedIntegerProgram
    half_spaces: tuple[HalfSpace, ...]
    at: tuple[Fraction, ...]
    value: Fraction
    price: tuple[Fraction, ...]

    def contains(self, d: Vector) -> bool:
        """Whether a right-hand side lies in it."""
        rhs = self.program.exact_rhs(d)
        return all(half.contains(rhs) for half in self.half_spaces)

    def exit(self, direction: SparseVector) -> Bound:
        """How far one can go from `at` along a direction without leaving it; maybe infinitely."""
        rates = dict(direction)
        found: Bound = math.inf
        for half in self.half_spaces:
            rate = sum((half.normal[i] * v for i, v in rates.items()), Fraction(0))
            activity = sum((g * b for g, b in zip(half.normal, self.at, strict=True)), Fraction(0))
            if rate < 0:
                found = min(found, (activity - half.bound) / -rate)
        return found

    def value_at(self, d: Vector) -> Fraction:
        """``value + price . (d - at)``: the optimal value for every ``d`` in it."""
        rhs = self.program.exact_rhs(d)
        moves = zip(self.price, rhs, self.at, strict=True)
        return self.value + sum((y * (v - b) for y, v, b in moves), Fraction(0))

    def __repr__(self) -> str:
        n = len(self.half_spaces)
        return f"PricedPolyhedron({n} half-space{'s' * (n != 1)}, price {self._price_text()})"

    def __str__(self) -> str:
        return "\n".join((repr(self), *(f"  {half}" for half in self.half_spaces)))

    def _price_text(self) -> str:
        return "(" + ", ".join(map(str, self.price)) + ")"


@final
@dataclass(frozen=True, slots=True)
class _Affine:
    """``start + weights . (d - b)``."""

    start: Fraction
    weights: Mapping[int, Fraction]

    def minus(self, other: _Affine) -> _Affine:
        keys = {*self.weights, *other.weights}
        zero = Fraction(0)
        difference = {i: self.weights.get(i, zero) - other.weights.get(i, zero) for i in keys}
        return _Affine(self.start - other.start, {i: v for i, v in difference.items() if v})


def priced_polyhedron(
    F: DualFunction, values: Restriction, part: IntegerPart, rhs: tuple[Fraction, ...]
) -> PricedPolyhedron | None:
    """The polyhedron of one basis of ``f_S`` and one line of each leaf; None if none is found.

    On it the points of the basis are feasible, so ``v <= f_S <= l``, and every leaf is at
    least ``l``, so ``v >= F >= l`` (all for ``min``), with ``l`` the affine function of the
    basis.
    """
    found = _piece(values, part, rhs)
    if found is None:
        return None
    affine, feasible = found
    lines = LeafLines(F.program, rhs)
    # An attainable objective above value - g is at least the value.
    margin = Fraction(0) if affine.weights else lines.granularity or Fraction(0)
    for tree in lines.read(F):
        chosen = [_half_space(leaf, affine, margin) for leaf in tree]
        if all(choice is not None for choice in chosen):
            below = (choice for choice in chosen if choice is not None)
            halves = [_as_half_space(a, is_strict, rhs) for a, is_strict in (*feasible, *below)]
            return _priced(F.program, affine, halves, rhs)
    return None


def _priced(
    program: MixedIntegerProgram,
    affine: _Affine,
    halves: Sequence[HalfSpace],
    rhs: tuple[Fraction, ...],
) -> PricedPolyhedron:
    sign = 1 if program.sense == "min" else -1
    price = tuple(sign * affine.weights.get(i, Fraction(0)) for i in range(program.n_rows))
    kept = tuple(dict.fromkeys(half for half in halves if any(half.normal)))
    value = sign * affine.start + program.offset
    return PricedPolyhedron(program, _strongest(kept), rhs, value, price)


def _strongest(halves: Sequence[HalfSpace]) -> tuple[HalfSpace, ...]:
    """Of half-spaces with one normal only the smallest."""
    best: dict[tuple[Fraction, ...], HalfSpace] = {}
    for half in halves:
        other = best.get(half.normal)
        if other is None or (half.bound, half.is_strict) > (other.bound, other.is_strict):
            best[half.normal] = half
    return tuple(best.values())


# -- the lower side --------------------------------------------------------------------


def _half_space(
    leaf: LeafReading, affine: _Affine, margin: Fraction
) -> tuple[_Affine, bool] | None:
    """Where one line of a leaf reaches the affine function, or one of its guards is positive."""
    found = [(_difference(line, affine, margin), margin > 0) for line in leaf.bounds]
    found += [(_Affine(line.start, line.weights), True) for line in leaf.guards]
    holding = [(a, strict) for a, strict in found if a.start > 0 or (a.start == 0 and not strict)]
    return max(holding, key=lambda pair: _distance(pair[0]), default=None)


def _difference(line: LeafLine, affine: _Affine, margin: Fraction) -> _Affine:
    return _Affine(line.start + margin, line.weights).minus(affine)


def _distance(a: _Affine) -> float:
    """How far the boundary is, in the maximum norm; infinite where there is none."""
    norm = sum(abs(v) for v in a.weights.values())
    return float(a.start / norm) if norm else float("inf")


def _as_half_space(a: _Affine, is_strict: bool, rhs: Sequence[Fraction]) -> HalfSpace:
    """``a(d) >= 0`` (or ``> 0``), scaled so that its largest coefficient is 1 in size."""
    size = max((abs(v) for v in a.weights.values()), default=Fraction(1))
    normal = tuple(a.weights.get(i, Fraction(0)) / size for i in range(len(rhs)))
    activity = sum((g * b for g, b in zip(normal, rhs, strict=True)), Fraction(0))
    return HalfSpace(normal, activity - a.start / size, is_strict)


# -- the upper side --------------------------------------------------------------------


def _piece(
    values: Restriction, part: IntegerPart, rhs: tuple[Fraction, ...]
) -> tuple[_Affine, list[tuple[_Affine, bool]]] | None:
    """A basis of ``f_S``: its cost as a function of the rhs, and where its point is feasible.

    Min orientation, without the constant of the objective.
    """
    program = values.program
    point: tuple[Fraction, ...] = part
    steps: dict[int, tuple[Fraction, ...]] = {}
    if not values.is_pure:
        made = _basic_solution(program, values.integers, part, rhs)
        if made is None:
            return None
        point, steps = made
    costs = values.data.sign, program.exact.c
    prices = {i: _cost(*costs, step) for i, step in steps.items()}
    affine = _Affine(_cost(*costs, point), {i: y for i, y in prices.items() if y})
    rooms = [a for a in _rooms(program, point, steps, rhs) if a.weights or a.start < 0]
    is_proved = affine.start == values.value(part, rhs) and all(a.start >= 0 for a in rooms)
    return (affine, [(a, False) for a in rooms]) if is_proved else None


def _basic_solution(
    program: MixedIntegerProgram,
    integers: Sequence[int],
    part: IntegerPart,
    rhs: tuple[Fraction, ...],
) -> tuple[tuple[Fraction, ...], dict[int, tuple[Fraction, ...]]] | None:
    """The basic point at ``rhs``, and how it moves with the right-hand side of each row."""
    fixed = program.fix(dict(zip(integers, part, strict=True))).with_rhs(rhs)
    engine = LPEngine(fixed)
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    exact, basis = fixed.exact, engine.basis()

    def solved(b: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
        return basic_point(exact, basis, lower=exact.lower, upper=exact.upper, rhs=b)

    point = solved(rhs)
    if point is None:
        return None
    steps = {}
    for i in basis.nonbasic_rows().tolist():
        moved = solved([v + 1 if k == i else v for k, v in enumerate(rhs)])
        assert moved is not None  # the same matrix
        steps[i] = tuple(b - a for a, b in zip(point, moved, strict=True))
    return point, steps


def _rooms(
    program: MixedIntegerProgram,
    point: Sequence[Fraction],
    steps: Mapping[int, Sequence[Fraction]],
    rhs: Sequence[Fraction],
) -> Iterator[_Affine]:
    """The room of the basic point to every bound and row, as a function of the rhs."""
    exact = program.exact
    for j, (x, low, up) in enumerate(zip(point, exact.lower, exact.upper, strict=True)):
        rates = {i: step[j] for i, step in steps.items() if step[j]}
        if isinstance(low, Fraction):
            yield _Affine(x - low, rates)
        if isinstance(up, Fraction):
            yield _Affine(up - x, {i: -v for i, v in rates.items()})
    activity = exact.A.times(point)
    changes = {i: exact.A.times(step) for i, step in steps.items()}
    for k, sense in enumerate(exact.row_sense):
        rates = {i: change[k] for i, change in changes.items()}
        rates[k] = rates.get(k, Fraction(0)) - 1
        rates = {i: v for i, v in rates.items() if v}
        room = activity[k] - rhs[k]
        if sense != "<=":
            yield _Affine(room, rates)
        if sense != ">=":
            yield _Affine(-room, {i: -v for i, v in rates.items()})


def _cost(sign: int, costs: Sequence[Fraction], point: Sequence[Fraction]) -> Fraction:
    return sign * sum((c * v for c, v in zip(costs, point, strict=True)), Fraction(0))
