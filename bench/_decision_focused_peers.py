"""PyEPO's methods over the shared solver: SPO+, perturbed Fenchel-Young, I-MLE, black-box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from _decision_focused_problems import ListSolver, Problem, Split

if TYPE_CHECKING:
    import torch
    from pyepo.model.opt import optModel

BATCH = 20


@dataclass(frozen=True)
class Recipe:
    """How a method is run: the step, and the one number that is its own (noise or distance)."""

    method: str
    rate: float
    own: float = 1.0


def least_squares(split: Split) -> np.ndarray:
    """The two-stage prediction: a matrix for the features and a last row for the constant."""
    return np.linalg.lstsq(with_constant(split.features), split.costs, rcond=None)[0]


def with_constant(features: np.ndarray) -> np.ndarray:
    return np.c_[features, np.ones(len(features))]


def opt_model(solver: ListSolver, n: int) -> optModel:
    """The solver as PyEPO wants it."""
    from pyepo import EPO
    from pyepo.model.opt import optModel

    class Listed(optModel):
        modelSense = EPO.MINIMIZE if solver.sense == "min" else EPO.MAXIMIZE

        def _getModel(self) -> tuple[object, list[int]]:
            return solver, list(range(n))

        def setObj(self, c: object) -> None:
            self.costs = np.asarray(c, dtype=np.float64)

        def solve(self) -> tuple[np.ndarray, float]:
            x = solver(self.costs)[0]
            return x, float(self.costs @ x)

    return Listed()


Loss = Callable[["torch.Tensor", "torch.Tensor", "torch.Tensor"], "torch.Tensor"]


def peer_loss(recipe: Recipe, problem: Problem, seed: int) -> tuple[Loss, int]:
    """A loss of predicted costs, true costs and true solutions; its solver calls an instance."""
    import pyepo.func
    from pyepo.func.utils import sumGammaDistribution

    model = opt_model(problem.solver, problem.program.n_cols)
    match recipe.method:
        case "SPO+":
            spo = pyepo.func.SPOPlus(model)
            return lambda p, c, w: spo(p, c, w, (c * w).sum(1, keepdim=True)), 1
        case "perturbed FY":
            young = pyepo.func.perturbedFenchelYoung(
                model, n_samples=1, sigma=recipe.own, seed=seed
            )
            return lambda p, c, w: young(p, w), 1
        case "I-MLE":
            noise = sumGammaDistribution(kappa=5, seed=seed)
            layer = pyepo.func.implicitMLE(
                model, n_samples=1, lambd=recipe.own, distribution=noise
            )
        case "black-box":
            layer = pyepo.func.blackboxOpt(model, lambd=recipe.own)
        case _:
            raise AssertionError(recipe.method)
    sign = problem.sign
    return lambda p, c, w: sign * (c * (layer(p) - w)).sum(1).mean(), 2


def train_peer(recipe: Recipe, problem: Problem, budget: int, seed: int) -> np.ndarray:
    """Start at least squares, take steps until the calls are spent, keep what validates best."""
    import torch

    torch.manual_seed(seed)
    solver, train = problem.solver, problem.train
    stop = solver.n_solves + budget
    best = solver(train.costs)
    W = torch.tensor(least_squares(train), dtype=torch.float32, requires_grad=True)
    x, c, w = (torch.tensor(a, dtype=torch.float32) for a in (features(train), train.costs, best))
    loss, calls = peer_loss(recipe, problem, seed)
    optimizer = torch.optim.Adam([W], lr=recipe.rate)
    keep, least = W.detach().numpy().copy(), validate(problem, W.detach().numpy())
    n, n_validation = len(x), len(problem.validation.costs)
    while solver.n_solves + calls * n + n_validation <= stop:
        for part in torch.randperm(n).split(BATCH):
            optimizer.zero_grad()
            loss(x[part] @ W, c[part], w[part]).backward()
            optimizer.step()
        now = validate(problem, W.detach().numpy())
        if now < least:
            keep, least = W.detach().numpy().copy(), now
    return keep


def features(split: Split) -> np.ndarray:
    return with_constant(split.features)


def validate(problem: Problem, W: np.ndarray) -> float:
    """Regret on the validation instances; the calls are counted."""
    split = problem.validation
    return problem.regret(split, problem.solver(features(split) @ W))


def test(problem: Problem, W: np.ndarray) -> float:
    """Regret on the test instances; nobody pays."""
    return problem.regret(problem.test, problem.solver.uncounted(features(problem.test) @ W))
