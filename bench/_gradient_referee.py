"""Two models with few integer parts, and a referee that goes through all of them.

The referee knows the optimal value at any right-hand side: the least value of the linear programs
that are left when the integers are fixed, one after the other. It uses SciPy alone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _instances import facility_location
from scipy.optimize import linprog

import tamemip as tm

STEP = 1e-4
#: Parts farther than this above the value cannot become best within a step.
NEAR = 1.0


@dataclass(frozen=True, eq=False)
class Model:
    """A program, the rows that are differentiated in, and the rows in which the value may jump."""

    program: tm.MixedIntegerProgram
    smooth_rows: tuple[int, ...]
    jump_rows: tuple[int, ...]
    points: tuple[np.ndarray, ...]

    def moving(self, rows: tuple[int, ...], rhs: np.ndarray) -> tm.ParametricProgram:
        """The program at a right-hand side, with one parameter for each of the rows."""
        names = tuple(f"row{i}" for i in rows)
        slopes = {i: [int(k == i) for k in rows] for i in rows}
        return tm.ParametricProgram(with_rhs(self.program, rhs), rhs=slopes, names=names)

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """All values of the integer columns."""
        p = self.program
        boxes = [
            range(int(low), int(up) + 1)
            for low, up in zip(p.lower[p.integrality], p.upper[p.integrality], strict=True)
        ]
        return tuple(np.array(part, dtype=float) for part in itertools.product(*boxes))

    def value_of_part(self, part: np.ndarray, rhs: np.ndarray) -> float:
        """The value with these integers; infinite if nothing is feasible."""
        p, integer = self.program, self.program.integrality
        A, sign = _dense(p), np.where(np.array(p.row_sense) == ">=", -1.0, 1.0)
        left = sign * (rhs - A[:, integer] @ part)
        bounds = list(zip(p.lower[~integer], p.upper[~integer], strict=True))
        done = linprog(p.c[~integer], A_ub=sign[:, None] * A[:, ~integer], b_ub=left, bounds=bounds)
        return float(done.fun + p.c[integer] @ part) if done.status == 0 else np.inf

    def value(self, rhs: np.ndarray) -> float:
        """The optimal value."""
        return min(self.value_of_part(part, rhs) for part in self.parts)

    def rates(self, rhs: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One-sided slopes of the value along the directions, and against them."""
        values = [self.value_of_part(part, rhs) for part in self.parts]
        least = min(values)
        near = [s for s, v in zip(self.parts, values, strict=True) if v <= least + NEAR]
        ahead, back = np.zeros(len(directions)), np.zeros(len(directions))
        for k, d in enumerate(directions):
            for sign, out in ((1, ahead), (-1, back)):
                there = min(self.value_of_part(s, rhs + sign * STEP * d) for s in near)
                out[k] = (there - least) / STEP
        return ahead, back


def with_rhs(program: tm.MixedIntegerProgram, rhs: np.ndarray) -> tm.MixedIntegerProgram:
    return tm.MixedIntegerProgram.from_arrays(
        program.c,
        _dense(program),
        program.row_sense,
        [str(round(float(b), 6)) for b in rhs],
        lower=program.lower,
        upper=program.upper,
        integrality=program.integrality,
    )


def _dense(program: tm.MixedIntegerProgram) -> np.ndarray:
    A = program.A
    return A.toarray() if hasattr(A, "toarray") else np.asarray(A)


def facility(count: int) -> Model:
    """Location with 5 sites and 10 customers: the demands move, the capacity rows may jump."""
    program = facility_location(facilities=5, customers=10, seed=4)
    demands = program.rhs > 0
    draw = np.random.default_rng(1)
    points = []
    for k in range(count):
        factors = 1 + draw.uniform(-0.3, 0.3, size=program.n_rows)
        moved = np.where(demands, program.rhs * factors, 0.0)
        points.append(moved.round(0 if k % 4 == 3 else 2))
    rows = tuple(np.flatnonzero(demands).tolist())
    return Model(program, rows, tuple(np.flatnonzero(~demands).tolist()), tuple(points))


def six_rows(count: int) -> Model:
    """Four rows that continuous columns can always repair, two rows with integers only."""
    draw = np.random.default_rng(2)
    n_integer, n_mixed = 4, 4
    A = np.zeros((6, n_integer + n_mixed + 8))
    A[:4, : n_integer + n_mixed] = draw.integers(-3, 8, size=(4, n_integer + n_mixed))
    A[4:, :n_integer] = draw.integers(1, 5, size=(2, n_integer))
    A[:4, n_integer + n_mixed :] = np.kron(np.eye(4), [1, -1])
    c = np.concatenate([draw.integers(8, 25, size=n_integer + n_mixed), np.full(8, 9)])
    integrality = np.arange(A.shape[1]) < n_integer
    program = tm.MixedIntegerProgram.from_arrays(
        c,
        A,
        ">=",
        np.zeros(6),
        upper=np.where(integrality, 2, np.where(np.arange(A.shape[1]) < 8, 3, np.inf)),
        integrality=integrality,
    )
    points = []
    for k in range(count):
        soft = draw.uniform(2, 14, size=4).round(0 if k % 4 == 3 else 2)
        points.append(np.concatenate([soft, draw.integers(3, 9, size=2)]).astype(float))
    return Model(program, (0, 1, 2, 3), (4, 5), tuple(points))
