"""`SolutionPoolLoss` on the solutions that the solver has shown so far.

The pool is one for training and validation: every candidate learns from the solutions that the
candidates before it have found. To the loss comes ``pull`` times the squared distance to the
two-stage prediction, which keeps few data from being learned by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from _decision_focused_peers import features, joined, least_squares
from _decision_focused_problems import Problem, Split

if TYPE_CHECKING:
    from tamemip.layers.torch import SolutionPool

STEPS = 60
RATE = 0.03
DRAWS = 3
KEPT = 3


@dataclass(frozen=True)
class Candidate:
    """One loss: its form, and how strongly it is pulled to the two-stage prediction."""

    form: str
    pull: float


CANDIDATES = (
    *(Candidate("spo+", pull) for pull in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)),
    *(Candidate("value", pull) for pull in (0.03, 0.1, 0.3, 1.0)),
    *(Candidate("regret", pull) for pull in (0.1, 0.3, 1.0)),
)


def train_ours(problem: Problem, budget: int, seed: int) -> np.ndarray:
    """Fit every candidate, then those that validate best once more on all labelled instances."""
    stop = problem.solver.n_solves + budget
    train, validation = problem.train, problem.validation
    pool = first_pool(problem, seed)
    scores = []
    for candidate in CANDIDATES:
        W = fit(candidate, train, pool)
        pool.grow(features(train) @ W)
        guess = pool.grow(features(validation) @ W)
        scores.append((problem.regret(validation, guess), candidate))
    everything = joined(train, validation)
    best = [candidate for _, candidate in sorted(scores, key=lambda s: s[0])[:KEPT]]
    found = np.mean([fit(candidate, everything, pool) for candidate in best], axis=0)
    if problem.solver.n_solves > stop:
        over = problem.solver.n_solves - stop
        raise RuntimeError(f"{over} solver calls too many: raise the budget")
    return found


def first_pool(problem: Problem, seed: int) -> SolutionPool:
    """Solutions for the true costs, the two-stage prediction, and that prediction with noise."""
    from tamemip.layers.torch import SolutionPool

    pool, draw = SolutionPool(problem.program, oracle=problem.solver), np.random.default_rng(seed)
    predicted = features(problem.train) @ least_squares(problem.train)
    spread = (problem.train.costs - predicted).std()
    for costs in (problem.train.costs, problem.validation.costs, predicted):
        pool.grow(costs)
    for _ in range(DRAWS):
        pool.grow(predicted + spread * draw.normal(size=predicted.shape))
    return pool


def fit(candidate: Candidate, data: Split, pool: SolutionPool) -> np.ndarray:
    """Minimise one loss over the pool by gradient steps; no solver is called."""
    import torch

    from tamemip.layers.torch import SolutionPoolLoss

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, dtype=torch.float32)

    X, C = tensor(features(data)), tensor(data.costs)
    scale = least_cost(data, pool)
    loss = SolutionPoolLoss(pool, form=candidate.form, scale=scale)
    first, W = tensor(least_squares(data)), tensor(least_squares(data)).requires_grad_()
    optimizer = torch.optim.Adam([W], lr=RATE)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        optimizer.zero_grad()
        away = ((X @ (W - first)) ** 2).mean() / C.var()
        (loss(X @ W, C) / scale + candidate.pull * away).backward()
        optimizer.step()
    return W.detach().numpy().astype(np.float64)


def least_cost(data: Split, pool: SolutionPool) -> float:
    """The mean size of the optimal value."""
    sign = 1.0 if pool.program.sense == "min" else -1.0
    return float(np.abs((sign * data.costs @ pool.points.T).min(axis=1)).mean())
