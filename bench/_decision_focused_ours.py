"""A loss on the list of solutions that the solver has shown so far.

The feasible set is one for all instances, so a solution that was found for one of them is a
candidate for all, and its true cost under every instance is known without another call. On the
list, with ``v_T(c) = -T log sum exp(-c x / T)`` in place of the optimal value, the losses are

* ``margin``: ``2 p x*(c) - v_T(2 p - c)``: the convex bound of the regret behind SPO+,
* ``value``: ``(v_T(p + h c) - v_T(p)) / h``, the slope of the value in the direction of the truth,
* ``regret``: its limit for small ``h``, the mean regret of a random choice,

each a smooth function of the prediction ``p``; plus ``pull`` times the squared distance to the
two-stage prediction, which keeps few data from being learned by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from _decision_focused_peers import features, joined, least_squares
from _decision_focused_problems import Problem, Split

if TYPE_CHECKING:
    import torch

STEPS = 60
RATE = 0.03
DRAWS = 3
KEPT = 3
TEMPERATURE = 0.1


@dataclass(frozen=True)
class Candidate:
    """One loss: its kind, and how strongly it is pulled to the two-stage prediction."""

    kind: str
    pull: float


CANDIDATES = (
    *(Candidate("margin", pull) for pull in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)),
    *(Candidate("value", pull) for pull in (0.03, 0.1, 0.3, 1.0)),
    *(Candidate("regret", pull) for pull in (0.1, 0.3, 1.0)),
)


class Pool:
    """Distinct solutions, in the order in which they came."""

    def __init__(self) -> None:
        self._solutions: dict[bytes, np.ndarray] = {}

    def add(self, solutions: np.ndarray) -> np.ndarray:
        for x in solutions:
            self._solutions.setdefault(x.tobytes(), x)
        return solutions

    def columns(self) -> np.ndarray:
        return np.array(list(self._solutions.values())).T


def train_ours(problem: Problem, budget: int, seed: int) -> np.ndarray:
    """Fit every candidate, then those that validate best once more on all labelled instances."""
    solver, train, validation = problem.solver, problem.train, problem.validation
    stop = solver.n_solves + budget
    pool, draw = Pool(), np.random.default_rng(seed)
    predicted = features(train) @ least_squares(train)
    spread = (train.costs - predicted).std()
    for split in (train, validation):
        pool.add(solver(split.costs))
    pool.add(solver(predicted))
    for _ in range(DRAWS):
        pool.add(solver(predicted + spread * draw.normal(size=predicted.shape)))
    scores = []
    for candidate in CANDIDATES:
        W = fit(candidate, problem, train, pool.columns())
        pool.add(solver(features(train) @ W))
        guess = pool.add(solver(features(validation) @ W))
        scores.append((problem.regret(validation, guess), candidate))
    if solver.n_solves > stop:
        raise RuntimeError(f"{solver.n_solves - stop} solver calls too many: raise the budget")
    best = [candidate for _, candidate in sorted(scores, key=lambda s: s[0])[:KEPT]]
    everything = joined(train, validation)
    return np.mean([fit(c, problem, everything, pool.columns()) for c in best], axis=0)


def fit(candidate: Candidate, problem: Problem, data: Split, columns: np.ndarray) -> np.ndarray:
    """Minimise one loss over the list by gradient steps; no solver is called."""
    import torch

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, dtype=torch.float32)

    X, C, P = (tensor(a) for a in (features(data), data.costs, columns))
    true = problem.sign * (C @ P)
    scale = true.min(1).values.abs().mean()
    first, W = tensor(least_squares(data)), tensor(least_squares(data)).requires_grad_()
    optimizer = torch.optim.Adam([W], lr=RATE)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        optimizer.zero_grad()
        scores = problem.sign * ((X @ W) @ P)
        away = ((X @ (W - first)) ** 2).mean() / C.var()
        loss = on_list(candidate.kind, scores, true, TEMPERATURE * scale) / scale
        (loss + candidate.pull * away).backward()
        optimizer.step()
    return W.detach().numpy().astype(np.float64)


def on_list(kind: str, scores: torch.Tensor, true: torch.Tensor, T: torch.Tensor) -> torch.Tensor:
    """A loss of predicted and true costs of all solutions of the list; instances are rows."""
    import torch

    def least(values: torch.Tensor) -> torch.Tensor:
        return -T * torch.logsumexp(-values / T, dim=1)

    match kind:
        case "margin":
            best = scores.gather(1, true.argmin(1, keepdim=True))[:, 0]
            return (2 * best - least(2 * scores - true)).mean()
        case "value":
            return (least(scores + true) - least(scores)).mean()
        case "regret":
            return (torch.softmax(-scores / T, dim=1) * true).sum(1).mean()
        case _:
            raise AssertionError(kind)
