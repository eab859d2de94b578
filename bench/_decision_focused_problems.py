"""The two problems of the decision-focused benchmark, and the solver that all methods share.

The solver is a list: every maximal packing of the knapsack, every path of the grid. It is exact,
fast enough for thousands of calls, and it counts them; `agreement` compares it with a real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

import tamemip as tm

N_FEATURES = 5
N_ITEMS = 16
GRID = (5, 5)
NOISE = 0.5


@dataclass(frozen=True)
class Split:
    """Features and costs, one instance a row."""

    features: np.ndarray
    costs: np.ndarray


class ListSolver:
    """Optimal solutions out of a list; `n_solves` counts the objectives that were asked for."""

    def __init__(self, solutions: np.ndarray, sense: str) -> None:
        self.solutions = solutions.astype(np.float64)
        self.sense = sense
        self.n_solves = 0

    def __call__(self, costs: np.ndarray) -> np.ndarray:
        """Optimal solutions, one a row."""
        costs = np.atleast_2d(np.asarray(costs, dtype=np.float64))
        self.n_solves += len(costs)
        return self.uncounted(costs)

    def uncounted(self, costs: np.ndarray) -> np.ndarray:
        """The same for the referee, whose calls nobody pays."""
        if self.sense == "min":
            return self.solutions[np.argmin(costs @ self.solutions.T, axis=1)]
        # maximal packings are enough: what has a negative value is left out of the best one
        best = self.solutions[np.argmax(np.maximum(costs, 0) @ self.solutions.T, axis=1)]
        return best * (costs > 0)


@dataclass(frozen=True)
class Problem:
    """A program whose costs have to be predicted."""

    name: str
    program: tm.MixedIntegerProgram
    solver: ListSolver
    train: Split
    validation: Split
    test: Split

    @property
    def sign(self) -> float:
        """1 for a minimum, -1 for a maximum."""
        return 1.0 if self.solver.sense == "min" else -1.0

    def regret(self, split: Split, solutions: np.ndarray) -> float:
        """What the solutions lose against the best ones, as a share of the best ones' worth."""
        best = self.solver.uncounted(split.costs)
        lost = (split.costs * (solutions - best)).sum() * self.sign
        return float(lost / np.abs((split.costs * best).sum()))


def knapsack(seed: int, *, degree: int, n_train: int, n_test: int) -> Problem:
    """A knapsack with two rows of PyEPO's generator; the values are predicted."""
    from pyepo.data.knapsack import genData

    n_validation = n_train // 2
    weights, x, c = genData(
        n_train + n_validation + n_test,
        N_FEATURES,
        N_ITEMS,
        dim=2,
        deg=degree,
        noise_width=NOISE,
        seed=seed,
    )
    weights = np.rint(weights * 100)
    capacity = np.floor(0.4 * weights.sum(axis=1))
    program = tm.MixedIntegerProgram.from_arrays(
        c[0].tolist(), weights.tolist(), "<=", capacity.tolist(), upper=1, sense="max"
    )
    solver = ListSolver(maximal_packings(weights, capacity), "max")
    return Problem("knapsack", program, solver, *_splits(x, c, n_train, n_validation))


def maximal_packings(weights: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """All 0-1 points that fit and to which nothing can be added."""
    n = weights.shape[1]
    points, load = np.zeros((1, n), dtype=np.int8), np.zeros((1, len(weights)))
    for j in range(n):
        fuller = load + weights[:, j]
        fits = (fuller <= capacity).all(axis=1)
        more = points[fits].copy()
        more[:, j] = 1
        points, load = np.vstack([points, more]), np.vstack([load, fuller[fits]])
    room = np.zeros(len(points), dtype=bool)
    for j in range(n):
        room |= (points[:, j] == 0) & (load + weights[:, j] <= capacity).all(axis=1)
    return points[~room]


def shortest_path(seed: int, *, degree: int, n_train: int, n_test: int) -> Problem:
    """A shortest path through a grid, north-west to south-east, of PyEPO's generator."""
    from pyepo.data.shortestpath import genData

    n_validation = n_train // 2
    x, c = genData(
        n_train + n_validation + n_test,
        N_FEATURES,
        GRID,
        deg=degree,
        noise_width=NOISE,
        seed=seed,
    )
    arcs = grid_arcs(*GRID)
    flow = np.zeros((GRID[0] * GRID[1], len(arcs)))
    for k, (tail, head) in enumerate(arcs):
        flow[tail, k], flow[head, k] = 1, -1
    supply = np.zeros(len(flow))
    supply[0], supply[-1] = 1, -1
    program = tm.MixedIntegerProgram.from_arrays(
        c[0].astype(float).tolist(), flow.tolist(), "=", supply.tolist(), upper=1, integrality=False
    )
    solver = ListSolver(grid_paths(*GRID), "min")
    return Problem("shortest path", program, solver, *_splits(x, c, n_train, n_validation))


def grid_arcs(height: int, width: int) -> list[tuple[int, int]]:
    """Arcs to the right and down, in PyEPO's order: a row of nodes, then the arcs below it."""
    arcs = []
    for i in range(height):
        arcs += [(i * width + j, i * width + j + 1) for j in range(width - 1)]
        if i < height - 1:
            arcs += [(i * width + j, (i + 1) * width + j) for j in range(width)]
    return arcs


def grid_paths(height: int, width: int) -> np.ndarray:
    """All paths from the first to the last node, as 0-1 vectors over the arcs."""
    place = {arc: k for k, arc in enumerate(grid_arcs(height, width))}
    n_steps = height + width - 2
    paths = np.zeros((0, len(place)))
    for down in combinations(range(n_steps), height - 1):
        path, node = np.zeros((1, len(place))), 0
        for step in range(n_steps):
            after = node + (width if step in down else 1)
            path[0, place[node, after]] = 1
            node = after
        paths = np.vstack([paths, path])
    return paths


def _splits(x: np.ndarray, c: np.ndarray, n_train: int, n_validation: int) -> list[Split]:
    ends = np.cumsum([n_train, n_validation])
    parts = zip(np.split(x, ends), np.split(c.astype(np.float64), ends), strict=True)
    return [Split(features, costs) for features, costs in parts]


PROBLEMS = {"knapsack": knapsack, "shortest path": shortest_path}


def agreement(problem: Problem, count: int, solver: str) -> str:
    """On how many random objectives, of any sign, the list and a real solver find one value."""
    draw = np.random.default_rng(0)
    same = 0
    for costs in draw.normal(size=(count, problem.program.n_cols)).round(3):
        mine = float((problem.solver.uncounted(costs[None]) @ costs)[0])
        claim = tm.solve(_with_costs(problem.program, costs), solver=solver)
        same += claim.value is not None and abs(mine - float(claim.value)) <= 1e-6
    return f"{same}/{count}"


def _with_costs(program: tm.MixedIntegerProgram, costs: np.ndarray) -> tm.MixedIntegerProgram:
    return tm.MixedIntegerProgram.from_arrays(
        costs.tolist(),
        program.A,
        program.row_sense,
        program.rhs.tolist(),
        upper=1,
        integrality=program.integrality.tolist(),
        sense=program.sense,
    )
