"""Exact multipliers of rows and mixed-integer cuts: a dual function in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.arithmetic import solve_square
from tamemip.functions import combination

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._mir_cuts_rows import MixedRows
    from tamemip.functions import Node

#: Common denominators that are tried before the basis is solved exactly, and after.
_DENOMINATORS = (1, 2, 3, 4, 6, 8, 12, 24, 60, 120, 1_000, 10_000)
_FINE_DENOMINATORS = (10**6, 10**9, 10**12)
#: Duals below this share of the largest are zero.
_ZERO = 1e-11
#: An exact bound this close to the float one, relatively, is the one.
_CLOSE = 1e-9
#: Bases of more rows are not solved exactly.
_LARGEST_BASIS = 2_000


@final
@dataclass(frozen=True, slots=True)
class DualVertex:
    """What a solved relaxation leaves: enough to find its duals again, exactly.

    Attributes
    ----------
    rows
        The rows of the relaxation, by their numbers in the system.
    duals
        One float a row.
    basic_columns, tight_rows
        The basis; the rows by their places in `rows`.
    objective
        The float bound.
    """

    rows: tuple[int, ...]
    duals: NDArray[np.float64]
    basic_columns: tuple[int, ...]
    tight_rows: tuple[int, ...]
    objective: float


@final
@dataclass(frozen=True, slots=True)
class MixedPrices:
    """Multipliers of rows of the system and of bound rows, and the bound that they prove."""

    rows: Mapping[int, Fraction]
    bounds: Mapping[int, Fraction]
    value: Fraction


def mixed_prices(system: MixedRows, vertex: DualVertex) -> MixedPrices | None:
    """Exact duals near float ones: short ones first, then those of the basis itself."""
    best: MixedPrices | None = None
    goal = vertex.objective - _CLOSE * max(1.0, abs(vertex.objective))
    for y in _guesses(system, vertex):
        found = _repaired(system, y)
        if found is not None and (best is None or found.value > best.value):
            best = found
        if best is not None and float(best.value) >= goal:
            break
    return best


def price_node(system: MixedRows, prices: MixedPrices) -> Node:
    """The multipliers as a function of the canonical right-hand side, below the value."""
    m = system.m
    linear = {i: y * system.scale[i] for i, y in prices.rows.items() if i < m}
    linear |= {system.bound_row[j]: y for j, y in prices.bounds.items()}
    return combination(linear, [(y, system.nodes[i - m]) for i, y in prices.rows.items() if i >= m])


def _guesses(system: MixedRows, vertex: DualVertex) -> Iterator[dict[int, Fraction]]:
    size = float(np.max(np.abs(vertex.duals), initial=0.0))
    support = np.flatnonzero(np.abs(vertex.duals) > _ZERO * size)
    duals = {vertex.rows[k]: float(vertex.duals[k]) for k in support}
    for q in _DENOMINATORS:
        yield {i: Fraction(round(y * q), q) for i, y in duals.items()}
    exact = _of_basis(system, vertex)
    if exact is not None:
        yield exact
    for q in _FINE_DENOMINATORS:
        yield {i: Fraction(round(y * q), q) for i, y in duals.items()}


def _of_basis(system: MixedRows, vertex: DualVertex) -> dict[int, Fraction] | None:
    """The duals for which the basic columns have no reduced cost."""
    tight = [vertex.rows[k] for k in vertex.tight_rows]
    if len(tight) != len(vertex.basic_columns) or len(tight) > _LARGEST_BASIS:
        return None
    equations: Sequence[list[tuple[int, Fraction]]] = [[] for _ in vertex.basic_columns]
    place = {j: k for k, j in enumerate(vertex.basic_columns)}
    for k, i in enumerate(tight):
        row = system.rows[i]
        for j, v in row.numerators.items():
            if j in place:
                equations[place[j]].append((k, Fraction(v, row.denominator)))
    costs = [system.form.c[j] for j in vertex.basic_columns]
    found = solve_square([tuple(e) for e in equations], costs)
    return None if found is None else {i: y for i, y in zip(tight, found, strict=True) if y}


def _repaired(system: MixedRows, y: Mapping[int, Fraction]) -> MixedPrices | None:
    """Signs clipped; excess over the costs given to bound rows, or scaled away."""
    kept = {i: v for i, v in y.items() if v > 0 or (v and system.is_equation[i])}
    total = _sum(system, kept)
    costs, upper = system.form.c, system.exact_upper
    shrink = Fraction(1)
    for j, c in enumerate(costs):
        a = total.get(j, Fraction(0))
        if a > c and upper[j] is None:
            if c <= 0:
                return None
            shrink = min(shrink, c / a)
    # Scaling raises what is negative: a column of negative cost may be in excess only now.
    if any(
        upper[j] is None and shrink * total.get(j, Fraction(0)) > c for j, c in enumerate(costs)
    ):
        return None
    value = shrink * sum((v * system.rows[i].rhs for i, v in kept.items()), Fraction(0))
    bounds: dict[int, Fraction] = {}
    for j, c in enumerate(costs):
        over, u = shrink * total.get(j, Fraction(0)) - c, upper[j]
        if over > 0 and u is not None:
            bounds[j] = over
            value -= over * u
    return MixedPrices({i: shrink * v for i, v in kept.items()}, bounds, value)


def _sum(system: MixedRows, weights: Mapping[int, Fraction]) -> dict[int, Fraction]:
    factors = {i: w / system.rows[i].denominator for i, w in weights.items()}
    d = math.lcm(*(w.denominator for w in factors.values()))
    total: dict[int, int] = {}
    for i, w in factors.items():
        k = w.numerator * (d // w.denominator)
        for j, v in system.rows[i].numerators.items():
            total[j] = total.get(j, 0) + k * v
    return {j: Fraction(v, d) for j, v in total.items() if v}
