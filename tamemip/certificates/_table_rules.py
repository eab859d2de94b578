"""The rules of functions that are integer programs of their own: paths in a group, packings.

Both read integers: the right-hand sides of rounded inequalities, ``a x' >= f(e)`` with an
integer slack, and of equations, ``a x' = f(e)``. A function ``F`` of these integers that is
subadditive, and at most 0 at minus the unit of every slack, gives the valid inequality
``sum(F(a_j) x'_j) >= F(f(e))``: the argument is ``sum(a_j x'_j)`` less the slacks.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._conclusions import Root
from tamemip.certificates._json import RejectedError, as_integers, as_list, show
from tamemip.certificates._problem import Bound
from tamemip.certificates._rules import rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Side, Step
from tamemip.certificates._terms import Ceiling, Combination, Valid
from tamemip.errors import UnsupportedError

Entries: TypeAlias = Mapping[int, int]
Matrix: TypeAlias = tuple[tuple[int, ...], ...]

MAX_WORK = 60_000_000
"""Elements of a group times generators, at most."""
MAX_ORDER = 2_000_000
"""Elements of a group, at most."""
MAX_STATES = 400_000
"""Residual capacities that one packing may go through."""


class TooLargeError(RejectedError, UnsupportedError):
    """A function cannot be evaluated within the limits of the checker."""


@rule("group-table", "of", "weights", "elements", "moduli", "generators", "costs")
def _group_table(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """``w f + (shortest path to the element of f)``: paths add up, so it is subadditive."""
    inputs, columns, equations = read_inputs(step, conclusions, root)
    weights = step.rationals("weights", size=len(inputs))
    moduli = as_integers(step.fields["moduli"], "moduli")
    if any(m < 2 for m in moduli):
        raise RejectedError("a modulus is less than 2")
    elements = read_matrix(step, "elements", (len(inputs), len(moduli)))
    generators = read_matrix(step, "generators", (None, len(moduli)))
    costs = step.rationals("costs", size=len(generators))
    if any(cost < 0 for cost in costs):
        raise RejectedError("a generator has a negative cost")
    require_work(moduli, len(generators))
    lengths = _shortest_paths(moduli, generators, costs)
    term = GroupPaths(step.citations("of"), weights, elements, tuple(moduli), lengths)
    return _concluded(term, inputs, columns, equations, term.of_integers)


@rule("generator", "of", "weights", "capacities", "sizes", "profits")
def _generator(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """``w f - (best packing into -R f)``: packings fit together, so it is subadditive."""
    inputs, columns, equations = read_inputs(step, conclusions, root)
    weights = step.rationals("weights", size=len(inputs))
    capacities = read_matrix(step, "capacities", (None, len(inputs)))
    sizes = read_matrix(step, "sizes", (None, len(capacities)))
    profits = step.rationals("profits", size=len(sizes))
    if any(v < 0 for size in sizes for v in size) or not all(any(size) for size in sizes):
        raise RejectedError("a size is negative, or all of it is zero")
    if any(profit <= 0 for profit in profits):
        raise RejectedError("a profit is not positive")
    require_capacities(capacities, columns, equations)
    packing = tuple(zip(sizes, profits, strict=True))
    term = PackingDual(step.citations("of"), weights, capacities, packing)
    return _concluded(term, inputs, columns, equations, term.of_integers)


# -- what both rules ask of their inputs -----------------------------------------------


def read_inputs(
    step: Step, conclusions: Conclusions, root: Root
) -> tuple[list[Valid], dict[int, dict[int, int]], list[bool]]:
    """The cited inequalities, their coefficients by column, and which are equations."""
    form = root.canonical
    inputs = [conclusions.get(k, Valid, "a valid inequality") for k in step.citations("of")]
    columns: dict[int, dict[int, int]] = {}
    equations = []
    for k, valid in enumerate(inputs):
        term = valid.term
        is_equation = (
            isinstance(term, Combination)
            and not term.of
            and all(i < form.n_rows and form.is_equation[i] for i, _ in term.linear)
        )
        if not is_equation and not isinstance(term, Ceiling):
            raise RejectedError(f"input {k} is neither rounded up nor a combination of equations")
        equations.append(is_equation)
        for j, a in valid.coefficients.items():
            if not form.integer[j] or a.denominator != 1:
                raise RejectedError(f"input {k} has the coefficient {show(a)} on column {j}")
            columns.setdefault(j, {})[k] = a.numerator
    return inputs, columns, equations


def read_matrix(step: Step, name: str, shape: tuple[int | None, int]) -> Matrix:
    """A list of integer rows of one length."""
    rows = tuple(tuple(as_integers(row, name)) for row in as_list(step.fields[name], name))
    if shape[0] not in (None, len(rows)) or any(len(row) != shape[1] for row in rows):
        raise RejectedError(f"{name}: the shape is not that of the inputs")
    return rows


def require_work(moduli: Sequence[int], n_generators: int) -> None:
    """Refuse groups that take too long."""
    order = 1
    for modulus in moduli:
        order *= modulus
        if order > MAX_ORDER or order * max(n_generators, 1) > MAX_WORK:
            raise TooLargeError("the group is too large for this checker")


def require_capacities(
    capacities: Matrix, columns: Mapping[int, Entries], equations: Sequence[bool]
) -> None:
    """Columns and slacks must use nonnegative amounts: then every solution is a packing."""
    for row in capacities:
        if any(w < 0 and not flag for w, flag in zip(row, equations, strict=True)):
            raise RejectedError("a slack uses a negative amount of a capacity")
        for j, entries in columns.items():
            if sum(row[k] * v for k, v in entries.items()) > 0:
                raise RejectedError(f"column {j} uses a negative amount of a capacity")


def _concluded(
    term: GroupPaths | PackingDual,
    inputs: Sequence[Valid],
    columns: Mapping[int, Entries],
    equations: Sequence[bool],
    value: Callable[[Sequence[int]], Bound],
) -> Valid:
    """The inequality of a subadditive function of integers, once slacks are seen to be free."""
    size = len(inputs)
    for k, is_equation in enumerate(equations):
        if not is_equation and value([-int(i == k) for i in range(size)]) > 0:
            raise RejectedError(f"the function grows when input {k} falls")
    coefficients: dict[int, Fraction] = {}
    for j, entries in columns.items():
        a = value([entries.get(k, 0) for k in range(size)])
        if not isinstance(a, Fraction):
            raise RejectedError(f"the function is infinite at column {j}")
        if a:
            coefficients[j] = a
    return Valid(
        coefficients=coefficients,
        term=term,
        bounds=_joint(inputs),
        carrier=None,
        reads_objective=any(valid.reads_objective for valid in inputs),
        is_homogeneous=all(valid.is_homogeneous for valid in inputs),
        is_finite=False,
    )


def _joint(inputs: Sequence[Valid]) -> dict[tuple[int, Side], int]:
    bounds: dict[tuple[int, Side], int] = {}
    for valid in inputs:
        for (j, side), v in valid.bounds.items():
            known = bounds.get((j, side), v)
            bounds[j, side] = min(v, known) if side == "<=" else max(v, known)
    return bounds


def _integers(earlier: Mapping[int, Bound], of: Sequence[int]) -> list[int] | None:
    values = [earlier[k] for k in of]
    whole = [v.numerator for v in values if isinstance(v, Fraction) and v.denominator == 1]
    return whole if len(whole) == len(values) else None


# -- paths in a group ------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class GroupPaths:
    """``w f`` plus the length of a shortest path; inf off the integers and off the paths."""

    of: tuple[int, ...]
    weights: tuple[Fraction, ...]
    elements: Matrix
    moduli: tuple[int, ...]
    lengths: Mapping[int, Fraction]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        whole = _integers(earlier, self.of)
        return math.inf if whole is None else self.of_integers(whole)

    def of_integers(self, values: Sequence[int]) -> Bound:
        """Its value at integers."""
        place = 0
        for c, modulus in enumerate(self.moduli):
            residue = sum(v * h[c] for v, h in zip(values, self.elements, strict=True))
            place = place * modulus + residue % modulus
        if place not in self.lengths:
            return math.inf
        pairs = zip(self.weights, values, strict=True)
        return self.lengths[place] + sum((w * v for w, v in pairs), Fraction(0))


def _shortest_paths(
    moduli: Sequence[int], generators: Matrix, costs: Sequence[Fraction]
) -> dict[int, Fraction]:
    """Lengths of shortest paths from 0, by element in mixed radix (Dijkstra 1959)."""
    scale = math.lcm(*(cost.denominator for cost in costs))
    steps = [(g, int(cost * scale)) for g, cost in zip(generators, costs, strict=True)]
    lengths = {0: 0}
    heap = [(0, 0)]
    while heap:
        length, place = heapq.heappop(heap)
        if length > lengths[place]:
            continue
        for g, cost in steps:
            target = _moved(place, g, moduli)
            if length + cost < lengths.get(target, length + cost + 1):
                lengths[target] = length + cost
                heapq.heappush(heap, (length + cost, target))
    return {place: Fraction(length, scale) for place, length in lengths.items()}


def _moved(place: int, element: Sequence[int], moduli: Sequence[int]) -> int:
    if len(moduli) == 1:
        return (place + element[0]) % moduli[0]
    target, stride = 0, 1
    for residue, modulus in zip(reversed(element), reversed(moduli), strict=True):
        target += (place + residue) % modulus * stride
        place, stride = place // modulus, stride * modulus
    return target


# -- packings --------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class PackingDual:
    """``w f`` less the profit of a best packing; inf where a capacity is negative."""

    of: tuple[int, ...]
    weights: tuple[Fraction, ...]
    capacities: Matrix
    packing: tuple[tuple[tuple[int, ...], Fraction], ...]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        whole = _integers(earlier, self.of)
        return math.inf if whole is None else self.of_integers(whole)

    def of_integers(self, values: Sequence[int]) -> Bound:
        """Its value at integers."""
        capacity = tuple(
            -sum(w * v for w, v in zip(row, values, strict=True)) for row in self.capacities
        )
        if any(d < 0 for d in capacity):
            return math.inf
        linear = sum((w * v for w, v in zip(self.weights, values, strict=True)), Fraction(0))
        return linear - _best_profit(self.packing, capacity)


def _best_profit(
    packing: Sequence[tuple[tuple[int, ...], Fraction]], capacity: tuple[int, ...]
) -> Fraction:
    """Branch and bound, depth first: densest columns first, most copies first.

    Rows are added up with weights that favor the scarce ones; in the sum a fractional
    knapsack bounds what the columns that are left can still bring. A residual capacity that
    was met with no less profit is not looked at again.
    """
    rows = [Fraction(1, d + 1) for d in capacity]
    items = []
    for size, profit in packing:
        reach = _copies(size, capacity)
        if reach:
            volume = sum((w * s for w, s in zip(rows, size, strict=True)), Fraction(0))
            items.append((size, profit, volume, reach))
    items.sort(key=lambda item: item[1] / item[2], reverse=True)

    def bound(k: int, left: Sequence[int]) -> Fraction:
        room = sum((w * d for w, d in zip(rows, left, strict=True)), Fraction(0))
        total = Fraction(0)
        for _, profit, volume, reach in items[k:]:
            if volume * reach >= room:
                return total + room * profit / volume
            total, room = total + profit * reach, room - volume * reach
        return total

    best, left = Fraction(0), capacity
    for size, profit, _, _ in items:
        best, left = best + _copies(size, left) * profit, _less(left, size, _copies(size, left))
    met: dict[tuple[int, tuple[int, ...]], Fraction] = {}
    stack = [(0, capacity, Fraction(0))]
    while stack:
        k, left, total = stack.pop()
        best = max(best, total)
        if k == len(items) or met.get((k, left), total - 1) >= total:
            continue
        met[k, left] = total
        if len(met) + len(stack) > MAX_STATES:
            raise TooLargeError("a packing goes through too many states for this checker")
        size, profit, _, reach = items[k]
        children = []
        for count in range(min(reach, _copies(size, left)), -1, -1):
            child = (k + 1, _less(left, size, count), total + count * profit)
            # Later columns are less dense, so that fewer copies only lower the bound.
            if child[2] + bound(k + 1, child[1]) <= best:
                break
            children.append(child)
            if len(children) > MAX_STATES:
                raise TooLargeError("a packing goes through too many states for this checker")
        stack.extend(reversed(children))
    return best


def _copies(size: Sequence[int], capacity: Sequence[int]) -> int:
    return min(d // s for s, d in zip(size, capacity, strict=True) if s)


def _less(capacity: Sequence[int], size: Sequence[int], count: int) -> tuple[int, ...]:
    return tuple(d - count * s for s, d in zip(size, capacity, strict=True))
