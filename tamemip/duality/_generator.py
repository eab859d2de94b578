"""Generator functions (Klabjan): linear, less the value of a packing.

For weights ``y`` of the rows, let ``E`` be the columns with ``y a_j > c_j``. Then

    F_y(d) = y d - max { sum_E (y a_j - c_j) x_j : A_E x <= d, x nonnegative integers }

is subadditive, 0 at 0 and below the value function, for programs ``A x = d`` with
``A >= 0``. At one right-hand side ``F_y(b) = min_z c z + y (b - A z)`` over all packings
``z``, concave in ``y``, with the supremum ``v(b)``. The weights that are made here reach
it with as little change of the dual of the relaxation as possible: then ``E`` is small.
See `docs/theory/group-and-generator.md`.

References
----------
D. Klabjan, "Subadditive approaches in integer programming", European Journal of Operational
Research 183 (2007), 525-545.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.optimize import linprog

from tamemip.duality._generator_rows import Column, PackingRows
from tamemip.duality._group_assembly import Assembly
from tamemip.duality._group_basis import dual_basis
from tamemip.duality._group_rows import IntegerRows
from tamemip.duality._target import Target
from tamemip.functions import Node, best_packing, generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._dual_function import DualFunction
    from tamemip.duality._reports import Watch
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Limits

#: Residual capacities that a packing may keep while weights are looked for.
_STATES = 20_000
#: Levels between the relaxation and the value, and packings cut off at each, at most.
_STEPS = 8
_ROUNDS = 200
#: Weights have denominators up to here.
_DENOMINATOR = 10_000
#: Denominators that are tried at the end, to make weights short.
_LADDER = (1, 2, 3, 4, 6, 12, 24, 60, 120, 1000)
#: Packings that leave something over are pushed above the value by this share of the gap,
#: so that rounded weights still reach it.
_MARGIN = 0.01

#: Where values are multiples of g, the value less g is exceeded by this share of g.
_ABOVE = Fraction(1, 16)

Weights = dict[int, Fraction]


def build_generator(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """Klabjan's generator function, with weights that make it strong at a right-hand side.

    Parameters
    ----------
    program
        A pure integer program whose rows can be brought to ``A x = b`` with ``A >= 0``.
    rhs
        The right-hand side.
    limits
        Limits in seconds; at a limit the best weights so far are taken.
    watch
        Not used: there is no tree to watch.

    Raises
    ------
    UnsupportedError
        If a column is continuous, the relaxation has no dual solution, or a row cannot be
        brought to nonnegative coefficients.
    """
    rows = IntegerRows.of(program, "generator")
    packing = PackingRows.of(rows)
    right = rows.right_side(rows.form.rhs_of(rhs))
    weights = dual_basis(rows, right).weights
    assembly = Assembly(program, rhs, "generator", limits)
    stopped, solved = None, 2
    if all(v.denominator == 1 for v in right):
        search = GeneratorSearch(packing, [int(v) for v in right])
        weights, stopped = _strengthened(search, weights, assembly)
        solved += search.n_programs
    node = generator_node(packing, weights)
    return assembly.finished([node], relaxations=solved, stopped=stopped)


def _strengthened(
    search: GeneratorSearch, weights: Weights, assembly: Assembly
) -> tuple[Weights, str | None]:
    """The best weights on the way to the value of the best point."""
    if assembly.linear.tight_points:
        return weights, None
    try:
        best = assembly.incumbent()
        if best is None:
            return weights, None
        form = search.packing.rows.form
        target = form.objective(form.canonical_point(best.point))
        granularity = Target.of(assembly.program.exact).granularity
        if granularity is not None:  # the rest is rounded up
            target -= granularity * (1 - _ABOVE)
        stopped = search.climb(weights, target, assembly.deadline)
    except KeyboardInterrupt:
        stopped = "interrupted"
    return weights if search.best is None else search.best.weights, stopped


@final
@dataclass(frozen=True, slots=True)
class GeneratorFunction:
    """A generator function at the right-hand side that it is made for.

    Attributes
    ----------
    weights
        The weights ``y`` of the rows.
    value
        Its value there: a lower bound on the value of the program.
    packing
        How often each column with a profit is taken in the packing that gives the value.
    """

    weights: Weights
    value: Fraction
    packing: tuple[tuple[Column, int], ...]


@final
class GeneratorSearch:
    """Looks for weights under which a generator function is strong at one right-hand side.

    Parameters
    ----------
    packing
        The program as a packing.
    right
        Values of its inputs: integers.
    """

    def __init__(self, packing: PackingRows, right: Sequence[int]) -> None:
        self.packing, self._right = packing, right
        self._cuts: list[tuple[NDArray[np.float64], float]] = []
        self.best: GeneratorFunction | None = None
        self.n_programs = 0

    def at(self, weights: Weights) -> GeneratorFunction | None:
        """The function of some weights; None if its packing has too many states."""
        over = Profitable.under(self.packing, weights)
        scale = math.lcm(*(profit.denominator for profit in over.profits))
        capacity = tuple(self.packing.capacity(k, self._right) for k in over.kept)
        pairs = zip(over.sizes, over.profits, strict=True)
        found = best_packing([(s, int(p * scale)) for s, p in pairs], capacity, states=_STATES)
        if found is None:
            return None
        linear = sum((w * self._right[i] for i, w in weights.items()), Fraction(0))
        taken = zip(over.columns, found.counts, strict=True)
        return GeneratorFunction(
            weights,
            linear - Fraction(found.profit, scale),
            tuple((self.packing.columns[j], count) for j, count in taken if count),
        )

    def climb(self, start: Weights, target: Fraction, deadline: float) -> str | None:
        """Raise the value of `best` from that of `start` to the target, step by step.

        Returns why it stopped before, if it did: "seconds", "nodes" after many rounds, or
        "precision" where packings have too many states.
        """
        self.best = first = self.at(start)
        if first is None:
            return "precision"
        stopped: str | None = None
        for step in range(1, _STEPS + 1 if target > first.value else 1):
            level = first.value + (target - first.value) * step / _STEPS
            stopped = self._reach(start, level, deadline)
            if stopped:
                break
        best = self.best
        if best is not None and best is not first:
            self._polish(min(target, best.value))
        return stopped

    def _polish(self, target: Fraction) -> None:
        """Weights with the least denominators that still have the value of the target."""
        assert self.best is not None
        for q in _LADDER:
            shorter = {i: Fraction(round(w * q), q) for i, w in self.best.weights.items()}
            tried = self.at({i: w for i, w in shorter.items() if w})
            if tried is not None and tried.value >= target:
                self.best = tried
                return

    def _reach(self, center: Weights, level: Fraction, deadline: float) -> str | None:
        """Look for the weights nearest to the center among those with a value at a level.

        Cutting planes: every packing ``z`` that keeps the value below the level asks for
        ``c z + y (b - A z) >= level``.
        """
        found = self.best
        assert found is not None
        first = self.at(center)
        assert first is not None
        margin = _MARGIN * float(level - first.value)
        for _ in range(_ROUNDS):
            if found.value >= level:
                return None
            if time.monotonic() > deadline:
                return "seconds"
            self._cuts.append(self._left_over(found))
            weights = self._nearest(center, float(level) + margin)
            tried = None if weights is None else self.at(weights)
            if tried is None:
                return "precision"
            found = tried
            if self.best is None or found.value > self.best.value:
                self.best = found
        return "nodes"

    def _left_over(self, found: GeneratorFunction) -> tuple[NDArray[np.float64], float]:
        """What the packing of a function leaves over, and what the packing costs."""
        left = list(self._right)
        cost = Fraction(0)
        for column, count in found.packing:
            cost += count * column.cost
            for i, v in column.entries:
                left[i] -= count * v
        return np.array([float(v) for v in left]), float(cost)

    def _nearest(self, center: Weights, level: float) -> Weights | None:
        """The weights nearest to the center, in a weighted sum of moves, that meet all cuts."""
        self.n_programs += 1
        m = len(self._right)
        start = np.array([float(center.get(i, 0)) for i in range(m)])
        left = np.array([row for row, _ in self._cuts])
        wanted = level - np.array([cost for _, cost in self._cuts]) - left @ start
        price = np.array(
            [1 + max((abs(v) for _, v in row), default=0) for row in self.packing.rows.rows],
            dtype=np.float64,
        )
        found = linprog(
            np.concatenate([price, price]),
            A_ub=-np.hstack([left, -left]),
            b_ub=-wanted,
            bounds=(0, None),
            method="highs",
        )
        if found.x is None:
            return None
        moved = found.x[:m] - found.x[m:]
        return {
            i: center.get(i, Fraction(0)) + step
            for i, v in enumerate(moved)
            if (step := Fraction(float(v)).limit_denominator(_DENOMINATOR)) or i in center
        }


@final
@dataclass(frozen=True, slots=True)
class Profitable:
    """The columns and slacks with a positive profit ``y a_j - c_j``, and what they use.

    Attributes
    ----------
    columns, profits, sizes
        One entry a column; a size has one entry a capacity in `kept`.
    kept
        The capacities of the user's rows, and those of bounds that some column uses.
    """

    columns: tuple[int, ...]
    profits: tuple[Fraction, ...]
    sizes: tuple[tuple[int, ...], ...]
    kept: tuple[int, ...]

    @classmethod
    def under(cls, packing: PackingRows, weights: Weights) -> Profitable:
        """The columns that some weights overprice."""
        pairs = [
            (j, profit)
            for j, column in enumerate(packing.columns)
            if (profit := _profit(column, weights)) > 0
        ]
        uses = [packing.uses[j] for j, _ in pairs]
        kept = tuple(sorted(packing.own.union(*uses)))
        sizes = tuple(tuple(use.get(k, 0) for k in kept) for use in uses)
        return cls(tuple(j for j, _ in pairs), tuple(p for _, p in pairs), sizes, kept)


def _profit(column: Column, weights: Weights) -> Fraction:
    return sum((weights[i] * v for i, v in column.entries if i in weights), -column.cost)


def generator_node(packing: PackingRows, weights: Weights) -> Node:
    """The function of some weights as a node."""
    found = Profitable.under(packing, weights)
    read = sorted({i for k in found.kept for i in packing.capacities[k]} | weights.keys())
    largest: dict[tuple[int, ...], Fraction] = {}
    for size, profit in zip(found.sizes, found.profits, strict=True):
        largest[size] = max(profit, largest.get(size, profit))
    return generator(
        [packing.rows.input(i) for i in read],
        [weights.get(i, Fraction(0)) for i in read],
        [tuple(packing.capacities[k].get(i, 0) for i in read) for k in found.kept],
        sorted(largest.items()),
    )
