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
            layer = pyepo.func.implicitMLE(model, n_samples=1, lambd=recipe.own, distribution=noise)
        case "black-box":
            layer = pyepo.func.blackboxOpt(model, lambd=recipe.own)
        case _:
            raise AssertionError(recipe.method)
    sign = problem.sign
    return lambda p, c, w: sign * (c * (layer(p) - w)).sum(1).mean(), 2


def train_peer(
    recipe: Recipe, problem: Problem, budget: int, seed: int, *, again: bool = False
) -> np.ndarray:
    """Start at least squares, take steps until the calls are spent, keep what validates best.

    With `again`, half of the calls find the best number of epochs, and as many are run from the
    start on training and validation instances together.
    """
    solver, train = problem.solver, problem.train
    stop = solver.n_solves + (budget // 2 if again else budget)
    per_epoch, n_validation = len(train.costs), len(problem.validation.costs)
    epochs = Epochs(recipe, problem, train, seed)
    keep, least, count = epochs.W, validate(problem, epochs.W), 0
    while solver.n_solves + epochs.calls * per_epoch + n_validation <= stop:
        now = validate(problem, epochs.run())
        if now < least:
            keep, least, count = epochs.W, now, epochs.count
    if not again:
        return keep
    whole = Epochs(recipe, problem, joined(train, problem.validation), seed)
    for _ in range(count):
        whole.run()
    return whole.W


class Epochs:
    """A prediction that starts at least squares and goes through the data again and again."""

    def __init__(self, recipe: Recipe, problem: Problem, data: Split, seed: int) -> None:
        import torch

        torch.manual_seed(seed)
        best = problem.solver(data.costs)
        arrays = (features(data), data.costs, best)
        self._data = [torch.tensor(a, dtype=torch.float32) for a in arrays]
        self._W = torch.tensor(least_squares(data), dtype=torch.float32, requires_grad=True)
        self._loss, self.calls = peer_loss(recipe, problem, seed)
        self._optimizer = torch.optim.Adam([self._W], lr=recipe.rate)
        self.count = 0

    @property
    def W(self) -> np.ndarray:
        return self._W.detach().numpy().copy()

    def run(self) -> np.ndarray:
        """One epoch; the prediction after it."""
        import torch

        x, c, w = self._data
        for part in torch.randperm(len(x)).split(BATCH):
            self._optimizer.zero_grad()
            self._loss(x[part] @ self._W, c[part], w[part]).backward()
            self._optimizer.step()
        self.count += 1
        return self.W


def joined(first: Split, second: Split) -> Split:
    return Split(
        np.vstack([first.features, second.features]), np.vstack([first.costs, second.costs])
    )


def features(split: Split) -> np.ndarray:
    return with_constant(split.features)


def validate(problem: Problem, W: np.ndarray) -> float:
    """Regret on the validation instances; the calls are counted."""
    split = problem.validation
    return problem.regret(split, problem.solver(features(split) @ W))


def test(problem: Problem, W: np.ndarray) -> float:
    """Regret on the test instances; nobody pays."""
    return problem.regret(problem.test, problem.solver.uncounted(features(problem.test) @ W))
