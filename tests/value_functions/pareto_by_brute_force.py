"""Frontiers of two objectives by elimination and enumeration, and of three by enumeration."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle


class FrontierOracle:
    """Which ``(v(t), t)`` are nondominated, in min orientation, from ``v`` by brute force.

    `steps` has every step at which something can change: where two affine pieces of two
    integer parts cross, and where an integer part begins or ends to be feasible.
    """

    def __init__(self, program, objectives) -> None:
        sign = 1 if program.sense == "min" else -1
        first, second = ([sign * Q(c) for c in costs] for costs in objectives)
        exact = program.exact
        self.moved = MixedIntegerProgram.from_arrays(
            first,
            [*exact.A.to_dense(), second],
            [*exact.row_sense, "<="],
            [*exact.rhs, 0],
            lower=exact.lower,
            upper=exact.upper,
            integrality=exact.integer,
        )
        self.value = ValueOracle(self.moved)
        self.steps = self._steps()

    def __call__(self, t):
        """The least first objective whose second one is at most ``t``."""
        return self.value([*self.moved.exact.rhs[:-1], t])

    def is_efficient(self, t) -> bool:
        """Whether ``v(s) > v(t)`` for all ``s < t``; ``v`` is affine between steps."""
        if self(t) == math.inf:
            return False
        before = max((s for s in self.steps if s < t), default=t - 1)
        left, right = before + (t - before) / 3, before + (t - before) * Q(2, 3)
        high, low = self(left), self(right)
        if high == math.inf:
            return True
        limit = low + (low - high)
        return limit > self(t) or (limit == self(t) and high > low)

    def looked_at(self, most=60):
        """Steps, one between any two neighbors, and beyond: some of them if they are many."""
        middles = [(a + b) / 2 for a, b in itertools.pairwise(self.steps)]
        ends = [self.steps[0] - 1, self.steps[-1] + 1] if self.steps else []
        found = sorted({*self.steps, *middles, *ends})
        return found[:: max(1, len(found) // most)]

    def _steps(self):
        """Where an affine function of the step is 0 on an integer part, or two of them meet."""
        m = len(self.moved.exact.rhs)
        lines, steps = set(), set()
        for x in itertools.product(*self.value._ranges):
            for row in (*self.value._feasibility, *self.value._costs):
                known = row[0] + sum(
                    v * b for v, b in zip(row[2 : 1 + m], self.moved.exact.rhs, strict=False)
                )
                known += sum(v * w for v, w in zip(row[2 + m :], x, strict=True))
                if row[1] == 0 and row[1 + m]:
                    steps.add(Q(-known) / row[1 + m])
                elif row[1]:
                    lines.add((Q(-known) / row[1], Q(-row[1 + m], row[1])))
        for (a, p), (b, q) in itertools.combinations(lines, 2):
            if p != q:
                steps.add((b - a) / (p - q))
        return sorted(steps)


def outcomes_of(program, objectives):
    """The nondominated outcomes of a pure integer program with bounded columns."""
    exact, sign = program.exact, 1 if program.sense == "min" else -1
    ranges = [
        range(math.ceil(low), math.floor(up) + 1)
        for low, up in zip(exact.lower, exact.upper, strict=True)
    ]
    met = set()
    for x in itertools.product(*ranges):
        point = tuple(map(Q, x))
        if not program.violations(point):
            met.add(tuple(sign * sum(c * v for c, v in zip(o, x, strict=True)) for o in objectives))
    best = {z for z in met if not any(_dominates(y, z) for y in met)}
    return {tuple(sign * v for v in z) for z in best}


def _dominates(y, z):
    return y != z and all(a <= b for a, b in zip(y, z, strict=True))
