"""Constraints learned from decisions: capacities and weights, or a set cover, that nobody tells us.

Given are costs ``c`` and best decisions ``y`` under hidden rows ``A x <= b``. Two learners start at
the same random rows and see the same decisions; of two starts the better one is kept:

* ours: the elastic program, in which every row may be exceeded at a price. The decision `y` pays
  for each row that it does not keep by a margin; the best point of the elastic program, if it is
  cheaper than `y` and not cut off by the margin, pays for what is missing, ``min_i b_i - a_i x``,
  the minimum softened. What a point pays is a value of an elastic program with fixed integers,
  and its derivative is that of a value layer with ``wrt=("A", "rhs")``.
* the update of CombOptNet [1]_, written anew: if `y` is infeasible, the rows that it violates move
  behind it; if it is feasible, the rows near the better point that was predicted move before that
  point.

Solutions come from the list of all 0-1 points; some values and derivatives are compared with the
layer.

.. [1] A. Paulus, M. Rolínek, V. Musil, B. Amos, G. Martius, "CombOptNet: fit the right NP-hard
   problem by learning integer programming constraints", ICML 2021.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from _tables import CONSOLE, Clock, show

import tamemip as tm

BATCH = 20
PRICE = 20.0
MARGIN = 0.01
SPREAD = 0.2  # temperature of the softened minimum
NEARNESS = 0.5  # temperature of the nearest row in the update beside


@dataclass(frozen=True)
class Rows:
    """``A x <= b``."""

    A: np.ndarray
    b: np.ndarray

    def excess(self, points: np.ndarray) -> np.ndarray:
        """By how much each point is beyond each row."""
        return points @ self.A.T - self.b

    def normalized(self) -> Rows:
        """The same rows with normals of length one."""
        length = np.maximum(np.linalg.norm(self.A, axis=1), 1e-9)
        return Rows(self.A / length[:, None], self.b / length)


@dataclass(frozen=True)
class Task:
    """Hidden rows, and decisions under them."""

    name: str
    points: np.ndarray
    hidden: Rows
    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


def best(rows: Rows, points: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Index of the best feasible point for each cost vector; the least violated one if none is."""
    excess = rows.excess(points).max(axis=1)
    feasible = excess <= 1e-9
    if not feasible.any():
        return np.full(len(costs), int(excess.argmin()))
    return np.where(feasible, costs @ points.T, np.inf).argmin(axis=1)


def task(kind: str, seed: int, *, n: int, m: int, n_train: int, n_test: int) -> Task:
    draw = np.random.default_rng(seed)
    points = np.array(list(itertools.product((0.0, 1.0), repeat=n)))
    if kind == "random":
        A = draw.normal(size=(m, n))
        # a fifth of the points are feasible: as far from a point in the box as that takes
        inner = A @ draw.uniform(0.3, 0.7, size=n)
        far = np.quantile((points @ A.T - inner).max(axis=1), 0.2)
        hidden = Rows(A, inner + far)
        costs = draw.normal(size=(n_train + n_test, n))
    else:
        covers = np.zeros((m, n))
        for row in covers:
            row[draw.choice(n, size=draw.integers(2, 5), replace=False)] = 1
        hidden = Rows(-covers, -np.ones(m))
        costs = draw.uniform(0.1, 1, size=(n_train + n_test, n))
    decisions = points[best(hidden, points, costs)]
    cut = n_train
    return Task(
        kind, points, hidden, (costs[:cut], decisions[:cut]), (costs[cut:], decisions[cut:])
    )


def start(task: Task, m: int, seed: int) -> Rows:
    """Random rows that touch the decisions that were seen: none is infeasible."""
    A = np.random.default_rng(1000 + seed).normal(size=(m, task.points.shape[1]))
    rows = Rows(A, (task.train[1] @ A.T).max(axis=0))
    return rows.normalized()


Update = Callable[[Rows, Task, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def by_elastic_value(
    rows: Rows, task: Task, costs: np.ndarray, decisions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of the mean elastic loss by the rows."""
    excess = rows.excess(task.points)
    slack = np.maximum(excess - MARGIN, 0).sum(axis=1)
    chosen = (costs @ task.points.T + PRICE * slack).argmin(axis=1)
    rivals, beyond = task.points[chosen], excess[chosen]
    stays = (rows.excess(decisions) > -MARGIN).astype(float)
    is_cheaper = (costs * (rivals - decisions)).sum(axis=1) < -1e-9
    comes_in = is_cheaper & (beyond.max(axis=1) < MARGIN)
    nearest = np.exp((beyond - beyond.max(axis=1, keepdims=True)) / SPREAD)
    leaves = comes_in[:, None] * nearest / nearest.sum(axis=1, keepdims=True)
    dA = (stays.T @ decisions - leaves.T @ rivals) / len(costs)
    db = (leaves - stays).sum(axis=0) / len(costs)
    return dA, db


def by_neighbors(
    rows: Rows, task: Task, costs: np.ndarray, decisions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The update of CombOptNet towards the decision; distances to rows are Euclidean."""
    predicted = task.points[best(rows, task.points, costs)]
    dA, db = np.zeros_like(rows.A), np.zeros_like(rows.b)
    for y, p in zip(decisions, predicted, strict=True):
        if (y == p).all():
            continue
        beyond = rows.excess(y[None])[0]
        if (beyond > 1e-9).any():
            weight, point = (beyond > 1e-9).astype(float), y
        else:
            inside = -rows.excess(p[None])[0] / NEARNESS
            weight = -np.exp(inside.min() - inside)
            weight, point = weight / -weight.sum(), p
        dA += weight[:, None] * point / len(costs)
        db -= weight / len(costs)
    return dA, db


METHODS: dict[str, Update] = {
    "ours, elastic value": by_elastic_value,
    "CombOptNet's update": by_neighbors,
}


def learn(task: Task, update: Update, first: Rows, *, epochs: int, rate: float, seed: int) -> Rows:
    """Adam with a falling step; rows keep length one; the best rows on the decisions are kept."""
    draw = np.random.default_rng(seed)
    costs, decisions = task.train
    theta = np.c_[first.A, first.b]
    mean, square, k = np.zeros_like(theta), np.zeros_like(theta), 0
    keep, most = first, same(first, task, task.train)
    for epoch in range(epochs):
        step = rate * (1 - epoch / epochs)
        order = draw.permutation(len(costs))
        for part in np.split(order, range(BATCH, len(order), BATCH)):
            dA, db = update(Rows(theta[:, :-1], theta[:, -1]), task, costs[part], decisions[part])
            gradient, k = np.c_[dA, db], k + 1
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            move = (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
            theta = theta - step * move
            theta /= np.linalg.norm(theta[:, :-1], axis=1, keepdims=True)
        now = Rows(theta[:, :-1].copy(), theta[:, -1].copy())
        share = same(now, task, task.train)
        if share > most:
            keep, most = now, share
    return keep


def same(rows: Rows, task: Task, split: tuple[np.ndarray, np.ndarray]) -> float:
    """Percent of decisions that are found again."""
    costs, decisions = split
    found = task.points[best(rows, task.points, costs)]
    return 100 * float((found == decisions).all(axis=1).mean())


def feasible(rows: Rows, task: Task) -> float:
    """Percent of predictions that satisfy the hidden rows."""
    found = task.points[best(rows, task.points, task.test[0])]
    return 100 * float((task.hidden.excess(found).max(axis=1) <= 1e-9).mean())


def layer_check(task: Task, rows: Rows, count: int) -> str | None:
    """At how many items value and derivatives of the elastic layer are those of the list."""
    try:
        import torch

        from tamemip.layers.torch import ValueLayer
    except ImportError:
        return None
    n = rows.A.shape[1]
    over = np.maximum(rows.excess(task.points) - MARGIN, 0)
    good = 0
    for costs in task.train[0][:count].round(4):
        program = tm.MixedIntegerProgram.from_arrays(costs, rows.A, "<=", rows.b, upper=[1] * n)
        A = torch.tensor(rows.A, requires_grad=True)
        b = torch.tensor(rows.b + MARGIN, requires_grad=True)
        value = ValueLayer(program, ("A", "rhs"), penalty=PRICE)(A, b)
        value.backward()
        total = task.points @ costs + PRICE * over.sum(axis=1)
        k = int(total.argmin())
        y = -PRICE * (over[k] > 0)
        good += (
            abs(float(value.detach()) - total[k]) <= 1e-6
            and np.allclose(A.grad.numpy(), np.outer(-y, task.points[k]), atol=1e-6)
            and np.allclose(b.grad.numpy(), y, atol=1e-6)
        )
    return f"{good}/{count}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rows", default="1,2,4,8")
    parser.add_argument("--train", type=int, default=400)
    parser.add_argument("--test", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--starts", type=int, default=2, help="the best on the decisions is kept")
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--check", type=int, default=10, help="items compared with the layer")
    options = parser.parse_args()
    table = []
    for kind, m in itertools.product(("random", "set cover"), map(int, options.rows.split(","))):
        table += compare(kind, m, options)
    show(
        f"Decisions found again under learned rows, {options.seeds} seeds",
        ["rows: learner", "start", "train", "test", "std", "feasible", "s cpu"],
        table,
        note="percent; feasible: predictions that satisfy the hidden rows",
    )


def compare(kind: str, m: int, options: argparse.Namespace) -> list[list[object]]:
    figures: dict[str, list[list[float]]] = {name: [] for name in METHODS}
    clocks = {name: Clock() for name in METHODS}
    for seed in range(1, options.seeds + 1):
        this = task(kind, seed, n=options.columns, m=m, n_train=options.train, n_test=options.test)
        starts = [start(this, m, 100 * seed + k) for k in range(options.starts)]
        first = starts[0]
        if seed == 1 and options.check:
            agreed = layer_check(this, first, options.check)
            CONSOLE.print(f"{kind} {m}: the value layer agrees on {agreed or 'nothing: no torch'}")
        for name, update in METHODS.items():
            with clocks[name].running():
                tries = [
                    learn(this, update, rows, epochs=options.epochs, rate=options.rate, seed=seed)
                    for rows in starts
                ]
                rows = max(tries, key=lambda rows: same(rows, this, this.train))
            figures[name].append(
                [
                    same(first, this, this.test),
                    same(rows, this, this.train),
                    same(rows, this, this.test),
                    feasible(rows, this),
                ]
            )
    lines = []
    for name, found in figures.items():
        (begin, train, test, inside), spread = np.mean(found, axis=0), np.std(found, axis=0)[2]
        cells = [f"{v:.1f}" for v in (begin, train, test, spread, inside)]
        lines.append([f"{kind} {m}: {name}", *cells, clocks[name].cpu / options.seeds])
    return lines


if __name__ == "__main__":
    main()
