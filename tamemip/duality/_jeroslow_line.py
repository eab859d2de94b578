"""Pure integer programs with one row: all values, and what repeats.

In units of the row such a program is ``z(k) = min {c x : a x (=, >=) k, x in Z_+^n}``.
It has a price ``y`` with ``y a_j <= c_j``, hence walks from 0 to ``k`` with nonnegative
reduced costs, and a shortest one stays near the interval between 0 and ``k``. Far
out ``z(k + a_*) = z(k) + c_*`` for the column of the best ratio.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.duality._value_formula import CanonicalPoint, UnsolvedError
from tamemip.duality._value_formula_lattice import LatticeProgram
from tamemip.errors import NotAllowedError
from tamemip.functions import Ceil, Combination, Node, topological

#: Stands for the slack of an inequality.
SLACK = -1
#: Values in the table, at most.
_MOST_VALUES = 200_000


@final
@dataclass(frozen=True, slots=True)
class Side:
    """What happens far out on one side.

    Attributes
    ----------
    sign
        1 to the right, -1 to the left.
    column
        The column that is used more and more, `SLACK` for the slack of an inequality;
        None if nothing leads this way.
    step, cost
        What it adds to the right-hand side (with its sign) and to the value.
    threshold
        The number from which on the table repeats: ``z(k + step) = z(k) + cost``.
    """

    sign: int
    column: int | None
    step: int
    cost: int
    threshold: int


@final
class Line:
    """The values of a one-row program, as far as they are needed.

    Parameters
    ----------
    program
        A program with one row, whose relaxation is dual feasible.
    """

    def __init__(self, program: LatticeProgram) -> None:
        self._a = [int(v) for v in program.A[0]]
        self._c = [int(v) for v in program.c]
        self._can_exceed = not bool(program.is_equation[0])
        reach = max((abs(v) for v in self._a), default=1)
        self._reach = (reach + 3) * (reach + 1)
        if 2 * self._reach > _MOST_VALUES:
            raise NotAllowedError(
                f"the scaled row has the coefficient {reach}: its values repeat after too "
                "many right-hand sides. Pass a domain, a box that holds fewer of them."
            )
        self._values, self._before = self._shortest_walks()
        self.right, self.left = self._side(1), self._side(-1)

    # -- one point -----------------------------------------------------------------------

    def solve(self, point: Sequence[int]) -> CanonicalPoint | None:
        """An optimal point at ``k``: that of a repetition, and the column that repeats."""
        (k,) = point
        steps, side = 0, self.right if k > 0 else self.left
        beyond = side.sign * (k - side.threshold)
        if beyond > 0 and side.column is not None:
            steps = beyond // abs(side.step)
            k -= steps * side.step
        if abs(k) > self._reach // 2:
            if side.column is None:
                return None
            raise UnsolvedError
        if k not in self._values:
            return None
        x = [0] * len(self._a)
        while k:
            j, k = self._before[k]
            if j != SLACK:
                x[j] += 1
        if side.column is not None and side.column != SLACK:
            x[side.column] += steps
        return tuple(x)

    def strong(self, point: Sequence[int]) -> tuple[Sequence[Node], Sequence[Node]]:
        """Nothing: this oracle knows values only."""
        return (), ()

    def value(self, k: int) -> int | None:
        """The value near 0, in units of the cost; None if there is no feasible point."""
        return self._values.get(k)

    @property
    def reach(self) -> int:
        """How far from 0 the table is right."""
        return self._reach // 2

    def _price(self) -> Fraction:
        """A price between the ratios of the two sides."""
        above = [Fraction(c, a) for a, c in zip(self._a, self._c, strict=True) if a > 0]
        below = [Fraction(c, a) for a, c in zip(self._a, self._c, strict=True) if a < 0]
        if self._can_exceed:
            below.append(Fraction(0))
        return min(above) if above else max(below, default=Fraction(0))

    def _shortest_walks(self) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
        """Dijkstra over the integers near 0; the costs are reduced by the price."""
        y = self._price()
        moves = [(j, a, c - y * a) for j, (a, c) in enumerate(zip(self._a, self._c, strict=True))]
        if self._can_exceed:
            moves.append((SLACK, -1, y))
        moves = [(j, a, r) for j, a, r in moves if a]
        scale = math.lcm(y.denominator, 1)
        reduced = [(j, a, int(r * scale)) for j, a, r in moves]
        distance, before = {0: 0}, {0: (SLACK, 0)}
        queue, done = [(0, 0)], set[int]()
        while queue:
            d, k = heapq.heappop(queue)
            if k in done:
                continue
            done.add(k)
            for j, a, r in reduced:
                there = k + a
                if abs(there) <= self._reach and d + r < distance.get(there, d + r + 1):
                    distance[there], before[there] = d + r, (j, k)
                    heapq.heappush(queue, (d + r, there))
        values = {k: int((d + y.numerator * k) // scale) for k, d in distance.items()}
        return values, before

    def _side(self, sign: int) -> Side:
        moves = [
            (Fraction(c, abs(a)), abs(a), j)
            for j, (a, c) in enumerate(zip(self._a, self._c, strict=True))
            if a * sign > 0
        ]
        if self._can_exceed and sign < 0:
            moves.append((Fraction(0), 1, SLACK))
        if not moves:
            return Side(sign, None, 0, 0, 0)
        _, size, j = min(moves)
        cost = 0 if j == SLACK else self._c[j]
        step, threshold = sign * size, 0
        for distance in range(self._reach // 2 - size, -1, -1):
            k = sign * distance
            here, there = self._values.get(k), self._values.get(k + step)
            if (None if here is None else here + cost) != there:
                threshold = distance + 1
                break
        return Side(sign, j, step, cost, sign * threshold)


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """``f(t + period) = f(t) + slope * period`` for all ``t``, in units of the row."""

    period: int
    slope: Fraction


def growth(root: Node, unit: Fraction) -> Growth | None:
    """How a function of one row repeats; None for kinds that need not.

    A linear function has the period 1. A ceiling has that of its inside, as often as it
    takes the inside to grow by an integer.
    """
    known: dict[Node, Growth] = {}
    for node in topological(root):
        match node:
            case Combination() if not node.constant:
                slope = sum((w * unit for _, w in node.linear), Fraction(0))
                slope += sum((w * known[f].slope for w, f in node.parts), Fraction(0))
                known[node] = Growth(math.lcm(*(known[f].period for _, f in node.parts)), slope)
            case Ceil():
                inner = known[node.of]
                times = (inner.slope * inner.period).denominator
                known[node] = Growth(inner.period * times, inner.slope)
            case _:
                return None
    return known[root]
